package register_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

var betriebsarten = []amtshilfe.Betriebsart{amtshilfe.Produktion, amtshilfe.Test, amtshilfe.Schulung}

// The words that random directories and questions are made of: few, so that they meet.
var (
	randomPLZ     = []string{"10001", "10002"}
	randomOrte    = []string{"Astadt", "Astadt am See", "Bdorf", "Bdorf (Tal)", "Chausen"}
	randomStreets = []string{"Talstraße", "Am Markt"}
	randomAGS     = []string{"01001001", "01001002", "01002001", "02001001"}
	randomKeys    = append([]string{"DE", "01", "010", "01001", "010010001", "01002"}, randomAGS...)
	randomCodes   = []string{"100", "200", "999"}
	randomDays    = []register.Datum{"", "2026-01-01", "2026-06-30", "2026-12-31"}
)

func some[T any](t *rapid.T, what string, from []T, most int) []T {
	var out []T
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(from)-1), 0, most, rapid.ID[int]).Draw(t, what) {
		out = append(out, from[i])
	}
	return out
}

func one[T any](t *rapid.T, what string, from []T) T { return rapid.SampledFrom(from).Draw(t, what) }

func randomPlaces(t *rapid.T) []register.Ort {
	var orte []register.Ort
	for range rapid.IntRange(1, 2).Draw(t, "orte") {
		o := register.Ort{Ort: one(t, "ort", randomOrte), PLZ: []string{one(t, "plz", randomPLZ)}, Auch: some(t, "auch", randomOrte, 1)}
		for _, s := range some(t, "strassen", randomStreets, 1) {
			o.Strassen = append(o.Strassen, register.Strasse{Name: s, Von: one(t, "von", []string{"", "5"}), Seite: one(t, "seite", []string{"", "gerade"})})
		}
		orte = append(orte, o)
	}
	return orte
}

func randomGebiet(t *rapid.T) register.Gebiet {
	var g register.Gebiet
	if rapid.Bool().Draw(t, "by key") {
		g.Schluessel, g.Ausser = []string{one(t, "key", randomKeys)}, some(t, "ausser", randomKeys[1:], 1)
	} else {
		g.Orte = randomPlaces(t)
	}
	if list := some(t, "codes", randomCodes[:2], 1); list != nil {
		g.Einnahmearten = codes(list...)
	}
	g.GueltigBis = one(t, "bis", randomDays)
	g.Bedingung.Massnahmen = some(t, "cond", []string{"sachpfaendung", "durchsuchung"}, 1)
	g.Bedingung.BetragVon = rapid.Int64Range(0, 2).Draw(t, "von")
	return g
}

// randomDirectory has facts and entries of all Betriebsarten, as many as do not contradict each other.
func randomDirectory(t *rapid.T) (*register.Directory, register.File) {
	f := register.File{Version: "1", Stand: time.Unix(1_780_000_000, 0)}
	for i, ags := range randomAGS {
		g := register.Gemeinde{AGS: ags, ARS: ags[:5] + fmt.Sprintf("%04d", i/2+1) + ags[5:], Name: "G " + ags, Orte: randomPlaces(t)}
		if i < 2 && rapid.Bool().Draw(t, "ended") {
			g.Bis, g.Nachfolger = "2026-06-30", some(t, "next", randomAGS[2:], 2)
		}
		f.Gemeinden = append(f.Gemeinden, g)
	}
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rapid.IntRange(1, 10).Draw(t, "entries") {
		b := one(t, "betriebsart", betriebsarten)
		e := office(fmt.Sprintf("k:%d", i%5), randomGebiet(t))
		e.Betriebsart, e.Name = b, string(b) // the answer tells which entry it is
		next := f
		next.Behoerden = append(slices.Clone(f.Behoerden), e)
		if better, err := register.New(next); err == nil {
			d, f = better, next
		} else if !strings.Contains(err.Error(), "overlapping") && !strings.Contains(err.Error(), "twice") {
			t.Fatal(err)
		}
	}
	return d, f
}

