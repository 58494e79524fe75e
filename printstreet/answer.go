package printstreet

import (
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// answerLine is one thing to tick, with room to write behind or below it.
type answerLine struct {
	text   string
	indent bool
	blanks int // lines to write on
}

// answers are what the other side can say on paper, each the counterpart of a message: 004, 005, 006, 010, 012.
var answers = []answerLine{
	{text: "Das Ersuchen ist bei uns eingegangen am (004):", blanks: 1},
	{text: "Wir weisen das Ersuchen zurück (005), weil:", blanks: 2},
	{text: "Wir haben das Ersuchen weitergeleitet oder geben es zurück (006); zuständig ist:", blanks: 1},
	{text: "Die neue Anschrift der Vollstreckungsschuldnerin/des Vollstreckungsschuldners lautet:", indent: true, blanks: 1},
	{text: "Sachstand (010):", blanks: 2},
	{text: "Die Vollstreckung ist abgeschlossen (012):"},
	{text: "vollständig beigetrieben am:", indent: true, blanks: 1},
	{text: "teilweise beigetrieben, Betrag in EUR:", indent: true, blanks: 1},
	{text: "erfolglos, weil (Protokoll bitte beifügen):", indent: true, blanks: 1},
}

// answerSheet is the last page, on a sheet of its own: the other side ticks, folds it and puts it into a window envelope.
func (s *setter) answerSheet(l *Letter) {
	wanted := s.profile.AnswerSheet || l.stationery().AnswerSheet
	if k := l.Message.Kind; !wanted || s.fault != nil || l.reply() || k != amtshilfe.KindErsuchen && k != amtshilfe.KindSachstandAnfrage {
		return
	}
	if s.profile.Duplex && len(s.pages)%2 == 1 {
		s.newPage()
		s.text(marginLeft, 60, styleSmall, "Diese Seite ist leer; das Antwortblatt folgt auf einem eigenen Blatt.")
	}
	s.newPage()
	s.answerPage = len(s.pages)
	s.text(marginLeft, 20+baseline(styleTitle), styleTitle, "Antwort auf ein Vollstreckungshilfeersuchen")
	s.answerAddress(l)
	s.y = bodyTop
	s.caseRows(l)
	s.paragraph(styleBody, "Zutreffendes bitte ankreuzen und dieses Blatt im Fensterumschlag zurücksenden.")
	for _, a := range answers {
		s.answer(a)
	}
	s.y = max(s.y+8, 258)
	for _, f := range []struct{ x, w float64 }{{marginLeft, 60}, {marginLeft + 70, 95}} {
		s.put(mark{kind: markLine, x: f.x, y: s.y, w: f.w})
	}
	s.text(marginLeft, s.y+baseline(styleSmall)+0.5, styleSmall, "Ort, Datum")
	s.text(marginLeft+70, s.y+baseline(styleSmall)+0.5, styleSmall, "Unterschrift, Name, Dienstsiegel")
}

// styleTitle is that of the answer sheet's heading.
var styleTitle = style{size: 12, bold: true}

// answerAddress puts the requester into the window: the sheet goes back to it.
func (s *setter) answerAddress(l *Letter) {
	w := s.profile.Zones.Window
	p := &l.sender().Person
	in := []string{p.Name(), p.Empfaenger}
	if len(p.Anschriften) > 0 {
		in = append(in, postalLines(p.Anschriften[0])...)
	}
	var lines []string
	for _, text := range nonEmpty(in...) {
		lines = append(lines, s.wrap(text, styleAddress, w.X+w.W-marginLeft)...)
	}
	if _, room := s.profile.windowLines(); len(p.Anschriften) == 0 || len(lines) > room {
		s.fail("DRUCK-ABSENDER", amtshilfe.OwnerMandant, "Die Anschrift der ersuchenden Behörde fehlt oder passt nicht in das Sichtfenster des Antwortblatts.")
		return
	}
	s.windowText(lines)
}

// caseRows names the case on the answer sheet.
func (s *setter) caseRows(l *Letter) {
	r := reference(l)
	if l.Message.Kind == amtshilfe.KindErsuchen {
		r = *ReferenceTo(l.Message)
	}
	s.row("Ersuchen vom", date(r.Vom))
	s.row("Zeichen der ersuchenden Behörde", r.Aktenzeichen)
	s.row("Vollstreckungsschuldner(in)", short(strings.Join(r.Schuldner, "; "), 200))
	s.row("Kennung des Vorgangs", r.UUID)
	s.row("Antwort von", l.Behoerde.Name)
	s.row("Ihr Aktenzeichen", strings.Repeat("_", 40))
	s.space(2)
}

// short cuts a text that a form has no room for; the letter itself has it in full.
func short(text string, runes int) string {
	if list := []rune(text); len(list) > runes {
		return string(list[:runes]) + " …"
	}
	return text
}

// answer is one box with its text and lines to write on. The first line goes on behind the text if there is room.
func (s *setter) answer(a answerLine) {
	const box, pitch = 3.4, 6.6
	x := marginLeft
	if a.indent {
		x += 8
	}
	s.put(mark{kind: markBox, x: x, y: s.y + 0.4, w: box, h: box})
	s.text(x+6, s.y+baseline(styleBody), styleBody, a.text)
	from := x + 8 + s.fonts.width(a.text, styleBody)
	for range a.blanks {
		if marginRight-from < 30 {
			from, s.y = x+6, s.y+pitch
		}
		s.put(mark{kind: markLine, x: from, y: s.y + 4, w: marginRight - from})
		from = marginRight // the next one below
	}
	s.y += pitch
}
