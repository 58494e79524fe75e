package pages

import (
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// authorityPage is what authority.html shows.
type authorityPage struct {
	frame
	E            *register.Eintrag
	Tabs         []tab // the Betriebsarten that have this kennung
	Unfit        string
	Old          bool // confirmed more than a year ago, or never
	Closed       bool // its sending has ended
	Gebiete      []area
	Certificates []certificate
	Mandanten    []register.Mandant
	Answers      []place // municipalities that it answers for
	AnswersAll   int
	History      history
	Book         bool
}

// area is a Gebiet in words.
type area struct {
	Einnahmearten []string
	Keys, Except  []place
	Orte          []register.Ort
	Condition     []string
	From, To      register.Datum
}

// place is a key with what it stands for; Link leads to a municipality's page, "" = there is none.
type place struct{ Key, Name, Link string }

// shownAnswers is how many municipalities an authority's page names.
const shownAnswers = 100

func (s *site) authority(v *view) error {
	e := v.cat.entry(v.value("kennung"), amtshilfe.Betriebsart(v.value("betriebsart")))
	if e == nil {
		return errNotFound
	}
	p := authorityPage{frame: v.frame, E: e, Certificates: v.certificatesOf(e), Book: s.o.Book != nil}
	p.Title = e.Name
	for _, o := range v.cat.entries[e.Kennung] {
		if len(v.cat.entries[e.Kennung]) > 1 {
			p.Tabs = append(p.Tabs, tab{v.authorityLink(o), betriebsartWords[o.Betriebsart], o == e})
		}
	}
	if s.o.Fits != nil {
		p.Unfit = s.o.Fits(*e)
	}
	today := register.Day(v.Now)
	p.Old = register.Unconfirmed(e, v.Now)
	p.Closed = e.Ende.Versand != "" && e.Ende.Versand < today
	for i := range e.Gebiete {
		p.Gebiete = append(p.Gebiete, v.area(&e.Gebiete[i]))
	}
	for _, m := range v.cat.file.Mandanten {
		if m.Betriebsart == e.Betriebsart && slices.Contains(m.Kennungen, e.Kennung) {
			p.Mandanten = append(p.Mandanten, m)
		}
	}
	answers := v.cat.coverageOf(e.Betriebsart, v.Now).Answers[e.Kennung]
	p.AnswersAll = len(answers)
	p.Answers = v.places(answers[:min(len(answers), shownAnswers)])
	var err error
	if p.History, err = s.history(v, e); err != nil {
		return err
	}
	s.render(v, 200, "authority.html", p)
	return nil
}

func (v *view) area(g *register.Gebiet) area {
	a := area{Keys: v.places(g.Schluessel), Except: v.places(g.Ausser), Orte: g.Orte, Condition: condition(g.Bedingung), From: g.GueltigAb, To: g.GueltigBis}
	for _, l := range g.Einnahmearten {
		text := codes(l.Codes)
		if len(l.Codes) == 0 {
			text = "alle"
		}
		if l.List != register.EinnahmeartList || l.Version != register.EinnahmeartVersion {
			text = strings.Join(l.Codes, ", ") + " aus " + l.List + " " + l.Version
		}
		a.Einnahmearten = append(a.Einnahmearten, text)
	}
	if len(g.Einnahmearten) == 0 {
		a.Einnahmearten = []string{"alle"}
	}
	return a
}

// places names keys, and links those that are municipalities.
func (v *view) places(keys []string) []place {
	var out []place
	for _, k := range keys {
		p := place{Key: k, Name: v.cat.keyName(k)}
		if g := v.cat.municipality(k); g != nil {
			p.Link = v.link("/gemeinde", "ags", g.AGS)
		}
		out = append(out, p)
	}
	return out
}

// condition says in German sentences what must hold beside the place.
func condition(b register.Bedingung) []string {
	var out []string
	list := func(text string, values []string) {
		if len(values) > 0 {
			out = append(out, text+" "+strings.Join(values, ", "))
		}
	}
	list("nur für die Maßnahmen", b.Massnahmen)
	list("nur für Gläubiger der Art", b.Glaeubiger)
	list("nur für Ersuchen aus", b.Land)
	if b.BetragVon > 0 {
		out = append(out, "ab "+amtshilfe.Cents(b.BetragVon).String()+" €")
	}
	if b.BetragBis > 0 {
		out = append(out, "bis "+amtshilfe.Cents(b.BetragBis).String()+" €")
	}
	return out
}

// certificate is one with whom it belongs to.
type certificate struct {
	register.Zertifikat
	Name    string // of the authority or the data centre
	Link    string // to the authority's page; "" for a data centre
	State   label
	Purpose string
}

var zweckWords = map[string]string{register.ZweckTLS: "Verbindung (TLS)", register.ZweckVerschluesselung: "Verschlüsselung"}

func (v *view) certificate(z register.Zertifikat) certificate {
	c := certificate{Zertifikat: z, Name: z.Kennung, State: expiry(z.GueltigBis, v.Now), Purpose: or(zweckWords, z.Zweck)}
	switch {
	case !z.Gesperrt.IsZero():
		c.State = label{"gesperrt", "alarm"}
	case z.GueltigAb.After(v.Now):
		c.State = label{"noch nicht gültig", "refused"}
	}
	if e := v.cat.entry(z.Kennung, z.Betriebsart); e != nil {
		c.Name, c.Link = e.Name, v.authorityLink(e)
	}
	return c
}

func (v *view) certificatesOf(e *register.Eintrag) []certificate {
	var out []certificate
	for _, z := range v.cat.file.Zertifikate {
		if z.Kennung == e.Kennung && z.Betriebsart == e.Betriebsart {
			out = append(out, v.certificate(z))
		}
	}
	slices.SortStableFunc(out, byExpiry)
	return out
}

func byExpiry(a, b certificate) int { return a.GueltigBis.Compare(b.GueltigBis) }

// certificatesPage is what certificates.html shows.
type certificatesPage struct {
	frame
	All   bool // those that are fine, too
	Tabs  []tab
	List  []certificate
	Pager pager
}

// certificates lists those that need something, the next to end first, or all.
func (s *site) certificates(v *view) error {
	p := certificatesPage{frame: v.frame, All: v.value("alle") != ""}
	p.Title = "Zertifikate"
	p.Tabs = []tab{{v.link("/zertifikate"), "demnächst ablaufende, abgelaufene und gesperrte", !p.All}, {v.link("/zertifikate", "alle", "1"), "alle", p.All}}
	soon := v.Now.Add(90 * 24 * time.Hour)
	var list []certificate
	for _, z := range v.cat.file.Zertifikate {
		if p.All || z.GueltigBis.Before(soon) || !z.Gesperrt.IsZero() {
			list = append(list, v.certificate(z))
		}
	}
	slices.SortStableFunc(list, byExpiry)
	p.List, p.Pager = paged(v, list)
	s.render(v, 200, "certificates.html", p)
	return nil
}
