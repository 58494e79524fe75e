package register

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// Fassung is a version of the directory on its way from a primary to a secondary: what its store knows of it, its content, and the
// primary's signature over all of it.
type Fassung struct {
	Seq      int64     `json:"seq"`
	Version  string    `json:"version"`
	ETag     string    `json:"etag"` // not signed: it follows from the content
	Angelegt time.Time `json:"angelegt"`
	Wer      string    `json:"wer"`
	Zweite   string    `json:"zweite,omitempty"`
	Grund    string    `json:"grund"`
	Quelle   string    `json:"quelle,omitempty"`
	SHA256   string    `json:"sha256"` // of Inhalt, hex
	Signatur []byte    `json:"signatur"`
	Inhalt   []byte    `json:"inhalt,omitempty"` // as stored: gzip over JSON
}

// signed is what the signature is over: every field on a line of its own, in Go's quotes where it is free text. The first line keeps a
// signature of something else from being taken for one of a version.
func (f *Fassung) signed() []byte {
	return fmt.Appendf(nil, "damtshilfe/register/fassung/1\n%d\n%q\n%s\n%q\n%q\n%q\n%q\n%q\n",
		f.Seq, f.Version, f.Angelegt.UTC().Format(time.RFC3339Nano), f.Wer, f.Zweite, f.Grund, f.Quelle, f.SHA256)
}

// Sign sets Signatur.
func (f *Fassung) Sign(key ed25519.PrivateKey) { f.Signatur = ed25519.Sign(key, f.signed()) }

// ErrSignature says that a version is not what the primary signed.
var ErrSignature = errors.New("the signature is not that of the primary's key")

// Verify says whether the content is what the owner of the key signed.
func (f *Fassung) Verify(key ed25519.PublicKey) error {
	sum := sha256.Sum256(f.Inhalt)
	if hex.EncodeToString(sum[:]) != f.SHA256 || !ed25519.Verify(key, f.signed(), f.Signatur) {
		return fmt.Errorf("version %d: %w", f.Seq, ErrSignature)
	}
	return nil
}

// NewSigningKey makes a key for signing versions, as PEM: private in PKCS #8 for the primary, public for its secondaries.
func NewSigningKey() (private, public []byte, err error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("make signing key: %w", err)
	}
	public, err = PublicKeyPEM(pub)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), public, err
}

// PublicKeyPEM writes the public half as a secondary's configuration wants it.
func PublicKeyPEM(key ed25519.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, fmt.Errorf("write public key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// ParseSigningKey reads what NewSigningKey made; openssl genpkey -algorithm ed25519 makes the same.
func ParseSigningKey(data []byte) (ed25519.PrivateKey, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != "PRIVATE KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("signing key: not one PEM block PRIVATE KEY")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("signing key: no PKCS #8")
	}
	ed, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("signing key: not Ed25519")
	}
	return ed, nil
}

// ParsePublicKey reads the public half.
func ParsePublicKey(data []byte) (ed25519.PublicKey, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != "PUBLIC KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("public key: not one PEM block PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, errors.New("public key: no PKIX")
	}
	ed, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("public key: not Ed25519")
	}
	return ed, nil
}
