package certs

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // PKCS #12 files name it; nothing is protected by it here
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"unicode/utf16"

	legacy "golang.org/x/crypto/pkcs12"
)

// golang.org/x/crypto/pkcs12 is frozen and knows the old algorithms only (RC2 and 3DES with SHA-1). What OpenSSL 3, Java and Windows
// write today is read here: PBES2 with PBKDF2 and AES-CBC, and a MAC with SHA-2 (RFC 7292, RFC 8018).

var (
	// ErrPassword says that the password does not open the PKCS #12 file, or that the file is damaged.
	ErrPassword  = errors.New("the password does not open the PKCS #12 file")
	errPKCS12    = errors.New("not a PKCS #12 file")
	errOldPKCS12 = errors.New("old algorithms")
)

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEncryptedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidKeyBag        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedBag   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	oidX509          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
	oidPBES2         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// hashes by the OIDs of digests and of HMACs as PRF.
var hashes = map[string]func() hash.Hash{
	"1.3.14.3.2.26": sha1.New, "2.16.840.1.101.3.4.2.1": sha256.New, "2.16.840.1.101.3.4.2.2": sha512.New384, "2.16.840.1.101.3.4.2.3": sha512.New,
	"1.2.840.113549.2.7": sha1.New, "1.2.840.113549.2.9": sha256.New, "1.2.840.113549.2.10": sha512.New384, "1.2.840.113549.2.11": sha512.New,
}

