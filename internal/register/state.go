package register

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"damtshilfe/internal/certs"
)

// server is what a Client knows of one of its servers.
type server struct {
	down   time.Time // not first choice until
	heard  time.Time // last answer; zero = none yet
	failed time.Time // does not answer since; zero = it does
	why    string    // of failed: a code of the answer or what went wrong, English
	stand  Stand     // as last polled; zero = not yet
}

// State is what a Client knows of its servers, for the status page.
type State struct {
	Server  string        // that gave the last answer; "" = none yet
	First   bool          // it is the preferred one
	Since   time.Time     // Server has answered without interruption since
	Heard   time.Time     // last answer of any server
	Alter   time.Duration // how old the directory of Server was known to be at Heard: a secondary that has lost its primary
	Version string        // of the directory, as last heard
	// Failing is since when no server answers questions or polls; zero = one does.
	Failing time.Time
	Servers []ServerState // in the order configured
	Disk    error         // why answers are not kept over a restart; nil = they are, or are not to be
}

// ServerState is one server.
type ServerState struct {
	URL    string
	Heard  time.Time // last answer; zero = none yet
	Failed time.Time // does not answer since; zero = it does
	Why    string    // of Failed, English: a code or what went wrong; no personal data
	Stand  Stand     // as last polled
}

// State says which server answers, and how old its answers are.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.last
	s.First = s.Server == c.o.Servers[0]
	s.Disk = c.o.Disk.Err()
	for _, url := range c.o.Servers {
		one := c.servers[url]
		s.Servers = append(s.Servers, ServerState{url, one.heard, one.failed, one.why, one.stand})
		if v := one.stand.Version; v != "" && s.Version == "" {
			s.Version = v
		}
	}
	return s
}

// LastAnswer is when a server last answered; zero = never.
func (c *Client) LastAnswer() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last.Heard
}

// tell notes the outcome of questions. The caller holds mu.
func (c *Client) tell(h heard, err error, now time.Time) {
	if err != nil {
		if c.failing = now; c.last.Failing.IsZero() {
			c.last.Failing = now
		}
		return
	}
	if h.from.newerThan(c.known) {
		c.known = h.from
	}
	if c.last.Server != h.server || !c.last.Failing.IsZero() {
		c.last.Server, c.last.Since = h.server, now
	}
	c.last.Heard, c.last.Alter, c.last.Failing = now, h.alter, time.Time{}
	if h.version != "" {
		c.last.Version = h.version
	}
}

// mark notes whether a server answered.
func (c *Client) mark(url string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, now := c.servers[url], c.o.Now()
	if err == nil {
		s.down, s.failed, s.heard, s.why = time.Time{}, time.Time{}, now, ""
		return
	}
	s.down, s.why = now.Add(downFor), reasonOf(err)
	if s.failed.IsZero() {
		s.failed = now
	}
}

// reasonOf names a failure in a few words.
func reasonOf(err error) string {
	if a, ok := errors.AsType[*statusError](err); ok {
		return a.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return err.Error()
}

// poll asks every server again and again what directory it has, until the Client is closed: a changed one makes cached answers to be asked
// anew, and a server that is back is used again.
func (c *Client) poll() {
	tick := time.NewTicker(c.o.Poll)
	defer tick.Stop()
	for {
		var wg sync.WaitGroup
		for _, url := range c.o.Servers {
			wg.Go(func() { c.pollOne(url) })
		}
		wg.Wait()
		select {
		case <-c.base.Done():
			return
		case <-tick.C:
		}
	}
}

func (c *Client) pollOne(url string) {
	ctx, cancel := context.WithTimeout(c.base, c.o.Timeout)
	defer cancel()
	stand, err := c.stand(ctx, url)
	if c.base.Err() != nil {
		return
	}
	if a, ok := errors.AsType[*statusError](err); ok && (a.code == http.StatusTooManyRequests || a.code == http.StatusNotFound) {
		return // it is there, and asked too much or of another make: questions say whether it answers
	}
	c.mark(url, err)
	if a, ok := errors.AsType[*statusError](err); ok && a.named == codeGesperrt && c.o.Sperren != nil {
		c.o.Sperren(c.ownRevoked()) // it is told nothing else
	}
	if err != nil {
		return
	}
	if c.o.Sperren != nil {
		c.o.Sperren(stand.Sperrliste)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[url].stand = stand
	if c.o.Now().Sub(c.failing) > forgetFailure { // whoever asked in vain has given up
		c.last.Failing = time.Time{}
	}
	if m := (origin{stand.Seq, stand.ETag}); m.newerThan(c.known) {
		c.known = m
	}
}

// forgetFailure is for how long questions without an answer count while servers tell their stand: who needs an answer asks again sooner.
const forgetFailure = 10 * time.Minute

// ownRevoked is the client's own certificate, which a server calls revoked.
func (c *Client) ownRevoked() (list []Sperre) {
	for _, pair := range c.shown.Load().Certificates {
		if cert, err := x509.ParseCertificate(pair.Certificate[0]); err == nil {
			list = append(list, Sperre{Fingerabdruck: certs.Fingerprint(cert), Ab: c.o.Now()})
		}
	}
	return list
}

// maxStand limits the answer of GET /stand; every revoked certificate is in it.
const maxStand = 4 << 20

func (c *Client) stand(ctx context.Context, url string) (Stand, error) {
	data, _, err := c.do(ctx, request{method: http.MethodGet, target: url + "/stand", contentType: "", body: nil, limit: maxStand})
	if err != nil {
		return Stand{}, err
	}
	var s Stand
	if err := json.Unmarshal(data, &s); err != nil || s.ETag == "" {
		return Stand{}, errors.New("read stand: no JSON of the agreed form")
	}
	return s, nil
}

// statusError is an answer other than 200.
type statusError struct {
	code  int
	text  string        // of the status line
	named string        // code in the body
	said  string        // German sentence in the body, for whoever asked; not for logs
	after time.Duration // Retry-After
}

// Error names status and code.
func (e *statusError) Error() string { return fmt.Sprintf("ask register: %s %s", e.text, e.named) }