func randomQuestion(t *rapid.T) register.Question {
	q := register.Question{Einnahmeart: grundsteuer, Betriebsart: one(t, "asked", append(slices.Clone(betriebsarten), "", "PRODUKTION"))}
	q.Einnahmeart.Code = one(t, "code", randomCodes)
	q.Anschrift = at(one(t, "plz", append(randomPLZ, "")), one(t, "ort", append(randomOrte, "", "Nirgends", "A. am See", "Bdorf OT Astadt")))
	q.Anschrift.Ortsteil = one(t, "ortsteil", append(randomOrte, ""))
	q.Anschrift.Strasse = one(t, "strasse", []string{"", "Talstr. 4", "Talstr. 7", "Am Markt"})
	q.Umstaende.Massnahmen = some(t, "massnahmen", []string{"sachpfaendung", "durchsuchung", "x"}, 2)
	q.Umstaende.Betrag = rapid.Int64Range(0, 3).Draw(t, "betrag")
	q.Am = one(t, "am", []time.Time{{}, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)})
	return q
}

// Whatever directory and question: an entry of one Betriebsart never answers a question of another, and what the entries of the others
// say changes nothing in the answer.
func TestBetriebsartIsNeverCrossed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, f := randomDirectory(t)
		q := randomQuestion(t)
		z := d.Answer(q)
		y := d.ByKennung(one(t, "by", []string{"k:0", "k:1", "k:2"}), q.Betriebsart)
		for _, found := range append(append(z.Kandidaten, z.Behoerde), y.Behoerde) {
			if found.Kennung != "" && found.Name != string(q.Betriebsart) {
				t.Fatalf("asked for %q, got an entry of %q", q.Betriebsart, found.Name)
			}
		}
		f.Behoerden = slices.DeleteFunc(slices.Clone(f.Behoerden), func(e register.Eintrag) bool { return e.Betriebsart != q.Betriebsart })
		alone, err := register.New(f)
		if err != nil {
			t.Fatal(err)
		}
		if a := alone.Answer(q); told(a) != told(z) || a.Regel != z.Regel || !a.GueltigBis.Equal(z.GueltigBis) {
			t.Fatalf("%q by %q; without the other Betriebsarten %q by %q", told(z), z.Regel, told(a), a.Regel)
		}
	})
}

// Whatever directory and question: an answer is one authority with a way, or at least two candidates, or nobody; it is explained as it is
// given; and who is named covers the question.
func TestAnswersAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, f := randomDirectory(t)
		q := randomQuestion(t)
		if q.Am.IsZero() {
			q.Am = spring
		}
		z := d.Answer(q)
		switch {
		case len(z.Kandidaten) == 1, len(z.Kandidaten) > 0 && z.Behoerde.Kennung != "", z.Behoerde.Kennung != "" && len(z.Kanaele) == 0:
			t.Fatalf("half an answer: %+v", z)
		case !strings.HasSuffix(z.Regel, "; Verzeichnis 1"), !z.GueltigBis.IsZero() && !z.GueltigBis.After(q.Am):
			t.Fatalf("by %q until %v", z.Regel, z.GueltigBis)
		}
		e := d.Explain(q)
		if told(e.Zustaendigkeit) != told(z) || e.Zustaendigkeit.Regel != z.Regel || len(e.Schritte) == 0 {
			t.Fatalf("explained %q by %q, answered %q by %q", told(e.Zustaendigkeit), e.Zustaendigkeit.Regel, told(z), z.Regel)
		}
		for _, who := range append(z.Kandidaten, z.Behoerde) {
			i := slices.IndexFunc(f.Behoerden, func(e register.Eintrag) bool { return e.Kennung == who.Kennung && e.Betriebsart == q.Betriebsart })
			if who.Kennung != "" && !mayAnswer(f.Behoerden[i].Gebiete[0], q) {
				t.Fatalf("%s answers %+v, its Gebiet is %+v", who.Kennung, q, f.Behoerden[i].Gebiete[0])
			}
		}
		if a := answerUntil(d, q, z.GueltigBis); a != told(z) {
			t.Fatalf("%q is said to hold until %v, but a second before it is %q", told(z), z.GueltigBis, a)
		}
	})
}

// answerUntil asks once more just before an answer ends.
func answerUntil(d *register.Directory, q register.Question, until time.Time) string {
	if until.IsZero() {
		until = q.Am.AddDate(100, 0, 0)
	}
	q.Am = until.Add(-time.Second)
	return told(d.Answer(q))
}

