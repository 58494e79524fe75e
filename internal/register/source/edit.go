package source

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// editor puts rows into a directory. Nothing that the File it began with points to is altered: lists are made anew before they change.
type editor struct {
	f     register.File
	stand register.Datum
	seen  map[string]int // key of what a row said -> its line
	lines map[string]int // YAML path in f -> line that it comes from

	gemeinden, verbaende, behoerden, rechenzentren, zertifikate, mandanten index
}

// index says where in a list of the File a key is.
type index map[string]int

func newEditor(f register.File, stand register.Datum) *editor {
	e := &editor{f: f, stand: stand, seen: map[string]int{}, lines: map[string]int{}}
	e.gemeinden = begin(&e.f.Gemeinden, gemeindeKey)
	e.verbaende = begin(&e.f.Verbaende, verbandKey)
	e.behoerden = begin(&e.f.Behoerden, behoerdeKey)
	e.rechenzentren = begin(&e.f.Rechenzentren, rzKey)
	e.zertifikate = begin(&e.f.Zertifikate, zertifikatKey)
	e.mandanten = begin(&e.f.Mandanten, mandantKey)
	return e
}

func begin[T any](list *[]T, key func(T) string) index {
	*list = slices.Clone(*list)
	x := make(index, len(*list))
	for i, v := range *list {
		x[key(v)] = i
	}
	return x
}

func gemeindeKey(g register.Gemeinde) string            { return g.AGS }
func verbandKey(v register.Verband) string              { return v.Schluessel }
func behoerdeKey(b register.Eintrag) string             { return entryKey(b.Kennung, b.Betriebsart) }
func rzKey(r register.Rechenzentrum) string             { return r.Kennung }
func zertifikatKey(z register.Zertifikat) string        { return z.Fingerabdruck + " " + z.Zweck }
func mandantKey(m register.Mandant) string              { return fmt.Sprint(m.Kennungen, m.Betriebsart) }
func entryKey(k string, b amtshilfe.Betriebsart) string { return k + " " + string(b) }

// once refuses what two lines say.
func (e *editor) once(kind, key string, line int) string {
	k := kind + " " + key
	if first, ok := e.seen[k]; ok {
		return fmt.Sprintf("%s is in line %d already", k, first)
	}
	e.seen[k] = line
	return ""
}

// put adds v to the list or replaces what has its key.
func put[T any](e *editor, name string, list *[]T, x index, key string, v T, line int) {
	i, ok := x[key]
	if !ok {
		i = len(*list)
		*list = append(*list, v)
		x[key] = i
	}
	(*list)[i] = v
	e.lines[path(name, i)] = line
}

func path(list string, i int) string { return "$." + list + "[" + strconv.Itoa(i) + "]" }

func sub(at, list string, i int) string { return at + "." + list + "[" + strconv.Itoa(i) + "]" }

// gemeinde is a municipality of an official list.
type gemeinde struct{ ags, ars, name string }

func (g gemeinde) to(e *editor, line int) string {
	if bad := e.once("AGS", g.ags, line); bad != "" {
		return bad
	}
	v := register.Gemeinde{AGS: g.ags}
	if i, ok := e.gemeinden[g.ags]; ok {
		v = e.f.Gemeinden[i]
	}
	v.Name, v.Bis, v.Nachfolger = g.name, "", nil // in force, whatever was said before
	if g.ars != "" {
		v.ARS = g.ars
	}
	put(e, "gemeinden", &e.f.Gemeinden, e.gemeinden, g.ags, v, line)
	return ""
}

// verband is the name of what is above municipalities.
type verband struct{ key, name string }

func (v verband) to(e *editor, line int) string {
	if bad := e.once("key", v.key, line); bad != "" {
		return bad
	}
	put(e, "verbaende", &e.f.Verbaende, e.verbaende, v.key, register.Verband{Schluessel: v.key, Name: v.name}, line)
	return ""
}

// place is a postcode and a place of a municipality. The first one of a municipality replaces what it had, but for further names and
// streets of places that stay.
// The Kreis is entered where the directory has no name for it yet: people write it behind the place, and it tells namesakes apart.
type place struct{ ags, plz, ort, kreis string }

