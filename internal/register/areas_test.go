package register_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// office is a small valid entry without Gebiete.
func office(kennung string, gebiete ...register.Gebiet) register.Eintrag {
	e := entry(kennung, amtshilfe.Test)
	e.Gebiete = gebiete
	return e
}

// area is the Gebiet of some keys.
func area(keys ...string) register.Gebiet { return register.Gebiet{Schluessel: keys} }

func codes(codes ...string) []register.Codeliste {
	return []register.Codeliste{{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Codes: codes}}
}

// land is a small country: two districts with three municipalities, two of them of one name and postcode, and one that has ended.
func land() register.File {
	orte := func(plz string, names ...string) []register.Ort {
		o := register.Ort{Ort: names[0], PLZ: []string{plz}, Auch: names[1:]}
		return []register.Ort{o}
	}
	return register.File{Version: "1", Stand: time.Unix(1_780_000_000, 0), Gemeinden: []register.Gemeinde{
		{AGS: "01053049", ARS: "010535318049", Name: "Hamfelde", Orte: orte("22929", "Hamfelde")},
		{AGS: "01062026", ARS: "010625270026", Name: "Hamfelde", Orte: orte("22929", "Hamfelde")},
		{AGS: "01062060", ARS: "010625244060", Name: "Reinbek, Stadt", Orte: orte("21465", "Reinbek", "Schönningstedt")},
		{AGS: "14612000", ARS: "146120000000", Name: "Dresden, Stadt", Orte: orte("01156", "Dresden", "Cossebaude")},
		{AGS: "14612999", Name: "Altdorf", Orte: orte("01156", "Altdorf"), Bis: "2026-03-31", Nachfolger: []string{"14612000"}},
		{AGS: "14612998", Name: "Nirgends", Orte: orte("01156", "Nirgends"), Bis: "2026-03-31"},
	}, Verbaende: []register.Verband{{Schluessel: "01053", Name: "Kreis Herzogtum Lauenburg"}, {Schluessel: "01062", Name: "Stormarn"}}}
}

