package store

import (
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"

	"damtshilfe/internal/register"
)

// Difference is one entry that two directories do not have alike.
type Difference struct {
	Art string // added, changed, ended (a municipality that has a last day now), removed
	Was string // "behoerde kka:14612000 test", "rechenzentrum rz:demo-a"
}

// Compare lists what is different in the directory to; versions, names and dates of the directory as a whole do not count.
func Compare(from, to register.File) []Difference {
	var all []Difference
	for _, p := range parts {
		all = append(all, p.compare(&from, &to)...)
	}
	return all
}

// Lifted names what holds an authority or a certificate back in from, and does not in to: a whole directory that is put back may undo what
// somebody did in a hurry. English, for the report.
func Lifted(from, to register.File) (all []string) {
	held := map[string]string{}
	for _, e := range from.Behoerden {
		key := e.Kennung + " " + string(e.Betriebsart)
		if e.Gesperrt != "" {
			held["block of "+key] = e.Gesperrt
		}
		if e.Ende.Versand != "" {
			held["end of "+key] = string(e.Ende.Versand)
		}
	}
	for _, e := range to.Behoerden {
		key := e.Kennung + " " + string(e.Betriebsart)
		if reason, was := held["block of "+key]; was && e.Gesperrt == "" {
			all = append(all, "block of "+key+" ("+reason+")")
		}
		if day, was := held["end of "+key]; was && e.Ende.Versand == "" {
			all = append(all, "end of "+key+" ("+day+")")
		}
	}
	return all
}

// Merge puts what was changed from base to mine on top of now. clashes names the entries that were changed there, too, and differently;
// those stay as they are in now.
func Merge(base, mine, now register.File) (out register.File, clashes []string) {
	out = now
	for _, p := range parts {
		clashes = append(clashes, p.merge(&base, &mine, &out)...)
	}
	out.Version, out.Stand = mine.Version, later(mine.Stand, now.Stand)
	switch {
	case mine.GueltigBis.Equal(base.GueltigBis):
	case now.GueltigBis.Equal(base.GueltigBis):
		out.GueltigBis = mine.GueltigBis
	case !now.GueltigBis.Equal(mine.GueltigBis):
		clashes = append(clashes, "gueltig_bis")
	}
	return out, clashes
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// part is one list of a File whose entries have a key.
type part interface {
	compare(from, to *register.File) []Difference
	merge(base, mine, out *register.File) (clashes []string)
}

// parts are all lists of a File: TestEveryListIsMerged holds them against the type.
var parts = []part{
	list[register.Rechenzentrum]{"rechenzentrum", func(f *register.File) *[]register.Rechenzentrum { return &f.Rechenzentren },
		func(r *register.Rechenzentrum) string { return r.Kennung }, nil},
	list[register.Eintrag]{"behoerde", func(f *register.File) *[]register.Eintrag { return &f.Behoerden },
		func(e *register.Eintrag) string { return e.Kennung + " " + string(e.Betriebsart) }, nil},
	list[register.Gemeinde]{"gemeinde", func(f *register.File) *[]register.Gemeinde { return &f.Gemeinden },
		func(g *register.Gemeinde) string { return g.AGS }, func(g *register.Gemeinde) bool { return g.Bis != "" }},
	list[register.Verband]{"verband", func(f *register.File) *[]register.Verband { return &f.Verbaende },
		func(v *register.Verband) string { return v.Schluessel }, nil},
	list[register.Zertifikat]{"zertifikat", func(f *register.File) *[]register.Zertifikat { return &f.Zertifikate },
		func(z *register.Zertifikat) string { return z.Fingerabdruck + " " + z.Zweck }, nil},
	list[register.Mandant]{"mandant", func(f *register.File) *[]register.Mandant { return &f.Mandanten },
		func(m *register.Mandant) string { return strings.Join(m.Kennungen, " ") + " " + string(m.Betriebsart) }, nil},
}

type list[T any] struct {
	name string
	of   func(*register.File) *[]T
	key  func(*T) string
	over func(*T) bool // it has ended; nil = entries do not
}

// print is the fingerprint of an entry.
type print [sha256.Size]byte

// prints gives the fingerprint of each entry by its key: two entries are the same if their fingerprints are.
func (l list[T]) prints(f *register.File) (keys []string, prints map[string]print) {
	all := *l.of(f)
	keys, prints = make([]string, 0, len(all)), make(map[string]print, len(all))
	for i := range all {
		k := l.key(&all[i])
		b, err := json.Marshal(&all[i])
		if err != nil { // a year that JSON cannot say: such an entry differs from all others
			b = []byte(err.Error())
		}
		keys, prints[k] = append(keys, k), sha256.Sum256(b)
	}
	return keys, prints
}

func (l list[T]) compare(from, to *register.File) (all []Difference) {
	olds, old := l.prints(from)
	news, now := l.prints(to)
	ended := l.ended(from, to)
	for _, k := range news {
		switch was, ok := old[k]; {
		case !ok:
			all = append(all, Difference{"added", l.name + " " + k})
		case was != now[k] && ended[k]:
			all = append(all, Difference{"ended", l.name + " " + k})
		case was != now[k]:
			all = append(all, Difference{"changed", l.name + " " + k})
		}
	}
	for _, k := range olds {
		if _, ok := now[k]; !ok {
			all = append(all, Difference{"removed", l.name + " " + k})
		}
	}
	return all
}

// ended gives the keys of entries that are over in to, and were not in from.
func (l list[T]) ended(from, to *register.File) map[string]bool {
	all := map[string]bool{}
	if l.over == nil {
		return all
	}
	for _, e := range *l.of(to) {
		all[l.key(&e)] = l.over(&e)
	}
	for _, e := range *l.of(from) {
		if l.over(&e) {
			delete(all, l.key(&e))
		}
	}
	return all
}

func (l list[T]) merge(base, mine, out *register.File) (clashes []string) {
	baseKeys, was := l.prints(base)
	mineKeys, want := l.prints(mine)
	_, have := l.prints(out)
	take, drop := map[string]bool{}, map[string]bool{}
	judge := func(k string, into map[string]bool) {
		switch {
		case was[k] == want[k], have[k] == want[k]:
		case have[k] == was[k]:
			into[k] = true
		default:
			clashes = append(clashes, l.name+" "+k)
		}
	}
	for _, k := range mineKeys {
		judge(k, take)
	}
	for _, k := range baseKeys {
		if _, kept := want[k]; !kept {
			judge(k, drop)
		}
	}
	if len(take)+len(drop) > 0 {
		*l.of(out) = l.apply(*l.of(out), *l.of(mine), take, drop)
	}
	return clashes
}

// apply is a new list: what is dropped left out, what is taken replaced in its place or appended.
func (l list[T]) apply(now, mine []T, take, drop map[string]bool) []T {
	from := map[string]*T{}
	for i := range mine {
		if k := l.key(&mine[i]); take[k] {
			from[k] = &mine[i]
		}
	}
	var out []T
	for i := range now {
		k := l.key(&now[i])
		switch {
		case from[k] != nil:
			out = append(out, *from[k])
			delete(from, k)
		case !drop[k]:
			out = append(out, now[i])
		}
	}
	for i := range mine { // in the order of mine
		if k := l.key(&mine[i]); from[k] != nil {
			out = append(out, mine[i])
		}
	}
	return out
}
