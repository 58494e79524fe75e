package register

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
)

const (
	maxAenderung = 8 << 20
	maxReason    = 500 // bytes of why something is changed
)

// Aenderung is a change of the directory: entries that are put, in place of those with the same key or as new ones, and entries that are
// removed. Its YAML has the keys of File; JSON is YAML as well.
//
//	grund: Umzug des Amtes zum 1. Dezember        # mandatory
//	version: "2026-12"                            # optional: the name of the new version
//	behoerden: [{kennung: "kka:14612000", ...}]   # whole entries; so are the other lists of File
//	entfernen:
//	  behoerden: [{kennung: "kka:14612001", betriebsart: test}]
//	  rechenzentren: ["rz:alt"]
//	  gemeinden: ["14612000"]                     # by AGS
//	  verbaende: ["14627"]                        # by schluessel
//	  zertifikate: ["3b…"]                        # by fingerprint
//	  mandanten: [{kennung: "kka:14612000", betriebsart: test}]   # by any one of its kennungen
type Aenderung struct {
	Grund         string          `yaml:"grund"`
	Version       string          `yaml:"version,omitempty"`
	Rechenzentren []Rechenzentrum `yaml:"rechenzentren,omitempty"`
	Behoerden     []Eintrag       `yaml:"behoerden,omitempty"`
	Gemeinden     []Gemeinde      `yaml:"gemeinden,omitempty"`
	Verbaende     []Verband       `yaml:"verbaende,omitempty"`
	Zertifikate   []Zertifikat    `yaml:"zertifikate,omitempty"`
	Mandanten     []Mandant       `yaml:"mandanten,omitempty"`
	Entfernen     Entfernung      `yaml:"entfernen,omitempty"`
}

// Entfernung names entries that are removed.
type Entfernung struct {
	Rechenzentren []string     `yaml:"rechenzentren,omitempty"`
	Behoerden     []Schluessel `yaml:"behoerden,omitempty"`
	Gemeinden     []string     `yaml:"gemeinden,omitempty"`
	Verbaende     []string     `yaml:"verbaende,omitempty"`
	Zertifikate   []string     `yaml:"zertifikate,omitempty"`
	Mandanten     []Schluessel `yaml:"mandanten,omitempty"`
}

// Schluessel names an entry.
type Schluessel struct {
	Kennung     string                `yaml:"kennung"`
	Betriebsart amtshilfe.Betriebsart `yaml:"betriebsart"`
}

// Apply makes the change in f. What is to be removed and is not there is an error: the maintainer means something else. The result is not
// checked yet, see New.
func (a Aenderung) Apply(f *File, now time.Time) error {
	f.Stand = now.UTC().Truncate(time.Second)
	if a.Version != "" {
		f.Version = a.Version
	}
	e := a.Entfernen
	if err := errors.Join(
		remove("rechenzentren", &f.Rechenzentren, e.Rechenzentren, func(r Rechenzentrum, k string) bool { return r.Kennung == k }),
		remove("behoerden", &f.Behoerden, e.Behoerden, func(b Eintrag, k Schluessel) bool { return b.Kennung == k.Kennung && b.Betriebsart == k.Betriebsart }),
		remove("gemeinden", &f.Gemeinden, e.Gemeinden, func(g Gemeinde, k string) bool { return g.AGS == k }),
		remove("verbaende", &f.Verbaende, e.Verbaende, func(v Verband, k string) bool { return v.Schluessel == k }),
		remove("zertifikate", &f.Zertifikate, e.Zertifikate, func(z Zertifikat, k string) bool { return certs.SameFingerprint(z.Fingerabdruck, k) }),
		remove("mandanten", &f.Mandanten, e.Mandanten, func(m Mandant, k Schluessel) bool {
			return slices.Contains(m.Kennungen, k.Kennung) && m.Betriebsart == k.Betriebsart
		}),
	); err != nil {
		return err
	}
	put(&f.Rechenzentren, a.Rechenzentren, func(o, n Rechenzentrum) bool { return o.Kennung == n.Kennung })
	put(&f.Behoerden, a.Behoerden, func(o, n Eintrag) bool { return compareEintrag(o, n) == 0 })
	put(&f.Gemeinden, a.Gemeinden, func(o, n Gemeinde) bool { return o.AGS == n.AGS })
	put(&f.Verbaende, a.Verbaende, func(o, n Verband) bool { return o.Schluessel == n.Schluessel })
	put(&f.Zertifikate, a.Zertifikate, func(o, n Zertifikat) bool {
		return certs.SameFingerprint(o.Fingerabdruck, n.Fingerabdruck) && o.Zweck == n.Zweck
	})
	put(&f.Mandanten, a.Mandanten, func(o, n Mandant) bool {
		return slices.Equal(o.Kennungen, n.Kennungen) && o.Betriebsart == n.Betriebsart
	})
	return nil
}