func directory(t testing.TB, entries ...register.Eintrag) *register.Directory {
	t.Helper()
	f := land()
	f.Behoerden = entries
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var spring = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// told is an answer in short: the kennung, the candidates with "|" between, or "".
func told(z amtshilfe.Zustaendigkeit) string {
	if len(z.Kandidaten) == 0 {
		return z.Behoerde.Kennung
	}
	var all []string
	for _, k := range z.Kandidaten {
		all = append(all, k.Kennung)
	}
	return strings.Join(all, "|")
}

// sorted are the candidates without their order.
func sorted(all string) string {
	list := strings.Split(all, "|")
	slices.Sort(list)
	return strings.Join(list, "|")
}

func TestTheNarrowestAreaDecides(t *testing.T) {
	kreis := area("01062")
	kreis.Ausser = []string{"01062060"}
	ort := register.Gebiet{Orte: []register.Ort{{Ort: "Cossebaude", PLZ: []string{"01156"}}}}
	street := register.Gebiet{Orte: []register.Ort{{Ort: "Dresden", PLZ: []string{"01156"}, Strassen: []register.Strasse{
		{Name: "Talstraße", Von: "1", Bis: "9", Seite: "ungerade"}, {Name: "Am Markt"}}}}}
	only := area("14")
	only.Einnahmearten = codes("300")
	d := directory(t, office("bund", area("DE")), office("land:01", area("01")), office("bezirk", area("010")), office("kreis", kreis),
		office("amt", area("010625270")), office("land:14", area("14")), office("funk", only), office("ort", ort), office("strasse", street))
	for _, tt := range []struct {
		name, plz, ort, street, code string
		want, rule                   string
	}{
		{"the Verband goes before the Kreis", "22929", "Hamfelde (Stormarn)", "", "100", "amt", "PLZ und Teil des Ortsnamens; Verband 010625270"},
		{"the Kreis has an exception, so its Bezirk answers", "21465", "Reinbek", "", "100", "bezirk", "PLZ und Ort; Regierungsbezirk 010"},
		{"named codes go before all codes", "01156", "Dresden", "Hof 1", "300", "funk", "PLZ und Ort; Land 14"},
		{"a district that is a Gebiet", "01156", "Cossebaude", "Weg 1", "100", "ort", "PLZ und Ort"},
		{"the municipality of that district", "01156", "Dresden", "Weg 1", "100", "land:14", "PLZ und Ort; Land 14"},
		{"a street goes before all", "01156", "Dresden", "Talstr. 5", "100", "strasse", "PLZ und Ort und Straße"},
		{"the other side of it does not", "01156", "Dresden", "Talstr. 6", "100", "land:14", "PLZ und Ort; Land 14"},
		{"behind its last number", "01156", "Dresden", "Talstraße 11a", "100", "land:14", "PLZ und Ort; Land 14"},
		{"a street without numbers", "01156", "Dresden", "Am Markt 1a", "100", "strasse", "PLZ und Ort und Straße"},
		{"the number decides and is missing", "01156", "Dresden", "Talstraße", "100", "strasse|land:14", "PLZ und Ort mehrdeutig: es fehlt Hausnummer"},
		{"the street decides and is missing", "01156", "Dresden", "", "100", "strasse|land:14", "PLZ und Ort mehrdeutig: es fehlt Straße"},
		{"two numbers on both sides", "01156", "Dresden", "Talstraße 5-6", "100", "strasse|land:14", "PLZ und Ort mehrdeutig: es fehlt Hausnummer"},
		{"two numbers on one side", "01156", "Dresden", "Talstraße 5 - 7", "100", "strasse", "PLZ und Ort und Straße"},
		{"namesakes with one postcode", "22929", "Hamfelde", "", "100", "bezirk|amt", "PLZ und Ort mehrdeutig"},
		{"the Kreis behind the name chooses", "22929", "Hamfelde, Kr. Hzgt. Lauenburg", "", "100", "bezirk", "PLZ und Ort; Regierungsbezirk 010"},
		{"in brackets, too", "22929", "Hamfelde (Pinneberg)", "", "100", "bezirk|amt", "Ort zur PLZ nicht im Verzeichnis"},
		{"a Kreis that is neither does not", "22929", "Hamfelde, Kr. Pinneberg", "", "100", "bezirk|amt", "PLZ und Ort mehrdeutig"},
		{"a kind of revenue that nobody has", "22929", "Hamfelde", "", "999", "", "Einnahmeart nicht im Verzeichnis (AGS 01053049)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := register.Question{Einnahmeart: grundsteuer, Anschrift: at(tt.plz, tt.ort), Betriebsart: amtshilfe.Test, Am: spring}
			q.Einnahmeart.Code, q.Anschrift.Strasse = tt.code, tt.street
			z := d.Answer(q)
			if got := told(z); got != tt.want || z.Regel != tt.rule+"; Verzeichnis 1" && tt.code != "999" {
				t.Errorf("got %q by %q, want %q by %q", got, z.Regel, tt.want, tt.rule)
			}
		})
	}
	q := register.Question{Einnahmeart: grundsteuer, Anschrift: at("01156", "Dresden"), Betriebsart: amtshilfe.Test, Am: spring}
	q.Anschrift.Ortsteil = "Cossebaude"
	if z := d.Answer(q); told(z) != "strasse|ort" {
		t.Errorf("district of its own: %q by %q", told(z), z.Regel) // the street may be one of those that are in Dresden as a whole
	}
	q.Anschrift.Strasse, q.Anschrift.Hausnummer = "Hauptstr.", "3"
	if z := d.Answer(q); told(z) != "ort" {
		t.Errorf("district of its own: %q by %q", told(z), z.Regel)
	}
}

func TestADistrictWithoutItsPlace(t *testing.T) {
	d := directory(t, office("kreis", area("01062")))
	for _, tt := range []struct{ name, ort, part, want string }{
		{"no place at all", "", "Schönningstedt", "kreis"},
		{"what the municipality lies in as place", "Kreis Stormarn", "Schönningstedt", "kreis"},
		{"the municipality as district of a Verband", "Amt Nirgends", "Reinbek", "kreis"},
		{"a place that may have such a district, too", "Xdorf", "Schönningstedt", ""},
		{"half the name of a district", "", "Schönning", ""},
	} {
		q := register.Question{Einnahmeart: grundsteuer, Anschrift: at("21465", tt.ort), Betriebsart: amtshilfe.Test, Am: spring}
		q.Anschrift.Ortsteil = tt.part
		if z := d.Answer(q); told(z) != tt.want || tt.want != "" && !strings.HasPrefix(z.Regel, "PLZ und Ortsteil;") {
			t.Errorf("%s: %q by %q, want %q", tt.name, told(z), z.Regel, tt.want)
		}
	}
}

