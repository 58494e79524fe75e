package printstreet

import (
	"fmt"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// ersuchen sets the body of a 003.
func (s *setter) ersuchen(l *Letter, anlagen []anlage) {
	e := l.Message.Ersuchen
	if e == nil {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerBetrieb, "Das Ersuchen hat keinen Inhalt.")
		return
	}
	s.checkClaims(e)
	s.subject("Ersuchen um Vollstreckungshilfe", prefixed("Aktenzeichen ", l.Message.Kopf.Absender.Aktenzeichen))
	if e.Gefahr == "liegt-vor" {
		s.dangerBox(e.GefahrText)
	}
	s.paragraph(styleBody, "Sehr geehrte Damen und Herren,")
	s.paragraph(styleBody, fmt.Sprintf("wir ersuchen Sie, gegen die nachstehend genannte(n) Person(en) die Vollstreckung durchzuführen. "+
		"Beizutreiben sind insgesamt %s EUR (Summe per %s)%s.", e.Betrag(), date(e.Vom), furtherClaims(e)))
	s.replaces(l)
	s.parties(l, e)
	for i := range e.Schuldner {
		s.debtor(i, len(e.Schuldner), &e.Schuldner[i])
	}
	s.claims(e)
	s.certificate(l, e)
	s.measures(e)
	s.danger(e.Gefahr, e.GefahrText)
	s.bank(&e.Bankverbindung, "Bitte überweisen Sie beigetriebene Beträge auf folgendes Konto:", l.stationery().BankQR)
	s.signOff(l, &e.AngeordnetVon, anlagen)
}

// checkClaims refuses what the table would lose: a claim without its title, an amount in another currency.
func (s *setter) checkClaims(e *amtshilfe.Ersuchen) {
	for i := range e.Forderungen {
		f := &e.Forderungen[i]
		if !slices.ContainsFunc(e.Titel, func(t amtshilfe.Titel) bool { return t.ID == f.Titel }) {
			s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Forderung %d verweist auf einen Titel, den das Ersuchen nicht enthält.", i+1)
		}
		if f.Waehrung != "" && f.Waehrung != "EUR" {
			s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Forderung %d lautet nicht auf Euro.", i+1)
		}
	}
}

// furtherClaims says in the first sentence that the sum is not all.
func furtherClaims(e *amtshilfe.Ersuchen) string {
	for i := range e.Forderungen {
		if z := e.Forderungen[i].Saeumnis; z != nil && z.LaeuftWeiter && z.MitBeitreiben {
			return " zuzüglich der weiterlaufenden Beträge, die bei den Forderungen genannt sind"
		}
	}
	return ""
}

// subject is the bold heading of the letter, and a line below it.
func (s *setter) subject(text, below string) {
	st := style{size: 11.5, bold: true}
	for _, line := range s.wrap(text, st, textWidth) {
		s.line(marginLeft, st, line)
	}
	for _, line := range s.wrap(below, styleBody, textWidth) {
		s.line(marginLeft, styleBody, line)
	}
	s.y += 4
}

// replaces names the electronic message that this letter stands in for.
func (s *setter) replaces(l *Letter) {
	if l.Ersetzt != "" {
		s.paragraph(styleBold, "Dieses Schreiben ersetzt die elektronische Nachricht "+l.Ersetzt+prefixed(" vom ", date(l.ErsetztVom))+", die nicht übermittelt werden konnte.")
	}
}

// parties says who asks for whom, and under which references.
func (s *setter) parties(l *Letter, e *amtshilfe.Ersuchen) {
	a := l.sender()
	s.heading("Beteiligte und Zeichen")
	s.row("Ersuchende Behörde", authority(&a.Person))
	s.row("Ersuchte Behörde", twoLines(addressee(&l.Behoerde)))
	s.row("Gläubiger(in)", e.Glaeubiger)
	s.row("Zeichen der Gläubigerin/des Gläubigers", e.GlaeubigerKassenzeichen)
	s.row("Aktenzeichen", l.Message.Kopf.Absender.Aktenzeichen)
	s.row("Kassenzeichen", kassenzeichen(e))
	s.row("Ersuchen vom", date(e.Vom))
	s.row("Art der Einnahme", einnahmeart(e.Einnahmeart))
	s.row("Kennung des Vorgangs", l.Message.Kopf.UUID)
	s.row("Früheres Ersuchen", e.Vorgaenger)
	if e.Wunschempfaenger != "" {
		s.row("Grund der Wahl der Behörde", word(wunschgruende, e.WunschGrund))
	}
	s.row("Weitere Ersuchen in der Sache", strings.Join(e.WeitereErsuchen, "\n"))
}

