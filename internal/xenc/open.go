package xenc

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
)

// Key is a decryption key with the certificate that senders encrypt for.
type Key struct {
	Private     *rsa.PrivateKey
	Certificate *x509.Certificate
}

// Keyring is the keys of a reader, the current one first; the old ones open what was encrypted for them.
type Keyring []Key

// String names the keys by the fingerprints of their certificates; nothing secret is in it.
func (r Keyring) String() string {
	var b strings.Builder
	for _, k := range r {
		fmt.Fprintf(&b, "%x ", sha256.Sum256(k.Certificate.Raw))
	}
	return b.String()
}

// ErrOpen says that none of the keys opens the element: it was made for another key, or it is damaged. Which of both is never said.
var ErrOpen = errors.New("the encrypted content cannot be opened with the keys that are here")

// errForm says that the element is no EncryptedData that could be opened with any key.
var errForm = errors.New("the EncryptedData element is malformed")

// AlgorithmError says that the element asks for something else than the one way of this package.
type AlgorithmError struct {
	Use  string // what for: content, key, digest, mask or label
	Name string // the algorithm's URI, cut to what may stand in a log
}

// Error names the algorithm.
func (e *AlgorithmError) Error() string {
	return fmt.Sprintf("encryption algorithm for %s is not accepted: %q", e.Use, e.Name)
}

func refuse(use, name string) error {
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f {
			return -1
		}
		return r
	}, name)
	return &AlgorithmError{use, name[:min(len(name), 100)]}
}

// maxKeys bounds the readers of one message.
const maxKeys = 32

type algorithm struct {
	Algorithm string `xml:"Algorithm,attr"`
}

type method struct {
	Algorithm string      `xml:"Algorithm,attr"`
	Digest    []algorithm `xml:"http://www.w3.org/2000/09/xmldsig# DigestMethod"`
	MGF       []algorithm `xml:"http://www.w3.org/2009/xmlenc11# MGF"`
	Label     []string    `xml:"http://www.w3.org/2001/04/xmlenc# OAEPparams"`
}

type cipherData struct {
	Value     []string   `xml:"http://www.w3.org/2001/04/xmlenc# CipherValue"`
	Reference []struct{} `xml:"http://www.w3.org/2001/04/xmlenc# CipherReference"`
}

type ciphers []cipherData

// plain says that the octets are here, and not somewhere else.
func (c ciphers) plain() bool { return len(c) == 1 && len(c[0].Value) == 1 && len(c[0].Reference) == 0 }

type encryptedKey struct {
	Method       []method `xml:"http://www.w3.org/2001/04/xmlenc# EncryptionMethod"`
	Certificates []string `xml:"http://www.w3.org/2000/09/xmldsig# KeyInfo>X509Data>X509Certificate"`
	Cipher       ciphers  `xml:"http://www.w3.org/2001/04/xmlenc# CipherData"`
}

type encryptedData struct {
	XMLName xml.Name
	Type    string   `xml:"Type,attr"`
	Method  []method `xml:"http://www.w3.org/2001/04/xmlenc# EncryptionMethod"`
	KeyInfo []struct {
		Keys []encryptedKey `xml:"http://www.w3.org/2001/04/xmlenc# EncryptedKey"`
	} `xml:"http://www.w3.org/2000/09/xmldsig# KeyInfo"`
	Cipher ciphers `xml:"http://www.w3.org/2001/04/xmlenc# CipherData"`
}

func (e encryptedData) keys() (list []encryptedKey) {
	for _, info := range e.KeyInfo {
		list = append(list, info.Keys...)
	}
	return list
}

// Open decrypts an element. What it gives back is as the sender wrote it and was not judged. d.Cipher is used up, whatever comes of it:
// the result lies in it.
func (r Keyring) Open(d Data) ([]byte, error) {
	e, err := parse(d)
	if err != nil {
		return nil, err
	}
	accepted, refused := false, error(nil)
	for _, k := range e.keys() {
		wrapped, err := k.wrapped()
		if err != nil {
			refused = err
			continue // for another reader, perhaps: one of ours may follow
		}
		accepted = true
		for _, key := range r {
			if !k.names(key) {
				continue
			}
			content, err := rsa.DecryptOAEP(sha256.New(), nil, key.Private, wrapped, nil)
			if err != nil || len(content) != keySize {
				continue
			}
			return unseal(content, d.Cipher)
		}
	}
	if !accepted {
		return nil, refused
	}
	return nil, ErrOpen
}

