package pages

import (
	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// searchPage is what search.html shows.
type searchPage struct {
	frame
	Query    string
	Land     string
	Kind     string
	Betrieb  amtshilfe.Betriebsart // "" = all
	Laender  []land
	Betriebe []amtshilfe.Betriebsart
	Hits     []hit
	Pager    pager
}

// hit is one row of the list.
type hit struct {
	Link  string
	Entry *register.Eintrag  // nil for a municipality
	Place *register.Gemeinde // nil for an authority
	Land  string
	Kanal amtshilfe.Kanalart // of an authority
	PLZ   string             // of a municipality: the first ones
}

func (s *site) search(v *view) error {
	q := query{text: v.value("q"), land: v.value("land"), kind: v.value("was"), betrieb: amtshilfe.Betriebsart(v.value("betriebsart"))}
	p := searchPage{frame: v.frame, Query: q.text, Land: q.land, Kind: q.kind, Betrieb: q.betrieb, Laender: laender, Betriebe: betriebsarten}
	p.Title = "Suche"
	var rows []row
	rows, p.Pager = paged(v, v.cat.find(q))
	for _, r := range rows {
		p.Hits = append(p.Hits, v.hit(r))
	}
	s.render(v, 200, "search.html", p)
	return nil
}

func (f frame) hit(r row) hit {
	h := hit{Entry: r.entry, Place: r.place, Land: r.land}
	if r.entry != nil {
		h.Link, h.Kanal = f.authorityLink(r.entry), register.Reached(r.entry, f.Now)
		return h
	}
	h.Link, h.PLZ = f.link("/gemeinde", "ags", r.place.AGS), postcodes(r.place)
	return h
}

func (f frame) authorityLink(e *register.Eintrag) string {
	return f.link("/behoerde", "kennung", e.Kennung, "betriebsart", string(e.Betriebsart))
}

// postcodes gives the first three of a municipality.
func postcodes(g *register.Gemeinde) string {
	text, n := "", 0
	for _, o := range g.Orte {
		for _, plz := range o.PLZ {
			switch n++; {
			case n == 1:
				text = plz
			case n <= 3:
				text += ", " + plz
			case n == 4:
				text += " …"
			}
		}
	}
	return text
}