func (p place) to(e *editor, line int) string {
	if bad := e.once("place", p.plz+" "+p.ort+" of "+p.ags, line); bad != "" {
		return bad
	}
	i, ok := e.gemeinden[p.ags]
	if !ok {
		return "unknown AGS " + p.ags
	}
	if _, named := e.verbaende[p.ags[:5]]; !named && p.kreis != "" {
		put(e, "verbaende", &e.f.Verbaende, e.verbaende, p.ags[:5], register.Verband{Schluessel: p.ags[:5], Name: p.kreis}, line)
	}
	g := &e.f.Gemeinden[i]
	if _, begun := e.seen["places of "+p.ags]; !begun {
		e.seen["places of "+p.ags] = line
		old := g.Orte
		g.Orte = nil
		for _, o := range old {
			if len(o.Auch)+len(o.Strassen) > 0 {
				o.PLZ = nil
				g.Orte = append(g.Orte, o)
			}
		}
	}
	j := slices.IndexFunc(g.Orte, func(o register.Ort) bool { return o.Ort == p.ort })
	if j < 0 {
		j = len(g.Orte)
		g.Orte = append(g.Orte, register.Ort{Ort: p.ort})
	}
	o := &g.Orte[j]
	o.PLZ = append(o.PLZ, p.plz)
	at := sub(path("gemeinden", i), "orte", j)
	e.lines[at], e.lines[sub(at, "plz", len(o.PLZ)-1)] = line, line
	return ""
}

// reform says that a municipality became part of another one, or of several, which take several lines.
type reform struct {
	alt, neu string
	ab       register.Datum
	name     string
}

func (r reform) to(e *editor, line int) string {
	if bad := e.once("reform", r.alt+" to "+r.neu, line); bad != "" {
		return bad
	}
	if _, ok := e.gemeinden[r.neu]; r.neu != "" && !ok {
		return "unknown AGS " + r.neu
	}
	g := register.Gemeinde{AGS: r.alt, Name: r.name}
	i, ok := e.gemeinden[r.alt]
	switch {
	case ok:
		g = e.f.Gemeinden[i]
	case r.name == "":
		return "unknown AGS " + r.alt + ", and no name to add it with"
	}
	if _, begun := e.seen["reform of "+r.alt]; !begun {
		e.seen["reform of "+r.alt] = line
		g.Nachfolger = nil
	}
	g.Bis = before(r.ab)
	if r.neu != "" {
		g.Nachfolger = append(slices.Clone(g.Nachfolger), r.neu)
	}
	put(e, "gemeinden", &e.f.Gemeinden, e.gemeinden, r.alt, g, line)
	return ""
}

// before is the day before d.
func before(d register.Datum) register.Datum {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return register.Datum(t.AddDate(0, 0, -1).Format(time.DateOnly))
}

// behoerde is an authority without what it is competent for, which stays as it is.
type behoerde struct{ register.Eintrag }

func (b behoerde) to(e *editor, line int) string {
	key := behoerdeKey(b.Eintrag)
	if bad := e.once("authority", key, line); bad != "" {
		return bad
	}
	if i, ok := e.behoerden[key]; ok {
		old := e.f.Behoerden[i]
		b.Gebiete, b.Ende, b.Gesperrt = old.Gebiete, old.Ende, old.Gesperrt
		if b.Bestaetigt == (register.Bestaetigung{}) {
			b.Bestaetigt = old.Bestaetigt
		}
	}
	put(e, "behoerden", &e.f.Behoerden, e.behoerden, key, b.Eintrag, line)
	return ""
}

// gebiet is something an authority is competent for. The first one of an authority replaces what it had.
type gebiet struct {
	kennung     string
	betriebsart amtshilfe.Betriebsart
	register.Gebiet
}

func (g gebiet) to(e *editor, line int) string {
	key := entryKey(g.kennung, g.betriebsart)
	i, ok := e.behoerden[key]
	if !ok {
		return "unknown authority " + key
	}
	b := &e.f.Behoerden[i]
	if _, begun := e.seen["areas of "+key]; !begun {
		e.seen["areas of "+key] = line
		b.Gebiete = nil
	}
	b.Gebiete = append(b.Gebiete, g.Gebiet)
	e.lines[sub(path("behoerden", i), "gebiete", len(b.Gebiete)-1)] = line
	return ""
}

// ended ends the municipalities in force that the list of all of them does not have.
func (e *editor) ended() (n int) {
	for i := range e.f.Gemeinden {
		g := &e.f.Gemeinden[i]
		if _, ok := e.seen["AGS "+g.AGS]; !ok && g.Bis == "" {
			g.Bis, n = before(e.stand), n+1
		}
	}
	return n
}
