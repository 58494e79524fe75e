package printstreet_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// What an authority answers on paper says all that its message says, and for the requester, under which references.
func TestReplies(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func() printstreet.Letter
		want []string
	}{
		{"004 names the reference", answer(amtshilfe.KindEingangsbestaetigung, func(m *amtshilfe.Message) { m.AktenzeichenEmpfaenger = "VB 7/26" }),
			[]string{"Eingangsbestätigung", "Ihr Ersuchen um Vollstreckungshilfe ist bei uns eingegangen.", "unter dem Aktenzeichen VB 7/26", "Unser Aktenzeichen VB 7/26"}},
		{"004 to a later message", answer(amtshilfe.KindEingangsbestaetigung, func(m *amtshilfe.Message) {
			m.AktenzeichenEmpfaenger = "VB 54321/26"
			m.Bezug = amtshilfe.Bezug{UUID: "cccccccc-5d47-4a90-9c1b-7e6f5a4d3c2b", Ersuchen: m.Bezug.UUID}
		}), []string{"Ihre Nachricht zu Ihrem Ersuchen", "Wir antworten auf Ihre Anfrage zum Sachstand", "Nachricht cccccccc-5d47-4a90-9c1b-7e6f5a4d3c2b"}},
		{"005 gives every reason with its facts", answer(amtshilfe.KindZurueckweisung, refused), []string{"Zurückweisung des Vollstreckungshilfeersuchens", "Grund 1 Die Schuldnerin ist nach Auskunft", "Schlüssel des Grundes verzogen",
			"Neue Anschrift ul. Długa 7 00-001 Warszawa Polen", "Sterbedatum 28.02.2026", "Insolvenzverfahren Amtsgericht Beispielhausen, 12 IN 345/26, eröffnet am 01.10.2026", "Vermögensauskunft vom 09.09.2026"}},
		{"006 passed on says where", answer(amtshilfe.KindWeiterleitung, passedOn), []string{"Weiterleitung des Vollstreckungshilfeersuchens", "haben wir an die nachstehend genannte Behörde weitergeleitet", "Ihr Ersuchen liegt jetzt bei",
			"Behörde Stadtkasse Neustadt Ring 1, 80331 Neustadt", "Kennung kka:09162000", "Aktenzeichen dort VH-2026-7", "Auskunft erteilt Frau Żak", "Telefon 089 555-0101", "Neue Anschrift Neuweg 2 80333 Neustadt"}},
		{"006 given back says who", answer(amtshilfe.KindWeiterleitung, func(m *amtshilfe.Message) { passedOn(m); m.Verbleib = "zurueckgegeben" }), []string{"Rückgabe des Vollstreckungshilfeersuchens", "geben wir an Sie zurück", "Zuständig ist nach unserer Kenntnis", "Stadtkasse Neustadt"}},
		{"010 says how far it is", answer(amtshilfe.KindSachstandAntwort, func(m *amtshilfe.Message) {
			m.Sachstand, m.Text = amtshilfe.Sachstand{Stand: "ruhend", Massnahmen: []string{"kontenabruf"}, Wiedervorlage: day(2027, 2, 1)}, "Ratenzahlung bis Februar."
		}), []string{"Mitteilung zum Sachstand", "Stand des Verfahrens das Verfahren ruht", "Getroffene Maßnahmen Kontenabruf", "Wiedervorlage am 01.02.2027", "Ratenzahlung bis Februar."}},
		{"011 gives every payment and the sum", answer(amtshilfe.KindZahlungsmitteilung, func(m *amtshilfe.Message) {
			m.Zahlungen = []amtshilfe.Buchung{{Ursprung: "2026-000911", Buchungsnummer: "Z-1", Betrag: 5000, Am: day(2026, 12, 1), WirksamAm: day(2026, 11, 30), Text: "1. Rate"}, {Ursprung: "2026-000912", Betrag: 123, Am: day(2026, 12, 2)}}
		}), []string{"Mitteilung über Zahlungen", "2026-000911 1. Rate 01.12.2026 30.11.2026 50,00", "Gewerbesteuer 2025, Abschlusszahlung Buchungsnr. Z-1", "Kassenzeichen 5.0123.004711.8", "2026-000912 02.12.2026 1,23", "Summe der Zahlungen 51,23"}},
		{"012 gives the result, the amounts and the costs", answer(amtshilfe.KindAbschluss, collected), []string{"Abschluss der Vollstreckung", "Die Forderungen wurden teilweise beigetrieben.", "Ergebnis der Vollstreckung teilweise beigetrieben",
			"Weiteres pfändbares Vermögen ist nicht vorhanden.", "2026-000911 1.116,00", "2026-000912 84,00", "Summe der beigetriebenen Beträge 1.200,00", "An Sie abgeführt am 01.12.2026 1.200,00 EUR",
			"Gedeckte Kosten 52,50 EUR", "Uneinbringliche Kosten 10,00 EUR", "Von Ihnen zu erstatten 10,00 EUR", "IBAN DE02 1203 0000 0000 2020 51", "Kontoinhaber(in) Stadt Beispielhausen", "1. Protokoll.pdf"}},
		{"009 of the holder asks the requester", answer(amtshilfe.KindSachstandAnfrage, func(*amtshilfe.Message) {}), []string{"Anfrage zum Sachstand", "zu Ihrem Ersuchen bitten wir Sie um Mitteilung"}},
		{"015 of the holder tells the requester", answer(amtshilfe.KindErgaenzung, func(m *amtshilfe.Message) { m.Text = "Gewerbe abgemeldet." }), []string{"zu Ihrem Ersuchen teilen wir Ihnen", "Gewerbe abgemeldet."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := tt.make()
			l.Stationery = &printstreet.Stationery{AnswerSheet: true, Land: "SN", Art: "kommune"}
			l.Land = "SN"
			pages, err := printstreet.Set(l)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(strings.Join(pages, "|"), "|", " ")
			for _, w := range append(tt.want, "zu Ihrem Ersuchen um Vollstreckungshilfe vom 20.11.2026", "Ihr Ersuchen vom 20.11.2026", "Ersuchende Behörde Stadt Musterstadt – Stadtkasse", "Ersuchte Behörde Stadt Beispielhausen",
				"Unser Zeichen VB 54321/26", "Ihr Zeichen 20.3/VH-2026/000123", "Ihr Aktenzeichen 20.3/VH-2026/000123", "Jörg-Şükrü Müller-Šćepanović", "Gewerbesteuer, Forderungen von 1.581,00 EUR am 20.11.2026",
				"Kennung des Vorgangs 3f2b8c1e-5d47-4a90-9c1b-7e6f5a4d3c2b", "Kennung dieser Nachricht bbbbbbbb", "ohne Unterschrift gültig") {
				if !strings.Contains(got, w) {
					t.Errorf("missing %q in %s", w, got)
				}
			}
			for _, never := range []string{"Unser Ersuchen", "§", "Antwort auf ein Vollstreckungshilfeersuchen"} {
				if strings.Contains(got, never) {
					t.Errorf("the letter says %q", never)
				}
			}
		})
	}
}

