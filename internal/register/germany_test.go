package register_test

import (
	"cmp"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// original reads a table of the originals (DAMT_ORIGINALS, default ../shared), without its first line.
func original(name string) ([][]string, error) {
	dir := cmp.Or(os.Getenv("DAMT_ORIGINALS"), "../../../shared")
	file, err := os.Open(filepath.Join(dir, "data", name))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	return rows[1:], nil
}

// pair is a postcode with a place as the table writes it, and the AGS of about 2021.
type pair struct{ plz, ort, ags string }

// country is all of Germany, as the originals have it.
type country struct {
	file  register.File
	pairs []pair
	ended map[string]bool
	built func() (*register.Directory, error)
	err   error
}

var germanyOnce = sync.OnceValue(readGermany)

// forgetGermany lets the memory go.
func forgetGermany() { germanyOnce = sync.OnceValue(readGermany) }

// germany is a directory file of all municipalities in force, of those that the postcode table still names, and one fictitious cash
// office for each in force; the 283 Ortsteile of the list are none. ended are the AGS that have ended: their successors are not known.
func germany(t testing.TB) (f register.File, pairs []pair, ended map[string]bool) {
	t.Helper()
	c := germanyOnce()
	if os.IsNotExist(c.err) && os.Getenv("CI") != "true" {
		t.Skip("DAMT_ORIGINALS: no tables of postcodes and AGS")
	}
	if c.err != nil {
		t.Fatal(c.err)
	}
	return c.file, c.pairs, c.ended
}

// germanDirectory is the directory made of it.
func germanDirectory(t testing.TB) *register.Directory {
	t.Helper()
	germany(t)
	d, err := germanyOnce().built()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func readGermany() (c *country) {
	const stand = "2026-04-30"
	c = &country{ended: map[string]bool{}}
	c.built = sync.OnceValues(func() (*register.Directory, error) { return register.New(c.file) })
	list, err := original("ags-2026-04-30.csv")
	table, err2 := original("plz-ags.csv")
	if c.err = cmp.Or(err, err2); c.err != nil {
		return c
	}
	f := &c.file
	*f = register.File{Version: "de", Stand: time.Date(2026, 4, 30, 0, 0, 0, 0, time.UTC)}
	index := map[string]int{}
	for _, r := range list {
		if r[2] == "" {
			index[r[0]] = len(f.Gemeinden)
			f.Gemeinden = append(f.Gemeinden, register.Gemeinde{AGS: r[0], Name: strings.Join(strings.Fields(r[1]), " ")})
			f.Behoerden = append(f.Behoerden, cashOffice(r[0]))
		}
	}
	kreise := map[string]bool{}
	for _, r := range table {
		p := pair{plz: r[3], ort: r[2], ags: r[1]}
		c.pairs = append(c.pairs, p)
		i, ok := index[p.ags]
		if !ok {
			i = len(f.Gemeinden)
			index[p.ags], c.ended[p.ags] = i, true
			f.Gemeinden = append(f.Gemeinden, register.Gemeinde{AGS: p.ags, Name: p.ort, Bis: stand})
		}
		g := &f.Gemeinden[i]
		if len(g.Orte) == 0 {
			g.Orte = []register.Ort{{Ort: p.ort}}
		}
		g.Orte[0].PLZ = append(g.Orte[0].PLZ, p.plz)
		if kreis := p.ags[:5]; !kreise[kreis] && r[4] != "" {
			kreise[kreis] = true
			f.Verbaende = append(f.Verbaende, register.Verband{Schluessel: kreis, Name: r[4]})
		}
	}
	return c
}

// cashOffice is a fictitious authority of one municipality; its kennung is the AGS.
func cashOffice(ags string) register.Eintrag {
	e := office(ags, area(ags))
	e.Name = "Kasse " + ags
	return e
}

// afterwards is a day on which the ended municipalities have ended.
var afterwards = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func (p pair) question() register.Question {
	return register.Question{Einnahmeart: grundsteuer, Anschrift: at(p.plz, p.ort), Betriebsart: amtshilfe.Test, Am: afterwards}
}

// Of the 12 883 pairs each resolves to its AGS, to an ambiguity that names it, or is one of the 62 whose AGS has ended. There is
// nothing else, and the ambiguous ones are the namesakes that share their postcode, too: two villages on both sides of a border between
// Kreise, and the town and the parish of Garding.
func TestEveryPairOfGermany(t *testing.T) {
	_, pairs, ended := germany(t)
	d := germanDirectory(t)
	var own, several, over int
	namesakes := map[string]bool{}
	for _, p := range pairs {
		z := d.Answer(p.question())
		switch {
		case z.Behoerde.Kennung == p.ags:
			own++
		case slices.Contains(strings.Split(told(z), "|"), p.ags):
			several++
			namesakes[p.plz+" "+p.ort] = true
			if !strings.HasPrefix(z.Regel, "PLZ und Ort mehrdeutig") {
				t.Errorf("%v: %q is ambiguous by %q", p, told(z), z.Regel)
			}
		case ended[p.ags] && z.IsZero() && strings.Contains(z.Regel, "Gemeinde aufgelöst") && strings.Contains(z.Regel, p.ags):
			over++
		default:
			t.Errorf("%v leads to %q by %q", p, told(z), z.Regel)
		}
	}
	for _, q := range []struct{ plz, ort, want string }{{"22929", "Köthel (Stormarn)", "01062040"}, {"22929", "Hamfelde, Kreis Herzogtum Lauenburg", "01053049"},
		{"25836", "Garding, Stadt", "01054036"}, {"25836", "Kirchspiel Garding", "01054035"}} {
		if z := d.Answer(pair{plz: q.plz, ort: q.ort}.question()); z.Behoerde.Kennung != q.want {
			t.Errorf("%s leads to %q by %q, want %s", q.ort, told(z), z.Regel, q.want)
		}
	}
	t.Logf("%d to their own, %d ambiguous (%v), %d ended", own, several, namesakes, over)
	if len(pairs) != 12_883 || over != 62 || own+several+over != len(pairs) || len(namesakes) != 3 || several != 5 {
		t.Errorf("%d pairs: %d own, %d ambiguous, %d ended", len(pairs), own, several, over)
	}
}

// sameName says whether the municipality with that AGS is called so.
func sameName(f register.File, ags, name string) bool {
	i := slices.IndexFunc(f.Gemeinden, func(g register.Gemeinde) bool { return g.AGS == ags })
	return i >= 0 && strings.HasPrefix(f.Gemeinden[i].Name+",", name+",")
}

// Nobody is led to a wrong town: with every second municipality missing, or only its authority, its people are not sent to a neighbour
// of the same postcode.
func TestWhatIsMissingLeadsToNobody(t *testing.T) {
	f, pairs, _ := germany(t)
	offices := f
	offices.Behoerden = nil
	left := map[string]bool{}
	for i, e := range f.Behoerden {
		if i%2 == 0 {
			offices.Behoerden = append(offices.Behoerden, e)
			left[e.Kennung] = true
		}
	}
	facts := offices
	facts.Gemeinden = slices.DeleteFunc(slices.Clone(f.Gemeinden), func(g register.Gemeinde) bool { return !left[g.AGS] })
	for name, file := range map[string]register.File{"the authority": offices, "the municipality": facts} {
		d, err := register.New(file)
		if err != nil {
			t.Fatal(err)
		}
		names := map[[2]string]bool{} // namesakes of those that are there may be found by their name
		for _, p := range pairs {
			names[[2]string{p.plz, p.ort}] = names[[2]string{p.plz, p.ort}] || left[p.ags]
		}
		asked, wrong := 0, 0
		for _, p := range pairs {
			if left[p.ags] || names[[2]string{p.plz, p.ort}] {
				continue
			}
			asked++
			if z := d.Answer(p.question()); z.Behoerde.Kennung != "" && !sameName(f, z.Behoerde.Kennung, p.ort) {
				wrong++
				t.Logf("%v would go to %s by %s", p, z.Behoerde.Kennung, z.Regel)
			}
		}
		t.Logf("%s missing: %d asked, %d led to a neighbour", name, asked, wrong)
		if wrong > 0 || asked < 5000 {
			t.Errorf("%s missing: %d of %d people are sent to a neighbour", name, wrong, asked)
		}
	}
}
