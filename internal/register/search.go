package register

import "slices"

// search is the first step: from postcode and place to municipalities.
type search struct {
	n       *inquiry
	spots   []spot
	locals  []*local // for the kind of revenue and the day of the question
	targets []target
	best    closeness
	byPart  []*local // claims on the district that the question names
	street  bool     // the street decided between municipalities
	missing string   // what would have decided between them
	how     string   // rule of an answer that the place decided
	rule    string   // rule if it did not; "" = it did
}

// find fills targets: the municipalities whose names fit best; where none fits, all of the postcode, and rule says so.
func (s *search) find() {
	ort := s.n.ort
	s.match(ort)
	if s.best == none {
		if other, ok := ort.withoutKind(); ok {
			s.match(other)
		}
	}
	if s.best == none {
		s.byAddition()
	}
	s.how = [...]string{none: "", loose: ruleLoose, short: ruleShort, exact: ruleExact}[s.best]
	s.district(ort.part)
	if len(s.targets) == 0 {
		s.rule = ruleNoPlace
		if s.n.q.Anschrift.Ort == "" {
			s.rule = ruleOrtFehlt
		}
		s.candidates()
	}
	s.n.trace.places(s)
	if s.rule == "" {
		s.byRegion()
	}
	s.succeed()
	s.byStreet()
}

// match takes the places that fit a written one best.
func (s *search) match(ort asked) {
	if ort.all == "" {
		return
	}
	for _, p := range s.spots {
		s.take(ort.fits(p.place, p.in), p.in)
	}
	for _, l := range s.locals {
		for _, g := range l.in {
			s.take(ort.fits(l.place, g), g)
		}
	}
}

func (s *search) take(m closeness, g *gemeinde) {
	if m == none || m < s.best {
		return
	}
	if m > s.best {
		s.best, s.targets = m, s.targets[:0]
	}
	s.add(g)
}

func (s *search) add(g *gemeinde) {
	if !slices.ContainsFunc(s.targets, func(t target) bool { return t.in == g }) {
		s.targets = append(s.targets, target{in: g})
	}
}

// district looks for the district that the question names: it may say where the place lies, choose between places, or be a Gebiet of its
// own. A district of another municipality is left alone, the place is the stronger word; one that only a Gebiet knows may be meant.
func (s *search) district(part spelling) {
	if part.all == "" {
		part = s.surplus()
	}
	if part.all == "" {
		return
	}
	both := join(slices.Concat(s.n.ort.head.core, part.core)) // "Dresden" and "Neustadt" as "Dresden-Neustadt"
	other := search{n: s.n, spots: s.spots, locals: s.locals}
	other.match(asked{spelling: part, head: part})
	other.match(asked{spelling: both, head: both})
	if other.best < short { // half a name of a district says nothing
		return
	}
	if !s.merge(other, part) {
		return
	}
	for _, l := range s.locals {
		if l.place.match(part) >= short || l.place.match(both) >= short {
			s.byPart = append(s.byPart, l)
		}
	}
}

// surplus is a district that hangs on the place and that a Gebiet names.
func (s *search) surplus() spelling {
	core := s.n.ort.core
	for i := 1; s.best == loose && i < len(core); i++ {
		part := join(core[i:])
		if slices.ContainsFunc(s.locals, func(l *local) bool { return l.place.match(part) >= short }) {
			return part
		}
	}
	return spelling{}
}

// merge takes over what the district found; false if it says nothing about the places found.
func (s *search) merge(other search, part spelling) bool {
	if len(s.targets) == 0 {
		other.targets = slices.DeleteFunc(other.targets, func(t target) bool { return !s.alone(part, t.in) })
		if len(other.targets) == 0 {
			return false
		}
		s.targets, s.best, s.how = other.targets, other.best, rulePart
		return true
	}
	common := slices.DeleteFunc(slices.Clone(s.targets), func(t target) bool {
		return !slices.ContainsFunc(other.targets, func(o target) bool { return o.in == t.in })
	})
	if len(common) > 0 {
		s.targets = common
		return true
	}
	before := len(s.targets)
	for _, t := range other.targets {
		if t.in.ags == "" {
			s.add(t.in)
		}
	}
	return len(s.targets) > before
}

