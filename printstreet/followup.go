package printstreet

import (
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// followUp sets a letter that goes on with a case: 007, 008, 009 and 015.
func (s *setter) followUp(l *Letter, anlagen []anlage) {
	subject, sentence := followUpWords(l)
	s.subject(subject, l.about())
	if g := l.Message.Ergaenzung; l.Message.Kind == amtshilfe.KindErgaenzung && g.Gefahr == "liegt-vor" {
		s.dangerBox(g.GefahrText)
	}
	s.paragraph(styleBody, "Sehr geehrte Damen und Herren,")
	s.paragraph(styleBody, sentence)
	s.replaces(l)
	s.references(l)
	switch l.Message.Kind {
	case amtshilfe.KindEinstellung:
		s.einstellung(&l.Message.Einstellung)
		if t := s.textsOf(l).Einstellung; t != "" {
			s.space(1.8)
			s.paragraph(styleBody, t)
		}
	case amtshilfe.KindForderungsaenderung:
		s.aenderung(&l.Message.Aenderung)
	case amtshilfe.KindErgaenzung:
		s.ergaenzung(l.Message)
	}
	s.message(l.Message.Text)
	s.signOff(l, &amtshilfe.AngeordnetVon{}, anlagen)
}

// followUpWords gives subject and first sentence.
func followUpWords(l *Letter) (subject, sentence string) {
	switch m := l.Message; {
	case l.reply() && m.Kind == amtshilfe.KindSachstandAnfrage:
		return "Anfrage zum Sachstand", "zu Ihrem Ersuchen bitten wir Sie um Mitteilung des Sachstands, insbesondere ob und in welcher Höhe die Forderungen noch bestehen."
	case l.reply():
		return "Ergänzung zum Vollstreckungshilfeersuchen", "zu Ihrem Ersuchen teilen wir Ihnen folgende Ergänzungen mit."
	}
	switch m := l.Message; m.Kind {
	case amtshilfe.KindForderungsaenderung:
		return "Änderung der Forderungen", "die Forderungen aus unserem Ersuchen haben sich geändert. Bitte vollstrecken Sie die nachstehend genannten Forderungen nur noch in Höhe der Restbeträge."
	case amtshilfe.KindEinstellung:
		e := einstellungen[m.Einstellung.Art]
		return e.subject, e.sentence
	case amtshilfe.KindSachstandAnfrage:
		return "Anfrage zum Sachstand", "wir bitten Sie um Mitteilung, welche Maßnahmen Sie auf unser Ersuchen getroffen haben und mit welchem Ergebnis."
	}
	return "Ergänzung zum Vollstreckungshilfeersuchen", "zu unserem Ersuchen teilen wir Ihnen folgende Ergänzungen mit."
}

// einstellung sets what an 008 stops, until when and why.
func (s *setter) einstellung(e *amtshilfe.Einstellung) {
	if einstellungen[e.Art].subject == "" {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Die Art der Einstellung ist unbekannt.")
	}
	s.heading("Umfang")
	s.row("Gültig bis", date(e.Bis))
	if len(e.Buchungsnummern) > 0 {
		s.row("Betroffene Forderungen (Buchungsnummern)", strings.Join(e.Buchungsnummern, ", "))
	} else {
		s.row("Betroffene Forderungen", "alle Forderungen des Ersuchens")
	}
	var list []string
	for _, m := range e.Massnahmen {
		list = append(list, word(massnahmen, m))
	}
	s.row("Betroffene Maßnahmen", strings.Join(list, "\n"))
	s.row("Grund", e.Grund)
}

// aenderung sets what is still owed. Without it a 007 would be a letter that says nothing.
func (s *setter) aenderung(a *amtshilfe.Aenderung) {
	if len(a.Rest) == 0 || a.Stichtag.IsZero() {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerBetrieb, "Die verbleibenden Forderungen fehlen; die Änderung kann nicht gedruckt werden.")
		return
	}
	var rows []tableRow
	for _, r := range a.Rest {
		rows = append(rows, tableRow{r.Betrag, []string{r.Buchungsnummer, r.Betrag.String()}})
	}
	cols := []column{{title: "Buchungsnummer", width: 120}, {title: "Restbetrag EUR", width: textWidth - 120, right: true}}
	s.tableUnder(func() { s.heading("Verbleibende Forderungen am " + date(a.Stichtag)) }, table{cols: cols, above: 1}, rows).end("Summe der genannten Forderungen am " + date(a.Stichtag))
	s.bookings(a.Buchungen)
}

var bookingColumns = []column{
	{title: "Forderung", width: 40},
	{title: "Buchung", width: 75},
	{title: "gebucht am", width: 24},
	{title: "Betrag EUR", width: textWidth - 139, right: true},
}

// bookings sets what changed the claims. The amounts are of different kinds, so they have no sum.
func (s *setter) bookings(list []amtshilfe.Buchung) {
	if len(list) == 0 {
		return
	}
	var rows []tableRow
	for i := range list {
		b := &list[i]
		rows = append(rows, tableRow{0, []string{b.Ursprung, bookingText(b), date(b.Am), b.Betrag.String()}})
	}
	s.tableUnder(func() { s.heading("Zugrunde liegende Buchungen") }, table{cols: bookingColumns, above: 1, noSum: true}, rows).end("")
}

// bookingText is what a booking does, under which number, and for how long.
func bookingText(b *amtshilfe.Buchung) string {
	what := word(buchungsarten, string(b.Art))
	if b.Aufhebung {
		what = "Aufhebung: " + what
	}
	if until := prefixed("wirksam am ", date(b.WirksamAm)) + prefixed(" bis ", date(b.Ende)); until != "" {
		what += " (" + strings.TrimSpace(until) + ")"
	}
	return strings.Join(nonEmpty(what, b.Text, prefixed("Buchungsnr. ", b.Buchungsnummer)), "\n")
}

// ergaenzung sets changed debtor data and a danger notice.
func (s *setter) ergaenzung(m *amtshilfe.Message) {
	g := &m.Ergaenzung
	if len(g.Schuldner) == 0 && g.Gefahr == "" && m.Text == "" && len(m.Anhaenge) == 0 {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Die Ergänzung hat keinen Inhalt.")
	}
	for i := range g.Schuldner {
		s.debtor(i, len(g.Schuldner), &g.Schuldner[i])
	}
	if g.Gefahr != "" {
		s.danger(g.Gefahr, g.GefahrText)
	}
}
