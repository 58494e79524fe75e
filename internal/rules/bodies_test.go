package rules_test

import (
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/rules"
)

// TestMessagesOfACase: what goes on with a case is judged like the request.
func TestMessagesOfACase(t *testing.T) {
	of := func(kind amtshilfe.Kind, f func(m *amtshilfe.Message)) change {
		return func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ersuchen = kind, nil
			f(m)
		}
	}
	booking := func(f func(b *amtshilfe.Buchung)) change {
		return of(amtshilfe.KindForderungsaenderung, func(m *amtshilfe.Message) {
			m.Aenderung = amtshilfe.Aenderung{Stichtag: date(0), Rest: []amtshilfe.Restforderung{{Buchungsnummer: "1", Betrag: 10_00}},
				Buchungen: []amtshilfe.Buchung{{Art: amtshilfe.BuchungErlass, Ursprung: "1", Buchungsnummer: "1-1", Betrag: 5_00, Am: date(0), Waehrung: "EUR"},
					{Art: amtshilfe.BuchungIst, Ursprung: "1", Buchungsnummer: "1-2", Betrag: 5_00, Am: date(-1)},
					{Art: amtshilfe.BuchungIst, Ursprung: "1", Buchungsnummer: "1-3", Betrag: 5_00, Am: date(-1)}}}
			f(&m.Aenderung.Buchungen[2])
		})
	}
	rest := func(list ...amtshilfe.Restforderung) change {
		return of(amtshilfe.KindForderungsaenderung, func(m *amtshilfe.Message) {
			m.Aenderung = amtshilfe.Aenderung{Stichtag: date(0), Rest: list, Buchungen: []amtshilfe.Buchung{{Art: amtshilfe.BuchungErlass, Ursprung: "1", Am: date(0)}}}
		})
	}
	closed := func(f func(a *amtshilfe.Abschluss)) change {
		return of(amtshilfe.KindAbschluss, func(m *amtshilfe.Message) {
			m.Abschluss = amtshilfe.Abschluss{Ergebnis: "fruchtlos", Uneinbringlich: 26_00}
			f(&m.Abschluss)
		})
	}
	reason := func(g amtshilfe.Grund) change {
		return of(amtshilfe.KindZurueckweisung, func(m *amtshilfe.Message) { m.Gruende = []amtshilfe.Grund{{Code: "a", Text: "b"}, g} })
	}
	run(t, []row{
		{"a change of claims is fine", booking(func(*amtshilfe.Buchung) {}), nil},
		{"a payment in francs is refused", booking(func(b *amtshilfe.Buchung) { b.Waehrung = "CHF" }), one("REGEL-WAEHRUNG", "/ist[2]/gezahlterBetrag/waehrung/code")},
		{"a booking of next week is refused", booking(func(b *amtshilfe.Buchung) { b.Am = date(7) }), one("REGEL-DATUM", "/ist[2]/buchungsdatum")},
		{"its text is text", booking(func(b *amtshilfe.Buchung) { b.Text = "bezahlt\u2026" }), one("ZEICHEN-TEXT", "/ist[2]/buchungstext")},
		{"a changed claim without its rest gets a warning", booking(func(b *amtshilfe.Buchung) { b.Ursprung = "2" }), one("REGEL-RESTFORDERUNG", "/ist[2]/ursprungsbuchungsnummer")},
		{"a rest given twice too", rest(amtshilfe.Restforderung{Buchungsnummer: "1"}, amtshilfe.Restforderung{Buchungsnummer: "1", Betrag: 1}),
			one("REGEL-RESTFORDERUNG", "/restforderung[2]/buchungsnummer")},
		{"a negative rest is refused", rest(amtshilfe.Restforderung{Buchungsnummer: "1", Betrag: -1}), one("REGEL-BETRAG", "/restforderung/betrag")},
		{"a day of next month is refused", of(amtshilfe.KindForderungsaenderung, func(m *amtshilfe.Message) { m.Aenderung.Stichtag = date(30) }), one("REGEL-DATUM", "/stichtag")},
		{"a payment of a 011 is judged", of(amtshilfe.KindZahlungsmitteilung, func(m *amtshilfe.Message) {
			m.Zahlungen = []amtshilfe.Buchung{{Art: amtshilfe.BuchungIst, Waehrung: "USD", Am: date(0)}}
		}), one("REGEL-WAEHRUNG", "/ist/gezahlterBetrag/waehrung/code")},
		{"an end is fine", closed(func(*amtshilfe.Abschluss) {}), nil},
		{"negative costs are refused", closed(func(a *amtshilfe.Abschluss) { a.ZuErstatten = -1 }), one("REGEL-BETRAG", "/vollstreckungskosten/zuErstatten")},
		{"a negative sum collected too", closed(func(a *amtshilfe.Abschluss) { a.Beigetrieben = []amtshilfe.Beigetrieben{{Betrag: -1}} }), one("REGEL-BETRAG", "/beigetrieben/betrag")},
		{"a wrong IBAN for the costs too", closed(func(a *amtshilfe.Abschluss) { a.Bankverbindung.IBAN = "DE00370400440532013000" }), one("REGEL-IBAN", "/bankverbindung/iban")},
		{"money paid over tomorrow week too", closed(func(a *amtshilfe.Abschluss) { a.AbgefuehrtAm = date(8) }), one("REGEL-DATUM", "/abgefuehrt/am")},
		{"a death in the future is refused", reason(amtshilfe.Grund{Sterbedatum: date(9)}), one("REGEL-DATUM", "/grund[2]/sterbedatum")},
		{"a new address without place too", reason(amtshilfe.Grund{NeueAnschrift: &amtshilfe.Postanschrift{Strasse: "Testgasse", Postleitzahl: "24103"}}), one("REGEL-ORT", "/grund[2]/neueAnschrift")},
		{"a new address abroad is news", reason(amtshilfe.Grund{NeueAnschrift: &amtshilfe.Postanschrift{Ort: "Wien", Staat: "151"}}), nil},
		{"a new address of a 006 is judged", of(amtshilfe.KindWeiterleitung, func(m *amtshilfe.Message) {
			m.NeueAnschrift = &amtshilfe.Postanschrift{Strasse: "Testgasse \u2013", Postleitzahl: "24103", Ort: "Kiel"}
		}), one("ZEICHEN-ANSCHRIFT", "/neueAnschrift/strasse")},
		{"a measure of a 010 that is not in the list gets a warning", of(amtshilfe.KindSachstandAntwort, func(m *amtshilfe.Message) { m.Sachstand.Massnahmen = []string{"hausbesuch"} }),
			one("REGEL-MASSNAHME", "/massnahme")},
	})
}
