package register_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// hostileDirectory has what a question can run into.
func hostileDirectory(t testing.TB) *register.Directory {
	streets := register.Gebiet{Orte: []register.Ort{{Ort: "Dresden", PLZ: []string{"01156"}, Strassen: []register.Strasse{{Name: "Talstraße", Von: "1", Bis: "9"}}}}}
	return directory(t, office("land", area("14")), office("kreis", area("01062")), office("strasse", streets))
}

// hostile are places that are none.
var hostile = []string{
	"Dresden'; DROP TABLE gemeinde; --", "../../etc/passwd", "Dresden\x00", "\x00", "%00%2e%2e", "${jndi:ldap://x}", "<script>", "Dresden\r\nX: y",
	"M\xfcnchen", "M\xc3\xbcnchen\xff", "M\u00c3\u00bcnchen", "\ufeffDresden", "\u202edresd", "\u0344\u0344", "\x01\x02", "((((((", "/////", "-----", ",,,,",
	"\u00ad", "\U0001F4A9", "St. St. St.", "OT OT OT", "Kreis Kreis", "a. b. c. d. e. f.", "Stadt Stadt Stadt",
}

func TestHostilePlaces(t *testing.T) {
	d := hostileDirectory(t)
	for _, h := range hostile {
		for _, a := range []amtshilfe.Postanschrift{{Postleitzahl: "22929", Ort: h}, {Postleitzahl: h, Ort: "Dresden"},
			{Postleitzahl: "01156", Ort: "Nirgendwo", Ortsteil: h}, {Postleitzahl: "22929", Ort: "Hamfelde", Staat: h}} {
			z := d.Answer(register.Question{Einnahmeart: grundsteuer, Anschrift: a, Betriebsart: amtshilfe.Test})
			if z.Behoerde.Kennung != "" {
				t.Errorf("%q leads to %s by %q", a, z.Behoerde.Kennung, z.Regel)
			}
			if strings.Contains(z.Regel, h) && len(h) > 2 {
				t.Errorf("the rule repeats the address: %q", z.Regel)
			}
		}
		// What stands in the street decides nothing where no street does.
		if z := d.Answer(register.Question{Einnahmeart: grundsteuer, Anschrift: amtshilfe.Postanschrift{Postleitzahl: "21465", Ort: "Reinbek", Strasse: h, Hausnummer: h}, Betriebsart: amtshilfe.Test}); told(z) != "kreis" {
			t.Errorf("street %q: %q", h, told(z))
		}
	}
}

// A place of 1 MB is answered as fast as any other: it is not looked at.
func TestLongPlaces(t *testing.T) {
	d := hostileDirectory(t)
	long := "Dresden " + strings.Repeat("a.-/ (ü ", 1<<17)
	a := amtshilfe.Postanschrift{Postleitzahl: "01156", Ort: long, Ortsteil: long, Strasse: long, Hausnummer: long, HausnummerZusatz: long, Staat: "D"}
	c := at("01156", "Dresden")
	c.Staat = long
	b := a
	b.Postleitzahl, b.Ort = long, "Dresden"
	began := time.Now()
	const n = 1000
	for range n {
		for _, a := range []amtshilfe.Postanschrift{a, b, c} {
			if z := d.Answer(register.Question{Einnahmeart: grundsteuer, Anschrift: a, Betriebsart: amtshilfe.Test}); z.Behoerde.Kennung != "" {
				t.Fatalf("%q by %q", told(z), z.Regel)
			}
		}
	}
	if took := time.Since(began); took > 2*time.Second { // a millisecond each, where reading alone would take ten
		t.Errorf("%d questions of 5 MB took %v", 3*n, took)
	}
}

// FuzzLookup: whatever stands in an address, an answer is whole, is one line that a 002 can carry, is explained as it is given, and comes
// again for the same question.
func FuzzLookup(f *testing.F) {
	d := hostileDirectory(f)
	for _, h := range hostile {
		f.Add("01156", h, "", h, "")
	}
	f.Add("22929", "Hamfelde, Kr. Stormarn", "", "", "")
	f.Add("D-01156", "Dresden OT Cossebaude", "Cossebaude", "Talstr. 5 - 7a", "")
	f.Fuzz(func(t *testing.T, plz, ort, ortsteil, strasse, hausnummer string) {
		q := register.Question{Einnahmeart: grundsteuer, Betriebsart: amtshilfe.Test, Am: spring,
			Anschrift: amtshilfe.Postanschrift{Postleitzahl: plz, Ort: ort, Ortsteil: ortsteil, Strasse: strasse, Hausnummer: hausnummer}}
		z := d.Answer(q)
		if len(z.Kandidaten) == 1 || len(z.Kandidaten) > 0 && z.Behoerde.Kennung != "" {
			t.Fatalf("half an answer: %+v", z)
		}
		if n := utf8.RuneCountInString(z.Regel); n > 250 || strings.ContainsAny(z.Regel, "\r\n\x00") || !utf8.ValidString(z.Regel) {
			t.Fatalf("rule %q", z.Regel)
		}
		e := d.Explain(q)
		if told(e.Zustaendigkeit) != told(z) || e.Zustaendigkeit.Regel != z.Regel {
			t.Fatalf("explained %q, answered %q", told(e.Zustaendigkeit), told(z))
		}
	})
}
