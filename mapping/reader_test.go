package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestReadErsuchen(t *testing.T) {
	doc := mustFile(t, "ersuchen-voll.xml")
	mustBeValid(t, profilXSD, doc)
	var m amtshilfe.Message
	if f := mustPacks(t).NewReader(xmlgate.DefaultLimits()).Read(doc, &m); f != nil {
		t.Fatalf("findings %v", f)
	}
	want := amtshilfe.Message{
		Kind: amtshilfe.KindErsuchen, Namespace: mapping.ProfilNS, Root: "vollstreckungshilfe.Ersuchen.003", Pack: "damtshilfe-profil-1.0",
		Kopf: amtshilfe.Nachrichtenkopf{
			UUID: "aaaaaaaa-bbbb-4ccc-8ddd-000000000001", Erstellt: time.Date(2026, 11, 20, 7, 30, 0, 0, time.UTC), Test: true,
			Absender: amtshilfe.Akteur{
				Kennung: "kka:01001000", Verfahren: "Erfundene Kasse", Aktenzeichen: "AZ 4711/26",
				Person: amtshilfe.Person{
					Vorname: "Sabine", Familienname: "Sachbearbeiter", Firma: "Stadt Musterstadt & Umland", Empfaenger: "Stadtkasse, Zimmer 1",
					Anschriften:   []amtshilfe.Postanschrift{{Strasse: "Rathausplatz", Hausnummer: "1", Postleitzahl: "00001", Ort: "Musterstadt"}},
					Kommunikation: []amtshilfe.Kommunikation{{Kennung: "0000 123450", Kanal: "001"}, {Kennung: "kasse@musterstadt.example", Kanal: "004"}},
				},
			},
			Empfaenger: &amtshilfe.Akteur{Kennung: "vb:02002000", Verfahren: "unbekannt", Person: amtshilfe.Person{Firma: "Kreis Beispielland"}},
		},
		Ersuchen: &amtshilfe.Ersuchen{
			Vom:         day("2026-11-19"),
			Einnahmeart: amtshilfe.Einnahmeart{List: "urn:damtshilfe:codeliste:einnahmeart", Version: "1", Code: "120", Name: "Hundesteuer"},
			Vorgaenger:  "aaaaaaaa-bbbb-4ccc-8ddd-00000000000f", Wunschempfaenger: "vb:02002000", WunschGrund: "belegenheit",
			Schuldner: []amtshilfe.Schuldner{
				{
					Rolle: "vollstreckungsschuldner",
					Person: amtshilfe.Person{
						Anrede: "Frau", Titel: "Dr.", Vorname: "Erika", Familienname: "Mustermann", Geburtsname: "Gabler",
						Geburtsdatum: day("1964-08-12"), Sterbedatum: day("2026-10-01"),
						Kommunikation: []amtshilfe.Kommunikation{{Kennung: "0000 98765", Kanal: "003"}},
						Anschriften: []amtshilfe.Postanschrift{
							{
								Typen: []string{"001", "002"}, Strasse: "Große Straße", Hausnummer: "12", HausnummerZusatz: "b", Postleitzahl: "00012",
								Ort: "Beispielort", Ortsteil: "Süd", Staat: "000", Zusatz: "bei Müller", Von: day("2020-01-01"), Bis: day("2027-12-31"),
							},
							{Postfach: "10 01", Postleitzahl: "00013", Ort: "Beispielort"},
						},
					},
					Schutzvermerk: []amtshilfe.Schutzvermerk{{Art: "auskunftssperre", Text: "Erfundene Sperre", Bis: day("2028-01-01")}, {Art: "sonstiger"}},
					Insolvenz:     &amtshilfe.Insolvenz{Gericht: "AG Musterstadt", Aktenzeichen: "IN 1/26", EroeffnetAm: day("2026-05-05"), Anspruch: "neuforderung"},
				},
				{
					Rolle: "gesamtschuldner",
					Person: amtshilfe.Person{
						Firma: "Muster Bau GmbH", Rechtsform: "008",
						Anschriften: []amtshilfe.Postanschrift{{Typen: []string{"005"}, Strasse: "Werkweg", Hausnummer: "3", Postleitzahl: "00012", Ort: "Beispielort"}},
					},
				},
			},
			WeitereErsuchen: []string{"Amt Nirgendwo, N 1", "Amt Irgendwo, I 2"},
			Glaeubiger:      "Stadt Musterstadt", GlaeubigerKassenzeichen: "5.0001.000123.4",
			Titel: []amtshilfe.Titel{
				{
					ID: "t1", Art: "verwaltungsakt", ErlassendeStelle: "Steueramt Musterstadt", Datum: day("2026-01-15"), BekanntgabeAm: day("2026-01-18"),
					BekanntgabeArt: "einfach", Aktenzeichen: "HS 77", Gegenstand: "Hundesteuer 2026",
					Vollstreckbarkeit: amtshilfe.Vollstreckbarkeit{UnanfechtbarSeit: day("2026-02-19")}, MahnungAm: day("2026-04-01"), VerjaehrtAm: day("2031-12-31"),
				},
				{
					ID: "t2", Art: "verwaltungsakt", ErlassendeStelle: "Ordnungsamt Musterstadt", Datum: day("2026-03-01"), Aktenzeichen: "OA 8", Gegenstand: "Zwangsgeld",
					Vollstreckbarkeit: amtshilfe.Vollstreckbarkeit{KeineAufschiebendeWirkung: "§ 80 Abs. 2 Nr. 1 VwGO"}, MahnungUnterblieben: "nicht erforderlich",
				},
			},
			Forderungen: []amtshilfe.Forderung{
				{
					Titel: "t1", Buchungsnummer: "B-1", Haushaltsjahr: "2026", Kassenzeichen: "5.0001.000123.4", Buchungstext: "Hundesteuer",
					Zahlungsgrund: "Hundesteuer 1. Halbjahr", Forderungsart: "401", Forderungstyp: "001", Brutto: 12050, Waehrung: "EUR", Faelligkeit: day("2026-02-15"),
					Saeumnis: &amtshilfe.Saeumnis{Art: "saeumniszuschlag", Satz: "1.0", Basis: 10000, BerechnetBis: day("2026-11-15"), LaeuftWeiter: true, MitBeitreiben: true},
				},
				{Titel: "t2", Buchungsnummer: "B-2", Haushaltsjahr: "2026", Forderungsart: "410", Forderungstyp: "001", Brutto: 750},
			},
			Bescheinigt: true, Massnahmen: []string{"sachpfaendung", "vermoegensauskunft"}, Gefahr: "liegt-vor", GefahrText: "Bissiger Hund (erfunden)",
			Bankverbindung: amtshilfe.Bankverbindung{IBAN: "DE02120300000000202051", Kontoinhaber: "Stadt Musterstadt", BIC: "BYLADEM1001", Verwendungszweck: "AZ 4711/26"},
			AngeordnetVon:  amtshilfe.AngeordnetVon{Beschreibung: "Gezeichnet: die Bürgermeisterin", Name: "Berta Beispiel", Funktion: "Kassenleiterin"},
			Anhaenge: []amtshilfe.Anhang{
				{Dateiname: "bescheid.pdf", SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Inhalt: []byte("JVBERi0xLjQK")},
				{Dateiname: "mahnung.pdf", Inhalt: []byte("JVBERi0x\nLjcK")},
			},
		},
	}
	if d := cmp.Diff(want, m); d != "" {
		t.Errorf("message (-want +got):\n%s", d)
	}
	inhalt := m.Ersuchen.Anhaenge[0].Inhalt
	inhalt[0] = '!'
	if !strings.Contains(string(doc), "!VBERi0xLjQK") {
		t.Error("an attachment is a copy, want a slice of the document")
	}
}

