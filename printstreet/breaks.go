package printstreet

// place is a place in a letter: nothing is set behind it yet.
type place struct {
	pages, marks int
	y            float64
}

// here is where the letter ends now.
func (s *setter) here() place { return place{len(s.pages), len(s.pages[len(s.pages)-1]), s.y} }

// back takes away what was set behind a place.
func (s *setter) back(to place) {
	s.spare = append(s.spare, s.pages[to.pages:]...)
	s.pages = s.pages[:to.pages]
	s.pages[to.pages-1] = s.pages[to.pages-1][:to.marks]
	s.y = to.y
}

// need starts a new page unless h mm fit on this one.
func (s *setter) need(h float64) {
	if s.y+h > bodyBottom {
		s.newPage()
	}
}

// together sets what f sets on one page, this one or the next; false if it fits on neither: then nothing was set. It is at least so many
// mm high: where that does not fit, setting it here is not tried.
func (s *setter) together(least float64, f func()) bool {
	from := s.here()
	one := func() bool {
		f()
		return s.fault != nil || len(s.pages) == from.pages
	}
	if s.fits(least) {
		if one() {
			return true
		}
		s.back(from)
	}
	if from.y <= nextTop {
		return false
	}
	s.newPage()
	from.pages++
	if one() {
		return true
	}
	from.pages--
	s.back(from)
	return false
}

// fits says whether h mm fit on this page.
func (s *setter) fits(h float64) bool { return s.y+h <= bodyBottom || s.y <= nextTop }

// block sets what f sets on one page if that can be; see together.
func (s *setter) block(least float64, f func()) {
	if !s.together(least, f) {
		f()
	}
}

// section sets a heading and what f sets below it on one page if that is at most maxCarried high. What is higher goes on overleaf, under
// the heading again: a page is read alone, and an address without a name is anybody's.
func (s *setter) section(title string, f func()) {
	set := func() {
		s.heading(title)
		s.running = title
		f()
		s.running = ""
	}
	from := s.here()
	if set(); s.fault != nil || len(s.pages) == from.pages {
		return
	}
	s.back(from)
	s.newPage()
	top := s.here()
	if set(); s.fault != nil || len(s.pages) == top.pages && s.y-top.y <= maxCarried {
		return
	}
	s.back(from)
	set()
}

// maxCarried is the longest part of a letter in mm that goes over to the next page so that its end does not stand there alone.
const maxCarried = 80.0

// close sets the end of a letter on one page, never alone: if it does not fit below the last section, the section goes with it, or the
// last two lines of a long one. least is as for together.
func (s *setter) close(least float64, f func()) {
	from, parts := s.here(), [2]place{s.lastSection, s.lastLines}
	if s.fits(least) {
		if f(); len(s.pages) == from.pages || s.fault != nil {
			return
		}
		s.back(from)
	}
	s.newPage()
	for _, p := range parts {
		if p.pages == from.pages && p.y > nextTop && from.y-p.y <= maxCarried && s.fault == nil {
			s.carry(p, from.y)
			break
		}
	}
	f()
}

// carry moves what stands behind a place of the page before, down to y, to the top of the last page.
func (s *setter) carry(p place, y float64) {
	page := s.pages[p.pages-1]
	for _, m := range page[p.marks:] {
		m.y += s.y - p.y
		s.put(m)
	}
	s.pages[p.pages-1] = page[:p.marks]
	s.y += y - p.y
}

// space leaves h mm free, but never at the top of a page.
func (s *setter) space(h float64) {
	if s.y > nextTop {
		s.y += h
	}
}
