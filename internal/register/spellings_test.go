package register_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
)

// Real postcodes with places as people write them (testdata/schreibweisen.csv): ags is the municipality that is meant; several with "|"
// between are an ambiguity that the answer names; "" means that nobody may be found, for nothing but a guess could.
func TestSpellings(t *testing.T) {
	file, err := os.Open("testdata/schreibweisen.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	d := germanDirectory(t)
	for _, r := range rows[1:] {
		z := d.Answer(pair{plz: r[0], ort: r[1]}.question())
		if told(z) != strings.TrimSpace(r[2]) {
			t.Errorf("%s %s leads to %q by %q, want %q", r[0], r[1], told(z), z.Regel, r[2])
		}
	}
	if len(rows) <= 300 {
		t.Errorf("%d spellings, want 300", len(rows)-1)
	}
}
