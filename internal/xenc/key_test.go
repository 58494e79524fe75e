package xenc_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"testing"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/xenc"
)

func pkcs8(t testing.TB, k xenc.Key) *pem.Block {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		t.Fatal(err)
	}
	return &pem.Block{Type: "PRIVATE KEY", Bytes: der}
}

// knownKey is the reader of the known answers.
func knownKey(t testing.TB) xenc.Key {
	t.Helper()
	read := func(name string) []byte {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	block, _ := pem.Decode(read("reader.key"))
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := certs.ParseCert(read("reader.crt"))
	if err != nil {
		t.Fatal(err)
	}
	return xenc.Key{Private: private.(*rsa.PrivateKey), Certificate: cert}
}
