package printstreet_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

func TestErsuchenSaysEverything(t *testing.T) {
	m := withAttachments(ersuchen(), "Bescheid Gewerbesteuer.pdf")
	m.Ersuchen.WeitereErsuchen = []string{"Stadt Nebenan, VH 7/26"}
	l := letter(7, m)
	l.Ersetzt, l.ErsetztVom = "ersetzt die elektronische Nachricht urn:de:xta:messageid:1234 vom 19.11.2026,", l.Datum.AddDate(0, 0, -2)
	got := strings.Join(text(t, renderLetter(t, l)), " ")
	for _, want := range []string{
		"Ersuchen um Vollstreckungshilfe", "Aktenzeichen 20.3/VH-2026/000123", "Auskunft erteilt Frau Łukasiewicz, Zimmer 2.14", "E-Mail stadtkasse@musterstadt.example", "Datum 21.11.2026",
		"Sehr geehrte Damen und Herren,", "Beizutreiben sind insgesamt 1.581,00 EUR (Summe per 20.11.2026)", "urn:de:xta:messageid:1234",
		"Ersuchende Behörde Stadt Musterstadt – Stadtkasse", "Ersuchte Behörde Stadt Beispielhausen", "Kassenzeichen 5.0123.004711.8, 5.0123.004712.6", "Art der Einnahme Gewerbesteuer",
		"Kennung des Vorgangs 3f2b8c1e-5d47-4a90-9c1b-7e6f5a4d3c2b", "Stadt Nebenan, VH 7/26",
		"1. Vollstreckungsschuldner(in)", "Herr Jörg-Şükrü Müller-Šćepanović", "Geburtsname Groß", "Geburtsdatum 09.03.1975", "Anschrift (Hauptwohnsitz) Straße des 17. Juni 135 b 54321 Beispielhausen",
		"ACHTUNG: Auskunftssperre bis 31.12.2027", "2. Gesamtschuldner(in)", "Ægir Feinkost GmbH & Co. KG", "Postfach 12 34",
		"Titel 1: Verwaltungsakt vom 12.03.2026", "16.03.2026, einfache Bekanntgabe", "unanfechtbar seit 17.04.2026", "gemahnt am 02.06.2026", "unterblieben: Die Schuldner haben",
		"Säumniszuschläge 1,0 % aus 1.200,00 EUR,", "laufen weiter und", "Zwischensumme Titel 1 1.331,00", "Zwischensumme Titel 2 250,00", "Summe per 20.11.2026 (4 Forderungen) 1.581,00 EUR",
		"Die ersuchende Behörde bescheinigt,", "Dr. Anna Öztürk, Vollstreckungsleiterin", "– Pfändung beweglicher Sachen", "wurde von der ersuchenden Behörde nicht geprüft",
		"IBAN DE02 1203 0000 0000 2020 51", "Kontoinhaber(in) Stadt Musterstadt", "1. Bescheid Gewerbesteuer.pdf", "Dieses Schreiben wurde maschinell erstellt und ist ohne Unterschrift gültig.",
		"Sendung B261121-0042AB.7",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the letter does not say %q", want)
		}
	}
	if strings.Contains(got, "§") {
		t.Error("the letter names a paragraph that the message does not name")
	}
	if t.Failed() {
		t.Log(got)
	}
}

func TestDangerNotice(t *testing.T) {
	for _, tt := range []struct {
		name, stand string
		page1       bool
		want        string
	}{
		{"a danger is boxed on page 1", "liegt-vor", true, "Es liegen Hinweise auf eine Gefährdung der Vollstreckungsperson vor. Großer Hund."},
		{"no danger is said, too", "liegt-nicht-vor", false, "liegen der ersuchenden Behörde nicht vor."},
		{"and that nobody looked", "nicht-geprueft", false, "nicht geprüft."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := ersuchen()
			m.Ersuchen.Gefahr = tt.stand
			if tt.page1 {
				m.Ersuchen.GefahrText = "Großer Hund."
			}
			pages := text(t, renderLetter(t, letter(1, m)))
			got := strings.Join(pages, " ")
			if tt.page1 {
				got = pages[0]
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("missing %q in %s", tt.want, got)
			}
		})
	}
}

