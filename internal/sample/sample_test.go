package sample_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

var now = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func TestSameSeedSameBytes(t *testing.T) {
	all := func(seed int64, n int) (docs []string) {
		for m := range sample.Generate(sample.Options{N: n, Seed: seed, Bad: n / 5}) {
			docs = append(docs, string(m.XML))
		}
		return docs
	}
	if diff := cmp.Diff(all(7, 50), all(7, 50)); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	if slices.Equal(all(7, 50), all(8, 50)) {
		t.Error("another seed gives the same messages")
	}
}

func TestSizeIsThatOfRealMessages(t *testing.T) {
	size, n := 0, 0
	for m := range sample.Generate(sample.Options{N: 1000, Seed: 1}) {
		size += len(m.XML)
		n++
	}
	if avg := size / n; n != 1000 || avg < 6_000 || avg > 8_000 {
		t.Errorf("%d messages of %d bytes on average, want 1000 of 6 to 8 KB", n, avg)
	}
}

// TestMessagesAreValidAndGood reads every message as the gateway does.
func TestMessagesAreValidAndGood(t *testing.T) {
	read := reader(t)
	dir := t.TempDir()
	seen := map[string]bool{}
	for m := range sample.Generate(sample.Options{N: 1000, Seed: 3, Now: now}) {
		if seen[m.UUID] {
			t.Fatalf("UUID %s twice", m.UUID)
		}
		seen[m.UUID] = true
		save(t, dir, m.UUID, m.XML)
		if findings := judge(read(t, m.XML)); len(findings) > 0 {
			t.Errorf("message %s: %+v", m.UUID, findings)
		}
	}
	xmllint(t, dir)
}

// TestBadMessagesGetTheirFinding: refused for the one reason that was promised, and by the schema only where that was.
func TestBadMessagesGetTheirFinding(t *testing.T) {
	read := reader(t)
	dir := t.TempDir()
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Fatal("xmllint is missing: apt-get install libxml2-utils")
	}
	codes := map[string]int{}
	for m := range sample.Generate(sample.Options{N: 400, Seed: 5, Bad: 63, Now: now}) {
		if m.Bad == "" {
			continue
		}
		if codes[m.Bad]++; strings.HasPrefix(m.Bad, "XSD-") {
			if out, err := lint(t, m.XML); err == nil {
				t.Errorf("%s: the schema accepts the message\n%s", m.Bad, out)
			}
			continue
		}
		save(t, dir, m.UUID, m.XML)
		findings := judge(read(t, m.XML))
		// A firm in German quotes has the fault twice: every violation is told.
		other := slices.ContainsFunc(findings, func(f amtshilfe.Finding) bool { return f.Code != m.Bad })
		if len(findings) == 0 || other || !amtshilfe.Failed(findings) {
			t.Errorf("want findings %s only, got %+v", m.Bad, findings)
			continue
		}
		if _, ok := xmlgate.Find(m.XML, findings[0].Path); !ok {
			t.Errorf("%s: nothing at %s", m.Bad, findings[0].Path)
		}
	}
	if len(codes) < 19 {
		t.Errorf("only %d codes: %v", len(codes), codes)
	}
	xmllint(t, dir)
}

// TestTheSpecComesBack: what is written is what the field map of the pack reads.
func TestTheSpecComesBack(t *testing.T) {
	read := reader(t)
	for i := range 200 {
		s := sample.New(sample.Options{Seed: 11, Now: now}, i)
		m := read(t, s.XML())
		if diff := cmp.Diff(s.Kopf, m.Kopf); diff != "" {
			t.Errorf("header of message %d (-written +read):\n%s", i, diff)
		}
		if diff := cmp.Diff(&s.Ersuchen, m.Ersuchen, sameMoment); diff != "" {
			t.Fatalf("body of message %d (-written +read):\n%s", i, diff)
		}
	}
}

func TestFixAltersAMessage(t *testing.T) {
	read := reader(t)
	o := sample.Options{N: 3, Seed: 1, Now: now, Kennung: "kka:09162000", Name: "Stadtkasse M", Fix: func(i int, s *sample.Spec) {
		if i == 1 {
			s.Einnahmeart.Code = "999"
			s.Schuldner[0].Person.Anschriften = []amtshilfe.Postanschrift{{Strasse: "Testgasse", Hausnummer: "12", Postleitzahl: "80331", Ort: "München"}}
		}
	}}
	i := 0
	for doc := range sample.Generate(o) {
		m := read(t, doc.XML)
		if got := m.Ersuchen.Einnahmeart.Code == "999"; got != (i == 1) {
			t.Errorf("message %d: altered is %v", i, got)
		}
		if m.Kopf.Absender.Kennung != "kka:09162000" || m.Kopf.Absender.Person.Firma != "Stadtkasse M" {
			t.Errorf("message %d comes from %+v", i, m.Kopf.Absender)
		}
		i++
	}
}

