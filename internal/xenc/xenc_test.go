package xenc_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/xenc"
)

const element = `<xta:ContentContainer xmlns:xta="http://xoev.de/transport/xta/211"><xta:Message contentType="application/xml">PGEvPg==</xta:Message></xta:ContentContainer>`

// someKeys are made once: RSA keys take their time.
var someKeys = sync.OnceValue(func() []xenc.Key {
	var list []xenc.Key
	for range 3 {
		private, err := rsa.GenerateKey(rand.Reader, xenc.MinBits)
		if err != nil {
			panic(err)
		}
		list = append(list, xenc.Key{Private: private, Certificate: certificate(private, &x509.Certificate{})})
	}
	return list
})

func certificate(private *rsa.PrivateKey, c *x509.Certificate) *x509.Certificate {
	c.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<40))
	c.Subject = pkix.Name{CommonName: "Vollstreckungsstelle Musterstadt"}
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Unix(0, 0), time.Unix(1<<33, 0)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, private.Public(), private)
	if err != nil {
		panic(err)
	}
	c, err = x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return c
}

func seal(t testing.TB, k xenc.Key, plain string) xenc.Data {
	t.Helper()
	e, err := xenc.NewEnvelope(k.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Seal([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func clone(d xenc.Data) xenc.Data {
	return xenc.Data{Head: bytes.Clone(d.Head), Cipher: bytes.Clone(d.Cipher), Tail: bytes.Clone(d.Tail)}
}

func TestSealAndOpen(t *testing.T) {
	keys := someKeys()
	for _, plain := range []string{element, "", strings.Repeat("Grüße ", 100_000)} {
		d := seal(t, keys[0], plain)
		if len(d.Cipher) != len(plain)+xenc.Overhead {
			t.Errorf("%d octets for %d", len(d.Cipher), len(plain))
		}
		if plain != "" && bytes.Contains(d.Cipher, []byte(plain[:min(len(plain), 12)])) {
			t.Error("plain text among the octets")
		}
		got, err := xenc.Keyring{keys[2], keys[1], keys[0]}.Open(d)
		if err != nil || string(got) != plain {
			t.Errorf("opened %d octets, %v; want %d", len(got), err, len(plain))
		}
	}
}

// TestSealAgain proves what a repeated sending needs: the stored envelope gives the same bytes.
func TestSealAgain(t *testing.T) {
	k := someKeys()[0]
	e, err := xenc.NewEnvelope(k.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := e.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var again xenc.Envelope
	if err := again.UnmarshalBinary(stored); err != nil {
		t.Fatal(err)
	}
	first, err := e.Seal([]byte(element))
	if err != nil {
		t.Fatal(err)
	}
	second, err := again.Seal(append(make([]byte, 0, 4096), element...)) // in place
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Head, second.Head) || !bytes.Equal(first.Cipher, second.Cipher) || !bytes.Equal(first.Tail, second.Tail) {
		t.Error("the stored envelope gives other bytes")
	}
	if again.Reader() != sha256.Sum256(k.Certificate.Raw) {
		t.Error("the envelope forgot its reader")
	}
	other, err := xenc.NewEnvelope(k.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := other.Seal([]byte(element)); bytes.Equal(d.Cipher[:12], first.Cipher[:12]) || bytes.Equal(d.Cipher[12:], first.Cipher[12:]) {
		t.Error("two messages share a key or an IV")
	}
	for _, bad := range [][]byte{nil, {1}, stored[:70], stored[:47+256], append([]byte{2}, stored[1:]...)} {
		if err := new(xenc.Envelope).UnmarshalBinary(bad); err == nil {
			t.Errorf("read an envelope out of %d damaged bytes", len(bad))
		}
	}
}

func TestRenewedCertificateOfTheSameKey(t *testing.T) {
	k := someKeys()[0]
	renewed := xenc.Key{Private: k.Private, Certificate: certificate(k.Private, &x509.Certificate{})}
	if got, err := (xenc.Keyring{renewed}).Open(seal(t, k, element)); err != nil || string(got) != element {
		t.Errorf("not opened: %v", err)
	}
}

// TestOneTextForAllThatFails is against oracles: nobody learns from the error what was wrong.
func TestOneTextForAllThatFails(t *testing.T) {
	keys := someKeys()
	good := seal(t, keys[0], element)
	swap := func(d xenc.Data, old, new string) xenc.Data {
		d.Head = bytes.Replace(d.Head, []byte(old), []byte(new), 1)
		return d
	}
	flip := func(i int) xenc.Data {
		d := clone(good)
		d.Cipher[(len(d.Cipher)+i)%len(d.Cipher)] ^= 1
		return d
	}
	wrapped := string(good.Head[bytes.LastIndex(good.Head, []byte("</ds:X509Data></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>")):])
	wrapped = strings.TrimPrefix(wrapped, "</ds:X509Data></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>")[:20]
	for _, tt := range []struct {
		name string
		ring xenc.Keyring
		d    xenc.Data
	}{
		{"no key at all", nil, clone(good)},
		{"another key", xenc.Keyring{keys[1]}, clone(good)},
		{"a flipped bit of the IV", xenc.Keyring{keys[0]}, flip(0)},
		{"a flipped bit of the content", xenc.Keyring{keys[0]}, flip(20)},
		{"a flipped bit of the tag", xenc.Keyring{keys[0]}, flip(-1)},
		{"a flipped bit of the encrypted key", xenc.Keyring{keys[0]}, swap(clone(good), wrapped, strings.Repeat("A", 20))},
		{"octets cut off", xenc.Keyring{keys[0]}, xenc.Data{Head: good.Head, Cipher: bytes.Clone(good.Cipher[:40]), Tail: good.Tail}},
		{"fewer octets than IV and tag have", xenc.Keyring{keys[0]}, xenc.Data{Head: good.Head, Cipher: []byte("kurz"), Tail: good.Tail}},
		{"no octets", xenc.Keyring{keys[0]}, xenc.Data{Head: good.Head, Tail: good.Tail}},
		{"the key of another message", xenc.Keyring{keys[0]}, xenc.Data{Head: seal(t, keys[0], element).Head, Cipher: bytes.Clone(good.Cipher), Tail: good.Tail}},
		{"the certificate of another reader beside it", xenc.Keyring{keys[1]}, func() xenc.Data {
			d := seal(t, keys[1], element)
			return xenc.Data{Head: seal(t, keys[2], element).Head, Cipher: d.Cipher, Tail: d.Tail}
		}()},
	} {
		if out, err := tt.ring.Open(tt.d); err != xenc.ErrOpen || out != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestOtherAlgorithmsAreRefusedByName(t *testing.T) {
	keys := someKeys()
	for _, tt := range []struct{ use, old, new string }{
		{"content", xenc.AES256GCM, "http://www.w3.org/2001/04/xmlenc#aes256-cbc"},
		{"content", xenc.AES256GCM, "http://www.w3.org/2009/xmlenc11#aes128-gcm"},
		{"content", xenc.AES256GCM, ""},
		{"key", xenc.RSAOAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"},
		{"key", xenc.RSAOAEP, "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"},
		{"digest", xenc.SHA256, "http://www.w3.org/2000/09/xmldsig#sha1"},
		{"digest", `<ds:DigestMethod Algorithm="` + xenc.SHA256 + `"/>`, ""},
		{"digest", `<ds:DigestMethod Algorithm="` + xenc.SHA256 + `"/>`, strings.Repeat(`<ds:DigestMethod Algorithm="`+xenc.SHA256+`"/>`, 2)},
		{"mask", xenc.MGF1SHA256, "http://www.w3.org/2009/xmlenc11#mgf1sha1"},
		{"mask", `<xenc11:MGF xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" Algorithm="` + xenc.MGF1SHA256 + `"/>`, ""},
		{"label", `<ds:DigestMethod`, `<xenc:OAEPparams>AAAA</xenc:OAEPparams><ds:DigestMethod`},
		{"type", xenc.Space + "Element", "http://www.w3.org/2009/xmlenc11#EXI"},
		{"key", "xenc:EncryptedKey", "xenc:AgreementMethod"},
	} {
		d := seal(t, keys[0], element)
		d.Head = bytes.ReplaceAll(d.Head, []byte(tt.old), []byte(tt.new))
		_, err := xenc.Keyring{keys[0]}.Open(d)
		refused, ok := errors.AsType[*xenc.AlgorithmError](err)
		if !ok || refused.Use != tt.use || tt.new != "" && strings.HasPrefix(tt.new, "http") && refused.Name != tt.new {
			t.Errorf("%s %s: %v", tt.use, tt.new, err)
		}
	}
	d := seal(t, keys[0], element)
	d.Head = bytes.ReplaceAll(d.Head, []byte(xenc.AES256GCM), []byte("x\n\x7f"+strings.Repeat("y", 1000)))
	if _, err := (xenc.Keyring{keys[0]}).Open(d); err == nil || len(err.Error()) > 200 || strings.ContainsAny(err.Error(), "\n\x7f") {
		t.Errorf("a hostile name goes into the log: %v", err)
	}
}

// TestAnotherReaderFirst opens a message for several readers, the first of them in a way that we refuse.
func TestAnotherReaderFirst(t *testing.T) {
	keys := someKeys()
	mine := seal(t, keys[0], element)
	const open, end = "<xenc:EncryptedKey>", "</xenc:EncryptedKey>"
	other := string(seal(t, keys[1], element).Head)
	other = other[strings.Index(other, open) : strings.Index(other, end)+len(end)]
	other = strings.ReplaceAll(other, xenc.RSAOAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5")
	mine.Head = bytes.Replace(mine.Head, []byte(open), []byte(other+open), 1)
	if len(mine.Readers()) != 2 {
		t.Errorf("%d readers named", len(mine.Readers()))
	}
	if _, err := (xenc.Keyring{keys[2]}).Open(clone(mine)); err != xenc.ErrOpen {
		t.Errorf("without the key for the one that is accepted: %v", err)
	}
	if got, err := (xenc.Keyring{keys[0]}).Open(mine); err != nil || string(got) != element {
		t.Errorf("not opened: %v", err)
	}
}

// TestNoCertificateNamed tries every key where the sender names none, or names it in another way.
func TestNoCertificateNamed(t *testing.T) {
	keys := someKeys()
	for _, instead := range []string{"", "<ds:KeyName>stadtkasse</ds:KeyName>",
		"<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=x</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"} {
		d := seal(t, keys[0], element)
		from, to := bytes.Index(d.Head, []byte("<ds:X509Data>")), bytes.Index(d.Head, []byte("</ds:KeyInfo>"))
		d.Head = bytes.Join([][]byte{d.Head[:from], []byte(instead), d.Head[to:]}, nil)
		if got, err := (xenc.Keyring{keys[1], keys[0]}).Open(d); err != nil || string(got) != element {
			t.Errorf("%q: not opened: %v", instead, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	keys := someKeys()
	good := seal(t, keys[0], element)
	for name, d := range map[string]xenc.Data{
		"nothing":        {},
		"another root":   {Head: []byte("<a>"), Tail: []byte("</a>")},
		"too long":       {Head: append(bytes.Clone(good.Head), bytes.Repeat([]byte(" "), xenc.MaxHead)...), Cipher: good.Cipher, Tail: good.Tail},
		"no tail":        {Head: good.Head, Cipher: good.Cipher},
		"a reference":    {Head: bytes.Replace(good.Head, []byte("</ds:KeyInfo><xenc:CipherData>"), []byte(`</ds:KeyInfo><xenc:CipherData><xenc:CipherReference URI="http://example.org/"/>`), 1), Cipher: good.Cipher, Tail: good.Tail},
		"33 readers":     {Head: bytes.Replace(good.Head, []byte("<xenc:EncryptedKey>"), []byte(strings.Repeat("<xenc:EncryptedKey></xenc:EncryptedKey>", 33)+"<xenc:EncryptedKey>"), 1), Cipher: good.Cipher, Tail: good.Tail},
		"key not base64": {Head: bytes.Replace(good.Head, []byte("</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"), []byte("?</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"), 1), Cipher: good.Cipher, Tail: good.Tail},
	} {
		if _, err := (xenc.Keyring{keys[0]}).Open(clone(d)); err == nil || strings.Contains(err.Error(), "Vollstreckungsstelle") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUsable(t *testing.T) {
	private := someKeys()[0].Private
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := certs.NewCA("Test", func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	elliptic, err := certs.ParseCert(ca.Pair.Cert)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		c    *x509.Certificate
		want error
	}{
		{"one without key usage", certificate(private, &x509.Certificate{}), nil},
		{"one for keys", certificate(private, &x509.Certificate{KeyUsage: x509.KeyUsageKeyEncipherment}), nil},
		{"one for signatures", certificate(private, &x509.Certificate{KeyUsage: x509.KeyUsageDigitalSignature}), xenc.ErrKeyUsage},
		{"one of tomorrow", certificate(private, &x509.Certificate{NotBefore: now.Add(day), NotAfter: now.Add(2 * day)}), xenc.ErrNotYet},
		{"one of yesterday", certificate(private, &x509.Certificate{NotBefore: now.Add(-2 * day), NotAfter: now.Add(-day)}), xenc.ErrExpired},
		{"a short one", certificate(short, &x509.Certificate{}), xenc.ErrKeySize},
		{"one with an elliptic curve", elliptic, xenc.ErrKeyType},
	} {
		if err := xenc.Usable(tt.c, now); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if !xenc.Weak(someKeys()[0].Certificate) {
		t.Error("2048 bits are not weak")
	}
	if _, err := xenc.NewEnvelope(elliptic); err != xenc.ErrKeyType {
		t.Errorf("envelope for an elliptic curve: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	keys := []xenc.Key{knownKey(f)}
	good := seal(f, keys[0], element)
	f.Add(good.Head, good.Cipher, good.Tail)
	f.Add([]byte("<xenc:EncryptedData>"), []byte{}, []byte("</xenc:EncryptedData>"))
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		d := cut(f, b)
		f.Add(d.Head, d.Cipher, d.Tail)
	}
	f.Fuzz(func(t *testing.T, head, octets, tail []byte) {
		d := xenc.Data{Head: head, Cipher: octets, Tail: tail}
		d.Readers()
		plain, err := xenc.Keyring(keys).Open(d)
		if err == nil && len(plain)+xenc.Overhead != len(octets) {
			t.Errorf("%d octets out of %d", len(plain), len(octets))
		}
		if err != nil && plain != nil {
			t.Error("an error with octets")
		}
	})
}
