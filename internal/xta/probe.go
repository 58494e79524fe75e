package xta

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// Step is one step on the way to a server, for people who look for what is wrong.
type Step struct {
	Name string // dns, tcp or tls
	Took time.Duration
	Text string // what was found, English
	Err  error  // nil = it worked; a step that failed is the last one
}

// Reached is what Probe learned of a server. Of one that is not trusted it is still known what it showed.
type Reached struct {
	Steps  []Step
	Server *x509.Certificate // nil = none was seen
	State  tls.ConnectionState
}

// Probe goes the way of a call as far as the TLS handshake, each step by itself and on a connection of its own.
func (c *Client) Probe(ctx context.Context, rawURL string) Reached {
	var r Reached
	u, err := url.Parse(rawURL)
	if err == nil && (u.Scheme != "https" || u.Hostname() == "") {
		err = errors.New("not an https URL")
	}
	if err != nil {
		r.step("url", func() (string, error) { return "", err })
		return r
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.DialTimeout)
	defer cancel()
	var addresses []string
	ok := r.step("dns", func() (string, error) {
		addresses, err = net.DefaultResolver.LookupHost(ctx, u.Hostname())
		return strings.Join(addresses, ", "), err
	})
	var conn net.Conn
	ok = ok && r.step("tcp", func() (string, error) {
		if conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", hostPort(u)); err != nil {
			return "", err
		}
		return conn.RemoteAddr().String(), nil
	})
	if !ok {
		return r
	}
	defer conn.Close()
	r.step("tls", func() (string, error) { return r.shake(ctx, c, conn, u) })
	return r
}

func (r *Reached) step(name string, f func() (string, error)) bool {
	began := time.Now()
	text, err := f()
	r.Steps = append(r.Steps, Step{Name: name, Took: time.Since(began), Text: text, Err: err})
	return err == nil
}

// shake is the handshake of dial, with the certificate of a server that is refused.
func (r *Reached) shake(ctx context.Context, c *Client, raw net.Conn, u *url.URL) (string, error) {
	config := c.config(u.Hostname())
	conn := tls.Client(raw, config)
	err := conn.HandshakeContext(ctx)
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && len(refused.UnverifiedCertificates) > 0 {
		r.Server = refused.UnverifiedCertificates[0]
	}
	if err != nil {
		return "", err
	}
	r.State = conn.ConnectionState()
	r.Server = r.State.PeerCertificates[0]
	if err := c.pinned(hostPort(u), r.State); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, %s", tls.VersionName(r.State.Version), tls.CipherSuiteName(r.State.CipherSuite)), nil
}
