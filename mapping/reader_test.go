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
	anschrift := `<v:anschrift><x:hausnummer>1</x:hausnummer><x:ort>O</x:ort><x:postleitzahl>00001</x:postleitzahl><x:strasse>S</x:strasse></v:anschrift>`
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
		{"a 007 is known by its reference", "Forderungsaenderung.007",
			kopf + bezug + ist + `<v:stichtag>2026-01-01</v:stichtag><v:restforderung><v:buchungsnummer>1</v:buchungsnummer><v:betrag>1</v:betrag></v:restforderung>`,
			base(7, "Forderungsaenderung.007", nil)},
		{"an 008 says what stops", "Einstellung.008",
			kopf + bezug + `<v:art>beschraenkung</v:art><v:bis>2027-01-31</v:bis><v:buchungsnummer>1</v:buchungsnummer><v:buchungsnummer>2</v:buchungsnummer><v:massnahme>kontenabruf</v:massnahme><v:grund>G</v:grund>`,
			base(8, "Einstellung.008", func(m *amtshilfe.Message) {
				m.Einstellung = amtshilfe.Einstellung{Art: "beschraenkung", Bis: day("2027-01-31"), Buchungsnummern: []string{"1", "2"}, Massnahmen: []string{"kontenabruf"}, Grund: "G"}
			})},
		{"a 009 asks", "SachstandAnfrage.009", kopf + bezug, base(9, "SachstandAnfrage.009", nil)},
		{"a 010 answers", "SachstandAntwort.010", kopf + bezug + `<v:sachstand>offen</v:sachstand><v:text>läuft</v:text>`,
			base(10, "SachstandAntwort.010", func(m *amtshilfe.Message) { m.Text = "läuft" })},
		{"an 011 tells of a payment", "Zahlungsmitteilung.011", kopf + bezug + ist, base(11, "Zahlungsmitteilung.011", nil)},
		{"a 012 ends", "Abschluss.012",
			kopf + bezug + `<v:ergebnis>fruchtlos</v:ergebnis><v:grund><v:code>a</v:code><v:text>A</v:text></v:grund><v:vollstreckungskosten><v:gedeckt>0</v:gedeckt><v:uneinbringlich>0</v:uneinbringlich><v:zuErstatten>0</v:zuErstatten></v:vollstreckungskosten>` + anhang,
			base(12, "Abschluss.012", func(m *amtshilfe.Message) { withAnhang(m); m.Gruende = []amtshilfe.Grund{{Code: "a", Text: "A"}} })},
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

func TestReadFindings(t *testing.T) {
	person := `<v:person><x:personNat><x:personenNummern/></x:personNat><x:personNat><x:personenNummern/></x:personNat></v:person>`
	for _, tt := range []struct {
		name, doc, code string
		hold            bool
		line, column    int
	}{
		{"a root of an unknown namespace is held", "<!-- c -->\n <a xmlns='urn:x'/>", "PACK-FEHLT", true, 2, 2},
		{"an unknown root of a known namespace is held", `<a xmlns="xAmtshilfe110"/>`, "PACK-FEHLT", true, 1, 1},
		{"a container is no message", `<lieferung xmlns="` + mapping.ProfilNS + `"/>`, "LIEF-FORMAT", false, 1, 1},
		{"a receipt is no message", `<lieferquittung xmlns="` + mapping.ProfilNS + `"/>`, "LIEF-FORMAT", false, 1, 1},
		{"the gate's finding keeps its place", "<a>\n</b>", xmlgate.CodeSyntax, false, 2, 1},
		{"a debtor is one person", message("Ersuchen.003", "\n<v:schuldner>"+person+"</v:schuldner>"), "REGEL-PERSONEN", false, 2, 14},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, f := read(t, tt.doc)
			if len(f) != 1 {
				t.Fatalf("findings %v, want one", f)
			}
			if f[0].Code != tt.code || f[0].Hold != tt.hold || f[0].Line != tt.line || f[0].Column != tt.column || f[0].Text == "" {
				t.Errorf("finding %+v, want %s hold %v at %d:%d", f[0], tt.code, tt.hold, tt.line, tt.column)
			}
			if f[0].Hold && f[0].Owner != amtshilfe.OwnerBetrieb {
				t.Errorf("owner %q, want betrieb", f[0].Owner)
			}
		})
	}
}

