package pages

import (
	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// municipalityPage is what municipality.html shows.
type municipalityPage struct {
	frame
	G           *register.Gemeinde
	Land        string
	Within      []place // Kreis, Verband, ...: keys above it that have a name
	Successors  []place
	Betriebsart amtshilfe.Betriebsart
	Tabs        []tab
	Rows        []competence
	Ask         string // to the lookup form, with the first place filled in
}

// competence is who answers for some Einnahmearten in a municipality or a part of it.
type competence struct {
	Codes string
	Part  string // "" = all of it
	Who   []claimant
}

// claimant is an authority with the reason why it answers.
type claimant struct {
	Name, Kennung, Link string
	Kanal               amtshilfe.Kanalart
	By                  place    // the key that its area names, zero = it names postcodes and places
	Condition           []string // empty = without
}

// municipality gives the one with that AGS or ARS, nil if the directory has none.
func (c *catalog) municipality(key string) *register.Gemeinde {
	if g := c.gemeinden[key]; g != nil {
		return g
	}
	if len(key) == 12 {
		return c.gemeinden[key[:5]+key[9:]]
	}
	return nil
}

func (s *site) municipality(v *view) error {
	g := v.cat.municipality(v.value("ags"))
	if g == nil {
		return errNotFound
	}
	b := v.betriebsart()
	p := municipalityPage{frame: v.frame, G: g, Land: landOf(g.AGS), Betriebsart: b, Tabs: v.choose("/gemeinde", b, "ags", g.AGS), Successors: v.places(g.Nachfolger)}
	p.Title = g.Name
	for _, key := range above(g) {
		if name := v.cat.names[key]; name != "" {
			p.Within = append(p.Within, place{Key: key, Name: name})
		}
	}
	for _, c := range v.cat.surveyOf(b, v.Now).Competences(g.AGS) {
		p.Rows = append(p.Rows, v.competence(c, b))
	}
	if len(g.Orte) > 0 && len(g.Orte[0].PLZ) > 0 {
		p.Ask = v.link("/auskunft", "plz", g.Orte[0].PLZ[0], "ort", g.Orte[0].Ort, "betriebsart", string(b))
	}
	s.render(v, 200, "municipality.html", p)
	return nil
}

// above are the keys that an area may name to cover g: of Regierungsbezirk, Kreis and Verband.
func above(g *register.Gemeinde) []string {
	keys := []string{g.AGS[:3], g.AGS[:5]}
	if len(g.ARS) == 12 {
		keys = append(keys, g.ARS[:9])
	}
	return keys
}

func (v *view) competence(c register.Competence, b amtshilfe.Betriebsart) competence {
	row := competence{Codes: codes(c.Codes), Part: c.Part}
	for _, w := range c.Who {
		who := claimant{Name: w.Kennung, Kennung: w.Kennung, Condition: condition(w.Bedingung)}
		if e := v.cat.entry(w.Kennung, b); e != nil {
			who.Name, who.Link, who.Kanal = e.Name, v.authorityLink(e), register.Reached(e, v.Now)
		}
		if w.Schluessel != "" {
			who.By = v.places([]string{w.Schluessel})[0]
		}
		row.Who = append(row.Who, who)
	}
	return row
}
