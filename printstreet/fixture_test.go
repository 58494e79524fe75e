package printstreet_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
	"damtshilfe/printstreet"
)

// Everything here is fictitious.

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

const bundleID = amtshilfe.BundleID("B261121-0042AB")

// reader cuts attachments; its children end with the tests.
var reader = attachment.NewReader()

func TestMain(m *testing.M) {
	attachment.ChildMain()
	code := m.Run()
	reader.Close()
	os.Exit(code)
}

// ersuchen is a realistic 003: two debtors, two titles, four claims.
func ersuchen() *amtshilfe.Message {
	return &amtshilfe.Message{
		Kind: amtshilfe.KindErsuchen,
		Kopf: amtshilfe.Nachrichtenkopf{
			UUID: "3f2b8c1e-5d47-4a90-9c1b-7e6f5a4d3c2b", Erstellt: day(2026, 11, 20),
			Absender: amtshilfe.Akteur{
				Kennung: "kka:01001000", Aktenzeichen: "20.3/VH-2026/000123",
				Person: amtshilfe.Person{
					Firma: "Stadt Musterstadt – Stadtkasse", Empfaenger: "Frau Łukasiewicz, Zimmer 2.14",
					Anschriften:   []amtshilfe.Postanschrift{{Strasse: "Rathausplatz", Hausnummer: "1", Postleitzahl: "24937", Ort: "Musterstadt"}},
					Kommunikation: []amtshilfe.Kommunikation{{Kennung: "0461 555-0123", Kanal: "001"}, {Kennung: "stadtkasse@musterstadt.example", Kanal: "004"}},
				},
			},
		},
		Ersuchen: &amtshilfe.Ersuchen{
			Vom:         day(2026, 11, 20),
			Einnahmeart: amtshilfe.Einnahmeart{List: "urn:damtshilfe:codeliste:einnahmeart", Version: "1", Code: "110"},
			Schuldner: []amtshilfe.Schuldner{
				{
					Person: amtshilfe.Person{
						Anrede: "Herr", Vorname: "Jörg-Şükrü", Familienname: "Müller-Šćepanović", Geburtsname: "Groß", Geburtsdatum: day(1975, 3, 9),
						Anschriften: []amtshilfe.Postanschrift{{Typen: []string{"002"}, Strasse: "Straße des 17. Juni", Hausnummer: "135", HausnummerZusatz: "b", Postleitzahl: "54321", Ort: "Beispielhausen"}},
					},
					Schutzvermerk: []amtshilfe.Schutzvermerk{{Art: "auskunftssperre", Text: "Anschrift nicht an Dritte weitergeben.", Bis: day(2027, 12, 31)}},
				},
				{
					Rolle: "gesamtschuldner",
					Person: amtshilfe.Person{Firma: "Ægir Feinkost GmbH & Co. KG", Rechtsform: "GmbH & Co. KG", Empfaenger: "Geschäftsführung",
						Anschriften: []amtshilfe.Postanschrift{{Typen: []string{"005"}, Postfach: "12 34", Postleitzahl: "54320", Ort: "Beispielhausen"}}},
				},
			},
			Glaeubiger: "Stadt Musterstadt",
			Titel: []amtshilfe.Titel{
				{ID: "t1", Art: "verwaltungsakt", ErlassendeStelle: "Stadt Musterstadt, Fachbereich Finanzen", Datum: day(2026, 3, 12), BekanntgabeAm: day(2026, 3, 16), BekanntgabeArt: "einfach",
					Aktenzeichen: "GewSt 2025/4711", Gegenstand: "Gewerbesteuerbescheid für den Erhebungszeitraum 2025",
					Vollstreckbarkeit: amtshilfe.Vollstreckbarkeit{UnanfechtbarSeit: day(2026, 4, 17)}, MahnungAm: day(2026, 6, 2), VerjaehrtAm: day(2031, 12, 31)},
				{ID: "t2", Art: "verwaltungsakt", ErlassendeStelle: "Stadt Musterstadt, Fachbereich Finanzen", Datum: day(2026, 5, 5), BekanntgabeAm: day(2026, 5, 8), BekanntgabeArt: "foermlich",
					Aktenzeichen: "VSP 2026/77", Gegenstand: "Verspätungszuschlag",
					Vollstreckbarkeit: amtshilfe.Vollstreckbarkeit{KeineAufschiebendeWirkung: "Anforderung öffentlicher Abgaben"}, MahnungUnterblieben: "Die Schuldner haben die Zahlung endgültig verweigert."},
			},
			Forderungen: []amtshilfe.Forderung{
				{Titel: "t1", Buchungsnummer: "2026-000911", Haushaltsjahr: "2026", Kassenzeichen: "5.0123.004711.8", Buchungstext: "Gewerbesteuer 2025, Abschlusszahlung", Forderungsart: "401", Brutto: 123450, Faelligkeit: day(2026, 4, 19),
					Saeumnis: &amtshilfe.Saeumnis{Art: "saeumniszuschlag", Satz: "1.0", Basis: 120000, BerechnetBis: day(2026, 11, 19), LaeuftWeiter: true, MitBeitreiben: true}},
				{Titel: "t1", Buchungsnummer: "2026-000912", Haushaltsjahr: "2026", Kassenzeichen: "5.0123.004711.8", Buchungstext: "Säumniszuschläge bis 19.11.2026", Forderungsart: "431", Brutto: 8400, Faelligkeit: day(2026, 11, 19)},
				{Titel: "t1", Buchungsnummer: "2026-000913", Haushaltsjahr: "2026", Kassenzeichen: "5.0123.004711.8", Forderungsart: "410", Zahlungsgrund: "Mahngebühr vom 02.06.2026", Brutto: 1250, Faelligkeit: day(2026, 6, 2)},
				{Titel: "t2", Buchungsnummer: "2026-001377", Haushaltsjahr: "2026", Kassenzeichen: "5.0123.004712.6", Buchungstext: "Verspätungszuschlag", Forderungsart: "401", Brutto: 25000, Faelligkeit: day(2026, 6, 10),
					Saeumnis: &amtshilfe.Saeumnis{Art: "keine"}},
			},
			Bescheinigt:    true,
			Massnahmen:     []string{"sachpfaendung", "forderungspfaendung", "vermoegensauskunft"},
			Gefahr:         "nicht-geprueft",
			Bankverbindung: amtshilfe.Bankverbindung{IBAN: "DE02120300000000202051", Kontoinhaber: "Stadt Musterstadt", BIC: "BYLADEM1001", Verwendungszweck: "5.0123.004711.8 VH-2026/000123"},
			AngeordnetVon:  amtshilfe.AngeordnetVon{Beschreibung: "Anordnung der Vollstreckung", Name: "Dr. Anna Öztürk", Funktion: "Vollstreckungsleiterin"},
		},
	}
}

