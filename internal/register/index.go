package register

import (
	"reflect"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// atlas holds the facts that every Betriebsart shares: which municipality a postcode and a place mean.
type atlas struct {
	byAGS map[string]*gemeinde
	byPLZ map[string][]spot
	heads map[string]*gemeinde // by the name of the municipality, or of a place of it, without addition; nil = of several
	above gemeinde             // what all Kreise, Verbaende and Laender are called
}

// gemeinde is a municipality; or, without AGS, a place that only a Gebiet names.
type gemeinde struct {
	ags, name string
	keys      []string // what covers it, the widest first
	bis       Datum
	next      []*gemeinde
	regions   [][]word // itself, its kind ("Stadt"), Kreis, Land: what people add to the names of places
}

// spot is a place of a municipality at one postcode.
type spot struct {
	place   place
	in      *gemeinde
	streets []street // nil = all
}

// index holds the competences of one Betriebsart. Nothing in it is seen from another one.
type index struct {
	byKennung map[string]*authority
	byKey     map[string][]*claim // by Schluessel
	byPLZ     map[string][]*local
}

// local is a claim on a place at one postcode.
type local struct {
	*claim
	place   place
	streets []street
	in      []*gemeinde // the municipalities that the place lies in
	whole   bool        // the place is the municipality, not a part of it
}

func newAtlas(f *File) *atlas {
	a := &atlas{byAGS: make(map[string]*gemeinde, len(f.Gemeinden)), byPLZ: map[string][]spot{}, heads: make(map[string]*gemeinde, len(f.Gemeinden))}
	above := regions(f.Verbaende)
	for _, r := range above {
		a.above.regions = append(a.above.regions, r)
	}
	for i := range f.Gemeinden {
		g := &f.Gemeinden[i]
		name, kind, _ := strings.Cut(g.Name, ",")
		own := &gemeinde{ags: g.AGS, name: name, keys: g.schluessel(), bis: g.Bis, regions: [][]word{spell(name).core}}
		if kind != "" {
			own.regions = append(own.regions, spell(kind).core)
		}
		for _, key := range own.keys {
			if r := above[key]; r != nil {
				own.regions = append(own.regions, r)
			}
		}
		a.byAGS[g.AGS] = own
		a.places(g, own)
	}
	for i := range f.Gemeinden {
		g := &f.Gemeinden[i]
		for _, n := range g.Nachfolger {
			a.byAGS[g.AGS].next = append(a.byAGS[g.AGS].next, a.byAGS[n])
		}
	}
	return a
}

// places enters a municipality at its postcodes. Its official name means it at each of them.
func (a *atlas) places(g *Gemeinde, own *gemeinde) {
	official := spell(g.Name)
	a.head(official, own)
	for i := range g.Orte {
		o := &g.Orte[i]
		s := spot{place: newPlace(o.Ort, o.Auch), in: own, streets: newStreets(o.Strassen)}
		if official.all != s.place.names[0].all {
			s.place.names = append(s.place.names, official)
		}
		for _, n := range s.place.names {
			a.head(n, own)
		}
		for _, plz := range o.PLZ {
			a.byPLZ[plz] = append(a.byPLZ[plz], s)
		}
	}
}

// regions gives the names above municipalities by Schluessel: those of the directory, and the Laender.
func regions(list []Verband) map[string][]word {
	all := make(map[string][]word, len(list)+16)
	for key, name := range landNames {
		all[key] = spell(name).core
	}
	for _, v := range list {
		if words := bare(spell(v.Name).core); len(words) > 0 {
			all[v.Schluessel] = words
		}
	}
	return all
}

var landNames = map[string]string{"01": "Schleswig-Holstein", "02": "Hamburg", "03": "Niedersachsen", "04": "Bremen", "05": "Nordrhein-Westfalen",
	"06": "Hessen", "07": "Rheinland-Pfalz", "08": "Baden-Württemberg", "09": "Bayern", "10": "Saarland", "11": "Berlin", "12": "Brandenburg",
	"13": "Mecklenburg-Vorpommern", "14": "Sachsen", "15": "Sachsen-Anhalt", "16": "Thüringen"}

// successors gives the municipalities in force on a day that g has become part of; none if the directory does not know them.
func (g *gemeinde) successors(day Datum) []*gemeinde {
	if g.bis == "" || day <= g.bis {
		return []*gemeinde{g}
	}
	var all []*gemeinde
	for _, n := range g.next {
		for _, s := range n.successors(day) {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func newIndexes(f *File, a *atlas, like *Directory) map[amtshilfe.Betriebsart]*index {
	all := map[amtshilfe.Betriebsart]*index{}
	for i := range f.Behoerden {
		e := &f.Behoerden[i]
		x := all[e.Betriebsart]
		if x == nil {
			x = &index{byKennung: map[string]*authority{}, byKey: map[string][]*claim{}, byPLZ: map[string][]*local{}}
			all[e.Betriebsart] = x
		}
		if who := like.same(f, i); who != nil {
			x.take(who)
			continue
		}
		path := item("$.behoerden", i)
		who := e.authority(f.Rechenzentren, path)
		x.byKennung[e.Kennung] = who
		for j := range e.Gebiete {
			x.add(e, &e.Gebiete[j], claim{who: who, path: item(path+".gebiete", j)})
		}
	}
	for _, x := range all {
		x.link(a)
	}
	return all
}

// same gives the authority of an entry of f, if all that the index has of it is as in d, which may be nil. One with places is made anew:
// they are linked to what others have at the same postcodes.
func (d *Directory) same(f *File, i int) *authority {
	if d == nil || i >= len(d.file.Behoerden) || !reflect.DeepEqual(f.Rechenzentren, d.file.Rechenzentren) {
		return nil
	}
	e, old := &f.Behoerden[i], &d.file.Behoerden[i]
	if slices.ContainsFunc(e.Gebiete, func(g Gebiet) bool { return len(g.Orte) > 0 }) || !reflect.DeepEqual(e, old) {
		return nil
	}
	return d.all[e.Betriebsart].byKennung[e.Kennung]
}

// take enters an authority of another index with its claims, which have no places.
func (x *index) take(who *authority) {
	x.byKennung[who.behoerde.Kennung] = who
	for _, c := range who.claims {
		x.byKey[c.key] = append(x.byKey[c.key], c)
	}
}

// add enters a Gebiet under its keys and at its postcodes.
func (x *index) add(e *Eintrag, g *Gebiet, c claim) {
	c.revenue, c.cond = g.revenue(), g.Bedingung
	c.from, c.to = max(e.GueltigAb, g.GueltigAb), e.GueltigBis
	if g.GueltigBis != "" && (c.to == "" || g.GueltigBis < c.to) {
		c.to = g.GueltigBis
	}
	wide := c
	if len(g.Ausser) > 0 {
		wide.except = make(map[string]bool, len(g.Ausser))
		for _, k := range g.Ausser {
			wide.except[normal(k)] = true
		}
	}
	for _, k := range g.Schluessel {
		own := wide
		own.key, own.level = normal(k), levelOf(k)
		x.byKey[own.key] = append(x.byKey[own.key], &own)
		own.who.claims = append(own.who.claims, &own)
	}
	for i := range g.Orte {
		o := &g.Orte[i]
		own := c
		own.level = levelOrt
		if len(o.Strassen) > 0 {
			own.level = levelStrasse
		}
		p, streets := newPlace(o.Ort, o.Auch), newStreets(o.Strassen)
		for _, plz := range o.PLZ {
			x.byPLZ[plz] = append(x.byPLZ[plz], &local{claim: &own, place: p, streets: streets})
		}
	}
}

// normal writes the ARS of a municipality as its AGS.
func normal(key string) string {
	if ags := agsOf(key); ags != "" {
		return ags
	}
	return key
}

// link finds the municipalities that the places of Gebiete lie in. A place that no municipality knows is one of its own.
func (x *index) link(a *atlas) {
	for plz, locals := range x.byPLZ {
		own := map[string]*gemeinde{}
		for _, l := range locals {
			if l.link(a.byPLZ[plz]); len(l.in) > 0 {
				continue
			}
			name := l.place.names[0].all
			if own[name] == nil {
				own[name] = &gemeinde{name: l.place.name}
			}
			l.in, l.whole = []*gemeinde{own[name]}, true
		}
	}
}

// link takes the municipalities whose name fits best, or whose district it is.
func (l *local) link(spots []spot) {
	q, best := l.place.names[0], none
	for _, s := range spots {
		m := s.place.match(q)
		if m < best || m == none {
			continue
		}
		if m > best {
			best, l.in, l.whole = m, nil, false
		}
		if !slices.Contains(l.in, s.in) {
			l.in = append(l.in, s.in)
		}
		l.whole = l.whole || s.in.called(q)
	}
}

// called says whether a name is that of the municipality itself, perhaps without its addition.
func (g *gemeinde) called(q spelling) bool {
	name := spell(g.name)
	m := q.match(name)
	return m >= short || m == loose && len(q.core) < len(name.core)
}
