package certs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/certs"
)

// openssl runs OpenSSL in dir.
func openssl(t testing.TB, dir string, args ...string) {
	t.Helper()
	c := exec.Command("openssl", args...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("openssl %v: %v\n%s", args, err, out)
	}
}

func readers(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is missing: apt-get install openssl")
	}
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		openssl(t, dir, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", name+".key", "-out", name+".crt", "-days", "30", "-subj", "/CN="+name)
	}
	for name, text := range map[string]string{"pass": "Prüf:Wort 1\nnicht das\n", "wrong": "falsch", "empty": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadDecryption(t *testing.T) {
	dir := readers(t)
	export := func(out string, args ...string) {
		openssl(t, dir, append([]string{"pkcs12", "-export", "-inkey", "a.key", "-in", "a.crt", "-out", out}, args...)...)
		if err := os.Chmod(filepath.Join(dir, out), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	export("new.p12", "-passout", "file:pass")
	export("chain.p12", "-passout", "file:pass", "-certfile", "b.crt")
	export("sha512.p12", "-passout", "file:pass", "-macalg", "sha512", "-keypbe", "AES-128-CBC", "-certpbe", "AES-256-CBC")
	export("open.p12", "-passout", "pass:")
	export("plaincert.p12", "-passout", "file:pass", "-certpbe", "NONE")
	export("old.p12", "-passout", "file:pass", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")
	both := append(read(t, dir, "a.key"), read(t, dir, "a.crt")...)
	put(t, dir, "both.pem", both)
	put(t, dir, "twokeys.pem", append(both, read(t, dir, "b.key")...))
	put(t, dir, "nokey.pem", read(t, dir, "a.crt"))
	openssl(t, dir, "rsa", "-in", "a.key", "-traditional", "-out", "pkcs1.key")
	openssl(t, dir, "genpkey", "-algorithm", "ED25519", "-out", "ed.key")
	openssl(t, dir, "pkcs8", "-topk8", "-in", "a.key", "-passout", "pass:x", "-out", "locked.key")
	put(t, dir, "noise.p12", []byte("\x30\x03\x02\x01\x03"))
	put(t, dir, "cut.p12", read(t, dir, "new.p12")[:500])
	put(t, dir, "readable.pem", both)
	if err := os.Chmod(filepath.Join(dir, "readable.pem"), 0o640); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		key, cert, pass string
		want            string // part of the error, "" = it is read
	}{
		{"new.p12", "", "pass", ""},
		{"chain.p12", "", "pass", ""},
		{"sha512.p12", "", "pass", ""},
		{"open.p12", "", "", ""},
		{"open.p12", "", "empty", ""},
		{"plaincert.p12", "", "pass", ""},
		{"old.p12", "", "pass", ""},
		{"both.pem", "", "", ""},
		{"a.key", "a.crt", "", ""},
		{"pkcs1.key", "a.crt", "", ""},
		{"new.p12", "", "wrong", certs.ErrPassword.Error()},
		{"new.p12", "", "", certs.ErrPassword.Error()},
		{"old.p12", "", "wrong", certs.ErrPassword.Error()},
		{"a.key", "b.crt", "", "no certificate belongs to the key"},
		{"a.key", "", "", "no certificate belongs to the key"},
		{"twokeys.pem", "", "", "2 private keys"},
		{"nokey.pem", "", "", "0 private keys"},
		{"ed.key", "a.crt", "", "no RSA key"},
		{"locked.key", "a.crt", "", "encrypted PEM"},
		{"noise.p12", "", "", "not a PKCS #12 file"},
		{"cut.p12", "", "pass", "not a PKCS #12 file"},
		{"readable.pem", "", "", "mode 0640, want 0600"},
		{"missing.pem", "", "", "no such file"},
	} {
		f := certs.DecryptionFiles{Key: filepath.Join(dir, tt.key)}
		if tt.cert != "" {
			f.Cert = filepath.Join(dir, tt.cert)
		}
		if tt.pass != "" {
			f.Password = filepath.Join(dir, tt.pass)
		}
		d, err := certs.LoadDecryption(f)
		switch {
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "Prüf")):
			t.Errorf("%s %s %s: %v, want %q", tt.key, tt.cert, tt.pass, err, tt.want)
		case tt.want == "" && (err != nil || d.Certificate.Subject.CommonName != "a" || !d.Private.PublicKey.Equal(d.Certificate.PublicKey)):
			t.Errorf("%s %s %s: %v", tt.key, tt.cert, tt.pass, err)
		}
	}
}

func read(t testing.TB, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t testing.TB, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// FuzzPKCS12 holds the reader of PKCS #12 against any file.
func FuzzPKCS12(f *testing.F) {
	dir := readers(f)
	for _, args := range [][]string{{}, {"-certpbe", "NONE"}, {"-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"}} {
		openssl(f, dir, append([]string{"pkcs12", "-export", "-inkey", "a.key", "-in", "a.crt", "-out", "seed.p12", "-iter", "1", "-passout", "pass:"}, args...)...)
		f.Add(read(f, dir, "seed.p12"))
	}
	put(f, dir, "fuzz.p12", nil)
	path := filepath.Join(dir, "fuzz.p12")
	f.Fuzz(func(t *testing.T, data []byte) {
		put(t, dir, "fuzz.p12", data)
		d, err := certs.LoadDecryption(certs.DecryptionFiles{Key: path})
		if (err == nil) != (d.Private != nil && d.Certificate != nil) {
			t.Errorf("key %v, certificate %v, %v", d.Private != nil, d.Certificate != nil, err)
		}
	})
}
