// Package pages owns the maintainers' pages of the authority server: what is in the directory, who is competent where and why, what is
// missing, and what changed; in German, without JavaScript.
//
// It reads the directory in force through Options and changes nothing. Everything is answered from memory: what a directory says is
// indexed once when it comes into force (catalog), so that a page of the whole of Germany takes milliseconds. All text of the directory
// is data of people: it is escaped, and set apart from the direction of the text around it.
//
//	GET /              the overview with coverage       GET /suche          authorities and municipalities
//	GET /behoerde      one authority                    GET /gemeinde       one municipality: who is competent there, and why
//	GET, POST /auskunft   ask as a gateway asks; the address goes by POST, so that it stands in no log and no history
//	GET /luecken       what is missing                  GET /zertifikate    certificates by the day they end
//	GET /aenderungen   changes that wait                GET /fassungen, /fassung   versions and their differences
package pages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"damtshilfe/internal/register"
)

// readTimeout limits how long a page waits for the Book.
const readTimeout = 5 * time.Second

// maxForm is the most that the form of the lookup page may send.
const maxForm = 16 << 10

// csp allows our own style sheet and our own forms, and nothing else.
const csp = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Options say what the pages show.
type Options struct {
	// Directory gives the directory in force; it may give another one at every call, and nil while there is none yet.
	Directory func() *register.Directory
	// State says who serves it.
	State func() State
	// Book knows versions, changes and registrations; nil = the directory is a file, and the pages say so.
	Book Book
	// Fits says in German why an authority's lines do not fit into the window of a letter; "" = they do. nil = not checked.
	Fits func(register.Eintrag) string
	Log  *slog.Logger     // nil = none
	Now  func() time.Time // nil = time.Now
}

// Mount is where pages are served.
type Mount struct {
	Base string // the path that they live below, "/pflege"; "" = they have a listener of their own
	// Hosts are the names, beside localhost and plain IP addresses, under which the pages may be asked for. AnyHost leaves the check
	// out: behind TLS with client certificates no web page of another name gets here.
	Hosts   []string
	AnyHost bool
}

// State is who serves the directory, and since when.
type State struct {
	Name    string    // of the server; "" = not said
	Role    Role      // "" = it stands alone
	Seq     int64     // number of the version; 0 = the directory is a file
	Since   time.Time // when that version came into force; zero = not known
	Heard   time.Time // secondary: when the primary last answered; zero = never
	Notices []string  // German sentences that a maintainer must see
}

// Role is what an authority server is to others.
type Role string

// The roles: a primary is followed by secondaries, which never change anything themselves.
const (
	Primary   Role = "primary"
	Secondary Role = "secondary"
)

// Book is what is known beside the directory in force. Versions come newest first, what waits oldest first.
type Book interface {
	Versions(ctx context.Context, limit int) ([]Version, error)
	// Content is the directory of one version; false if there is none of that number.
	Content(ctx context.Context, seq int64) (register.File, bool, error)
	// Pending are the changes that wait for a second person, Registrations the reports of participants that wait for a maintainer.
	Pending(ctx context.Context) ([]Change, error)
	Registrations(ctx context.Context) ([]Change, error)
	// Preview is what one of them would make of the directory in force, false if it does not fit any more.
	Preview(ctx context.Context, c Change) (register.File, bool, error)
}

// Version (Fassung) is one state of the directory.
type Version struct {
	Seq     int64
	Version string
	At      time.Time
	Who     string
	Second  string // who accepted it; "" = nobody had to
	Why     string
	Source  string
	Emptied bool // its content is not kept any more: it cannot be compared, and nobody goes back to it
}

// Change is one that waits for a decision: a proposal (Änderung) or a report of a participant (Meldung).
type Change struct {
	Registration bool // a report; the ids of both kinds overlap
	ID           int64
	At           time.Time
	Who          string
	Why          string
	What         string // the kind of it, or where the data comes from
}

// Pages are the pages of one authority server; they may be served in several places.
type Pages struct {
	o         Options
	templates *template.Template
	turn      chan struct{} // whoever holds its one place compares whole directories, and has what follows
	read      register.File // the version that was read last
	readSeq   int64         // its number; 0 = none

	mu    sync.Mutex
	cat   *catalog
	steps steps
	kept  kept
}

