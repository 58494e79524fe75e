package certs_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"damtshilfe/internal/certs"
)

func newCA(t *testing.T, name string, now func() time.Time) *certs.CA {
	t.Helper()
	ca, err := certs.NewCA(name, now)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// shake makes one TLS connection on loopback and says what each side made of it.
func shake(t *testing.T, server, client *tls.Config, host string) (peer string, state tls.ConnectionState, err error) {
	t.Helper()
	ln := must(tls.Listen("tcp", "127.0.0.1:0", server))(t)
	defer ln.Close()
	type result struct {
		peer string
		err  error
	}
	served := make(chan result, 1)
	go func() {
		conn, err := ln.Accept()
		if err != nil {
			served <- result{err: err}
			return
		}
		defer conn.Close()
		err = conn.(*tls.Conn).Handshake()
		s := conn.(*tls.Conn).ConnectionState()
		fp, _ := certs.PeerFingerprint(&s)
		if err == nil {
			_, err = conn.Write([]byte("x"))
		}
		served <- result{fp, err}
	}()
	conf := client.Clone()
	conf.ServerName = host
	raw := must(net.Dial("tcp", ln.Addr().String()))(t)
	defer raw.Close()
	conn := tls.Client(raw, conf)
	_, clientErr := io.ReadFull(conn, make([]byte, 1)) // a TLS 1.3 client learns only now that it was refused
	if clientErr != nil {
		raw.Close()
	}
	r := <-served
	return r.peer, conn.ConnectionState(), errors.Join(clientErr, r.err)
}

func TestWhoMayConnect(t *testing.T) {
	ca, other := newCA(t, "ours", nil), newCA(t, "other", nil)
	old := newCA(t, "ours", func() time.Time { return time.Now().Add(-3 * 365 * 24 * time.Hour) })
	server := must(ca.Server("s", "rz.example", "10.0.0.7"))(t)
	client := must(ca.Client("c"))(t)
	fp := must(server.Fingerprint())(t)
	clientTLS := func(p certs.Pair, ca *certs.CA, pins ...string) *tls.Config {
		return must(certs.ClientTLS(p, ca.Pair.Cert, pins...))(t)
	}
	serverTLS := must(certs.ServerTLS(server, ca.Pair.Cert))(t)
	bare := clientTLS(client, ca)
	bare.Certificates = nil
	for _, tt := range []struct {
		name   string
		conf   *tls.Config
		server *tls.Config
		host   string
		ok     bool
	}{
		{"a client of our CA by address", clientTLS(client, ca), serverTLS, "127.0.0.1", true},
		{"by localhost", clientTLS(client, ca), serverTLS, "localhost", true},
		{"by its name", clientTLS(client, ca), serverTLS, "rz.example", true},
		{"by its own address", clientTLS(client, ca), serverTLS, "10.0.0.7", true},
		{"not by another name", clientTLS(client, ca), serverTLS, "evil.example", false},
		{"not without certificate", bare, serverTLS, "localhost", false},
		{"not with a stranger's certificate", clientTLS(must(other.Client("c"))(t), ca), serverTLS, "localhost", false},
		{"not with a server certificate as client", clientTLS(server, ca), serverTLS, "localhost", false},
		{"not to a stranger's server", clientTLS(client, other), serverTLS, "localhost", false},
		{"not with an expired certificate", clientTLS(must(old.Client("c"))(t), ca), must(certs.ServerTLS(server, old.Pair.Cert))(t), "localhost", false},
		{"with the pinned certificate, as openssl writes it", clientTLS(client, ca, "00", strings.ToUpper(colons(fp))), serverTLS, "localhost", true},
		{"not with another pin", clientTLS(client, ca, strings.Repeat("0", 64)), serverTLS, "localhost", false},
		{"not with TLS 1.1", limit(clientTLS(client, ca), tls.VersionTLS11), serverTLS, "localhost", false},
		{"with TLS 1.2", limit(clientTLS(client, ca), tls.VersionTLS12), serverTLS, "localhost", true},
		{"not with CBC", suites(clientTLS(client, ca), tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA), serverTLS, "localhost", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			peer, state, err := shake(t, tt.server, tt.conf, tt.host)
			if (err == nil) != tt.ok {
				t.Fatalf("handshake: %v, want ok = %v", err, tt.ok)
			}
			if tt.ok && (!certs.SameFingerprint(peer, must(client.Fingerprint())(t)) || state.Version < tls.VersionTLS12) {
				t.Errorf("the server saw %s over %x", peer, state.Version)
			}
		})
	}
}

func limit(c *tls.Config, version uint16) *tls.Config {
	c.MinVersion, c.MaxVersion = tls.VersionTLS10, version
	return c
}

func suites(c *tls.Config, s ...uint16) *tls.Config {
	c.CipherSuites = s
	return limit(c, tls.VersionTLS12)
}

func colons(s string) string {
	var parts []string
	for i := 0; i < len(s); i += 2 {
		parts = append(parts, s[i:i+2])
	}
	return strings.Join(parts, ":")
}

