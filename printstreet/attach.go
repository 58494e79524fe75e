package printstreet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
)

// What is done with attachments of letters.
const (
	AttachmentsHold  = "hold"
	AttachmentsPrint = "print"
)

// anlage is an attachment on its way to paper.
type anlage struct {
	name   string // as the sender called it; printed on the letter only
	data   []byte
	doc    attachment.Document // its pages; none in a preview
	sheets []sheetPage         // one for each page, set when the letter is
}

// attachments decodes the PDFs of a message, whatever kind it is.
func (s *setter) attachments(l *Letter) []anlage {
	var out []anlage
	for i, a := range anhaenge(l.Message) {
		data, err := decodeBase64(a.Inhalt)
		if err != nil || !bytes.HasPrefix(data, []byte("%PDF-")) {
			s.fail("DRUCK-ANHANG", amtshilfe.OwnerMandant, "Anhang %d ist kein lesbares PDF und kann nicht gedruckt werden.", i+1)
			return nil
		}
		if sum := sha256.Sum256(data); a.SHA256 != "" && !strings.EqualFold(a.SHA256, hex.EncodeToString(sum[:])) {
			s.fail("DRUCK-ANHANG", amtshilfe.OwnerMandant, "Die Prüfsumme von Anhang %d stimmt nicht mit seinem Inhalt überein.", i+1)
			return nil
		}
		out = append(out, anlage{name: a.Dateiname, data: data})
		if i < len(l.documents) {
			out[i].doc = l.documents[i]
		}
	}
	return out
}

// anhaenge are those of a message, whatever kind it is.
func anhaenge(m *amtshilfe.Message) []amtshilfe.Anhang {
	list := m.Anhaenge
	if m.Ersuchen != nil {
		list = append(list[:len(list):len(list)], m.Ersuchen.Anhaenge...)
	}
	return list
}

// faultNoPrint is asked about a letter whose attachments the print centre does not print.
var faultNoPrint = amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "DRUCK-ANLAGEN", Owner: amtshilfe.OwnerBetrieb,
	Text: "Das Druckzentrum druckt keine Anlagen (attachments im Druckprofil), und ohne sie wäre das Schreiben unvollständig. Der Betrieb lässt sie im Druckprofil zu und stößt das Schreiben neu an, oder er weist es ab."}

// unprintable says in German why an attachment is not printed.
var unprintable = map[attachment.Problem]string{
	attachment.Encrypted: "er ist verschlüsselt", attachment.Broken: "er ist als PDF beschädigt", attachment.Active: "er enthält aktive Inhalte oder eingebettete Dateien",
	attachment.TooCostly: "er ist nicht mit vertretbarem Aufwand lesbar", attachment.NoForm: "er enthält ausgefüllte Felder oder Anmerkungen ohne eigene Darstellung, die auf Papier fehlen würden",
}

// cut reads the pages of a letter's attachments. The Fault is about the letter, the error about the reader.
func (j *Job) cut(l *Letter) (*amtshilfe.Fault, error) {
	if l.Message == nil {
		return nil, nil
	}
	list := anhaenge(l.Message)
	if len(list) > 0 && j.Profile.Attachments != AttachmentsPrint {
		return &faultNoPrint, nil
	}
	l.documents = nil
	for i, a := range list {
		data, err := decodeBase64(a.Inhalt)
		if err != nil {
			return nil, nil // setting the letter says so
		}
		if j.Cut == nil {
			return nil, errors.New("nobody reads attachments")
		}
		doc, report, err := j.Cut(context.Background(), data)
		if err != nil {
			return nil, fmt.Errorf("read attachment: %w", err)
		}
		if report.Problem != "" {
			return &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "DRUCK-ANHANG", Owner: amtshilfe.OwnerMandant,
				Text: fmt.Sprintf("Anhang %d kann nicht gedruckt werden: %s; bitte die Nachricht zurückziehen und mit einem anderen PDF (am besten PDF/A) neu senden.", i+1, unprintable[report.Problem])}, nil
		}
		l.documents = append(l.documents, doc)
	}
	return nil, nil
}

// attachmentSheets sets the pages of the attachments, each on the front of a sheet of its own.
func (s *setter) attachmentSheets(list []anlage) {
	area := s.profile.attachmentArea()
	for n := range list {
		a := &list[n]
		pages := s.pages
		for i := range a.doc.Pages {
			s.pages = []sheetPage{nil}
			s.put(formMark(&a.doc.Pages[i], i+1, area))
			if s.test {
				s.put(mark{kind: markOutline})
			}
			s.foot(fmt.Sprintf("Anlage %d, Seite %d von %d", n+1, i+1, len(a.doc.Pages)))
			a.sheets = append(a.sheets, s.pages[0])
		}
		s.pages = pages
	}
}

// attachmentArea is where a page of an attachment may lie: the text's area, above or below the strip where the centre prints its franking,
// whichever leaves more.
func (p *Profile) attachmentArea() Rect {
	area := Rect{marginLeft, 12, infoRight - marginLeft, 279 - 12}
	f := p.Zones.Franking
	if !f.overlaps(area) {
		return area
	}
	above, below := area, area
	above.H = f.Y - area.Y
	below.Y = f.Y + f.H
	below.H = area.Y + area.H - below.Y
	if above.H > below.H {
		return above
	}
	return below
}

// formMark puts a page into the middle of an area, smaller if it must, never larger, never turned.
func formMark(p *attachment.Page, form int, area Rect) mark {
	w, h := (p.Box[2]-p.Box[0])*p.Unit/ptPerMM, (p.Box[3]-p.Box[1])*p.Unit/ptPerMM
	if p.Rotate%180 != 0 {
		w, h = h, w
	}
	scale := min(1, area.W/w, area.H/h)
	return mark{kind: markForm, x: area.X + (area.W-w*scale)/2, y: area.Y + (area.H-h*scale)/2, w: w * scale, h: h * scale, form: form, page: p}
}

// formMatrix maps the box of a form, turned as its page is to be read, to a rectangle of our page in points from the lower left corner.
func formMatrix(p *attachment.Page, x, y, w float64) [6]float64 {
	l, b, r, t := p.Box[0], p.Box[1], p.Box[2], p.Box[3]
	var m [6]float64
	k := w / (r - l)
	switch p.Rotate {
	case 90:
		k = w / (t - b)
		m = [6]float64{0, -k, k, 0, x - k*b, y + k*r}
	case 180:
		m = [6]float64{-k, 0, 0, -k, x + k*r, y + k*t}
	case 270:
		k = w / (t - b)
		m = [6]float64{0, k, -k, 0, x + k*t, y - k*l}
	default:
		m = [6]float64{k, 0, 0, k, x - k*l, y - k*b}
	}
	return m
}

// decodeBase64 reads xs:base64Binary: white space anywhere is allowed.
func decodeBase64(text []byte) ([]byte, error) {
	clean := make([]byte, 0, len(text))
	for _, c := range text {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			clean = append(clean, c)
		}
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(clean)))
	n, err := base64.StdEncoding.Decode(out, clean)
	return out[:n], err
}
