package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/sample"
)

// order is a message of the foreign pack in testdata/packs: its debtor lives in p.
func (w *world) order(t *testing.T, n int, p sample.Place) []byte {
	t.Helper()
	doc, err := os.ReadFile("../../testdata/packs/vollstreckungsauftrag-2.0/samples/auftrag.xml")
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now().Format(time.DateOnly)
	return []byte(strings.NewReplacer("3f2c1d0e-5b6a-4c7d-8e9f-0a1b2c3d4e5f", sample.UUID(9000, n), "kka:01001000", w.Sender.Kennung,
		"24103", p.PLZ, "Kiel", p.Ort, "2026-11-20T09:15:00+01:00", today+"T00:01:00Z", "2026-11-20", today,
		"VA-4711", fmt.Sprint("VA-471", n), "2026-000815", fmt.Sprint("2026-00081", n)).Replace(string(doc)))
}

// TestForeignPack: a standard that nobody wrote a line of Go for comes as a folder, and its requests go the whole way: electronic
// and on paper, with an answer in our own profile.
func TestForeignPack(t *testing.T) {
	t.Parallel()
	w := start(t, func(_ *demo.World, _ string, c *config.Config) { c.Packs.Dir = "../../testdata/packs" })
	byXTA, byPost := w.order(t, 1, w.place(amtshilfe.KanalXTA)), w.order(t, 2, w.place(amtshilfe.KanalPost))
	w.put(t, w.Sender.In, "elektronisch.xml", byXTA)
	w.put(t, w.Sender.In, "papier.xml", byPost)
	w.put(t, w.Sender.In, "kaputt.xml", bytes.Replace(w.order(t, 3, w.place(amtshilfe.KanalXTA)), []byte("<jahr>2026</jahr>"), []byte("<jahr>heuer</jahr>"), 1))
	w.settle(t, 3)

	sent := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "elektronisch.xml").ID)[0]
	if sent.State != amtshilfe.Delivered || sent.Kind != amtshilfe.KindErsuchen || sent.Betrag != 148_20 || sent.Aktenzeichen != "VA-4711" {
		t.Errorf("electronic: %s, kind %s, %s: %v %v", sent.State, sent.Kind, sent.Betrag, sent.Hold, sent.Findings)
	}
	office := w.Offices[sent.Behoerde.Kennung]
	arrived, err := filepath.Glob(filepath.Join(office.Out, "003_*.xml"))
	if err != nil || len(arrived) != 1 {
		t.Fatalf("%d requests in out/ of the authority: %v", len(arrived), err)
	}
	if got, err := os.ReadFile(arrived[0]); err != nil || !bytes.Equal(got, byXTA) {
		t.Errorf("what arrived differs from what was dropped: %v\n%s", err, got)
	}

	d := w.drop(t, w.Sender.Account, "papier.xml")
	printed := messages(t, w.a.Ledger, d.ID)[0]
	if printed.State != amtshilfe.Spooled {
		t.Fatalf("on paper: %s %v %v", printed.State, printed.Hold, printed.Findings)
	}
	letters, err := filepath.Glob(filepath.Join(w.Dir, "rz-a/var/print/*/inbox/*/*.pdf"))
	if err != nil || len(letters) != 1 {
		t.Fatalf("%d bundles: %v", len(letters), err)
	}
	text := output(t, "", "poppler-utils", "pdftotext", "-layout", letters[0], "-")
	for _, want := range []string{"Beispielfrau", "Grundsteuer, 2. Quartal", "148,20", "VA-4712", printed.Behoerde.Name} {
		if !strings.Contains(text, want) {
			t.Errorf("the letter does not say %q:\n%s", want, text)
		}
	}

	broken, _ := receipt(t, w.Sender.Out, w.drop(t, w.Sender.Account, "kaputt.xml"), 1)
	if codes := broken.codes(); len(codes) != 1 || codes[0] != "XSD-TYP" {
		t.Errorf("the broken one: %v", codes)
	}

	// A message of our profile may follow, and names the claims as the foreign request does.
	for n, claim := range []string{"2026-000811", "2026-000899"} {
		kopf := sample.Kopf(9002, n, time.Now(), sample.Akteur(w.Sender.Kennung, "Stadtkasse", "VA-4711"))
		w.put(t, w.Sender.In, claim+".xml", sample.Follow(amtshilfe.KindForderungsaenderung, sample.FollowSpec{Kopf: kopf,
			Bezug: amtshilfe.Bezug{UUID: sent.UUID}, Buchungsnummern: []string{claim}}))
	}
	w.settle(t, 5)
	if fits := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "2026-000811.xml").ID)[0]; fits.State != amtshilfe.Delivered {
		t.Errorf("007 for a claim of the request: %s %v", fits.State, fits.Findings)
	}
	if stray := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "2026-000899.xml").ID)[0]; stray.State != amtshilfe.Rejected || stray.Findings[0].Code != "BEZUG-FORDERUNG" {
		t.Errorf("007 for another claim: %s %v", stray.State, stray.Findings)
	}

	answer := sample.Follow(amtshilfe.KindEingangsbestaetigung, sample.FollowSpec{Kopf: sample.Kopf(9001, 1, time.Now(), sample.Akteur(office.Kennung, office.Name, "V-1")),
		Bezug: amtshilfe.Bezug{UUID: sent.UUID, Ersuchen: sent.UUID}, Aktenzeichen: "V-1"})
	w.put(t, office.In, "antwort.xml", answer)
	deadline := time.Now().Add(time.Minute)
	for answers := []string(nil); len(answers) == 0; answers, _ = filepath.Glob(filepath.Join(w.Sender.Out, "004_*.xml")) {
		if time.Now().After(deadline) {
			t.Fatal("no answer after a minute")
		}
		w.push(t, w.a)
		w.push(t, w.b)
		time.Sleep(40 * time.Millisecond)
	}
	w.settle(t, 5)
	for _, cfg := range []config.Config{w.a.Config, w.b.Config} {
		if r, err := app.Verify(t.Context(), cfg); err != nil || len(r.Problems) > 0 {
			t.Errorf("verify: %v %v", r.Problems, err)
		}
	}
}
