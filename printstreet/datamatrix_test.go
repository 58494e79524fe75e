package printstreet_test

import (
	"strings"
	"testing"

	"github.com/boombuler/barcode/datamatrix"

	"damtshilfe/printstreet"
)

// Every size and every kind of content has the same modules as those of a library that many use.
func TestDataMatrix(t *testing.T) {
	contents := []string{"", "a", "12", "1", "12a34", "~ |", strings.Repeat("9", 348)}
	for n := 1; n < 175; n += 1 + n/20 {
		contents = append(contents, strings.Repeat("aB7|", n)[:n], strings.Repeat("0815", n)[:2*n])
	}
	seen := map[int]bool{}
	for _, c := range contents {
		want, err := datamatrix.Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		size, dark, err := printstreet.DataMatrix(c)
		if err != nil || size != want.Bounds().Dx() {
			t.Errorf("%q: %d modules, %v; want %d", c, size, err, want.Bounds().Dx())
			continue
		}
		seen[size] = true
		for y := range size {
			for x := range size {
				if r, _, _, _ := want.At(x, y).RGBA(); dark[y*size+x] != (r < 0x8000) {
					t.Fatalf("%q: module %d, %d is %v", c, x, y, dark[y*size+x])
				}
			}
		}
	}
	if len(seen) != 14 {
		t.Errorf("%d sizes seen, want 14", len(seen))
	}
	for _, bad := range []string{"ä", "\xff", strings.Repeat("a", 175)} {
		if _, _, err := printstreet.DataMatrix(bad); err == nil {
			t.Errorf("%q was encoded", bad)
		}
	}
}