func TestFollowUps(t *testing.T) {
	kind := func(k amtshilfe.Kind, change func(*amtshilfe.Message)) *amtshilfe.Message {
		m := einstellung()
		m.Kind = k
		change(m)
		return m
	}
	for _, tt := range []struct {
		name string
		m    *amtshilfe.Message
		want []string
	}{
		{"008 stops what it names", einstellung(), []string{"Vorläufige Einstellung der Vollstreckung", "Gültig bis 31.01.2027", "2026-000911, 2026-000912", "Pfändung beweglicher Sachen", "Ratenzahlung vereinbart"}},
		{"007 says what is left", kind(amtshilfe.KindForderungsaenderung, func(m *amtshilfe.Message) {
			m.Aenderung = amtshilfe.Aenderung{Stichtag: day(2026, 11, 30), Rest: []amtshilfe.Restforderung{{Buchungsnummer: "2026-000911", Betrag: 50000}, {Buchungsnummer: "2026-000912", Betrag: 0}},
				Buchungen: []amtshilfe.Buchung{{Art: amtshilfe.BuchungIst, Ursprung: "2026-000911", Buchungsnummer: "B-1", Betrag: 73450, Am: day(2026, 11, 27)},
					{Art: amtshilfe.BuchungStundung, Ursprung: "2026-000911", Buchungsnummer: "B-2", Betrag: 50000, Am: day(2026, 11, 28), WirksamAm: day(2026, 12, 1), Aufhebung: true}}}
		}), []string{"2026-000911 Zahlung 27.11.2026 734,50", "Aufhebung: Stundung (wirksam am 01.12.2026)", "Buchungsnr. B-2", "Änderung der Forderungen", "Verbleibende Forderungen am 30.11.2026", "2026-000911 500,00", "2026-000912 0,00", "Summe der genannten Forderungen am 30.11.2026 500,00"}},
		{"009 asks", kind(amtshilfe.KindSachstandAnfrage, func(*amtshilfe.Message) {}), []string{"Anfrage zum Sachstand"}},
		{"015 adds data, danger and text", kind(amtshilfe.KindErgaenzung, func(m *amtshilfe.Message) {
			m.Text = "Neue Anschrift seit Oktober."
			m.Ergaenzung = amtshilfe.Ergaenzung{Schuldner: ersuchen().Ersuchen.Schuldner[:1], Gefahr: "liegt-vor", GefahrText: "Großer Hund."}
		}), []string{"Ergänzung zum Vollstreckungshilfeersuchen", "Großer Hund.", "Geburtsdatum 09.03.1975", "Neue Anschrift seit Oktober."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := letter(1, tt.m)
			l.Reference = reference()
			got := strings.Join(text(t, renderLetter(t, l)), " ")
			// The whole block, in every letter: who asked whom, when, under which references, and about what.
			want := append(tt.want, "Unser Ersuchen vom 20.11.2026", "Ersuchende Behörde Stadt Musterstadt – Stadtkasse", "Ersuchte Behörde Stadt Beispielhausen", "Unser Aktenzeichen 20.3/VH-2026/000123",
				"Ihr Aktenzeichen uns nicht bekannt", "Jörg-Şükrü Müller-Šćepanović", "Ægir Feinkost GmbH & Co. KG", "Gläubiger(in) Stadt Musterstadt", "Gewerbesteuer, Forderungen von 1.581,00 EUR am 20.11.2026",
				"Kassenzeichen 5.0123.004711.8, 5.0123.004712.6", "3f2b8c1e-5d47-4a90-9c1b-7e6f5a4d3c2b", "aaaaaaaa-5d47-4a90-9c1b-7e6f5a4d3c2b", "ohne Unterschrift gültig")
			for _, w := range want {
				if !strings.Contains(got, w) {
					t.Errorf("missing %q in %s", w, got)
				}
			}
		})
	}
}

// Wherever the page ends: below the head of a table stands a row, or the sum so far and a row.
func TestTableHeadIsNeverAlone(t *testing.T) {
	const head = "Nr.|Forderung|Jahr|fällig am|Buchungsnr.|Betrag EUR"
	row := regexp.MustCompile(`^\|(Übertrag\|[0-9.,]+\|)?[0-9]+\|`)
	carried := 0
	for n := range 120 {
		m := withClaims(ersuchen(), n/60*60)
		m.Ersuchen.Titel[n%2].Gegenstand = strings.TrimSuffix(strings.Repeat("Gewerbesteuer\n", n%60/2+1), "\n")
		pages, err := printstreet.Set(letter(1, m))
		if err != nil {
			t.Fatal(err)
		}
		for i, page := range pages {
			for k, below := range strings.Split(page, head)[1:] {
				if !row.MatchString(below) {
					t.Errorf("letter %d: below head %d of page %d stands %.40q", n, k+1, i+1, below)
				}
				if strings.HasPrefix(below, "|Übertrag") {
					carried++
				}
			}
		}
	}
	if carried == 0 {
		t.Error("no table went on over a page break")
	}
}

