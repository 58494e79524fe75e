package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/mapping"
)

// TestDropWaitsWhole: a drop above the account's limit waits; a person releases one from a process of its own, the sender takes
// another back by a drop. Everything is told in XML, CSV and JSON.
func TestDropWaitsWhole(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *demo.World, site string, c *config.Config) {
		for i := range c.Participants {
			if p := &c.Participants[i]; p.Account == w.Sender.Account {
				p.Limits, p.Receipts = config.Limits{Messages: 2}, []string{"xml", "csv", "json"}
			}
		}
	})
	zip := func(seed int64) []byte {
		path := filepath.Join(t.TempDir(), "x.zip")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = sample.WriteZIP(f, sample.Options{N: 3, Seed: seed, Kennung: w.Sender.Kennung, Name: w.Sender.Name, Now: time.Now(), Places: []sample.Place{w.place(amtshilfe.KanalXTA)}})
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	w.put(t, w.Sender.In, "meant.zip", zip(8100))
	w.put(t, w.Sender.In, "not-meant.zip", zip(8200))
	w.settle(t, 2)
	meant, wrong := w.drop(t, w.Sender.Account, "meant.zip"), w.drop(t, w.Sender.Account, "not-meant.zip")
	for _, d := range []amtshilfe.DropID{meant.ID, wrong.ID} {
		for _, m := range messages(t, w.a.Ledger, d) {
			if m.State != amtshilfe.Valid {
				t.Fatalf("%s is %s while its drop waits", m.ID, m.State)
			}
		}
	}
	if r, _ := receipt(t, w.Sender.Out, meant, 1); r.Ergebnis != "rueckfrage" || !strings.Contains(strings.Join(r.codes(), " "), "LIEF-GRENZE") {
		t.Errorf("receipt 1: %+v", r)
	}
	people, err := app.NewDecider(w.a.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer people.Close()
	if err := people.Release(t.Context(), string(meant.ID), pipeline.Decision{Wer: "Frau Muster", Grund: "Anruf"}); err != nil {
		t.Fatal(err)
	}
	kopf := sample.Kopf(8300, 1, time.Now(), sample.Akteur(w.Sender.Kennung, w.Sender.Name, "-"))
	w.put(t, w.Sender.In, "entscheidung.xml", sample.Entscheidung(kopf, "Sachgebiet Vollstreckung", amtshilfe.Wahl{LieferungID: string(wrong.ID), Wahl: amtshilfe.WahlZurueckziehen}))
	w.settle(t, 3)
	decision := w.drop(t, w.Sender.Account, "entscheidung.xml")
	for id, want := range map[amtshilfe.DropID]amtshilfe.State{meant.ID: amtshilfe.Delivered, wrong.ID: amtshilfe.Withdrawn, decision.ID: amtshilfe.Applied} {
		for _, m := range messages(t, w.a.Ledger, id) {
			if m.State != want {
				t.Errorf("%s is %s %+v, want %s", m.ID, m.State, m.Findings, want)
			}
		}
	}
	var files []string
	for _, d := range w.drops(t) {
		if d.Account != w.Sender.Account {
			continue
		}
		last, err := w.a.Ledger.Drop(d.ID)
		if err != nil || !last.Closed {
			t.Errorf("%s: %+v, %v; want its last receipt told", d.Name, last, err)
		}
		for n := 1; n <= last.Receipts; n++ {
			for _, f := range mapping.ReceiptFormats {
				file := filepath.Join(w.Sender.Out, mapping.ReceiptName(d.Name, d.ID, n, f))
				if _, err := os.Stat(file); err != nil {
					t.Error(err)
				}
				if f == mapping.ReceiptXML {
					files = append(files, file)
				}
			}
		}
	}
	lint(t, files...)
}
