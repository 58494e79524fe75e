package printstreet

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
)

// Geometry of a DIN 5008 form B letter in mm from the top left corner.
const (
	pageWidth   = 210.0
	pageHeight  = 297.0
	marginLeft  = 25.0
	marginRight = 190.0 // right edge of the text
	textWidth   = marginRight - marginLeft
	bodyTop     = 105.0 // page 1: nothing of the body above, it could show in the window
	nextTop     = 26.0  // body of the other pages
	bodyBottom  = 273.0
	infoLeft    = 125.0
	infoTop     = 50.0
	infoRight   = 200.0
)

// maxWord is the longest word that is broken over lines; more is no word but garbage.
const maxWord = 500

// The styles of a letter.
var (
	styleBody  = style{size: 9.5}
	styleBold  = style{size: 9.5, bold: true}
	styleHead  = style{size: 10, bold: true}
	styleTable = style{size: 8.5}
	styleTotal = style{size: 8.5, bold: true}
	styleSmall = style{size: 7.5}
)

// markKind tells the marks of a page apart.
type markKind byte

const (
	markText markKind = iota
	markLine          // from x, y to x+w, y+h
	markBox           // outline
	markFill          // filled with light grey
	markCode          // DataMatrix or QR, w wide and high
	markPicture
	markBar // filled black
	markOverprint
	markOutline // the overprint in outlines, over a page that may have no transparent paper
	markForm    // a page of an attachment, w wide and h high
)

// mark is one thing on a page.
type mark struct {
	kind       markKind
	style      style
	x, y, w, h float64
	text       string
	code       *symbol
	picture    *Picture
	form       int              // markForm: number of the page in its attachment, from 1
	page       *attachment.Page // markForm
}

// sheetPage is one page as it was set, in drawing order.
type sheetPage []mark

// blanks are empty pages with room for marks, those of earlier bundles: they were a third of the memory of a bundle.
var blanks = sync.Pool{New: func() any { p := make(sheetPage, 0, 128); return &p }}

// giveBack lets other letters use the pages of letters that are drawn.
func giveBack(letters []setLetter) {
	for i := range letters {
		for _, p := range letters[i].pages {
			clear(p)
			p = p[:0]
			blanks.Put(&p)
		}
		letters[i].pages = nil
	}
}

// setter breaks a letter into lines and pages. The first fault stays and makes everything after it pointless but harmless.
type setter struct {
	fonts   *fontSet
	shaper  shaper
	profile *Profile
	texts   *texts
	pages   []sheetPage
	y       float64 // top of the next line on the last page
	test    bool
	fault   *amtshilfe.Fault
	// answerPage is the number of the answer sheet, 0 = none.
	answerPage int
	// lastSection and lastLines are where the last section, and the last two lines of a paragraph or row, begin.
	lastSection, lastLines place
	spare                  []sheetPage // pages that were taken away again
}

// place is a place in a letter: nothing is set behind it yet.
type place struct {
	pages, marks int
	y            float64
}

// here is where the letter ends now.
func (s *setter) here() place { return place{len(s.pages), len(s.pages[len(s.pages)-1]), s.y} }

// back takes away what was set behind a place.
func (s *setter) back(to place) {
	s.spare = append(s.spare, s.pages[to.pages:]...)
	s.pages = s.pages[:to.pages]
	s.pages[to.pages-1] = s.pages[to.pages-1][:to.marks]
	s.y = to.y
}

// fail keeps the first fault.
func (s *setter) fail(code string, owner amtshilfe.Owner, format string, args ...any) {
	if s.fault == nil {
		s.fault = &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: code, Owner: owner, Text: fmt.Sprintf(format, args...)}
	}
}

// put adds a mark to the last page.
func (s *setter) put(m mark) {
	last := len(s.pages) - 1
	s.pages[last] = append(s.pages[last], m)
}

// newPage starts a page.
func (s *setter) newPage() {
	if len(s.pages) >= s.profile.MaxPages {
		s.fail("DRUCK-UMFANG", amtshilfe.OwnerBetrieb, "Das Schreiben hätte mehr als %d Seiten.", s.profile.MaxPages)
		s.pages[len(s.pages)-1] = nil // go on in vain, but without growing
		s.y = nextTop
		return
	}
	if n := len(s.spare) - 1; n >= 0 {
		s.pages, s.spare = append(s.pages, s.spare[n][:0]), s.spare[:n]
	} else {
		s.pages = append(s.pages, *blanks.Get().(*sheetPage))
	}
	if s.test {
		s.put(mark{kind: markOverprint})
	}
	s.y = nextTop
}

