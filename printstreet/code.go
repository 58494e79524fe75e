package printstreet

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// codeModule is the edge of one module of the DataMatrix of the case in mm.
const codeModule = 0.5

// symbol is a two-dimensional code as one vector path in module units: no image, no alpha, sharp at every resolution.
type symbol struct {
	size int    // modules per side
	path []byte // "x y w h re" for every run of dark modules
}

// codeMark puts the DataMatrix of the case on page 1 and on the answer sheet, at the right of the letterhead and far from the window:
// "DAMT2|<message>|<P, T or S>|<UUID of the case without dashes>|<kennung of the requester>|<its Aktenzeichen>". It names the case. A
// reference that is not plain ASCII or too long for the symbol is left out, never cut: a part of it would name another case.
func (s *setter) codeMark(l *Letter) {
	if !s.profile.CaseCode || s.fault != nil {
		return
	}
	c, err := caseSymbol(caseContent(l, s.test))
	if err != nil {
		s.fail("DRUCK-FEHLER", amtshilfe.OwnerBetrieb, "Der Strichcode des Vorgangs konnte nicht erzeugt werden.")
		return
	}
	edge := float64(c.size) * codeModule
	m := mark{kind: markCode, x: marginRight - edge, y: 14, w: edge, code: c}
	s.pages[0] = append(s.pages[0], m)
	if s.answerPage > 0 {
		s.pages[s.answerPage-1] = append(s.pages[s.answerPage-1], m)
	}
}

// caseContent gives what the code says, the longest form first.
func caseContent(l *Letter, test bool) []string {
	id, az, requester := l.Message.Kopf.UUID, l.Message.Kopf.Absender.Aktenzeichen, l.Message.Kopf.Absender.Kennung
	if l.Message.Kind != amtshilfe.KindErsuchen {
		r := reference(l)
		id, az = r.UUID, r.Aktenzeichen
		if l.reply() {
			requester = r.Absender
		}
	}
	mode := "T"
	if l.Betriebsart != "" && !test || l.Betriebsart == amtshilfe.Schulung {
		mode = strings.ToUpper(string(l.Betriebsart[:1]))
	}
	short := fmt.Sprintf("DAMT2|%s|%s|%s|%s|", l.Message.Kind, mode, strings.ReplaceAll(id, "-", ""), requester)
	return []string{short + az, short, short[:strings.LastIndexByte(short[:len(short)-1], '|')+1] + "|"}
}

// caseSymbol makes the first content that is plain and fits beside the letterhead.
func caseSymbol(contents []string) (*symbol, error) {
	for _, content := range contents {
		if strings.ContainsFunc(content, func(r rune) bool { return r < ' ' || r > '~' }) {
			continue
		}
		c, err := dataMatrix(content)
		if err == nil && float64(c.size)*codeModule <= maxCaseCode {
			return c, nil
		}
	}
	return nil, errors.New("no case code fits")
}

// maxCaseCode is the largest edge of the code in mm: 44 modules, of ordinary references.
const maxCaseCode = 22.0

// newSymbol writes runs of dark modules as rectangles.
func newSymbol(size int, dark func(x, y int) bool) *symbol {
	path := make([]byte, 0, 3*size*size)
	for y := range size {
		for x := 0; x < size; x++ {
			start := x
			for x < size && dark(x, y) {
				x++
			}
			if x > start {
				for _, n := range []int{start, size - 1 - y, x - start} {
					path = append(strconv.AppendInt(path, int64(n), 10), ' ')
				}
				path = append(path, "1 re\n"...)
			}
		}
	}
	return &symbol{size, path}
}
