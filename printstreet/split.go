package printstreet

import "fmt"

// Container is how the letters of a bundle stand in files.
type Container string

// The containers: all letters in a few PDFs with shared fonts, or a PDF for each letter.
const (
	ContainerStapel  Container = "stapel"
	ContainerEinzeln Container = "einzeln"
)

// group is the envelopes of one PDF, by their index, in printing order.
type group struct {
	name      string // of the file
	envelopes []int
}

// split spreads the envelopes over PDFs: by kind if the profile wants that, and by size.
func (p *printing) split() []group {
	var out []group
	var lanes [2][]int
	for i := range p.envelopes {
		lane := 0
		if p.Profile.SplitEnvelopes && p.Profile.umschlag(p.envelopes[i].sheets) == UmschlagC4 {
			lane = 1
		}
		lanes[lane] = append(lanes[lane], i)
	}
	for _, lane := range lanes {
		sum := 0
		for k, i := range lane {
			sheets := p.envelopes[i].sheets
			sum += sheets
			if k == 0 || p.Profile.SheetsPerFile > 0 && sum > p.Profile.SheetsPerFile {
				out = append(out, group{name: fmt.Sprintf("%s_S%04d.pdf", p.Bundle, len(out)+1)})
				sum = sheets
			}
			last := &out[len(out)-1]
			last.envelopes = append(last.envelopes, i)
		}
	}
	return out
}

// sheets is how many sheets of paper a letter has, and how many pages in the PDF, a blank back included.
func (p *Profile) sheets(l *setLetter) (sheets, drawn int) {
	if n := len(l.pages); !p.Duplex {
		return n, n
	}
	sheets = (len(l.pages) + 1) / 2
	return sheets, 2 * sheets
}

// sheetArea is that of A4 in square metres.
const sheetArea = 0.0624

// classes are Deutsche Post's: what an envelope of that kind may weigh.
var classes = []struct {
	umschlag Umschlag
	grams    int
	name     string
}{{UmschlagDL, 20, "standard"}, {UmschlagDL, 50, "kompakt"}, {UmschlagC4, 500, "gross"}, {UmschlagC4, 1000, "maxi"}}

// weigh gives grams and class.
func (p *Profile) weigh(sheets int, u Umschlag) (grams int, class string) {
	envelope := p.Envelope.DLGrams
	if u == UmschlagC4 {
		envelope = p.Envelope.C4Grams
	}
	grams = int(float64(sheets)*sheetArea*float64(p.Paper.Grams)+0.999) + envelope
	for _, c := range classes {
		if c.umschlag == u && grams <= c.grams {
			return grams, c.name
		}
	}
	return grams, ""
}