// Wherever a page ends: the first protection note is on the page of its address, which would look unprotected without.
func TestAddressIsNeverWithoutItsNote(t *testing.T) {
	broken := false
	for n := range 40 {
		m := ersuchen()
		d := &m.Ersuchen.Schuldner[0]
		d.Person.Geburtsname = strings.TrimSuffix(strings.Repeat("Groß\n", n+1), "\n")
		d.Person.Anschriften[0].Strasse = "Sperrstraße"
		pages, err := printstreet.Set(letter(1, m))
		if err != nil {
			t.Fatal(err)
		}
		for i, page := range pages {
			if strings.Contains(page, "Sperrstraße") {
				broken = broken || i > 0
				if !strings.Contains(page, "ACHTUNG: Auskunftssperre") {
					t.Errorf("letter %d, page %d: the address stands without its note", n, i+1)
				}
			}
		}
	}
	if !broken {
		t.Error("no page break: the test shows nothing")
	}
}

func TestLongTableCarriesItsSum(t *testing.T) {
	m := withClaims(ersuchen(), 130)
	pages := text(t, renderLetter(t, letter(1, m)))
	var table []string
	for _, p := range pages {
		if strings.Contains(p, "weitere Festsetzung") {
			table = append(table, p)
		}
	}
	if len(table) < 3 {
		t.Fatalf("the table covers %d pages, want at least 3", len(table))
	}
	printed := 0
	for i, p := range table {
		if !strings.Contains(p, "Nr. Forderung Jahr fällig am Buchungsnr. Betrag EUR") {
			t.Errorf("page %d of the table has no head", i+1)
		}
		printed += strings.Count(p, "weitere Festsetzung")
		carry := "Übertrag " + (amtshilfe.Cents(25000) + amtshilfe.Cents(1000*printed)).String()
		if i < len(table)-1 && (!strings.Contains(p, carry) || !strings.Contains(table[i+1], carry)) {
			t.Errorf("%q is not at the foot of page %d and the head of the next", carry, i+1)
		}
	}
	if printed != 130 {
		t.Errorf("%d rows printed, want 130", printed)
	}
	all := strings.Join(pages, " ")
	for _, want := range []string{"Zwischensumme Titel 1 1.331,00", "Zwischensumme Titel 2 1.550,00", "Summe per 20.11.2026 (134 Forderungen) 2.881,00 EUR"} {
		if !strings.Contains(all, want) {
			t.Errorf("missing %q", want)
		}
	}
	for i, p := range pages {
		if want := fmt.Sprintf("Seite %d von %d", i+1, len(pages)); !strings.Contains(p, want) {
			t.Errorf("page %d does not say %q", i+1, want)
		}
	}
}

