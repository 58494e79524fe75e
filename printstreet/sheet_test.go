package printstreet_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// example reads one of the two profiles that stand in the documentation.
func example(t *testing.T, name string) printstreet.Profile {
	t.Helper()
	data, err := os.ReadFile("../docs/profile/" + name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := printstreet.ParseProfile(data)
	if err != nil {
		t.Fatal(err)
	}
	p.Betriebsart = amtshilfe.Produktion
	return p
}

// Every sheet has its code on the front, and nowhere else: two readers find job, Sendung, sheet n of m, the last one, and a check
// character that fits. The blank back and the franking strip are as white as the rest of the free zones.
func TestSheetCodes(t *testing.T) {
	p := example(t, "dz-datamatrix.yaml")
	a, b := letter(1, withClaims(ersuchen(), 40)), letter(2, einstellung())
	b.Reference = reference()
	j := job(a, b)
	j.Profile, j.Betriebsart, j.Letters[0].Betriebsart, j.Letters[1].Betriebsart = p, amtshilfe.Produktion, amtshilfe.Produktion, amtshilfe.Produktion
	bundle := render(t, j)
	path := save(t, "a.pdf", bundle.Files[0].Data)
	c := p.SheetControl
	edge := 20*c.Module + 2*c.Quiet
	var files, want []string
	var shots []picture
	for _, e := range bundle.Entries {
		for n := range e.Sheets {
			file, shot := cut(t, path, e.FirstPage+2*n, area{c.X - c.Quiet, c.Y - c.Quiet, edge, edge})
			files, shots = append(files, file), append(shots, shot)
			last := "N"
			if n+1 == e.Sheets {
				last = "L"
			}
			want = append(want, fmt.Sprintf("%s/%04d%03d%03d%s", bundleID, e.Sendung.N, n+1, e.Sheets, last))
		}
	}
	for i, got := range readCodes(t, files, shots) {
		if got[:len(got)-1] != want[i] || !printstreet.Checked(got) {
			t.Errorf("sheet %d: read %q, want %q with a check character", i+1, got, want[i])
		}
		if wrong := strings.Replace(got, "/0", "/1", 1); printstreet.Checked(wrong) {
			t.Errorf("%q passes the check", wrong)
		}
	}
	strip := p.Zones.Franking
	for i, page := range pictures(t, bundle.Files[0].Data) {
		if i%2 == 1 && page.dark(c.X-c.Quiet, c.Y-c.Quiet, c.X+edge, c.Y+edge) {
			t.Errorf("page %d is a back and has a code", i+1)
		}
		q := c.Quiet
		for _, z := range []area{{c.X - q, c.Y - q, edge, q}, {c.X - q, c.Y - q, q, edge}, {c.X - q, c.Y + edge - 2*q, edge, q}, {c.X + edge - 2*q, c.Y - q, q, edge}} {
			if page.dark(z.x, z.y, z.x+z.w, z.y+z.h) {
				t.Errorf("page %d: something is printed in the quiet zone", i+1)
			}
		}
		if i == 0 && page.dark(strip.X, strip.Y, strip.X+strip.W, strip.Y+strip.H) {
			t.Error("something is printed on the franking strip")
		}
	}
}

// OMR marks stand where the profile says, on the front of every sheet, and their number is even.
func TestOMR(t *testing.T) {
	p := example(t, "dz-omr.yaml")
	l := letter(1, withClaims(ersuchen(), 40))
	l.Betriebsart = amtshilfe.Produktion
	j := job(l)
	j.Profile, j.Betriebsart = p, amtshilfe.Produktion
	b := render(t, j)
	c := p.SheetControl
	for i, page := range pictures(t, b.Files[0].Data) {
		var marks []string
		for k, name := range c.Marks {
			y := c.Y + float64(k)*c.Pitch
			if page.dark(c.X+1, y-0.6, c.X+c.Length-1, y+c.Thickness+0.6) {
				marks = append(marks, name)
			}
		}
		n, m := i+1, b.Entries[0].Sheets
		want := map[string]bool{"start": true, "safety": true, "first": n == 1, "last": n == m, "not_last": n != m, "seq1": n&1 > 0, "seq2": n&2 > 0, "seq4": n&4 > 0}
		for _, name := range c.Marks {
			if on := slices.Contains(marks, name); name != "parity" && on != want[name] {
				t.Errorf("sheet %d of %d: mark %s is %v", n, m, name, on)
			}
		}
		if len(marks)%2 != 0 {
			t.Errorf("sheet %d: %d marks, want an even number", n, len(marks))
		}
	}
}
