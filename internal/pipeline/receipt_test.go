package pipeline_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/internal/xta"
	"damtshilfe/mapping"
)

func receipts(names []string, id amtshilfe.DropID) (list []string) {
	for _, n := range names {
		if strings.Contains(n, string(id)) && strings.HasSuffix(n, ".quittung.xml") {
			list = append(list, n)
		}
	}
	return list
}

// A receipt that could not be published is written again with the same bytes, whatever happened meanwhile.
func TestReceiptAgain(t *testing.T) {
	container := func(w *world, n int64) []byte {
		var b bytes.Buffer
		_, err := sample.WriteLieferung(&b, sample.Options{N: 2, Seed: n, Now: w.now, UebertragungsID: n})
		must(w.t, err)
		return b.Bytes()
	}
	for _, tt := range []struct {
		name      string
		first     bool // receipt 1, else 2
		meanwhile func(w *world, id amtshilfe.DropID)
	}{
		{"receipt 1, while another drop uses the next number", true, func(w *world, _ amtshilfe.DropID) { w.put(container(w, 2)); w.work() }},
		{"receipt 1, while a person decides", true, func(w *world, id amtshilfe.DropID) {
			d := w.get(amtshilfe.DeliveryID{Drop: id, Seq: 1})
			d.State = amtshilfe.Withdrawn
			if err := w.ledger.Save(sqlitedb.Outcome, &d); !errors.Is(err, ledger.ErrUntold) {
				w.t.Errorf("changed before receipt 1: %v", err)
			}
		}},
		{"receipt 2, while messages move on", false, func(w *world, _ amtshilfe.DropID) { w.xta.report = taken; w.later(time.Hour); w.work() }},
		{"receipt 2, while the account wants other forms", false, func(w *world, _ amtshilfe.DropID) { w.cfg.Accounts[0].Receipts = nil; w.restart() }},
		{"receipt 2, after a restart", false, func(w *world, _ amtshilfe.DropID) { w.restart() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(c *pipeline.Config) {
				c.Accounts[0].Infos, c.Accounts[0].Receipts = pipeline.InfosContainer, mapping.ReceiptFormats
			})
			id, n := w.put(container(w, 1)), 1
			if !tt.first {
				n = 2
			}
			// A folder that has the name of the second form keeps it from being published; the first is out by then.
			inTheWay := filepath.Join(w.dir, "accounts", account, "out", mapping.ReceiptName("drop-1.xml", id, n, "csv"))
			must(t, os.MkdirAll(filepath.Join(inTheWay, "x"), 0o700))
			w.work()
			if _, _, err := w.Tell(t.Context()); !tt.first && err == nil {
				t.Fatal("the receipt was published over a folder")
			}
			must(t, os.RemoveAll(inTheWay))
			if list := receipts(w.out(), id); len(list) != n {
				t.Errorf("published before the failure: %v", list)
			}
			booked, err := w.ledger.Receipts(id)
			must(t, err)
			last := booked[len(booked)-1]
			if last.N != n || last.Published || len(last.Files) != 3 || last.Files[2].SHA256 == "" {
				t.Fatalf("%+v", last)
			}
			tt.meanwhile(w, id)
			w.later(time.Hour)
			w.work()
			_, _, err = w.Tell(t.Context())
			must(t, err)
			for _, f := range last.Files {
				if sum := sha256.Sum256([]byte(w.read(f.Name))); fmt.Sprintf("%x", sum) != f.SHA256 {
					t.Errorf("receipt %d as %s has other bytes than were booked", last.N, f.Format)
				}
			}
		})
	}
}

// Receipts follow what happens, one after the other, and end.
func TestReceipts(t *testing.T) {
	w := newWorld(t)
	id := w.sent(1)
	w.xta.report = func(id string) (xta.Report, error) { return proof(id, xta.StatusGreen), nil }
	if list := receipts(w.out(), id.Drop); len(list) != 1 || !strings.Contains(w.read(list[0]), "angenommen") {
		t.Fatalf("%v", list)
	}
	tell := func(want int, word string) {
		t.Helper()
		_, failed, err := w.Tell(t.Context())
		list := receipts(w.out(), id.Drop)
		if err != nil || failed > 0 || len(list) != want || !strings.Contains(w.read(list[len(list)-1]), word) {
			t.Errorf("%v, %v", list, err)
		}
	}
	tell(2, "uebergeben")
	tell(2, "uebergeben") // nothing new
	w.later(time.Hour)
	w.work()
	tell(3, "abgeholt")
	tell(3, "abgeholt")
	if d, err := w.ledger.Drop(id.Drop); err != nil || d.State != amtshilfe.DropEnded || !d.Closed {
		t.Errorf("%+v, %v", d, err)
	}
}

// An account may want its 013 one by one.
func TestInfosAsFiles(t *testing.T) {
	w := newWorld(t, func(c *pipeline.Config) { c.Accounts[0].Infos = pipeline.InfosFiles })
	id := w.sent(1)
	_, _, err := w.Tell(t.Context())
	must(t, err)
	name := mapping.InfoName("drop-1.xml", id.Drop, 2, 1)
	if text := w.read(name); !strings.Contains(text, "Uebermittlungsinformation.013") || !strings.Contains(text, sample.UUID(1, 0)) {
		t.Errorf("%s", text)
	}
	for _, n := range w.out() {
		if strings.HasSuffix(n, ".uebermittlung.xml") && n != name {
			t.Errorf("also %s", n)
		}
	}
}
