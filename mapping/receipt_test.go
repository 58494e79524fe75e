package mapping_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

var at = time.Date(2026, 11, 21, 17, 30, 0, 123456, time.FixedZone("MEZ", 3600))

func behoerde() *amtshilfe.Behoerde {
	return &amtshilfe.Behoerde{
		Kennung: "vb:02002000", Name: "Kreis Beispielland – Vollstreckung", Anschriftzeilen: []string{"Erfundener Weg 1", "00012 Beispielort"},
		Anschrift: amtshilfe.Postanschrift{Typen: []string{"001"}, Strasse: "Erfundener Weg", Hausnummer: "1", Postleitzahl: "00012", Ort: "Beispielort", Staat: "000"},
	}
}

func receipt() mapping.Receipt {
	return mapping.Receipt{
		Name: "lieferung <1> & \xff\x01.zip", SHA256: sha256.Sum256([]byte("x")), Size: 4711, Drop: "D261121-7KQ2M9TX4B", Number: 1,
		Kopf:       &amtshilfe.Lieferkopf{Absender: "kka:01001000", Verfahren: "Erfundene Kasse", UebertragungsID: 7, Erstellt: at, Anzahl: 5},
		ReceivedAt: at, CreatedAt: at.Add(time.Minute), Betriebsart: amtshilfe.Test, AuditHead: strings.Repeat("0a", 32), Ergebnis: mapping.ErgebnisTeilweise,
		Sums: []mapping.Sum{
			{Status: amtshilfe.StatusDuplikat, Count: 1, Betrag: 100}, {Status: amtshilfe.StatusAbgewiesen, Count: 1}, {Status: amtshilfe.StatusAngenommen, Count: 1, Betrag: 12800},
			{Status: amtshilfe.StatusRueckfrage, Count: 1}, {Status: amtshilfe.StatusUebergeben, Count: 1},
		},
		NextID: 8, DuplicateOf: "D261120-7KQ2M9TX4B",
		DropFindings: []amtshilfe.Finding{{Code: "LIEF-ANZAHL", Severity: amtshilfe.SeverityWarnung, Text: "Der Lieferkopf nennt 5 Nachrichten."}},
	}
}