func TestDistrictsThatAreAGebiet(t *testing.T) {
	ort := func(name string) register.Gebiet {
		return register.Gebiet{Orte: []register.Ort{{Ort: name, PLZ: []string{"01156"}}}}
	}
	d := directory(t, office("stadt", area("14612000")), office("neu", ort("Neustadt")), office("coss", ort("Dresden-Cossebaude")))
	for _, tt := range []struct{ ort, part, want string }{
		{"Dresden", "", "stadt"},
		{"Dresden", "Altstadt", "stadt"},
		{"Dresden", "Cossebaude", "coss"},
		{"Dresden OT Cossebaude", "", "coss"},
		{"Dresden-Cossebaude", "", "coss"},
		{"Dresden Cossebaude", "", "coss"},
		{"Cossebaude", "", "coss"},
		{"Neustadt", "", "neu"},
		{"Dresden", "Neustadt", "neu|stadt"}, // only the Gebiet knows a Neustadt; it may be another place
		{"Dresden-Neustadt", "", "neu|stadt"},
	} {
		q := register.Question{Einnahmeart: grundsteuer, Anschrift: at("01156", tt.ort), Betriebsart: amtshilfe.Test, Am: spring}
		q.Anschrift.Ortsteil = tt.part
		if z := d.Answer(q); sorted(told(z)) != tt.want {
			t.Errorf("%s, %s: %q by %q, want %q", tt.ort, tt.part, told(z), z.Regel, tt.want)
		}
	}
}

func TestEveryReasonForNobodyHasItsRule(t *testing.T) {
	d := directory(t, office("kreis", area("01062")))
	address := func(set func(*amtshilfe.Postanschrift)) amtshilfe.Postanschrift {
		a := at("21465", "Reinbek")
		set(&a)
		return a
	}
	for _, tt := range []struct {
		name string
		a    amtshilfe.Postanschrift
		rule string
	}{
		{"abroad", address(func(a *amtshilfe.Postanschrift) { a.Staat = "151" }), "Anschrift im Ausland"},
		{"a PO box", address(func(a *amtshilfe.Postanschrift) { a.Postfach = "12 34" }), "nur ein Postfach"},
		{"a PO box as a street", address(func(a *amtshilfe.Postanschrift) { a.Strasse = "Postfach 1234" }), "nur ein Postfach"},
		{"no postcode", address(func(a *amtshilfe.Postanschrift) { a.Postleitzahl = " " }), "PLZ fehlt"},
		{"four digits", address(func(a *amtshilfe.Postanschrift) { a.Postleitzahl = "2146" }), "PLZ nicht aus fünf Ziffern"},
		{"no place", address(func(a *amtshilfe.Postanschrift) { a.Ort = "" }), "Ort fehlt"},
		{"another place", address(func(a *amtshilfe.Postanschrift) { a.Ort = "Kiel" }), "Ort zur PLZ nicht im Verzeichnis"},
		{"an unknown postcode", address(func(a *amtshilfe.Postanschrift) { a.Postleitzahl = "99999" }), "PLZ nicht im Verzeichnis"},
		{"a municipality without authority", at("01156", "Dresden"), "keine Behörde eingetragen (AGS 14612000)"},
		{"one of two namesakes has none", at("22929", "Hamfelde"), "mehrdeutig, nicht für jeden Fall ist eine Behörde eingetragen"},
		{"ended without successor", at("01156", "Nirgends"), "Gemeinde aufgelöst, Nachfolger nicht im Verzeichnis (AGS 14612998)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			z := d.Answer(register.Question{Einnahmeart: grundsteuer, Anschrift: tt.a, Betriebsart: amtshilfe.Test, Am: spring})
			if !z.IsZero() || z.Regel != tt.rule+"; Verzeichnis 1" {
				t.Errorf("got %q by %q, want nobody by %q", told(z), z.Regel, tt.rule)
			}
		})
	}
}

func TestAnEndedMunicipalityLeadsToItsSuccessor(t *testing.T) {
	d := directory(t, office("alt", area("14612999")), office("neu", area("14612000")))
	q := register.Question{Einnahmeart: grundsteuer, Anschrift: at("01156", "Altdorf"), Betriebsart: amtshilfe.Test}
	for day, want := range map[string]string{"2026-03-31": "alt", "2026-04-01": "neu"} {
		q.Am, _ = time.Parse(time.DateOnly, day)
		z := d.Answer(q)
		if told(z) != want || strings.Contains(z.Regel, "Nachfolger von 14612999") != (want == "neu") {
			t.Errorf("on %s: %q by %q, want %q", day, told(z), z.Regel, want)
		}
		if end := time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC); want == "alt" && !z.GueltigBis.Equal(end) {
			t.Errorf("the answer is good until %v, the municipality ends at %v", z.GueltigBis, end)
		}
	}
}

