package printstreet_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// TestManyLetters renders letters that nobody thought of in a profile with all marks, and looks at them as a print centre does:
// Preflight, qpdf, fonts, codes by two readers, address in the window, free zones. DAMT_TORTURE=all takes 1 000 instead of 6, in bundles
// of 50, as many at a time as there are cores; Preflight starts once for all of them.
func TestManyLetters(t *testing.T) {
	n, step := 6, 6
	if testing.Short() {
		n, step = 2, 2
	}
	all := os.Getenv("DAMT_TORTURE") == "all"
	if all {
		n, step = 1000, 50
	}
	dir := t.TempDir()
	t.Run("bundle", func(t *testing.T) {
		for from := 0; from < n; from += step {
			t.Run(fmt.Sprint(from), func(t *testing.T) {
				t.Parallel()
				inspect(t, filepath.Join(dir, fmt.Sprintf("many-%04d.pdf", from)), uint64(from), min(step, n-from))
			})
		}
	})
	if all {
		preflight(t, dir)
	}
}

// inspect judges one bundle and leaves its PDF at path.
func inspect(t *testing.T, path string, seed uint64, n int) {
	t.Helper()
	p := example(t, "dz-datamatrix.yaml")
	j := manyJob(p, seed, n)
	b := render(t, j)
	for i, again := range render(t, j).Files {
		if !bytes.Equal(b.Files[i].Data, again.Data) {
			t.Errorf("%s: rendered twice, two files", again.Name)
		}
	}
	keep(t, filepath.Dir(path), filepath.Base(path), b.Files[0].Data)
	run(t, "qpdf", "--check", path)
	embedded(t, path)
	lines := layout(t, b.Files[0].Data)
	if len(lines) != b.Pages {
		t.Fatalf("%d pages, poppler reads %d", b.Pages, len(lines))
	}
	codes := &shots{dir: t.TempDir()}
	for i, e := range b.Entries {
		checkWindow(t, e, p, lines[e.FirstPage-1])
		l := &j.Letters[e.Sendung.N-1]
		for page := range raster(t, path, e.FirstPage, e.LastPage) {
			checkZones(t, e, p, page)
			if first := page.n == e.FirstPage; first || page.n == e.FirstPage+e.Pages-1 && lastIsSheet(l) {
				codes.add(t, page, caseArea, caseOf(l))
			}
			if page.n < e.FirstPage+e.Pages && (page.n-e.FirstPage)%2 == 0 {
				c, k := p.SheetControl, (page.n-e.FirstPage)/2+1
				edge := 20*c.Module + 2*c.Quiet
				codes.add(t, page, area{c.X - c.Quiet, c.Y - c.Quiet, edge, edge}, fmt.Sprintf("%s/%04d%03d%03d%s", bundleID, e.Sendung.N, k, e.Sheets, map[bool]string{true: "L", false: "N"}[k == e.Sheets]))
			}
		}
		if len(codes.files) > 200 || i == len(b.Entries)-1 {
			codes.read(t)
		}
	}
	t.Logf("%d letters, %d pages, %d codes read twice, PDF of %d KB", len(b.Entries), b.Pages, codes.done, len(b.Files[0].Data)>>10)
}

// manyJob is a bundle of invented letters.
func manyJob(p printstreet.Profile, seed uint64, n int) printstreet.Job {
	j := job()
	j.Profile, j.Betriebsart = p, amtshilfe.Produktion
	rnd := rand.New(rand.NewPCG(seed, 5))
	for i := range n {
		l := letter(i+1, invented(rnd))
		if rnd.IntN(4) == 0 {
			l.Message, l.Reference = follow(rnd), reference()
		}
		l.Betriebsart, l.Behoerde = amtshilfe.Produktion, authority(fmt.Sprintf("%05d", 1000+rnd.IntN(98000)))
		if rnd.IntN(3) == 0 {
			l.Stationery = stationery()
		}
		j.Letters = append(j.Letters, l)
	}
	return j
}

// caseOf is how the code of the letter's case begins; behind it stands the Aktenzeichen.
func caseOf(l *printstreet.Letter) string {
	return fmt.Sprintf("DAMT2|%s|P|3f2b8c1e5d474a909c1b7e6f5a4d3c2b|kka:01001000|20.3/VH-2026/000123", l.Message.Kind.String()[:3])
}

// lastIsSheet says that the letter ends with a sheet for the answer.
func lastIsSheet(l *printstreet.Letter) bool {
	return l.Message.Kind == amtshilfe.KindErsuchen || l.Message.Kind == amtshilfe.KindSachstandAnfrage
}

