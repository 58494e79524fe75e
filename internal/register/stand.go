package register

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/certs"
)

// Stand is the answer to GET /stand: which directory a server answers from. Clients ask for it every 20 seconds, secondaries every few.
type Stand struct {
	Seq      int64     `json:"seq,omitempty"` // number of the version; 0 = the directory is a plain file
	Version  string    `json:"version"`       // its name
	ETag     string    `json:"etag"`          // that of answers now: another one = other answers
	SHA256   string    `json:"sha256,omitempty"`
	Signatur []byte    `json:"signatur,omitempty"` // of the version, as in Fassung; none where none can be fetched
	Angelegt time.Time `json:"angelegt,omitzero"`  // when the version came into force
	Stand    time.Time `json:"stand"`              // state of the data
	// Zweitserver says that this server follows another one, Alter how many seconds ago it last heard that its version is the newest.
	Zweitserver bool     `json:"zweitserver,omitempty"`
	Alter       int      `json:"alter,omitempty"`
	Meldung     string   `json:"meldung,omitempty"`    // German: why a secondary does not follow its primary; "" = it does
	Sperrliste  []Sperre `json:"sperrliste,omitempty"` // revoked certificates, ordered by fingerprint
}

// Sperre is a revoked certificate.
type Sperre struct {
	Fingerabdruck string    `json:"fingerabdruck"` // SHA-256, hex
	Ab            time.Time `json:"ab"`            // since when
	Grund         string    `json:"grund,omitempty"`
}

// locked is the list of revoked certificates in force.
type locked struct {
	list []Sperre
	by   map[string]Sperre // by fingerprint
	mark string            // another one for another list; "" for an empty one
}

func (l *locked) has(fingerprint string) bool {
	_, revoked := l.by[fingerprint]
	return revoked
}

// SetSperren puts a list of revoked certificates into force at once, beside those that the directory calls so: they may ask no more, on
// open connections too, and GET /stand names them. Of a certificate that stands there twice the first one counts.
func (s *Server) SetSperren(list []Sperre) {
	s.locking.Lock()
	defer s.locking.Unlock()
	s.sperren = slices.Clone(list)
	s.lock(s.served.Load())
}

// lock joins both lists. The caller holds locking.
func (s *Server) lock(served *served) {
	all := s.sperren
	if served != nil {
		all = append(slices.Clip(all), revokedIn(served.dir)...)
	}
	l := &locked{by: map[string]Sperre{}}
	for _, one := range all {
		one.Fingerabdruck = certs.CleanFingerprint(one.Fingerabdruck)
		if _, twice := l.by[one.Fingerabdruck]; !twice {
			l.by[one.Fingerabdruck] = one
		}
	}
	l.list = slices.SortedFunc(maps.Values(l.by), func(a, b Sperre) int { return strings.Compare(a.Fingerabdruck, b.Fingerabdruck) })
	if len(l.list) > 0 {
		h := sha256.New()
		for _, one := range l.list {
			h.Write([]byte(one.Fingerabdruck + "\n"))
		}
		l.mark = "." + hex.EncodeToString(h.Sum(nil)[:6])
	}
	s.locked.Store(l)
}

func (s *Server) answerStand(q *question) *refusal {
	v := q.served.version
	out := Stand{Seq: v.Seq, Version: q.served.dir.Version(), ETag: s.etag(q), SHA256: v.SHA256, Angelegt: v.Angelegt, Stand: q.served.dir.file.Stand,
		Zweitserver: s.o.Following != nil, Sperrliste: s.locked.Load().list}
	if s.o.Following != nil {
		behind, trouble := s.o.Following()
		out.Alter, out.Meldung = int(behind/time.Second), trouble
	}
	out.Signatur = s.signature(q)
	return s.sendJSON(q, out, "")
}

// Store has the versions of a directory and takes changes of it. Errors are ErrNotFound, ErrSamePerson, ErrChanged, ErrDecided, an *Error
// about the directory that would come of it, or something an asker can do nothing about.
type Store interface {
	// Fassung gives a version with its content.
	Fassung(ctx context.Context, seq int64) (Fassung, error)
	// Change puts a change into force, or keeps it for a second person.
	Change(ctx context.Context, a Aenderung, wer string) (Beschluss, error)
	// Open lists the changes that wait for a second person.
	Open(ctx context.Context) ([]OffeneAenderung, error)
	// Accept puts a change into force; who proposed it must not.
	Accept(ctx context.Context, id int64, wer, grund string) (Beschluss, error)
	Reject(ctx context.Context, id int64, wer, grund string) error
}

// The errors of a Store that an asker can do something about.
var (
	ErrNotFound   = errors.New("not in the store")
	ErrSamePerson = errors.New("a change needs a second person")
	ErrChanged    = errors.New("the directory was changed meanwhile")
	ErrDecided    = errors.New("the change is decided already")
)

func (s *Server) answerFassung(q *question) *refusal {
	seq, err := strconv.ParseInt(q.r.PathValue("seq"), 10, 64)
	if err != nil || seq <= 0 || s.o.Store == nil {
		return notFound()
	}
	f, err := s.o.Store.Fassung(q.r.Context(), seq)
	if errors.Is(err, ErrNotFound) {
		return notFound()
	}
	if err != nil {
		s.o.Log.Error("register version not read", "seq", seq, "err", err)
		return internalError()
	}
	if f = s.sign(f); f.Signatur == nil {
		return &refusal{http.StatusNotFound, "ZUST-SIGNATUR", "Dieser Server hat keinen Schlüssel, mit dem er Fassungen unterschreibt."}
	}
	if s.unchanged(q, f.SHA256) {
		return nil
	}
	return s.sendJSON(q, f, f.SHA256)
}

// signature is that of the version in force, computed once; nil where none can be fetched.
func (s *Server) signature(q *question) []byte {
	if s.o.Store == nil || q.served.version.Seq == 0 {
		return nil
	}
	q.served.signing.Do(func() {
		f, err := s.o.Store.Fassung(context.WithoutCancel(q.r.Context()), q.served.version.Seq)
		if err != nil {
			s.o.Log.Error("register version not read", "seq", q.served.version.Seq, "err", err)
			return
		}
		q.served.signed = s.sign(f).Signatur
	})
	return q.served.signed
}

func notFound() *refusal {
	return &refusal{http.StatusNotFound, "ZUST-UNBEKANNT", "Das gibt es hier nicht."}
}

// sign signs what was made here; what came from a primary has its signature.
func (s *Server) sign(f Fassung) Fassung {
	if len(f.Signatur) == 0 && s.o.Key != nil {
		f.Sign(s.o.Key)
	}
	return f
}
