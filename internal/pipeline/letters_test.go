package pipeline_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

// What follows a letter follows as a letter, in order, and each says by itself what it is about.
func TestLettersOfACase(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Fatal("pdftotext is missing: apt-get install poppler-utils")
	}
	w := newWorld(t)
	w.reg.kanal = postal
	request := sample.New(sample.Options{N: 1, Seed: 1, Now: w.now}, 0)
	w.is(w.sent(1), amtshilfe.Resolved)
	texts := map[amtshilfe.Kind]string{amtshilfe.KindErsuchen: w.printed()}
	for _, tt := range []struct {
		kind amtshilfe.Kind
		spec sample.FollowSpec
		want []string
	}{
		{amtshilfe.KindForderungsaenderung, sample.FollowSpec{Buchungsnummern: sample.About(request, request.Kopf).Buchungsnummern, Betrag: 12_34},
			[]string{"Änderung der Forderungen", "Verbleibende Forderungen am 20.11.2026", (12_34 * amtshilfe.Cents(len(request.Forderungen))).String(), "Zugrunde liegende Buchungen"}},
		{amtshilfe.KindEinstellung, sample.FollowSpec{Art: "einstellung-vorlaeufig", Text: "Ratenzahlung vereinbart."}, []string{"Vorläufige Einstellung der Vollstreckung", "Ratenzahlung vereinbart."}},
		{amtshilfe.KindSachstandAnfrage, sample.FollowSpec{}, []string{"Anfrage zum Sachstand"}},
		{amtshilfe.KindErgaenzung, sample.FollowSpec{Schuldner: request.Schuldner[:1], Gefahr: "liegt-vor", GefahrText: "Hält einen Hund.", Text: "Die Anschrift ist neu."},
			[]string{"Ergänzung zum Vollstreckungshilfeersuchen", "Hält einen Hund.", "Die Anschrift ist neu."}},
	} {
		tt.spec.Kopf = sample.Kopf(500+int64(tt.kind), 1, w.now, request.Kopf.Absender)
		theirSign := sample.Akteur(theirs, "Amt", "VH-77/26")
		tt.spec.Kopf.Empfaenger = &theirSign
		tt.spec.Bezug = amtshilfe.Bezug{UUID: request.Kopf.UUID}
		id := w.drop(sample.Follow(tt.kind, tt.spec))
		w.is(id, amtshilfe.Resolved)
		got := w.printed()
		w.is(id, amtshilfe.Spooled)
		want := append(tt.want, "Unser Ersuchen vom "+request.Vom.Format("02.01.2006"), "Unser Aktenzeichen "+request.Kopf.Absender.Aktenzeichen, "Ihr Aktenzeichen VH-77/26",
			"Ersuchte Behörde Amt", request.Schuldner[0].Person.Familienname+request.Schuldner[0].Person.Firma, "Gläubiger(in)", "Forderungen von "+request.Betrag().String()+" EUR",
			request.Kopf.UUID, tt.spec.Kopf.UUID)
		for _, s := range want {
			if !strings.Contains(got, s) {
				t.Errorf("the %s does not say %q:\n%s", tt.kind, s, got)
			}
		}
		texts[tt.kind] = got
	}
	if len(texts) != 5 {
		t.Errorf("%d letters", len(texts))
	}
}

// printed runs the print run and reads the letters of the one bundle that came of it, which the centre then takes away.
func (w *world) printed() string {
	w.t.Helper()
	w.print()
	w.later(1)
	found, err := filepath.Glob(filepath.Join(w.dir, "print", "std", "inbox", "*", "*.pdf"))
	if err != nil || len(found) != 1 {
		w.t.Fatalf("%v, %v\n%s", found, err, w.log.String())
	}
	if keep := os.Getenv("DAMT_LETTERS"); keep != "" { // a folder: to look at them
		data, err := os.ReadFile(found[0])
		must(w.t, err)
		must(w.t, os.WriteFile(filepath.Join(keep, filepath.Base(found[0])), data, 0o600))
	}
	out, err := exec.Command("pdftotext", "-layout", found[0], "-").Output()
	must(w.t, err)
	must(w.t, os.RemoveAll(filepath.Dir(found[0])))
	return strings.Join(strings.Fields(string(out)), " ")
}
