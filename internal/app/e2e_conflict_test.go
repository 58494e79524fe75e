package app_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
)

// TestConflictEnds: of three drops with a number that was used before, a person lets one in and refuses one, from a process of its own,
// and the sender takes one back by a drop. Ledger and files agree at the end.
func TestConflictEnds(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	lieferung := func(seed int64) []byte {
		var b bytes.Buffer
		_, err := sample.WriteLieferung(&b, sample.Options{N: 2, Seed: seed, Kennung: w.Sender.Kennung, Name: w.Sender.Name, Now: time.Now(),
			UebertragungsID: 41, Places: []sample.Place{w.place(amtshilfe.KanalXTA)}})
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	names := []string{"first.xml", "meant.xml", "refused.xml", "taken-back.xml"}
	for i, name := range names {
		w.put(t, w.Sender.In, name, lieferung(9100+100*int64(i)))
		w.settle(t, 1+i)
	}
	drop := func(name string) ledger.Drop { return w.drop(t, w.Sender.Account, name) }
	for _, name := range names[1:] {
		d := drop(name)
		if r, _ := receipt(t, w.Sender.Out, d, 1); d.State != amtshilfe.DropConflict || r.Ergebnis != "rueckfrage" || len(r.codes()) != 1 || r.codes()[0] != "LIEF-UEBERTRAGUNGSID" {
			t.Errorf("%s: %s, %+v", name, d.State, r)
		}
	}
	people, err := app.NewDecider(w.a.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer people.Close()
	by := pipeline.Decision{Wer: "Frau Muster", Grund: "Anruf"}
	err = errors.Join(people.Release(t.Context(), string(drop("meant.xml").ID), by), people.Reject(string(drop("refused.xml").ID), by))
	if err != nil {
		t.Fatal(err)
	}
	kopf := sample.Kopf(9900, 1, time.Now(), sample.Akteur(w.Sender.Kennung, w.Sender.Name, "-"))
	w.put(t, w.Sender.In, "widerruf.xml", sample.Widerruf(kopf, amtshilfe.Wahl{LieferungID: string(drop("taken-back.xml").ID)}))
	w.settle(t, 5)
	var files []string
	for name, want := range map[string]string{"meant.xml": "angenommen", "refused.xml": "abgewiesen", "taken-back.xml": "abgewiesen"} {
		d := drop(name)
		r, file := receipt(t, w.Sender.Out, d, 2)
		if files = append(files, file); r.Ergebnis != want || d.State != amtshilfe.DropEnded || !d.Closed {
			t.Errorf("%s: %s, %s, closed %v, %v", name, r.Ergebnis, d.State, d.Closed, r.codes())
		}
	}
	lint(t, files...)
	for name, n := range map[string]int{"first.xml": 2, "meant.xml": 2, "refused.xml": 0, "taken-back.xml": 0} {
		list := messages(t, w.a.Ledger, drop(name).ID)
		for _, m := range list {
			if m.State != amtshilfe.Delivered {
				t.Errorf("%s is %s %+v", m.ID, m.State, m.Findings)
			}
		}
		if len(list) != n {
			t.Errorf("%s: %d messages", name, len(list))
		}
	}
	if report, err := app.Verify(t.Context(), w.a.Config); err != nil || len(report.Problems) > 0 {
		t.Errorf("verify: %v, %v", report.Problems, err)
	}
}
