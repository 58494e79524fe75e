package certs

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Decryption is a private key that opens what was encrypted for its certificate.
type Decryption struct {
	Private     *rsa.PrivateKey // a secret
	Certificate *x509.Certificate
}

// DecryptionFiles say where a Decryption lies: in one PKCS #12 file, or in PEM files.
type DecryptionFiles struct {
	Key      string // PKCS #12, or PEM with the private key and perhaps the certificate; mode 0600
	Cert     string // PEM with the certificate, if it is not in Key
	Password string // file whose first line is the password of a PKCS #12 file, mode 0600; "" = none
}

// LoadDecryption reads a key for the decryption of messages and proves that key and certificate belong together. Errors name files,
// never their content.
func LoadDecryption(f DecryptionFiles) (Decryption, error) {
	d, err := loadDecryption(f)
	if err != nil {
		return Decryption{}, fmt.Errorf("load decryption key %s: %w", f.Key, err)
	}
	return d, nil
}

func loadDecryption(f DecryptionFiles) (Decryption, error) {
	data, err := secret(f.Key)
	if err != nil {
		return Decryption{}, err
	}
	var keys []crypto.PrivateKey
	var list []*x509.Certificate
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		keys, list, err = parsePEM(data)
	} else {
		password := ""
		if f.Password != "" {
			line, err := secret(f.Password)
			if err != nil {
				return Decryption{}, err
			}
			password, _, _ = strings.Cut(string(line), "\n")
			password = strings.TrimSuffix(password, "\r")
		}
		keys, list, err = parsePKCS12(data, password)
	}
	if err != nil {
		return Decryption{}, err
	}
	if f.Cert != "" {
		more, err := os.ReadFile(f.Cert)
		if err != nil {
			return Decryption{}, err
		}
		_, certs, err := parsePEM(more)
		if err != nil {
			return Decryption{}, err
		}
		list = append(certs, list...)
	}
	return match(keys, list)
}

// match finds the one key and its certificate; a chain may stand beside them.
func match(keys []crypto.PrivateKey, list []*x509.Certificate) (Decryption, error) {
	if len(keys) != 1 {
		return Decryption{}, fmt.Errorf("%d private keys, want one", len(keys))
	}
	private, ok := keys[0].(*rsa.PrivateKey)
	if !ok {
		return Decryption{}, errors.New("the key is no RSA key")
	}
	for _, c := range list {
		if public, ok := c.PublicKey.(*rsa.PublicKey); ok && public.Equal(private.Public()) {
			return Decryption{private, c}, nil
		}
	}
	return Decryption{}, errors.New("no certificate belongs to the key")
}

// secret reads a file that nobody but its owner may read.
func secret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: mode %04o, want 0600", path, info.Mode().Perm())
	}
	if info.Size() > 1<<20 {
		return nil, fmt.Errorf("%s: too large for a key", path)
	}
	return os.ReadFile(path)
}

func parsePEM(data []byte) (keys []crypto.PrivateKey, list []*x509.Certificate, err error) {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return keys, list, nil
		}
		key, cert, err := parseBlock(block)
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
}

func parseBlock(b *pem.Block) (crypto.PrivateKey, *x509.Certificate, error) {
	switch b.Type {
	case "CERTIFICATE":
		c, err := x509.ParseCertificate(b.Bytes)
		return nil, c, err
	case "ENCRYPTED PRIVATE KEY":
		return nil, nil, errors.New("encrypted PEM is not read; use PKCS #12 or a key without password")
	case "PRIVATE KEY", "RSA PRIVATE KEY":
		if key, err := x509.ParsePKCS8PrivateKey(b.Bytes); err == nil {
			return key, nil, nil
		}
		key, err := x509.ParsePKCS1PrivateKey(b.Bytes)
		if err != nil {
			return nil, nil, errors.New("private key of an unknown kind")
		}
		return key, nil, nil
	}
	return nil, nil, nil
}