func TestReadValues(t *testing.T) {
	body := func(s string) string { return message("Einstellung.008", s) }
	for _, tt := range []struct {
		name, doc string
		got       func(amtshilfe.Message) string
		want      string
	}{
		{"a token is collapsed", body("<v:art> a \n b </v:art>"), func(m amtshilfe.Message) string { return m.Einstellung.Art }, "a b"},
		{"a no-break space stays", body("<v:art>\u00a0a\tb</v:art>"), func(m amtshilfe.Message) string { return m.Einstellung.Art }, "\u00a0a b"},
		{"text keeps its blanks", body("<v:grund> a  b </v:grund>"), func(m amtshilfe.Message) string { return m.Einstellung.Grund }, " a  b "},
		{"references and CDATA are resolved", body("<v:grund>a&amp;<![CDATA[<b>]]>&#x263A;</v:grund>"), func(m amtshilfe.Message) string { return m.Einstellung.Grund }, "a&<b>☺"},
		{"a day keeps its date in any zone", body("<v:bis>2026-11-21-12:00</v:bis>"), func(m amtshilfe.Message) string { return m.Einstellung.Bis.String() }, "2026-11-21 00:00:00 +0000 UTC"},
		{"an impossible day stays zero", body("<v:bis>2026-02-30</v:bis>"), func(m amtshilfe.Message) string { return m.Einstellung.Bis.String() }, time.Time{}.String()},
		{"a date with a time stays zero", body("<v:bis>2026-02-03T00:00:00</v:bis>"), func(m amtshilfe.Message) string { return m.Einstellung.Bis.String() }, time.Time{}.String()},
		{"the same name in another namespace is another element", body(`<x:art>a</x:art>`), func(m amtshilfe.Message) string { return m.Einstellung.Art }, ""},
		{"a default namespace is as good as a prefix", `<vollstreckungshilfe.Einstellung.008 xmlns="` + mapping.ProfilNS + `"><art>a</art></vollstreckungshilfe.Einstellung.008>`,
			func(m amtshilfe.Message) string { return m.Einstellung.Art }, "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, f := read(t, tt.doc)
			if got := tt.got(m); got != tt.want || f != nil {
				t.Errorf("got %q, findings %v, want %q", got, f, tt.want)
			}
		})
	}
}

// A Reader is used for thousands of messages: nothing of one may show in the next, and what was handed out may not change.
func TestReaderForgets(t *testing.T) {
	r := mustPacks(t).NewReader(xmlgate.DefaultLimits())
	full := mustFile(t, "ersuchen-voll.xml")
	var first, again, other amtshilfe.Message
	r.Read(full, &first)
	if f := r.Read([]byte(plain("7")), &other); f != nil || other.Ersuchen != nil || other.Kopf.Empfaenger != nil {
		t.Errorf("second message %+v, findings %v", other, f)
	}
	for range 100 {
		again = amtshilfe.Message{Text: "old"}
		r.Read(full, &again)
	}
	if d := cmp.Diff(first, again); d != "" {
		t.Errorf("the same document read again differs:\n%s", d)
	}
}

func FuzzRead(f *testing.F) {
	packs := mustPacks(f)
	f.Add(mustFile(f, "ersuchen-voll.xml"))
	f.Add([]byte(plain("1")))
	f.Add([]byte(message("Ersuchen.003", `<v:schuldner><v:person/></v:schuldner><v:forderung/><v:anhang><v:inhalt>a&amp;b</v:inhalt></v:anhang>`)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r := packs.NewReader(xmlgate.DefaultLimits())
		var m amtshilfe.Message
		findings := r.Read(doc, &m)
		if findings == nil && m.Kind == 0 {
			t.Error("no kind and no finding")
		}
		mapping.Place(doc, mapping.Document{Position: amtshilfe.Position{Line: 1, Column: 1}}, findings)
		for _, x := range findings {
			if x.Code == "" || x.Text == "" || x.Line < 1 || x.Column < 1 {
				t.Errorf("finding %+v", x)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	r := mustPacks(b).NewReader(xmlgate.DefaultLimits())
	doc := mustFile(b, "ersuchen-voll.xml")
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	var m amtshilfe.Message
	for b.Loop() {
		if f := r.Read(doc, &m); f != nil {
			b.Fatal(f)
		}
	}
}
