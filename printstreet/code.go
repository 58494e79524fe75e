package printstreet

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/datamatrix"

	"damtshilfe/internal/amtshilfe"
)

// codeModule is the edge of one module of the DataMatrix in mm.
const codeModule = 0.5

// caseCode is a DataMatrix as one vector path in module units: no image, no alpha, sharp at every resolution.
type caseCode struct {
	size int    // modules per side
	path string // "x y w h re" for every run of dark modules
}

// codeMark puts the DataMatrix of the case on page 1, at the right of the letterhead and far from the window:
// "DAMT1|<message>|<P, T or S>|<UUID of the case without dashes>". It names the case, so it is the same for every letter of it.
func (s *setter) codeMark(l *Letter) {
	if !s.profile.CaseCode || s.fault != nil {
		return
	}
	id := l.Message.Kopf.UUID
	if l.Message.Kind != amtshilfe.KindErsuchen {
		id = reference(l).UUID
	}
	mode := "T"
	if l.Betriebsart != "" && !s.test || l.Betriebsart == amtshilfe.Schulung {
		mode = strings.ToUpper(string(l.Betriebsart[:1]))
	}
	c, err := newCaseCode(fmt.Sprintf("DAMT1|%s|%s|%s", l.Message.Kind, mode, strings.ReplaceAll(id, "-", "")))
	if err != nil {
		s.fail("DRUCK-FEHLER", amtshilfe.OwnerBetrieb, "Der Strichcode des Vorgangs konnte nicht erzeugt werden.")
		return
	}
	edge := float64(c.size) * codeModule
	if edge > marginRight-marginLeft-letterheadWidth-2 {
		s.fail("DRUCK-FEHLER", amtshilfe.OwnerBetrieb, "Der Strichcode des Vorgangs ist zu groß.")
		return
	}
	s.pages[0] = append(s.pages[0], mark{kind: markCode, x: marginRight - edge, y: 14, w: edge, code: c})
}

func newCaseCode(content string) (*caseCode, error) {
	bc, err := datamatrix.Encode(content)
	if err != nil {
		return nil, fmt.Errorf("encode case code: %w", err)
	}
	size := bc.Bounds().Dx()
	dark := func(x, y int) bool {
		r, _, _, _ := bc.At(x, y).RGBA()
		return r < 0x8000
	}
	path := make([]byte, 0, 4096)
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
	return &caseCode{size, string(path)}, nil
}