func TestConditions(t *testing.T) {
	cond := func(b register.Bedingung) register.Gebiet {
		g := area("14612000")
		g.Bedingung = b
		return g
	}
	d := directory(t, office("stadt", area("14612000")), office("kfz", cond(register.Bedingung{Massnahmen: []string{"kfz-parkkralle", "durchsuchung"}})),
		office("kreis", area("01062")), office("gross", register.Gebiet{Schluessel: []string{"01062"}, Bedingung: register.Bedingung{BetragVon: 1_000_00, Land: []string{"BY"}}}),
		office("nur", register.Gebiet{Schluessel: []string{"010535318"}, Bedingung: register.Bedingung{Glaeubiger: []string{"kammer"}}}))
	dresden, reinbek, hamfelde := at("01156", "Dresden"), at("21465", "Reinbek"), at("22929", "Hamfelde, Kreis Herzogtum Lauenburg")
	for _, tt := range []struct {
		name string
		a    amtshilfe.Postanschrift
		u    register.Umstaende
		want string
		rule string
	}{
		{"a 001 says nothing", dresden, register.Umstaende{}, "kfz|stadt", "es fehlt Maßnahme"},
		{"another measure", dresden, register.Umstaende{Massnahmen: []string{"sachpfaendung"}}, "stadt", "Gemeinde"},
		{"no measure at all", dresden, register.Umstaende{Massnahmen: []string{}}, "stadt", "Gemeinde"},
		{"the measure", dresden, register.Umstaende{Massnahmen: []string{"kfz-parkkralle"}}, "kfz", "Bedingung"},
		{"two of its measures", dresden, register.Umstaende{Massnahmen: []string{"durchsuchung", "kfz-parkkralle"}}, "kfz", "Bedingung"},
		{"measures of two authorities", dresden, register.Umstaende{Massnahmen: []string{"sachpfaendung", "kfz-parkkralle"}}, "kfz|stadt", "es fehlt Maßnahme"},
		{"amount and Land", reinbek, register.Umstaende{Betrag: 1_000_00, Land: "BY"}, "gross", "Bedingung"},
		{"a cent less", reinbek, register.Umstaende{Betrag: 999_99, Land: "BY"}, "kreis", "Kreis 01062"},
		{"another Land decides without the amount", reinbek, register.Umstaende{Land: "SH"}, "kreis", "Kreis 01062"},
		{"the Land alone does not", reinbek, register.Umstaende{Land: "BY"}, "gross|kreis", "es fehlt Betrag"},
		{"one authority or none", hamfelde, register.Umstaende{}, "", "es fehlt Gläubiger"},
		{"that authority", hamfelde, register.Umstaende{Glaeubiger: "kammer"}, "nur", "Bedingung"},
		{"none", hamfelde, register.Umstaende{Glaeubiger: "stadt"}, "", "keine Behörde"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			z := d.Answer(register.Question{Einnahmeart: grundsteuer, Anschrift: tt.a, Betriebsart: amtshilfe.Test, Umstaende: tt.u, Am: spring})
			if told(z) != tt.want || !strings.Contains(z.Regel, tt.rule) {
				t.Errorf("got %q by %q, want %q by %q", told(z), z.Regel, tt.want, tt.rule)
			}
		})
	}
}

