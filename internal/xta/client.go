package xta

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
)

const (
	// maxResponse bounds the answer of getMessage: the largest content as base64 and its envelope.
	maxResponse = MaxContent/3*4 + 2<<20
	// maxShort bounds every other answer, so that a server gone wrong cannot fill the memory by 64 answers at once.
	maxShort = 4 << 20
)

// ClientOptions configure a Client.
type ClientOptions struct {
	TLS         *tls.Config      // own certificate and the CAs of the servers
	Timeout     time.Duration    // of one exchange, 0 = 300 s
	DialTimeout time.Duration    // of connect and handshake, 0 = 10 s
	Hook        durable.Hook     // told of every socket write, may be nil
	Now         func() time.Time // for checking certificates; nil = time.Now
	Trace       io.Writer        // gets every exchange with its contents left out (trace.go); nil = none
	Spool       *durable.Dir     // for the contents of large answers; nil = they stay in memory
	Revoked     *certs.Revoked   // certificates that no server may show; connections to one that gets among them are closed; nil = none
}

// Client calls XTA servers. It keeps connections alive per destination, follows no redirect and uses no proxy. It is safe
// for concurrent use.
type Client struct {
	options   ClientOptions
	mu        sync.Mutex
	tls       *tls.Config          // own certificate and the CAs of the servers, as they are now
	transport *http.Transport      // with connections opened under tls
	pins      map[string][]string  // allowed server certificates by host:port; missing = the CA decides
	open      map[*heldConn]string // connections with the fingerprint of their server
}

// NewClient makes a Client; Close releases its connections.
func NewClient(o ClientOptions) *Client {
	if o.Timeout == 0 {
		o.Timeout = 300 * time.Second
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = 10 * time.Second
	}
	if o.TLS == nil {
		o.TLS = &tls.Config{}
	}
	c := &Client{options: o, tls: o.TLS, pins: map[string][]string{}, open: map[*heldConn]string{}}
	c.transport = c.newTransport()
	if o.Revoked != nil {
		o.Revoked.Tell(c.dropRevoked)
	}
	return c
}

// newTransport makes the bare transport: http.Client would follow redirects and rewind the body for them.
func (c *Client) newTransport() *http.Transport {
	return &http.Transport{
		DialTLSContext:         c.dial,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        60 * time.Second,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Close closes the idle connections.
func (c *Client) Close() { c.current().CloseIdleConnections() }

func (c *Client) current() *http.Transport {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.transport
}

// Renew shows another certificate, or trusts other CAs, from the next exchange on. Exchanges under way end on the connections they
// have; no connection that was opened under the old settings is used again.
func (c *Client) Renew(config *tls.Config) {
	next := c.newTransport()
	c.mu.Lock()
	old := c.transport
	c.tls, c.transport = config, next
	c.mu.Unlock()
	old.CloseIdleConnections()
}

// trip is what makes an exchange.
func (c *Client) trip() http.RoundTripper {
	if c.options.Trace != nil {
		return &tracer{c.current(), c.options.Trace}
	}
	return c.current()
}

// Pin limits the server certificates accepted from the host of rawURL to those with these SHA-256 fingerprints (hex, as in
// Rechenzentrum.TLS), in addition to the CA's word. None means that the CA alone decides.
func (c *Client) Pin(rawURL string, fingerprints []string) error {
	u, err := url.Parse(rawURL)
	if err != nil || u.Hostname() == "" {
		return errors.New("pin certificate: not a URL with a host")
	}
	want := make([]string, 0, len(fingerprints))
	for _, f := range fingerprints {
		want = append(want, certs.CleanFingerprint(f))
	}
	addr := hostPort(u)
	c.mu.Lock()
	changed := !equalSets(c.pins[addr], want)
	c.pins[addr] = want
	transport := c.transport
	c.mu.Unlock()
	if changed {
		transport.CloseIdleConnections() // they were opened under the old rule
	}
	return nil
}

func hostPort(u *url.URL) string {
	if u.Port() == "" {
		return u.Hostname() + ":443"
	}
	return u.Host
}

// answer is what came back without being a fault. discard gives up its contents.
type answer struct {
	*envelope
	tray *tray
}

func (a answer) discard() error { return a.tray.discard() }

// errAnswer says that the answer cannot be understood: the outcome is unknown.
var errAnswer = errors.New("answer is not understood")

// call makes one exchange. A *Fault is the server's word; every other error leaves open what happened. started is told
// when the first byte of the body may leave.
func (c *Client) call(ctx context.Context, r Request, started *atomic.Bool) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, nil)
	if err != nil {
		return answer{}, errors.New("destination is not a URL")
	}
	if req.URL.Scheme != "https" {
		return answer{}, errors.New("destination is not an https URL")
	}
	req.ContentLength = r.Body.Size()
	req.GetBody = func() (io.ReadCloser, error) {
		started.Store(false) // net/http rewinds only if nothing was written
		body, err := r.Body.Open()
		return &startedReader{body, started}, err
	}
	if req.Body, err = req.GetBody(); err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", r.ContentType)
	req.Header.Set("Accept", "multipart/related, application/soap+xml")
	req.Header.Set("User-Agent", "dAmtshilfe")
	resp, err := c.trip().RoundTrip(req)
	if err != nil {
		return answer{}, discreet(err)
	}
	defer resp.Body.Close()
	return c.understand(resp, r)
}

