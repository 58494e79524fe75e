package printstreet

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strconv"
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

// canvas is one gofpdf document. Everything drawn has passed the text gate. gofpdf makes pages, fonts and images; the operators of a
// page are ours alone and put in by finish, because gofpdf would copy them three times. Fonts are named R and B in them.
type canvas struct {
	pdf   *gofpdf.Fpdf
	fonts *fontSet
	style style            // set on the current page; zero = none yet
	ops   []byte           // operators of the current page
	pages []content        // of the pages before
	seen  [2][1 << 16]bool // runes of the regular and of the bold font
	press press
}

// content is the operators of a page: compressed, or, where gofpdf has placed pictures, as they are, because its operators follow.
type content struct {
	packed []byte            // zlib; nil = look at ops
	sum    [sha256.Size]byte // of what is packed
	ops    []byte
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

// note marks the runes of what will be drawn.
func (c *canvas) note(list ...*setLetter) {
	see := func(st style, text string) {
		seen := &c.seen[0]
		if st.bold {
			seen = &c.seen[1]
		}
		for _, r := range text {
			seen[r&0xFFFF] = true
		}
	}
	see(style{bold: true}, overprint)
	for _, l := range list {
		for _, p := range l.pages {
			for k := range p {
				see(p[k].style, p[k].text)
			}
		}
	}
}

// use tells gofpdf which runes to embed; call it once, before the first letter. gofpdf learns them only from text it writes
// itself. Before the first page it writes that in front of the file's header, where no object begins: finish copies objects
// only, so nothing of it remains.
func (c *canvas) use() {
	for i, st := range []string{"", "B"} {
		var text []rune
		for r, used := range c.seen[i] {
			if used {
				text = append(text, rune(r))
			}
		}
		c.pdf.SetFont(family, st, 10)
		c.pdf.Text(0, 0, string(text))
	}
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
	if c.pdf.PageNo() == 1 { // finish reads from here which font is which
		c.pdf.SetFont(family, "", 9)
		c.pdf.SetFont(family, "B", 9)
	}
	c.style = style{}
	c.ops = append(c.ops[:0], "0.57 w\n"...)
	pictures := false
	for i := range p {
		c.mark(&p[i])
		pictures = pictures || p[i].kind == markPicture
	}
	if pictures {
		c.pages = append(c.pages, content{ops: bytes.Clone(c.ops)})
		return
	}
	packed, err := c.press.pack(c.ops)
	if err != nil {
		panic(err) // letter makes a Fault of it
	}
	c.pages = append(c.pages, content{packed: packed, sum: sha256.Sum256(c.ops)})
}

// op appends an operator behind its operands.
func (c *canvas) op(operator string, operands ...float64) {
	for _, v := range operands {
		c.ops = append(appendHundredths(c.ops, v), ' ')
	}
	c.ops = append(append(c.ops, operator...), '\n')
}

// appendHundredths writes a length of a page with two decimals; strconv takes three times as long for any number there is.
func appendHundredths(b []byte, v float64) []byte {
	n := int64(math.Round(v * 100))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/100, 10)
	return append(b, '.', byte('0'+n/10%10), byte('0'+n%10))
}

// mark draws one mark: plain operators in DeviceGray, so that no colour state of gofpdf is touched. Only fonts are its own.
func (c *canvas) mark(m *mark) {
	x, y, w, h := m.x*ptPerMM, (pageHeight-m.y)*ptPerMM, m.w*ptPerMM, m.h*ptPerMM
	switch m.kind {
	case markText:
		c.font(m.style)
		c.text(x, y, m.text)
	case markLine:
		c.op("m", x, y)
		c.op("l S", x+w, y-h)
	case markBox:
		c.op("w", 1.2)
		c.op("re S 0.57 w", x, y-h, w, h)
	case markFill:
		c.op("g", 0.92)
		c.op("re f 0 g", x, y-h, w, h)
	case markCode:
		c.ops = fmt.Appendf(c.ops, "q %.4f 0 0 %.4f %.2f %.2f cm\n%sf Q\n", w/float64(m.code.size), w/float64(m.code.size), x, y-w, m.code.path)
	case markBar:
		c.op("re f", x, y-h, w, h)
	case markPicture:
		c.picture(m)
	case markOverprint:
		c.overprint("0.82 g")
	case markOutline:
		c.overprint("0.6 G 0.4 w 1 Tr")
	case markForm:
		f := formMatrix(m.page, x, y-h, w)
		c.ops = fmt.Appendf(c.ops, "q %.5f %.5f %.5f %.5f %.3f %.3f cm /A%d Do Q\n", f[0], f[1], f[2], f[3], f[4], f[5], m.form)
	}
}

// text writes a string as gofpdf does for its UTF-8 fonts: the code of a glyph is its rune, in two bytes.
func (c *canvas) text(x, y float64, text string) {
	c.ops = append(c.ops, "BT "...)
	c.op("Td", x, y)
	c.ops = append(c.ops, '(')
	for _, r := range text {
		for _, b := range [2]byte{byte(r >> 8), byte(r)} {
			switch b {
			case '\\', '(', ')':
				c.ops = append(c.ops, '\\', b)
			case '\r':
				c.ops = append(c.ops, '\\', 'r')
			default:
				c.ops = append(c.ops, b)
			}
		}
	}
	c.ops = append(c.ops, ") Tj ET\n"...)
}

// picture places an image; gofpdf embeds each one once, by its name.
func (c *canvas) picture(m *mark) {
	options := gofpdf.ImageOptions{ImageType: "PNG"}
	if c.pdf.GetImageInfo(m.picture.name) == nil {
		c.pdf.RegisterImageOptionsReader(m.picture.name, options, bytes.NewReader(m.picture.png))
	}
	c.pdf.ImageOptions(m.picture.name, m.x, m.y, m.w, m.h, false, options, 0, "")
}

func (c *canvas) font(st style) {
	if st == c.style {
		return
	}
	c.style = st
	name := "BT /R "
	if st.bold {
		name = "BT /B "
	}
	c.ops = append(c.ops, name...)
	c.op("Tf ET", st.size)
}

// overprint draws the test sentence across the page in light grey, before and therefore under the text. It rises to the right
// below the address window, which stays as free as in a real letter.
func (c *canvas) overprint(state string) {
	const x0, y0, x1, y1 = 28.0, 278.0, 192.0, 102.0
	length := math.Hypot(x1-x0, y1-y0)
	st := style{bold: true, size: 10}
	st.size = math.Floor(st.size * length / c.fonts.width(overprint, st))
	c.font(st)
	cos, sin := (x1-x0)/length, (y0-y1)/length
	c.ops = fmt.Appendf(c.ops, "q %s %.4f %.4f %.4f %.4f %.2f %.2f cm\n", state, cos, sin, -sin, cos, x0*ptPerMM, (pageHeight-y0)*ptPerMM)
	c.text(0, 0, overprint)
	c.ops = append(c.ops, "Q\n"...)
}

// bytes ends the document as gofpdf writes it.
func (c *canvas) bytes() (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("write PDF: panic of type %T", r)
		}
	}()
	var all keep
	if err := c.pdf.Output(&all); err != nil {
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return all, nil
}

// keep takes what gofpdf writes without copying it: gofpdf hands over its buffer in one piece and is done with it.
type keep []byte

func (k *keep) Write(p []byte) (int, error) {
	if *k == nil {
		*k = p
		return len(p), nil
	}
	*k = append((*k)[:len(*k):len(*k)], p...)
	return len(p), nil
}
