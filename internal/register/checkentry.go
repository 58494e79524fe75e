package register

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
)

func (c *checker) rechenzentrum(at string, r Rechenzentrum) {
	c.line(at+".kennung", r.Kennung, 100)
	c.uri(at+".management", r.Management, "https", "http")
	c.uri(at+".send", r.Send, "https", "http")
	for i, fp := range r.TLS {
		c.fingerprint(item(at+".tls", i), fp)
	}
}

func (c *checker) eintrag(at string, e *Eintrag) {
	c.line(at+".kennung", e.Kennung, 100)
	c.line(at+".name", e.Name, 250)
	c.that(e.Land == "" || laender[e.Land], at+".land", "not one of BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH")
	c.that(e.Betriebsart.Valid(), at+".betriebsart", "not produktion, test or schulung")
	c.that(isPLZ(e.Anschrift.Postleitzahl), at+".anschrift.postleitzahl", "not five digits")
	c.line(at+".anschrift.ort", e.Anschrift.Ort, 250)
	c.optional(at+".anschrift.strasse", e.Anschrift.Strasse, 250)
	c.optional(at+".anschrift.hausnummer", e.Anschrift.Hausnummer, 20)
	c.anschriftzeilen(at+".anschriftzeilen", e)
	c.participation(at, e)
	c.that(len(e.Kanaele) > 0, at+".kanaele", "missing; an authority nobody can reach has art keiner")
	for i, k := range e.Kanaele {
		c.kanal(item(at+".kanaele", i), k)
	}
	for i := range e.Gebiete {
		c.gebiet(item(at+".gebiete", i), &e.Gebiete[i])
	}
}

// anschriftzeilen wants 1 to 5 lines that every print profile prints whole. The fault names the authority: a list of faults is all that
// a maintainer sees.
func (c *checker) anschriftzeilen(at string, e *Eintrag) {
	c.that(len(e.Anschriftzeilen) >= 1 && len(e.Anschriftzeilen) <= 5, at, "needs 1 to 5 lines")
	for i, z := range e.Anschriftzeilen {
		c.line(item(at, i), z, 250)
		if n := utf8.RuneCountInString(z); c.o.LineBudget > 0 && n > c.o.LineBudget {
			c.that(false, item(at, i), fmt.Sprintf("line %d of %s has %d characters; the print profiles print %d", i+1, e.Kennung, n, c.o.LineBudget))
		}
	}
}

// participation checks who answers for an entry, and its days.
func (c *checker) participation(at string, e *Eintrag) {
	c.optional(at+".kontakt.name", e.Kontakt.Name, 250)
	c.optional(at+".kontakt.telefon", e.Kontakt.Telefon, 50)
	c.optional(at+".kontakt.email", e.Kontakt.EMail, 250)
	c.that(e.Kontakt.EMail == "" || strings.Count(e.Kontakt.EMail, "@") == 1, at+".kontakt.email", "no e-mail address")
	c.optional(at+".bestaetigt.von", e.Bestaetigt.Von, 250)
	c.datum(at+".bestaetigt.am", e.Bestaetigt.Am)
	c.span(at, e.GueltigAb, e.GueltigBis)
	c.datum(at+".ende.versand", e.Ende.Versand)
	c.datum(at+".ende.annahme", e.Ende.Annahme)
	c.that(e.Ende.Annahme == "" || e.Ende.Versand != "" && e.Ende.Versand <= e.Ende.Annahme, at+".ende.annahme", "before versand, or without it")
	c.optional(at+".gesperrt", e.Gesperrt, maxGrund)
}

// maxGrund limits a reason, so that it fits into the rule of an answer.
const maxGrund = 100

func (c *checker) kanal(at string, k Kanal) {
	c.optional(at+".grund", k.Grund, maxGrund)
	switch k.Art {
	case amtshilfe.KanalXTA:
		c.line(at+".adresse", k.Adresse, 250)
		c.that(c.rz[k.Rechenzentrum], at+".rechenzentrum", "not one of rechenzentren")
		c.uri(at+".dienst", k.Dienst, "urn", "https", "http")
		if k.Zertifikat != "" {
			c.fingerprint(at+".zertifikat", k.Zertifikat)
		}
		c.that(k.Grund == "", at+".grund", "only for egvp and keiner")
	case amtshilfe.KanalPost, amtshilfe.KanalEGVP, amtshilfe.KanalKeiner:
		c.that(k.Rechenzentrum == "" && k.Dienst == "" && k.Zertifikat == "", at, "rechenzentrum, dienst and zertifikat are for xta only")
		c.that(k.Adresse == "" || k.Art == amtshilfe.KanalEGVP, at+".adresse", "only for xta and egvp")
		c.optional(at+".adresse", k.Adresse, 250)
		c.that(k.Grund == "" || k.Art != amtshilfe.KanalPost, at+".grund", "only for egvp and keiner")
	default:
		c.that(false, at+".art", "not xta, post, egvp or keiner")
	}
}

func (c *checker) gebiet(at string, g *Gebiet) {
	c.einnahmearten(at+".einnahmearten", g.Einnahmearten)
	c.that(len(g.Orte)+len(g.Schluessel) > 0, at+".orte", "missing, and no schluessel")
	c.that(len(g.Ausser) == 0 || len(g.Schluessel) > 0, at+".ausser", "without schluessel")
	c.schluessel(at+".schluessel", g.Schluessel)
	c.schluessel(at+".ausser", g.Ausser)
	c.span(at, g.GueltigAb, g.GueltigBis)
	c.bedingung(at+".bedingung", g.Bedingung)
	for i := range g.Orte {
		c.ort(item(at+".orte", i), &g.Orte[i])
	}
}

func (c *checker) einnahmearten(at string, lists []Codeliste) {
	seen := map[[2]string]bool{}
	for i, l := range lists {
		p := item(at, i)
		c.line(p+".list", l.List, 250)
		c.line(p+".version", l.Version, 250)
		c.that(!seen[[2]string{l.List, l.Version}], p+".list", "twice in the same version")
		seen[[2]string{l.List, l.Version}] = true
		c.distinct(p+".codes", l.Codes)
	}
}

func (c *checker) bedingung(at string, b Bedingung) {
	c.distinct(at+".massnahmen", b.Massnahmen)
	c.distinct(at+".glaeubiger", b.Glaeubiger)
	c.distinct(at+".land", b.Land)
	for i, l := range b.Land {
		c.that(laender[l], item(at+".land", i), "not one of the sixteen")
	}
	c.that(b.BetragVon >= 0 && b.BetragBis >= 0, at, "an amount below zero")
	c.that(b.BetragBis == 0 || b.BetragVon <= b.BetragBis, at+".betrag_bis", "below betrag_von")
}

// distinct wants lines of which none comes twice.
func (c *checker) distinct(at string, list []string) {
	seen := make(map[string]bool, len(list))
	for i, s := range list {
		c.line(item(at, i), s, 250)
		c.that(!seen[s], item(at, i), "twice")
		seen[s] = true
	}
}

func isPLZ(s string) bool { return len(s) == 5 && strings.Trim(s, "0123456789") == "" }

var laender = map[string]bool{"BW": true, "BY": true, "BE": true, "BB": true, "HB": true, "HH": true, "HE": true, "MV": true,
	"NI": true, "NW": true, "RP": true, "SL": true, "SN": true, "ST": true, "SH": true, "TH": true}
