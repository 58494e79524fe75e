package register

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
)

// maxMeldung limits what a participant may hand in.
const maxMeldung = 1 << 20

// testDays is how long a test participant takes part, from the day on which a maintainer accepts its report.
const testDays = 30

// Meldung is what a participant hands in about itself: data for the directory, which a maintainer accepts or not. Its YAML has the keys of
// File; JSON is YAML as well.
//
//	grund: Neue Anschrift ab Dezember                     # mandatory, one line
//	bestaetigen: [{kennung: "kka:14612000", betriebsart: test}]   # what the directory says of it is right
//	behoerden: [{kennung: "kka:14612000", ...}]           # whole entries
//	rechenzentren: [{kennung: "rz:demo-a", ...}]
//	zertifikate: [{fingerabdruck: 3b…, ...}]
//	mandanten: [{name: Stadt Dresden, ...}]
type Meldung struct {
	Grund         string          `yaml:"grund"`
	Bestaetigen   []Schluessel    `yaml:"bestaetigen,omitempty"`
	Behoerden     []Eintrag       `yaml:"behoerden,omitempty"`
	Rechenzentren []Rechenzentrum `yaml:"rechenzentren,omitempty"`
	Zertifikate   []Zertifikat    `yaml:"zertifikate,omitempty"`
	Mandanten     []Mandant       `yaml:"mandanten,omitempty"`
}

// ReadMeldung reads a report; unknown keys are refused. Whether the directory takes it is asked with Apply.
func ReadMeldung(data []byte) (m Meldung, err error) {
	if len(data) > maxMeldung {
		return m, fmt.Errorf("larger than %d bytes", maxMeldung)
	}
	if err := unmarshal(data, &m); err != nil {
		return m, err
	}
	if !reason(m.Grund) {
		return m, errors.New("grund: must be one line of at most 500 bytes")
	}
	if len(m.Bestaetigen)+len(m.Behoerden)+len(m.Rechenzentren)+len(m.Zertifikate)+len(m.Mandanten) == 0 {
		return m, errors.New("reports nothing")
	}
	for i, e := range m.Behoerden {
		// These are said by maintainers, and by no participant about itself.
		if e.Gesperrt != "" || e.Bestaetigt != (Bestaetigung{}) || e.Ende != (Ende{}) {
			return m, fmt.Errorf("behoerden[%d]: gesperrt, bestaetigt and ende are not for a participant to say", i)
		}
	}
	for i, z := range m.Zertifikate {
		if !z.Gesperrt.IsZero() || z.Grund != "" {
			return m, fmt.Errorf("zertifikate[%d]: a certificate is revoked by a maintainer, at once", i)
		}
	}
	return m, nil
}

// Betriebsarten are those that the report is about, so that nobody reports for one that its certificate may not ask for.
func (m Meldung) Betriebsarten() []amtshilfe.Betriebsart {
	var all []amtshilfe.Betriebsart
	for _, k := range m.Bestaetigen {
		all = append(all, k.Betriebsart)
	}
	for _, e := range m.Behoerden {
		all = append(all, e.Betriebsart)
	}
	for _, z := range m.Zertifikate {
		if z.Betriebsart != "" {
			all = append(all, z.Betriebsart)
		}
	}
	for _, one := range m.Mandanten {
		all = append(all, one.Betriebsart)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Apply puts an accepted report into f: what it names is confirmed by von on the day of now, and a test participant has an end 30 days
// later. It answers to nobody in production before or after: entries of one Betriebsart are invisible to the others. The result is not
// checked yet, see New.
func (m Meldung) Apply(f *File, von string, now time.Time) error {
	confirmed := Bestaetigung{Von: firstRunes(von, 250), Am: Day(now)}
	for i, k := range m.Bestaetigen {
		at := slices.IndexFunc(f.Behoerden, func(e Eintrag) bool { return e.Kennung == k.Kennung && e.Betriebsart == k.Betriebsart })
		if at < 0 {
			return fmt.Errorf("bestaetigen[%d]: %w", i, ErrNotFound)
		}
		f.Behoerden[at].confirm(confirmed, now)
	}
	for _, e := range m.Behoerden {
		at := slices.IndexFunc(f.Behoerden, func(o Eintrag) bool { return compareEintrag(o, e) == 0 })
		if at < 0 {
			at, f.Behoerden = len(f.Behoerden), append(f.Behoerden, Eintrag{})
		}
		e.Gesperrt, e.Ende = f.Behoerden[at].Gesperrt, f.Behoerden[at].Ende // as maintainers left them
		e.confirm(confirmed, now)
		f.Behoerden[at] = e
	}
	for _, r := range m.Rechenzentren {
		replace(&f.Rechenzentren, r, func(o Rechenzentrum) bool { return o.Kennung == r.Kennung })
	}
	for _, z := range m.Zertifikate {
		replace(&f.Zertifikate, z, func(o Zertifikat) bool {
			return certs.SameFingerprint(o.Fingerabdruck, z.Fingerabdruck) && o.Zweck == z.Zweck
		})
	}
	for _, one := range m.Mandanten {
		replace(&f.Mandanten, one, func(o Mandant) bool {
			return o.Betriebsart == one.Betriebsart && slices.Equal(o.Kennungen, one.Kennungen)
		})
	}
	f.Stand = now.UTC().Truncate(time.Second)
	return nil
}

// confirm notes who stands behind an entry; a test participant's time begins anew.
func (e *Eintrag) confirm(b Bestaetigung, now time.Time) {
	e.Bestaetigt = b
	if e.Betriebsart == amtshilfe.Test {
		last := Day(now.AddDate(0, 0, testDays))
		e.GueltigBis, e.Ende = last, Ende{Versand: last}
	}
}

func replace[T any](list *[]T, one T, same func(T) bool) {
	if i := slices.IndexFunc(*list, same); i >= 0 {
		(*list)[i] = one
		return
	}
	*list = append(*list, one)
}

func firstRunes(s string, n int) string {
	r := []rune(strings.TrimSpace(s))
	return string(r[:min(len(r), n)])
}
