package printstreet

import (
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// answerLetter sets a letter that answers a request: 004, 005, 006, 010, 011 and 012. A 010 can also go to the holder, who asked.
func (s *setter) answerLetter(l *Letter, anlagen []anlage) {
	m := l.Message
	subject, sentence := answerWords(l)
	s.subject(subject, l.about())
	s.paragraph(styleBody, "Sehr geehrte Damen und Herren,")
	s.paragraph(styleBody, sentence)
	s.replaces(l)
	s.references(l)
	switch m.Kind {
	case amtshilfe.KindZurueckweisung:
		s.refusal(m.Gruende)
	case amtshilfe.KindWeiterleitung:
		s.weiterleitung(m)
	case amtshilfe.KindSachstandAntwort:
		s.sachstand(m)
	case amtshilfe.KindZahlungsmitteilung:
		s.zahlungen(l)
	case amtshilfe.KindAbschluss:
		s.abschluss(l)
	}
	s.signOff(l, &amtshilfe.AngeordnetVon{}, anlagen)
}

// about is the line below the subject: whose request of which day.
func (l *Letter) about() string {
	whose := "zu unserem"
	if l.reply() {
		whose = "zu Ihrem"
	}
	return whose + " Ersuchen um Vollstreckungshilfe" + prefixed(" vom ", date(reference(l).Vom))
}

// answerWords gives subject and first sentence.
func answerWords(l *Letter) (subject, sentence string) {
	later := l.Message.Bezug.UUID != reference(l).UUID // it answers a later message, not the request
	switch m := l.Message; m.Kind {
	case amtshilfe.KindEingangsbestaetigung:
		what := "Ihr Ersuchen um Vollstreckungshilfe ist bei uns eingegangen. "
		if later {
			what = "Ihre Nachricht zu Ihrem Ersuchen um Vollstreckungshilfe ist bei uns eingegangen. "
		}
		return "Eingangsbestätigung", what + "Wir bearbeiten den Vorgang unter dem Aktenzeichen " + m.AktenzeichenEmpfaenger + "; bitte geben Sie es bei allen Mitteilungen und Rückfragen an."
	case amtshilfe.KindZurueckweisung:
		if later {
			return "Zurückweisung einer Nachricht zum Vollstreckungshilfeersuchen", "Ihre Nachricht zu Ihrem Ersuchen um Vollstreckungshilfe weisen wir aus den nachstehend genannten Gründen zurück."
		}
		return "Zurückweisung des Vollstreckungshilfeersuchens", "Ihr Ersuchen um Vollstreckungshilfe weisen wir aus den nachstehend genannten Gründen zurück."
	case amtshilfe.KindWeiterleitung:
		w := verbleibe[m.Verbleib]
		return w.subject, w.sentence
	case amtshilfe.KindSachstandAntwort:
		return "Mitteilung zum Sachstand", "wir teilen Ihnen den nachstehenden Sachstand mit."
	case amtshilfe.KindZahlungsmitteilung:
		return "Mitteilung über Zahlungen", "auf die Forderungen aus Ihrem Ersuchen wurden die nachstehend genannten Zahlungen geleistet."
	}
	return "Abschluss der Vollstreckung", word(ergebnissaetze, l.Message.Abschluss.Ergebnis)
}

// refusal sets the reasons of a 005.
func (s *setter) refusal(list []amtshilfe.Grund) {
	if len(list) == 0 {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Die Zurückweisung nennt keinen Grund.")
	}
	s.reasons("Gründe der Zurückweisung", list)
}

// reasons sets why something was not done, each reason with the facts that go with it.
func (s *setter) reasons(title string, list []amtshilfe.Grund) {
	if len(list) == 0 {
		return
	}
	s.heading(title)
	for i := range list {
		g := &list[i]
		label := "Grund"
		if len(list) > 1 {
			label = fmt.Sprintf("Grund %d", i+1)
		}
		s.row(label, g.Text)
		s.row("Schlüssel des Grundes", g.Code)
		s.newAddress(g.NeueAnschrift)
		s.row("Sterbedatum", date(g.Sterbedatum))
		s.row("Insolvenzverfahren", insolvency(g.Insolvenz))
		s.row("Vermögensauskunft vom", date(g.VermoegensauskunftVom))
		s.space(1)
	}
}

// newAddress is where a debtor lives now.
func (s *setter) newAddress(a *amtshilfe.Postanschrift) {
	if a != nil {
		s.row("Neue Anschrift", strings.Join(postalLines(*a), "\n"))
	}
}

// weiterleitung names the authority that has the case now, or should have it.
func (s *setter) weiterleitung(m *amtshilfe.Message) {
	w, ok := verbleibe[m.Verbleib]
	if !ok || m.AnBehoerde == nil {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Der Verbleib des Ersuchens oder die andere Behörde ist nicht angegeben.")
		return
	}
	p := &m.AnBehoerde.Person
	s.heading(w.heading)
	s.row("Behörde", authority(p))
	s.row("Kennung", m.AnBehoerde.Kennung)
	s.row("Aktenzeichen dort", m.AnBehoerde.Aktenzeichen)
	s.row("Auskunft erteilt", p.Empfaenger)
	for _, k := range p.Kommunikation {
		s.row(word(kanaele, k.Kanal), k.Kennung)
	}
	if m.NeueAnschrift != nil {
		s.heading("Angaben zur Vollstreckungsschuldnerin/zum Vollstreckungsschuldner")
		s.newAddress(m.NeueAnschrift)
	}
}

// sachstand sets how far a case is.
func (s *setter) sachstand(m *amtshilfe.Message) {
	st := &m.Sachstand
	s.heading("Sachstand")
	s.row("Stand des Verfahrens", word(sachstaende, st.Stand))
	var list []string
	for _, c := range st.Massnahmen {
		list = append(list, word(massnahmen, c))
	}
	s.row("Getroffene Maßnahmen", strings.Join(list, "\n"))
	s.row("Wiedervorlage am", date(st.Wiedervorlage))
	s.message(m.Text)
}

// message is the free text of a sender.
func (s *setter) message(text string) {
	if text != "" {
		s.heading("Mitteilung")
		s.paragraph(styleBody, text)
	}
}

var paymentColumns = []column{
	{title: "Forderung", width: 62},
	{title: "Zahlung", width: 38},
	{title: "gebucht am", width: 21},
	{title: "Wert vom", width: 21},
	{title: "Betrag EUR", width: textWidth - 142, right: true},
}

// zahlungen sets what was paid on which claim.
func (s *setter) zahlungen(l *Letter) {
	claims := reference(l).Forderungen
	var rows []tableRow
	for i := range l.Message.Zahlungen {
		b := &l.Message.Zahlungen[i]
		if b.Waehrung != "" && b.Waehrung != "EUR" {
			s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Zahlung %d lautet nicht auf Euro.", i+1)
		}
		what := strings.Join(nonEmpty(b.Text, prefixed("Buchungsnr. ", b.Buchungsnummer)), "\n")
		rows = append(rows, tableRow{b.Betrag, []string{claim(claims, b.Ursprung), what, date(b.Am), date(b.WirksamAm), b.Betrag.String()}})
	}
	if len(rows) == 0 {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Die Zahlungsmitteilung nennt keine Zahlung.")
		return
	}
	s.tableUnder(func() { s.heading("Zahlungen") }, table{cols: paymentColumns, above: 1}, rows).end("Summe der Zahlungen")
}

// claim is the number of a claim of the 003 with what it is for.
func claim(claims map[string]string, number string) string {
	return strings.Join(nonEmpty(number, claims[number]), "\n")
}

// abschluss sets how a case ended: the reasons, what was collected of each claim and paid over, and the costs.
func (s *setter) abschluss(l *Letter) {
	a := &l.Message.Abschluss
	if ergebnisse[a.Ergebnis] == "" {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Das Ergebnis der Vollstreckung ist unbekannt.")
	}
	s.heading("Ergebnis")
	s.row("Ergebnis der Vollstreckung", word(ergebnisse, a.Ergebnis))
	s.reasons("Gründe", l.Message.Gruende)
	if claims := reference(l).Forderungen; len(a.Beigetrieben) > 0 {
		var rows []tableRow
		for _, b := range a.Beigetrieben {
			rows = append(rows, tableRow{b.Betrag, []string{claim(claims, b.Buchungsnummer), b.Betrag.String()}})
		}
		cols := []column{{title: "Forderung", width: 130}, {title: "beigetrieben EUR", width: textWidth - 130, right: true}}
		s.tableUnder(func() { s.heading("Beigetriebene Beträge") }, table{cols: cols, above: 1}, rows).end("Summe der beigetriebenen Beträge")
	}
	s.block(5*styleBody.leading(), func() { s.accounts(a) })
	if b := &a.Bankverbindung; b.IBAN != "" {
		s.bank(b, "Für Zahlungen zu diesem Vorgang nennen wir Ihnen folgendes Konto:", l.stationery().BankQR)
	}
}

// accounts sets what was paid over, and the costs.
func (s *setter) accounts(a *amtshilfe.Abschluss) {
	s.heading("Abrechnung und Vollstreckungskosten")
	if !a.AbgefuehrtAm.IsZero() {
		s.row("An Sie abgeführt am "+date(a.AbgefuehrtAm), a.Abgefuehrt.String()+" EUR")
	} else {
		s.row("An Sie abgeführt", "kein Betrag")
	}
	s.row("Gedeckte Kosten", a.Gedeckt.String()+" EUR")
	s.row("Uneinbringliche Kosten", a.Uneinbringlich.String()+" EUR")
	s.row("Von Ihnen zu erstatten", a.ZuErstatten.String()+" EUR")
}