func TestReadOtherMessages(t *testing.T) {
	base := func(kind amtshilfe.Kind, root string, edit func(*amtshilfe.Message)) amtshilfe.Message {
		m := amtshilfe.Message{
			Kind: kind, Namespace: mapping.ProfilNS, Root: "vollstreckungshilfe." + root, Pack: "damtshilfe-profil-1.0",
			Kopf: amtshilfe.Nachrichtenkopf{
				UUID: "aaaaaaaa-0000-4000-8000-000000000002", Erstellt: time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC), Test: true,
				Absender: amtshilfe.Akteur{Kennung: "vb:1", Verfahren: "T", Aktenzeichen: "A"},
			},
			Bezug: amtshilfe.Bezug{UUID: "aaaaaaaa-0000-4000-8000-000000000001", Ersuchen: "aaaaaaaa-0000-4000-8000-000000000000"},
		}
		if edit != nil {
			edit(&m)
		}
		return m
	}
	anhang := `<v:anhang><v:dateiname>a.pdf</v:dateiname><v:inhalt>JVBERi0=</v:inhalt></v:anhang>`
	withAnhang := func(m *amtshilfe.Message) {
		m.Anhaenge = []amtshilfe.Anhang{{Dateiname: "a.pdf", Inhalt: []byte("JVBERi0=")}}
	}
	ist := `<v:ist><x:ursprungsbuchungsnummer>1</x:ursprungsbuchungsnummer><x:buchungsnummer>2</x:buchungsnummer><x:gezahlterBetrag><x:brutto>1</x:brutto></x:gezahlterBetrag><x:einzahler><code>002</code></x:einzahler></v:ist>`
	payment := amtshilfe.Buchung{Art: amtshilfe.BuchungIst, Ursprung: "1", Buchungsnummer: "2", Betrag: 1_00}
	anschrift := `<v:anschrift><x:hausnummer>1</x:hausnummer><x:ort>O</x:ort><x:postleitzahl>00001</x:postleitzahl><x:strasse>S</x:strasse></v:anschrift>`
	named := func(m *amtshilfe.Message, numbers ...string) {
		for _, n := range numbers {
			m.Named = append(m.Named, amtshilfe.Named{Buchungsnummer: n})
		}
	}
	anfrage := func(m *amtshilfe.Message) {
		m.Kopf, m.Bezug = amtshilfe.Nachrichtenkopf{}, amtshilfe.Bezug{}
		m.Ersuchen = &amtshilfe.Ersuchen{
			Einnahmeart: amtshilfe.Einnahmeart{List: "l", Version: "1", Code: "100"},
			Schuldner: []amtshilfe.Schuldner{{Person: amtshilfe.Person{Anschriften: []amtshilfe.Postanschrift{
				{Hausnummer: "1", Ort: "O", Postleitzahl: "00001", Strasse: "S"}}}}},
		}
	}
	var docs [][]byte
	for _, tt := range []struct {
		name, root, body string
		want             amtshilfe.Message
	}{
		{"a 001 is a debtor's address without a name", "ZustaendigkeitAnfrage.001",
			`<v:einnahmeart listURI="l" listVersionID="1"><code>100</code></v:einnahmeart>` + anschrift, base(1, "ZustaendigkeitAnfrage.001", anfrage)},
		{"an empty 002 is nobody", "ZustaendigkeitAntwort.002", "",
			amtshilfe.Message{Kind: 2, Namespace: mapping.ProfilNS, Root: "vollstreckungshilfe.ZustaendigkeitAntwort.002", Pack: "damtshilfe-profil-1.0"}},
		{"a 004 names their reference", "Eingangsbestaetigung.004", kopf + bezug + `<v:aktenzeichenEmpfaenger>V 1</v:aktenzeichenEmpfaenger>` + anhang,
			base(4, "Eingangsbestaetigung.004", func(m *amtshilfe.Message) { withAnhang(m); m.AktenzeichenEmpfaenger = "V 1" })},
		{"a 005 gives its reasons", "Zurueckweisung.005",
			kopf + bezug + `<v:grund><v:code>a</v:code><v:text>A</v:text></v:grund><v:grund><v:code>b</v:code><v:text>B</v:text></v:grund>`,
			base(5, "Zurueckweisung.005", func(m *amtshilfe.Message) {
				m.Gruende = []amtshilfe.Grund{{Code: "a", Text: "A"}, {Code: "b", Text: "B"}}
			})},
		{"a 006 names the new holder", "Weiterleitung.006",
			kopf + bezug + `<v:verbleib>weitergereicht</v:verbleib><v:anBehoerde><v:identifikator><v:kennung>vb:2</v:kennung><v:verfahren>U</v:verfahren></v:identifikator><v:behoerdeAdresse/><v:aktenzeichen/></v:anBehoerde>`,
			base(6, "Weiterleitung.006", func(m *amtshilfe.Message) {
				m.Verbleib, m.AnBehoerde = "weitergereicht", &amtshilfe.Akteur{Kennung: "vb:2", Verfahren: "U"}
			})},
		{"a 007 says what changed and what is left", "Forderungsaenderung.007",
			kopf + bezug + ist + `<v:stichtag>2026-01-01</v:stichtag><v:restforderung><v:buchungsnummer>1</v:buchungsnummer><v:betrag>1</v:betrag></v:restforderung>`,
			base(7, "Forderungsaenderung.007", func(m *amtshilfe.Message) {
				m.Aenderung = amtshilfe.Aenderung{Stichtag: day("2026-01-01"), Rest: []amtshilfe.Restforderung{{Buchungsnummer: "1", Betrag: 1_00}}, Buchungen: []amtshilfe.Buchung{payment}}
				named(m, "1", "1")
			})},
		{"an 008 says what stops", "Einstellung.008",
			kopf + bezug + `<v:art>beschraenkung</v:art><v:bis>2027-01-31</v:bis><v:buchungsnummer>1</v:buchungsnummer><v:buchungsnummer>2</v:buchungsnummer><v:massnahme>kontenabruf</v:massnahme><v:grund>G</v:grund>`,
			base(8, "Einstellung.008", func(m *amtshilfe.Message) {
				m.Einstellung = amtshilfe.Einstellung{Art: "beschraenkung", Bis: day("2027-01-31"), Buchungsnummern: []string{"1", "2"}, Massnahmen: []string{"kontenabruf"}, Grund: "G"}
				named(m, "1", "2")
			})},
		{"a 009 asks", "SachstandAnfrage.009", kopf + bezug, base(9, "SachstandAnfrage.009", nil)},
		{"a 010 answers", "SachstandAntwort.010", kopf + bezug + `<v:sachstand>offen</v:sachstand><v:text>läuft</v:text>`,
			base(10, "SachstandAntwort.010", func(m *amtshilfe.Message) { m.Text, m.Sachstand.Stand = "läuft", "offen" })},
		{"an 011 tells of a payment", "Zahlungsmitteilung.011", kopf + bezug + ist, base(11, "Zahlungsmitteilung.011", func(m *amtshilfe.Message) { m.Zahlungen = []amtshilfe.Buchung{payment}; named(m, "1") })},
		{"a 012 ends", "Abschluss.012",
			kopf + bezug + `<v:ergebnis>fruchtlos</v:ergebnis><v:grund><v:code>a</v:code><v:text>A</v:text></v:grund><v:vollstreckungskosten><v:gedeckt>0</v:gedeckt><v:uneinbringlich>0</v:uneinbringlich><v:zuErstatten>0</v:zuErstatten></v:vollstreckungskosten>` + anhang,
			base(12, "Abschluss.012", func(m *amtshilfe.Message) {
				withAnhang(m)
				m.Gruende, m.Abschluss.Ergebnis = []amtshilfe.Grund{{Code: "a", Text: "A"}}, "fruchtlos"
			})},
		{"a 013 is known by its reference", "Uebermittlungsinformation.013",
			kopf + bezug + `<v:status>uebergeben</v:status><v:zeitpunkt>2026-11-20T08:30:00Z</v:zeitpunkt>`, base(13, "Uebermittlungsinformation.013", nil)},
		{"a 014 joins its findings", "Rueckweisung.014",
			kopf + bezug + `<v:grund><v:code>schema</v:code><v:befund><v:code>XSD-A</v:code><v:text>A.</v:text></v:befund><v:befund><v:code>XSD-B</v:code><v:text>B.</v:text></v:befund></v:grund>`,
			base(14, "Rueckweisung.014", func(m *amtshilfe.Message) { m.Gruende = []amtshilfe.Grund{{Code: "schema", Text: "A. B."}} })},
		{"a 015 adds text", "Ergaenzung.015", kopf + bezug + `<v:text>neu</v:text>` + anhang,
			base(15, "Ergaenzung.015", func(m *amtshilfe.Message) { withAnhang(m); m.Text = "neu" })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := message(tt.root, tt.body)
			docs = append(docs, []byte(doc))
			m, f := read(t, doc)
			if f != nil {
				t.Fatalf("findings %v", f)
			}
			for i := range m.Named {
				if n := &m.Named[i]; !strings.HasPrefix(doc[n.Offset:], n.Buchungsnummer+"<") {
					t.Errorf("%q is not at %d", n.Buchungsnummer, n.Offset)
				} else {
					n.Offset = 0
				}
			}
			if d := cmp.Diff(tt.want, m); d != "" {
				t.Errorf("message (-want +got):\n%s", d)
			}
		})
	}
	mustBeValid(t, profilXSD, docs...)
}

func TestReadPublishedAnfrage(t *testing.T) {
	doc := `<a:vollstreckungshilfe.ZustaendigkeitAnfrage.001 xmlns:a="xAmtshilfe110" xmlns:f="xFinanz320">` +
		`<a:einnahmeart listURI="l" listVersionID="1"><code>100</code></a:einnahmeart><a:anschrift><f:ort>O</f:ort><f:postleitzahl>00001</f:postleitzahl></a:anschrift></a:vollstreckungshilfe.ZustaendigkeitAnfrage.001>`
	mustBeValid(t, "packs/xamtshilfe-1.1.0/vollstreckungshilfe.xsd", []byte(doc))
	m, f := read(t, doc)
	if f != nil || m.Kind != amtshilfe.KindZustaendigkeitAnfrage || m.Pack != "xamtshilfe-1.1.0" || m.Ersuchen.Schuldner[0].Person.Anschriften[0].Ort != "O" {
		t.Errorf("message %+v, findings %v", m, f)
	}
}