func TestPairsComeBackFromFiles(t *testing.T) {
	ca := newCA(t, "ours", nil)
	pair, other := must(ca.Client("c"))(t), must(ca.Client("d"))(t)
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert, key, wrong := file("c.pem", pair.Cert), file("c.key", pair.Key), file("d.key", other.Key)
	got := must(certs.LoadPair(cert, key))(t)
	if !bytes.Equal(got.Cert, pair.Cert) || !bytes.Equal(got.Key, pair.Key) {
		t.Error("another pair came back")
	}
	for name, paths := range map[string][2]string{"another's key": {cert, wrong}, "no such key": {cert, dir + "/x"}, "swapped files": {key, cert}} {
		if _, err := certs.LoadPair(paths[0], paths[1]); err == nil || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: %v", name, err)
		}
	}
	expiry := must(certs.Expiry(pair.Cert))(t)
	if d := time.Until(expiry); d < 700*24*time.Hour || d > 731*24*time.Hour {
		t.Errorf("ends in %v", d)
	}
	if _, err := certs.Expiry([]byte("nonsense")); err == nil {
		t.Error("nonsense has an expiry")
	}
}

func TestACAIsTakenUpAgain(t *testing.T) {
	ca := newCA(t, "ours", nil)
	again := must(certs.OpenCA(ca.Pair, nil))(t)
	pair := must(again.Client("later"))(t)
	if _, _, err := shake(t, must(certs.ServerTLS(must(ca.Server("s"))(t), ca.Pair.Cert))(t), must(certs.ClientTLS(pair, ca.Pair.Cert))(t), "localhost"); err != nil {
		t.Error(err)
	}
	leaf := must(ca.Client("c"))(t)
	for name, p := range map[string]certs.Pair{"a leaf": leaf, "another key": {Cert: ca.Pair.Cert, Key: leaf.Key}, "nothing": {}, "no key": {Cert: ca.Pair.Cert}} {
		if _, err := certs.OpenCA(p, nil); err == nil {
			t.Errorf("%s was taken for a CA", name)
		}
	}
	if _, err := certs.NewCA("", nil); err == nil {
		t.Error("a CA without a name")
	}
	if _, err := ca.Client(strings.Repeat("x", 65)); err == nil {
		t.Error("a name longer than X.509 allows")
	}
}

func TestCertificatesAreWhatTheySay(t *testing.T) {
	ca := newCA(t, "ours", nil)
	server := parse(t, must(ca.Server("s"))(t).Cert)
	client := parse(t, must(ca.Client("c"))(t).Cert)
	if server.IsCA || client.IsCA || !parse(t, ca.Pair.Cert).IsCA {
		t.Error("only the CA is one")
	}
	if server.ExtKeyUsage[0] != x509.ExtKeyUsageServerAuth || client.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth || len(server.ExtKeyUsage)+len(client.ExtKeyUsage) != 2 {
		t.Error("key usages are mixed")
	}
	if server.SerialNumber.Cmp(client.SerialNumber) == 0 || server.SerialNumber.Sign() <= 0 {
		t.Error("serial numbers are not distinct and positive")
	}
	if len(certs.Fingerprint(server)) != 64 || certs.SameFingerprint(certs.Fingerprint(server), certs.Fingerprint(client)) {
		t.Error("fingerprints")
	}
	if _, ok := certs.PeerFingerprint(nil); ok {
		t.Error("no connection has a fingerprint")
	}
	if _, ok := certs.PeerFingerprint(&tls.ConnectionState{PeerCertificates: []*x509.Certificate{client}}); ok {
		t.Error("an unverified certificate counts as a peer")
	}
	for _, bad := range [][]byte{nil, []byte("x"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})} {
		if _, err := certs.ServerTLS(must(ca.Server("s"))(t), bad); err == nil {
			t.Error("a client CA that is none was accepted")
		}
	}
}

func parse(t *testing.T, data []byte) *x509.Certificate {
	t.Helper()
	return must(certs.ParseCert(data))(t)
}

func TestSSHKeys(t *testing.T) {
	key := must(certs.NewSSHKey("stadt-a@test"))(t)
	signer := must(key.Signer())(t)
	public, comment, _, rest, err := ssh.ParseAuthorizedKey(key.Authorized)
	if err != nil || comment != "stadt-a@test" || len(rest) != 0 || public.Type() != ssh.KeyAlgoED25519 {
		t.Fatalf("%v %q %q", err, comment, rest)
	}
	if !bytes.Equal(public.Marshal(), signer.PublicKey().Marshal()) {
		t.Error("the two halves do not belong together")
	}
	if !bytes.HasPrefix(key.Private, []byte("-----BEGIN OPENSSH PRIVATE KEY-----")) || !bytes.HasSuffix(key.Authorized, []byte("\n")) {
		t.Error("not in OpenSSH's form")
	}
	if _, err := (certs.SSHKey{Private: []byte("x")}).Signer(); err == nil {
		t.Error("nonsense is a key")
	}
}
