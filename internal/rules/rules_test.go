package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/rules"
)

// now is a Friday; date counts from it.
var now = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func date(days int) time.Time { return time.Date(2026, 11, 20+days, 0, 0, 0, 0, time.UTC) }

// good is a request that nothing is wrong with.
func good() *amtshilfe.Message {
	return &amtshilfe.Message{
		Kind: amtshilfe.KindErsuchen, Root: "vollstreckungshilfe.Ersuchen.003",
		Kopf: amtshilfe.Nachrichtenkopf{UUID: "8a3c1e52-0f0e-4c39-9a33-3a5f1a2b3c4d", Erstellt: now.Add(-time.Hour), Test: true,
			Absender: amtshilfe.Akteur{Kennung: "kka:01001000", Verfahren: "avviso", Aktenzeichen: "26-GST-1",
				Person: amtshilfe.Person{Firma: "Stadtkasse Beispielstadt", Empfaenger: "Vollstreckung",
					Anschriften: []amtshilfe.Postanschrift{{Strasse: "Beispielplatz", Hausnummer: "1", Postleitzahl: "24937", Ort: "Flensburg"}}}}},
		Ersuchen: &amtshilfe.Ersuchen{
			Vom:         date(-3),
			Einnahmeart: amtshilfe.Einnahmeart{Code: "100"},
			Schuldner: []amtshilfe.Schuldner{{Person: amtshilfe.Person{Anrede: "Frau", Vorname: "Erika", Familienname: "Mustermann-Beispiel",
				Geburtsdatum: time.Date(1964, 8, 12, 0, 0, 0, 0, time.UTC),
				Anschriften:  []amtshilfe.Postanschrift{{Typen: []string{"001"}, Strasse: "Testgasse", Hausnummer: "12", Postleitzahl: "80331", Ort: "München"}}}}},
			Titel: []amtshilfe.Titel{{ID: "t1", Art: "verwaltungsakt", ErlassendeStelle: "Steueramt Beispielstadt", Datum: date(-200), BekanntgabeAm: date(-196),
				Aktenzeichen: "GST/1", Gegenstand: "Grundsteuer B 2026", MahnungAm: date(-100),
				Vollstreckbarkeit: amtshilfe.Vollstreckbarkeit{UnanfechtbarSeit: date(-160)}}},
			Forderungen: []amtshilfe.Forderung{{Titel: "t1", Buchungsnummer: "20260001", Kassenzeichen: "100.1", Buchungstext: "Grundsteuer 2026",
				Forderungsart: "401", Forderungstyp: "001", Brutto: 412_50, Waehrung: "EUR", Faelligkeit: date(-166)}},
			Bescheinigt: true, Massnahmen: []string{"sachpfaendung"}, Gefahr: "nicht-geprueft",
			Bankverbindung: amtshilfe.Bankverbindung{IBAN: "DE89370400440532013000", Kontoinhaber: "Stadtkasse Beispielstadt", Verwendungszweck: "26-GST-1"},
			AngeordnetVon:  amtshilfe.AngeordnetVon{Beschreibung: "Angeordnet.", Name: "Max Musterfrau", Funktion: "Kassenleitung"},
		},
	}
}

func context() rules.Context {
	return rules.Context{Kennungen: []string{"kka:01001000"}, Betriebsart: amtshilfe.Test, Now: now, Massnahmen: []string{"sachpfaendung"},
		Fits: func(plz, ort string) bool { return plz != "80331" || ort == "München" }}
}

// change alters the good message or its context.
type change func(m *amtshilfe.Message, c *rules.Context)

// ersuchen is a change of the body.
func ersuchen(f func(e *amtshilfe.Ersuchen)) change {
	return func(m *amtshilfe.Message, _ *rules.Context) { f(m.Ersuchen) }
}

func debtor(f func(s *amtshilfe.Schuldner)) change {
	return ersuchen(func(e *amtshilfe.Ersuchen) { f(&e.Schuldner[0]) })
}

func address(f func(a *amtshilfe.Postanschrift)) change {
	return debtor(func(s *amtshilfe.Schuldner) { f(&s.Person.Anschriften[0]) })
}

