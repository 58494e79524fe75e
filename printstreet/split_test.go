package printstreet_test

import (
	"fmt"
	"strings"
	"testing"

	"damtshilfe/printstreet"
)

// However a bundle is spread over PDFs, every letter is in exactly one, at the pages that the index names, and the index is valid.
func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(p *printstreet.Profile)
		want   string // letters of each file, in order
	}{
		{"one PDF", func(*printstreet.Profile) {}, "S0001: 2 3 4 1"},
		{"by envelope", func(p *printstreet.Profile) { p.SplitEnvelopes = true }, "S0001: 2 4 1; S0002: 3"},
		{"by envelope, flat ones by sheets", func(p *printstreet.Profile) { p.SplitEnvelopes, p.Envelope.DLMaxSheets = true, 1 }, "S0001: 2; S0002: 3 4 1"},
		{"by size", func(p *printstreet.Profile) { p.SheetsPerFile = 3 }, "S0001: 2; S0002: 3; S0003: 4; S0004: 1"},
		{"a PDF for each letter", func(p *printstreet.Profile) { p.Container = printstreet.ContainerEinzeln }, "2: 2; 3: 3; 4: 4; 1: 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := production(mixedJob())
			tt.change(&j.Profile)
			j.Profile.Paper.First, j.Letters[0].Stationery = "Fach 1", &printstreet.Stationery{Kostenstelle: "4711"}
			b := render(t, j)
			dir := saveBundle(t, b)
			var files []string
			letters, pages := map[string]string{}, map[string][]string{}
			for i, e := range b.Entries {
				key := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(e.File, string(bundleID)), "_"), "."), ".pdf")
				if letters[key] == "" {
					files = append(files, key)
					pages[e.File] = text(t, fileOf(t, b, e.File))
				}
				letters[key] += fmt.Sprintf(" %d", e.Sendung.N)
				if got := pages[e.File][e.FirstPage-1]; !strings.Contains(got, "Sendung "+e.Sendung.String()+" Seite 1 von") || e.Position != i+1 {
					t.Errorf("page %d of %s is not the first of %s", e.FirstPage, e.File, e.Sendung)
				}
			}
			var got []string
			for _, f := range files {
				got = append(got, f+":"+letters[f])
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("files %q, want %q", s, tt.want)
			}
			run(t, "xmllint", "--noout", "--schema", "xsd/index.xsd", dir+"/B261121-0042AB_index.xml")
			run(t, "xmllint", "--noout", "--schema", "xsd/auftrag.xsd", dir+"/B261121-0042AB_auftrag.xml")
			index := string(fileOf(t, b, "_index.xml"))
			for _, want := range []string{`kostenstelle="4711"`, `gewichtsklasse="standard"`, `fachErstes="Fach 1"`, `frankierung="druckzentrum"`} {
				if !strings.Contains(index, want) {
					t.Errorf("the index does not say %s", want)
				}
			}
		})
	}
}

// A letter weighs its sheets, those of its attachments, and its envelope.
func TestWeight(t *testing.T) {
	b := render(t, job(letter(1, ersuchen()), letter(2, withAttachments(ersuchen(), "long.pdf")), letter(3, withClaims(ersuchen(), 500))))
	for _, e := range b.Entries {
		want := "15 standard"
		if e.Sendung.N > 1 {
			want = fmt.Sprintf("%d gross", (e.Sheets*4992+999)/1000+20)
		}
		if got := fmt.Sprint(e.Grams, " ", e.Class); got != want {
			t.Errorf("Sendung %d of %d sheets: %q, want %q", e.Sendung.N, e.Sheets, got, want)
		}
	}
}
