package xta

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"damtshilfe/internal/durable"
)

// ServerTLS requires a client certificate of one of the CAs: mutual TLS is the only authentication of XTA (xta.md 11).
// Suites and curves are those of BSI TR-02102-2; HTTP/2 stays off, because XTA peers speak HTTP/1.1.
func ServerTLS(certificate tls.Certificate, clientCAs *x509.CertPool) *tls.Config {
	c := baseTLS(certificate)
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.ClientCAs = clientCAs
	return c
}

// ClientTLS presents certificate and trusts servers of the CAs.
func ClientTLS(certificate tls.Certificate, serverCAs *x509.CertPool) *tls.Config {
	c := baseTLS(certificate)
	c.RootCAs = serverCAs
	return c
}

func baseTLS(certificate tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{certificate},
		NextProtos:   []string{"http/1.1"},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		},
		CurvePreferences: []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521},
	}
}

// Fingerprint is the SHA-256 of a certificate (DER) in lower-case hex.
func Fingerprint(certificate *x509.Certificate) string {
	sum := sha256.Sum256(certificate.Raw)
	return hex.EncodeToString(sum[:])
}

// plainFingerprint reads the spellings in use: upper case, colons, blanks.
func plainFingerprint(s string) string {
	return strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(s))
}

func equalSets(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// hookedConn tells the hook of every write to the socket, below TLS.
type hookedConn struct {
	net.Conn
	hook durable.Hook
}

// Write sends p as one step "socket".
func (c *hookedConn) Write(p []byte) (n int, err error) {
	err = c.hook.Step("socket", func() error {
		n, err = c.Conn.Write(p)
		return err
	})
	return n, err
}

// hookedListener wraps what it accepts.
type hookedListener struct {
	net.Listener
	hook durable.Hook
}

// Accept waits for the next connection.
func (l *hookedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil || l.hook == nil {
		return c, err
	}
	return &hookedConn{c, l.hook}, nil
}

var errPin = errors.New("server certificate is not one of the directory's")

// dial connects and completes the handshake, so that no byte of a message leaves before the server has proved who it is.
func (c *Client) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.DialTimeout)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if c.options.Hook != nil {
		raw = &hookedConn{raw, c.options.Hook}
	}
	config := c.options.TLS.Clone()
	config.NextProtos = []string{"http/1.1"}
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		config.ServerName = host
	}
	if config.Time == nil {
		config.Time = c.options.Now
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("tls handshake: %w", err), raw.Close())
	}
	if err := c.pinned(addr, conn.ConnectionState()); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func (c *Client) pinned(addr string, state tls.ConnectionState) error {
	c.mu.Lock()
	want := c.pins[addr]
	c.mu.Unlock()
	if len(want) > 0 && !slices.Contains(want, Fingerprint(state.PeerCertificates[0])) {
		return errPin
	}
	return nil
}