func title(f func(t *amtshilfe.Titel)) change {
	return ersuchen(func(e *amtshilfe.Ersuchen) { f(&e.Titel[0]) })
}

func claim(f func(c *amtshilfe.Forderung)) change {
	return ersuchen(func(e *amtshilfe.Ersuchen) { f(&e.Forderungen[0]) })
}

func second(role string) change {
	return ersuchen(func(e *amtshilfe.Ersuchen) {
		e.Schuldner = append(e.Schuldner, amtshilfe.Schuldner{Rolle: role, Person: amtshilfe.Person{Vorname: "Max", Familienname: "Beispiel",
			Anschriften: []amtshilfe.Postanschrift{{Strasse: "Musterweg", Hausnummer: "3", Postleitzahl: "24103", Ort: "Kiel"}}}})
	})
}

func both(a, b change) change {
	return func(m *amtshilfe.Message, c *rules.Context) { a(m, c); b(m, c) }
}

const root = "/vollstreckungshilfe.Ersuchen.003"

// row is one sentence about the rules: after the change the message gets exactly these findings, "CODE path", in this order.
type row struct {
	name   string
	change change
	want   []string
}

func one(code, path string) []string { return []string{code + " " + path} }

func run(t *testing.T, rows []row) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			m, c := good(), context()
			if tt.change != nil {
				tt.change(m, &c)
			}
			var got []string
			for _, f := range rules.Check(m, c) {
				got = append(got, f.Code+" "+strings.TrimPrefix(f.Path, root))
				checkFinding(t, f)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("findings:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// checkFinding holds what is true of every finding: it is as its code says, its text is complete and quotes nobody.
func checkFinding(t *testing.T, f amtshilfe.Finding) {
	t.Helper()
	i := slices.IndexFunc(rules.Codes, func(c rules.Code) bool { return c.Code == f.Code })
	if i < 0 {
		t.Fatalf("%s is not in the table", f.Code)
	}
	if c := rules.Codes[i]; c.Severity != f.Severity || c.Hold() != f.Hold || c.Owner != f.Owner {
		t.Errorf("%s: %+v differs from %+v", f.Code, f, c)
	}
	if strings.Contains(f.Text, "%") || strings.Contains(f.Text, "()") || !strings.HasSuffix(f.Text, ".") {
		t.Errorf("%s: text %q is not a sentence", f.Code, f.Text)
	}
	for _, secret := range []string{"Mustermann", "Testgasse", "München", "26-GST", "DE89"} {
		if strings.Contains(f.Text, secret) {
			t.Errorf("%s: text %q quotes the message", f.Code, f.Text)
		}
	}
}

func TestAGoodMessageHasNoFindings(t *testing.T) { run(t, []row{{name: "as it is"}}) }

func TestAccount(t *testing.T) {
	run(t, []row{
		{"a message without a sender is refused", func(m *amtshilfe.Message, _ *rules.Context) { m.Kopf.Absender.Kennung = "" }, one("ABS-FREMD", "/nachrichtenkopf")},
		{"where any sender may send it is fine, a pack may know none", func(m *amtshilfe.Message, c *rules.Context) {
			m.Kopf.Absender.Kennung, c.Kennungen = "", []string{"*"}
		}, nil},
		{"a sender of another account is refused", func(m *amtshilfe.Message, _ *rules.Context) { m.Kopf.Absender.Kennung = "kka:09162000" },
			one("ABS-FREMD", "/nachrichtenkopf/absender/identifikator/kennung")},
		{"an account without kennungen may send for nobody", func(_ *amtshilfe.Message, c *rules.Context) { c.Kennungen = nil },
			one("ABS-FREMD", "/nachrichtenkopf/absender/identifikator/kennung")},
		{"any sender may use an account for all", func(m *amtshilfe.Message, c *rules.Context) {
			m.Kopf.Absender.Kennung, c.Kennungen = "kka:09162000", []string{"*"}
		}, nil},
		{"a second kennung of the account is as good", func(m *amtshilfe.Message, c *rules.Context) {
			m.Kopf.Absender.Kennung, c.Kennungen = "kka:2", []string{"kka:1", "kka:2"}
		}, nil},
		{"a message that is no test is refused from a test account", func(m *amtshilfe.Message, _ *rules.Context) { m.Kopf.Test = false },
			one("TEST-KENNZEICHEN", "/nachrichtenkopf")},
		{"and from a training account", func(m *amtshilfe.Message, c *rules.Context) { m.Kopf.Test, c.Betriebsart = false, amtshilfe.Schulung },
			one("TEST-KENNZEICHEN", "/nachrichtenkopf")},
		{"from a production account it is fine", func(m *amtshilfe.Message, c *rules.Context) { m.Kopf.Test, c.Betriebsart = false, amtshilfe.Produktion }, nil},
		{"and so is a test", func(_ *amtshilfe.Message, c *rules.Context) { c.Betriebsart = amtshilfe.Produktion }, nil},
	})
}

func TestMoney(t *testing.T) {
	iban := func(s string) change { return ersuchen(func(e *amtshilfe.Ersuchen) { e.Bankverbindung.IBAN = s }) }
	run(t, []row{
		{"an IBAN with two digits exchanged is refused", iban("DE89370400440532010300"), one("REGEL-IBAN", "/bankverbindung/iban")},
		{"a German IBAN that is too short is refused", iban("DE0837040044053201300"), one("REGEL-IBAN", "/bankverbindung/iban")},
		{"an IBAN in small letters is refused", iban("de89370400440532013000"), one("REGEL-IBAN", "/bankverbindung/iban")},
		{"no IBAN is refused", iban(""), one("REGEL-IBAN", "/bankverbindung/iban")},
		{"an Austrian IBAN is fine", iban("AT611904300234573201"), nil},
		{"one with letters in it too", iban("GB29NWBK60161331926819"), nil},
		{"an IBAN that the Mandant did not list waits", func(_ *amtshilfe.Message, c *rules.Context) { c.IBANs = []string{"AT611904300234573201"} },
			one("REGEL-IBAN-UNBEKANNT", "/bankverbindung/iban")},
		{"a listed one is fine, blanks or not", func(_ *amtshilfe.Message, c *rules.Context) { c.IBANs = []string{"DE89 3704 0044 0532 0130 00"} }, nil},
		{"the beginning of a listed one is not enough", func(_ *amtshilfe.Message, c *rules.Context) { c.IBANs = []string{"DE89 3704 0044 0532 0130 001"} },
			one("REGEL-IBAN-UNBEKANNT", "/bankverbindung/iban")},
		{"a claim in francs is refused", claim(func(c *amtshilfe.Forderung) { c.Waehrung = "CHF" }),
			one("REGEL-WAEHRUNG", "/forderung/soll/betragFaellig/waehrung/code")},
		{"a claim without currency is in euros", claim(func(c *amtshilfe.Forderung) { c.Waehrung = "" }), nil},
		{"a negative claim is refused, where it stands", ersuchen(func(e *amtshilfe.Ersuchen) {
			f := e.Forderungen[0]
			f.Brutto = -1
			e.Forderungen = append(e.Forderungen, f)
		}), one("REGEL-BETRAG", "/forderung[2]/soll/betragFaellig/brutto")},
		{"a claim of nothing is fine beside another", ersuchen(func(e *amtshilfe.Ersuchen) {
			f := e.Forderungen[0]
			f.Brutto = 0
			e.Forderungen = append(e.Forderungen, f)
		}), nil},
		{"35.99 euros get a warning", claim(func(c *amtshilfe.Forderung) { c.Brutto = 35_99 }), one("REGEL-KLEINBETRAG", "/forderung/soll/betragFaellig/brutto")},
		{"36 euros do not", claim(func(c *amtshilfe.Forderung) { c.Brutto = 36_00 }), nil},
	})
}

func TestTitles(t *testing.T) {
	run(t, []row{
		{"a claim of an unknown title is refused, and its title is bare", claim(func(c *amtshilfe.Forderung) { c.Titel = "t2" }),
			[]string{"REGEL-TITEL-OHNE-FORDERUNG /titel", "REGEL-TITEL-UNBEKANNT /forderung/@titel"}},
		{"a second title without a claim is refused", ersuchen(func(e *amtshilfe.Ersuchen) {
			other := e.Titel[0]
			other.ID = "t2"
			e.Titel = append(e.Titel, other)
		}), one("REGEL-TITEL-OHNE-FORDERUNG", "/titel[2]")},
		{"two claims of one title are fine", ersuchen(func(e *amtshilfe.Ersuchen) { e.Forderungen = append(e.Forderungen, e.Forderungen[0]) }), nil},
		{"a title that lapses in less than six months gets a warning", title(func(t *amtshilfe.Titel) { t.VerjaehrtAm = time.Date(2027, 5, 19, 0, 0, 0, 0, time.UTC) }),
			one("REGEL-VERJAEHRUNG", "/titel/verjaehrtAm")},
		{"one that has lapsed too", title(func(t *amtshilfe.Titel) { t.VerjaehrtAm = date(-1) }), one("REGEL-VERJAEHRUNG", "/titel/verjaehrtAm")},
		{"one that lapses in six months does not", title(func(t *amtshilfe.Titel) { t.VerjaehrtAm = time.Date(2027, 5, 20, 0, 0, 0, 0, time.UTC) }), nil},
		{"a measure that the list does not have gets a warning", ersuchen(func(e *amtshilfe.Ersuchen) { e.Massnahmen = append(e.Massnahmen, "pranger") }),
			one("REGEL-MASSNAHME", "/massnahme[2]")},
		{"none at all is fine", ersuchen(func(e *amtshilfe.Ersuchen) { e.Massnahmen = nil }), nil},
	})
}

func TestDates(t *testing.T) {
	run(t, []row{
		{"a title served before it was issued is refused", title(func(t *amtshilfe.Titel) { t.BekanntgabeAm = date(-201) }), one("REGEL-DATUM", "/titel/bekanntgabe/am")},
		{"served on the same day is fine", title(func(t *amtshilfe.Titel) { t.BekanntgabeAm = date(-200) }), nil},
		{"a reminder before the title was served is refused", title(func(t *amtshilfe.Titel) { t.MahnungAm = date(-197) }), one("REGEL-DATUM", "/titel/mahnung/datum")},
		{"without a date of service the title's counts", title(func(t *amtshilfe.Titel) { t.BekanntgabeAm, t.MahnungAm = time.Time{}, date(-201) }),
			one("REGEL-DATUM", "/titel/mahnung/datum")},
		{"no reminder is fine where it was left out", title(func(t *amtshilfe.Titel) { t.MahnungAm, t.MahnungUnterblieben = time.Time{}, "Eilfall" }), nil},
		{"a reminder after the request is refused", title(func(t *amtshilfe.Titel) { t.MahnungAm = date(-2) }), one("REGEL-DATUM", "/titel/mahnung/datum")},
		{"on its day is fine", title(func(t *amtshilfe.Titel) { t.MahnungAm = date(-3) }), nil},
		{"a title that becomes unappealable after the request is refused", title(func(t *amtshilfe.Titel) { t.Vollstreckbarkeit.UnanfechtbarSeit = date(-2) }),
			one("REGEL-DATUM", "/titel/vollstreckbarkeit/unanfechtbarSeit")},
		{"immediate enforcement ordered after the request too", title(func(t *amtshilfe.Titel) {
			t.Vollstreckbarkeit = amtshilfe.Vollstreckbarkeit{SofortigeVollziehungAngeordnetAm: date(-1)}
		}), one("REGEL-DATUM", "/titel/vollstreckbarkeit/sofortigeVollziehungAngeordnetAm")},
		{"a request of the day after tomorrow is refused", ersuchen(func(e *amtshilfe.Ersuchen) { e.Vom = date(2) }), one("REGEL-DATUM", "/ersuchenVom")},
		{"one of tomorrow is a nightly export", ersuchen(func(e *amtshilfe.Ersuchen) { e.Vom = date(1) }), nil},
		{"a title of the year 202 is refused", title(func(t *amtshilfe.Titel) { t.Datum = time.Date(202, 3, 1, 0, 0, 0, 0, time.UTC) }), one("REGEL-DATUM", "/titel/datum")},
		{"a message written next week is refused", func(m *amtshilfe.Message, _ *rules.Context) { m.Kopf.Erstellt = now.AddDate(0, 0, 7) },
			one("REGEL-DATUM", "/nachrichtenkopf/erstellungszeitpunkt")},
		{"a debtor not yet born is refused", debtor(func(s *amtshilfe.Schuldner) { s.Person.Geburtsdatum = date(30) }),
			one("REGEL-DATUM", "/schuldner/person/personNat/natuerlichePerson/geburt/datum")},
		{"a debtor born in 1899 is not impossible", debtor(func(s *amtshilfe.Schuldner) { s.Person.Geburtsdatum = time.Date(1899, 1, 1, 0, 0, 0, 0, time.UTC) }), nil},
		{"death before birth is refused", both(second("erbe"), debtor(func(s *amtshilfe.Schuldner) { s.Person.Sterbedatum = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC) })),
			one("REGEL-DATUM", "/schuldner/person/personNat/natuerlichePerson/sterbedatum")},
		{"an insolvency opened next year is refused", debtor(func(s *amtshilfe.Schuldner) {
			s.Insolvenz = &amtshilfe.Insolvenz{EroeffnetAm: date(60), Anspruch: "neuforderung"}
		}), one("REGEL-DATUM", "/schuldner/insolvenz/eroeffnetAm")},
		{"a request of 22 days ago waits", both(title(func(t *amtshilfe.Titel) {}), ersuchen(func(e *amtshilfe.Ersuchen) { e.Vom = date(-22) })), one("HINDERNIS-ALTER", "/ersuchenVom")},
		{"one of 21 days ago does not", ersuchen(func(e *amtshilfe.Ersuchen) { e.Vom = date(-21) }), nil},
	})
}

func TestTheDayIsThatOfTheClock(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	late := time.Date(2026, 11, 20, 0, 30, 0, 0, berlin) // still the 19th in UTC
	vom := time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC)
	if _, old := rules.TooOld(vom, late); old {
		t.Error("21 days by the clock on the wall are too old")
	}
	if f, old := rules.TooOld(vom, late.AddDate(0, 0, 1)); !old || f.Code != "HINDERNIS-ALTER" || !f.Hold {
		t.Errorf("22 days: %+v, %v", f, old)
	}
	if _, old := rules.TooOld(time.Time{}, late); old {
		t.Error("no date is not old")
	}
}