func TestTextThatCannotBePrinted(t *testing.T) {
	word := func(s string) func(*amtshilfe.Message) {
		return func(m *amtshilfe.Message) { m.Ersuchen.Titel[0].Gegenstand = "Bescheid " + s }
	}
	for _, tt := range []struct {
		name   string
		change func(*amtshilfe.Message)
		code   string
	}{
		{"invalid UTF-8", word("M\xfcller"), "DRUCK-ZEICHEN"},
		{"an emoji", word("😀"), "DRUCK-ZEICHEN"},
		{"not NFC", word("Mu\u0308ller"), "DRUCK-ZEICHEN"},
		{"a word of 10 000 characters", word(strings.Repeat("x", 10000)), "DRUCK-ZEICHEN"},
		{"a right-to-left override", word("\u202Egnurhaw"), "DRUCK-ZEICHEN"},
		{"a letter of another script", word("ש"), "DRUCK-ZEICHEN"},
		{"a control character", word("\x00"), "DRUCK-ZEICHEN"},
		{"a name in another script", func(m *amtshilfe.Message) { m.Ersuchen.Schuldner[0].Person.Familienname = "王" }, "DRUCK-ZEICHEN"},
		{"an emoji in the reference", func(m *amtshilfe.Message) { m.Kopf.Absender.Aktenzeichen = "😀" }, "DRUCK-ZEICHEN"},
		{"a claim without its title", func(m *amtshilfe.Message) { m.Ersuchen.Forderungen[0].Titel = "t9" }, "DRUCK-INHALT"},
		{"another currency", func(m *amtshilfe.Message) { m.Ersuchen.Forderungen[0].Waehrung = "CHF" }, "DRUCK-INHALT"},
		{"no danger notice", func(m *amtshilfe.Message) { m.Ersuchen.Gefahr = "" }, "DRUCK-INHALT"},
		{"no certificate", func(m *amtshilfe.Message) { m.Ersuchen.Bescheinigt = false }, "DRUCK-INHALT"},
		{"no body", func(m *amtshilfe.Message) { m.Ersuchen = nil }, "DRUCK-INHALT"},
		{"a kind without a letter", func(m *amtshilfe.Message) { m.Kind = amtshilfe.KindRueckweisung }, "DRUCK-INHALT"},
		{"an answer to nothing known", func(m *amtshilfe.Message) { m.Kind = amtshilfe.KindAbschluss }, "DRUCK-BEZUG"},
		{"no sender", func(m *amtshilfe.Message) { m.Kopf.Absender.Person.Firma = "" }, "DRUCK-ABSENDER"},
		{"an attachment that is no PDF", func(m *amtshilfe.Message) {
			m.Ersuchen.Anhaenge = []amtshilfe.Anhang{{Dateiname: "x.pdf", Inhalt: []byte("R0lGODlh")}}
		}, "DRUCK-ANHANG"},
		{"an attachment that is no base64", func(m *amtshilfe.Message) {
			m.Ersuchen.Anhaenge = []amtshilfe.Anhang{{Dateiname: "x.pdf", Inhalt: []byte("%%%")}}
		}, "DRUCK-ANHANG"},
		{"an attachment with another hash", func(m *amtshilfe.Message) {
			withAttachments(m, "a.pdf")
			m.Ersuchen.Anhaenge[0].SHA256 = strings.Repeat("0", 64)
		}, "DRUCK-ANHANG"},
		{"more pages than the profile allows", func(m *amtshilfe.Message) { withClaims(m, 4500) }, "DRUCK-UMFANG"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := ersuchen()
			tt.change(m)
			_, err := printstreet.Render(job(letter(1, ersuchen()), letter(2, m)))
			le, ok := errors.AsType[*printstreet.LetterError](err)
			if !ok {
				t.Fatalf("Render gave %v, want a LetterError", err)
			}
			if le.Index != 1 || le.Sendung.N != 2 || le.Fault.Code != tt.code || le.Fault.Owner == "" || amtshilfe.VerdictOf(err) != amtshilfe.Hold {
				t.Errorf("got letter %d, %+v; want letter 1, hold %s with an owner", le.Index, le.Fault, tt.code)
			}
			for _, secret := range []string{"Müller", "000123", "Musterstadt"} {
				if strings.Contains(err.Error()+le.Fault.Text, secret) {
					t.Errorf("the error names %q", secret)
				}
			}
		})
	}
}

func TestTextThatLooksHostileButPrints(t *testing.T) {
	m := ersuchen()
	e := m.Ersuchen
	e.Titel[0].Gegenstand = strings.Repeat("Donaudampfschifffahrt", 20) + " \\( ) %s \u00ADweich\tTab\r\nZeile"
	e.Forderungen[0].Zahlungsgrund = strings.Repeat("Ein langer Zahlungsgrund, der über mehr als eine Seite läuft. ", 150)
	e.GefahrText = strings.Repeat("Text ", 700)
	e.Gefahr = "liegt-vor"
	pdf := renderLetter(t, letter(1, m))
	run(t, "qpdf", "--check", save(t, "a.pdf", pdf))
	got := strings.Join(text(t, pdf), " ")
	for _, want := range []string{"\\( ) %s weich Tab Zeile", "Summe per 20.11.2026 (4 Forderungen) 1.581,00 EUR"} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q", want)
		}
	}
}

func TestCombiningMarksAreDrawn(t *testing.T) {
	for _, s := range []string{"A̋", "C̀", "L̥̄", "R̥̄", "S̛̄", "k͟h", "j́", "Ç̆", "Û̄", "ÿ́", "Ḳ̄", "Ụ̄", "ē̍", "Ž̦"} {
		if !printstreet.Covers(s) {
			t.Errorf("the text gate refuses %q", s)
		}
		if printstreet.Shapes(s) == 0 {
			t.Errorf("%q cannot be drawn", s)
		}
	}
	m := ersuchen()
	m.Ersuchen.Schuldner[0].Person.Familienname = "S̛̄ok͟h-L̥̄aj́ Ḳ̄oÇ̆"
	run(t, "qpdf", "--check", save(t, "a.pdf", renderLetter(t, letter(1, m))))
}

// White space of free text becomes blanks and line breaks, whatever bytes stand around it; a soft hyphen goes.
func TestTidy(t *testing.T) {
	for in, want := range map[string]string{"": "", "Weg 1": "Weg 1", "a\tb": "a b", "\r\na\rb\r\n\n": "a\nb", "Stra\u00ADße": "Straße", "\xadx": "\xadx", "í\xad": "í\xad", "\u00ad": ""} {
		if got := printstreet.Tidy(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
