package printstreet_test

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// TestManyLetters renders letters that nobody thought of in a profile with all marks, and looks at them as a print centre does:
// Preflight, qpdf, fonts, codes by two readers, address in the window, free zones. DAMT_TORTURE=all takes 1 000 instead of 6.
func TestManyLetters(t *testing.T) {
	n := 6
	if testing.Short() {
		n = 2
	}
	if os.Getenv("DAMT_TORTURE") == "all" {
		n = 1000
	}
	for from := 0; from < n; from += 100 {
		inspect(t, uint64(from), min(100, n-from))
	}
}

// inspect judges one bundle.
func inspect(t *testing.T, seed uint64, n int) {
	t.Helper()
	p := example(t, "dz-datamatrix.yaml")
	j := job()
	j.Profile, j.Betriebsart = p, amtshilfe.Produktion
	rnd := rand.New(rand.NewPCG(seed, 5))
	for i := range n {
		l := letter(i+1, invented(rnd))
		l.Betriebsart, l.Behoerde = amtshilfe.Produktion, authority(fmt.Sprintf("%05d", 1000+rnd.IntN(98000)))
		if rnd.IntN(3) == 0 {
			l.Stationery = stationery()
		}
		j.Letters = append(j.Letters, l)
	}
	b := render(t, j)
	if again := render(t, j); !bytes.Equal(b.Files[0].Data, again.Files[0].Data) {
		t.Error("rendered twice, two files")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "many.pdf")
	keep(t, dir, "many.pdf", b.Files[0].Data)
	run(t, "qpdf", "--check", path)
	embedded(t, path)
	if n > 6 {
		preflight(t, dir)
	}
	readSheets(t, b, p, path)
	lines, shots := layout(t, b.Files[0].Data), pictures(t, b.Files[0].Data)
	for _, e := range b.Entries {
		checkWindow(t, e, p, lines[e.FirstPage-1])
		first := shots[e.FirstPage-1]
		f := p.Zones.Franking
		for name, z := range map[string]area{"franking": {f.X, f.Y, f.W, f.H}, "left of the window": {10, 45, 13, 50}, "right of it": {97, 45, 13, 50}, "below it": {10, 90.2, 100, 14}} {
			if first.dark(z.x, z.y, z.x+z.w, z.y+z.h) {
				t.Errorf("%s: something is printed in zone %q", e.Sendung, name)
			}
		}
		for i := e.FirstPage; i <= e.LastPage; i++ {
			if s := shots[i-1]; s.dark(0, 0, 210, 7) || s.dark(201, 0, 210, 297) || s.dark(0, 290, 210, 297) || s.dark(0, 0, 11, 104) || s.dark(0, 211, 11, 297) {
				t.Errorf("page %d: something is printed at the edge", i)
			}
		}
	}
}

// readSheets reads the code of every front with two readers.
func readSheets(t *testing.T, b printstreet.Bundle, p printstreet.Profile, path string) {
	t.Helper()
	c := p.SheetControl
	px := func(mm float64) string { return fmt.Sprint(int(mm * 200 / 25.4)) }
	edge := px(20*c.Module + 2*c.Quiet)
	run(t, "pdftoppm", "-r", "200", "-gray", "-x", px(c.X-c.Quiet), "-y", px(c.Y-c.Quiet), "-W", edge, "-H", edge, path, path)
	all, err := filepath.Glob(path + "-*.pgm")
	if err != nil || len(all) != b.Pages {
		t.Fatalf("%d pictures of %d pages, %v", len(all), b.Pages, err)
	}
	var files, want []string
	for _, e := range b.Entries {
		for n := range e.Sheets {
			files = append(files, all[e.FirstPage-1+2*n])
			want = append(want, fmt.Sprintf("%s/%04d%03d%03d", bundleID, e.Sendung.N, n+1, e.Sheets))
		}
	}
	second := strings.Split(strings.TrimSuffix(run(t, "dmtxread", append([]string{"-n", "-N1", "-m3000"}, files...)...), "\n"), "\n")
	if len(second) != len(files) {
		t.Fatalf("dmtxread read %d of %d codes", len(second), len(files))
	}
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		shot := parsePicture(t, data)
		bmp, err := gozxing.NewBinaryBitmapFromImage(&image.Gray{Pix: shot.pix, Stride: shot.width, Rect: image.Rect(0, 0, shot.width, shot.height)})
		if err != nil {
			t.Fatal(err)
		}
		code, err := datamatrix.NewDataMatrixReader().Decode(bmp, nil)
		if err != nil || code.GetText() != second[i] || !strings.HasPrefix(second[i], want[i]) || !printstreet.Checked(second[i]) {
			t.Errorf("sheet %d: want %s.., dmtxread %q, gozxing %v, %v", i+1, want[i], second[i], code, err)
		}
	}
}

// checkWindow looks where poppler finds the lines of the address: in the window, below the strip, postcode last.
func checkWindow(t *testing.T, e printstreet.Entry, p printstreet.Profile, lines []bboxLine) {
	t.Helper()
	w, f, last := p.Zones.Window, p.Zones.Franking, ""
	for _, line := range lines {
		if line.XMin > 110*mm || line.YMin > 95*mm || line.YMax < 45*mm {
			continue
		}
		if line.XMin < w.X*mm || line.XMax > (w.X+w.W)*mm || line.YMin < w.Y*mm || line.YMax > (w.Y+w.H)*mm || line.YMin < (f.Y+f.H)*mm && line.YMax > f.Y*mm {
			t.Errorf("%s: a line lies at x %.1f-%.1f, y %.1f-%.1f mm", e.Sendung, line.XMin/mm, line.XMax/mm, line.YMin/mm, line.YMax/mm)
		}
		last = line.text()
	}
	if last != e.PLZ+" Beispielhausen" {
		t.Errorf("%s: the last line of the address is not postcode and town", e.Sendung)
	}
}

// invented is a request of random size and words.
func invented(rnd *rand.Rand) *amtshilfe.Message {
	m := ersuchen()
	e := m.Ersuchen
	words := strings.Fields(sequences + " Müller Łukasiewicz Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung (a) \\ %s & < > ı 4711 20.3/VH § – „x“ ’ €")
	text := func(n int) string {
		var out []string
		for range 1 + rnd.IntN(n) {
			out = append(out, words[rnd.IntN(len(words))])
		}
		return strings.Join(out, " ")
	}
	for i := range e.Schuldner {
		e.Schuldner[i].Person.Geburtsname, e.Schuldner[i].Person.Vorname = text(6), text(2)
	}
	for i := range e.Titel {
		e.Titel[i].Gegenstand = text(40)
	}
	withClaims(m, rnd.IntN(40))
	for i := range e.Forderungen {
		e.Forderungen[i].Buchungstext, e.Forderungen[i].Brutto = text(8), amtshilfe.Cents(rnd.IntN(10_000_000))
	}
	e.Gefahr = []string{"liegt-vor", "liegt-nicht-vor", "nicht-geprueft"}[rnd.IntN(3)]
	e.GefahrText = text(30)
	return m
}
