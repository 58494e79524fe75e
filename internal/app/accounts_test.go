package app_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

const checkAccountActive = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://www.w3.org/2005/08/addressing"><s:Header>` +
	`<wsa:Action>http://www.xta.de/XTA/CheckAccountActive</wsa:Action><wsa:MessageID>uuid:1</wsa:MessageID></s:Header><s:Body/></s:Envelope>`

// TestLastUseOfAnAccountsCertificates: of two certificates in a renewal the list says which one was used, and when.
func TestLastUseOfAnAccountsCertificates(t *testing.T) {
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	used := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	ca, err := certs.NewCA("test", func() time.Time { return used })
	ok(err)
	pair, err := ca.Client("old")
	ok(err)
	old, err := certs.ParseCert(pair.Cert)
	ok(err)
	renewed := strings.Repeat("ab", 32)
	cfg := config.Config{DataDir: t.TempDir()}
	cfg.XTA.Server.Accounts = []config.XTAAccount{{Kennungen: []string{"kka:01001000"}, Certificates: []string{strings.ToUpper(certs.Fingerprint(old)), renewed}}}
	dir, err := durable.New(nil).MakeDir(cfg.MailboxDir())
	ok(err)
	defer dir.Close()
	mailbox, err := xta.OpenMailbox(dir, xta.MailboxOptions{Now: func() time.Time { return used }})
	ok(err)
	defer mailbox.Close() // the list is read beside a mailbox that is open
	s, err := xta.NewServer(xta.ServerOptions{Name: "a", Mailbox: mailbox, Now: func() time.Time { return used },
		Accounts: []xta.Account{{Kennungen: []string{"kka:01001000"}, Fingerprints: []string{certs.Fingerprint(old)}}},
		Readers:  func(string) (xta.Reader, bool) { return xta.Reader{}, false }})
	ok(err)
	r := httptest.NewRequest(http.MethodPost, "/xta/management", strings.NewReader(checkAccountActive))
	r.Header.Set("Content-Type", "application/soap+xml")
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{old}}
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, r)
	if answer.Code != http.StatusOK {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	list, err := app.XTAAccounts(t.Context(), cfg)
	ok(err)
	if len(list) != 1 || len(list[0].Certificates) != 2 {
		t.Fatalf("accounts %+v", list)
	}
	if c := list[0].Certificates[0]; c.Fingerprint != certs.Fingerprint(old) || !c.LastUsed.Equal(used) || !c.NotAfter.Equal(old.NotAfter) {
		t.Errorf("the old one: %+v", c)
	}
	if c := list[0].Certificates[1]; c.Fingerprint != renewed || !c.LastUsed.IsZero() {
		t.Errorf("the new one: %+v", c)
	}
}
