package register

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Survey is what the entries of one Betriebsart answer on one day, municipality by municipality: what Answer says of an address, said of
// all of Germany. It never changes.
type Survey struct {
	d    *Directory
	x    *index
	b    amtshilfe.Betriebsart
	now  time.Time
	day  Datum
	file map[string]*Gemeinde // by AGS, ended ones too
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
	s := &Survey{d: d, x: d.all[b], b: b, now: now, day: Day(now), file: make(map[string]*Gemeinde, len(d.file.Gemeinden))}
	if s.x == nil {
		s.x = &index{}
	}
	for i := range d.file.Gemeinden {
		s.file[d.file.Gemeinden[i].AGS] = &d.file.Gemeinden[i]
	}
	return s
}

// covering gives the claims on g by its keys, by precedence.
func (s *Survey) covering(g *gemeinde) []*claim {
	var out []*claim
	for _, key := range g.keys {
		for _, c := range s.x.byKey[key] {
			if c.valid(s.day) && !c.excludes(g) {
				out = append(out, c)
			}
		}
	}
	slices.SortStableFunc(out, narrowest)
	return out
}

func narrowest(a, b *claim) int { return cmp.Compare(b.rank(), a.rank()) }

// Competences says who answers in the municipality with that AGS: nil for one that is not known or has ended.
func (s *Survey) Competences(ags string) []Competence {
	g := s.file[ags]
	if g == nil || s.ended(g) {
		return nil
	}
	return s.competences(g)
}

func (s *Survey) ended(g *Gemeinde) bool { return g.Bis != "" && g.Bis < s.day }

func (s *Survey) competences(g *Gemeinde) []Competence {
	own := s.d.atlas.byAGS[g.AGS]
	covering, units := s.covering(own), s.units(g, own)
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
			if !first.street && !u.street && slices.Equal(u.claims, first.claims) {
				names = append(names, u.name)
				continue
			}
			rest = append(rest, u)
		}
		part := strings.Join(names, ", ")
		if len(out) == 0 && len(rest) == 0 {
			part = ""
		}
		out = append(out, grouped(part, slices.Concat(first.claims, covering))...)
		units = rest
	}
	return out
}

// unit is a place of a municipality that claims by postcode and place reach, or streets of it.
type unit struct {
	name   string
	street bool
	claims []*claim
}

// units gives the places of g with the claims on each; none if no claim names any of them.
func (s *Survey) units(g *Gemeinde, own *gemeinde) []unit {
	var out []unit
	found := false
	for _, o := range g.Orte {
		q := spell(o.Ort)
		for _, plz := range o.PLZ {
			u := unit{name: plz + " " + o.Ort}
			for _, l := range s.x.byPLZ[plz] {
				if !l.valid(s.day) || !slices.Contains(l.in, own) || !l.whole && l.place.match(q) != exact {
					continue
				}
				found = true
				if l.level == levelStrasse {
					out = append(out, unit{u.name + ", " + streetNames(l.streets), true, []*claim{l.claim}})
					continue
				}
				u.claims = append(u.claims, l.claim)
			}
			slices.SortStableFunc(u.claims, narrowest)
			out = append(out, u)
		}
	}
	if !found {
		return nil
	}
	return out
}

func streetNames(list []street) string {
	var names []string
	for _, s := range list[:min(len(list), 3)] {
		names = append(names, s.name)
	}
	if len(list) > 3 {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// grouped asks the claims, given by precedence, for every code, and puts codes with the same answer together.
func grouped(part string, claims []*claim) []Competence {
	var out []Competence
	var answers [][]*claim
	for _, code := range einnahmearten {
		found := answering(code, claims)
		i := slices.IndexFunc(answers, func(a []*claim) bool { return slices.Equal(a, found) })
		if i < 0 {
			i = len(out)
			answers, out = append(answers, found), append(out, Competence{Part: part, Who: claimants(found)})
		}
		out[i].Codes = append(out[i].Codes, code)
	}
	return out
}

// answering gives the claims that may answer for code: those with conditions, and the first one without.
func answering(code string, claims []*claim) []*claim {
	var found []*claim
	e := amtshilfe.Einnahmeart{List: EinnahmeartList, Version: EinnahmeartVersion, Code: code}
	for _, c := range claims {
		if !c.revenue.has(e) {
			continue
		}
		found = append(found, c)
		if c.cond.IsZero() {
			break
		}
	}
	return found
}

func claimants(claims []*claim) []Claimant {
	var out []Claimant
	for _, c := range claims {
		out = append(out, Claimant{Kennung: c.who.behoerde.Kennung, Schluessel: c.key, Bedingung: c.cond})
	}
	return out
}
