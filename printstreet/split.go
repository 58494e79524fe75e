package printstreet

import "fmt"

// Container is how the letters of a bundle stand in files.
type Container string

// The containers: all letters in a few PDFs with shared fonts, or a PDF for each letter.
const (
	ContainerStapel  Container = "stapel"
	ContainerEinzeln Container = "einzeln"
)

// group is the letters of one PDF, by their index in the job, in printing order.
type group struct {
	name    string // of the file
	letters []int
}

// split spreads the letters over PDFs: sorted by postcode, by envelope if the profile wants that, and by size.
func (j *Job) split(letters []setLetter) []group {
	var out []group
	var lanes [2][]int
	for _, i := range printOrder(j, letters) {
		sheets, _ := j.Profile.sheets(&letters[i])
		lane := 0
		if j.Profile.SplitEnvelopes && j.Profile.umschlag(sheets, len(letters[i].anlagen)) == UmschlagC4 {
			lane = 1
		}
		lanes[lane] = append(lanes[lane], i)
	}
	for _, lane := range lanes {
		sum := 0
		for k, i := range lane {
			sheets, _ := j.Profile.sheets(&letters[i])
			sum += sheets
			if k == 0 || j.Profile.SheetsPerFile > 0 && sum > j.Profile.SheetsPerFile {
				out = append(out, group{name: fmt.Sprintf("%s_S%04d.pdf", j.Bundle, len(out)+1)})
				sum = sheets
			}
			last := &out[len(out)-1]
			last.letters = append(last.letters, i)
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

// weigh gives grams and class. Nobody here knows how much an attachment weighs: then the centre weighs, and both are missing.
func (p *Profile) weigh(sheets, anlagen int, u Umschlag) (grams int, class string) {
	if anlagen > 0 {
		return 0, ""
	}
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
