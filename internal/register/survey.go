package register

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Survey is what the entries of one Betriebsart answer on one day, municipality by municipality: what Lookup says of an address, said of
// all of Germany. It never changes.
type Survey struct {
	d     *Directory
	b     amtshilfe.Betriebsart
	now   time.Time
	byKey map[string][]areaClaim // by Schluessel
	byPLZ map[string][]areaClaim // by the postcodes of Orte
	all   map[string]*Gemeinde   // by AGS, ended ones too
}

// areaClaim is one Gebiet of an entry in force, by one of its keys or places.
type areaClaim struct {
	who     *Eintrag
	area    *Gebiet
	revenue *revenue
	key     string // Schluessel; "" = by place
	place   place
	ort     *Ort
}

// Competence is who answers for some kinds of revenue in a municipality, or in a part of it.
type Competence struct {
	Codes []string // of EinnahmeartList, in their order
	Part  string   // German, "24937 Flensburg"; "" = all of the municipality
	// Who are those that may be the answer, in the order of precedence: each but the last has a condition. The last one has one, too, if
	// nobody is competent when none holds. None = nobody.
	Who []Claimant
}

// Claimant is an authority that answers, and the reason.
type Claimant struct {
	Kennung    string
	Schluessel string // by which its Gebiet covers the municipality; "" = by postcode and place
	Bedingung  Bedingung
}

// Open says whether a question may find nobody.
func (c Competence) Open() bool { return len(c.Who) == 0 || !c.Who[len(c.Who)-1].Bedingung.IsZero() }

// Einnahmearten are the codes of EinnahmeartList in their order.
func Einnahmearten() []string { return slices.Clone(einnahmearten) }

// Survey looks at the entries of b that are in force at now.
func (d *Directory) Survey(b amtshilfe.Betriebsart, now time.Time) *Survey {
	s := &Survey{d: d, b: b, now: now, byKey: map[string][]areaClaim{}, byPLZ: map[string][]areaClaim{}, all: make(map[string]*Gemeinde, len(d.file.Gemeinden))}
	for i := range d.file.Gemeinden {
		s.all[d.file.Gemeinden[i].AGS] = &d.file.Gemeinden[i]
	}
	day := Day(now)
	for i := range d.file.Behoerden {
		e := &d.file.Behoerden[i]
		if e.Betriebsart != b || !within(day, e.GueltigAb, e.GueltigBis) {
			continue
		}
		for j := range e.Gebiete {
			if g := &e.Gebiete[j]; within(day, g.GueltigAb, g.GueltigBis) {
				s.add(e, g)
			}
		}
	}
	return s
}

func (s *Survey) add(e *Eintrag, g *Gebiet) {
	r := g.revenue()
	for _, key := range g.Schluessel {
		s.byKey[key] = append(s.byKey[key], areaClaim{who: e, area: g, revenue: r, key: key})
	}
	for i := range g.Orte {
		o := &g.Orte[i]
		p := newPlace(o.Ort, o.Auch)
		for _, plz := range o.PLZ {
			s.byPLZ[plz] = append(s.byPLZ[plz], areaClaim{who: e, area: g, revenue: r, place: p, ort: o})
		}
	}
}

// keysOf are the Schluessel that cover g, the most specific first. AGS and ARS of a municipality are equally specific.
func keysOf(g *Gemeinde) [][]string {
	keys := [][]string{{g.AGS}, nil, {g.AGS[:5]}, {g.AGS[:3]}, {g.AGS[:2]}, {"DE"}}
	if len(g.ARS) == 12 {
		keys[0] = append(keys[0], g.ARS)
		keys[1] = []string{g.ARS[:9]}
	}
	return keys
}

// covering gives the claims on g by its keys, by precedence.
func (s *Survey) covering(g *Gemeinde) []areaClaim {
	var out []areaClaim
	for _, level := range keysOf(g) {
		from := len(out)
		for _, key := range level {
			for _, c := range s.byKey[key] {
				if !slices.ContainsFunc(c.area.Ausser, func(x string) bool {
					return x == g.AGS || g.ARS != "" && strings.HasPrefix(g.ARS, x) || strings.HasPrefix(g.AGS, x)
				}) {
					out = append(out, c)
				}
			}
		}
		slices.SortStableFunc(out[from:], before)
	}
	return out
}

