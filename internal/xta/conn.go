package xta

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
)

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

var (
	// ErrPin says that the CA's word alone was not enough: Pin named other certificates.
	ErrPin = errors.New("server certificate is not one of the directory's")
	// ErrRevoked says that the server showed a certificate that is revoked.
	ErrRevoked   = errors.New("server certificate is revoked")
	errHandshake = errors.New("tls handshake")
)

// discreet keeps what we and the network say, and drops what the server sent: it may repeat the message, and errors are logged.
func discreet(err error) error {
	if _, network := errors.AsType[net.Error](err); network {
		return err
	}
	for _, known := range []error{ErrPin, ErrRevoked, errHandshake, io.EOF, io.ErrUnexpectedEOF, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return err
		}
	}
	return errors.New("connection ended, or the answer is no HTTP")
}

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
	held := &heldConn{Conn: raw, client: c}
	raw = held
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	conn := tls.Client(raw, c.config(host))
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", errHandshake, err), raw.Close())
	}
	// First it is known whose connection it is, then it is asked whether that is revoked: one of the two sees a revocation of now.
	c.hold(held, certs.Fingerprint(conn.ConnectionState().PeerCertificates[0]))
	if err := c.pinned(addr, conn.ConnectionState()); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// heldConn is an open connection that the client knows of.
type heldConn struct {
	net.Conn
	client *Client
}

// Close ends it.
func (h *heldConn) Close() error {
	h.client.mu.Lock()
	delete(h.client.open, h)
	h.client.mu.Unlock()
	return h.Conn.Close()
}

func (c *Client) hold(h *heldConn, server string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[h] = server
}

// dropRevoked ends connections to servers whose certificate is revoked now, also in the middle of an exchange: what became of that is
// then unknown, as after any broken connection.
func (c *Client) dropRevoked([]string) {
	c.mu.Lock()
	var gone []*heldConn
	for h, server := range c.open {
		if c.options.Revoked.Has(server) {
			gone = append(gone, h)
		}
	}
	c.mu.Unlock()
	for _, h := range gone {
		_ = h.Close() // whoever uses it sees the error
	}
}

// config is the TLS settings of a connection to host, as they are now.
func (c *Client) config(host string) *tls.Config {
	c.mu.Lock()
	config := c.tls.Clone()
	c.mu.Unlock()
	config.NextProtos = []string{"http/1.1"}
	if config.ServerName == "" {
		config.ServerName = host
	}
	if config.Time == nil {
		config.Time = c.options.Now
	}
	return config
}

// pinned says whether the server's certificate is one that counts: not revoked, and one of those pinned.
func (c *Client) pinned(addr string, state tls.ConnectionState) error {
	if c.options.Revoked.Has(certs.Fingerprint(state.PeerCertificates[0])) {
		return ErrRevoked
	}
	c.mu.Lock()
	want := c.pins[addr]
	c.mu.Unlock()
	if len(want) > 0 && !slices.Contains(want, certs.Fingerprint(state.PeerCertificates[0])) {
		return ErrPin
	}
	return nil
}
