package register

import (
	"fmt"
	"slices"

	"damtshilfe/internal/amtshilfe"
)

// overlaps finds the claims of different authorities between which nothing decides: as narrow, for the same kind of revenue, on the same
// day, under conditions that one request can fulfil.
func (d *Directory) overlaps() []*Error {
	var faults []*Error
	for _, b := range []amtshilfe.Betriebsart{amtshilfe.Produktion, amtshilfe.Test, amtshilfe.Schulung} {
		if x := d.all[b]; x != nil {
			faults = append(faults, x.overlapsOfKeys(d.atlas)...)
			faults = append(faults, x.overlapsOfPlaces()...)
		}
	}
	slices.SortFunc(faults, compareFaults)
	return faults[:min(len(faults), maxFaults)]
}

func (x *index) overlapsOfKeys(a *atlas) (faults []*Error) {
	for key, claims := range x.byKey {
		for i, c := range claims {
			for _, o := range claims[:i] {
				if len(faults) < maxFaults && c.rivals(o) && (len(c.except)+len(o.except) == 0 || a.both(c, o)) {
					faults = append(faults, overlap(c, o, key))
				}
			}
		}
	}
	return faults
}

// both says whether some municipality is left to two claims with the same key.
func (a *atlas) both(c, o *claim) bool {
	for _, g := range a.byAGS {
		if slices.Contains(g.keys, c.key) && !c.excludes(g) && !o.excludes(g) {
			return true
		}
	}
	return false
}

func (x *index) overlapsOfPlaces() (faults []*Error) {
	seen := map[[2]string]bool{} // one Gebiet meets another at many postcodes
	for plz, locals := range x.byPLZ {
		for i, l := range locals {
			for _, o := range locals[:i] {
				pair := [2]string{l.path, o.path}
				if len(faults) < maxFaults && !seen[pair] && l.rivals(o.claim) && l.meets(o) {
					seen[pair] = true
					faults = append(faults, overlap(l.claim, o.claim, plz+" "+l.place.name))
				}
			}
		}
	}
	return faults
}

// meets says whether some address lies in both.
func (l *local) meets(o *local) bool {
	same := slices.ContainsFunc(l.place.names, func(n spelling) bool {
		return slices.ContainsFunc(o.place.names, func(m spelling) bool { return n.all == m.all })
	})
	if !same && !(l.whole && o.whole && slices.ContainsFunc(l.in, func(g *gemeinde) bool { return slices.Contains(o.in, g) })) {
		return false
	}
	if len(l.streets) == 0 || len(o.streets) == 0 {
		return true // both have none: rivals are as narrow
	}
	return slices.ContainsFunc(l.streets, func(s street) bool { return slices.ContainsFunc(o.streets, s.meets) })
}

// rivals says whether nothing but the area could decide between two claims.
func (c *claim) rivals(o *claim) bool {
	days := (c.to == "" || o.from <= c.to) && (o.to == "" || c.from <= o.to)
	return c.who.behoerde.Kennung != o.who.behoerde.Kennung && c.rank() == o.rank() && days && c.revenue.meets(o.revenue) && c.cond.meets(o.cond)
}

func overlap(c, o *claim, where string) *Error {
	if c.path < o.path {
		c, o = o, c
	}
	return &Error{Path: c.path, Text: fmt.Sprintf("overlapping competences: %s (%s) and %s (%s) are equally special for %s",
		c.who.behoerde.Kennung, c.path, o.who.behoerde.Kennung, o.path, where)}
}

func compareFaults(a, b *Error) int {
	return slices.Compare([]string{a.Path, a.Text}, []string{b.Path, b.Text})
}
