package register

import (
	"cmp"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
)

// rights says who may do something.
type rights struct {
	roles       []Role
	betriebsart bool // it is asked for one, which the certificate must be allowed
	free        bool // not counted by the limit
}

var (
	askers      = []Role{RoleAsker, RoleMaintainer}
	maintainers = []Role{RoleMaintainer}
	everybody   = []Role{RoleAsker, RoleMaintainer, RoleSecondary}
)

// Asked is a request without what it was about.
type Asked struct {
	Asker       string // name of the certificate, or the beginning of its fingerprint
	Kind        string // 001, fragen, kennung, stand, fassung, aenderung ...
	Betriebsart amtshilfe.Betriebsart
	Status      int // of HTTP
	Found       int
	Ambiguous   int
	Nobody      int
}

// asked checks the asker, answers, and writes the audit line: who asked, for what Betriebsart, how many; never about whom.
func (s *Server) asked(kind string, may rights, answer func(*question) *refusal) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := s.o.Now()
		q := &question{w: w, r: r, served: s.served.Load(), betriebsart: amtshilfe.Betriebsart(r.URL.Query().Get("betriebsart"))}
		ref := s.admit(q, may)
		if ref == nil && !may.free {
			ref = s.limited(q, 1)
		}
		if ref == nil {
			ref = answer(q)
		}
		status := cmp.Or(q.status, http.StatusOK)
		if ref != nil {
			status = ref.Status
			q.refuse(ref)
		}
		if s.o.Record != nil {
			s.o.Record(Asked{q.name, kind, q.betriebsart, status, q.tally.found, q.tally.ambiguous, q.tally.nobody})
		}
		level := slog.LevelInfo
		if may.free && status < http.StatusBadRequest {
			level = slog.LevelDebug // every client looks all the time
		}
		s.o.Log.LogAttrs(r.Context(), level, "register asked", slog.String("kind", kind), slog.String("asker", q.name),
			slog.String("betriebsart", string(q.betriebsart)), slog.Int("status", status), slog.Int("found", q.tally.found),
			slog.Int("ambiguous", q.tally.ambiguous), slog.Int("nobody", q.tally.nobody), slog.Duration("took", s.o.Now().Sub(began)))
	})
}

// codeGesperrt tells a client that its own certificate is revoked.
const codeGesperrt = "ZUST-GESPERRT"

// admit decides whether the certificate may do this, and for this Betriebsart.
func (s *Server) admit(q *question, may rights) *refusal {
	if !q.betriebsart.Valid() { // whatever else stands there goes into no log
		q.betriebsart = ""
	}
	fp, ok := certs.PeerFingerprint(q.r.TLS)
	if !ok {
		return &refusal{http.StatusForbidden, "ZUST-ZERTIFIKAT", "Eine Anfrage braucht ein Client-Zertifikat."}
	}
	q.fingerprint, q.name = fp, fp[:16]
	if _, revoked := s.locked.Load().by[fp]; revoked {
		return &refusal{http.StatusForbidden, codeGesperrt, "Dieses Zertifikat ist gesperrt."}
	}
	a := Asker{Name: q.name, Role: RoleAsker, Betriebsarten: []amtshilfe.Betriebsart{amtshilfe.Test}}
	if known := *s.askers.Load(); len(known) > 0 {
		if a, ok = known[fp]; !ok {
			return &refusal{http.StatusForbidden, "ZUST-ZERTIFIKAT", "Dieses Zertifikat ist für das Behördenverzeichnis nicht zugelassen."}
		}
		q.name = a.Name
	}
	q.may = a.Betriebsarten
	if !slices.Contains(may.roles, a.Role) {
		return &refusal{http.StatusForbidden, "ZUST-ROLLE", "Dieses Zertifikat hat dafür nicht die Rolle."}
	}
	if q.served.dir == nil {
		return &refusal{http.StatusServiceUnavailable, "ZUST-LEER", "Dieser Zweitserver hat noch keinen Stand des Verzeichnisses."}
	}
	switch {
	case !may.betriebsart:
		q.betriebsart = ""
	case q.betriebsart == "":
		return &refusal{http.StatusBadRequest, "ZUST-BETRIEBSART", "Der Parameter betriebsart fehlt oder ist unbekannt."}
	case !slices.Contains(a.Betriebsarten, q.betriebsart):
		return &refusal{http.StatusForbidden, "ZUST-BETRIEBSART", "Dieses Zertifikat darf für diese Betriebsart nicht anfragen."}
	}
	return nil
}

// limited counts n questions of the certificate, or says when it may ask again.
func (s *Server) limited(q *question, n int) *refusal {
	wait := s.limits.take(q.fingerprint, n)
	if wait <= 0 {
		return nil
	}
	after := int((wait + time.Second - 1) / time.Second)
	q.w.Header().Set("Retry-After", strconv.Itoa(after))
	return &refusal{http.StatusTooManyRequests, "ZUST-ZU-VIELE", "Dieses Zertifikat fragt zu viel auf einmal; bitte in " + strconv.Itoa(after) + " Sekunden wiederholen."}
}

// wer names the certificate in the audit of changes: the name may change, the fingerprint does not.
func (q *question) wer() string {
	return strings.TrimSpace(q.name) + q.mark()
}

func (q *question) mark() string { return " (" + q.fingerprint[:16] + ")" }
