package certs

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// suites are the TLS 1.2 suites of BSI TR-02102-2 that Go has: ECDHE with AES-GCM. Those of TLS 1.3 cannot be chosen in Go.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
}

// curves are the groups of BSI TR-02102-2 that Go has.
var curves = []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521}

// ErrPin says that the peer's certificate is none of the pinned ones.
var ErrPin = errors.New("server certificate is not one of the pinned ones")

// ServerTLS makes the settings of a listener: TLS 1.2 or newer, and a client certificate of one of the CAs in clientCA (PEM)
// is required. What the certificate may do is decided above, by its Fingerprint.
func ServerTLS(pair Pair, clientCA []byte) (*tls.Config, error) {
	c, err := base(pair)
	if err != nil {
		return nil, fmt.Errorf("server TLS: %w", err)
	}
	if c.ClientCAs, err = pool(clientCA); err != nil {
		return nil, fmt.Errorf("server TLS: client CA: %w", err)
	}
	c.ClientAuth = tls.RequireAndVerifyClientCert
	// A resumed session would let a client in that a changed client CA no longer knows; connections live long, so little is lost.
	c.SessionTicketsDisabled = true
	return c, nil
}

// ClientTLS makes the settings of a client that shows pair and trusts servers of serverCA (PEM). With pins (SHA-256
// fingerprints) the server must also show one of these very certificates.
func ClientTLS(pair Pair, serverCA []byte, pins ...string) (*tls.Config, error) {
	c, err := base(pair)
	if err != nil {
		return nil, fmt.Errorf("client TLS: %w", err)
	}
	if c.RootCAs, err = pool(serverCA); err != nil {
		return nil, fmt.Errorf("client TLS: server CA: %w", err)
	}
	if len(pins) > 0 {
		c.VerifyConnection = func(s tls.ConnectionState) error { return checkPin(s, pins) }
	}
	return c, nil
}

func checkPin(s tls.ConnectionState, pins []string) error {
	if len(s.PeerCertificates) == 0 {
		return ErrPin
	}
	got := Fingerprint(s.PeerCertificates[0])
	for _, p := range pins {
		if SameFingerprint(got, p) {
			return nil
		}
	}
	return ErrPin
}

func base(pair Pair) (*tls.Config, error) {
	cert, err := pair.tls()
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates:     []tls.Certificate{cert},
		MinVersion:       tls.VersionTLS12,
		CipherSuites:     suites,
		CurvePreferences: curves,
	}, nil
}

func (p Pair) tls() (tls.Certificate, error) {
	cert, err := tls.X509KeyPair(p.Cert, p.Key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("certificate and key: %w", err)
	}
	return cert, nil
}

func pool(data []byte) (*x509.CertPool, error) {
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(data) {
		return nil, errors.New("no certificate in the PEM data")
	}
	return p, nil
}

// Fingerprint is the SHA-256 of the certificate in lower-case hex, as the directory and the configuration write it.
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return hex.EncodeToString(sum[:])
}

// Fingerprint is that of the pair's leaf.
func (p Pair) Fingerprint() (string, error) {
	cert, err := ParseCert(p.Cert)
	if err != nil {
		return "", err
	}
	return Fingerprint(cert), nil
}

// PeerFingerprint is that of the verified client certificate of a connection; ok is false if there is none.
func PeerFingerprint(s *tls.ConnectionState) (fingerprint string, ok bool) {
	if s == nil || len(s.VerifiedChains) == 0 || len(s.PeerCertificates) == 0 {
		return "", false
	}
	return Fingerprint(s.PeerCertificates[0]), true
}

// SameFingerprint compares two fingerprints in constant time; b may be written with colons or in upper case, as openssl prints it.
func SameFingerprint(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(CleanFingerprint(a)), []byte(CleanFingerprint(b))) == 1
}

// CleanFingerprint brings a fingerprint as people paste it (upper case, colons, blanks) into the form of Fingerprint.
func CleanFingerprint(s string) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(strings.TrimSpace(s)))
}
