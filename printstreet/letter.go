package printstreet

import (
	"fmt"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// overprint stands across each page of a letter that must not be sent.
const overprint = "TESTDRUCK – OHNE RECHTSWIRKUNG – NICHT VERSENDEN"

// setLetter is a letter as it was set: everything but drawing has been done.
type setLetter struct {
	pages   []sheetPage
	plz     string // of the addressee, "" = foreign
	party   string // address and sender as printed: who may share an envelope
	anlagen []anlage
}

// set makes the pages of a letter. A message that cannot be printed gives a Fault; a panic inside is one, too.
func set(l *Letter, p *Profile, fonts *fontSet) (out setLetter, fault *amtshilfe.Fault) {
	defer func() {
		if r := recover(); r != nil { // the value may hold text of the letter
			out, fault = setLetter{}, faultPanic(r)
		}
	}()
	words, err := loadTexts()
	if err != nil {
		return setLetter{}, &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "DRUCK-FEHLER", Owner: amtshilfe.OwnerBetrieb,
			Text: "Die Texte der Schreiben sind nicht lesbar.", Err: err}
	}
	s := &setter{fonts: fonts, profile: p, texts: words, test: l.Betriebsart != amtshilfe.Produktion || p.Betriebsart != amtshilfe.Produktion}
	if l.Message == nil {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerBetrieb, "Zu diesem Schreiben gibt es keine Nachricht.")
		return setLetter{}, s.fault
	}
	if l.Datum.IsZero() {
		s.fail("DRUCK-INHALT", amtshilfe.OwnerBetrieb, "Das Datum des Schreibens fehlt.")
	}
	out.anlagen, out.party = s.attachments(l), s.party(l)
	s.newPage()
	s.letterhead(l)
	out.plz = s.address(l)
	s.y = max(s.infoBlock(l)+5, bodyTop)
	switch l.Message.Kind {
	case amtshilfe.KindErsuchen:
		s.ersuchen(l, out.anlagen)
	case amtshilfe.KindForderungsaenderung, amtshilfe.KindEinstellung, amtshilfe.KindSachstandAnfrage, amtshilfe.KindErgaenzung:
		s.followUp(l, out.anlagen)
	case amtshilfe.KindEingangsbestaetigung, amtshilfe.KindZurueckweisung, amtshilfe.KindWeiterleitung, amtshilfe.KindSachstandAntwort,
		amtshilfe.KindZahlungsmitteilung, amtshilfe.KindAbschluss:
		s.answerLetter(l, out.anlagen)
	default:
		s.fail("DRUCK-INHALT", amtshilfe.OwnerBetrieb, "Für die Nachricht %s gibt es kein Schreiben.", l.Message.Kind)
	}
	s.answerSheet(l)
	s.furnish(l)
	out.pages = s.pages
	s.attachmentSheets(out.anlagen)
	return out, s.fault
}

// faultPanic says that a bug of ours stopped a letter; r may hold text of it.
func faultPanic(r any) *amtshilfe.Fault {
	return &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "DRUCK-FEHLER", Owner: amtshilfe.OwnerBetrieb,
		Text: "Das Schreiben konnte wegen eines Programmfehlers nicht gesetzt werden.", Err: fmt.Errorf("panic of type %T", r)}
}

// sender is whose letter it is.
func (l *Letter) sender() *amtshilfe.Akteur {
	if l.Absender.Person.Name() != "" {
		return &l.Absender
	}
	return &l.Message.Kopf.Absender
}

// letterhead is the name of the authority that writes, with its address.
func (s *setter) letterhead(l *Letter) {
	p := &l.sender().Person
	st := style{size: 14, bold: true}
	width := letterheadWidth
	if logo := l.stationery().Logo; logo != nil {
		width -= logoBox[0] + 4
		s.picture(logo, marginLeft+letterheadWidth, 14, logoBox, true)
	}
	if s.fonts.width(p.Name(), st) > 2*width {
		st.size = 10
	}
	y := 14.0
	for _, line := range s.wrap(p.Name(), st, width) {
		s.text(marginLeft, y+baseline(st), st, line)
		y += st.leading()
	}
	if len(p.Anschriften) > 0 {
		small := style{size: 9}
		for _, line := range s.wrap(strings.Join(postalLines(p.Anschriften[0]), " · "), small, width) {
			s.text(marginLeft, y+baseline(small)+0.5, small, line)
			y += small.leading()
		}
	}
	if y > 40 {
		s.fail("DRUCK-ABSENDER", amtshilfe.OwnerMandant, "Name oder Anschrift der absendenden Behörde ist zu lang für den Briefkopf.")
	}
	s.put(mark{kind: markLine, x: marginLeft, y: 41, w: textWidth})
	if p.Name() == "" {
		s.fail("DRUCK-ABSENDER", amtshilfe.OwnerMandant, "Der Name der absendenden Behörde fehlt.")
	}
}

