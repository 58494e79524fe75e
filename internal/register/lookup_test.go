package register_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

var grundsteuer = amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: "100"}

func sample(t testing.TB) *register.Directory {
	t.Helper()
	d, err := register.Sample()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func at(plz, ort string) amtshilfe.Postanschrift {
	return amtshilfe.Postanschrift{Postleitzahl: plz, Ort: ort}
}

func TestLookup(t *testing.T) {
	d := sample(t)
	for _, tt := range []struct {
		name     string
		plz, ort string
		want     string // kennung, "?" = several, "" = nobody
	}{
		{"the name as it is", "01067", "Dresden", "kka:14612000"},
		{"another postcode of the same town", "01328", "Dresden", "kka:14612000"},
		{"capitals", "01067", "DRESDEN", "kka:14612000"},
		{"umlauts written out", "80331", "Muenchen", "kka:09162000"},
		{"umlauts as two characters", "80331", "Mu\u0308nchen", "kka:09162000"},
		{"sharp s and blanks around it", " 98666 ", "  masserberg ", "kka:16069061"},
		{"D- before the postcode", "D-24937", "Flensburg", "kka:01001000"},
		{"am written as a.", "60311", "Frankfurt a. M.", "kka:06412000"},
		{"no blanks in a.M.", "60311", "Frankfurt a.M.", "kka:06412000"},
		{"a slash for am", "60311", "Frankfurt/Main", "kka:06412000"},
		{"without the addition", "60311", "Frankfurt", "kka:06412000"},
		{"a bracket left open", "15230", "Frankfurt (Oder", "kka:12053000"},
		{"the other Frankfurt by its river", "15230", "Frankfurt/O.", "kka:12053000"},
		{"the wrong river", "15230", "Frankfurt am Main", ""},
		{"brackets", "06108", "Halle (Saale)", "kka:15002000"},
		{"the bracket as a slash", "06108", "Halle/Saale", "kka:15002000"},
		{"the bracket as a river", "06108", "Halle an der Saale", "kka:15002000"},
		{"St. for Sankt", "66606", "St. Wendel", "kka:10046117"},
		{"St. without a blank", "66386", "St.Ingbert", "kka:10045117"},
		{"Sankt for St.", "78112", "Sankt Georgen im Schwarzwald", "kka:08326052"},
		{"im abbreviated", "78112", "St. Georgen i. Schw.", "kka:08326052"},
		{"a.d. for an der", "67433", "Neustadt a.d. Weinstraße", "kka:07316000"},
		{"every word abbreviated", "67433", "Neustadt a. d. W.", "kka:07316000"},
		{"b. for bei", "96465", "Neustadt b. Coburg", "kka:09473151"},
		{"v.d.H.", "61348", "Bad Homburg v.d.H.", "kka:06434001"},
		{"v. d. Höhe", "61348", "Bad Homburg v. d. Höhe", "kka:06434001"},
		{"o.d.T.", "91541", "Rothenburg o.d.T.", "kka:09571193"},
		{"a title behind a comma", "23552", "Lübeck, Hansestadt", "kka:01003000"},
		{"a title in front", "23552", "Hansestadt Lübeck", "kka:01003000"},
		{"without the title that the directory has", "06886", "Wittenberg", "kka:15091375"},
		{"a district with a hyphen", "01097", "Dresden-Neustadt", "kka:14612000"},
		{"a district by its own name", "01156", "Cossebaude", "kka:14612000"},
		{"the Sorbian name", "03046", "Chóśebuz", "kka:12052000"},
		{"i. Br.", "79098", "Freiburg i. Br.", "kka:08311000"},

		{"a shared postcode, decided by the place", "27568", "Bremerhaven", "kka:04012000"},
		{"the other place of it", "27568", "Bremen", "kka:04011000"},
		{"a shared postcode with a place that fits neither", "27568", "Helgoland", "?"},
		{"a shared postcode without a place", "27568", "", "?"},
		{"two small towns with one postcode", "17248", "Lärz", "kka:13071087"},
		{"Donzdorf shares with Schwäbisch Gmünd", "73072", "Donzdorf", "kka:08117015"},
		{"Schwäbisch Gmünd written out", "73072", "Schwaebisch Gmuend", "kka:08136065"},
		{"two authorities claim one place", "06484", "Quedlinburg", "?"},

		{"only the beginning of a name", "61348", "Bad", ""},
		{"a longer word is not the name", "61348", "Bad Homburgen", ""},
		{"the postcode of another town", "01067", "Leipzig", ""},
		{"an unknown postcode", "99999", "Dresden", ""},
		{"no postcode", "", "Dresden", ""},
		{"no place", "01067", "", ""},
		{"only punctuation as place", "01067", "-- (", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			z := d.Lookup(grundsteuer, at(tt.plz, tt.ort), amtshilfe.Test)
			got := z.Behoerde.Kennung
			if len(z.Kandidaten) > 0 {
				got = "?"
			}
			if got != tt.want {
				t.Errorf("%s %s: %q by %q, want %q", tt.plz, tt.ort, got, z.Regel, tt.want)
			}
			if z.IsZero() != (tt.want == "") || len(z.Kandidaten) == 1 {
				t.Errorf("IsZero %v with %d candidates", z.IsZero(), len(z.Kandidaten))
			}
			if !strings.HasSuffix(z.Regel, "; Verzeichnis "+d.Version()) || z.Stand.IsZero() {
				t.Errorf("rule %q and state %v do not name the directory", z.Regel, z.Stand)
			}
		})
	}
}