// mayAnswer says what must hold of a Gebiet that is named in an answer.
func mayAnswer(g register.Gebiet, q register.Question) bool {
	day := register.Day(q.Am)
	switch {
	case q.Einnahmeart.Code == "999", len(g.Einnahmearten) > 0 && !slices.Contains(g.Einnahmearten[0].Codes, q.Einnahmeart.Code):
		return false
	case g.GueltigBis != "" && g.GueltigBis < day:
		return false
	case q.Umstaende.Betrag > 0 && q.Umstaende.Betrag < g.Bedingung.BetragVon:
		return false
	case q.Umstaende.Massnahmen != nil && g.Bedingung.Massnahmen != nil && !slices.Contains(q.Umstaende.Massnahmen, g.Bedingung.Massnahmen[0]):
		return false
	case len(g.Orte) > 0 && !slices.ContainsFunc(g.Orte, func(o register.Ort) bool { return o.PLZ[0] == q.Anschrift.Postleitzahl }):
		return false
	}
	return true
}

// reference says in its own words who is competent for a municipality in force, when the question says everything: of the Gebiete that
// cover it the one with the longest key, then with a condition, then with named codes.
func reference(f register.File, ags string, q register.Question) string {
	best, who := -1, ""
	for _, e := range f.Behoerden {
		g := e.Gebiete[0]
		if e.Betriebsart != q.Betriebsart || !covers(f, g.Schluessel, ags) || covers(f, g.Ausser, ags) || !mayAnswer(g, q) {
			continue
		}
		rank := 0
		for i, n := range []int{2, 3, 5, 9, 8} { // digits of Land, Bezirk, Kreis, Verband, municipality; DE has none of them
			if len(g.Schluessel[0]) == n && g.Schluessel[0] != "DE" {
				rank = 100 * (i + 1)
			}
		}
		if !g.Bedingung.IsZero() {
			rank += 10
		}
		if len(g.Einnahmearten) > 0 {
			rank++
		}
		if rank > best {
			best, who = rank, e.Kennung
		}
	}
	return who
}

func covers(f register.File, keys []string, ags string) bool {
	ars := f.Gemeinden[slices.Index(randomAGS, ags)].ARS
	return slices.ContainsFunc(keys, func(k string) bool {
		return k == "DE" || strings.HasPrefix(ags, k) || strings.HasPrefix(ars, k) && len(k) == 9
	})
}

// Whatever areas, conditions and days: a question that says everything is answered as the reference does.
func TestTheNarrowestAreaDecidesAlways(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		f := register.File{Version: "1", Stand: time.Unix(1_780_000_000, 0)}
		for i, ags := range randomAGS {
			f.Gemeinden = append(f.Gemeinden, register.Gemeinde{AGS: ags, ARS: ags[:5] + fmt.Sprintf("%04d", i/2+1) + ags[5:], Name: "G" + ags,
				Orte: []register.Ort{{Ort: "G" + ags, PLZ: []string{"10001"}}}})
		}
		d, err := register.New(f)
		if err != nil {
			t.Fatal(err)
		}
		ags := one(t, "ags", randomAGS)
		mine := slices.DeleteFunc(slices.Clone(randomKeys), func(k string) bool { return !covers(f, []string{k}, ags) })
		for i := range rapid.IntRange(5, 20).Draw(t, "entries") {
			g := randomGebiet(t)
			g.Orte, g.Schluessel = nil, []string{one(t, "key of it", mine)}
			e := office(fmt.Sprintf("k:%d", i), g)
			e.Betriebsart = one(t, "betriebsart", betriebsarten[:2])
			next := f
			next.Behoerden = append(slices.Clone(f.Behoerden), e)
			if better, err := register.New(next); err == nil {
				d, f = better, next
			}
		}
		q := register.Question{Einnahmeart: grundsteuer, Anschrift: at("10001", "G"+ags), Betriebsart: one(t, "asked", betriebsarten[:2]), Am: spring}
		q.Einnahmeart.Code = one(t, "code", randomCodes[:2])
		q.Umstaende = register.Umstaende{Massnahmen: []string{one(t, "massnahme", []string{"sachpfaendung", "durchsuchung", "x"})}, Betrag: rapid.Int64Range(1, 3).Draw(t, "betrag")}
		z := d.Answer(q)
		if want := reference(f, ags, q); told(z) != want {
			t.Fatalf("%s: %q by %q, the reference says %q", ags, told(z), z.Regel, want)
		} else if want != "" {
			found++
		}
	})
	if found == 0 {
		t.Error("nobody was ever competent")
	}
}