// need starts a new page unless h mm fit on this one.
func (s *setter) need(h float64) {
	if s.y+h > bodyBottom {
		s.newPage()
	}
}

// together sets what f sets on one page, this one or the next; false if it fits on neither: then nothing was set. It is at least so many
// mm high: where that does not fit, setting it here is not tried.
func (s *setter) together(least float64, f func()) bool {
	from := s.here()
	one := func() bool {
		f()
		return s.fault != nil || len(s.pages) == from.pages
	}
	if s.fits(least) {
		if one() {
			return true
		}
		s.back(from)
	}
	if from.y <= nextTop {
		return false
	}
	s.newPage()
	from.pages++
	if one() {
		return true
	}
	from.pages--
	s.back(from)
	return false
}

// fits says whether h mm fit on this page.
func (s *setter) fits(h float64) bool { return s.y+h <= bodyBottom || s.y <= nextTop }

// block sets what f sets on one page if that can be; see together.
func (s *setter) block(least float64, f func()) {
	if !s.together(least, f) {
		f()
	}
}

// maxCarried is the longest part of a letter in mm that goes over to the next page so that its end does not stand there alone.
const maxCarried = 80.0

// close sets the end of a letter on one page, never alone: if it does not fit below the last section, the section goes with it, or the
// last two lines of a long one. least is as for together.
func (s *setter) close(least float64, f func()) {
	from, parts := s.here(), [2]place{s.lastSection, s.lastLines}
	if s.fits(least) {
		if f(); len(s.pages) == from.pages || s.fault != nil {
			return
		}
		s.back(from)
	}
	s.newPage()
	for _, p := range parts {
		if p.pages == from.pages && p.y > nextTop && from.y-p.y <= maxCarried && s.fault == nil {
			s.carry(p, from.y)
			break
		}
	}
	f()
}

// carry moves what stands behind a place of the page before, down to y, to the top of the last page.
func (s *setter) carry(p place, y float64) {
	page := s.pages[p.pages-1]
	for _, m := range page[p.marks:] {
		m.y += s.y - p.y
		s.put(m)
	}
	s.pages[p.pages-1] = page[:p.marks]
	s.y += y - p.y
}

// space leaves h mm free, but never at the top of a page.
func (s *setter) space(h float64) {
	if s.y > nextTop {
		s.y += h
	}
}

// text draws one line with its baseline at y.
func (s *setter) text(x, y float64, st style, text string) {
	if text == "" || !s.pass(text) {
		return
	}
	if !hasMarks(text) {
		s.put(mark{kind: markText, style: st, x: x, y: y, text: text})
		return
	}
	runs, ok := s.shaper.shape(s.fonts.face(st), text, st)
	if !ok {
		s.fail("DRUCK-ZEICHEN", amtshilfe.OwnerMandant, "Eine Folge aus Buchstabe und Zusatzzeichen kann die Druckschrift nicht darstellen.")
		return
	}
	for _, r := range runs {
		s.put(mark{kind: markText, style: st, x: x + r.x, y: y + r.y, text: r.text})
	}
}

// textRight draws one line that ends at x.
func (s *setter) textRight(x, y float64, st style, text string) {
	s.text(x-s.fonts.width(text, st), y, st, text)
}

// pass is the text gate.
func (s *setter) pass(text string) bool {
	if s.fault != nil {
		return false
	}
	if why := s.fonts.check(text); why != "" {
		s.fail("DRUCK-ZEICHEN", amtshilfe.OwnerMandant, "%s; das Schreiben kann nicht gedruckt werden.", why)
		return false
	}
	return true
}

// baseline is the distance from the top of a line to its baseline.
func baseline(st style) float64 { return st.size * 1.0 * mmPerPt }

// line draws one line at x and moves down.
func (s *setter) line(x float64, st style, text string) {
	s.need(st.leading())
	s.text(x, s.y+baseline(st), st, text)
	s.y += st.leading()
}

// lines notes where the last two of n lines begin.
func (s *setter) lines(i, n int) {
	if i == 0 || i <= n-2 {
		s.lastLines = s.here()
	}
}

// paragraph draws text over the full width, broken into lines, with a gap after it.
func (s *setter) paragraph(st style, text string) {
	lines := s.wrap(text, st, textWidth)
	if len(lines) > 1 {
		s.need(2 * st.leading()) // no single first line at the foot
	}
	for i, l := range lines {
		s.lines(i, len(lines))
		s.line(marginLeft, st, l)
	}
	s.space(1.8)
}