func TestFollowUpsAreValid(t *testing.T) {
	read := reader(t)
	dir := t.TempDir()
	kopf := sample.Kopf(1, 99, now, sample.Akteur("kka:01001000", "Stadtkasse Beispielstadt", "26-GST-1"))
	bezug := amtshilfe.Bezug{UUID: sample.UUID(1, 0)}
	for _, kind := range []amtshilfe.Kind{4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} {
		for name, spec := range map[string]sample.FollowSpec{
			"short": {Kopf: kopf, Bezug: bezug},
			"full": {Kopf: kopf, Bezug: amtshilfe.Bezug{UUID: sample.UUID(1, 5), Ersuchen: bezug.UUID}, Bis: now, Text: "Bitte beachten.",
				Buchungsnummern: []string{"20260001", "20260002"}, Massnahmen: []string{"sachpfaendung"}, Betrag: 12_34,
				Schuldner: sample.New(sample.Options{Seed: 1}, 0).Schuldner, Gefahr: "liegt-vor", Anhaenge: []amtshilfe.Anhang{sample.PDF("a.pdf", "x")}},
		} {
			doc := sample.Follow(kind, spec)
			save(t, dir, kind.String()+name, doc)
			m := read(t, doc)
			if m.Kind != kind || m.Bezug.Case() != bezug.UUID {
				t.Errorf("%s %s reads as %s of case %s", name, kind, m.Kind, m.Bezug.Case())
			}
			if findings := judge(m); len(findings) > 0 {
				t.Errorf("%s %s: %+v", name, kind, findings)
			}
		}
	}
	xmllint(t, dir)
	if doc := sample.Follow(amtshilfe.KindErsuchen, sample.FollowSpec{}); doc != nil {
		t.Error("a 003 is no follow-up")
	}
}

// What is written is read back: the facts that the gateway and its letters look at are all there.
func TestFollowUpsSayWhatTheyWereGiven(t *testing.T) {
	read := reader(t)
	dir := t.TempDir()
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	full := func(art amtshilfe.Buchungsart, n string) amtshilfe.Buchung {
		return amtshilfe.Buchung{Art: art, Ursprung: "2026-1", Buchungsnummer: "2026-1-" + n, Betrag: 12_34, Am: day, Text: "gebucht"}
	}
	wirksam := func(b amtshilfe.Buchung, ende time.Time, aufhebung bool) amtshilfe.Buchung {
		b.WirksamAm, b.Ende, b.Aufhebung = day.AddDate(0, 0, 1), ende, aufhebung
		return b
	}
	until := day.AddDate(1, 0, 0)
	bookings := []amtshilfe.Buchung{
		full(amtshilfe.BuchungSollAenderung, "1"), wirksam(full(amtshilfe.BuchungIst, "2"), time.Time{}, false), wirksam(full(amtshilfe.BuchungStundung, "3"), time.Time{}, true),
		wirksam(full(amtshilfe.BuchungErlass, "4"), time.Time{}, false), wirksam(full(amtshilfe.BuchungNiederschlagung, "5"), until, false),
		wirksam(full(amtshilfe.BuchungAussetzungVollziehung, "6"), until, true),
	}
	gruende := []amtshilfe.Grund{{Code: "verzogen", Text: "Verzogen.", NeueAnschrift: &amtshilfe.Postanschrift{Strasse: "Neuweg", Hausnummer: "2", Postleitzahl: "24937", Ort: "Flensburg"}},
		{Code: "sonstiges", Text: "Siehe Anlage.", Sterbedatum: day, Insolvenz: &amtshilfe.Insolvenz{Gericht: "Amtsgericht Musterstadt", Aktenzeichen: "1 IN 2/26", EroeffnetAm: day}, VermoegensauskunftVom: day}}
	spec := sample.FollowSpec{Kopf: sample.Kopf(1, 98, day, sample.Akteur("kka:01001000", "Stadtkasse", "AZ")), Bezug: amtshilfe.Bezug{UUID: sample.UUID(1, 0)},
		Buchungsnummern: []string{"2026-1", "2026-2"}, Buchungen: bookings, Betrag: 99_01, Gruende: gruende, Massnahmen: []string{"kontenabruf"}, Stand: "fruchtlos",
		Schuldner: sample.New(sample.Options{Seed: 1}, 0).Schuldner, Gefahr: "liegt-vor", GefahrText: "Hund.", TransportID: "urn:x:1", Text: "Text."}
	for _, tt := range []struct {
		kind amtshilfe.Kind
		got  func(m *amtshilfe.Message) any
		want any
	}{
		{7, func(m *amtshilfe.Message) any { return m.Aenderung }, amtshilfe.Aenderung{Buchungen: bookings, Stichtag: day, Rest: []amtshilfe.Restforderung{{Buchungsnummer: "2026-1", Betrag: 99_01}, {Buchungsnummer: "2026-2", Betrag: 99_01}}}},
		{11, func(m *amtshilfe.Message) any { return m.Zahlungen }, []amtshilfe.Buchung{bookings[1]}},
		{5, func(m *amtshilfe.Message) any { return m.Gruende }, gruende},
		{12, func(m *amtshilfe.Message) any { return m.Gruende }, gruende},
		{12, func(m *amtshilfe.Message) any { return m.Abschluss }, amtshilfe.Abschluss{Ergebnis: "fruchtlos", Uneinbringlich: 26_00, Beigetrieben: []amtshilfe.Beigetrieben{{Buchungsnummer: "2026-1", Betrag: 99_01}, {Buchungsnummer: "2026-2", Betrag: 99_01}}}},
		{10, func(m *amtshilfe.Message) any { return m.Sachstand }, amtshilfe.Sachstand{Stand: "fruchtlos", Massnahmen: []string{"kontenabruf"}}},
		{14, func(m *amtshilfe.Message) any { return m.TransportID }, "urn:x:1"},
		{15, func(m *amtshilfe.Message) any { return m.Ergaenzung }, amtshilfe.Ergaenzung{Schuldner: spec.Schuldner, Gefahr: "liegt-vor", GefahrText: "Hund."}},
	} {
		s := spec
		if tt.kind == 11 {
			s.Buchungen = bookings[1:2]
		}
		doc := sample.Follow(tt.kind, s)
		save(t, dir, tt.kind.String(), doc)
		m := read(t, doc)
		if diff := cmp.Diff(tt.want, tt.got(m)); diff != "" {
			t.Errorf("%s (-written +read):\n%s", tt.kind, diff)
		}
		if m.Ersuchen != nil {
			t.Errorf("%s reads as a request", tt.kind)
		}
	}
	xmllint(t, dir)
}

