// Package certs owns keys, certificates and TLS settings: a small CA of its own for the demo and the tests, SSH keys, the TLS
// profile that every listener and client of the project uses, and fingerprints.
//
// It writes nothing: keys leave as PEM bytes, and the caller stores them through durable with mode 0600. In production the
// certificates come from a real CA; then only LoadPair, ServerTLS, ClientTLS, Fingerprint and Expiry are used.
package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"time"
)

const (
	caLife   = 10 * 365 * 24 * time.Hour
	leafLife = 2 * 365 * 24 * time.Hour
	// backdate lets a certificate be used at once by a peer whose clock is a little behind.
	backdate = time.Hour
)

// Pair is a certificate with its private key, both PEM. Cert may hold a chain, the leaf first.
type Pair struct {
	Cert []byte
	Key  []byte // PKCS #8; a secret
}

// CA issues certificates for the demo and the tests.
type CA struct {
	// Pair is the CA's own certificate and key.
	Pair Pair
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  func() time.Time
}

// NewCA makes a CA with a fresh ECDSA P-256 key. now dates the certificates; nil is time.Now.
func NewCA(name string, now func() time.Time) (*CA, error) {
	if now == nil {
		now = time.Now
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make CA key: %w", err)
	}
	t, err := template(name, now(), caLife)
	if err != nil {
		return nil, err
	}
	t.IsCA = true
	t.MaxPathLenZero = true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	pair, cert, err := sign(t, t, key, key)
	if err != nil {
		return nil, fmt.Errorf("make CA: %w", err)
	}
	return &CA{Pair: pair, cert: cert, key: key, now: now}, nil
}

// OpenCA takes up a CA that NewCA made earlier.
func OpenCA(pair Pair, now func() time.Time) (*CA, error) {
	if now == nil {
		now = time.Now
	}
	cert, err := ParseCert(pair.Cert)
	if err != nil {
		return nil, fmt.Errorf("open CA: %w", err)
	}
	block, _ := pem.Decode(pair.Key)
	if block == nil {
		return nil, errors.New("open CA: key is not PEM")
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("open CA: key is not PKCS #8")
	}
	key, ok := any.(*ecdsa.PrivateKey)
	if !ok || !cert.IsCA || !key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("open CA: certificate and key are not a CA of ours")
	}
	return &CA{Pair: pair, cert: cert, key: key, now: now}, nil
}

// Server issues a server certificate for 127.0.0.1, ::1, localhost and the given hosts (names or IP addresses).
func (ca *CA) Server(name string, hosts ...string) (Pair, error) {
	return ca.issue(name, func(t *x509.Certificate) {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		t.DNSNames = []string{"localhost"}
		t.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
		for _, h := range hosts {
			if ip := net.ParseIP(h); ip != nil {
				t.IPAddresses = append(t.IPAddresses, ip)
			} else {
				t.DNSNames = append(t.DNSNames, h)
			}
		}
	})
}

// Client issues a client certificate; name becomes the common name.
func (ca *CA) Client(name string) (Pair, error) {
	return ca.issue(name, func(t *x509.Certificate) {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		t.URIs = []*url.URL{{Scheme: "urn", Opaque: "damtshilfe:client"}}
	})
}

func (ca *CA) issue(name string, fill func(*x509.Certificate)) (Pair, error) {
	t, err := template(name, ca.now(), leafLife)
	if err != nil {
		return Pair{}, err
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	fill(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("make key: %w", err)
	}
	pair, _, err := sign(t, ca.cert, key, ca.key)
	if err != nil {
		return Pair{}, fmt.Errorf("issue certificate: %w", err)
	}
	return pair, nil
}

func template(name string, now time.Time, life time.Duration) (*x509.Certificate, error) {
	if name == "" || len(name) > 64 { // RFC 5280, ub-common-name
		return nil, errors.New("make certificate: name needs 1 to 64 bytes")
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	return &x509.Certificate{
		SerialNumber:          serial.Add(serial, big.NewInt(1)),
		Subject:               pkix.Name{CommonName: name, Organization: []string{"dAmtshilfe TEST"}},
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(life),
		BasicConstraintsValid: true,
	}, nil
}

func sign(t, parent *x509.Certificate, key, parentKey *ecdsa.PrivateKey) (Pair, *x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, parentKey)
	if err != nil {
		return Pair{}, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, nil, err
	}
	return Pair{
		Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	}, cert, nil
}

// LoadPair reads certificate and key files. Errors name the files, never their content.
func LoadPair(certFile, keyFile string) (Pair, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return Pair{}, fmt.Errorf("load certificate: %w", err)
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return Pair{}, fmt.Errorf("load key: %w", err)
	}
	p := Pair{Cert: cert, Key: key}
	if _, err := p.tls(); err != nil {
		return Pair{}, fmt.Errorf("load %s with %s: %w", certFile, keyFile, err)
	}
	return p, nil
}

// ParseCert reads the first certificate of PEM data.
func ParseCert(data []byte) (*x509.Certificate, error) {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return nil, errors.New("parse certificate: no certificate in the PEM data")
		}
		if block.Type == "CERTIFICATE" {
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("parse certificate: %w", err)
			}
			return cert, nil
		}
	}
}

// Expiry is when the leaf of PEM data ends; check and the metrics warn before.
func Expiry(certPEM []byte) (time.Time, error) {
	cert, err := ParseCert(certPEM)
	if err != nil {
		return time.Time{}, err
	}
	return cert.NotAfter, nil
}
