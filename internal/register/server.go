package register

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/xmlgate"
)

const (
	maxFragen     = 8 << 20
	defaultMaxAge = 5 * time.Minute
	gracePeriod   = 5 * time.Second
)

// Role says what a client certificate may do.
type Role string

// The roles. A maintainer may ask as an asker may; a secondary fetches whole versions and asks nothing.
const (
	RoleAsker      Role = "asker"
	RoleMaintainer Role = "maintainer"
	RoleSecondary  Role = "secondary"
)

// Valid says whether r is one of the roles.
func (r Role) Valid() bool {
	return slices.Contains([]Role{RoleAsker, RoleMaintainer, RoleSecondary}, r)
}

// Asker is a client certificate and what it may do.
type Asker struct {
	Name          string                  // for the audit
	Fingerprint   string                  // SHA-256 of the certificate, hex
	Role          Role                    // "" = asker
	Betriebsarten []amtshilfe.Betriebsart // that it may ask for; none = test only
}

// ServerOptions says what an authority server serves, and to whom.
type ServerOptions struct {
	Directory *Directory // nil: a secondary that has fetched none yet; it answers 503
	Version   Version    // of Directory
	// Askers lists who may ask. Empty: every certificate of the listener's CA may ask, for test only. Not empty: a
	// certificate that is not listed is refused.
	Askers []Asker
	// Store has the versions of the directory and takes changes; nil = the directory is a plain file.
	Store Store
	// Meldestelle takes what participants report; nil = they report elsewhere.
	Meldestelle Meldestelle
	Key         ed25519.PrivateKey // signs the versions that secondaries fetch; nil = none can be fetched
	// Following says of a secondary how long ago its directory was last known to be the newest, and in German why that is no longer known
	// ("" = it is). nil = a primary.
	Following func() (behind time.Duration, trouble string)
	// Remember is told of every question that is looked up, before it is; nil = nobody is. It must not wait.
	Remember func(amtshilfe.Einnahmeart, amtshilfe.Postanschrift, amtshilfe.Betriebsart)
	Record   func(Asked) // is told of every request, answered or refused; nil = the log only. It must not wait
	Limit    Limit       // of questions, per certificate
	// Pages show the directory to maintainers, below /pflege/; nil = there are none. They change nothing.
	Pages  http.Handler
	MaxAge time.Duration    // how long an answer may be used without asking again; default 5 min
	Log    *slog.Logger     // audit, without personal data; nil = none
	Now    func() time.Time // nil = time.Now
}

// Version says which version of a store a directory is; the zero Version is a plain file.
type Version struct {
	Seq      int64
	SHA256   string    // of its content as stored, hex
	Angelegt time.Time // when it came into force
}

// Server answers over HTTPS with client certificates. All certificates may do:
//
//	POST /001?betriebsart=test                  body 001, answer 002
//	POST /fragen?betriebsart=test               body {"fragen": [...]}, up to 1 000; answer {"antworten": [...]} in the same order
//	GET  /behoerde/{kennung}?betriebsart=test   answer 002
//	GET  /mandanten                             the tenants, as JSON; ?rechenzentrum=rz:demo-a those of one data centre
//	POST /meldung                               body a Meldung in YAML or JSON, answer {"meldung": 7}: it waits for a maintainer
//	GET  /stand                                 which version is in force, and which certificates are revoked (Stand)
//
// betriebsart is mandatory: nobody shall ask for production by leaving a word out. Maintainers:
//
//	POST /aenderung                             body a Aenderung in YAML or JSON
//	GET  /aenderungen                           those that wait for a second person
//	POST /aenderung/{id}/annehmen, /ablehnen    body {"grund": "..."}
//	GET  /pflege/...                            pages (Pages); POST /pflege/auskunft asks by a form
//
// Secondaries:
//
//	GET  /fassung/{seq}                         a version with its signature (Fassung)
type Server struct {
	o      ServerOptions
	served atomic.Pointer[served]
	askers atomic.Pointer[map[string]Asker] // by fingerprint; empty = whoever the CA knows
	locked atomic.Pointer[locked]

	locking sync.Mutex // held while locked is made anew
	sperren []Sperre   // as SetSperren was told

	limits limiter
	turn   turn
	gate   gate
	maps   map[xmlgate.Name]*xmlgate.Map
}

// PagesPath is what the Pages of a Server live below.
const PagesPath = "/pflege"

func (s *Server) show(q *question) *refusal {
	w := &watched{ResponseWriter: q.w}
	s.o.Pages.ServeHTTP(w, q.r)
	q.status = w.status
	return nil
}

// served is what the server answers from.
type served struct {
	dir          *Directory // nil: a secondary that has none yet
	version      Version
	certificates certificates
	signing      sync.Once
	signed       []byte // signature of the version, once signing is done
}

