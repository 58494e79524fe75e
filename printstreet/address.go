package printstreet

import (
	"regexp"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// The address field: regular type of 10 points, six lines, inside what every position of the sheet in the envelope shows.
var (
	styleAddress = style{size: 10}
	styleReturn  = style{size: 7}
)

const (
	addressLines   = 6
	addressLeading = 12 * mmPerPt
)

var plzLine = regexp.MustCompile(`^(?:D-)?([0-9]{5}) \S`)

// address fills the window and gives the postcode.
func (s *setter) address(l *Letter) (plz string) {
	w := s.profile.Zones.Window
	width := w.X + w.W - marginLeft
	s.returnLine(l, width)
	in := addressee(&l.Behoerde)
	var lines []string
	for i, text := range in {
		if strings.TrimSpace(text) == "" {
			continue
		}
		broken := s.wrap(text, styleAddress, width)
		if i == len(in)-1 && len(broken) != 1 {
			s.fail("DRUCK-ANSCHRIFT", amtshilfe.OwnerRegisterpflege, "Die letzte Zeile der Empfängeranschrift ist zu lang für das Sichtfenster.")
		}
		lines = append(lines, broken...)
	}
	_, room := s.profile.windowLines()
	if len(lines) < 2 || len(lines) > room {
		s.fail("DRUCK-ANSCHRIFT", amtshilfe.OwnerRegisterpflege, "Die Empfängeranschrift hat %d Zeilen; im Sichtfenster ist Platz für 2 bis %d.", len(lines), room)
		return ""
	}
	last := lines[len(lines)-1]
	if m := plzLine.FindStringSubmatch(last); m != nil {
		plz = m[1]
		lines[len(lines)-1] = strings.TrimPrefix(last, "D-")
	} else if !foreign(l.Behoerde.Anschrift) {
		s.fail("DRUCK-ANSCHRIFT", amtshilfe.OwnerRegisterpflege, "Die letzte Zeile der Empfängeranschrift nennt nicht Postleitzahl und Ort.")
	}
	s.windowText(lines)
	return plz
}

// windowText fills the address zone from the top.
func (s *setter) windowText(lines []string) {
	w := s.profile.Zones.Window
	_, room := s.profile.windowLines()
	y := w.Y + w.H - descent - float64(room-1)*addressLeading
	for i, text := range lines {
		s.text(marginLeft, y+float64(i)*addressLeading, styleAddress, text)
	}
}

// returnLine is one small line above the address, two at most.
func (s *setter) returnLine(l *Letter, width float64) {
	text, st := s.returnText(l), styleReturn
	for st.size > 5.5 && s.fonts.width(text, st) > width {
		st.size -= 0.5
	}
	lines := s.wrap(text, st, width)
	if len(lines) > 2 {
		s.fail("DRUCK-ABSENDER", amtshilfe.OwnerMandant, "Die Rücksendeangabe ist zu lang für das Sichtfenster.")
	}
	top, _ := s.profile.windowLines()
	for i, line := range lines {
		s.text(marginLeft, top+3.3+float64(i)*2.6, st, line)
	}
}

// returnText is where an envelope goes back to.
func (s *setter) returnText(l *Letter) string {
	text := l.Ruecksende
	if text == "" {
		text = l.stationery().Ruecksende
	}
	if p := &l.sender().Person; text == "" {
		text = p.Name()
		if len(p.Anschriften) > 0 {
			text += " · " + strings.Join(postalLines(p.Anschriften[0]), " · ")
		}
	}
	return text
}

// addressee gives name and lines of an authority; the directory may have the name in the first line as well.
func addressee(b *amtshilfe.Behoerde) []string {
	lines := b.Anschriftzeilen
	if len(lines) == 0 {
		if lines = postalLines(b.Anschrift); foreign(b.Anschrift) {
			lines = abroad(lines)
		}
	}
	if len(lines) > 0 && lines[0] == b.Name {
		lines = lines[1:]
	}
	return append([]string{b.Name}, lines...)
}

func foreign(a amtshilfe.Postanschrift) bool { return a.Staat != "" && a.Staat != "000" }

// postalLines is an address in lines, the postcode in the last one of a German address.
func postalLines(a amtshilfe.Postanschrift) []string {
	var lines []string
	add := func(parts ...string) {
		if s := strings.Join(strings.Fields(strings.Join(parts, " ")), " "); s != "" {
			lines = append(lines, s)
		}
	}
	add(a.Zusatz)
	add(a.Ortsteil)
	if a.Postfach != "" {
		add("Postfach", a.Postfach)
	}
	add(a.Strasse, a.Hausnummer, a.HausnummerZusatz)
	add(a.Postleitzahl, a.Ort)
	if foreign(a) {
		add(staat(a.Staat))
	}
	return lines
}
