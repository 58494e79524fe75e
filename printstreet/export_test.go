package printstreet

import (
	"fmt"
	"strings"
	"time"
)

// Set gives the texts of each page of a letter in drawing order, with a bar between them.
func Set(l Letter) ([]string, error) { return SetFor(l, TestProfile()) }

// SetFor is Set with a profile.
func SetFor(l Letter, profile Profile) ([]string, error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	out, fault := set(&l, &profile, fonts)
	if fault != nil {
		return nil, fault
	}
	var pages []string
	for _, p := range out.pages {
		var texts []string
		for _, m := range p {
			if m.kind == markText {
				texts = append(texts, m.text)
			}
		}
		pages = append(pages, strings.Join(texts, "|"))
	}
	return pages, nil
}

// Finish lets the fuzz test feed the finisher with broken files.
func Finish(in []byte, pages int) ([]byte, error) {
	f, err := finish(in, make([]content, min(max(pages, 0), 1000)), "Test", time.Unix(0, 0))
	return f.data, err
}

// Covers says whether the text gate lets s pass, and Shapes whether it can then be drawn.
func Covers(s string) bool {
	fonts, err := loadFonts()
	return err == nil && fonts.check(s) == ""
}

// Shapes gives the number of pieces that s is drawn with, 0 if it cannot be drawn.
func Shapes(s string) int {
	fonts, err := loadFonts()
	if err != nil {
		return 0
	}
	var sh shaper
	runs, ok := sh.shape(fonts.regular, s, styleBody)
	if !ok {
		return 0
	}
	return len(runs)
}

// Statutes gives, by "Land of the requester Land of the addressee kind of requester", how the texts for them call their statute.
func Statutes() map[string]string {
	t, err := loadTexts()
	if err != nil {
		panic(err)
	}
	of := map[string]string{}
	for _, v := range t.Vorlagen {
		for _, art := range v.Art {
			of[v.Von+" "+v.An+" "+art] = v.Gesetz
		}
	}
	return of
}

// ParseTexts checks a file of texts.
func ParseTexts(data []byte) error {
	_, err := parseTexts(data)
	return err
}

// Checked says whether the last character of a sheet's code is its check character.
func Checked(code string) bool {
	return len(code) > 1 && checkCharacter(code[:len(code)-1]) == code[len(code)-1]
}

// DataMatrix gives the modules of a symbol, read from its path.
func DataMatrix(content string) (size int, dark []bool, err error) {
	c, err := dataMatrix(content)
	if err != nil {
		return 0, nil, err
	}
	dark = make([]bool, c.size*c.size)
	for line := range strings.Lines(string(c.path)) {
		var x, y, w int
		if _, err := fmt.Sscanf(line, "%d %d %d 1 re", &x, &y, &w); err != nil {
			return 0, nil, err
		}
		for i := range w {
			dark[(c.size-1-y)*c.size+x+i] = true
		}
	}
	return c.size, dark, nil
}

// Tidy is tidy.
func Tidy(text string) string { return tidy(text) }

// Hundredths is appendHundredths.
func Hundredths(v float64) string { return string(appendHundredths(nil, v)) }
