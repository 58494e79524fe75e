package app_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

// korpusDir holds files with one fault each, in a folder per kind of fault and named after it. Beside each lies a .befunde: what a
// gateway makes of it. The folder grundlagen has what the others refer to, orte.csv the postcodes that are known. Sub-folders that
// are not in this table belong to others.
const korpusDir = "../../testdata/korpus"

// korpusTag is the day at which the corpus is judged: its dates are fixed.
var korpusTag = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// korpus is every file of the corpus by its path.
func korpus() map[string][]byte {
	all := map[string][]byte{}
	for _, part := range []map[string][]byte{korpusGrundlagen(), korpusStruktur(), korpusKodierung(), korpusZeichen(), korpusSchema(), korpusRegeln(),
		korpusAnhang(), korpusHindernisse(), korpusZip(), korpusContainer(), korpusWeitere(), korpusFaelle()} {
		for path, data := range part {
			if _, twice := all[path]; twice {
				panic(path + " is there twice")
			}
			all[path] = data
		}
	}
	return all
}

// TestWriteKorpus makes the files of the corpus with -update. Without, it holds the files against the table: what somebody changed by
// hand would be lost.
func TestWriteKorpus(t *testing.T) {
	files := korpus()
	if len(files) < 100 {
		t.Errorf("%d files in the corpus", len(files))
	}
	for path, data := range files {
		file := filepath.Join(korpusDir, path)
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s is not what the table makes (%v): go test ./internal/app -run 'TestWriteKorpus|TestKorpus' -update", path, err)
		}
	}
}

// each makes a file per name from one document per fault; the n-th of a part gets a seed of its own, so that no UUID comes twice.
func each(folder string, seed int64, faults map[string]func(s *sample.Spec)) map[string][]byte {
	files := map[string][]byte{}
	for i, name := range sortedKeys(faults) {
		files[folder+"/"+name+".xml"] = ersuchen(seed+int64(i), faults[name])
	}
	return files
}

