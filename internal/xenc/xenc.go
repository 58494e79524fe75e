package xenc

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The algorithms, the only ones.
const (
	AES256GCM  = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
	RSAOAEP    = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
	SHA256     = "http://www.w3.org/2001/04/xmlenc#sha256"
	MGF1SHA256 = "http://www.w3.org/2009/xmlenc11#mgf1sha256"

	// Space is the namespace of xenc:EncryptedData.
	Space = "http://www.w3.org/2001/04/xmlenc#"

	typeElement = Space + "Element"
	typeContent = Space + "Content" // of GenericContentContainer: the same octets
	spaceDS     = "http://www.w3.org/2000/09/xmldsig#"
	space11     = "http://www.w3.org/2009/xmlenc11#"
)

// Sizes, in bytes.
const (
	keySize = 32
	ivSize  = 12
	tagSize = 16
	// Overhead is how much longer the octets of a CipherValue are than the element they hide.
	Overhead = ivSize + tagSize
	// MaxHead bounds Head and Tail together: algorithms, and the keys of a few readers with their certificates.
	MaxHead = 64 << 10
)

// Data is an xenc:EncryptedData, taken apart around the CipherValue of its content.
type Data struct {
	Head   []byte // the element up to the start tag of that CipherValue, which it includes; all namespaces are declared in it
	Cipher []byte // the octets: IV, ciphertext and tag
	Tail   []byte // from the end tag of that CipherValue on
}

// Envelope is what makes the same EncryptedData of the same element again: everything random about it, and the reader's certificate.
type Envelope struct {
	key     [keySize]byte // a secret, used for one element only
	iv      [ivSize]byte
	wrapped []byte // the key, encrypted for the reader
	reader  []byte // the reader's certificate, DER
}

// NewEnvelope draws a key for one message and encrypts it for the reader's certificate, whose fitness the caller has checked (Usable).
func NewEnvelope(reader *x509.Certificate) (Envelope, error) {
	public, ok := reader.PublicKey.(*rsa.PublicKey)
	if !ok {
		return Envelope{}, ErrKeyType
	}
	e := Envelope{reader: reader.Raw}
	rand.Read(e.key[:])
	rand.Read(e.iv[:])
	var err error
	if e.wrapped, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, public, e.key[:], nil); err != nil {
		return Envelope{}, fmt.Errorf("encrypt key: %w", err)
	}
	return e, nil
}

// envelopeForm is the first byte of MarshalBinary.
const envelopeForm = 1

var errStored = errors.New("stored envelope is damaged")

// MarshalBinary is the envelope as it is stored; it holds the content key and is as secret as the message itself.
func (e Envelope) MarshalBinary() ([]byte, error) {
	b := slices.Concat([]byte{envelopeForm}, e.key[:], e.iv[:])
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.wrapped)))
	return slices.Concat(b, e.wrapped, e.reader), nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (e *Envelope) UnmarshalBinary(b []byte) error {
	const fixed = 1 + keySize + ivSize + 2
	if len(b) < fixed || b[0] != envelopeForm {
		return errStored
	}
	copy(e.key[:], b[1:])
	copy(e.iv[:], b[1+keySize:])
	n := int(binary.BigEndian.Uint16(b[fixed-2:]))
	if b = b[fixed:]; len(b) <= n {
		return errStored
	}
	e.wrapped, e.reader = slices.Clone(b[:n]), slices.Clone(b[n:])
	return nil
}

// Reader is the SHA-256 of the certificate that the envelope was made for.
func (e Envelope) Reader() [32]byte { return sha256.Sum256(e.reader) }

// Seal encrypts an element. The same envelope and element give the same bytes; one envelope never takes two elements. element is used
// up: where its capacity allows, the octets of the result lie in it.
func (e Envelope) Seal(element []byte) (Data, error) {
	aead, err := newGCM(e.key[:])
	if err != nil {
		return Data{}, err
	}
	n := len(element)
	out := slices.Grow(element, Overhead)[:ivSize+n]
	copy(out[ivSize:], out[:n])
	copy(out, e.iv[:])
	sealed := aead.Seal(out[ivSize:ivSize], e.iv[:], out[ivSize:], nil)
	return Data{Head: e.head(), Cipher: out[:ivSize+len(sealed)], Tail: []byte(tail)}, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

const tail = "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"

func (e Envelope) head() []byte {
	b := []byte(`<xenc:EncryptedData xmlns:xenc="` + Space + `" Type="` + typeElement + `">` +
		`<xenc:EncryptionMethod Algorithm="` + AES256GCM + `"/>` +
		`<ds:KeyInfo xmlns:ds="` + spaceDS + `"><xenc:EncryptedKey>` +
		`<xenc:EncryptionMethod Algorithm="` + RSAOAEP + `"><ds:DigestMethod Algorithm="` + SHA256 + `"/>` +
		`<xenc11:MGF xmlns:xenc11="` + space11 + `" Algorithm="` + MGF1SHA256 + `"/></xenc:EncryptionMethod>` +
		`<ds:KeyInfo><ds:X509Data><ds:X509Certificate>`)
	b = base64.StdEncoding.AppendEncode(b, e.reader)
	b = append(b, `</ds:X509Certificate></ds:X509Data></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>`...)
	b = base64.StdEncoding.AppendEncode(b, e.wrapped)
	return append(b, `</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>`...)
}
