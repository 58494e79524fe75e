package printstreet_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

const mm = 72 / 25.4

func TestAddressLiesInTheWindow(t *testing.T) {
	for _, tt := range []struct {
		name  string
		b     amtshilfe.Behoerde
		lines []string
	}{
		{"name and three lines", authority("54321"), []string{"Stadt Beispielhausen", "Vollstreckungsstelle", "Marktstraße 12–14", "54321 Beispielhausen"}},
		{"the name is not printed twice", amtshilfe.Behoerde{Name: "Amt X", Anschriftzeilen: []string{"Amt X", "Weg 1", "D-12345 Ort"}}, []string{"Amt X", "Weg 1", "12345 Ort"}},
		{"six lines are the most", amtshilfe.Behoerde{Name: "Amt X", Anschriftzeilen: []string{"Fachbereich 2", "Kasse", "z. Hd. Frau Ğ", "Weg 1", "12345 Ort"}},
			[]string{"Amt X", "Fachbereich 2", "Kasse", "z. Hd. Frau Ğ", "Weg 1", "12345 Ort"}},
		{"a long name is broken", amtshilfe.Behoerde{Name: "Verwaltungsgemeinschaft Obere Aller und Umland", Anschriftzeilen: []string{"Weg 1", "12345 Ort"}},
			[]string{"Verwaltungsgemeinschaft Obere Aller", "und Umland", "Weg 1", "12345 Ort"}},
		{"without lines the address is used", amtshilfe.Behoerde{Name: "Amt X", Anschrift: amtshilfe.Postanschrift{Postfach: "12 34", Postleitzahl: "12345", Ort: "Ort"}},
			[]string{"Amt X", "Postfach 12 34", "12345 Ort"}},
		{"a foreign address needs no postcode", amtshilfe.Behoerde{Name: "Amt X", Anschrift: amtshilfe.Postanschrift{Staat: "131"}, Anschriftzeilen: []string{"1 rue A", "75001 PARIS", "FRANKREICH"}},
			[]string{"Amt X", "1 rue A", "75001 PARIS", "FRANKREICH"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := letter(1, ersuchen())
			l.Behoerde = tt.b
			var got []string
			for _, line := range layout(t, renderLetter(t, l))[0] {
				inside := line.XMin < 110*mm && line.XMax > 10*mm && line.YMin < 95*mm && line.YMax > 45*mm
				if !inside {
					continue
				}
				if line.XMin < 23*mm || line.XMax > 97*mm || line.YMin < 53*mm || line.YMax > 87*mm {
					t.Errorf("%q lies at x %.1f-%.1f, y %.1f-%.1f mm, outside of the window", line.text(), line.XMin/mm, line.XMax/mm, line.YMin/mm, line.YMax/mm)
				}
				if strings.Contains(line.text(), "·") {
					continue // return line
				}
				got = append(got, line.text())
				if h := line.YMax - line.YMin; h < 13 || h > 14 { // ascent and descent of Noto Sans: 1.362 em
					t.Errorf("%q is set in %.1f pt", line.text(), h/1.362)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.lines) {
				t.Errorf("window shows %q, want %q", got, tt.lines)
			}
		})
	}
}

// TestFreeZones looks at the picture of the pages: whatever makes a pixel dark counts, not only text.
func TestFreeZones(t *testing.T) {
	m := withClaims(ersuchen(), 60)
	m.Ersuchen.Gefahr, m.Ersuchen.GefahrText = "liegt-vor", "Großer Hund."
	l := letter(1, m)
	l.Ruecksende = "Stadtkasse Musterstadt"
	test, err := printstreet.RenderLetter(l, printstreet.TestProfile())
	if err != nil {
		t.Fatal(err)
	}
	for name, pdf := range map[string][]byte{"real": renderLetter(t, l), "test": test} {
		for i, p := range pictures(t, pdf) {
			for _, z := range []struct {
				name           string
				x0, y0, x1, y1 float64
				page1          bool
			}{
				{"left edge above the first mark", 0, 0, 12, 104, false},
				{"left edge between the marks", 0, 106, 12, 147.5, false},
				{"left edge below the last mark", 0, 211, 12, 297, false},
				{"right edge", 201, 0, 210, 297, false},
				{"foot", 0, 290, 210, 297, false},
				{"head", 0, 0, 210, 7, false},
				{"left of the address", 10, 45, 23, 95, true},
				{"right of the address", 97, 45, 110, 95, true},
				{"above the return line", 10, 45, 110, 53, true},
				{"below the address", 10, 87, 110, 104.5, true},
			} {
				if (i == 0 || !z.page1) && p.dark(z.x0, z.y0, z.x1, z.y1) {
					t.Errorf("%s letter, page %d: something is printed in zone %q", name, i+1, z.name)
				}
			}
		}
	}
}

// picture is a page, or a part of one, in grey.
type picture struct {
	width, height int
	pix           []byte
}

// dark says whether anything is printed in an area of a page, in mm.
func (p picture) dark(x0, y0, x1, y1 float64) bool {
	perMM := float64(p.width) / 210
	for y := int(y0*perMM) + 1; y < min(int(y1*perMM), p.height); y++ {
		for x := int(x0*perMM) + 1; x < min(int(x1*perMM), p.width); x++ {
			if p.pix[y*p.width+x] < 0xF0 {
				return true
			}
		}
	}
	return false
}

var pgmHead = regexp.MustCompile(`^P5\s+(\d+)\s+(\d+)\s+255\s`)

func pictures(t *testing.T, pdf []byte) []picture {
	t.Helper()
	out := []byte(run(t, "pdftoppm", "-r", "100", "-gray", save(t, "a.pdf", pdf)))
	var list []picture
	for len(out) > 0 {
		p := parsePicture(t, out)
		list = append(list, p)
		out = out[len(pgmHead.Find(out))+len(p.pix):]
	}
	return list
}

// parsePicture reads the first PGM of in.
func parsePicture(t *testing.T, in []byte) picture {
	t.Helper()
	m := pgmHead.FindSubmatch(in)
	if m == nil {
		t.Fatal("pdftoppm gave no PGM")
	}
	w, _ := strconv.Atoi(string(m[1]))
	h, _ := strconv.Atoi(string(m[2]))
	return picture{w, h, bytes.Clone(in[len(m[0]):][:w*h])}
}
