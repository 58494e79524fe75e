package source

import (
	"fmt"
	"strconv"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// tables are the CSV files that can be read.
var tables = map[Format]table{
	AGS: {columns: [][]string{agsNames, gemeindeNames, {"hinweis"}, {"ars", "rs", "regionalschluessel"}}, need: 2, all: true, row: agsRow},
	PLZ: {columns: [][]string{agsNames, {"plz", "postleitzahl", "zipcode"}, {"ort", "ortsname", "name", "place"}, {"landkreis", "kreis"}},
		need: 3, row: plzRow},
	Reformen: {columns: [][]string{{"alt", "ags_alt", "alter schlüssel"}, {"neu", "ags_neu", "neuer schlüssel"}, {"datum", "wirksam", "wirksam ab"}, {"name", "name_alt"}},
		need: 3, row: reformRow},
	Behoerden: {columns: names("kennung", "name", "plz", "ort", "zeile1", "kanal", "zeile2", "zeile3", "zeile4", "zeile5", "land", "betriebsart", "strasse",
		"hausnummer", "adresse", "rechenzentrum", "dienst", "zertifikat", "egvp", "grund", "ansprechpartner", "telefon", "email", "bestaetigt_von", "bestaetigt_am",
		"gueltig_ab", "gueltig_bis"), need: 6, strict: true, row: behoerdeRow},
	Zustaendigkeiten: {columns: names("kennung", "betriebsart", "schluessel", "ausser", "plz", "ort", "auch", "strasse", "von", "bis", "seite", "liste", "listenversion",
		"einnahmearten", "massnahmen", "glaeubiger", "land", "betrag_von", "betrag_bis", "gueltig_ab", "gueltig_bis"), need: 1, strict: true, row: gebietRow},
}

var (
	agsNames      = []string{"ags", "schluessel", "schlüssel", "gemeindeschluessel", "gemeindeschlüssel"}
	gemeindeNames = []string{"name", "bezeichnung", "gemeindename"}
)

func names(columns ...string) (all [][]string) {
	for _, c := range columns {
		all = append(all, []string{c})
	}
	return all
}

func agsRow(r *Rows, c *cells) {
	r.gemeinde(c.line, c.is("ags"), c.is("ars"), c.is("name"), c.is("hinweis"))
}

// gemeinde adds a municipality of an official list. Parts of towns, which the lists carry as well, are none.
func (r *Rows) gemeinde(line int, ags, ars, name, hinweis string) {
	switch {
	case strings.Contains(hinweis, "Ortsteil"), strings.Contains(hinweis, "Stadtbezirk"):
		r.LeftOut++
	case !digits(ags, 8):
		r.reject(line, "AGS %q is not eight digits", short(ags))
	case name == "":
		r.reject(line, "AGS %s has no name", ags)
	case ars != "" && (!digits(ars, 12) || ars[:5]+ars[9:] != ags):
		r.reject(line, "ARS %q is not twelve digits that fit the AGS %s", short(ars), ags)
	default:
		r.add(line, gemeinde{ags, ars, name})
	}
}

func plzRow(r *Rows, c *cells) {
	ags, plz, ort := c.is("ags"), c.is("plz"), c.is("ort")
	switch {
	case !digits(ags, 8):
		r.reject(c.line, "AGS %q is not eight digits", short(ags))
	case !digits(plz, 5):
		r.reject(c.line, "postcode %q is not five digits", short(plz))
	case ort == "":
		r.reject(c.line, "postcode %s without a place", plz)
	default:
		r.add(c.line, place{ags, plz, ort, c.is("landkreis")})
	}
}

func reformRow(r *Rows, c *cells) {
	alt, neu := c.is("alt"), c.is("neu")
	ab, ok := date(c.is("datum"))
	switch {
	case !digits(alt, 8):
		r.reject(c.line, "AGS %q is not eight digits", short(alt))
	case neu != "" && !digits(neu, 8):
		r.reject(c.line, "AGS %q is not eight digits", short(neu))
	case alt == neu:
		r.reject(c.line, "AGS %s as its own successor", alt)
	case !ok || ab == "":
		r.reject(c.line, "date %q is not a day like 2026-01-01 or 01.01.2026", short(c.is("datum")))
	default:
		r.add(c.line, reform{alt, neu, ab, c.is("name")})
	}
}

// dienst is the service of an xta channel that names none.
const dienst = "urn:damtshilfe:vollstreckungshilfe:1"

func behoerdeRow(r *Rows, c *cells) {
	e := register.Eintrag{Kennung: c.is("kennung"), Name: c.is("name"), Land: c.is("land"), Betriebsart: c.betriebsart(),
		Anschrift: register.Anschrift{Strasse: c.is("strasse"), Hausnummer: c.is("hausnummer"), Postleitzahl: c.is("plz"), Ort: c.is("ort")},
		Kontakt:   register.Kontakt{Name: c.is("ansprechpartner"), Telefon: c.is("telefon"), EMail: c.is("email")}}
	for i := 1; i <= 5; i++ {
		if z := c.is("zeile" + strconv.Itoa(i)); z != "" {
			e.Anschriftzeilen = append(e.Anschriftzeilen, z)
		}
	}
	e.Bestaetigt.Von = c.is("bestaetigt_von")
	bad := c.dates(map[string]*register.Datum{"bestaetigt_am": &e.Bestaetigt.Am, "gueltig_ab": &e.GueltigAb, "gueltig_bis": &e.GueltigBis})
	for _, art := range c.list("kanal") {
		k := register.Kanal{Art: amtshilfe.Kanalart(art)}
		switch k.Art {
		case amtshilfe.KanalXTA:
			k.Adresse, k.Rechenzentrum, k.Dienst, k.Zertifikat = c.is("adresse"), c.is("rechenzentrum"), c.is("dienst"), strings.ToLower(c.is("zertifikat"))
			if k.Dienst == "" {
				k.Dienst = dienst
			}
		case amtshilfe.KanalEGVP:
			k.Adresse, k.Grund = c.is("egvp"), c.is("grund")
		case amtshilfe.KanalKeiner:
			k.Grund = c.is("grund")
		}
		e.Kanaele = append(e.Kanaele, k)
	}
	switch {
	case e.Kennung == "":
		bad = "no kennung"
	case !e.Betriebsart.Valid():
		bad = "betriebsart is not produktion, test or schulung"
	}
	if bad != "" {
		r.reject(c.line, "%s", bad)
		return
	}
	r.add(c.line, behoerde{e})
}

func gebietRow(r *Rows, c *cells) {
	g := register.Gebiet{Schluessel: c.list("schluessel"), Ausser: c.list("ausser")}
	g.Bedingung = register.Bedingung{Massnahmen: c.list("massnahmen"), Glaeubiger: c.list("glaeubiger"), Land: c.list("land")}
	bad := c.dates(map[string]*register.Datum{"gueltig_ab": &g.GueltigAb, "gueltig_bis": &g.GueltigBis})
	for name, to := range map[string]*int64{"betrag_von": &g.Bedingung.BetragVon, "betrag_bis": &g.Bedingung.BetragBis} {
		cents, ok := euro(c.is(name))
		if *to = cents; !ok {
			bad = name + " is not an amount like 1000 or 1000,50"
		}
	}
	if c.is("ort") != "" || c.is("plz") != "" {
		o := register.Ort{Ort: c.is("ort"), PLZ: c.list("plz")}
		if also := c.is("auch"); also != "" {
			o.Auch = strings.Split(also, "|")
		}
		if s := c.is("strasse"); s != "" {
			o.Strassen = []register.Strasse{{Name: s, Von: c.is("von"), Bis: c.is("bis"), Seite: c.is("seite")}}
		}
		g.Orte = []register.Ort{o}
	}
	if codes := c.list("einnahmearten"); codes != nil || c.is("liste") != "" {
		l := register.Codeliste{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Codes: codes}
		if c.is("liste") != "" {
			l.List, l.Version = c.is("liste"), c.is("listenversion")
		}
		g.Einnahmearten = []register.Codeliste{l}
	}
	switch {
	case c.is("kennung") == "":
		bad = "no kennung"
	case len(g.Schluessel)+len(g.Orte) == 0:
		bad = "neither schluessel nor ort"
	case !c.betriebsart().Valid():
		bad = "betriebsart is not produktion, test or schulung"
	case len(g.Orte) == 0 && c.is("strasse") != "":
		bad = "a street without a place"
	}
	if bad != "" {
		r.reject(c.line, "%s", bad)
		return
	}
	r.add(c.line, gebiet{c.is("kennung"), c.betriebsart(), g})
}

func (c *cells) betriebsart() amtshilfe.Betriebsart {
	if b := c.is("betriebsart"); b != "" {
		return amtshilfe.Betriebsart(b)
	}
	return c.o.Betriebsart
}

// dates reads columns that hold a day or nothing.
func (c *cells) dates(columns map[string]*register.Datum) (bad string) {
	for name, to := range columns {
		d, ok := date(c.is(name))
		if *to = d; !ok {
			bad = name + " is not a day like 2026-01-01 or 01.01.2026"
		}
	}
	return bad
}

// date reads a day as the standard writes it, as Germans do, or as Destatis does: 2026-01-31, 31.01.2026, 20260131.
func date(s string) (register.Datum, bool) {
	switch {
	case len(s) == 10 && s[2] == '.' && s[5] == '.':
		s = s[6:] + "-" + s[3:5] + "-" + s[:2]
	case digits(s, 8):
		s = s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	d := register.Datum(s)
	return d, d.Valid()
}

// euro reads an amount: 1000, 1000,5 or 1.000,50. "" is 0.
func euro(s string) (cents int64, ok bool) {
	if s == "" {
		return 0, true
	}
	whole, frac, _ := strings.Cut(s, ",")
	whole = strings.ReplaceAll(whole, ".", "")
	if len(frac) > 2 || !digits(whole, len(whole)) || len(whole) > 12 || frac != "" && !digits(frac, len(frac)) {
		return 0, false
	}
	cents, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	return cents, err == nil
}

func digits(s string, n int) bool { return n > 0 && len(s) == n && strings.Trim(s, "0123456789") == "" }

// short is what a message quotes of a cell.
func short(s string) string {
	if r := []rune(s); len(r) > 30 {
		return fmt.Sprintf("%s...", string(r[:30]))
	}
	return s
}