// heading starts a section; it never stands alone at the foot of a page.
func (s *setter) heading(text string) {
	s.space(2.2)
	s.need(4 * styleHead.leading())
	s.lastSection = s.here()
	s.line(marginLeft, styleHead, text)
	s.space(0.6)
}

// labelWidth is the first column of rows.
const labelWidth = 58.0

// row draws a label and its value; without a value nothing.
func (s *setter) row(label, value string) { s.styledRow(styleBody, label, value) }

// styledRow is a row whose value has a style of its own, as large as the body's.
func (s *setter) styledRow(st style, label, value string) {
	if value == "" {
		return
	}
	lines := s.wrap(value, st, textWidth-labelWidth)
	labels := s.wrap(label, styleBody, labelWidth-3)
	s.need(float64(min(max(len(lines), len(labels)), 4)) * styleBody.leading())
	for i := range max(len(lines), len(labels)) {
		s.lines(i, max(len(lines), len(labels)))
		s.need(styleBody.leading())
		y := s.y + baseline(styleBody)
		if i < len(labels) {
			s.text(marginLeft, y, styleBody, labels[i])
		}
		if i < len(lines) {
			s.text(marginLeft+labelWidth, y, st, lines[i])
		}
		s.y += styleBody.leading()
	}
	s.y += 0.5
}

// item draws a line of a list.
func (s *setter) item(bullet, text string) {
	const indent = 6.0
	for i, l := range s.wrap(text, styleBody, textWidth-indent) {
		s.need(styleBody.leading())
		if i == 0 {
			s.text(marginLeft, s.y+baseline(styleBody), styleBody, bullet)
		}
		s.line(marginLeft+indent, styleBody, l)
	}
}

// wrap breaks text into lines of at most width mm. Line breaks of the text stay; a word that is too long is hyphenated, anything
// else that long is broken anywhere but before a combining mark.
func (s *setter) wrap(text string, st style, width float64) []string {
	var lines []string
	text = tidy(text)
	for part := range strings.SplitSeq(text, "\n") {
		if !s.pass(part) {
			return lines
		}
		lines = s.wrapPart(lines, part, st, width)
	}
	return lines
}

func (s *setter) wrapPart(lines []string, text string, st style, width float64) []string {
	if strings.Contains(text, "  ") {
		text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }), " ")
	}
	blank := s.fonts.width(" ", st)
	line, used, start := "", 0.0, 0 // line is the piece of text from start
	for at := 0; at < len(text); at++ {
		word, _, _ := strings.Cut(text[at:], " ")
		if word == "" {
			continue
		}
		at += len(word)
		w := s.fonts.width(word, st)
		if line != "" && used+blank+w <= width {
			line, used = text[start:at], used+blank+w
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for w > width {
			if len(word) > 4*maxWord || utf8.RuneCountInString(word) > maxWord {
				s.fail("DRUCK-ZEICHEN", amtshilfe.OwnerMandant, "Ein Wort hat mehr als %d Zeichen und kann nicht gedruckt werden.", maxWord)
				return lines
			}
			n, hyphen := hyphenate(word, s.fit(word, st, width-s.fonts.width("-", st)))
			lines = append(lines, word[:n])
			if hyphen {
				lines[len(lines)-1] += "-"
			}
			word = word[n:]
			w = s.fonts.width(word, st)
		}
		line, used, start = word, w, at-len(word)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fit gives the number of bytes of word that fill width: at least one rune, never ending before a mark, and rather behind a
// hyphen, dot or the like.
func (s *setter) fit(word string, st style, width float64) int {
	widths := s.fonts.face(st).widths
	limit := int(math.Floor(width / (st.size * mmPerPt / 1000)))
	sum, soft := 0, 0
	for i, r := range word {
		sum += int(widths[r])
		if sum > limit && i > 0 && !unicode.Is(unicode.Mn, r) {
			if soft > i/3 {
				return soft
			}
			return i
		}
		if strings.ContainsRune("-/@._,;:", r) {
			soft = i + 1
		}
	}
	return len(word)
}

// tidy turns the white space of free text into spaces and line breaks, and drops soft hyphens, which a printed line must not show.
func tidy(text string) string {
	plain := true
	for i := range len(text) { // strings.ContainsAny looks for each letter of its own
		plain = plain && text[i] >= ' ' && (text[i] != 0xAD || i == 0 || text[i-1] != 0xC2)
	}
	if plain {
		return text
	}
	return strings.Trim(whiteSpace.Replace(text), "\n")
}

var whiteSpace = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ", "\u00AD", "")
