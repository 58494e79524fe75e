package printstreet

import (
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// signOff ends a letter. Only a 003 ends with the words of a statute: they are about requests.
func (s *setter) signOff(l *Letter, a *amtshilfe.AngeordnetVon, anlagen []anlage) {
	least := 4 + 3*(styleBody.leading()+1.8)
	if l.stationery().Signature != nil {
		least += signatureBox[1] / 2
	}
	s.close(least, func() {
		s.space(4)
		s.paragraph(styleBody, "Mit freundlichen Grüßen")
		if p := l.stationery().Signature; p != nil {
			s.need(signatureBox[1])
			s.y += s.picture(p, marginLeft, s.y, signatureBox, false) + 1.5
		}
		s.paragraph(styleBody, l.sender().Person.Name())
		if who := nonEmpty(a.Name, a.Funktion); len(who) > 0 {
			s.paragraph(styleBody, "Angeordnet von: "+strings.Join(who, ", "))
		}
		closing := s.texts.Neutral.Abschluss
		if l.Message.Kind == amtshilfe.KindErsuchen {
			closing = s.textsOf(l).Abschluss
		}
		s.paragraph(styleBody, closing)
		if len(anlagen) <= shortList {
			s.enclosures(anlagen)
		}
	})
	if len(anlagen) > shortList {
		s.enclosures(anlagen)
	}
}

// shortList is how many attachments are listed on the page that ends the letter; a longer list may go on overleaf.
const shortList = 8

// enclosures lists the attachments; they lie beside the letter as files of their own.
func (s *setter) enclosures(list []anlage) {
	if len(list) == 0 {
		return
	}
	s.heading("Anlagen")
	for i, a := range list {
		s.item(fmt.Sprintf("%d.", i+1), a.name+pagesWord(len(a.doc.Pages)))
	}
}

// pagesWord says how many pages an attachment has, nothing if they were not counted.
func pagesWord(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " (1 Seite)"
	}
	return fmt.Sprintf(" (%d Seiten)", n)
}
