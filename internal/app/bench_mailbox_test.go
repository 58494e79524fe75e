package app_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

// TestBenchMailbox lists 100 messages out of a mailbox of a million (aim: under 20 ms): the oldest, the new ones, from a time in the
// middle on, and the following pages. The rows are copies of one message that was sent, put straight into the table.
func TestBenchMailbox(t *testing.T) {
	full(t)
	const n = 1_000_000
	b := newBox(t)
	b.send()
	b.multiply(n)
	middle := time.Now().Add(-n / 2 * time.Second).UTC().Format(time.RFC3339)
	for _, tt := range []struct{ name, selector string }{
		{"the oldest", ""},
		{"the new ones", `<osci:MsgSelector newEntry="true"/>`},
		{"from a time on", `<osci:MsgSelector><osci:MsgBoxEntryTimeFrom>` + middle + `</osci:MsgBoxEntryTimeFrom></osci:MsgSelector>`},
	} {
		var first, next []time.Duration
		for range 25 {
			id := b.list(t, &first, "MsgBoxStatusListRequest", `<osci:MsgBoxStatusListRequest maxListItems="100" ListForm="MessageMetaData">`+tt.selector+`</osci:MsgBoxStatusListRequest>`)
			for range 3 {
				b.list(t, &next, "MsgBoxGetNextListRequest", `<osci:MsgBoxGetNextRequest MsgBoxRequestID="`+id+`"/>`)
			}
		}
		slices.Sort(first)
		slices.Sort(next)
		t.Logf("mailbox of %d, 100 listed, %s: median %v, slowest %v; next pages: median %v, slowest %v", n, tt.name, first[len(first)/2], first[len(first)-1], next[len(next)/2], next[len(next)-1])
		if first[len(first)/2] > 20*time.Millisecond || next[len(next)/2] > 20*time.Millisecond {
			t.Errorf("%s: more than 20 ms", tt.name)
		}
	}
}

// box is an XTA server with one account that is author and reader, spoken to without a network.
type box struct {
	t       *testing.T
	path    string
	dir     *durable.Dir
	mailbox *xta.Mailbox
	server  *xta.Server
	cert    *x509.Certificate
}

const boxKennung = "vob:01001000"

func newBox(t *testing.T) *box {
	ca, err := certs.NewCA("bench", time.Now)
	b := &box{t: t, path: t.TempDir()}
	b.ok(err)
	pair, err := ca.Client("bench")
	b.ok(err)
	b.cert, err = certs.ParseCert(pair.Cert)
	b.ok(err)
	b.open()
	return b
}

func (b *box) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) open() {
	b.t.Helper()
	var err error
	b.dir, err = durable.New(nil).OpenDir(b.path)
	b.ok(err)
	b.mailbox, err = xta.OpenMailbox(b.dir, xta.MailboxOptions{})
	b.ok(err)
	b.t.Cleanup(func() { b.mailbox.Close(); b.dir.Close() })
	b.server, err = xta.NewServer(xta.ServerOptions{Name: "bench", Mailbox: b.mailbox,
		Accounts: []xta.Account{{Kennungen: []string{boxKennung}, Fingerprints: []string{certs.Fingerprint(b.cert)}}},
		Readers:  func(k string) (xta.Reader, bool) { return xta.Reader{Kennung: k, Betriebsart: amtshilfe.Test}, true }})
	b.ok(err)
}

func (b *box) post(path, contentType string, body []byte) string {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{b.cert}}
	w := httptest.NewRecorder()
	b.server.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.t.Fatalf("%d %.500s", w.Code, w.Body)
	}
	return w.Body.String()
}

func (b *box) soap(path, action, body string) string {
	b.t.Helper()
	return b.post(path, "application/soap+xml", []byte(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://www.w3.org/2005/08/addressing" `+
		`xmlns:osci="http://www.osci.eu/ws/2008/05/transport"><s:Header><wsa:Action>`+action+`</wsa:Action><wsa:MessageID>uuid:1</wsa:MessageID></s:Header><s:Body>`+body+`</s:Body></s:Envelope>`))
}

// send puts one message of the usual size into the mailbox.
func (b *box) send() {
	b.t.Helper()
	answer := b.soap("/xta/management", "http://www.xta.de/XTA/CreateMessageID", "")
	id := regexp.MustCompile(`urn:de:xta:messageid:[^<]*`).FindString(answer)
	me := xta.Party{Kennung: boxKennung, Category: "Vollstreckungsbehörde", Name: "Stadtkasse Beispielstadt"}
	r, err := xta.Prepare(xta.MetaData{MessageID: id, Test: true, Origin: time.Now(), Author: me, Reader: me, Service: xta.ServiceURI,
		Type: xta.MessageType{Code: "vollstreckungshilfe.Ersuchen.003", PayloadSchema: "urn:damtshilfe:vollstreckungshilfe:1"}},
		xta.Content{ContentType: "application/xml", Encoding: "UTF-8", Filename: "7b1d2f3e.xml", Data: xta.Bytes(strings.Repeat("x", 8<<10))}, "https://localhost/xta/send")
	b.ok(err)
	body, err := xta.ReadAll(r.Body)
	b.ok(err)
	b.post("/xta/send", r.ContentType, body)
}

// multiply copies the one message until there are n, a second apart; every tenth was fetched before.
func (b *box) multiply(n int) {
	b.t.Helper()
	b.ok(b.mailbox.Close())
	db, err := sql.Open("sqlite", filepath.Join(b.path, "mailbox.db"))
	b.ok(err)
	db.SetMaxOpenConns(1)
	start := time.Now().Add(-time.Duration(n) * time.Second).UnixNano()
	_, err = db.Exec(`WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < ?1)
		INSERT INTO messages(id, name, state, author, issued_at, reader, test, meta, parts, segment, offset, length, sha256, stored_at, entry_at, fetched_at)
		SELECT substr(id, 1, 26) || lower(hex(randomblob(16))), name, state, author, issued_at, reader, test, meta, parts, segment, offset, length, sha256,
			?2 + i * 1000000000, ?2 + i * 1000000000, CASE WHEN i % 10 = 0 THEN ?2 + i * 1000000000 END FROM k, messages WHERE n = 1`, n-1, start)
	b.ok(err)
	_, err = db.Exec(`UPDATE boxes SET waiting = ?1, fresh = ?1 - ?1 / 10`, n) // copies come without the triggers of a message's life
	b.ok(err)
	b.ok(db.Close())
	b.open()
}

var boxRequest = regexp.MustCompile(`MsgBoxRequestID="([^"]*)"><osci:ItemsPending>([0-9]+)<`)

// list asks for a page of 100 and adds what it took.
func (b *box) list(t *testing.T, took *[]time.Duration, action, body string) (requestID string) {
	t.Helper()
	began := time.Now()
	answer := b.soap("/xta/msgbox", "http://www.osci.eu/ws/2008/05/transport/urn/messageTypes/"+action, body)
	*took = append(*took, time.Since(began))
	if got := strings.Count(answer, "<oscimeta:MsgIdentification>"); got != 100 {
		t.Fatalf("%d listed, want 100", got)
	}
	m := boxRequest.FindStringSubmatch(answer)
	if m == nil || m[2] == "0" {
		t.Fatalf("%.2000s", answer)
	}
	return m[1]
}
