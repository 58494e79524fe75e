package register

// byAddition answers a place that fits nothing with what stands in parentheses or behind a slash: "Köln (Deutz)". People put a district
// there, which no list has all of; or they say which of several places of that name is meant. So the words in front must be the whole name
// of one municipality, the only one that begins so at this postcode and in the directory, and those behind must name no other
// municipality and no Kreis or Land: "Halle (Westf.)" with the postcode of Halle (Saale) goes on finding nobody.
func (s *search) byAddition() {
	ort := s.n.ort
	if len(ort.extra) == 0 {
		return
	}
	a, extra := s.n.d.atlas, join(ort.extra)
	in := a.heads[ort.head.all]
	if in == nil || spell(in.name).all != ort.head.all || !s.onlyHere(ort.head, in) {
		return
	}
	if other, known := a.heads[extra.all]; known && other != in || a.above.lies(ort.extra) {
		return
	}
	s.best, s.targets = loose, []target{{in: in}}
}

// onlyHere says that a municipality has a place of the postcode, and nothing else of it fits the name.
func (s *search) onlyHere(name spelling, in *gemeinde) bool {
	here := false
	for _, p := range s.spots {
		if p.in == in {
			here = true
		} else if p.place.match(name) != none {
			return false
		}
	}
	for _, l := range s.locals {
		for _, g := range l.in {
			if g != in && l.place.match(name) != none {
				return false
			}
		}
	}
	return here
}

// head enters the beginning of a name, without an addition, for a municipality. Several that begin alike are none.
func (a *atlas) head(name spelling, g *gemeinde) {
	key := name.all
	if name.base < len(name.core) {
		key = join(name.core[:name.base]).all
	}
	if other, known := a.heads[key]; known && other != g {
		g = nil
	}
	a.heads[key] = g
}
