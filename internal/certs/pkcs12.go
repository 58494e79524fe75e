package certs

import (
	"crypto"
	"crypto/hmac"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"

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
)

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
	digest, ok := hashes[p.Mac.Digest.Algorithm.Algorithm.String()]
	if !ok {
		return errors.New("PKCS #12 file with an unknown MAC, or none")
	}
	if p.Mac.Iterations < 1 || p.Mac.Iterations > maxIterations {
		return errPKCS12
	}
	mac := hmac.New(digest, macKey(digest, password, p.Mac.Salt, p.Mac.Iterations))
	mac.Write(safe)
	if !hmac.Equal(mac.Sum(nil), p.Mac.Digest.Digest) {
		return ErrPassword
	}
	return nil
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