func lines() iter.Seq2[mapping.Line, error] {
	return func(yield func(mapping.Line, error) bool) {
		for _, l := range []mapping.Line{
			{Position: 1, Entry: "a/b.xml", UUID: "aaaaaaaa-0000-4000-8000-000000000001", Aktenzeichen: "AZ \"1\"\t<2>", Kassenzeichen: "5.1", Betrag: 12800, Status: amtshilfe.StatusAngenommen},
			{Position: 2, Entry: `c\xff.xml`, Status: amtshilfe.StatusAbgewiesen, Findings: []amtshilfe.Finding{
				{Code: "XSD-TYP", Severity: amtshilfe.SeverityFehler, Text: "Falsch.", Line: 3, Column: 4, Path: "/vollstreckungshilfe.Ersuchen.003/titel[2]/datum"},
				{Code: "REGEL-X", Severity: amtshilfe.SeverityWarnung, Text: strings.Repeat("ä", 5000)},
				{}}},
			{Position: 3, UUID: "kein Muster", Status: amtshilfe.StatusDuplikat, DuplicateOf: "D261120-7KQ2M9TX4B.3", Betrag: 100},
			{Position: 4, Status: amtshilfe.StatusRueckfrage, Question: &amtshilfe.Question{Code: "DUP-FACHLICH", Text: "Derselbe Fall noch einmal?", Owner: amtshilfe.OwnerMandant, Until: at}},
			{Position: 5, Status: amtshilfe.StatusUebergeben, Uebermittlung: &mapping.Uebermittlung{
				Weg: mapping.WegElektronisch, Zeitpunkt: at, Empfaenger: behoerde(), Registerstand: "regel 1 /\nStand 2026-11-01", Expected: at, TransportID: "urn:de:xta:messageid:1"}},
		} {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func TestWriteReceipt(t *testing.T) {
	var b, again bytes.Buffer
	if err := mapping.WriteReceipt(&b, receipt(), lines()); err != nil {
		t.Fatal(err)
	}
	golden(t, "quittung.xml", b.Bytes())
	mustBeValid(t, profilXSD, b.Bytes())
	if err := mapping.WriteReceipt(&again, receipt(), lines()); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("a repetition differs (error %v)", err)
	}
}

func TestWriteReceiptOfNothing(t *testing.T) {
	var b bytes.Buffer
	r := mapping.Receipt{Number: 1, Drop: "D261121-7KQ2M9TX4B", ReceivedAt: at, CreatedAt: at, Betriebsart: amtshilfe.Produktion, Closed: true, Ergebnis: mapping.ErgebnisAbgewiesen}
	if err := mapping.WriteReceipt(&b, r, nil); err != nil {
		t.Fatal(err)
	}
	mustBeValid(t, profilXSD, b.Bytes())
}

func TestWriteReceiptErrors(t *testing.T) {
	cause := errors.New("no more rows")
	failing := func(yield func(mapping.Line, error) bool) { yield(mapping.Line{}, cause) }
	if err := mapping.WriteReceipt(&bytes.Buffer{}, receipt(), failing); !errors.Is(err, cause) {
		t.Errorf("error %v, want that of the lines", err)
	}
	if err := mapping.WriteReceipt(full{}, receipt(), lines()); !errors.Is(err, errDisk) {
		t.Errorf("error %v, want that of the disk", err)
	}
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errDisk }

func TestReceiptName(t *testing.T) {
	for _, tt := range []struct{ name, drop, want string }{
		{"a plain name stays", "a-b_c.zip", "a-b_c.zip.D261121-7KQ2M9TX4B.2.quittung.xml"},
		{"every other byte becomes an underscore", "ä b/\x00", "__" + "_b__" + ".D261121-7KQ2M9TX4B.2.quittung.xml"},
		{"a dot at the start would hide it", ".a", "_a.D261121-7KQ2M9TX4B.2.quittung.xml"},
		{"no name", "", "_.D261121-7KQ2M9TX4B.2.quittung.xml"},
		{"a long name is cut", strings.Repeat("n", 200), strings.Repeat("n", 150) + ".D261121-7KQ2M9TX4B.2.quittung.xml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := mapping.ReceiptName(tt.drop, "D261121-7KQ2M9TX4B", 2, "xml"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := mapping.InfosName("a.zip", "D261121-7KQ2M9TX4B", 1); got != "a.zip.D261121-7KQ2M9TX4B.1.uebermittlung.xml" {
		t.Errorf("infos: %q", got)
	}
}

func operator() amtshilfe.Akteur {
	return amtshilfe.Akteur{Kennung: "rz:demo-a", Verfahren: "Gateway", Person: amtshilfe.Person{
		Firma: "Erfundenes Rechenzentrum", Empfaenger: "Betrieb",
		Anschriften: []amtshilfe.Postanschrift{{Strasse: "Serverweg", Postleitzahl: "00001", Ort: "Musterstadt"}, {Postfach: "1", Postleitzahl: "00001", Ort: "Musterstadt"}},
	}}
}

func TestWriteInfos(t *testing.T) {
	const drop = "D261121-7KQ2M9TX4B"
	head := mapping.InfoHead{Absender: operator(), Empfaenger: &amtshilfe.Akteur{Kennung: "kka:1", Verfahren: "K"}, UebertragungsID: 3, CreatedAt: at, Count: 2, Test: true}
	infos := []mapping.Info{
		{UUID: mapping.InfoUUID(drop, 1, 1), Bezug: amtshilfe.Bezug{UUID: "aaaaaaaa-0000-4000-8000-000000000001"}, Weg: mapping.WegPostalisch, Status: amtshilfe.StatusImDruck, Zeitpunkt: at,
			Empfaenger: behoerde(), TransportID: "B261121-0042AB.1"},
		{UUID: mapping.InfoUUID(drop, 1, 2), Bezug: amtshilfe.Bezug{UUID: "aaaaaaaa-0000-4000-8000-000000000002", Ersuchen: "aaaaaaaa-0000-4000-8000-000000000001"}, Status: amtshilfe.StatusAbgewiesen, Zeitpunkt: at},
	}
	var b bytes.Buffer
	err := mapping.WriteInfos(&b, head, func(yield func(mapping.Info, error) bool) {
		for _, i := range infos {
			if !yield(i, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "uebermittlung.xml", b.Bytes())
	mustBeValid(t, profilXSD, b.Bytes())

	// What we write, we can read: as a drop, and each message on its own.
	got := open(t, b.Bytes(), mapping.DropLimits{})
	if len(got.docs) != 2 || got.end != "EOF" || got.head.UebertragungsID != 3 {
		t.Fatalf("read back: %+v", got)
	}
	var one bytes.Buffer
	if err := mapping.WriteInfo(&one, head, infos[0]); err != nil {
		t.Fatal(err)
	}
	mustBeValid(t, profilXSD, one.Bytes())
	m, f := read(t, one.String())
	if f != nil || m.Kind != amtshilfe.KindUebermittlungsinfo || m.Kopf.UUID != infos[0].UUID || m.Kopf.Absender.Person.Anschriften[1].Postfach != "1" {
		t.Errorf("message %+v, findings %v", m, f)
	}
}

func TestInfoUUID(t *testing.T) {
	seen := map[string]bool{}
	for n := range 10 {
		for seq := range 100 {
			u := mapping.InfoUUID("D261121-7KQ2M9TX4B", n, seq)
			if seen[u] || len(u) != 36 || u[14] != '8' {
				t.Fatalf("uuid %q", u)
			}
			seen[u] = true
		}
	}
}

func TestWriteRueckweisung(t *testing.T) {
	r := mapping.Rueckweisung{
		Kopf:        amtshilfe.Nachrichtenkopf{UUID: "aaaaaaaa-0000-4000-8000-000000000009", Erstellt: at, Absender: operator(), Test: true},
		Produkt:     mapping.Produkt{Name: "P", Hersteller: "H", Version: "9"},
		Bezug:       &amtshilfe.Bezug{UUID: "aaaaaaaa-0000-4000-8000-000000000001"},
		TransportID: "urn:de:xta:messageid:1", Code: mapping.RueckSchema,
		Findings: []amtshilfe.Finding{{Code: "XSD-TYP", Severity: amtshilfe.SeverityFehler, Text: "Falsch.", Line: 3}},
	}
	var b, bare bytes.Buffer
	if err := mapping.WriteRueckweisung(&b, r); err != nil {
		t.Fatal(err)
	}
	r.Bezug, r.TransportID, r.Findings, r.Code = nil, "", nil, mapping.RueckUnbekannterBezug
	if err := mapping.WriteRueckweisung(&bare, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "rueckweisung.xml", b.Bytes())
	mustBeValid(t, profilXSD, b.Bytes(), bare.Bytes())
	m, f := read(t, b.String())
	if f != nil || m.Kind != amtshilfe.KindRueckweisung || len(m.Gruende) != 1 || m.Gruende[0].Code != "schema" {
		t.Errorf("message %+v, findings %v", m, f)
	}
}

func TestMarshalReason(t *testing.T) {
	b, err := mapping.MarshalReason(mapping.ErrorReason{Drop: "D261121-7KQ2M9TX4B", Account: "stadt-a", Name: "a\xff.zip", Size: 1, At: at.UTC(), Code: "ZIP-KAPUTT", Text: "Das Ende der ZIP-Datei fehlt."})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "grund.json", b)
}

// Whatever a name or a finding holds, the receipt is XML that our own gate accepts.
func FuzzReceipt(f *testing.F) {
	f.Add("a\x00\xff", "b\ufffe<", "]]>")
	f.Fuzz(func(t *testing.T, name, code, text string) {
		r := receipt()
		r.Name = name
		r.DropFindings = []amtshilfe.Finding{{Code: code, Text: text, Path: name}}
		var b bytes.Buffer
		if err := mapping.WriteReceipt(&b, r, lines()); err != nil {
			t.Fatal(err)
		}
		_, err := xmlgate.NewScanner(xmlgate.DefaultLimits()).Scan(b.Bytes(), func(xmlgate.Name) *xmlgate.Map { return nil }, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
	})
}

func BenchmarkWriteReceipt(b *testing.B) {
	var all []mapping.Line
	for l := range lines() {
		if l.Position != 2 { // its text of 5 000 letters is no usual one
			all = append(all, l)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		err := mapping.WriteReceipt(io.Discard, receipt(), func(yield func(mapping.Line, error) bool) {
			for i := range 10_000 {
				if !yield(all[i%len(all)], nil) {
					return
				}
			}
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/line")
}
