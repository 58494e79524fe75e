package printstreet

import "math"

// overlaps says that two areas share more than an edge.
func (r Rect) overlaps(o Rect) bool {
	return r.W > 0 && r.H > 0 && o.W > 0 && o.H > 0 && r.X < o.X+o.W && o.X < r.X+r.W && r.Y < o.Y+o.H && o.Y < r.Y+r.H
}

// onPage says that an area has four real numbers and lies on the sheet.
func (r Rect) onPage() bool { // comparisons with NaN are false
	return r.X >= 0 && r.Y >= 0 && r.W > 0 && r.H > 0 && r.X+r.W <= pageWidth && r.Y+r.H <= pageHeight
}

// zone is a named area of a page.
type zone struct {
	name string
	Rect
}

// Heights in the window, in mm: two return lines, then the gap to the address.
const (
	returnHeight = 6.6
	ascent       = 3.77 // of a line of 10 pt
	descent      = 1.35
)

// windowLines is where the return line begins and how many lines of the address fit below it and below the franking strip.
func (p *Profile) windowLines() (returnTop float64, lines int) {
	w, f := p.Zones.Window, p.Zones.Franking
	returnTop = w.Y
	top := returnTop + returnHeight
	if f.H > 0 && f.overlaps(w) {
		if f.Y < top { // no room above the strip
			returnTop = f.Y + f.H
			top = returnTop + returnHeight
		}
		top = max(top, f.Y+f.H)
	}
	return returnTop, min(addressLines, int(math.Floor((w.Y+w.H-descent-top-ascent)/addressLeading))+1)
}

// minAddressLines: name, two lines, postcode and town. With fewer every other letter would be held.
const minAddressLines = 4

// validateZones refuses areas that would be printed upon: at start, not on paper.
func (p *Profile) validateZones(want func(ok bool, format string, args ...any)) {
	_, lines := p.windowLines()
	want(lines >= minAddressLines, "zones.window: has room for %d lines of the address, want %d", max(lines, 0), minAddressLines)
	text := []zone{{"the text", Rect{marginLeft, 12, infoRight - marginLeft, 279}}}
	window := []zone{{"the window", Rect{10, 45, 100, 50}}}
	var marks []zone
	if p.Marks {
		marks = []zone{{"a fold mark", Rect{4, 104.5, 4, 1}}, {"the hole mark", Rect{4, 148, 5.5, 1}}, {"a fold mark", Rect{4, 209.5, 4, 1}}}
	}
	apart := func(key string, r Rect, others ...[]zone) {
		for _, list := range others {
			for _, z := range list {
				want(!r.overlaps(z.Rect), "%s: overlaps %s", key, z.name)
			}
		}
	}
	var free []zone
	for _, r := range p.Zones.Free {
		want(r.onPage(), "zones.free: wants a width and a height, and to lie on the page of %g by %g", pageWidth, pageHeight)
		apart("zones.free", r, text, marks)
		free = append(free, zone{"zones.free", r})
	}
	f := p.Zones.Franking
	franking := []zone{{"zones.franking", f}}
	if f != (Rect{}) {
		want(f.onPage() && f.Y >= 45 && f.Y+f.H <= bodyTop, "zones.franking: wants a width and a height, and to lie on the page in y 45 to %g", bodyTop)
		apart("zones.franking", f, []zone{{"the information block", Rect{infoLeft, infoTop, infoRight - infoLeft, 45}}})
	}
	if p.SheetControl.Art != "" {
		a := p.SheetControl.area()
		want(a.X >= 3 && a.Y >= 3 && a.X+a.W <= pageWidth-3 && a.Y+a.H <= pageHeight-3, "sheet_control: lies outside of the page less 3 mm")
		apart("sheet_control", a, text, window, marks, free, franking)
	}
}
