package pages

import (
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// gapWords name the kinds.
var gapWords = map[register.GapKind]string{
	register.GapNoAuthority: "Gemeinde ohne zuständige Behörde", register.GapSharedPlace: "Ort mit derselben Postleitzahl in mehreren Gemeinden",
	register.GapNoPlace: "Gemeinde ohne Postleitzahl und Ort", register.GapNoChannel: "Behörde ohne nutzbaren Kanal", register.GapUnconfirmed: "Seit über einem Jahr nicht bestätigt",
	register.GapTenant: "Widersprüchliche Angaben zu einem Mandanten", register.GapEndedAGS: "Beendete Gemeinde ohne Nachfolger", register.GapCertificate: "Zertifikat läuft ab", register.GapAddress: "Anschrift passt nicht in das Sichtfenster",
}

// gapsPage is what gaps.html shows.
type gapsPage struct {
	frame
	Land     string
	Kind     register.GapKind
	Betrieb  amtshilfe.Betriebsart
	Laender  []land
	Kinds    []register.GapKind
	Betriebe []amtshilfe.Betriebsart
	Rows     []gapRow
	Pager    pager
}

// gapRow is a gap with the page that shows the place or the authority it is about.
type gapRow struct {
	register.Gap
	Link, Name string
	Key        string // AGS or kennung
	Detail     string
}

func (s *site) gaps(v *view) error {
	p := gapsPage{frame: v.frame, Land: v.value("land"), Kind: register.GapKind(v.value("art")), Betrieb: amtshilfe.Betriebsart(v.value("betriebsart")),
		Laender: laender, Kinds: register.GapKinds, Betriebe: betriebsarten}
	p.Title = "Lücken"
	var list []register.Gap
	for _, g := range v.cat.allGaps(v.Now, s.o.Fits) {
		if (p.Land == "" || g.Land == p.Land) && (p.Kind == "" || g.Kind == p.Kind) && (p.Betrieb == "" || g.Betriebsart == "" || g.Betriebsart == p.Betrieb) {
			list = append(list, g)
		}
	}
	list, p.Pager = paged(v, list)
	for _, g := range list {
		p.Rows = append(p.Rows, v.gapRow(g))
	}
	s.render(v, 200, "gaps.html", p)
	return nil
}

func (v *view) gapRow(g register.Gap) gapRow {
	r := gapRow{Gap: g, Key: g.Kennung, Name: g.Name, Detail: g.Detail}
	if g.AGS != "" {
		r.Key = g.AGS
		r.Link = v.link("/gemeinde", "ags", g.AGS, "betriebsart", string(g.Betriebsart))
	} else if slices.ContainsFunc(v.cat.entries[g.Kennung], func(e *register.Eintrag) bool { return e.Betriebsart == g.Betriebsart }) {
		r.Link = v.link("/behoerde", "kennung", g.Kennung, "betriebsart", string(g.Betriebsart))
	}
	if g.Kind == register.GapNoAuthority && len(g.Codes) < len(register.Einnahmearten()) {
		r.Detail = codes(g.Codes)
	}
	return r
}
