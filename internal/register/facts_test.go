package register_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// twoByAmount is a directory in which the amount decides in 12345 Bstadt.
func twoByAmount(t *testing.T) *register.Directory {
	t.Helper()
	small, large := entry("k:klein", amtshilfe.Test), entry("k:gross", amtshilfe.Test)
	small.Gebiete[0].Bedingung = register.Bedingung{BetragBis: 99_99}
	large.Gebiete[0].Bedingung = register.Bedingung{BetragVon: 100_00}
	d, err := sample(t).With(small, large)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What a condition looks at is said in JSON; a 001 has no place for it and stays ambiguous, but says what is missing.
func TestFactsTravel(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{Directory: twoByAmount(t)})
	c := w.ask(register.Options{Servers: []string{s.url}})
	q := register.Question{Einnahmeart: grundsteuer, Anschrift: at("12345", "Bstadt"), Betriebsart: amtshilfe.Test}
	ask := func(q register.Question) amtshilfe.Zustaendigkeit {
		z, err := c.LookupAll(t.Context(), []register.Question{q})
		if err != nil {
			t.Fatal(err)
		}
		return z[0]
	}
	if z := ask(q); len(z.Kandidaten) != 2 || z.Fehlt != amtshilfe.UmstandBetrag {
		t.Errorf("a 001: %d candidates, missing %q", len(z.Kandidaten), z.Fehlt)
	}
	both, err := c.LookupAll(t.Context(), []register.Question{{Einnahmeart: grundsteuer, Anschrift: at("12345", "Bstadt "), Betriebsart: amtshilfe.Test, Umstaende: register.Umstaende{Land: "SN"}},
		{Einnahmeart: grundsteuer, Anschrift: at("01067", "Dresden"), Betriebsart: amtshilfe.Test}})
	if err != nil || both[0].Fehlt != amtshilfe.UmstandBetrag || both[1].Fehlt != "" {
		t.Errorf("many: %+v, %v", both, err)
	}
	for want, cents := range map[string]int64{"k:klein": 99_99, "k:gross": 100_00} {
		q.Umstaende.Betrag = cents
		if z := ask(q); z.Behoerde.Kennung != want || z.Fehlt != "" {
			t.Errorf("%d cents: %q, missing %q", cents, z.Behoerde.Kennung, z.Fehlt)
		}
	}
	if log := w.log.String(); strings.Contains(log, "9999") || strings.Contains(log, "10000") {
		t.Error("the log names an amount")
	}
}

// Measures that are none and measures that are not said are different questions.
func TestNoMeasuresAreSaidToo(t *testing.T) {
	w := newWorld(t)
	pfaendung := entry("k:pfaendung", amtshilfe.Test)
	pfaendung.Gebiete[0].Bedingung = register.Bedingung{Massnahmen: []string{"01", "02"}}
	d, err := sample(t).With(pfaendung, entry("k:sonst", amtshilfe.Test))
	if err != nil {
		t.Fatal(err)
	}
	s := w.serve(register.ServerOptions{Directory: d})
	c := w.ask(register.Options{Servers: []string{s.url}})
	for _, tt := range []struct {
		name string
		said []string
		want string
		lack amtshilfe.Umstand
	}{
		{"not said", nil, "", amtshilfe.UmstandMassnahmen},
		{"none", []string{}, "k:sonst", ""},
		{"one of them", []string{"02"}, "k:pfaendung", ""},
		{"another one", []string{"07"}, "k:sonst", ""},
		{"one of them and another one", []string{"02", "07"}, "", amtshilfe.UmstandMassnahmen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			z, err := c.LookupAll(t.Context(), []register.Question{{Einnahmeart: grundsteuer, Anschrift: at("12345", "Bstadt"), Betriebsart: amtshilfe.Test,
				Umstaende: register.Umstaende{Massnahmen: tt.said}}})
			if err != nil || z[0].Behoerde.Kennung != tt.want || z[0].Fehlt != tt.lack {
				t.Errorf("%q, missing %q, %v", z[0].Behoerde.Kennung, z[0].Fehlt, err)
			}
		})
	}
}

// A post office box leads to nobody, whatever its place is.
func TestAPostOfficeBoxLeadsToNobody(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{})
	c := w.ask(register.Options{Servers: []string{s.url}})
	a := at("01067", "Dresden")
	a.Postfach = "12 34 56"
	z, err := c.Lookup(t.Context(), grundsteuer, a, amtshilfe.Test)
	if err != nil || !z.IsZero() || !strings.Contains(z.Regel, "Postfach") {
		t.Errorf("%+v, %v", z, err)
	}
}

// Why an authority cannot be reached is said to the sender, by both ways of asking.
func TestTheReasonTravels(t *testing.T) {
	w := newWorld(t)
	e := entry("k:aus", amtshilfe.Test)
	e.Kanaele = []register.Kanal{{Art: amtshilfe.KanalKeiner, Grund: "Amt aufgelöst, Nachfolger offen; bitte rückfragen"}}
	d, err := sample(t).With(e)
	if err != nil {
		t.Fatal(err)
	}
	s := w.serve(register.ServerOptions{Directory: d})
	one, err := w.ask(register.Options{Servers: []string{s.url}}).ByKennung(t.Context(), "k:aus", amtshilfe.Test)
	if err != nil {
		t.Fatal(err)
	}
	many, err := w.ask(register.Options{Servers: []string{s.url}}).LookupAll(t.Context(), []register.Question{{Einnahmeart: grundsteuer, Anschrift: at("12345", "Bstadt"), Betriebsart: amtshilfe.Test},
		{Einnahmeart: grundsteuer, Anschrift: at("01067", "Dresden"), Betriebsart: amtshilfe.Test}})
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range []amtshilfe.Zustaendigkeit{one, many[0]} {
		if k, ok := z.Kanal(); !ok || k.Grund != e.Kanaele[0].Grund {
			t.Errorf("%+v", z.Kanaele)
		}
	}
}
