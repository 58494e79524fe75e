package certs_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/certs"
)

// TestWhatIsOffered lists what a peer is offered against BSI TR-02102-2. Go fixes the suites of TLS 1.3; ChaCha20 among them is the one
// that the BSI does not name. Where both sides have AES in hardware it is not chosen.
func TestWhatIsOffered(t *testing.T) {
	ca := newCA(t, "ours", nil)
	server := must(certs.ServerTLS(must(ca.Server("s"))(t), ca.Pair.Cert))(t)
	client := must(certs.ClientTLS(must(ca.Client("c"))(t), ca.Pair.Cert))(t)
	var hello *tls.ClientHelloInfo
	server.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		hello = h
		return nil, nil
	}
	_, state, err := shake(t, server, client, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	var suites []string
	for _, s := range hello.CipherSuites {
		if s != 0x00ff { // renegotiation info, no suite
			suites = append(suites, tls.CipherSuiteName(s))
		}
	}
	slices.Sort(suites)
	want := []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
		"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"}
	if !slices.Equal(suites, want) {
		t.Errorf("offered %q", suites)
	}
	if !slices.Equal(hello.SupportedVersions, []uint16{tls.VersionTLS13, tls.VersionTLS12}) || state.Version != tls.VersionTLS13 {
		t.Errorf("versions %x, chosen %x", hello.SupportedVersions, state.Version)
	}
	for _, c := range hello.SupportedCurves {
		if c != tls.CurveP256 && c != tls.CurveP384 && c != tls.CurveP521 {
			t.Errorf("group %v is offered", c)
		}
	}
	if name := tls.CipherSuiteName(state.CipherSuite); !strings.HasPrefix(name, "TLS_AES_") {
		t.Errorf("chosen %s", name)
	}
	if client.InsecureSkipVerify || server.ClientAuth != tls.RequireAndVerifyClientCert {
		t.Error("somebody is not verified")
	}
}

// identity is a certificate, its key and a CA as files.
type identity struct {
	t     *testing.T
	files certs.Files
}

func newIdentity(t *testing.T, p certs.Pair, ca *certs.CA) identity {
	dir := t.TempDir()
	i := identity{t, certs.Files{Cert: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "c.key"), CA: filepath.Join(dir, "ca.pem")}}
	i.write(i.files.CA, ca.Pair.Cert)
	i.replace(p)
	return i
}

func (i identity) write(path string, data []byte) {
	i.t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		i.t.Fatal(err)
	}
}

func (i identity) replace(p certs.Pair) {
	i.write(i.files.Cert, p.Cert)
	i.write(i.files.Key, p.Key)
}

// TestFilesAreReplacedInUse: a running listener and client take the new certificates, and keep the old ones while the new are broken.
func TestFilesAreReplacedInUse(t *testing.T) {
	ca, other := newCA(t, "ours", nil), newCA(t, "other", nil)
	first, second := must(ca.Server("first"))(t), must(ca.Server("second"))(t)
	s, c := newIdentity(t, first, ca), newIdentity(t, must(ca.Client("a"))(t), ca)
	server, client := must(certs.OpenServer(s.files, nil))(t), must(certs.OpenClient(c.files, nil))(t)
	listener := server.Listener("http/1.1") // as it was made at the start
	shows := func(name string) {
		t.Helper()
		_, state, err := shake(t, listener, client.Config(), "localhost")
		if err != nil || state.PeerCertificates[0].Subject.CommonName != name || state.DidResume {
			t.Errorf("want %s: %v %v", name, err, state.PeerCertificates)
		}
	}
	shows("first")
	if changed, err := server.Reload(); changed || err != nil {
		t.Errorf("nothing changed: %v %v", changed, err)
	}
	old := must(certs.NewCA("ours", func() time.Time { return time.Now().Add(-3 * 365 * 24 * time.Hour) }))(t)
	for name, breakIt := range map[string]func(){
		"only half of the pair is there":     func() { s.write(s.files.Cert, second.Cert) },
		"the file is empty":                  func() { s.write(s.files.Cert, nil) },
		"the key is gone":                    func() { os.Remove(s.files.Key) },
		"the CA is no certificate":           func() { s.write(s.files.CA, []byte("-----BEGIN")) },
		"the new certificate is out of date": func() { s.replace(must(old.Server("old"))(t)) },
	} {
		s.replace(first)
		s.write(s.files.CA, ca.Pair.Cert)
		breakIt()
		if changed, err := server.Reload(); changed || err == nil || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: %v %v", name, changed, err)
		}
		shows("first")
	}
	s.replace(second)
	s.write(s.files.CA, ca.Pair.Cert)
	if changed, err := server.Reload(); !changed || err != nil {
		t.Fatal(changed, err)
	}
	shows("second")
	if server.Leaf().Subject.CommonName != "second" {
		t.Error(server.Leaf().Subject)
	}
	// Another client CA: who was let in before is not any more, session or not.
	s.write(s.files.CA, other.Pair.Cert)
	if _, err := server.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := shake(t, listener, client.Config(), "localhost"); err == nil {
		t.Error("the old CA still counts")
	}
	c.replace(must(other.Client("b"))(t))
	if _, err := client.Reload(); err != nil {
		t.Fatal(err)
	}
	shows("second")
}

func TestCertificateFiles(t *testing.T) {
	ca := newCA(t, "ours", nil)
	pair := must(ca.Client("c"))(t)
	dir := t.TempDir()
	for name, data := range map[string][]byte{"a.pem": pair.Cert, "a.cer": parse(t, pair.Cert).Raw, "bad.pem": []byte("x")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a.pem", "a.cer"} {
		if c := must(certs.ReadCert(filepath.Join(dir, name)))(t); c.Subject.CommonName != "c" {
			t.Errorf("%s: %s", name, c.Subject)
		}
	}
	for _, name := range []string{"bad.pem", "none.pem"} {
		if _, err := certs.ReadCert(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestUrgency(t *testing.T) {
	now := time.Now()
	for days, want := range map[int]string{91: "fine", 90: "soon", 31: "soon", 30: "near", 8: "near", 7: "urgent", 1: "urgent", 0: "expired", -1: "expired"} {
		if got := certs.UrgencyOf(now.Add(time.Duration(days)*24*time.Hour), now).String(); got != want {
			t.Errorf("%d days left: %s, want %s", days, got, want)
		}
	}
}
