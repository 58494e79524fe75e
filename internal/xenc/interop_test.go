package xenc_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/xenc"
)

// cut takes an EncryptedData apart that stands alone and holds its octets as text.
func cut(t testing.TB, doc []byte) xenc.Data {
	t.Helper()
	const last = "</xenc:EncryptedData>"
	doc = doc[bytes.Index(doc, []byte("<xenc:EncryptedData")) : bytes.Index(doc, []byte(last))+len(last)]
	doc = bytes.ReplaceAll(doc, []byte("&#xD;"), nil) // Santuario breaks lines in base64 so
	const open, end = "<xenc:CipherValue>", "</xenc:CipherValue>"
	from := bytes.LastIndex(doc, []byte(open)) + len(open)
	to := bytes.LastIndex(doc, []byte(end))
	octets, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(doc[from:to]), nil)))
	if err != nil {
		t.Fatal(err)
	}
	return xenc.Data{Head: bytes.Clone(doc[:from]), Cipher: octets, Tail: bytes.TrimSpace(bytes.Clone(doc[to:]))}
}

func join(d xenc.Data) []byte {
	return bytes.Join([][]byte{d.Head, []byte(base64.StdEncoding.EncodeToString(d.Cipher)), d.Tail}, nil)
}

func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is missing: apt-get install %[1]s", name)
	}
}

func run(t *testing.T, in []byte, name string, args ...string) []byte {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Stdin = bytes.NewReader(in)
	var out, diagnosis bytes.Buffer
	c.Stdout, c.Stderr = &out, &diagnosis
	if err := c.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, diagnosis.Bytes())
	}
	return out.Bytes()
}

func write(t *testing.T, dir, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wrappedKey is the octets of the EncryptedKey in d.
func wrappedKey(t *testing.T, d xenc.Data) []byte {
	t.Helper()
	var e struct {
		Value string `xml:"KeyInfo>EncryptedKey>CipherData>CipherValue"`
	}
	if err := xml.Unmarshal(join(d), &e); err != nil {
		t.Fatal(err)
	}
	b, err := base64.StdEncoding.DecodeString(e.Value)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var oaep = []string{"-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"}

// TestForeignToolsOpenOurs lets OpenSSL decrypt the key and xmlsec1 the content of what we sealed. xmlsec1 1.2 itself cannot: it knows
// RSA-OAEP with SHA-1 only.
func TestForeignToolsOpenOurs(t *testing.T) {
	tool(t, "openssl")
	tool(t, "xmlsec1")
	k, dir := someKeys()[0], t.TempDir()
	d := seal(t, k, element)
	private := write(t, dir, "key.pem", pem.EncodeToMemory(pkcs8(t, k)))
	content := run(t, wrappedKey(t, d), "openssl", append([]string{"pkeyutl", "-decrypt", "-inkey", private}, oaep...)...)
	if len(content) != 32 {
		t.Fatalf("OpenSSL made %d bytes of the content key", len(content))
	}
	key := write(t, dir, "content.key", content)
	// The EncryptedKey is taken out, so that xmlsec1 takes the content key that OpenSSL found.
	doc := join(d)
	from, to := bytes.Index(doc, []byte("<ds:KeyInfo")), bytes.LastIndex(doc, []byte("<xenc:CipherData>"))
	doc = bytes.Join([][]byte{doc[:from], doc[to:]}, nil)
	out := run(t, nil, "xmlsec1", "--decrypt", "--aeskey", key, write(t, dir, "sealed.xml", doc))
	if got := strings.TrimSpace(strings.TrimPrefix(string(out), `<?xml version="1.0"?>`)); got != element {
		t.Errorf("xmlsec1 made of it:\n%s", got)
	}
}

// TestWeOpenForeign lets OpenSSL encrypt the key and xmlsec1 the content, and opens the two together.
func TestWeOpenForeign(t *testing.T) {
	tool(t, "openssl")
	tool(t, "xmlsec1")
	k, dir := someKeys()[0], t.TempDir()
	cert := write(t, dir, "reader.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate.Raw}))
	content := bytes.Repeat([]byte("Schlüssel "), 4)[:32]
	key := write(t, dir, "content.key", content)
	wrapped := run(t, content, "openssl", append([]string{"pkeyutl", "-encrypt", "-certin", "-inkey", cert}, oaep...)...)
	template := write(t, dir, "template.xml", []byte(`<xenc:EncryptedData xmlns:xenc="`+xenc.Space+`" Type="`+xenc.Space+`Element">`+
		`<xenc:EncryptionMethod Algorithm="`+xenc.AES256GCM+`"/><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>`))
	plain := write(t, dir, "plain.xml", []byte("<?xml version=\"1.0\"?>\n"+element))
	doc := run(t, nil, "xmlsec1", "--encrypt", "--aeskey", key, "--xml-data", plain, template)
	d := cut(t, doc)
	ours := seal(t, k, "")
	info := ours.Head[bytes.Index(ours.Head, []byte("<ds:KeyInfo")):bytes.LastIndex(ours.Head, []byte("<xenc:CipherData>"))]
	info = bytes.Replace(info, []byte(base64.StdEncoding.EncodeToString(wrappedKey(t, ours))), []byte(base64.StdEncoding.EncodeToString(wrapped)), 1)
	d.Head = bytes.Replace(d.Head, []byte("<xenc:CipherData>"), append(info, "<xenc:CipherData>"...), 1)
	got, err := xenc.Keyring{k}.Open(d)
	if err != nil || string(got) != element {
		t.Errorf("opened %q, %v", got, err)
	}
}

// TestKnownAnswer opens what others have written (testdata/README).
func TestKnownAnswer(t *testing.T) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no known answers: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(name, ".xml") + ".plain")
		if err != nil {
			t.Fatal(err)
		}
		got, err := xenc.Keyring{someKeys()[0], knownKey(t)}.Open(cut(t, b))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if _, err := (xenc.Keyring{someKeys()[0]}).Open(cut(t, b)); !errors.Is(err, xenc.ErrOpen) {
			t.Errorf("%s without its key: %v", name, err)
		}
	}
}

// TestGCMOctets holds the octets against a published vector (McGrew and Viega, GCM, test case 15): IV || ciphertext || tag is what
// xmlenc11 asks for.
func TestGCMOctets(t *testing.T) {
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key := unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
	iv := unhex("cafebabefacedbaddecaf888")
	plain := unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255")
	want := unhex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad" +
		"b094dac5d93471bdec1a502270e3cc6c")
	k := someKeys()[0]
	e, err := xenc.NewEnvelope(k.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := e.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	copy(stored[1:], key)
	copy(stored[33:], iv)
	if err := e.UnmarshalBinary(stored); err != nil {
		t.Fatal(err)
	}
	d, err := e.Seal(plain)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(d.Cipher[:12], iv) || !bytes.Equal(d.Cipher[12:], want) {
		t.Errorf("octets %x", d.Cipher)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	if aead, err := cipher.NewGCM(block); err != nil || aead.Overhead() != 16 || aead.NonceSize() != 12 {
		t.Errorf("sizes: %v", err)
	}
}