func TestDays(t *testing.T) {
	old, now := area("14612000"), area("14612000")
	old.GueltigBis, now.GueltigAb = "2026-04-30", "2026-05-01"
	late := office("late", now)
	late.GueltigBis = "2026-12-31"
	ending := office("ending", area("01062060"))
	ending.Ende = register.Ende{Versand: "2026-04-30", Annahme: "2026-10-31"}
	ending.Kanaele = []register.Kanal{{Art: amtshilfe.KanalXTA, Adresse: "x", Rechenzentrum: "rz", Dienst: "urn:x:y"}}
	f := land()
	f.Rechenzentren = []register.Rechenzentrum{{Kennung: "rz", Management: "https://a.invalid/m", Send: "https://a.invalid/s"}}
	f.Behoerden = []register.Eintrag{office("old", old), late, ending}
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	on := func(day, plz, ort string) amtshilfe.Zustaendigkeit {
		am, _ := time.Parse(time.DateOnly, day)
		return d.Answer(register.Question{Einnahmeart: grundsteuer, Anschrift: at(plz, ort), Betriebsart: amtshilfe.Test, Am: am})
	}
	for day, want := range map[string]string{"2026-04-30": "old", "2026-05-01": "late", "2026-12-31": "late", "2027-01-01": ""} {
		if z := on(day, "01156", "Dresden"); told(z) != want || want != "" && z.GueltigBis.IsZero() {
			t.Errorf("on %s: %q by %q until %v, want %q", day, told(z), z.Regel, z.GueltigBis, want)
		}
	}
	if z := on("2027-01-01", "01156", "Dresden"); z.Regel != "am gefragten Tag keine Behörde eingetragen (AGS 14612000); Verzeichnis 1" {
		t.Errorf("after its last day: %q", z.Regel)
	}
	for day, want := range map[string]amtshilfe.Kanalart{"2026-04-30": amtshilfe.KanalXTA, "2026-05-01": amtshilfe.KanalKeiner} {
		z := on(day, "21465", "Reinbek")
		if k, _ := z.Kanal(); k.Art != want || (want == amtshilfe.KanalKeiner) != strings.Contains(z.Regel, "keiner: Teilnahme beendet") {
			t.Errorf("a question on %s: %q by %q", day, k.Art, z.Regel)
		}
	}
	for day, want := range map[string]amtshilfe.Kanalart{"2026-10-31": amtshilfe.KanalXTA, "2026-11-01": amtshilfe.KanalKeiner} {
		am, _ := time.Parse(time.DateOnly, day)
		if k, _ := d.ByKennungAm("ending", amtshilfe.Test, am).Kanal(); k.Art != want {
			t.Errorf("an answer on %s: %q", day, k.Art)
		}
	}
}

func TestABlockedAuthorityIsNotReached(t *testing.T) {
	e := office("k", area("14612000"))
	e.Gesperrt = "Verdacht auf Missbrauch"
	d := directory(t, e)
	for name, z := range map[string]amtshilfe.Zustaendigkeit{"question": d.Lookup(grundsteuer, at("01156", "Dresden"), amtshilfe.Test), "kennung": d.ByKennung("k", amtshilfe.Test)} {
		if k, _ := z.Kanal(); len(z.Kanaele) != 1 || k.Art != amtshilfe.KanalKeiner || k.Grund != e.Gesperrt || !strings.Contains(z.Regel, e.Gesperrt) {
			t.Errorf("%s: %+v by %q", name, z.Kanaele, z.Regel)
		}
	}
}