// letterheadWidth leaves room for the code of the case at the right.
const letterheadWidth = 138.0

// The largest logo and signature in mm.
var (
	logoBox      = [2]float64{40, 22}
	signatureBox = [2]float64{50, 16}
)

// infoBlock stands beside the address and gives the lower edge.
func (s *setter) infoBlock(l *Letter) float64 {
	a := l.sender()
	rows := [][2]string{{"Unser Zeichen", l.Message.Kopf.Absender.Aktenzeichen}}
	rows = append(rows, [2]string{"Ihr Zeichen", l.theirReference()}, [2]string{"Auskunft erteilt", a.Person.Empfaenger})
	for _, k := range a.Person.Kommunikation {
		rows = append(rows, [2]string{word(kanaele, k.Kanal), k.Kennung})
	}
	rows = append(rows, [2]string{"Datum", date(l.Datum)})
	y := infoTop
	st := style{size: 8.5}
	const label = 23.0
	for _, r := range rows {
		if r[1] == "" {
			continue
		}
		s.text(infoLeft, y+baseline(st), styleSmall, r[0])
		for _, line := range s.wrap(r[1], st, infoRight-infoLeft-label) {
			s.text(infoLeft+label, y+baseline(st), st, line)
			y += st.leading()
		}
		y += 0.6
	}
	if y > 150 {
		s.fail("DRUCK-ABSENDER", amtshilfe.OwnerMandant, "Zeichen und Erreichbarkeit der absendenden Behörde sind zu lang für das Schreiben.")
	}
	return y
}

// furnish adds what needs the number of pages: foot lines, heads of the later pages, machine marks.
func (s *setter) furnish(l *Letter) {
	if s.fault != nil {
		return
	}
	pages, n := s.pages, len(s.pages)
	for i := range n {
		s.pages = pages[:i+1]
		if i > 0 && i+1 != s.answerPage {
			s.text(marginLeft, 16, styleSmall, s.runningHead(l))
			s.put(mark{kind: markLine, x: marginLeft, y: 18, w: textWidth})
		}
		if i+1 == s.answerPage {
			s.text(marginLeft, 279.5, styleSmall, "Bitte dieses Blatt zurücksenden.")
		}
		s.foot(fmt.Sprintf("Seite %d von %d", i+1, n))
	}
	s.pages = pages
	s.codeMark(l)
}

// foot ends a page: which of how many, the test sentence, the marks at the edge.
func (s *setter) foot(page string) {
	s.textRight(marginRight, 284, styleSmall, page)
	if s.test {
		st := style{size: 8, bold: true}
		s.text(marginLeft+(textWidth-s.fonts.width(overprint, st))/2, 288.5, st, overprint)
	}
	if s.profile.Marks {
		for _, m := range [][2]float64{{105, 4}, {148.5, 5.5}, {210, 4}} {
			s.put(mark{kind: markLine, x: 4, y: m[0], w: m[1]})
		}
	}
}

// runningHead names the letter on its later pages, in one line: by our reference, or by the case if that is too long.
func (s *setter) runningHead(l *Letter) string {
	day := "Schreiben vom " + date(l.Datum)
	text := day + prefixed(" · Aktenzeichen ", strings.ReplaceAll(tidy(l.Message.Kopf.Absender.Aktenzeichen), "\n", " "))
	if s.fonts.width(text, styleSmall) <= textWidth {
		return text
	}
	if l.Message.Kind == amtshilfe.KindErsuchen {
		return day + " · Kennung des Vorgangs " + l.Message.Kopf.UUID
	}
	return day + prefixed(" · Kennung des Vorgangs ", reference(l).UUID)
}

// date is a day as Germans write it, "" for none.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("02.01.2006")
}
