package register

import (
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// index holds the entries of one Betriebsart.
type index struct {
	byKennung map[string]*authority
	byPLZ     map[string][]claim
}

// authority is an entry in the words of the domain.
type authority struct {
	behoerde amtshilfe.Behoerde
	kanaele  []amtshilfe.Kanal
}

// claim says: this authority is competent in this place for these kinds of revenue.
type claim struct {
	place   place
	revenue *revenue
	who     *authority
}

// revenue is the set of kinds of revenue of one Gebiet: list|version -> codes, nil = every code.
type revenue struct{ codes map[[2]string][]string }

func (r *revenue) has(e amtshilfe.Einnahmeart) bool {
	codes, ok := r.codes[[2]string{e.List, e.Version}]
	return ok && e.Code != "" && (codes == nil || slices.Contains(codes, e.Code))
}

func newIndex() *index {
	return &index{byKennung: map[string]*authority{}, byPLZ: map[string][]claim{}}
}

func (x *index) add(e *Eintrag, rz []Rechenzentrum) {
	a := e.authority(rz)
	x.byKennung[e.Kennung] = a
	for i := range e.Gebiete {
		r := e.Gebiete[i].revenue()
		for _, o := range e.Gebiete[i].Orte {
			p := newPlace(o.Ort, o.Auch)
			for _, plz := range o.PLZ {
				x.byPLZ[plz] = append(x.byPLZ[plz], claim{p, r, a})
			}
		}
	}
}

func (g *Gebiet) revenue() *revenue {
	r := &revenue{codes: map[[2]string][]string{}}
	for _, l := range g.Einnahmearten {
		r.codes[[2]string{l.List, l.Version}] = l.Codes
	}
	if len(g.Einnahmearten) == 0 {
		r.codes[[2]string{EinnahmeartList, EinnahmeartVersion}] = einnahmearten
	}
	return r
}

func (e *Eintrag) authority(rz []Rechenzentrum) *authority {
	a := &authority{behoerde: amtshilfe.Behoerde{
		Kennung: e.Kennung,
		Name:    e.Name,
		Anschrift: amtshilfe.Postanschrift{Strasse: e.Anschrift.Strasse, Hausnummer: e.Anschrift.Hausnummer,
			Postleitzahl: e.Anschrift.Postleitzahl, Ort: e.Anschrift.Ort},
		Anschriftzeilen: e.Anschriftzeilen,
		Land:            e.Land,
	}}
	for _, k := range e.Kanaele {
		out := amtshilfe.Kanal{Art: k.Art, Adresse: k.Adresse, Dienst: k.Dienst, Zertifikat: k.Zertifikat, Grund: k.Grund}
		if i := slices.IndexFunc(rz, func(r Rechenzentrum) bool { return r.Kennung == k.Rechenzentrum }); i >= 0 {
			out.Rechenzentrum = amtshilfe.Rechenzentrum(rz[i])
		}
		a.kanaele = append(a.kanaele, out)
	}
	return a
}

// The rules, as answers, receipts and letters name them.
const (
	ruleExact   = "PLZ und Ort"
	ruleShort   = "PLZ und abgekürzter Ort"
	ruleLoose   = "PLZ und Teil des Ortsnamens"
	ruleMany    = "PLZ und Ort mehrdeutig"
	ruleNoPlace = "Ort zur PLZ nicht im Verzeichnis"
	ruleNoPLZ   = "PLZ nicht im Verzeichnis"
	ruleNoKind  = "Einnahmeart nicht im Verzeichnis"
	ruleAbroad  = "Anschrift im Ausland"
)

// Lookup says who is competent for a kind of revenue at an address: one authority; several (Kandidaten) if the data does not
// decide; or nobody. The postcode alone never decides: it may reach into municipalities that the directory does not know.
func (d *Directory) Lookup(e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift, b amtshilfe.Betriebsart) amtshilfe.Zustaendigkeit {
	if !germany(a.Staat) {
		return d.answer(ruleAbroad, nil)
	}
	x := d.all[b]
	if x == nil {
		return d.answer(ruleNoPLZ, nil)
	}
	at := x.byPLZ[cleanPLZ(a.Postleitzahl)]
	if len(at) == 0 {
		return d.answer(ruleNoPLZ, nil)
	}
	known := make([]claim, 0, len(at))
	for _, c := range at {
		if c.revenue.has(e) {
			known = append(known, c)
		}
	}
	if len(known) == 0 {
		return d.answer(ruleNoKind, nil)
	}
	return d.decide(known, a)
}

// decide lets the place choose among the claims on one postcode; the closest spelling wins.
func (d *Directory) decide(known []claim, a amtshilfe.Postanschrift) amtshilfe.Zustaendigkeit {
	q := spell(a.Ort)
	best, found := none, []*authority(nil)
	for _, c := range known {
		m := c.place.match(q)
		if m < best || m == none {
			continue
		}
		if m > best {
			best, found = m, found[:0]
		}
		if !slices.Contains(found, c.who) {
			found = append(found, c.who)
		}
	}
	switch {
	case len(found) == 1:
		return d.answer([...]string{none: "", loose: ruleLoose, short: ruleShort, exact: ruleExact}[best], found[0])
	case len(found) > 1:
		return d.many(ruleMany, found)
	}
	var all []*authority
	for _, c := range known {
		if !slices.Contains(all, c.who) {
			all = append(all, c.who)
		}
	}
	if len(all) > 1 {
		return d.many(ruleMany, all)
	}
	return d.answer(ruleNoPlace, nil)
}

// maxCandidates is the most that a 002 can name.
const maxCandidates = 50

func (d *Directory) many(rule string, who []*authority) amtshilfe.Zustaendigkeit {
	z := d.answer(rule, nil)
	for _, a := range who[:min(len(who), maxCandidates)] {
		z.Kandidaten = append(z.Kandidaten, a.behoerde)
	}
	return z
}

// germany says whether a country code means Germany: none, the code of the Destatis list, or ISO 3166.
func germany(staat string) bool {
	switch strings.ToUpper(strings.TrimSpace(staat)) {
	case "", "000", "DE", "DEU", "D":
		return true
	}
	return false
}

// cleanPLZ takes off what people write around a postcode: blanks and "D-".
func cleanPLZ(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(strings.ToUpper(s), "D"); ok {
		s = strings.TrimLeft(rest, "- ")
	}
	return s
}
