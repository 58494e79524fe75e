package register_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/register"
)

// world is an authority server on loopback, its CA and an allowed client.
type world struct {
	t      testing.TB
	ca     *certs.CA
	client certs.Pair
	log    *lockedBuffer
	clock  *clock
}

// lockedBuffer takes log lines from many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// clock is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	ca, err := certs.NewCA("Test CA", nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ca: ca, log: &lockedBuffer{}, clock: &clock{now: time.Unix(1_900_000_000, 0)}}
	w.client = w.issue("gateway a")
	return w
}

func (w *world) issue(name string) certs.Pair {
	w.t.Helper()
	p, err := w.ca.Client(name)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) tls(p certs.Pair) *tls.Config {
	w.t.Helper()
	c, err := certs.ClientTLS(p, w.ca.Pair.Cert)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// running is a started server; away makes it fail every request.
type running struct {
	*register.Server
	url   string
	asked atomic.Int64
	away  atomic.Bool
}

func (w *world) serve(o register.ServerOptions) *running {
	w.t.Helper()
	if o.Directory == nil {
		o.Directory = sample(w.t)
	}
	o.Log = slog.New(slog.NewTextHandler(w.log, nil))
	s, err := register.NewServer(o)
	if err != nil {
		w.t.Fatal(err)
	}
	r := &running{Server: s}
	handler := s.Handler()
	r.url = w.listen(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		r.asked.Add(1)
		if r.away.Load() {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		handler.ServeHTTP(rw, req)
	}))
	return r
}

// listen serves a handler with our certificates.
func (w *world) listen(h http.Handler) string {
	w.t.Helper()
	ln, conf := w.open()
	srv := &http.Server{Handler: h, TLSConfig: conf, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	done := make(chan struct{})
	go func() { defer close(done); srv.ServeTLS(ln, "", "") }()
	w.t.Cleanup(func() { srv.Close(); <-done })
	return "https://" + ln.Addr().String()
}

func (w *world) ask(o register.Options) *register.Client {
	w.t.Helper()
	if o.TLS == nil {
		o.TLS = w.tls(w.client)
	}
	if o.Now == nil {
		o.Now = w.clock.Now
	}
	c, err := register.NewClient(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	return c
}

// do sends one raw request with a certificate.
func (w *world) do(p certs.Pair, method, target, contentType, body string) (*http.Response, string, error) {
	w.t.Helper()
	tr := &http.Transport{TLSClientConfig: w.tls(p)}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(context.Background(), method, target, bytes.NewReader([]byte(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, string(data), err
}

// open opens a port on loopback, and gives the TLS settings of an authority server.
func (w *world) open() (net.Listener, *tls.Config) {
	w.t.Helper()
	pair, err := w.ca.Server("register")
	if err != nil {
		w.t.Fatal(err)
	}
	conf, err := certs.ServerTLS(pair, w.ca.Pair.Cert)
	if err != nil {
		w.t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	return ln, conf
}