// The requester answers the holder's question: the case is its own.
func TestRequesterAnswers(t *testing.T) {
	l := later(amtshilfe.KindSachstandAntwort, func(m *amtshilfe.Message) { m.Sachstand.Stand = "offen" })()
	got := strings.Join(text(t, renderLetter(t, l)), " ")
	for _, w := range []string{"zu unserem Ersuchen um Vollstreckungshilfe vom 20.11.2026", "Unser Ersuchen vom 20.11.2026", "Unser Aktenzeichen 20.3/VH-2026/000123", "Stand des Verfahrens noch nicht bearbeitet"} {
		if !strings.Contains(got, w) {
			t.Errorf("missing %q in %s", w, got)
		}
	}
}

// A preview knows of the request only what the message says.
func TestReplyWithoutItsRequest(t *testing.T) {
	l := answer(amtshilfe.KindAbschluss, func(m *amtshilfe.Message) {
		collected(m)
		m.Kopf.Empfaenger = &amtshilfe.Akteur{Kennung: "kka:01001000", Aktenzeichen: "20.3/VH-2026/000123"}
	})()
	l.Reference = nil
	got := strings.Join(text(t, renderLetter(t, l)), " ")
	for _, w := range []string{"Ihr Aktenzeichen 20.3/VH-2026/000123", "Unser Aktenzeichen VB 54321/26", "3f2b8c1e-5d47-4a90-9c1b-7e6f5a4d3c2b"} {
		if !strings.Contains(got, w) {
			t.Errorf("missing %q in %s", w, got)
		}
	}
	if _, err := printstreet.Render(job(l)); err == nil || !strings.Contains(err.Error(), "DRUCK-BEZUG") {
		t.Errorf("a letter about nothing was printed: %v", err)
	}
}