// NewServer checks the options. The Server does not listen yet: see Serve and Handler.
func NewServer(o ServerOptions) (*Server, error) {
	if o.Directory == nil && o.Following == nil {
		return nil, errors.New("authority server: no directory")
	}
	if o.MaxAge <= 0 {
		o.MaxAge = defaultMaxAge
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	maps, err := anfrageMaps()
	if err != nil {
		return nil, fmt.Errorf("authority server: %w", err)
	}
	s := &Server{o: o, maps: maps, limits: limiter{limit: o.Limit.orDefault(), now: o.Now}, gate: gate{limit: maxAnfrage}, turn: make(turn, 1)}
	if err := s.SetAskers(o.Askers); err != nil {
		return nil, fmt.Errorf("authority server: %w", err)
	}
	s.SetSperren(nil)
	s.ReplaceVersion(o.Directory, o.Version)
	s.o.Directory = nil // the first one is not held when another has replaced it
	return s, nil
}

// Replace lets the server answer from d, a plain file, from now on.
func (s *Server) Replace(d *Directory) { s.ReplaceVersion(d, Version{}) }

// ReplaceVersion lets the server answer from d from now on, which is version v of its store.
func (s *Server) ReplaceVersion(d *Directory, v Version) {
	next := &served{dir: d, version: v}
	if d != nil {
		next.certificates = newCertificates(d.file.Zertifikate)
	}
	s.locking.Lock()
	defer s.locking.Unlock()
	s.lock(next)
	s.served.Store(next)
}

// Version is that of Directory; zero for a plain file.
func (s *Server) Version() Version { return s.served.Load().version }

// Directory is what the server answers from; nil on a secondary that has none yet.
func (s *Server) Directory() *Directory { return s.served.Load().dir }

// SetAskers puts another list into force from the next request on; the old one stays when one of them makes no sense.
func (s *Server) SetAskers(list []Asker) error {
	askers := map[string]Asker{}
	for i, a := range list {
		fp := certs.CleanFingerprint(a.Fingerprint)
		if len(fp) != 64 {
			return fmt.Errorf("askers[%d]: fingerprint is no SHA-256 in hex", i)
		}
		if a.Role == "" {
			a.Role = RoleAsker
		}
		if !a.Role.Valid() {
			return fmt.Errorf("askers[%d]: unknown rolle", i)
		}
		for _, b := range a.Betriebsarten {
			if !b.Valid() {
				return fmt.Errorf("askers[%d]: unknown betriebsart", i)
			}
		}
		if _, twice := askers[fp]; twice {
			return fmt.Errorf("askers[%d]: this certificate stands there already", i)
		}
		if len(a.Betriebsarten) == 0 {
			a.Betriebsarten = []amtshilfe.Betriebsart{amtshilfe.Test}
		}
		askers[fp] = a
	}
	s.askers.Store(&askers)
	return nil
}

// Serve answers on ln until ctx ends; conf comes from certs.ServerTLS. Requests under way get a moment to finish.
func (s *Server) Serve(ctx context.Context, ln net.Listener, conf *tls.Config) error {
	srv := &http.Server{
		Handler:           s.Handler(),
		TLSConfig:         conf,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.ServeTLS(ln, "", "") }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve authority server: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), gracePeriod)
	defer cancel()
	err := srv.Shutdown(grace)
	if err != nil {
		err = errors.Join(err, srv.Close())
	}
	<-failed
	return err
}

// Handler is the service without its listener; requests must carry the TLS state of a verified client certificate.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, e := range []struct {
		pattern, kind string
		answer        func(*question) *refusal
		may           rights
	}{
		{"POST /001", "001", s.answer001, rights{betriebsart: true, roles: askers}},
		{"POST /fragen", "fragen", s.answerFragen, rights{betriebsart: true, roles: askers}},
		{"GET /behoerde/{kennung}", "kennung", s.answerKennung, rights{betriebsart: true, roles: askers}},
		{"POST /meldung", "meldung", s.report, rights{roles: askers}},
		{"GET /mandanten", "mandanten", s.answerMandanten, rights{free: true, roles: askers}},
		{"GET /stand", "stand", s.answerStand, rights{free: true, roles: everybody}},
		{"GET /fassung/{seq}", "fassung", s.answerFassung, rights{roles: []Role{RoleSecondary}}},
		{"POST /aenderung", "aenderung", s.change, rights{roles: maintainers}},
		{"GET /aenderungen", "aenderungen", s.answerAenderungen, rights{roles: maintainers}},
		{"POST /aenderung/{id}/annehmen", "annehmen", s.accept, rights{roles: maintainers}},
		{"POST /aenderung/{id}/ablehnen", "ablehnen", s.reject, rights{roles: maintainers}},
	} {
		mux.Handle(e.pattern, s.asked(e.kind, e.may, e.answer))
	}
	if s.o.Pages != nil {
		shown := s.asked("pflege", rights{roles: maintainers}, s.show)
		mux.Handle("GET "+PagesPath+"/", shown)
		mux.Handle("POST "+PagesPath+"/auskunft", shown)
	}
	return mux
}