func TestLookupAsksForTheEinnahmeart(t *testing.T) {
	d := sample(t)
	with := func(code string) amtshilfe.Einnahmeart {
		return amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: "1", Code: code}
	}
	for _, tt := range []struct {
		name string
		e    amtshilfe.Einnahmeart
		a    amtshilfe.Postanschrift
		want string
	}{
		{"the one kind an authority is competent for", with("300"), at("48143", "Münster"), "zas:demo-nw"},
		{"another kind at the same place", with("100"), at("48143", "Münster"), ""},
		{"an unknown list is nobody's", amtshilfe.Einnahmeart{List: "urn:fremd", Version: "1", Code: "100"}, at("01067", "Dresden"), ""},
		{"an unknown version is nobody's", amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: "2", Code: "100"}, at("01067", "Dresden"), ""},
		{"a code that the list does not have is nobody's", with("999"), at("01067", "Dresden"), ""},
		{"no code is nobody's", with(""), at("01067", "Dresden"), ""},
		{"abroad is nobody's", with("100"), amtshilfe.Postanschrift{Postleitzahl: "01067", Ort: "Dresden", Staat: "151"}, ""},
		{"Germany by its code", with("100"), amtshilfe.Postanschrift{Postleitzahl: "01067", Ort: "Dresden", Staat: "000"}, "kka:14612000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := d.Lookup(tt.e, tt.a, amtshilfe.Test).Behoerde.Kennung; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTheChannelComesWithTheAnswer(t *testing.T) {
	d := sample(t)
	k, _ := d.Lookup(grundsteuer, at("01067", "Dresden"), amtshilfe.Test).Kanal()
	want := amtshilfe.Rechenzentrum{Kennung: "rz:demo-a", Management: "https://rz-demo-a.invalid/xta/management", Send: "https://rz-demo-a.invalid/xta/send"}
	if k.Art != amtshilfe.KanalXTA || k.Adresse != "kka:14612000" || k.Rechenzentrum.Send != want.Send || k.Rechenzentrum.Kennung != want.Kennung {
		t.Errorf("kanal %+v", k)
	}
	for kennung, art := range map[string]amtshilfe.Kanalart{"kka:04012000": amtshilfe.KanalPost, "kka:16063105": amtshilfe.KanalEGVP, "kka:13071122": amtshilfe.KanalKeiner} {
		if k, ok := d.ByKennung(kennung, amtshilfe.Test).Kanal(); !ok || k.Art != art {
			t.Errorf("%s is reached by %q, want %q", kennung, k.Art, art)
		}
	}
	if z := d.ByKennung("kka:99999999", amtshilfe.Test); !z.IsZero() {
		t.Errorf("an unknown kennung gave %v", z.Behoerde.Kennung)
	}
}

// entry is a small valid entry.
func entry(kennung string, b amtshilfe.Betriebsart) register.Eintrag {
	return register.Eintrag{Kennung: kennung, Name: "Stadt X", Betriebsart: b, Anschriftzeilen: []string{"Rathausplatz 1", "12345 Bstadt"},
		Anschrift: register.Anschrift{Strasse: "Rathausplatz", Hausnummer: "1", Postleitzahl: "12345", Ort: "Bstadt"},
		Kanaele:   []register.Kanal{{Art: amtshilfe.KanalPost}},
		Gebiete:   []register.Gebiet{{Orte: []register.Ort{{Ort: "Bstadt", PLZ: []string{"12345"}}}}}}
}

func BenchmarkLookup(b *testing.B) {
	d := sample(b)
	questions := []amtshilfe.Postanschrift{at("01067", "Dresden"), at("60311", "Frankfurt a. M."), at("27568", "Bremerhaven"), at("06108", "Halle/S."), at("99999", "Nirgendwo")}
	i := 0
	for b.Loop() {
		d.Lookup(grundsteuer, questions[i%len(questions)], amtshilfe.Test)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}
