package register_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// germany reads the postcodes and places of all municipalities from the originals (DAMT_ORIGINALS, default ../shared).
func germany(t testing.TB) (f register.File, places [][2]string) {
	t.Helper()
	dir := os.Getenv("DAMT_ORIGINALS")
	if dir == "" {
		dir = "../../../shared"
	}
	file, err := os.Open(filepath.Join(dir, "data", "plz-ags.csv"))
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skip("DAMT_ORIGINALS: no data/plz-ags.csv")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	index := map[string]int{}
	f = register.File{Version: "de", Stand: time.Unix(1_800_000_000, 0)}
	for _, r := range rows[1:] {
		ags, ort, plz := r[1], r[2], r[3]
		i, ok := index[ags]
		if !ok {
			i = len(f.Behoerden)
			index[ags] = i
			e := entry(ags, amtshilfe.Test)
			e.Gebiete[0].Orte[0] = register.Ort{Ort: ort}
			f.Behoerden = append(f.Behoerden, e)
		}
		o := &f.Behoerden[i].Gebiete[0].Orte[0]
		o.PLZ = append(o.PLZ, plz)
		places = append(places, [2]string{plz, ort})
	}
	return f, places
}

// Nobody is led to a wrong town: with every municipality in the directory each finds itself, and with one of them missing its
// people are not sent to a neighbour of the same postcode.
func TestAllOfGermany(t *testing.T) {
	f, _ := germany(t)
	began := time.Now()
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d authorities in %v", len(f.Behoerden), time.Since(began))
	asked, wrong, several := 0, 0, 0
	for _, e := range f.Behoerden {
		o := e.Gebiete[0].Orte[0]
		for _, plz := range o.PLZ {
			asked++
			switch z := d.Lookup(grundsteuer, at(plz, o.Ort), amtshilfe.Test); {
			case len(z.Kandidaten) > 0:
				several++
			case z.Behoerde.Kennung != e.Kennung:
				wrong++
				t.Errorf("%s %s leads to %q, not %s", plz, o.Ort, z.Behoerde.Kennung, e.Kennung)
			}
		}
	}
	t.Logf("%d asked, %d ambiguous", asked, several)
	if several*1000 > asked {
		t.Errorf("%d of %d places are ambiguous by their own names", several, asked)
	}
	missing(t, f)
}

// missing leaves out every second municipality and asks for those.
func missing(t *testing.T, f register.File) {
	t.Helper()
	half := f
	half.Behoerden = nil
	for i, e := range f.Behoerden {
		if i%2 == 0 {
			half.Behoerden = append(half.Behoerden, e)
		}
	}
	d, err := register.New(half)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{} // Hamfelde and Köthel share name and postcode with their namesakes in the next district
	for _, e := range half.Behoerden {
		kept[e.Gebiete[0].Orte[0].Ort] = true
	}
	asked, wrong := 0, 0
	for i, e := range f.Behoerden {
		if i%2 == 0 || kept[e.Gebiete[0].Orte[0].Ort] {
			continue
		}
		o := e.Gebiete[0].Orte[0]
		for _, plz := range o.PLZ {
			asked++
			if z := d.Lookup(grundsteuer, at(plz, o.Ort), amtshilfe.Test); z.Behoerde.Kennung != "" {
				wrong++
				t.Logf("%s %s would go to %s by %s", plz, o.Ort, z.Behoerde.Kennung, strings.TrimSuffix(z.Regel, "; Verzeichnis de"))
			}
		}
	}
	t.Logf("%d asked for missing ones, %d led to a neighbour", asked, wrong)
	if wrong > 0 {
		t.Errorf("%d of %d people of a missing town are sent to a neighbour", wrong, asked)
	}
}

func BenchmarkLookupGermany(b *testing.B) {
	f, places := germany(b)
	d, err := register.New(f)
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		p := places[i%len(places)]
		d.Lookup(grundsteuer, at(p[0], p[1]), amtshilfe.Test)
		i += 7
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}

func BenchmarkReadGermany(b *testing.B) {
	f, _ := germany(b)
	d, err := register.New(f)
	if err != nil {
		b.Fatal(err)
	}
	var buf bytes.Buffer
	if err := d.Write(&buf); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := register.Read(buf.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}
