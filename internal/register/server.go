package register

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
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

// Asker is a client certificate and the Betriebsarten it may ask for.
type Asker struct {
	Name          string                  // for the audit log
	Fingerprint   string                  // SHA-256 of the certificate, hex
	Betriebsarten []amtshilfe.Betriebsart // none = test only
}

// ServerOptions says what an authority server serves, and to whom.
type ServerOptions struct {
	Directory *Directory
	// Askers lists who may ask. Empty: every certificate of the listener's CA may ask, for test only. Not empty: a
	// certificate that is not listed is refused.
	Askers []Asker
	// Remember is told of every question that is looked up, before it is; nil = nobody is. It must not wait.
	Remember func(amtshilfe.Einnahmeart, amtshilfe.Postanschrift, amtshilfe.Betriebsart)

	MaxAge time.Duration    // how long an answer may be used without asking again; default 5 min
	Log    *slog.Logger     // audit, without personal data; nil = none
	Now    func() time.Time // nil = time.Now
}

// Server answers over HTTPS with client certificates:
//
//	POST /001?betriebsart=test                  body 001, answer 002
//	POST /fragen?betriebsart=test               body {"fragen": [...]}, up to 1 000; answer {"antworten": [...]} in the same order
//	GET  /behoerde/{kennung}?betriebsart=test   answer 002
//
// The schema of a 002 has no place for the Land of the authority; the header Behoerde-Land names it.
// betriebsart is mandatory: nobody shall ask for production by leaving a word out.
type Server struct {
	o    ServerOptions
	dir  atomic.Pointer[Directory]
	maps map[xmlgate.Name]*xmlgate.Map
}

// NewServer checks the options. The Server does not listen yet: see Serve and Handler.
func NewServer(o ServerOptions) (*Server, error) {
	if o.Directory == nil {
		return nil, errors.New("authority server: no directory")
	}
	for i, a := range o.Askers {
		if len(certs.CleanFingerprint(a.Fingerprint)) != 64 {
			return nil, fmt.Errorf("authority server: askers[%d]: fingerprint is no SHA-256 in hex", i)
		}
		for _, b := range a.Betriebsarten {
			if !b.Valid() {
				return nil, fmt.Errorf("authority server: askers[%d]: unknown betriebsart", i)
			}
		}
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
	s := &Server{o: o, maps: maps}
	s.dir.Store(o.Directory)
	return s, nil
}

// Replace lets the server answer from d from now on.
func (s *Server) Replace(d *Directory) { s.dir.Store(d) }

// Directory is what the server answers from.
func (s *Server) Directory() *Directory { return s.dir.Load() }

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
	mux.Handle("POST /001", s.asked("001", s.answer001))
	mux.Handle("POST /fragen", s.asked("fragen", s.answerFragen))
	mux.Handle("GET /behoerde/{kennung}", s.asked("kennung", s.answerKennung))
	return mux
}

// asked checks the asker, answers, and writes the audit line: who asked, for what Betriebsart, how many; never about whom.
func (s *Server) asked(kind string, answer func(*question) *refusal) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.o.Now()
		q := &question{w: w, r: r, dir: s.dir.Load(), betriebsart: amtshilfe.Betriebsart(r.URL.Query().Get("betriebsart"))}
		name, ref := s.admit(q)
		if ref == nil {
			ref = answer(q)
		}
		status := http.StatusOK
		if ref != nil {
			status = ref.Status
			q.refuse(ref)
		}
		s.o.Log.Info("register asked", "kind", kind, "asker", name, "betriebsart", string(q.betriebsart), "status", status,
			"found", q.tally.found, "ambiguous", q.tally.ambiguous, "nobody", q.tally.nobody, "took", s.o.Now().Sub(began))
	})
}