func TestOverlappingCompetencesAreRefused(t *testing.T) {
	ort := func(name string, streets ...register.Strasse) register.Gebiet {
		return register.Gebiet{Orte: []register.Ort{{Ort: name, PLZ: []string{"01156"}, Strassen: streets}}}
	}
	with := func(g register.Gebiet, set func(*register.Gebiet)) register.Gebiet { set(&g); return g }
	for _, tt := range []struct {
		name    string
		a, b    register.Gebiet
		refused bool
	}{
		{"the same municipality", area("14612000"), area("14612000"), true},
		{"as AGS and as ARS", area("14612000"), area("146120000000"), true},
		{"a Kreis and its municipality", area("14612"), area("14612000"), false},
		{"different codes", with(area("14"), func(g *register.Gebiet) { g.Einnahmearten = codes("100") }), with(area("14"), func(g *register.Gebiet) { g.Einnahmearten = codes("200") }), false},
		{"a code in common", with(area("14"), func(g *register.Gebiet) { g.Einnahmearten = codes("100", "200") }), with(area("14"), func(g *register.Gebiet) { g.Einnahmearten = codes("200") }), true},
		{"one after the other", with(area("14"), func(g *register.Gebiet) { g.GueltigBis = "2026-04-30" }), with(area("14"), func(g *register.Gebiet) { g.GueltigAb = "2026-05-01" }), false},
		{"a day in common", with(area("14"), func(g *register.Gebiet) { g.GueltigBis = "2026-05-01" }), with(area("14"), func(g *register.Gebiet) { g.GueltigAb = "2026-05-01" }), true},
		{"conditions that exclude each other", with(area("14"), func(g *register.Gebiet) { g.Bedingung.BetragBis = 100 }), with(area("14"), func(g *register.Gebiet) { g.Bedingung.BetragVon = 101 }), false},
		{"conditions that one request can fulfil", with(area("14"), func(g *register.Gebiet) { g.Bedingung.BetragBis = 100 }), with(area("14"), func(g *register.Gebiet) { g.Bedingung.Land = []string{"BY"} }), true},
		{"exceptions that leave nothing in common", with(area("01062"), func(g *register.Gebiet) { g.Ausser = []string{"01062060"} }), with(area("01062"), func(g *register.Gebiet) { g.Ausser = []string{"01062026"} }), false},
		{"exceptions that leave something", with(area("01"), func(g *register.Gebiet) { g.Ausser = []string{"01062060"} }), with(area("01"), func(g *register.Gebiet) { g.Ausser = []string{"01062026"} }), true},
		{"the same place", ort("Dresden"), ort("DRESDEN"), true},
		{"a place and streets of it", ort("Dresden"), ort("Dresden", register.Strasse{Name: "Talstraße"}), false},
		{"the same street", ort("Dresden", register.Strasse{Name: "Talstr."}), ort("Dresden", register.Strasse{Name: "Talstraße", Seite: "gerade"}), true},
		{"two sides of a street", ort("Dresden", register.Strasse{Name: "Talstr.", Seite: "ungerade"}), ort("Dresden", register.Strasse{Name: "Talstraße", Seite: "gerade"}), false},
		{"one behind the other", ort("Dresden", register.Strasse{Name: "Talstr.", Bis: "12"}), ort("Dresden", register.Strasse{Name: "Talstraße", Von: "13"}), false},
		{"12a belongs to 12", ort("Dresden", register.Strasse{Name: "Talstr.", Bis: "12"}), ort("Dresden", register.Strasse{Name: "Talstraße", Von: "12a"}), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := land()
			f.Behoerden = []register.Eintrag{office("k:a", tt.a), office("k:b", tt.b)}
			_, err := register.New(f)
			e, ok := errors.AsType[*register.Error](err)
			if ok != tt.refused || ok && (e.Path != "$.behoerden[1].gebiete[0]" || !strings.Contains(e.Text, "overlapping competences") || !strings.Contains(e.Text, "$.behoerden[0].gebiete[0]")) {
				t.Errorf("refused %v: %v", ok, err)
			}
			if faults := register.Check(f, register.CheckOptions{}); len(faults) > 0 != tt.refused {
				t.Errorf("Check tells %v", faults)
			}
			f.Behoerden[1].Betriebsart = amtshilfe.Schulung
			if _, err := register.New(f); err != nil {
				t.Errorf("in different Betriebsarten: %v", err)
			}
		})
	}
}

func TestExplainSaysWhatAnswerSays(t *testing.T) {
	d := directory(t, office("kreis", area("01062")), office("amt", area("010625270")), office("land", area("14")))
	for _, tt := range []struct{ plz, ort, want string }{
		{"22929", "Hamfelde (Stormarn)", "Zuständig ist Stadt X (amt)"},
		{"01156", "Altdorf", "Altdorf (14612999), aufgelöst zum 31.03.2026"},
		{"01156", "Kiel", "passt der Ort zu keinem Eintrag"},
		{"22929", "Hamfelde", "nicht für jeden Fall"},
	} {
		q := register.Question{Einnahmeart: grundsteuer, Anschrift: at(tt.plz, tt.ort), Betriebsart: amtshilfe.Test, Am: spring}
		e := d.Explain(q)
		if told(e.Zustaendigkeit) != told(d.Answer(q)) || e.Zustaendigkeit.Regel != d.Answer(q).Regel {
			t.Errorf("%s: explained %q, answered %q", tt.ort, told(e.Zustaendigkeit), told(d.Answer(q)))
		}
		var all strings.Builder
		for _, s := range e.Schritte {
			all.WriteString(s.Was + ": " + s.Text + "\n")
			for _, h := range s.Treffer {
				all.WriteString("  " + h.Name + " " + h.AGS + " " + h.Pfad + ": " + h.Warum + "\n")
			}
		}
		if !strings.Contains(all.String(), tt.want) {
			t.Errorf("%s: no %q in\n%s", tt.ort, tt.want, all.String())
		}
	}
}
