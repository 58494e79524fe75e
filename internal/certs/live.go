package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Files are the paths of TLS settings: an own certificate with its key, and the CAs of the other side; all PEM.
type Files struct{ Cert, Key, CA string }

// Live is TLS settings whose files may be replaced while they are used. Connections keep what they were opened with.
type Live struct {
	files   Files
	now     func() time.Time
	make    func(Pair, []byte) (*tls.Config, error)
	mu      sync.Mutex // one Reload at a time
	current atomic.Pointer[settings]
}

// settings are what was read from the files at one time.
type settings struct {
	pair   Pair
	ca     []byte
	leaf   *x509.Certificate
	config *tls.Config
}

// OpenServer reads the settings of a listener (ServerTLS). now judges certificates; nil = time.Now.
func OpenServer(f Files, now func() time.Time) (*Live, error) { return open(f, now, ServerTLS) }

// OpenClient reads the settings of a client (ClientTLS).
func OpenClient(f Files, now func() time.Time) (*Live, error) {
	return open(f, now, func(p Pair, ca []byte) (*tls.Config, error) { return ClientTLS(p, ca) })
}

func open(f Files, now func() time.Time, build func(Pair, []byte) (*tls.Config, error)) (*Live, error) {
	l := &Live{files: f, now: now, make: build}
	s, err := l.read()
	if err != nil {
		return nil, err
	}
	l.current.Store(s)
	return l, nil
}

func (l *Live) read() (*settings, error) {
	pair, err := LoadPair(l.files.Cert, l.files.Key)
	if err != nil {
		return nil, err
	}
	s := &settings{pair: pair}
	if s.ca, err = os.ReadFile(l.files.CA); err != nil {
		return nil, fmt.Errorf("load CA: %w", err)
	}
	if s.leaf, err = ParseCert(pair.Cert); err != nil {
		return nil, fmt.Errorf("load %s: %w", l.files.Cert, err)
	}
	if s.config, err = l.make(pair, s.ca); err != nil {
		return nil, err
	}
	s.config.Time = l.now
	return s, nil
}

// Reload reads the files again and says whether anything is different. On an error the settings of before stay in force; so they do
// when the new certificate is not valid now, which at a start would be let pass.
func (l *Live) Reload() (changed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, err := l.read()
	if err != nil {
		return false, err
	}
	old := l.current.Load()
	if bytes.Equal(next.pair.Cert, old.pair.Cert) && bytes.Equal(next.pair.Key, old.pair.Key) && bytes.Equal(next.ca, old.ca) {
		return false, nil
	}
	now := time.Now()
	if l.now != nil {
		now = l.now()
	}
	if !next.leaf.Equal(old.leaf) && (now.Before(next.leaf.NotBefore) || now.After(next.leaf.NotAfter)) {
		return false, fmt.Errorf("load %s: the new certificate is valid from %s to %s only", l.files.Cert,
			next.leaf.NotBefore.Format(time.RFC3339), next.leaf.NotAfter.Format(time.RFC3339))
	}
	l.current.Store(next)
	return true, nil
}

// Leaf is the own certificate in force.
func (l *Live) Leaf() *x509.Certificate { return l.current.Load().leaf }

// Config is the settings as they are now: for a client, which asks again when they have changed.
func (l *Live) Config() *tls.Config { return l.current.Load().config.Clone() }

// Listener is the settings of a listener, which looks at every handshake what is in force. protocols are those of ALPN.
func (l *Live) Listener(protocols ...string) *tls.Config {
	c := l.Config()
	c.NextProtos = protocols
	c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		now := l.Config()
		now.NextProtos = protocols
		return now, nil
	}
	return c
}

// ReadCert reads a certificate file, PEM or DER; of several in it the first.
func ReadCert(path string) (*x509.Certificate, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	cert, err := ParseCert(data)
	if err != nil {
		if cert, err = x509.ParseCertificate(data); err != nil {
			return nil, fmt.Errorf("read certificate: %w", errors.New("neither PEM nor DER of a certificate"))
		}
	}
	return cert, nil
}

// Urgency says how soon a certificate must be renewed.
type Urgency int

// From the first of these on it is said: in logs, on the page, by `gateway check`.
const (
	Fine    Urgency = iota // more than 90 days left
	Soon                   // at most 90
	Near                   // at most 30
	Urgent                 // at most 7
	Expired                // none
)

// UrgencyOf judges what is left at now.
func UrgencyOf(notAfter, now time.Time) Urgency {
	const day = 24 * time.Hour
	switch left := notAfter.Sub(now); {
	case left <= 0:
		return Expired
	case left <= 7*day:
		return Urgent
	case left <= 30*day:
		return Near
	case left <= 90*day:
		return Soon
	}
	return Fine
}

// String is the urgency as logs and status.json show it.
func (u Urgency) String() string { return [...]string{"fine", "soon", "near", "urgent", "expired"}[u] }