// New checks the options. The error says that the embedded pages or the time zone are broken.
func New(o Options) (*Pages, error) {
	if o.Directory == nil {
		return nil, errors.New("maintainers' pages: no directory")
	}
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, fmt.Errorf("maintainers' pages: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.State == nil {
		o.State = func() State { return State{} }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t, err := parse(zone)
	if err != nil {
		return nil, fmt.Errorf("maintainers' pages: %w", err)
	}
	return &Pages{o: o, templates: t, turn: make(chan struct{}, 1)}, nil
}

// Handler serves the pages at m.
func (p *Pages) Handler(m Mount) http.Handler {
	s := &site{p, m}
	return s.guard(http.StripPrefix(m.Base, s.routes()))
}

// Prepare computes what the pages of the directory in force need, so that no reader waits for it. Without it the first one does.
func (p *Pages) Prepare(ctx context.Context) error {
	c := p.catalog()
	if c.dir == nil {
		return nil
	}
	now := p.o.Now()
	for b := range c.count {
		c.coverageOf(b, now)
	}
	c.allGaps(now, p.o.Fits)
	if p.o.Book == nil {
		return nil
	}
	return p.compareAhead(ctx)
}

// site answers the requests of one Mount.
type site struct {
	*Pages
	at Mount
}

func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	for path, show := range map[string]func(*view) error{
		"GET /{$}": s.overview, "GET /suche": s.search, "GET /behoerde": s.authority, "GET /gemeinde": s.municipality,
		"GET /auskunft": s.answer, "POST /auskunft": s.answer, "GET /luecken": s.gaps, "GET /zertifikate": s.certificates,
		"GET /aenderungen": s.changes, "GET /fassungen": s.versions, "GET /fassung": s.version,
		"/": func(*view) error { return errNotFound },
	} {
		mux.HandleFunc(path, s.serve(show))
	}
	mux.HandleFunc("GET /stil.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Write(styleSheet)
	})
	return mux
}

// guard sets the headers of every answer, and lets only reading for our own host names through.
func (s *site) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		asks := r.Method == http.MethodPost && r.URL.Path == s.at.Base+"/auskunft"
		if r.Method != http.MethodGet && r.Method != http.MethodHead && !asks {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "nur GET und HEAD", http.StatusMethodNotAllowed)
			return
		}
		if !s.at.AnyHost && !s.ours(r.Host) {
			http.Error(w, "unbekannter Hostname", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

func (s *site) ours(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "localhost" || net.ParseIP(host) != nil || slices.Contains(s.at.Hosts, host)
}

// errNotFound says that there is nothing of the name or number that was asked for.
var errNotFound = errors.New("not found")

// view is one request under way: what it asks for, and the frame of the page that answers.
type view struct {
	ctx context.Context
	w   http.ResponseWriter
	r   *http.Request
	cat *catalog
	frame
}

// serve runs show with the catalog of the directory in force. An error becomes a page that says it.
func (s *site) serve(show func(*view) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
		defer cancel()
		cat := s.catalog()
		v := &view{ctx: ctx, w: w, r: r, cat: cat, frame: s.frame(r, cat)}
		if cat.dir == nil {
			v.Title = "Noch kein Verzeichnis"
			s.render(v, http.StatusServiceUnavailable, "error.html", errorPage{v.frame, "Dieser Server hat noch keine Fassung des Verzeichnisses erhalten."})
			return
		}
		switch err := show(v); {
		case errors.Is(err, errNotFound):
			v.Title = "Nicht gefunden"
			s.render(v, http.StatusNotFound, "error.html", errorPage{v.frame, "Diese Seite, diese Behörde oder diese Gemeinde gibt es hier nicht."})
		case err != nil:
			s.o.Log.Error("maintainers' page", "path", r.URL.Path, "err", err)
			v.Title = "Der Stand ist gerade nicht lesbar"
			s.render(v, http.StatusServiceUnavailable, "error.html", errorPage{v.frame, "Auskünfte gibt der Server möglicherweise weiter. Ursache: " + err.Error()})
		}
	}
}

// catalog is that of the directory in force, made when it is asked for first.
func (p *Pages) catalog() *catalog {
	d := p.o.Directory()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case d == nil:
		return &catalog{file: &register.File{}}
	case p.cat == nil || p.cat.dir != d:
		p.cat = nil // not two at once
		p.cat = newCatalog(d)
	}
	return p.cat
}

// render builds the page before the first byte leaves, so that a fault of a template is an error and not half a table.
func (s *site) render(v *view, code int, name string, data any) {
	var b bytes.Buffer
	if err := s.templates.ExecuteTemplate(&b, name, data); err != nil {
		s.o.Log.Error("maintainers' page", "template", name, "err", err)
		http.Error(v.w, "Die Seite konnte nicht aufgebaut werden.", http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(code)
	v.w.Write(b.Bytes()) // a reader that went away asks again
}
