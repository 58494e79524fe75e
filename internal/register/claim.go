package register

import (
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// level says how narrow the area of a claim is; the narrowest that covers an address decides.
type level int

const (
	levelDE level = iota
	levelLand
	levelBezirk
	levelKreis
	levelVerband
	levelGemeinde
	levelOrt
	levelStrasse
)

// levelOf gives the level of a Schluessel.
func levelOf(key string) level {
	switch len(key) {
	case 3:
		return levelBezirk
	case 5:
		return levelKreis
	case 9:
		return levelVerband
	case 8, 12:
		return levelGemeinde
	}
	if key == "DE" {
		return levelDE
	}
	return levelLand
}

// area names the area of a Schluessel in the rule of an answer.
func (l level) area(key string) string {
	names := [...]string{levelDE: "Deutschland", levelLand: "Land ", levelBezirk: "Regierungsbezirk ", levelKreis: "Kreis ", levelVerband: "Verband ",
		levelGemeinde: "Gemeinde "}
	if l == levelDE {
		return names[l]
	}
	return names[l] + key
}

// claim says: this authority is competent in this area for these kinds of revenue, on these days and under this condition.
type claim struct {
	who      *authority
	path     string // of the Gebiet in the file
	key      string // Schluessel, an ARS as AGS; "" for a place
	level    level
	revenue  *revenue
	cond     Bedingung
	from, to Datum
	except   map[string]bool // Schluessel taken out
}

// rank orders claims by how special they are: area, then condition, then named codes.
func (c *claim) rank() int {
	r := int(c.level) * 4
	if !c.cond.IsZero() {
		r += 2
	}
	if c.revenue.named {
		r++
	}
	return r
}

// valid says whether the claim answers on a day.
func (c *claim) valid(day Datum) bool { return within(day, c.from, c.to) }

// excludes says whether a municipality is taken out.
func (c *claim) excludes(g *gemeinde) bool {
	return len(c.except) > 0 && slices.ContainsFunc(g.keys, func(k string) bool { return c.except[k] })
}

// revenue is the set of kinds of revenue of one Gebiet: list|version -> codes, nil = every code.
type revenue struct {
	codes map[[2]string][]string
	named bool // every list names its codes
}

func (r *revenue) has(e amtshilfe.Einnahmeart) bool {
	codes, ok := r.codes[[2]string{e.List, e.Version}]
	return ok && e.Code != "" && (codes == nil || slices.Contains(codes, e.Code))
}

// meets says whether both have a code in common.
func (r *revenue) meets(o *revenue) bool {
	for list, codes := range r.codes {
		others, ok := o.codes[list]
		if !ok {
			continue
		}
		if codes == nil || others == nil || slices.ContainsFunc(codes, func(c string) bool { return slices.Contains(others, c) }) {
			return true
		}
	}
	return false
}

// everything is the revenue of a Gebiet that names no list, which most are.
var everything = &revenue{codes: map[[2]string][]string{{EinnahmeartList, EinnahmeartVersion}: einnahmearten}}

func (g *Gebiet) revenue() *revenue {
	if len(g.Einnahmearten) == 0 {
		return everything
	}
	r := &revenue{codes: map[[2]string][]string{}, named: true}
	for _, l := range g.Einnahmearten {
		r.codes[[2]string{l.List, l.Version}] = l.Codes
		r.named = r.named && len(l.Codes) > 0
	}
	return r
}

// holds says whether the facts fulfil the condition; missing names, in German, the fact that the question does not say.
func (b Bedingung) holds(u Umstaende) (v verdict, missing string) {
	v = yes
	take := func(part verdict, word string) {
		if part == open && v == yes {
			missing = word
		}
		v = min(v, part)
	}
	if len(b.Massnahmen) > 0 {
		take(b.measures(u.Massnahmen), "Maßnahme")
	}
	if len(b.Glaeubiger) > 0 {
		take(said(u.Glaeubiger != "", slices.Contains(b.Glaeubiger, u.Glaeubiger)), "Gläubiger")
	}
	if len(b.Land) > 0 {
		take(said(u.Land != "", slices.Contains(b.Land, strings.ToUpper(u.Land))), "Land des Ersuchenden")
	}
	if b.BetragVon > 0 || b.BetragBis > 0 {
		take(said(u.Betrag > 0, u.Betrag >= b.BetragVon && (b.BetragBis == 0 || u.Betrag <= b.BetragBis)), "Betrag")
	}
	if v != open {
		missing = ""
	}
	return v, missing
}

// measures: all of them must be named; if only some are, one request would need two authorities, and a person decides.
func (b Bedingung) measures(asked []string) verdict {
	n := 0
	for _, m := range asked {
		if slices.Contains(b.Massnahmen, m) {
			n++
		}
	}
	switch {
	case asked == nil, n > 0 && n < len(asked):
		return open
	case n > 0:
		return yes
	}
	return no
}

func said(given, fits bool) verdict {
	switch {
	case !given:
		return open
	case fits:
		return yes
	}
	return no
}

// meets says whether some request could fulfil both conditions.
func (b Bedingung) meets(o Bedingung) bool {
	common := func(a, b []string) bool {
		return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
	}
	return common(b.Massnahmen, o.Massnahmen) && common(b.Glaeubiger, o.Glaeubiger) && common(b.Land, o.Land) &&
		(b.BetragBis == 0 || o.BetragVon <= b.BetragBis) && (o.BetragBis == 0 || b.BetragVon <= o.BetragBis)
}

// authority is an entry in the words of the domain.
type authority struct {
	behoerde amtshilfe.Behoerde
	kanaele  []amtshilfe.Kanal
	ende     Ende
	path     string
	claims   []*claim // by keys, in the order of the file
}

func (e *Eintrag) authority(rz []Rechenzentrum, path string) *authority {
	a := &authority{path: path, ende: e.Ende, behoerde: amtshilfe.Behoerde{
		Kennung: e.Kennung,
		Name:    e.Name,
		Anschrift: amtshilfe.Postanschrift{Strasse: e.Anschrift.Strasse, Hausnummer: e.Anschrift.Hausnummer,
			Postleitzahl: e.Anschrift.Postleitzahl, Ort: e.Anschrift.Ort},
		Anschriftzeilen: e.Anschriftzeilen,
		Land:            e.Land,
	}}
	if e.Gesperrt != "" {
		a.kanaele = []amtshilfe.Kanal{{Art: amtshilfe.KanalKeiner, Grund: e.Gesperrt}}
		return a
	}
	for _, k := range e.Kanaele {
		out := amtshilfe.Kanal{Art: k.Art, Adresse: k.Adresse, Dienst: k.Dienst, Zertifikat: k.Zertifikat, Grund: k.Grund}
		if i := slices.IndexFunc(rz, func(r Rechenzentrum) bool { return r.Kennung == k.Rechenzentrum }); i >= 0 {
			out.Rechenzentrum = amtshilfe.Rechenzentrum(rz[i])
		}
		a.kanaele = append(a.kanaele, out)
	}
	return a
}

// reach gives the channels on a day: from the end of its participation on an authority has no mailbox.
func (a *authority) reach(day, last Datum) []amtshilfe.Kanal {
	if last == "" || day <= last {
		return slices.Clone(a.kanaele)
	}
	var rest []amtshilfe.Kanal
	for _, k := range a.kanaele {
		if k.Art != amtshilfe.KanalXTA {
			rest = append(rest, k)
		}
	}
	if len(rest) == 0 {
		rest = []amtshilfe.Kanal{{Art: amtshilfe.KanalKeiner, Grund: "Teilnahme beendet"}}
	}
	return rest
}

// lastDay is the last day of new messages, or of answers.
func (e Ende) lastDay(answers bool) Datum {
	if answers && e.Annahme != "" {
		return e.Annahme
	}
	return e.Versand
}

// earlier gives the earlier of two moments; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