func unseal(key, octets []byte) ([]byte, error) {
	aead, err := newGCM(key)
	if err != nil || len(octets) < Overhead {
		return nil, ErrOpen
	}
	body := octets[ivSize:]
	out, err := aead.Open(body[:0], octets[:ivSize], body, nil)
	if err != nil {
		return nil, ErrOpen
	}
	return out, nil
}

// parse reads the element around the octets and refuses what is not the one way.
func parse(d Data) (encryptedData, error) {
	var e encryptedData
	if len(d.Head)+len(d.Tail) > MaxHead {
		return e, errForm
	}
	dec := xml.NewDecoder(bytes.NewReader(bytes.Join([][]byte{d.Head, d.Tail}, nil)))
	if err := dec.Decode(&e); err != nil || e.XMLName.Space != Space || e.XMLName.Local != "EncryptedData" {
		return e, errForm // the decoder's text quotes the document
	}
	switch {
	case len(e.Method) != 1:
		return e, refuse("content", "")
	case e.Method[0].Algorithm != AES256GCM:
		return e, refuse("content", e.Method[0].Algorithm)
	case e.Type != "" && e.Type != typeElement && e.Type != typeContent:
		return e, refuse("type", e.Type)
	case !e.Cipher.plain():
		return e, errForm
	}
	switch n := len(e.keys()); {
	case n == 0:
		return e, refuse("key", "")
	case n > maxKeys:
		return e, errForm
	}
	return e, nil
}

// wrapped gives the encrypted key, if it is encrypted in the one way.
func (k encryptedKey) wrapped() ([]byte, error) {
	if len(k.Method) != 1 {
		return nil, refuse("key", "")
	}
	m := k.Method[0]
	switch {
	case m.Algorithm != RSAOAEP:
		return nil, refuse("key", m.Algorithm)
	case only(m.Digest) != SHA256: // none stands for SHA-1
		return nil, refuse("digest", only(m.Digest))
	case only(m.MGF) != MGF1SHA256: // none stands for MGF1 with SHA-1
		return nil, refuse("mask", only(m.MGF))
	case strings.TrimSpace(strings.Join(m.Label, "")) != "":
		return nil, refuse("label", "OAEPparams")
	case !k.Cipher.plain():
		return nil, errForm
	}
	octets, err := decode(k.Cipher[0].Value[0])
	if err != nil || len(octets) > 2048 {
		return nil, errForm
	}
	return octets, nil
}

// only is the one algorithm of the list, "" for none, and a name that no algorithm has for several.
func only(list []algorithm) string {
	switch len(list) {
	case 0:
		return ""
	case 1:
		return list[0].Algorithm
	}
	return "several"
}

// names says whether the encrypted key may be for this key: a certificate decides it, also another one of the same key (renewed);
// issuer and serial number, a key name or nothing at all leave it open, and every key is tried.
func (k encryptedKey) names(key Key) bool {
	if len(k.Certificates) == 0 {
		return true
	}
	for _, text := range k.Certificates {
		der, err := decode(text)
		if err != nil {
			continue
		}
		if bytes.Equal(der, key.Certificate.Raw) {
			return true
		}
		if c, err := x509.ParseCertificate(der); err == nil && bytes.Equal(c.RawSubjectPublicKeyInfo, key.Certificate.RawSubjectPublicKeyInfo) {
			return true
		}
	}
	return false
}

func decode(text string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}

// Readers are the certificates that the element names, as SHA-256: for people who look for the key. It never fails: what cannot be
// read names nobody.
func (d Data) Readers() [][32]byte {
	e, err := parse(d)
	if err != nil {
		return nil
	}
	var list [][32]byte
	for _, k := range e.keys() {
		for _, text := range k.Certificates {
			if der, err := decode(text); err == nil {
				list = append(list, sha256.Sum256(der))
			}
		}
	}
	return list
}
