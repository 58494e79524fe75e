package printstreet

import (
	"fmt"
	"math/bits"
	"slices"

	"damtshilfe/internal/amtshilfe"
)

// SheetControl is what the inserting machine reads on the front of every sheet, so that no envelope has a sheet too few or too many.
type SheetControl struct {
	Art    string  `yaml:"art"`    // datamatrix, omr, or "" = none
	X      float64 `yaml:"x"`      // left edge of the code in mm; default 12
	Y      float64 `yaml:"y"`      // upper edge of the code in mm; default 235
	Module float64 `yaml:"module"` // datamatrix: edge of a module in mm, 0.3 to 1; default 0.5
	Quiet  float64 `yaml:"quiet"`  // kept free around the code in mm, at least two modules; default 1
	// The marks of omr from top to bottom: start, safety, first, last, not_last, seq1, seq2, seq4, parity, "-" = never.
	Marks     []string `yaml:"marks"`
	Length    float64  `yaml:"length"`    // omr: of a mark in mm, 5 to 20; default 10
	Pitch     float64  `yaml:"pitch"`     // omr: from mark to mark in mm, 2.5 to 6.4; default 4.2
	Thickness float64  `yaml:"thickness"` // omr: of a mark in mm, 0.25 to 0.7; default 0.5
}

// The two forms of sheet control.
const (
	sheetDataMatrix = "datamatrix"
	sheetOMR        = "omr"
)

// sheetModules is the size of the symbol: 20 by 20 hold every code of a bundle with an id of ours.
const sheetModules = 20

var omrMarks = []string{"start", "safety", "first", "last", "not_last", "seq1", "seq2", "seq4", "parity", "-"}

// area is what the code covers with its quiet zone.
func (c *SheetControl) area() Rect {
	w, h := sheetModules*c.Module, sheetModules*c.Module
	if c.Art == sheetOMR {
		w, h = c.Length, float64(len(c.Marks)-1)*c.Pitch+c.Thickness
	}
	return Rect{c.X - c.Quiet, c.Y - c.Quiet, w + 2*c.Quiet, h + 2*c.Quiet}
}

// validate says what is wrong with the numbers; where the code stands is a matter of zones.
func (c *SheetControl) validate(want func(ok bool, format string, args ...any)) {
	switch c.Art {
	case "":
	case sheetDataMatrix:
		want(c.Module >= 0.3 && c.Module <= 1, "sheet_control.module: want 0.3 to 1, got %g", c.Module)
		want(c.Quiet >= 2*c.Module, "sheet_control.quiet: want at least two modules, got %g", c.Quiet)
	case sheetOMR:
		want(len(c.Marks) > 0 && len(c.Marks) <= 20, "sheet_control.marks: want 1 to 20, got %d", len(c.Marks))
		for _, m := range c.Marks {
			want(slices.Contains(omrMarks, m), "sheet_control.marks: unknown mark %q", m)
		}
		want(c.Length >= 5 && c.Length <= 20, "sheet_control.length: want 5 to 20, got %g", c.Length)
		want(c.Pitch >= 2.5 && c.Pitch <= 6.4, "sheet_control.pitch: want 2.5 to 6.4, got %g", c.Pitch)
		want(c.Thickness >= 0.25 && c.Thickness <= 0.7, "sheet_control.thickness: want 0.25 to 0.7, got %g", c.Thickness)
	default:
		want(false, "sheet_control.art: want datamatrix, omr or nothing, got %q", c.Art)
	}
}

// mark puts its code on the front of every sheet of an envelope.
func (c *SheetControl) mark(id amtshilfe.SendungID, fronts []*sheetPage) *amtshilfe.Fault {
	for n, page := range fronts {
		switch c.Art {
		case sheetOMR:
			*page = append(*page, c.bars(n+1, len(fronts))...)
		case sheetDataMatrix:
			code, err := dataMatrix(sheetContent(id, n+1, len(fronts)))
			if err != nil || code.size > sheetModules {
				return &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "DRUCK-FEHLER", Owner: amtshilfe.OwnerBetrieb,
					Text: "Der Steuercode eines Blattes konnte nicht erzeugt werden oder ist zu groß.", Err: err}
			}
			*page = append(*page, mark{kind: markCode, x: c.X, y: c.Y, w: sheetModules * c.Module, code: code})
		}
	}
	return nil
}

// sheetContent is "<bundle>/<Sendung, 4 digits><sheet, 3><sheets, 3><L = last, N = not><check character>": the bundle is the job.
// Every code of a bundle is equally long, so that its symbol has one size.
func sheetContent(id amtshilfe.SendungID, n, m int) string {
	last := "N"
	if n == m {
		last = "L"
	}
	text := fmt.Sprintf("%s/%04d%03d%03d%s", id.Bundle, id.N, n, m, last)
	return text + string(checkCharacter(text))
}

const checkAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// checkCharacter is ISO 7064 MOD 37,36 over letters and digits; what is neither does not count.
func checkCharacter(text string) byte {
	p := 36
	for i := range len(text) {
		v := slices.Index([]byte(checkAlphabet), text[i])
		if v < 0 {
			continue
		}
		if p = (p + v) % 36; p == 0 {
			p = 36
		}
		p = p * 2 % 37
	}
	return checkAlphabet[(37-p)%36]
}

// bars are the marks of sheet n of m. Parity makes their number even; seq1, 2 and 4 are the bits of the sheet's number.
func (c *SheetControl) bars(n, m int) []mark {
	var set uint
	for i, name := range c.Marks {
		on := false
		switch name {
		case "start", "safety":
			on = true
		case "first":
			on = n == 1
		case "last":
			on = n == m
		case "not_last":
			on = n != m
		case "seq1":
			on = n&1 != 0
		case "seq2":
			on = n&2 != 0
		case "seq4":
			on = n&4 != 0
		}
		if on {
			set |= 1 << i
		}
	}
	if i := slices.Index(c.Marks, "parity"); i >= 0 && bits.OnesCount(set)%2 == 1 {
		set |= 1 << i
	}
	var out []mark
	for i := range c.Marks {
		if set&(1<<i) != 0 {
			out = append(out, mark{kind: markBar, x: c.X, y: c.Y + float64(i)*c.Pitch, w: c.Length, h: c.Thickness})
		}
	}
	return out
}