func remove[T, K any](name string, list *[]T, keys []K, is func(T, K) bool) error {
	for i, k := range keys {
		n := len(*list)
		*list = slices.DeleteFunc(*list, func(one T) bool { return is(one, k) })
		if len(*list) == n {
			return fmt.Errorf("entfernen.%s[%d]: %w", name, i, ErrNotFound)
		}
	}
	return nil
}

func put[T any](list *[]T, news []T, same func(o, n T) bool) {
	for _, one := range news {
		i := slices.IndexFunc(*list, func(o T) bool { return same(o, one) })
		if i < 0 {
			*list = append(*list, one)
			continue
		}
		(*list)[i] = one
	}
}

// empty says that nothing is changed.
func (a Aenderung) empty() bool {
	e := a.Entfernen
	return len(a.Rechenzentren)+len(a.Behoerden)+len(a.Gemeinden)+len(a.Verbaende)+len(a.Zertifikate)+len(a.Mandanten) == 0 &&
		len(e.Rechenzentren)+len(e.Behoerden)+len(e.Gemeinden)+len(e.Verbaende)+len(e.Zertifikate)+len(e.Mandanten) == 0
}

// Beschluss is what became of a change: in force as a version, or waiting for a second person as a pending change.
type Beschluss struct {
	Seq       int64  `json:"seq,omitempty"`       // in force
	Version   string `json:"version,omitempty"`   // its name
	Aenderung int64  `json:"aenderung,omitempty"` // waits under this number
	Gleich    bool   `json:"gleich,omitempty"`    // the directory was so already, there is no new version
}

// OffeneAenderung is a change that waits for a second person.
type OffeneAenderung struct {
	ID       int64     `json:"id"`
	Basis    int64     `json:"basis"` // the version that it was made from
	Angelegt time.Time `json:"angelegt"`
	Wer      string    `json:"wer"`
	Grund    string    `json:"grund"`
	Quelle   string    `json:"quelle,omitempty"`
}

// ReadAenderung reads a change; unknown keys are refused.
func ReadAenderung(data []byte) (Aenderung, error) {
	var a Aenderung
	if err := unmarshal(data, &a); err != nil {
		return a, err
	}
	if !reason(a.Grund) {
		return a, errors.New("grund: must be one line of at most 500 bytes")
	}
	if a.empty() {
		return a, errors.New("changes nothing")
	}
	return a, nil
}

// reason says whether a change can be understood later.
func reason(s string) bool {
	return strings.TrimSpace(s) != "" && len(s) <= maxReason && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
}

// change takes POST /aenderung.
func (s *Server) change(q *question) *refusal {
	if ref := s.closed(); ref != nil {
		return ref
	}
	body, ref := q.body(maxAenderung, "application/yaml", "application/json")
	if ref != nil {
		return ref
	}
	back, ref := s.turn.take(q.r.Context())
	if ref != nil {
		return ref
	}
	defer back()
	a, err := ReadAenderung(body)
	if err != nil {
		code := "ZUST-AENDERUNG"
		if errors.Is(err, errDoubled) {
			code = "ZUST-DOPPELT"
		}
		return &refusal{http.StatusBadRequest, code, "Die Änderung ist nicht lesbar: " + err.Error()}
	}
	b, err := s.o.Store.Change(q.r.Context(), a, q.wer())
	return s.decided(q, b, err)
}

// closed says why nothing can be changed here; nil = it can.
func (s *Server) closed() *refusal {
	switch {
	case s.o.Following != nil:
		return &refusal{http.StatusConflict, "ZUST-AENDERUNG", "Dieser Server folgt einem Hauptserver; geändert wird das Verzeichnis nur dort."}
	case s.o.Store == nil:
		return &refusal{http.StatusConflict, "ZUST-AENDERUNG", "Dieses Verzeichnis ist eine Datei; geändert wird es nur dort."}
	}
	return nil
}