func BenchmarkGenerate(b *testing.B) {
	for m := range sample.Generate(sample.Options{N: b.N, Seed: 1}) {
		b.SetBytes(int64(len(m.XML)))
	}
}

// sameMoment compares empty and nil slices as equal: a document cannot tell them apart.
var sameMoment = cmp.FilterValues(func(a, b []string) bool { return len(a) == 0 && len(b) == 0 }, cmp.Ignore())

func judge(m *amtshilfe.Message) []amtshilfe.Finding {
	return rules.Check(m, rules.Context{Kennungen: []string{"*"}, Betriebsart: amtshilfe.Test, Now: now})
}

func reader(t *testing.T) func(*testing.T, []byte) *amtshilfe.Message {
	t.Helper()
	packs, err := mapping.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	r := packs.NewReader(xmlgate.DefaultLimits())
	return func(t *testing.T, doc []byte) *amtshilfe.Message {
		t.Helper()
		m := &amtshilfe.Message{}
		if findings := r.Read(doc, m); len(findings) > 0 {
			t.Fatalf("read: %+v", findings)
		}
		return m
	}
}

func save(t *testing.T, dir, name string, doc []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name+".xml"), doc, 0o600); err != nil {
		t.Fatal(err)
	}
}

// lint asks xmllint about one document.
func lint(t *testing.T, doc []byte) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "xmllint", "--noout", "--nonet", "--schema", schema, "-")
	cmd.Stdin = bytes.NewReader(doc)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var schema = filepath.Join("..", "..", "mapping", "packs", "damtshilfe-profil-1.0", "vollstreckungshilfe.xsd")

// xmllint validates all documents of dir against the schema of the pack.
func xmllint(t *testing.T, dir string) {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Fatal("xmllint is missing: apt-get install libxml2-utils")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents in %s (%v)", dir, err)
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "xmllint", append([]string{"--noout", "--nonet", "--schema", schema}, files...)...)
	cmd.Stderr = &out
	if err := cmd.Run(); err != nil {
		var bad []string
		for line := range strings.Lines(out.String()) {
			if !strings.HasSuffix(strings.TrimSpace(line), " validates") {
				bad = append(bad, line)
			}
		}
		t.Errorf("xmllint: %v\n%s", err, strings.Join(bad[:min(20, len(bad))], ""))
	}
}