// bytewise is each for faults that a Spec cannot have: the document is changed after it was written.
func bytewise(folder string, seed int64, faults map[string]func(doc []byte) []byte) map[string][]byte {
	files := map[string][]byte{}
	for i, name := range sortedKeys(faults) {
		files[folder+"/"+name+".xml"] = faults[name](ersuchen(seed+int64(i), nil))
	}
	return files
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// grund is a small request with nothing wrong: one debtor in Kiel, one title, one claim.
func grund(seed int64) *sample.Spec {
	s := sample.New(sample.Options{N: 1, Seed: seed, Now: korpusTag}, 0)
	s.Vom = korpusTag.AddDate(0, 0, -3).Truncate(24 * time.Hour)
	s.Schuldner = []amtshilfe.Schuldner{{Person: amtshilfe.Person{Anrede: "Frau", Vorname: "Erika", Familienname: "Mustermann-Beispiel",
		Geburtsdatum: tag(1964, 8, 12), Anschriften: []amtshilfe.Postanschrift{{Typen: []string{"001"}, Strasse: "Testgasse", Hausnummer: "12", Postleitzahl: "24103", Ort: "Kiel"}}}}}
	f := s.Forderungen[0]
	f.Titel, f.Brutto, f.Saeumnis, f.Faelligkeit, f.Waehrung = "t1", 412_50, nil, tag(2026, 6, 1), "EUR"
	f.Buchungstext, f.Zahlungsgrund = "Grundsteuer 2026", ""
	s.Titel, s.Forderungen = []amtshilfe.Titel{{ID: "t1", Art: "verwaltungsakt", ErlassendeStelle: "Steueramt Beispielstadt", Datum: tag(2026, 3, 2), BekanntgabeAm: tag(2026, 3, 6),
		BekanntgabeArt: "einfach", Aktenzeichen: "GST/1", Gegenstand: "Grundsteuer B 2026", MahnungAm: tag(2026, 7, 1),
		Vollstreckbarkeit: amtshilfe.Vollstreckbarkeit{UnanfechtbarSeit: tag(2026, 4, 7)}}}, []amtshilfe.Forderung{f}
	s.Einnahmeart.Code, s.Einnahmeart.Name = "100", "Grundsteuer"
	s.Glaeubiger, s.GlaeubigerKassenzeichen, s.WeitereErsuchen, s.Anhaenge = "", "", nil, nil
	s.Massnahmen, s.Gefahr, s.GefahrText = []string{"sachpfaendung"}, "nicht-geprueft", ""
	s.Bankverbindung.IBAN = korpusIBANs[0]
	return s
}

// korpusIBANs are the accounts that the sender has listed.
var korpusIBANs = []string{sample.IBAN("21550050", "1000000")}

func tag(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func ersuchen(seed int64, fix func(s *sample.Spec)) []byte {
	s := grund(seed)
	if fix != nil {
		fix(s)
	}
	return s.XML()
}

// anschrift and person are those of the only debtor.
func anschrift(s *sample.Spec) *amtshilfe.Postanschrift {
	return &s.Schuldner[0].Person.Anschriften[0]
}

func person(s *sample.Spec) *amtshilfe.Person { return &s.Schuldner[0].Person }

// swap gives a change that replaces a text which occurs once or more.
func swap(old, with string) func([]byte) []byte {
	return func(doc []byte) []byte { return replaced(doc, old, with) }
}

// folgt is a message about another one.
func folgt(kind amtshilfe.Kind, seed int64, bezug string, fix func(s *sample.FollowSpec)) []byte {
	absender := sample.Akteur(sample.DefaultKennung, "Stadtkasse Beispielstadt", "26-GST-1")
	s := sample.FollowSpec{Kopf: sample.Kopf(seed, 0, korpusTag, absender), Bezug: amtshilfe.Bezug{UUID: bezug}}
	if fix != nil {
		fix(&s)
	}
	return sample.Follow(kind, s)
}

// korpusGrundlagen is what other files refer to; there is nothing wrong with it.
func korpusGrundlagen() map[string][]byte {
	return map[string][]byte{
		"grundlagen/ersuchen-uebermittelt.xml": ersuchen(seedUebermittelt, nil),
		"grundlagen/ersuchen-wartet.xml":       ersuchen(seedWartet, func(s *sample.Spec) { *anschrift(s) = wien }),
		"grundlagen/lieferung.xml":             korpusLieferung("grundlagen", 1),
		"grundlagen/orte.csv":                  []byte("plz,ort\n24103,Kiel\n24937,Flensburg\n80331,München\n"),
		"gut/alles-in-ordnung.xml":             ersuchen(9003, nil),
		"gut/hoechstens-hinweise.zip": zipped("ordner/a.xml", ersuchen(9004, func(s *sample.Spec) { s.Titel[0].Gegenstand = "„Grundsteuer“ – 2026" }),
			"__MACOSX/._a.xml", []byte("x"), "b.XML", append([]byte("\xef\xbb\xbf"), ersuchen(9005, nil)...)),
	}
}

const seedUebermittelt, seedWartet = 9001, 9002

var wien = amtshilfe.Postanschrift{Typen: []string{"001"}, Strasse: "Mustergasse", Hausnummer: "1", Postleitzahl: "1010", Ort: "Wien", Staat: "151"}

// korpusWeitere is what the business rules say of the messages that go on with a case; the case itself is not reached.
func korpusWeitere() map[string][]byte {
	bezug := grund(seedUebermittelt).Kopf.UUID
	change := folgt(amtshilfe.KindForderungsaenderung, 7001, bezug, func(s *sample.FollowSpec) { s.Betrag = 10_00 })
	news := func(seed int64, f func(p *amtshilfe.Person)) []byte {
		return folgt(amtshilfe.KindErgaenzung, seed, bezug, func(s *sample.FollowSpec) {
			debtor := grund(seed).Schuldner[0]
			f(&debtor.Person)
			s.Schuldner = []amtshilfe.Schuldner{debtor}
		})
	}
	return map[string][]byte{
		"weitere/007-restforderung-negativ.xml": replaced(change, "<vh:betrag>10.00", "<vh:betrag>-10.00"),
		"weitere/007-waehrung-dollar.xml": replaced(folgt(amtshilfe.KindForderungsaenderung, 7002, bezug, nil), "<xfn:brutto>10.00</xfn:brutto>",
			`<xfn:brutto>10.00</xfn:brutto><xfn:waehrung listVersionID="2023-01-01"><code>USD</code></xfn:waehrung>`),
		"weitere/007-stichtag-in-der-zukunft.xml": replaced(folgt(amtshilfe.KindForderungsaenderung, 7003, bezug, nil), "<vh:stichtag>2026-11-20", "<vh:stichtag>2027-11-20"),
		"weitere/008-grund-mit-steuerzeichen.xml": folgt(amtshilfe.KindEinstellung, 7004, bezug, func(s *sample.FollowSpec) { s.Text = "Bezahlt\u0085am 3.11." }),
		"weitere/010-text-zerlegt.xml":            folgt(amtshilfe.KindSachstandAntwort, 7005, bezug, func(s *sample.FollowSpec) { s.Text = "Pfa\u0308ndung la\u0308uft" }),
		"weitere/012-kosten-negativ.xml":          replaced(folgt(amtshilfe.KindAbschluss, 7006, bezug, nil), "26.00", "-26.00"),
		"weitere/015-postleitzahl.xml":            news(7007, func(p *amtshilfe.Person) { p.Anschriften[0].Postleitzahl = "2410" }),
		"weitere/015-name-mit-ziffer.xml":         news(7008, func(p *amtshilfe.Person) { p.Familienname = "Muster2" }),
		"weitere/015-geburt-in-der-zukunft.xml":   news(7009, func(p *amtshilfe.Person) { p.Geburtsdatum = tag(2046, 1, 1) }),
	}
}

// korpusFaelle are messages that do not fit the case they name.
func korpusFaelle() map[string][]byte {
	const unbekannt = "00000000-0000-4000-8000-000000000000"
	uebermittelt, wartet := grund(seedUebermittelt).Kopf.UUID, grund(seedWartet).Kopf.UUID
	fremd := func(s *sample.FollowSpec) { s.Kopf.Absender.Kennung = kiel }
	return map[string][]byte{
		"faelle/004-ohne-vorgang.xml":               folgt(amtshilfe.KindEingangsbestaetigung, 8001, unbekannt, nil),
		"faelle/005-ohne-vorgang.xml":               folgt(amtshilfe.KindZurueckweisung, 8002, unbekannt, nil),
		"faelle/006-ohne-vorgang.xml":               folgt(amtshilfe.KindWeiterleitung, 8003, unbekannt, nil),
		"faelle/009-ohne-vorgang.xml":               folgt(amtshilfe.KindSachstandAnfrage, 8004, unbekannt, nil),
		"faelle/010-ohne-vorgang.xml":               folgt(amtshilfe.KindSachstandAntwort, 8005, unbekannt, nil),
		"faelle/012-ohne-vorgang.xml":               folgt(amtshilfe.KindAbschluss, 8006, unbekannt, nil),
		"faelle/015-ohne-vorgang.xml":               folgt(amtshilfe.KindErgaenzung, 8007, unbekannt, func(s *sample.FollowSpec) { s.Text = "Neue Anschrift folgt." }),
		"faelle/004-vom-ersuchenden-selbst.xml":     folgt(amtshilfe.KindEingangsbestaetigung, 8008, uebermittelt, nil),
		"faelle/007-von-der-ersuchten-behoerde.xml": folgt(amtshilfe.KindForderungsaenderung, 8009, uebermittelt, fremd),
		"faelle/008-von-der-ersuchten-behoerde.xml": folgt(amtshilfe.KindEinstellung, 8010, uebermittelt, fremd),
		"faelle/007-fremde-forderung.xml":           folgt(amtshilfe.KindForderungsaenderung, 8015, uebermittelt, nil),
		"faelle/008-fremde-forderung.xml":           folgt(amtshilfe.KindEinstellung, 8016, uebermittelt, func(s *sample.FollowSpec) { s.Buchungsnummern = []string{"2026000001"} }),
		"faelle/008-zieht-zurueck.xml":              folgt(amtshilfe.KindEinstellung, 8011, wartet, nil),
		"faelle/007-nach-ruecknahme.xml":            folgt(amtshilfe.KindForderungsaenderung, 8012, wartet, nil),
		"faelle/008-nach-ruecknahme.xml":            folgt(amtshilfe.KindEinstellung, 8013, wartet, nil),
		"faelle/uuid-mit-anderem-inhalt.xml":        ersuchen(seedUebermittelt, func(s *sample.Spec) { s.Massnahmen = nil }),
		"faelle/noch-einmal-gesendet.xml":           slices.Concat(ersuchen(seedUebermittelt, nil), []byte("\n")),
		"faelle/noch-einmal-im-archiv.zip":          zipped("a.xml", ersuchen(seedUebermittelt, nil), "b.xml", ersuchen(8014, nil)),
		"faelle/uebertragungsid-nochmal.xml":        bytes.Replace(korpusLieferung("grundlagen", 1), []byte("412.50"), []byte("413.50"), 1),
	}
}

const kiel = "kka:01002000"

// phase says when a file is dropped: what it refers to must be there.
func phase(path string) int {
	switch {
	case strings.HasPrefix(path, "grundlagen/"):
		return 0
	case strings.HasSuffix(path, "-nach-ruecknahme.xml"):
		return 2
	}
	return 1
}
