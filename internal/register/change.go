package register

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"damtshilfe/internal/amtshilfe"
)

const (
	maxAenderung = 8 << 20
	maxReason    = 500 // bytes of why something is changed
)

// Aenderung is a change of the directory: entries that are put, in place of those of the same kennung (and Betriebsart) or as new ones, and
// entries that are removed. Its YAML has the keys of File; JSON is YAML as well.
//
//	grund: Umzug des Amtes zum 1. Dezember        # mandatory
//	version: "2026-12"                            # optional: the name of the new version
//	behoerden: [{kennung: "kka:14612000", ...}]   # whole entries
//	rechenzentren: [{kennung: "rz:demo-a", ...}]
//	entfernen:
//	  behoerden: [{kennung: "kka:14612001", betriebsart: test}]
//	  rechenzentren: ["rz:alt"]
type Aenderung struct {
	Grund         string          `yaml:"grund"`
	Version       string          `yaml:"version,omitempty"`
	Behoerden     []Eintrag       `yaml:"behoerden,omitempty"`
	Rechenzentren []Rechenzentrum `yaml:"rechenzentren,omitempty"`
	Entfernen     Entfernung      `yaml:"entfernen,omitempty"`
}

// Entfernung names entries that are removed.
type Entfernung struct {
	Behoerden     []Schluessel `yaml:"behoerden,omitempty"`
	Rechenzentren []string     `yaml:"rechenzentren,omitempty"`
}

// Schluessel names an entry.
type Schluessel struct {
	Kennung     string                `yaml:"kennung"`
	Betriebsart amtshilfe.Betriebsart `yaml:"betriebsart"`
}

// Apply gives the directory as it is after the change. What is to be removed and is not there is an error: the maintainer means something
// else. The result is not checked yet, see New.
func (a Aenderung) Apply(f File, now time.Time) (File, error) {
	f = f.clone()
	f.Stand = now.UTC().Truncate(time.Second)
	if a.Version != "" {
		f.Version = a.Version
	}
	for i, k := range a.Entfernen.Behoerden {
		n := len(f.Behoerden)
		f.Behoerden = slices.DeleteFunc(f.Behoerden, func(e Eintrag) bool { return e.Kennung == k.Kennung && e.Betriebsart == k.Betriebsart })
		if len(f.Behoerden) == n {
			return f, fmt.Errorf("entfernen.behoerden[%d]: %w", i, ErrNotFound)
		}
	}
	for i, k := range a.Entfernen.Rechenzentren {
		n := len(f.Rechenzentren)
		f.Rechenzentren = slices.DeleteFunc(f.Rechenzentren, func(r Rechenzentrum) bool { return r.Kennung == k })
		if len(f.Rechenzentren) == n {
			return f, fmt.Errorf("entfernen.rechenzentren[%d]: %w", i, ErrNotFound)
		}
	}
	for _, e := range a.Behoerden {
		f.Behoerden = set(f.Behoerden, e, func(o Eintrag) bool { return compareEintrag(o, e) == 0 })
	}
	for _, r := range a.Rechenzentren {
		f.Rechenzentren = set(f.Rechenzentren, r, func(o Rechenzentrum) bool { return o.Kennung == r.Kennung })
	}
	return f, nil
}

func set[T any](list []T, one T, same func(T) bool) []T {
	if i := slices.IndexFunc(list, same); i >= 0 {
		list[i] = one
		return list
	}
	return append(list, one)
}

// Beschluss is what became of a change: in force as a version, or waiting for a second person as a pending change.
type Beschluss struct {
	Seq       int64  `json:"seq,omitempty"`       // in force
	Version   string `json:"version,omitempty"`   // its name
	Aenderung int64  `json:"aenderung,omitempty"` // waits under this number
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
	if err := yaml.UnmarshalWithOptions(data, &a, yaml.Strict()); err != nil {
		return a, errors.New("no YAML or JSON of the agreed form: " + strings.SplitN(yaml.FormatError(err, false, false), "\n", 2)[0])
	}
	if !reason(a.Grund) {
		return a, errors.New("grund: must be one line of at most 500 bytes")
	}
	if len(a.Behoerden)+len(a.Rechenzentren)+len(a.Entfernen.Behoerden)+len(a.Entfernen.Rechenzentren) == 0 {
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
	if s.o.Store == nil {
		return plainFile()
	}
	body, ref := q.body(maxAenderung, "application/yaml", "application/json")
	if ref != nil {
		return ref
	}
	a, err := ReadAenderung(body)
	if err != nil {
		return &refusal{http.StatusBadRequest, "ZUST-AENDERUNG", "Die Änderung ist nicht lesbar: " + err.Error()}
	}
	b, err := s.o.Store.Change(q.r.Context(), a, q.wer())
	return s.decided(q, b, err)
}

func plainFile() *refusal {
	return &refusal{http.StatusConflict, "ZUST-AENDERUNG", "Dieses Verzeichnis ist eine Datei; geändert wird es nur dort."}
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
	if s.o.Store == nil {
		return plainFile()
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
	if s.o.Store == nil {
		return 0, "", plainFile()
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
	if err := yaml.UnmarshalWithOptions(body, &in, yaml.Strict()); err != nil || !reason(in.Grund) {
		return 0, "", &refusal{http.StatusBadRequest, "ZUST-AENDERUNG", "Die Entscheidung braucht einen grund: eine Zeile, höchstens 500 Byte."}
	}
	return id, in.Grund, nil
}