// decided answers with what became of a change.
func (s *Server) decided(q *question, b Beschluss, err error) *refusal {
	if ref := s.refused(err); ref != nil {
		return ref
	}
	s.o.Log.Info("register changed", "who", q.wer(), "seq", b.Seq, "version", b.Version, "pending", b.Aenderung)
	return s.sendJSON(q, b, "")
}

// refused says why a change is not taken.
func (s *Server) refused(err error) *refusal {
	conflict := func(text string) *refusal { return &refusal{http.StatusConflict, "ZUST-AENDERUNG", text} }
	faulty, isFaulty := errors.AsType[*Error](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrSamePerson):
		return &refusal{http.StatusForbidden, "ZUST-ZWEITE-PERSON", "Eine Änderung nimmt eine zweite Person an, nicht wer sie vorgelegt hat."}
	case errors.Is(err, ErrChanged):
		return conflict("Das Verzeichnis wurde inzwischen geändert; bitte die Änderung auf dem neuen Stand wiederholen.")
	case errors.Is(err, ErrDecided):
		return conflict("Über diese Änderung ist schon entschieden.")
	case errors.Is(err, ErrNotFound):
		return &refusal{http.StatusNotFound, "ZUST-UNBEKANNT", "Das gibt es im Verzeichnis nicht: " + err.Error()}
	case isFaulty:
		return &refusal{http.StatusUnprocessableEntity, "ZUST-AENDERUNG", "Mit der Änderung wäre das Verzeichnis fehlerhaft: " + faulty.Error()}
	}
	s.o.Log.Error("register change failed", "err", err)
	return internalError()
}

// answerAenderungen answers GET /aenderungen.
func (s *Server) answerAenderungen(q *question) *refusal {
	if ref := s.closed(); ref != nil {
		return ref
	}
	list, err := s.o.Store.Open(q.r.Context())
	if err != nil {
		return s.refused(err)
	}
	return s.sendJSON(q, struct {
		Aenderungen []OffeneAenderung `json:"aenderungen"`
	}{append([]OffeneAenderung{}, list...)}, "")
}

// accept takes POST /aenderung/{id}/annehmen. The certificate that proposed the change is known by its fingerprint: its name may change.
func (s *Server) accept(q *question) *refusal {
	id, grund, ref := s.decision(q)
	if ref != nil {
		return ref
	}
	list, err := s.o.Store.Open(q.r.Context())
	if err != nil {
		return s.refused(err)
	}
	for _, a := range list {
		if a.ID == id && strings.HasSuffix(a.Wer, q.mark()) {
			return s.refused(ErrSamePerson)
		}
	}
	back, ref := s.turn.take(q.r.Context())
	if ref != nil {
		return ref
	}
	defer back()
	b, err := s.o.Store.Accept(q.r.Context(), id, q.wer(), grund)
	return s.decided(q, b, err)
}

// reject takes POST /aenderung/{id}/ablehnen; who proposed a change may take it back that way.
func (s *Server) reject(q *question) *refusal {
	id, grund, ref := s.decision(q)
	if ref != nil {
		return ref
	}
	return s.decided(q, Beschluss{Aenderung: id}, s.o.Store.Reject(q.r.Context(), id, q.wer(), grund))
}

// decision reads what a decision about a change says: its number and why.
func (s *Server) decision(q *question) (id int64, grund string, ref *refusal) {
	if ref := s.closed(); ref != nil {
		return 0, "", ref
	}
	id, err := strconv.ParseInt(q.r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, "", notFound()
	}
	body, ref := q.body(64<<10, "application/yaml", "application/json")
	if ref != nil {
		return 0, "", ref
	}
	var in struct {
		Grund string `yaml:"grund"`
	}
	if err := unmarshal(body, &in); err != nil || !reason(in.Grund) {
		return 0, "", &refusal{http.StatusBadRequest, "ZUST-AENDERUNG", "Die Entscheidung braucht einen grund: eine Zeile, höchstens 500 Byte."}
	}
	return id, in.Grund, nil
}
