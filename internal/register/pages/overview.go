package pages

import (
	"fmt"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// overviewPage is what overview.html shows.
type overviewPage struct {
	frame
	Betriebsart amtshilfe.Betriebsart
	Tabs        []tab
	Behoerden   int
	Coverage    register.Coverage
	Total       coverageRow
	Laender     []coverageRow
	Warnings    []warning
	Gaps        int
	Pending     int
	Book        bool
	File        *register.File
}

// coverageRow is one Land, or all, with its two bars.
type coverageRow struct {
	register.LandCoverage
	Link     string
	Answered bar // by how much is answered for
	Channel  bar // by how the authority is reached
}

// bar is one of proportions. X and Width are in thousandths of it; Text says in words what it shows.
type bar struct {
	Text  string
	Parts []barPart
}

type barPart struct {
	Group    string
	X, Width int
}

// warning is a kind of gap with its number.
type warning struct {
	Kind  register.GapKind
	Count int
	Link  string
}

// piece is a named part of a bar.
type piece struct {
	group, text string
	count       int
}

// newBar lays the pieces side by side; what is there at all gets a hair of width, so that one municipality of a thousand is seen.
func newBar(total int, pieces ...piece) bar {
	var b bar
	x, text := 0, ""
	for _, p := range pieces {
		if total > 0 && p.count > 0 {
			w := min(max(p.count*1000/total, 3), 1000-x)
			b.Parts = append(b.Parts, barPart{p.group, x, w})
			x += w
		}
		if p.count > 0 || len(pieces) == 1 {
			text += fmt.Sprintf(", %s %s", number(p.count), p.text)
		}
	}
	if text == "" {
		text = ", keine Gemeinden"
	}
	b.Text = text[2:]
	return b
}

func (f frame) coverageRow(l register.LandCoverage, b amtshilfe.Betriebsart) coverageRow {
	return coverageRow{LandCoverage: l,
		Link: f.link("/luecken", "land", l.Land, "betriebsart", string(b), "art", string(register.GapNoAuthority)),
		Answered: newBar(l.Gemeinden, piece{"done", "für alle Einnahmearten", l.Full}, piece{"waiting", "für einige Einnahmearten", l.Part},
			piece{"refused", "ohne zuständige Behörde", l.Gemeinden - l.Full - l.Part}),
		Channel: newBar(l.Gemeinden, piece{"done", "elektronisch erreichbar", l.Kanal[amtshilfe.KanalXTA]}, piece{"moving", "nur durch Brief", l.Kanal[amtshilfe.KanalPost]},
			piece{"waiting", "nur über EGVP", l.Kanal[amtshilfe.KanalEGVP]}, piece{"alarm", "auf keinem Weg", l.Kanal[amtshilfe.KanalKeiner]}),
	}
}

func (s *site) overview(v *view) error {
	b := v.betriebsart()
	p := overviewPage{frame: v.frame, Betriebsart: b, Tabs: v.choose("/", b), Behoerden: v.cat.count[b], Book: s.o.Book != nil, File: v.cat.file}
	p.Title = "Übersicht"
	p.Coverage = v.cat.coverageOf(b, v.Now)
	for _, l := range p.Coverage.Laender {
		p.Laender = append(p.Laender, v.coverageRow(l, b))
	}
	p.Total = v.coverageRow(p.Coverage.Total, b)
	for _, g := range v.cat.allGaps(v.Now, s.o.Fits) {
		if g.Betriebsart == b || g.Betriebsart == "" {
			p.Gaps++
			p.Warnings = v.warn(p.Warnings, g.Kind, b)
		}
	}
	if s.o.Book != nil {
		pending, err := s.o.Book.Pending(v.ctx)
		if err != nil {
			return fmt.Errorf("read pending changes: %w", err)
		}
		told, err := s.o.Book.Registrations(v.ctx)
		if err != nil {
			return fmt.Errorf("read registrations: %w", err)
		}
		p.Pending = len(pending) + len(told)
	}
	s.render(v, 200, "overview.html", p)
	return nil
}

// warn counts one more of the kind, in the order of gapWords.
func (f frame) warn(list []warning, k register.GapKind, b amtshilfe.Betriebsart) []warning {
	if i := slices.IndexFunc(list, func(w warning) bool { return w.Kind == k }); i >= 0 {
		list[i].Count++
		return list
	}
	return append(list, warning{k, 1, f.link("/luecken", "art", string(k), "betriebsart", string(b))})
}
