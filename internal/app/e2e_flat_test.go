package app_test

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
)

// flatDir has the example mappings, their sample files and the faulty ones.
const flatDir = "../../testdata/flach"

// flatSample is a sample file whose requests are of today: older ones would be asked about.
func flatSample(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(flatDir, name))
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now()
	switch filepath.Ext(name) {
	case ".csv":
		return bytes.ReplaceAll(data, []byte("20.11.2026"), []byte(today.Format("02.01.2006")))
	case ".ebc":
		for i, digit := range today.Format("20060102") { // record 1, place 45
			data[44+i] = 0xf0 + byte(digit-'0')
		}
		return data
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var files []any
	for _, f := range z.File {
		content, err := fs.ReadFile(z, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f.Name, bytes.ReplaceAll(content, []byte("20.11.26"), []byte(today.Format("02.01.06"))))
	}
	return zipped(files...)
}

// TestFlatDrops: each example is dropped, delivered or printed, and told of; a record that comes again is a duplicate in whatever file,
// a faulty one is refused alone at its line and column, a file whose totals do not agree is put away whole.
func TestFlatDrops(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *demo.World, site string, c *config.Config) {
		for i, a := range c.XTA.Server.Accounts { // the central creditor is a customer of the same data centre
			if slices.Contains(a.Kennungen, w.Sender.Kennung) {
				c.XTA.Server.Accounts[i].Kennungen = append(a.Kennungen, "zb:musterland")
			}
		}
		if site != "rz-a" {
			return
		}
		p := &c.Participants[0]
		p.Completeness, p.Kennungen = "rename", append(p.Kennungen, "zb:musterland")
		for _, m := range []string{"klein", "zentral", "avviso", "stadt"} {
			p.Mappings = append(p.Mappings, filepath.Join(flatDir, m+".yaml"))
		}
	})
	for _, name := range []string{"stadt.csv", "zentral.ebc", "avviso.zip"} {
		w.put(t, w.Sender.In, name, flatSample(t, name))
	}
	w.settle(t, 3)
	for name, n := range map[string]int{"stadt.csv": 5, "zentral.ebc": 3, "avviso.zip": 3} {
		d := w.drop(t, w.Sender.Account, name)
		list := messages(t, w.a.Ledger, d.ID)
		if d.Format != amtshilfe.FormatFlach || len(list) != n {
			t.Errorf("%s: %s with %d messages, want %d; %+v", name, d.Format, len(list), n, d.Findings)
		}
		for _, m := range list {
			if m.State != amtshilfe.Delivered && m.State != amtshilfe.Spooled || m.Betriebsart != amtshilfe.Test {
				t.Errorf("%s %d: %s %s %+v %+v", name, m.ID.Seq, m.State, m.Betriebsart, m.Hold, m.Findings)
			}
		}
		_, file := receipt(t, w.Sender.Out, d, 1)
		lint(t, file)
	}

	lines := bytes.SplitAfter(flatSample(t, "stadt.csv"), []byte("\r\n"))
	w.put(t, w.Sender.In, "noch-einmal.csv", slices.Concat(lines[0], lines[2], lines[1]))
	w.put(t, w.Sender.In, "fehler.csv", flatSample(t, "fehler/stadt-betrag-mit-punkt.csv"))
	w.put(t, w.Sender.In, "summe.csv", flatSample(t, "fehler/klein-summe-falsch.csv"))
	w.settle(t, 6)
	for _, m := range messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "noch-einmal.csv").ID) {
		if m.State != amtshilfe.Duplicate {
			t.Errorf("a record that came again is %s", m.State)
		}
	}
	w.checkFaulty(t)
	d := w.drop(t, w.Sender.Account, "summe.csv")
	if d.State != amtshilfe.DropQuarantined || d.Findings[0].Code != "LIEF-SUMME" || d.Findings[0].Line != 5 {
		t.Errorf("a wrong control total: %s %+v", d.State, d.Findings)
	}
	if out, code := gateway(t, "verify", "--config", w.A.Config); code != 0 {
		t.Errorf("verify: %d %s", code, out)
	}
}

// checkFaulty looks at the drop with one faulty record among known ones.
func (w *world) checkFaulty(t *testing.T) {
	t.Helper()
	d := w.drop(t, w.Sender.Account, "fehler.csv")
	list := messages(t, w.a.Ledger, d.ID)
	if len(list) != 5 {
		t.Fatalf("%d messages", len(list))
	}
	first := list[0]
	if first.State != amtshilfe.Rejected || first.Aktenzeichen == "" || len(first.Findings) != 1 {
		t.Fatalf("the faulty record is %s, Aktenzeichen %q: %+v", first.State, first.Aktenzeichen, first.Findings)
	}
	if f := first.Findings[0]; f.Code != "LIEF-FELD-BETRAG" || f.Line != 2 || f.Column != 198 || f.Path != "zeile/Hauptforderung" {
		t.Errorf("the finding stands at %d:%d %s", f.Line, f.Column, f.Path)
	}
	if slices.ContainsFunc(list[1:], func(m ledger.Delivery) bool { return m.State != amtshilfe.Duplicate }) {
		t.Error("the other records were known and are no duplicates")
	}
	_, file := receipt(t, w.Sender.Out, d, 1)
	lint(t, file)
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), "<v:zeile>2</v:zeile>") || !strings.Contains(string(data), "zeile/Hauptforderung") {
		t.Errorf("the receipt does not name line and column: %v\n%s", err, data)
	}
}