// What a letter would have to guess at holds it.
func TestRepliesThatSayNothing(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func() printstreet.Letter
	}{
		{"a payment in another currency", answer(amtshilfe.KindZahlungsmitteilung, func(m *amtshilfe.Message) { m.Zahlungen = []amtshilfe.Buchung{{Betrag: 1, Waehrung: "CHF"}} })},
		{"no payment", answer(amtshilfe.KindZahlungsmitteilung, func(*amtshilfe.Message) {})},
		{"a result that is none", answer(amtshilfe.KindAbschluss, func(m *amtshilfe.Message) { m.Abschluss.Ergebnis = "x" })},
		{"a 006 to nobody", answer(amtshilfe.KindWeiterleitung, func(m *amtshilfe.Message) { m.Verbleib = "weitergereicht" })},
		{"no reason", answer(amtshilfe.KindZurueckweisung, func(*amtshilfe.Message) {})},
		{"a 014 goes electronically only", answer(amtshilfe.KindRueckweisung, refused)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := printstreet.Set(tt.make())
			if f, ok := errors.AsType[*amtshilfe.Fault](err); !ok || f.Code != "DRUCK-INHALT" {
				t.Errorf("%v", err)
			}
		})
	}
}

// The country of an address is a name; a key that names no country of today is printed as it came.
func TestCountries(t *testing.T) {
	for key, want := range map[string]string{"152": "Polen", "160": "Russische Föderation", "545": "Mikronesien", "159": "Staat: Schlüssel 159", "998": "Staat: Schlüssel 998"} {
		m := ersuchen()
		m.Ersuchen.Schuldner[0].Person.Anschriften[0].Staat = key
		pages, err := printstreet.Set(letter(1, m))
		if err != nil || !strings.Contains(pages[0], "|"+want+"|") {
			t.Errorf("%s: no %q in %v %v", key, want, pages, err)
		}
	}
	l := letter(1, ersuchen())
	l.Behoerde = amtshilfe.Behoerde{Kennung: "vb:a", Name: "Magistrat", Anschrift: amtshilfe.Postanschrift{Strasse: "Ring", Hausnummer: "1", Postleitzahl: "1010", Ort: "Wien", Staat: "151"}}
	pages, err := printstreet.Set(l)
	if err != nil || !strings.Contains(pages[0], "|1010 Wien|ÖSTERREICH|") {
		t.Errorf("the country of the addressee is not in capitals: %v %v", pages, err)
	}
}

// Wherever the page ends: a title has two rows of its table on its own page, or all there are, and the end of a letter has something above it.
func TestNothingStandsAlone(t *testing.T) {
	title := regexp.MustCompile(`Titel [12]: Verwaltungsakt`)
	row := regexp.MustCompile(`\|2026-[0-9]{6}\|`)
	ends, moved := 0, 0
	for n := range 90 {
		m := withClaims(ersuchen(), 3)
		m.Ersuchen.Schuldner[0].Person.Familienname = strings.TrimSuffix(strings.Repeat("Beispiel\n", n%45+1), "\n")
		if n >= 45 {
			m.Ersuchen.Massnahmen = nil
		}
		pages, err := printstreet.Set(letter(1, m))
		if err != nil {
			t.Fatal(err)
		}
		for i, page := range pages {
			at := title.FindAllStringIndex(page, -1)
			for k, from := range at {
				to := len(page)
				if k+1 < len(at) {
					to = at[k+1][0]
				}
				if rows := len(row.FindAllString(page[from[0]:to], -1)); rows < 2 {
					t.Errorf("letter %d, page %d: %d rows below a title", n, i+1, rows)
				}
			}
			if strings.HasPrefix(page, "Summe per") || strings.Contains(page, "Aktenzeichen 20.3/VH-2026/000123|Summe per") {
				t.Errorf("letter %d: the total stands alone on page %d", n, i+1)
			}
			if strings.Contains(page, "Bankverbindung|") != strings.Contains(page, "Verwendungszweck|") {
				t.Errorf("letter %d: the bank details are split over pages at %d", n, i+1)
			}
			if above, _, ends1 := strings.Cut(page, "|Mit freundlichen Grüßen"); ends1 {
				ends++
				if above == "" || strings.HasPrefix(page, "Mit freundlichen Grüßen") {
					t.Errorf("letter %d: its end stands alone on page %d", n, i+1)
				}
				if strings.HasPrefix(page, "Bankverbindung|") {
					moved++
				}
			} else if strings.HasPrefix(page, "Mit freundlichen Grüßen") {
				t.Errorf("letter %d: its end stands alone on page %d", n, i+1)
			}
		}
	}
	if ends == 0 || moved == 0 {
		t.Errorf("%d ends, %d of them took the section before them along", ends, moved)
	}
}