// authority is name and address of an authority.
func authority(p *amtshilfe.Person) string {
	parts := []string{p.Name()}
	if len(p.Anschriften) > 0 {
		parts = append(parts, postalLines(p.Anschriften[0])...)
	}
	return twoLines(parts)
}

// twoLines puts the name on a line of its own, the rest behind it.
func twoLines(parts []string) string {
	return strings.TrimSuffix(parts[0]+"\n"+strings.Join(parts[1:], ", "), "\n")
}

// kassenzeichen lists the different ones of the claims, in order.
func kassenzeichen(e *amtshilfe.Ersuchen) string {
	var list []string
	for i := range e.Forderungen {
		if k := e.Forderungen[i].Kassenzeichen; k != "" && !slices.Contains(list, k) {
			list = append(list, k)
		}
	}
	if len(list) > 10 {
		return fmt.Sprintf("%s und %d weitere (siehe Forderungen)", strings.Join(list[:10], ", "), len(list)-10)
	}
	return strings.Join(list, ", ")
}

// einnahmeart is the name of the code; its own name wins.
func einnahmeart(a amtshilfe.Einnahmeart) string {
	switch {
	case a.Name != "":
		return a.Name
	case a.List == einnahmeartList:
		return word(einnahmearten, a.Code)
	case a.Code != "":
		return "Schlüssel " + a.Code
	}
	return ""
}

// certificate is the statement that enforcement may start, with the person who answers for it.
func (s *setter) certificate(l *Letter, e *amtshilfe.Ersuchen) {
	if !e.Bescheinigt {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Die Vollstreckungsvoraussetzungen sind nicht bescheinigt.")
	}
	s.heading("Bescheinigung der Vollstreckbarkeit")
	s.paragraph(styleBody, "Die ersuchende Behörde bescheinigt, dass die oben genannten Forderungen vollstreckbar sind und die Voraussetzungen der Vollstreckung vorliegen.")
	s.ordered(&e.AngeordnetVon)
	if t := s.textsOf(l).Grundlage; t != "" {
		s.space(1)
		s.paragraph(styleBody, t)
	}
}

// ordered names the responsible person.
func (s *setter) ordered(a *amtshilfe.AngeordnetVon) {
	s.row("Angeordnet von", strings.Join(nonEmpty(a.Name, a.Funktion), ", "))
	if a.Beschreibung != "" {
		s.row("Anordnung", a.Beschreibung)
	}
}

func nonEmpty(list ...string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// measures lists what the requester asks for; without a list the other authority chooses.
func (s *setter) measures(e *amtshilfe.Ersuchen) {
	s.section("Erbetene Maßnahmen", func() {
		if len(e.Massnahmen) == 0 {
			s.paragraph(styleBody, "Die Wahl der geeigneten Vollstreckungsmaßnahmen überlassen wir Ihnen.")
		}
		for _, m := range e.Massnahmen {
			s.item("–", word(massnahmen, m))
		}
	})
}

// danger prints one of three sentences, always: silence would be read as "no danger".
func (s *setter) danger(stand, text string) {
	sentence, ok := gefahren[stand]
	if !ok {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerMandant, "Die Angabe zum Gefahrenhinweis fehlt.")
	}
	s.heading("Gefahrenhinweis")
	if stand == "liegt-vor" {
		s.paragraph(styleBold, sentence+" Siehe den Kasten auf Seite\u00A01.")
		return
	}
	s.paragraph(styleBody, sentence)
	if text != "" {
		s.paragraph(styleBody, text)
	}
}

// dangerBox is the framed notice on page 1.
func (s *setter) dangerBox(text string) {
	const pad = 2.5
	lines := []string{"Gefahrenhinweis"}
	lines = append(lines, s.wrap(gefahren["liegt-vor"], styleBold, textWidth-2*pad)...)
	bold := len(lines)
	lines = append(lines, s.wrap(text, styleBody, textWidth-2*pad)...)
	top := s.y
	s.y += pad / 2
	frame := func() {
		s.put(mark{kind: markBox, x: marginLeft, y: top, w: textWidth, h: s.y + pad/2 - top})
	}
	for i, line := range lines {
		if s.y+styleBody.leading()+pad > bodyBottom {
			frame()
			s.newPage()
			top = s.y
			s.y += pad / 2
			s.text(marginLeft+pad, s.y+baseline(styleBold), styleBold, "Gefahrenhinweis (Fortsetzung)")
			s.y += styleBody.leading()
		}
		st := styleBody
		if i < bold {
			st = styleBold
		}
		s.text(marginLeft+pad, s.y+baseline(st), st, line)
		s.y += styleBody.leading()
	}
	frame()
	s.y += pad/2 + 4
}
