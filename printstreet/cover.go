package printstreet

import (
	"fmt"

	"damtshilfe/internal/amtshilfe"
)

// coverList sets the first sheet of an envelope with several letters: the address in the window and what is enclosed. It is no letter of
// its own; it says so, and has no page of the case.
func (j *Job) coverList(fonts *fontSet, letters []setLetter, enclosed []int) (out setLetter, fault *amtshilfe.Fault) {
	defer func() {
		if r := recover(); r != nil { // the value may hold text of a letter
			out, fault = setLetter{}, faultPanic(r)
		}
	}()
	l := &j.Letters[enclosed[0]]
	s := &setter{fonts: fonts, profile: &j.Profile, test: j.Betriebsart != amtshilfe.Produktion}
	s.newPage()
	s.letterhead(l)
	out.plz = s.address(l)
	s.y = max(s.coverBlock(l, len(enclosed)), bodyTop)
	s.subject("Deckblatt: Verzeichnis der enthaltenen Schreiben", fmt.Sprintf("Dieser Umschlag enthält %d Schreiben.", len(enclosed)))
	s.paragraph(styleBody, "Die Schreiben folgen in dieser Reihenfolge, jedes mit seinen Anlagen. Jedes ist für sich gültig und trägt seine eigene Seitenzählung; "+
		"dieses Blatt dient nur der Verteilung in Ihrem Haus.")
	t := s.beginTable(coverColumns)
	t.noSum = true
	for n, i := range enclosed {
		in := &j.Letters[i]
		t.row(0, fmt.Sprint(n+1), in.Message.Kopf.Absender.Aktenzeichen, in.theirReference(), vorgang(in), pagesOf(&letters[i]))
	}
	t.end("")
	s.paragraph(styleBody, "Fehlt ein Schreiben oder gehört eines nicht zu Ihnen, geben Sie uns bitte Nachricht.")
	s.coverFeet(l)
	out.pages = s.pages
	return out, s.fault
}

var coverColumns = []column{{"Nr.", 9, false}, {"Unser Zeichen", 42, false}, {"Ihr Zeichen", 30, false}, {"Vorgang", 58, false}, {"Seiten", 26, false}}

// coverBlock is the information block of a cover list.
func (s *setter) coverBlock(l *Letter, n int) float64 {
	y, st := infoTop, style{size: 8.5}
	for _, r := range [][2]string{{"Schreiben", fmt.Sprint(n)}, {"Datum", date(l.Datum)}} {
		s.text(infoLeft, y+baseline(st), styleSmall, r[0])
		s.text(infoLeft+23, y+baseline(st), st, r[1])
		y += st.leading() + 0.6
	}
	return y
}

// coverFeet numbers the pages of the list by itself.
func (s *setter) coverFeet(l *Letter) {
	pages, n := s.pages, len(s.pages)
	for i := range n {
		s.pages = pages[:i+1]
		if i > 0 {
			s.text(marginLeft, 16, styleSmall, "Deckblatt vom "+date(l.Datum))
			s.put(mark{kind: markLine, x: marginLeft, y: 18, w: textWidth})
		}
		s.foot(fmt.Sprintf("Deckblatt, Seite %d von %d", i+1, n))
	}
	s.pages = pages
}

// vorgaenge are the messages as a cover list names them.
var vorgaenge = map[amtshilfe.Kind]string{
	amtshilfe.KindErsuchen: "Ersuchen um Vollstreckungshilfe", amtshilfe.KindEingangsbestaetigung: "Eingangsbestätigung", amtshilfe.KindZurueckweisung: "Zurückweisung",
	amtshilfe.KindWeiterleitung: "Weiterleitung", amtshilfe.KindForderungsaenderung: "Änderung der Forderungen", amtshilfe.KindEinstellung: "Einstellung",
	amtshilfe.KindSachstandAnfrage: "Anfrage zum Sachstand", amtshilfe.KindSachstandAntwort: "Sachstand", amtshilfe.KindZahlungsmitteilung: "Zahlungsmitteilung",
	amtshilfe.KindAbschluss: "Abschluss", amtshilfe.KindErgaenzung: "Ergänzung",
}

func vorgang(l *Letter) string {
	return fmt.Sprintf("%s (%s)", vorgaenge[l.Message.Kind], l.Message.Kind)
}

// pagesOf says how many pages a letter has, and how many its attachments.
func pagesOf(l *setLetter) string {
	text := fmt.Sprint(len(l.pages))
	more := 0
	for i := range l.anlagen {
		more += len(l.anlagen[i].doc.Pages)
	}
	if more > 0 {
		text += fmt.Sprintf(", Anlagen: %d", more)
	}
	return text
}