// before orders claims that are equally specific: with a condition, then with codes of their own.
func before(a, b areaClaim) int {
	rank := func(c areaClaim) int {
		n := 0
		if c.area.Bedingung.IsZero() {
			n += 2
		}
		if len(c.area.Einnahmearten) == 0 {
			n++
		}
		return n
	}
	return cmp.Compare(rank(a), rank(b))
}

// Competences says who answers in the municipality with that AGS, one that has ended not included: nil for one that is not known.
func (s *Survey) Competences(ags string) []Competence {
	g := s.all[ags]
	if g == nil || g.Bis != "" && g.Bis < Day(s.now) {
		return nil
	}
	return s.competences(g)
}

func (s *Survey) competences(g *Gemeinde) []Competence {
	covering := s.covering(g)
	units := s.units(g)
	if len(units) == 0 {
		return grouped("", covering)
	}
	// What the same claims decide is one part; all of the places together are the municipality.
	var out []Competence
	for len(units) > 0 {
		first := units[0]
		names := []string{first.name}
		var rest []unit
		for _, u := range units[1:] {
			if !first.street && !u.street && sameClaims(u.claims, first.claims) {
				names = append(names, u.name)
				continue
			}
			rest = append(rest, u)
		}
		part := strings.Join(names, ", ")
		if len(out) == 0 && len(rest) == 0 {
			part = ""
		}
		out = append(out, grouped(part, append(slices.Clone(first.claims), covering...))...)
		units = rest
	}
	return out
}

// unit is a place of a municipality that claims by postcode and place reach, or streets of it.
type unit struct {
	name   string
	street bool
	claims []areaClaim
}

// units gives the places of g with the claims on each; none if no claim names any of them.
func (s *Survey) units(g *Gemeinde) []unit {
	var out []unit
	found := false
	for _, o := range g.Orte {
		q := spell(o.Ort)
		for _, plz := range o.PLZ {
			u := unit{name: plz + " " + o.Ort}
			for _, c := range s.byPLZ[plz] {
				if c.place.match(q) != exact {
					continue
				}
				found = true
				if len(c.ort.Strassen) > 0 {
					out = append(out, unit{name: u.name + ", " + streetNames(c.ort.Strassen), street: true, claims: []areaClaim{c}})
					continue
				}
				u.claims = append(u.claims, c)
			}
			slices.SortStableFunc(u.claims, before)
			out = append(out, u)
		}
	}
	if !found {
		return nil
	}
	return out
}

func streetNames(list []Strasse) string {
	names := make([]string, 0, len(list))
	for _, s := range list[:min(len(list), 3)] {
		names = append(names, s.Name)
	}
	if len(list) > 3 {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

func sameClaims(a, b []areaClaim) bool {
	return slices.EqualFunc(a, b, func(x, y areaClaim) bool { return x.area == y.area })
}

// grouped asks the claims, given by precedence, for every code, and puts codes with the same answer together.
func grouped(part string, claims []areaClaim) []Competence {
	var out []Competence
	var answers [][]areaClaim
	for _, code := range einnahmearten {
		found := answering(code, claims)
		i := slices.IndexFunc(answers, func(a []areaClaim) bool { return sameClaims(a, found) })
		if i < 0 {
			i = len(out)
			answers, out = append(answers, found), append(out, Competence{Part: part, Who: claimants(found)})
		}
		out[i].Codes = append(out[i].Codes, code)
	}
	return out
}

// answering gives the claims that may answer for code: those with conditions, and the first one without.
func answering(code string, claims []areaClaim) []areaClaim {
	var found []areaClaim
	e := amtshilfe.Einnahmeart{List: EinnahmeartList, Version: EinnahmeartVersion, Code: code}
	for _, c := range claims {
		if !c.revenue.has(e) {
			continue
		}
		found = append(found, c)
		if c.area.Bedingung.IsZero() {
			break
		}
	}
	return found
}

func claimants(claims []areaClaim) []Claimant {
	var out []Claimant
	for _, c := range claims {
		out = append(out, Claimant{Kennung: c.who.Kennung, Schluessel: c.key, Bedingung: c.area.Bedingung})
	}
	return out
}
