package register

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
)

const (
	// maxNegative is how long "nobody" and "several" may be kept: a clerk who corrects the directory wants to see it work.
	maxNegative    = 60 * time.Second
	downFor        = 30 * time.Second
	atOnce         = 16 // connections to one server: HTTP/1.1, whose requests take half of the processor time of HTTP/2's
	defaultLimit   = time.Hour
	defaultEntries = 200_000
)

// AskTimeout is how long a server has for an answer, if Options do not say it.
const AskTimeout = 10 * time.Second

// Options says which authority servers a Client asks, and how long it trusts what it heard.
type Options struct {
	Servers      []string      // base URLs, the preferred one first
	TLS          *tls.Config   // from certs.ClientTLS
	StaleIfError time.Duration // how old an answer may be when no server can be reached; 0 = never stale
	Timeout      time.Duration // per server and request; default 10 s
	MaxAge       time.Duration // upper limit of what a server's max-age allows; default 1 h
	MaxEntries   int           // of the cache; default 200 000
	Disk         *Disk         // keeps answers over a restart; nil = in memory only. The caller closes it after the Client
	// Poll is the pause between two looks at what version of the directory each server has; 0 = none: a change is noticed when an
	// answer says so or its max-age is over.
	Poll time.Duration
	// Sperren is told at each of these looks which certificates a server calls revoked; nil = nobody is. It may be called by several
	// goroutines at once.
	Sperren func([]Sperre)
	Revoked *certs.Revoked   // no authority server may show one of these; nil = none
	Now     func() time.Time // nil = time.Now
}

// Question asks who is competent. Of Anschrift only postcode, place, district, street and house number, and country leave the house;
// whoever asks leaves out what is not needed: the house number, and Umstaende, until an answer says that it depends on them (Fehlt). A
// Client asks for today, whatever Am says.
type Question struct {
	Einnahmeart amtshilfe.Einnahmeart
	Anschrift   amtshilfe.Postanschrift
	Betriebsart amtshilfe.Betriebsart
	Umstaende   Umstaende
	Am          time.Time // the day asked for; zero = now
}

// Umstaende are the facts of a request that a Bedingung looks at. What the question does not say stays open.
type Umstaende struct {
	Massnahmen []string // measures asked for; nil = not said, empty = none
	Glaeubiger string   // kind of creditor; "" = not said
	Land       string   // of the requester; "" = not said
	Betrag     int64    // cents; 0 = not said
}

// Client asks authority servers. Answers are cached, equal questions under way are asked once, and servers are tried in order.
// Every answer says how old it is (Age). An unreachable register is a Fault with verdict Retry; that nobody is competent
// (IsZero), or several are (Kandidaten), is an answer.
type Client struct {
	o     Options
	way   atomic.Pointer[http.Transport] // as Renew made it last
	gate  gate
	shown atomic.Pointer[tls.Config] // as Renew was told last
	base  context.Context            // ends with Close
	stop  context.CancelFunc
	work  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	cache   map[key]entry
	flights map[key]*flight
	servers map[string]*server
	known   origin    // the newest directory that a server answered from
	last    State     // what State says of answers
	failing time.Time // last question without an answer
}

// NewClient checks the options; it asks nothing yet. Close ends it.
func NewClient(o Options) (*Client, error) {
	if len(o.Servers) == 0 {
		return nil, errors.New("register client: no servers")
	}
	if o.TLS == nil {
		return nil, errors.New("register client: no TLS settings")
	}
	o.Servers = slices.Clone(o.Servers)
	for i, s := range o.Servers {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("register client: servers[%d] is no https URL", i)
		}
		o.Servers[i] = strings.TrimRight(s, "/")
	}
	o.Timeout = positive(o.Timeout, AskTimeout)
	o.MaxAge = positive(o.MaxAge, defaultLimit)
	o.MaxEntries = positive(o.MaxEntries, defaultEntries)
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Client{o: o, gate: gate{limit: maxAntwort}, cache: map[key]entry{}, flights: map[key]*flight{}, servers: map[string]*server{}}
	for _, s := range o.Servers {
		c.servers[s] = &server{}
	}
	c.base, c.stop = context.WithCancel(context.Background())
	c.Renew(o.TLS)
	if o.Revoked != nil {
		o.Revoked.Tell(func([]string) { c.Renew(c.shown.Load()) }) // no connection to one of them is used again
	}
	if o.Poll > 0 {
		c.work.Go(c.poll)
	}
	return c, nil
}

// Renew shows another certificate, or trusts other CAs, from the next request on; no connection opened before is used again.
func (c *Client) Renew(config *tls.Config) {
	c.shown.Store(config)
	config = config.Clone()
	if before := config.VerifyConnection; c.o.Revoked != nil {
		config.VerifyConnection = func(s tls.ConnectionState) error {
			if c.o.Revoked.Has(certs.Fingerprint(s.PeerCertificates[0])) {
				return errRevoked
			}
			if before == nil {
				return nil
			}
			return before(s)
		}
	}
	old := c.way.Swap(&http.Transport{TLSClientConfig: config, MaxConnsPerHost: atOnce, MaxIdleConnsPerHost: atOnce,
		IdleConnTimeout: time.Minute, TLSHandshakeTimeout: c.o.Timeout, ResponseHeaderTimeout: c.o.Timeout})
	if old != nil {
		old.CloseIdleConnections()
	}
}

// errRevoked says that the authority server's own certificate is revoked.
var errRevoked = errors.New("the server's certificate is revoked")

func positive[T time.Duration | int](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// Close stops what is under way and closes the connections. Calls after it fail.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.work.Wait()
	c.way.Load().CloseIdleConnections()
	return nil
}

// Lookup asks who is competent for one address.
func (c *Client) Lookup(ctx context.Context, e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	z, err := c.ask(ctx, []key{Question{Einnahmeart: e, Anschrift: a, Betriebsart: b}.key()})
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, fmt.Errorf("lookup: %w", err)
	}
	return z[0], nil
}

// LookupAll answers many questions in the order asked: one request per 1 000 distinct ones. With an error some have no answer
// (Unanswered), or none has.
func (c *Client) LookupAll(ctx context.Context, questions []Question) ([]amtshilfe.Zustaendigkeit, error) {
	keys := make([]key, len(questions))
	for i, q := range questions {
		keys[i] = q.key()
	}
	z, err := c.ask(ctx, keys)
	if err != nil {
		return z, fmt.Errorf("lookup %d questions: %w", len(questions), err)
	}
	return z, nil
}

// ByKennung asks how the authority with that kennung is reached; zero if the directory does not know it.
func (c *Client) ByKennung(ctx context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	z, err := c.ask(ctx, []key{{betriebsart: b, kennung: plain(kennung)}})
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, fmt.Errorf("lookup kennung: %w", err)
	}
	return z[0], nil
}

// wanted stands in a key that names an authority for a question about a new request to it.
const wanted = "ersuchen"

// Wanted is ByKennung for a new request: to an authority whose participation ends, answers go longer.
func (c *Client) Wanted(ctx context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	z, err := c.ask(ctx, []key{{betriebsart: b, kennung: plain(kennung), code: wanted}})
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, fmt.Errorf("lookup wanted authority: %w", err)
	}
	return z[0], nil
}
