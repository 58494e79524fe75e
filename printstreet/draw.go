package printstreet

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jung-kurt/gofpdf"

	"damtshilfe/internal/amtshilfe"
)

const (
	creator  = "dAmtshilfe gateway"
	producer = "dAmtshilfe printstreet, gofpdf 1.16.2"
	family   = "noto"
)

// ptPerMM turns mm into PDF units.
const ptPerMM = 72 / 25.4

// canvas is one gofpdf document. Everything drawn has passed the text gate.
type canvas struct {
	pdf   *gofpdf.Fpdf
	fonts *fontSet
	style style // set on the current page; zero = none yet
}

// newCanvas starts a document whose bytes depend on nothing but what is drawn, title and time.
func newCanvas(fonts *fontSet, title string, created time.Time) *canvas {
	p := gofpdf.New("P", "mm", "A4", "")
	p.SetCatalogSort(true)
	p.SetCompression(false) // Finish compresses, with one compressor for all pages
	p.SetCreationDate(created.UTC())
	p.SetModificationDate(created.UTC())
	p.SetTitle(title, true)
	p.SetCreator(creator, true)
	p.SetProducer(producer, true)
	p.SetAutoPageBreak(false, 0)
	p.SetMargins(0, 0, 0)
	p.SetCellMargin(0)
	p.AddUTF8FontFromBytes(family, "", fonts.regular.ttf)
	p.AddUTF8FontFromBytes(family, "B", fonts.bold.ttf)
	return &canvas{pdf: p, fonts: fonts}
}

// letter draws the pages of a letter, and a blank back if the sheets are printed on both sides. A panic of gofpdf becomes a Fault.
func (c *canvas) letter(l *setLetter, duplex, test bool) (fault *amtshilfe.Fault) {
	defer func() {
		if r := recover(); r != nil {
			fault = drawFault(fmt.Errorf("panic of type %T", r))
		}
	}()
	for _, page := range l.pages {
		c.page(page)
	}
	if duplex && len(l.pages)%2 == 1 {
		var back sheetPage
		if test {
			back = sheetPage{{kind: markOverprint}}
		}
		c.page(back)
	}
	if c.pdf.Err() {
		return drawFault(errors.New("gofpdf refused the letter"))
	}
	return nil
}

func drawFault(err error) *amtshilfe.Fault {
	return &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "DRUCK-FEHLER", Owner: amtshilfe.OwnerBetrieb,
		Text: "Das Schreiben konnte wegen eines Programmfehlers nicht gezeichnet werden.", Err: err}
}

func (c *canvas) page(p sheetPage) {
	c.pdf.AddPage()
	c.style = style{}
	c.pdf.RawWriteStr("0.57 w\n")
	for i := range p {
		c.mark(&p[i])
	}
}

// mark draws one mark. Only text goes through gofpdf, which must know the runes it embeds; lines and areas are plain operators
// in DeviceGray, so that no colour state of gofpdf is touched.
func (c *canvas) mark(m *mark) {
	x, y, w, h := m.x*ptPerMM, (pageHeight-m.y)*ptPerMM, m.w*ptPerMM, m.h*ptPerMM
	switch m.kind {
	case markText:
		c.font(m.style)
		c.pdf.Text(m.x, m.y, m.text)
	case markLine:
		c.pdf.RawWriteStr(fmt.Sprintf("%.2f %.2f m %.2f %.2f l S\n", x, y, x+w, y-h))
	case markBox:
		c.pdf.RawWriteStr(fmt.Sprintf("1.2 w %.2f %.2f %.2f %.2f re S 0.57 w\n", x, y-h, w, h))
	case markFill:
		c.pdf.RawWriteStr(fmt.Sprintf("0.92 g %.2f %.2f %.2f %.2f re f 0 g\n", x, y-h, w, h))
	case markCode:
		c.pdf.RawWriteStr(fmt.Sprintf("q %.4f 0 0 %.4f %.2f %.2f cm\n%sf Q\n", codeModule*ptPerMM, codeModule*ptPerMM, x, y-w, m.code.path))
	case markOverprint:
		c.overprint()
	}
}

func (c *canvas) font(st style) {
	if st == c.style {
		return
	}
	c.style = st
	bold := ""
	if st.bold {
		bold = "B"
	}
	c.pdf.SetFont(family, bold, st.size)
}

// overprint draws the test sentence across the page in light grey, before and therefore under the text. It rises to the right
// below the address window, which stays as free as in a real letter.
func (c *canvas) overprint() {
	const x0, y0, x1, y1 = 28.0, 278.0, 192.0, 102.0
	length := math.Hypot(x1-x0, y1-y0)
	st := style{bold: true, size: 10}
	st.size = math.Floor(st.size * length / c.fonts.width(overprint, st))
	c.font(st)
	cos, sin := (x1-x0)/length, (y0-y1)/length
	c.pdf.RawWriteStr(fmt.Sprintf("q 0.82 g %.4f %.4f %.4f %.4f %.2f %.2f cm\n", cos, sin, -sin, cos, x0*ptPerMM, (pageHeight-y0)*ptPerMM))
	c.pdf.Text(0, pageHeight, overprint)
	c.pdf.RawWriteStr("Q\n")
}

// bytes ends the document as gofpdf writes it.
func (c *canvas) bytes() (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("write PDF: panic of type %T", r)
		}
	}()
	var b bytes.Buffer
	if err := c.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return b.Bytes(), nil
}