type startedReader struct {
	io.ReadCloser
	started *atomic.Bool
}

// Read notes that bytes may leave from now on.
func (r *startedReader) Read(p []byte) (int, error) {
	r.started.Store(true)
	return r.ReadCloser.Read(p)
}

// understand turns an HTTP response into an answer or a *Fault.
func (c *Client) understand(resp *http.Response, r Request) (a answer, err error) {
	m, err := parseMedia(resp.Header.Get("Content-Type"))
	if err != nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // a trace shows how large it was
		if resp.StatusCode != http.StatusOK {
			return answer{}, &Fault{HTTP: resp.StatusCode}
		}
		return answer{}, fmt.Errorf("%w: %w", errAnswer, err)
	}
	a.tray = c.trayFor(r)
	defer func() {
		if err == nil {
			return
		}
		if failed := a.discard(); failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	if a.envelope, err = readAnswering(resp, m, a.tray, r.long); err != nil {
		return a, err
	}
	if n := a.payload(); n != nil && n.is(nsSOAP, "Fault") {
		return a, readFault(n, resp.StatusCode)
	}
	if resp.StatusCode != http.StatusOK {
		return a, &Fault{HTTP: resp.StatusCode}
	}
	// Some servers leave RelatesTo out (xta.md 17.27); one that names another request is not ours.
	if relates := a.header(nsWSA, "RelatesTo"); r.soapID != "" && len(relates) > 0 && relates[0].value() != r.soapID {
		return a, fmt.Errorf("%w: it relates to another request", errAnswer)
	}
	return a, nil
}

// trayFor takes the contents of the answer: those of a message into a file without a name, what others have into memory.
func (c *Client) trayFor(r Request) *tray {
	if !r.long {
		return &tray{limit: maxShort}
	}
	return &tray{limit: MaxContent, dir: c.options.Spool, names: func() string { return "answer-" + uuid() }, brief: true}
}

// readAnswering reads the envelope of an answer, and its contents into the tray.
func readAnswering(resp *http.Response, m media, t *tray, long bool) (*envelope, error) {
	body := &limited{from: resp.Body, left: maxShort}
	if long {
		body.left = maxResponse
	}
	p, err := unpack(m, sizedBody{body, resp.ContentLength}, t, maxShort)
	switch {
	case body.err != nil:
		return nil, fmt.Errorf("read answer: %w", body.err)
	case t.over:
		return nil, fmt.Errorf("%w: larger than %d bytes", errAnswer, t.limit)
	case err != nil:
		return nil, fmt.Errorf("%w: http %d: %w", errAnswer, resp.StatusCode, err)
	}
	e, err := parseEnvelope(p)
	if err != nil {
		return nil, fmt.Errorf("%w: http %d: %w", errAnswer, resp.StatusCode, err)
	}
	return e, nil
}

// limited reads at most left bytes and keeps apart what went wrong with the reading.
type limited struct {
	from io.Reader
	left int64
	err  error
}

// Read gives the next bytes.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, io.EOF
	}
	n, err := l.from.Read(p[:min(int64(len(p)), l.left)])
	if l.left -= int64(n); err != nil && err != io.EOF {
		l.err = err
	}
	return n, err
}

// uuid is a random UUID.
func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	return formatUUID(b, 4)
}

func formatUUID(b [16]byte, version byte) string {
	b[6] = b[6]&0x0f | version<<4
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