// einstellung is an 008 for ersuchen.
func einstellung() *amtshilfe.Message {
	m := ersuchen()
	m.Kind, m.Ersuchen = amtshilfe.KindEinstellung, nil
	m.Bezug = amtshilfe.Bezug{UUID: m.Kopf.UUID}
	m.Kopf.UUID = "aaaaaaaa-5d47-4a90-9c1b-7e6f5a4d3c2b"
	m.Einstellung = amtshilfe.Einstellung{Art: "einstellung-vorlaeufig", Bis: day(2027, 1, 31), Buchungsnummern: []string{"2026-000911", "2026-000912"}, Massnahmen: []string{"sachpfaendung"},
		Grund: "Die Schuldnerin hat eine Ratenzahlung vereinbart; die erste Rate ist eingegangen."}
	return m
}

func reference() *printstreet.Reference {
	return printstreet.ReferenceTo(ersuchen())
}

// withAttachments attaches PDFs of one page, or of six if the name says that it is long.
func withAttachments(m *amtshilfe.Message, names ...string) *amtshilfe.Message {
	for _, n := range names {
		pdf := onePage(n)
		if strings.HasPrefix(n, "long") {
			pdf = foreignPDF(append(make([]foreignPage, 5), foreignPage{"", "BT /F 12 Tf 60 780 Td (Text of " + n + ") Tj ET"}))
		}
		m.Ersuchen.Anhaenge = append(m.Ersuchen.Anhaenge, amtshilfe.Anhang{Dateiname: n, Inhalt: []byte("\n" + string(encode(pdf)) + "\n")})
	}
	return m
}

// claims adds n claims of 10,00 to the second title.
func withClaims(m *amtshilfe.Message, n int) *amtshilfe.Message {
	for i := range n {
		m.Ersuchen.Forderungen = append(m.Ersuchen.Forderungen, amtshilfe.Forderung{Titel: "t2", Buchungsnummer: fmt.Sprintf("2026-1%05d", i), Haushaltsjahr: "2026",
			Buchungstext: "Verspätungszuschlag, weitere Festsetzung", Forderungsart: "410", Brutto: 1000, Faelligkeit: day(2026, 7, 1)})
	}
	return m
}

func authority(plz string) amtshilfe.Behoerde {
	return amtshilfe.Behoerde{Kennung: "vb:" + plz, Name: "Stadt Beispielhausen", Anschriftzeilen: []string{"Vollstreckungsstelle", "Marktstraße 12–14", plz + " Beispielhausen"}}
}

// letter wraps a message as the pipeline would.
func letter(n int, m *amtshilfe.Message) printstreet.Letter {
	return printstreet.Letter{
		Sendung: amtshilfe.SendungID{Bundle: bundleID, N: n}, Message: m, Behoerde: authority("54321"), Datum: day(2026, 11, 21), Betriebsart: amtshilfe.Test,
		Delivery: amtshilfe.DeliveryID{Drop: "D261121-7KQ2M9TX4B", Seq: n},
	}
}

func job(letters ...printstreet.Letter) printstreet.Job {
	return printstreet.Job{Bundle: bundleID, Profile: printstreet.TestProfile(), Betriebsart: amtshilfe.Test, Mandant: "stadt-a",
		Created: time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC), Letters: letters, Cut: reader.Cut}
}

// production makes profile, job and letters real.
func production(j printstreet.Job) printstreet.Job {
	j.Betriebsart, j.Profile.Betriebsart = amtshilfe.Produktion, amtshilfe.Produktion
	for i := range j.Letters {
		j.Letters[i].Betriebsart = amtshilfe.Produktion
	}
	return j
}
