package printstreet

import (
	"fmt"
	"strconv"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// claimColumns are wide enough for the numbers of n claims: one that is broken reads as two.
func claimColumns(n int) []column {
	nr := 9.0
	if digits := len(strconv.Itoa(n)); digits > 3 {
		nr += 1.75 * float64(digits-3)
	}
	return []column{
		{title: "Nr.", width: nr},
		{title: "Forderung", width: 82 - nr},
		{title: "Jahr", width: 13},
		{title: "fällig am", width: 21},
		{title: "Buchungsnr.", width: 27},
		{title: "Betrag EUR", width: 22, right: true},
	}
}

// totalHeight is that of the total below the last table.
const totalHeight = 10.0

// claims sets every title with its claims, subtotals and the total.
func (s *setter) claims(e *amtshilfe.Ersuchen) {
	nr := 0
	for i := range e.Titel {
		t := &e.Titel[i]
		var rows []tableRow
		for k := range e.Forderungen {
			f := &e.Forderungen[k]
			if f.Titel != t.ID {
				continue
			}
			nr++
			rows = append(rows, tableRow{f.Brutto, []string{strconv.Itoa(nr), claimText(f), f.Haushaltsjahr, date(f.Faelligkeit), f.Buchungsnummer, f.Brutto.String()}})
		}
		form := table{cols: claimColumns(len(e.Forderungen)), above: titleLines}
		if i == len(e.Titel)-1 {
			form.below = totalHeight
		}
		tab := s.tableUnder(func() { s.title(i, t) }, form, rows)
		if len(e.Titel) > 1 {
			tab.end(fmt.Sprintf("Zwischensumme Titel %d", i+1))
		}
	}
	s.need(totalHeight - 2)
	s.put(mark{kind: markFill, x: marginLeft, y: s.y, w: textWidth, h: 6.5})
	label := fmt.Sprintf("Summe per %s (%s Forderungen)", date(e.Vom), grouped(nr))
	if nr == 1 {
		label = "Summe per " + date(e.Vom)
	}
	s.text(marginLeft+cellPad, s.y+1.2+baseline(styleBold), styleBold, label)
	s.textRight(marginRight-cellPad, s.y+1.2+baseline(styleBold), styleBold, e.Betrag().String()+" EUR")
	s.y += 8.5
}

// grouped writes a number below a million as Germans do.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d.%03d", n/1000, n%1000)
}

// titleLines is how many lines a title has at least: those that the schema wants.
const titleLines = 6

// title sets what a court or a clerk wants to know about a title.
func (s *setter) title(i int, t *amtshilfe.Titel) {
	s.heading(fmt.Sprintf("Titel %d: %s vom %s", i+1, word(titelarten, t.Art), date(t.Datum)))
	s.row("Erlassende Stelle", t.ErlassendeStelle)
	s.row("Aktenzeichen", t.Aktenzeichen)
	s.row("Gegenstand", t.Gegenstand)
	if !t.BekanntgabeAm.IsZero() {
		s.row("Bekanntgabe", strings.Join(nonEmpty(date(t.BekanntgabeAm), word(bekanntgaben, t.BekanntgabeArt)), ", "))
	}
	s.row("Vollstreckbarkeit", enforceable(&t.Vollstreckbarkeit))
	switch {
	case !t.MahnungAm.IsZero():
		s.row("Mahnung", "gemahnt am "+date(t.MahnungAm))
	case t.MahnungUnterblieben != "":
		s.row("Mahnung", "unterblieben: "+t.MahnungUnterblieben)
	}
	s.row("Verjährung tritt ein am", date(t.VerjaehrtAm))
	s.space(1)
}

// enforceable names the ground of enforceability.
func enforceable(v *amtshilfe.Vollstreckbarkeit) string {
	switch {
	case !v.UnanfechtbarSeit.IsZero():
		return "unanfechtbar seit " + date(v.UnanfechtbarSeit)
	case !v.SofortigeVollziehungAngeordnetAm.IsZero():
		return "sofortige Vollziehung angeordnet am " + date(v.SofortigeVollziehungAngeordnetAm)
	case v.KeineAufschiebendeWirkung != "":
		return "Rechtsbehelfe haben keine aufschiebende Wirkung: " + v.KeineAufschiebendeWirkung
	}
	return prefixed("kraft Gesetzes vollstreckbar: ", v.KraftGesetzes)
}

// claimText is the wide cell of a claim: what it is for, its references and how surcharges run on.
func claimText(f *amtshilfe.Forderung) string {
	first := f.Buchungstext
	if first == "" {
		first = word(forderungsarten, f.Forderungsart)
	}
	lines := nonEmpty(first, f.Zahlungsgrund, prefixed("Kassenzeichen ", f.Kassenzeichen), surcharge(f.Saeumnis))
	return strings.Join(lines, "\n")
}

// surcharge says how surcharges or interest of a claim run on.
func surcharge(z *amtshilfe.Saeumnis) string {
	if z == nil {
		return ""
	}
	name, runs, is := "", "laufen", "sind"
	switch z.Art {
	case "keine":
		return "Säumniszuschläge oder Zinsen fallen nicht an."
	case "saeumniszuschlag":
		name = "Säumniszuschläge"
	case "zins":
		name = "Zinsen"
	case "festbetrag":
		name, runs, is = "Festbetrag", "läuft", "ist"
	default:
		name = z.Art
	}
	parts := []string{name}
	if z.Satz != "" {
		parts = append(parts, strings.ReplaceAll(z.Satz, ".", ",")+" %")
	}
	if z.Basis != 0 {
		parts = append(parts, "aus "+z.Basis.String()+" EUR")
	}
	text := strings.Join(parts, " ") + prefixed(", berechnet bis ", date(z.BerechnetBis))
	return text + ", " + runs + unless(z.LaeuftWeiter) + " weiter und " + is + unless(z.MitBeitreiben) + " mit beizutreiben."
}

// unless is the word that a sentence has more if something is not so.
func unless(so bool) string {
	if so {
		return ""
	}
	return " nicht"
}