// admit decides whether the certificate may ask for this Betriebsart.
func (s *Server) admit(q *question) (name string, ref *refusal) {
	fp, ok := certs.PeerFingerprint(q.r.TLS)
	if !ok {
		return "", &refusal{http.StatusForbidden, "ZUST-ZERTIFIKAT", "Eine Anfrage braucht ein Client-Zertifikat."}
	}
	if !q.betriebsart.Valid() {
		q.betriebsart = ""
		return fp[:16], &refusal{http.StatusBadRequest, "ZUST-BETRIEBSART", "Der Parameter betriebsart fehlt oder ist unbekannt."}
	}
	name, may := fp[:16], []amtshilfe.Betriebsart{amtshilfe.Test}
	if len(s.o.Askers) > 0 {
		i := slices.IndexFunc(s.o.Askers, func(a Asker) bool { return certs.SameFingerprint(fp, a.Fingerprint) })
		if i < 0 {
			return name, &refusal{http.StatusForbidden, "ZUST-ZERTIFIKAT", "Dieses Zertifikat ist für das Behördenverzeichnis nicht zugelassen."}
		}
		name = s.o.Askers[i].Name
		if len(s.o.Askers[i].Betriebsarten) > 0 {
			may = s.o.Askers[i].Betriebsarten
		}
	}
	if !slices.Contains(may, q.betriebsart) {
		return name, &refusal{http.StatusForbidden, "ZUST-BETRIEBSART", "Dieses Zertifikat darf für diese Betriebsart nicht anfragen."}
	}
	return name, nil
}

func (s *Server) answer001(q *question) *refusal {
	doc, ref := q.body(maxAnfrage, "application/xml", "text/xml")
	if ref != nil {
		return ref
	}
	e, a, err := read001(doc, s.maps)
	if f, ok := errors.AsType[*amtshilfe.Fault](err); ok {
		return &refusal{http.StatusBadRequest, f.Code, f.Text}
	}
	if err != nil {
		return internalError()
	}
	return s.send002(q, s.lookup(q, e, a))
}

func (s *Server) lookup(q *question, e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift) amtshilfe.Zustaendigkeit {
	if s.o.Remember != nil {
		s.o.Remember(e, a, q.betriebsart)
	}
	return q.dir.Lookup(e, a, q.betriebsart)
}

func (s *Server) answerKennung(q *question) *refusal {
	etag := strconv.Quote(q.dir.ETag())
	if q.r.Header.Get("If-None-Match") == etag {
		s.headers(q, "")
		q.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return s.send002(q, q.dir.ByKennung(q.r.PathValue("kennung"), q.betriebsart))
}

func (s *Server) answerFragen(q *question) *refusal {
	body, ref := q.body(maxFragen, "application/json")
	if ref != nil {
		return ref
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	var in fragen
	if err := dec.Decode(&in); err != nil || dec.More() {
		return &refusal{http.StatusBadRequest, "ZUST-ANFRAGE", "Die Fragen sind kein JSON der verlangten Form."}
	}
	if len(in.Fragen) == 0 || len(in.Fragen) > maxQuestions {
		return &refusal{http.StatusBadRequest, "ZUST-ANFRAGE", "Eine Anfrage enthält 1 bis 1000 Fragen."}
	}
	out := antworten{Version: q.dir.Version(), Stand: q.dir.file.Stand, GueltigBis: q.dir.file.GueltigBis, Antworten: make([]antwort, len(in.Fragen))}
	for i, f := range in.Fragen {
		e, a := f.question()
		out.Antworten[i] = antwortOf(q.tally.count(s.lookup(q, e, a)))
	}
	data, err := json.Marshal(out)
	if err != nil {
		return internalError()
	}
	s.headers(q, "application/json")
	q.w.Write(data) // an asker that went away asks again
	return nil
}

func (s *Server) send002(q *question, z amtshilfe.Zustaendigkeit) *refusal {
	var b bytes.Buffer
	if err := Write002(&b, q.tally.count(z)); err != nil {
		return internalError()
	}
	s.headers(q, "application/xml; charset=utf-8")
	if z.Behoerde.Land != "" {
		q.w.Header().Set(landHeader, z.Behoerde.Land)
	}
	q.w.Write(b.Bytes())
	return nil
}

func (s *Server) headers(q *question, contentType string) {
	h := q.w.Header()
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("ETag", strconv.Quote(q.dir.ETag()))
	h.Set("Cache-Control", "private, max-age="+strconv.Itoa(int(s.o.MaxAge/time.Second)))
	h.Set("X-Content-Type-Options", "nosniff")
}