func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range rules.Codes {
		if seen[c.Code] {
			t.Errorf("%s twice", c.Code)
		}
		seen[c.Code] = true
		if c.When == "" || c.Do == "" || c.Severity == "" {
			t.Errorf("%s is not documented: %+v", c.Code, c)
		}
		if c.Hold() && c.Severity != amtshilfe.SeverityFehler {
			t.Errorf("%s holds without being a fehler", c.Code)
		}
	}
	if f := rules.Own(); f.Code != "HINDERNIS-EIGENE" || f.Hold || f.Severity != amtshilfe.SeverityFehler {
		t.Errorf("Own() = %+v", f)
	}
}

func BenchmarkCheck(b *testing.B) {
	m, c := good(), context()
	b.ReportAllocs()
	for b.Loop() {
		if f := rules.Check(m, c); len(f) > 0 {
			b.Fatal(f)
		}
	}
}

func ExampleCheck() {
	m := good()
	m.Ersuchen.Schuldner[0].Person.Vorname = "Erika\u2013Luise"
	for _, f := range rules.Check(m, context()) {
		fmt.Println(f.Code, f.Text)
	}
	// Output: ZEICHEN-NAME Ein Personenname enthält ein Zeichen, das DIN 91379 (Datentyp A) nicht zulässt: Gedankenstrich (U+2013); bitte ersetzen.
}