// checkZones looks at the picture of a page: nothing at the edges, and on the first page nothing around the address.
func checkZones(t *testing.T, e printstreet.Entry, p printstreet.Profile, page rasterPage) {
	t.Helper()
	if s := page.picture; s.dark(0, 0, 210, 7) || s.dark(201, 0, 210, 297) || s.dark(0, 290, 210, 297) || s.dark(0, 0, 11, 104) || s.dark(0, 211, 11, 297) {
		t.Errorf("page %d: something is printed at the edge", page.n)
	}
	if page.n != e.FirstPage {
		return
	}
	f := p.Zones.Franking
	for name, z := range map[string]area{"franking": {f.X, f.Y, f.W, f.H}, "left of the window": {10, 45, 13, 50}, "right of it": {97, 45, 13, 50}, "below it": {10, 90.2, 100, 14}} {
		if page.picture.dark(z.x, z.y, z.x+z.w, z.y+z.h) {
			t.Errorf("%s: something is printed in zone %q", e.Sendung, name)
		}
	}
}

// rasterPage is the picture of a page with 200 dpi.
type rasterPage struct {
	n int // in its file, from 1
	picture
}

// raster gives the pictures of some pages of a file, a few of them in memory at a time.
func raster(t *testing.T, path string, first, last int) func(yield func(rasterPage) bool) {
	return func(yield func(rasterPage) bool) {
		for ; first <= last; first += 20 {
			out := []byte(run(t, "pdftoppm", "-r", "200", "-gray", "-f", fmt.Sprint(first), "-l", fmt.Sprint(min(last, first+19)), path))
			for n := first; len(out) > 0; n++ {
				p := parsePicture(t, out)
				out = out[len(pgmHead.Find(out))+len(p.pix):]
				if !yield(rasterPage{n, p}) {
					return
				}
			}
		}
	}
}

// shots are parts of pages with a code each, to be read.
type shots struct {
	dir      string
	files    []string
	pictures []picture
	want     []string // how what is read begins
	done     int      // read so far
}

// add cuts a part out of a page.
func (s *shots) add(t *testing.T, page rasterPage, a area, want string) {
	t.Helper()
	const perMM = 200 / 25.4
	x, y, w, h := int(a.x*perMM), int(a.y*perMM), int(a.w*perMM), int(a.h*perMM)
	part := picture{w, h, make([]byte, 0, w*h)}
	for row := range h {
		part.pix = append(part.pix, page.pix[(y+row)*page.width+x:][:w]...)
	}
	name := fmt.Sprintf("%d-%d.pgm", page.n, int(a.x))
	keep(t, s.dir, name, append(fmt.Appendf(nil, "P5\n%d %d\n255\n", w, h), part.pix...))
	s.files, s.pictures, s.want = append(s.files, filepath.Join(s.dir, name)), append(s.pictures, part), append(s.want, want)
}

// read reads them all with two readers, compares, and forgets them.
func (s *shots) read(t *testing.T) {
	t.Helper()
	for i, got := range readCodes(t, s.files, s.pictures) {
		if !strings.HasPrefix(got, s.want[i]) || strings.HasPrefix(s.want[i], string(bundleID)) && !printstreet.Checked(got) {
			t.Errorf("%s: read %q, want %s..", filepath.Base(s.files[i]), got, s.want[i])
		}
	}
	*s = shots{dir: s.dir, done: s.done + len(s.files)}
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

var manyWords = strings.Fields(sequences + " Müller Łukasiewicz Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung (a) \\ %s & < > ı 4711 20.3/VH § – „x“ ’ €")

// babble is up to n of them.
func babble(rnd *rand.Rand, n int) string {
	var out []string
	for range 1 + rnd.IntN(n) {
		out = append(out, manyWords[rnd.IntN(len(manyWords))])
	}
	return strings.Join(out, " ")
}

// follow is a message of random kind and words that continues the fixture's request.
func follow(rnd *rand.Rand) *amtshilfe.Message {
	m := einstellung()
	switch m.Kind = []amtshilfe.Kind{amtshilfe.KindForderungsaenderung, amtshilfe.KindEinstellung, amtshilfe.KindSachstandAnfrage, amtshilfe.KindErgaenzung}[rnd.IntN(4)]; m.Kind {
	case amtshilfe.KindForderungsaenderung:
		change(m)
		for i := range m.Aenderung.Buchungen {
			m.Aenderung.Buchungen[i].Betrag = amtshilfe.Cents(rnd.IntN(10_000_000))
		}
	case amtshilfe.KindEinstellung:
		m.Einstellung.Grund = babble(rnd, 60)
	case amtshilfe.KindErgaenzung:
		m.Text = babble(rnd, 400)
		m.Ergaenzung = amtshilfe.Ergaenzung{Schuldner: ersuchen().Ersuchen.Schuldner, Gefahr: "liegt-vor", GefahrText: babble(rnd, 30)}
	}
	return m
}

// invented is a request of random size and words.
func invented(rnd *rand.Rand) *amtshilfe.Message {
	m := ersuchen()
	e := m.Ersuchen
	text := func(n int) string { return babble(rnd, n) }
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
