package certs

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // PKCS #12 files name it; nothing is protected by it here
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"unicode/utf16"
)

// The cryptography of PKCS #12 files: a MAC whose key comes from the password, and PBES2.

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
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

type pbes2Params struct {
	KDF, Cipher pkix.AlgorithmIdentifier
}

type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

// macKey is the key derivation of RFC 7292 appendix B for a MAC (ID 3); one block of it is enough for a key as long as the hash.
func macKey(digest func() hash.Hash, password string, salt []byte, iterations int) []byte {
	h := digest()
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
