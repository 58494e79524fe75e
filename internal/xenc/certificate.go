package xenc

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"time"
)

// Bits of RSA keys: what is accepted, and what BSI TR-02102-1 asks for.
const (
	MinBits  = 2048
	GoodBits = 3072
)

// Why a certificate is not encrypted for.
var (
	ErrKeyType  = errors.New("the certificate has no RSA key")
	ErrKeySize  = errors.New("the certificate's RSA key is shorter than 2048 bits")
	ErrKeyUsage = errors.New("the certificate is not for the encryption of keys")
	ErrNotYet   = errors.New("the certificate is not valid yet")
	ErrExpired  = errors.New("the certificate has expired")
)

// Usable says whether a message may be encrypted for the certificate at that time. Whose it is, is not asked here: the directory's
// fingerprint, or the data centre that named it, answers for that.
func Usable(c *x509.Certificate, now time.Time) error {
	public, ok := c.PublicKey.(*rsa.PublicKey)
	switch {
	case !ok:
		return ErrKeyType
	case public.N.BitLen() < MinBits:
		return ErrKeySize
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageKeyEncipherment == 0:
		return ErrKeyUsage
	case now.Before(c.NotBefore):
		return ErrNotYet
	case now.After(c.NotAfter):
		return ErrExpired
	}
	return nil
}

// Weak says that the certificate's key is shorter than BSI TR-02102-1 asks for.
func Weak(c *x509.Certificate) bool {
	public, ok := c.PublicKey.(*rsa.PublicKey)
	return ok && public.N.BitLen() < GoodBits
}
