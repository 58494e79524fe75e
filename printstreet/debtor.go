package printstreet

import (
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// debtor sets one person with birth date, addresses and what protects them.
func (s *setter) debtor(i, n int, d *amtshilfe.Schuldner) {
	title := word(rollen, d.Rolle)
	if n > 1 {
		title = fmt.Sprintf("%d. %s", i+1, title)
	}
	s.section(title, func() { s.debtorRows(d) })
}

// debtorRows sets what stands below the name of the role.
func (s *setter) debtorRows(d *amtshilfe.Schuldner) {
	p := &d.Person
	s.row("Name", strings.Join(nonEmpty(p.Anrede, p.Name()), " "))
	if p.Firma != "" {
		if form := word(rechtsformen, p.Rechtsform); !strings.HasSuffix(p.Firma, form) {
			s.row("Rechtsform", form)
		}
		s.row("Vertreten durch/zu Händen", p.Empfaenger)
	}
	s.row("Geburtsname", p.Geburtsname)
	s.row("Geburtsdatum", date(p.Geburtsdatum))
	s.row("Sterbedatum", date(p.Sterbedatum))
	for i := range p.Anschriften {
		s.debtorAddress(&p.Anschriften[i], d.Schutzvermerk)
	}
	if len(p.Anschriften) == 0 {
		for _, v := range d.Schutzvermerk {
			s.styledRow(styleBold, "", "ACHTUNG: "+protection(v))
		}
	}
	for _, k := range p.Kommunikation {
		s.row(word(kanaele, k.Kanal), k.Kennung)
	}
	s.row("Insolvenzverfahren", insolvency(d.Insolvenz))
}

// insolvency names a proceeding, "" for none.
func insolvency(in *amtshilfe.Insolvenz) string {
	if in == nil {
		return ""
	}
	return strings.Join(nonEmpty(in.Gericht, in.Aktenzeichen, prefixed("eröffnet am ", date(in.EroeffnetAm)), word(ansprueche, in.Anspruch)), ", ")
}

// debtorAddress sets an address with the protection notes directly below it: who reads the address must see them.
func (s *setter) debtorAddress(a *amtshilfe.Postanschrift, notes []amtshilfe.Schutzvermerk) {
	label := "Anschrift"
	var types []string
	for _, t := range a.Typen {
		types = append(types, word(anschriftstypen, t))
	}
	if len(types) > 0 {
		label += " (" + strings.Join(types, ", ") + ")"
	}
	value := strings.Join(postalLines(*a), "\n")
	if valid := strings.Join(nonEmpty(prefixed("von ", date(a.Von)), prefixed("bis ", date(a.Bis))), " "); valid != "" {
		value += "\ngültig " + valid
	}
	s.keepTogether(value, notes)
	s.row(label, value)
	for _, v := range notes {
		s.styledRow(styleBold, "", "ACHTUNG: "+protection(v))
	}
}

// keepTogether starts a new page unless the address and its first note fit on this one: an address alone at the foot of a page would
// look unprotected.
func (s *setter) keepTogether(address string, notes []amtshilfe.Schutzvermerk) {
	if len(notes) == 0 {
		return
	}
	lines := len(s.wrap(address, styleBody, textWidth-labelWidth)) + len(s.wrap("ACHTUNG: "+protection(notes[0]), styleBold, textWidth-labelWidth))
	s.need(float64(min(lines, 20))*styleBody.leading() + 1)
}

func protection(v amtshilfe.Schutzvermerk) string {
	text := word(schutzvermerke, v.Art) + prefixed(" bis ", date(v.Bis))
	if v.Text != "" {
		text += ": " + v.Text
	}
	return text
}

// prefixed is text with something before it, "" for "".
func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
