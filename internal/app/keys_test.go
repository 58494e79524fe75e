package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

// TestKeysAreChecked: what `gateway check` says about decryption keys.
func TestKeysAreChecked(t *testing.T) {
	dir := t.TempDir()
	good, other := cipherKey(t, dir, "gut", true), cipherKey(t, dir, "anderer", false)
	open := other
	open.Key = filepath.Join(dir, "offen.key")
	data, err := os.ReadFile(other.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(open.Key, data, 0o644); err != nil {
		t.Fatal(err)
	}
	wrong := good
	wrong.PasswordFile = filepath.Join(dir, "falsch")
	if err := os.WriteFile(wrong.PasswordFile, []byte("falsch"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, tt := range []struct {
		name string
		keys []config.DecryptionKey
		at   time.Time
		want []string
		bad  bool
	}{
		{"a good one", []config.DecryptionKey{good}, now, []string{"valid until", "shorter than the 3072 bits"}, false},
		{"an older one behind it", []config.DecryptionKey{good, other}, now, []string{"an older key"}, false},
		{"one that ends soon", []config.DecryptionKey{good}, now.Add(1090 * 24 * time.Hour), []string{"expires soon"}, false},
		{"one that has ended", []config.DecryptionKey{good}, now.Add(1100 * 24 * time.Hour), []string{"expired", "senders hold"}, true},
		{"an older one that has ended", []config.DecryptionKey{good, other}, now.Add(1100 * 24 * time.Hour), []string{"still opens what was encrypted for it"}, true},
		{"a file that others may read", []config.DecryptionKey{open}, now, []string{"mode 0644, want 0600"}, true},
		{"a wrong password", []config.DecryptionKey{wrong}, now, []string{certs.ErrPassword.Error()}, true},
		{"a certificate of another key", []config.DecryptionKey{{Key: other.Key, Cert: filepath.Join(dir, "gut.crt")}}, now, []string{"no certificate belongs to the key"}, true},
	} {
		var all strings.Builder
		bad := false
		for _, l := range app.CheckKeys(t.Context(), config.Config{DataDir: dir, Participants: []config.Participant{{Account: "stadt", Encryption: config.Encryption{Keys: tt.keys}}}}, tt.at) {
			all.WriteString(l.What + ": " + l.Text + "\n")
			bad = bad || l.Bad
		}
		for _, want := range tt.want {
			if !strings.Contains(all.String(), want) {
				t.Errorf("%s: want %q in\n%s", tt.name, want, all.String())
			}
		}
		if bad != tt.bad || strings.Contains(all.String(), "geheim") {
			t.Errorf("%s: bad %v\n%s", tt.name, bad, all.String())
		}
	}
}

// TestDecrypt: what `gateway xta fetch` makes of an encrypted content.
func TestDecrypt(t *testing.T) {
	dir := t.TempDir()
	mine, other := cipherKey(t, dir, "meiner", true), cipherKey(t, dir, "anderer", false)
	d, err := certs.LoadDecryption(mine.Files())
	if err != nil {
		t.Fatal(err)
	}
	e, err := xenc.NewEnvelope(d.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, want, how string
		keys            []config.DecryptionKey
	}{
		{"with the key", "<a>ä</a>", "decrypted", []config.DecryptionKey{other, mine}},
		{"with another", "<xenc:EncryptedData ", "still encrypted", []config.DecryptionKey{other}},
		{"with none", "<xenc:EncryptedData ", "still encrypted", nil},
	} {
		element, err := xta.Content{ContentType: "application/xml", Data: xta.Bytes("<a>ä</a>")}.Container(xenc.Overhead)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := e.Seal(element)
		if err != nil {
			t.Fatal(err)
		}
		c, how, err := app.Decrypt(config.Participant{Account: "stadt", Encryption: config.Encryption{Keys: tt.keys}}, xta.Encrypted(sealed))
		if err != nil {
			t.Fatal(err)
		}
		if data, err := xta.ReadAll(c.Data); err != nil || !strings.HasPrefix(string(data), tt.want) || !strings.Contains(how, tt.how) || c.ContentType != "application/xml" {
			t.Errorf("%s: %s %q %v", tt.name, how, data, err)
		}
	}
}

// TestKeysAreReplacedInUse: a file that is replaced comes into force by itself; a broken one leaves what was there before.
func TestKeysAreReplacedInUse(t *testing.T) {
	dir := t.TempDir()
	first, second := cipherKey(t, dir, "eins", false), cipherKey(t, dir, "zwei", false)
	k, err := app.NewKeys(config.Participant{Account: "stadt", Encryption: config.Encryption{Keys: []config.DecryptionKey{first}}})
	if err != nil {
		t.Fatal(err)
	}
	name := func() string { return k.First("stadt") }
	was := name()
	if changed, err := k.Reload(); changed || err != nil {
		t.Errorf("changed %v, %v", changed, err)
	}
	swap := func(from, to string) {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(to, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	swap(second.Key, first.Key)
	if changed, err := k.Reload(); changed || err == nil || name() != was {
		t.Errorf("half of a pair is in force: %v", err)
	}
	swap(second.Cert, first.Cert)
	if changed, err := k.Reload(); !changed || err != nil || name() == was {
		t.Errorf("the new pair is not in force: %v", err)
	}
}
