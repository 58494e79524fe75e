package printstreet

import (
	"fmt"
	"sync"

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
	running                string      // heading that a section has again on its next page, "" = none
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
	if s.running != "" {
		s.text(marginLeft, s.y+baseline(styleHead), styleHead, s.running+" (Fortsetzung)")
		s.y += styleHead.leading() + 0.6
	}
}