// ciphers are the key lengths of AES-CBC by OID.
var ciphers = map[string]int{"2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32}

// maxIterations bounds the work that a file may ask for.
const maxIterations = 5_000_000

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"tag:0,explicit,optional"`
}

type pfx struct {
	Version  int
	AuthSafe contentInfo
	Mac      struct {
		Digest struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}
		Salt       []byte
		Iterations int `asn1:"optional,default:1"`
	} `asn1:"optional"`
}

type encryptedData struct {
	Version int
	Info    struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Content   []byte `asn1:"tag:0,optional"`
	}
}

type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type safeBag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue `asn1:"tag:0,explicit"`
	Attributes asn1.RawValue `asn1:"set,optional"`
}

type certBag struct {
	ID   asn1.ObjectIdentifier
	Data []byte `asn1:"tag:0,explicit"`
}

type pbes2Params struct {
	KDF, Cipher pkix.AlgorithmIdentifier
}

type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

// parsePKCS12 reads the keys and certificates of a PKCS #12 file.
func parsePKCS12(data []byte, password string) ([]crypto.PrivateKey, []*x509.Certificate, error) {
	var p pfx
	if err := unmarshal(data, &p); err != nil {
		return nil, nil, err
	}
	var safe []byte
	if !p.AuthSafe.Type.Equal(oidData) {
		return nil, nil, errPKCS12
	}
	if err := unmarshal(p.AuthSafe.Content.Bytes, &safe); err != nil {
		return nil, nil, err
	}
	if err := p.verify(safe, password); err != nil {
		return nil, nil, err
	}
	var infos []contentInfo
	if err := unmarshal(safe, &infos); err != nil {
		return nil, nil, err
	}
	b := bags{password: []byte(password)}
	for _, info := range infos {
		if err := b.info(info); errors.Is(err, errOldPKCS12) {
			return parseOldPKCS12(data, password)
		} else if err != nil {
			return nil, nil, err
		}
	}
	return b.keys, b.certs, nil
}

// verify checks the MAC over the whole content.
func (p pfx) verify(safe []byte, password string) error {
	new, ok := hashes[p.Mac.Digest.Algorithm.Algorithm.String()]
	if !ok {
		return errors.New("PKCS #12 file with an unknown MAC, or none")
	}
	if p.Mac.Iterations < 1 || p.Mac.Iterations > maxIterations {
		return errPKCS12
	}
	mac := hmac.New(new, macKey(new, password, p.Mac.Salt, p.Mac.Iterations))
	mac.Write(safe)
	if !hmac.Equal(mac.Sum(nil), p.Mac.Digest.Digest) {
		return ErrPassword
	}
	return nil
}

// macKey is the key derivation of RFC 7292 appendix B for a MAC (ID 3); one block of it is enough for a key as long as the hash.
func macKey(new func() hash.Hash, password string, salt []byte, iterations int) []byte {
	h := new()
	block := h.BlockSize()
	fill := func(b []byte) []byte {
		if len(b) == 0 {
			return nil
		}
		out := make([]byte, (len(b)+block-1)/block*block)
		for i := range out {
			out[i] = b[i%len(b)]
		}
		return out
	}
	var secret []byte
	for _, u := range append(utf16.Encode([]rune(password)), 0) {
		secret = append(secret, byte(u>>8), byte(u))
	}
	h.Write(bytes.Repeat([]byte{3}, block))
	h.Write(fill(salt))
	h.Write(fill(secret))
	out := h.Sum(nil)
	for range iterations - 1 {
		h.Reset()
		h.Write(out)
		out = h.Sum(out[:0])
	}
	return out
}

// bags collects what the file holds.
type bags struct {
	password []byte
	keys     []crypto.PrivateKey
	certs    []*x509.Certificate
}

func (b *bags) info(info contentInfo) error {
	var content []byte
	switch {
	case info.Type.Equal(oidData):
		if err := unmarshal(info.Content.Bytes, &content); err != nil {
			return err
		}
	case info.Type.Equal(oidEncryptedData):
		var e encryptedData
		if err := unmarshal(info.Content.Bytes, &e); err != nil {
			return err
		}
		var err error
		if content, err = pbes2(e.Info.Algorithm, b.password, e.Info.Content); err != nil {
			return err
		}
	default:
		return errPKCS12
	}
	var list []safeBag
	if err := unmarshal(content, &list); err != nil {
		return err
	}
	for _, bag := range list {
		if err := b.bag(bag); err != nil {
			return err
		}
	}
	return nil
}

func (b *bags) bag(bag safeBag) error {
	der := bag.Value.Bytes
	switch {
	case bag.ID.Equal(oidCertBag):
		var c certBag
		if err := unmarshal(der, &c); err != nil || !c.ID.Equal(oidX509) {
			return err
		}
		cert, err := x509.ParseCertificate(c.Data)
		b.certs = append(b.certs, cert)
		return err
	case bag.ID.Equal(oidShroudedBag):
		var e encryptedKey
		if err := unmarshal(der, &e); err != nil {
			return err
		}
		var err error
		if der, err = pbes2(e.Algorithm, b.password, e.Data); err != nil {
			return err
		}
	case !bag.ID.Equal(oidKeyBag):
		return nil // secrets, revocation lists: not for us
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return errors.New("PKCS #12 file with a key of an unknown kind")
	}
	b.keys = append(b.keys, key)
	return nil
}

// pbes2 decrypts what is encrypted with a password (RFC 8018).
func pbes2(algorithm pkix.AlgorithmIdentifier, password, data []byte) ([]byte, error) {
	if !algorithm.Algorithm.Equal(oidPBES2) {
		return nil, errOldPKCS12
	}
	var p pbes2Params
	var k pbkdf2Params
	var iv []byte
	err := errors.Join(unmarshal(algorithm.Parameters.FullBytes, &p), unmarshal(p.KDF.Parameters.FullBytes, &k), unmarshal(p.Cipher.Parameters.FullBytes, &iv))
	size, known := ciphers[p.Cipher.Algorithm.String()]
	prf := sha1.New // the default of the standard
	if k.PRF.Algorithm != nil {
		prf = hashes[k.PRF.Algorithm.String()]
	}
	switch {
	case err != nil:
		return nil, err
	case !p.KDF.Algorithm.Equal(oidPBKDF2) || !known || prf == nil:
		return nil, fmt.Errorf("PKCS #12 file with an unknown algorithm (%v, %v)", p.KDF.Algorithm, p.Cipher.Algorithm)
	case k.Iterations < 1 || k.Iterations > maxIterations || len(iv) != aes.BlockSize || len(data) == 0 || len(data)%aes.BlockSize != 0:
		return nil, errPKCS12
	}
	key, err := pbkdf2.Key(prf, string(password), k.Salt, k.Iterations, size)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, ErrPassword
	}
	return out[:len(out)-pad], nil
}

func unmarshal(der []byte, v any) error {
	if rest, err := asn1.Unmarshal(der, v); err != nil || len(rest) > 0 {
		return errPKCS12
	}
	return nil
}

// parseOldPKCS12 reads files with the algorithms of before 2010.
func parseOldPKCS12(data []byte, password string) (keys []crypto.PrivateKey, list []*x509.Certificate, err error) {
	blocks, err := legacy.ToPEM(data, password)
	if errors.Is(err, legacy.ErrIncorrectPassword) {
		return nil, nil, ErrPassword
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errPKCS12, err)
	}
	for _, b := range blocks {
		key, cert, err := parseBlock(&pem.Block{Type: b.Type, Bytes: b.Bytes})
		if err != nil {
			return nil, nil, err
		}
		if key != nil {
			keys = append(keys, key)
		}
		if cert != nil {
			list = append(list, cert)
		}
	}
	return keys, list, nil
}