// alone says whether a district decides although the place fits nothing: there is no place, or it names what the municipality lies in
// ("Samtgemeinde Hage"), or the district is the municipality itself. Any other place may be one that has a district of the same name.
func (s *search) alone(part spelling, in *gemeinde) bool {
	ort := s.n.ort
	return ort.all == "" || in.lies(ort.core) || spell(in.name).all == part.all
}

// candidates takes those between whose authorities a person may choose: namesakes, if only what stands behind the name is not known;
// else all municipalities of the postcode.
func (s *search) candidates() {
	head := search{n: s.n, spots: s.spots, locals: s.locals}
	head.match(asked{spelling: s.n.ort.head, head: s.n.ort.head})
	if head.best >= short && len(head.targets) > 1 {
		s.targets = head.targets
		return
	}
	for _, p := range s.spots {
		s.add(p.in)
	}
	for _, l := range s.locals {
		for _, g := range l.in {
			s.add(g)
		}
	}
}

// byRegion lets Kreis or Land choose between namesakes.
func (s *search) byRegion() {
	if len(s.targets) < 2 || len(s.n.ort.region) == 0 {
		return
	}
	there := slices.DeleteFunc(slices.Clone(s.targets), func(t target) bool { return !t.in.lies(s.n.ort.region) })
	if len(there) > 0 {
		s.targets = there
	}
}

// succeed replaces municipalities that have ended. One without a known successor counts only where no other fits.
func (s *search) succeed() {
	var now, gone []target
	for _, t := range s.targets {
		next := t.in.successors(s.n.day)
		if len(next) == 0 {
			t.gone, t.ended = true, t.in
			gone = append(gone, t)
			continue
		}
		for _, g := range next {
			if slices.ContainsFunc(now, func(o target) bool { return o.in == g }) {
				continue
			}
			n := target{in: g}
			if g != t.in {
				n.ended = t.in
			}
			s.n.changing = earlier(s.n.changing, g.bis.End())
			now = append(now, n)
		}
	}
	if len(now) == 0 {
		now = gone
	}
	s.n.trace.successors(s, now)
	s.targets = now
}

// byStreet lets the street choose between municipalities that share postcode and place: one that names the street goes before one that
// has all others. Without the street, or with one that nobody names, those are left that may have it.
func (s *search) byStreet() {
	var certain, maybe, rest []target
	for _, t := range s.targets {
		switch v, named := s.inStreets(t.in); {
		case !named:
			rest = append(rest, t)
		case v == yes:
			certain = append(certain, t)
		case v == open:
			maybe = append(maybe, t)
		}
	}
	if len(rest) == len(s.targets) {
		return
	}
	switch {
	case len(certain) > 0:
		s.targets, s.street = certain, true
	case len(maybe) > 0:
		s.targets, s.missing = append(maybe, rest...), s.n.missing()
		if len(rest) == 0 {
			for i := range s.targets {
				s.targets[i].unsure = true
			}
		}
	case len(rest) > 0:
		s.targets, s.street = rest, true
	case s.rule == "":
		s.rule = ruleNoStreet
	}
}

// inStreets says whether the street lies in the municipality; named is false if it has the postcode without a list of streets.
func (s *search) inStreets(g *gemeinde) (v verdict, named bool) {
	for _, p := range s.spots {
		if p.in == g && len(p.streets) == 0 {
			return yes, false
		}
		if p.in == g {
			v, named = max(v, s.n.inStreets(p.streets)), true
		}
	}
	return v, named
}

// at gives the claims on places that reach into a municipality: those that mean the whole of it, and those that fit the place as written.
func (s *search) at(g *gemeinde) []*local {
	var out []*local
	for _, l := range s.locals {
		if !slices.Contains(l.in, g) {
			continue
		}
		if l.whole || slices.Contains(s.byPart, l) || s.best != none && s.n.ort.fits(l.place, g) == s.best || l.isPart(g, s.n.ort) {
			out = append(out, l)
		}
	}
	return out
}

// isPart says whether the written place is the district that l names with its municipality: "Neustadt" for "Dresden-Neustadt".
func (l *local) isPart(g *gemeinde, ort asked) bool {
	return g.ags != "" && len(l.place.names[0].core) > 1 && l.place.match(join(slices.Concat(g.regions[0], ort.core))) >= short
}
