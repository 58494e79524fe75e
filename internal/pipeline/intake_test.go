package pipeline_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/xta"
	"damtshilfe/spool"
)

func (w *world) state(id amtshilfe.DropID) amtshilfe.DropState {
	w.t.Helper()
	d, err := w.ledger.Drop(id)
	must(w.t, err)
	return d.State
}

// Whatever a claim was interrupted at, the file is taken once, and without a restart.
func TestStrandedClaim(t *testing.T) {
	for _, tt := range []struct {
		name string
		take bool // the file was moved already
		gone bool // the sender took it back
		want int  // drops in the end
	}{
		{"before the file was moved", false, false, 1},
		{"after it was moved", true, false, 1},
		{"and the sender took it back", false, true, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			path := filepath.Join(w.dir, "accounts", account, "in", "a.xml")
			must(t, os.WriteFile(path, w.ersuchen(1), 0o600))
			_, err := w.spool.Scan(account)
			must(t, err)
			w.later(2 * time.Second)
			found, err := w.spool.Scan(account)
			must(t, err)
			c := found[0]
			d := ledger.Drop{Source: spool.FromIn, Drop: amtshilfe.Drop{ID: amtshilfe.NewDropID(w.now), Account: account, Name: c.Name, Device: c.Device, Inode: c.Inode,
				Size: c.Size, ModTime: c.ModTime, Betriebsart: amtshilfe.Test, ReceivedAt: w.now}}
			must(t, w.ledger.Claiming([]ledger.Drop{d}))
			if tt.take {
				_, err := w.spool.Take(c, d.ID)
				must(t, err)
			}
			if tt.gone {
				must(t, os.Remove(path))
			}
			w.work()
			claims, err := w.ledger.Claims()
			list, listErr := w.ledger.Drops(10)
			if err := errors.Join(err, listErr); err != nil || len(claims) != 0 || len(list) != tt.want {
				t.Errorf("%d claims, %d drops, %v", len(claims), len(list), err)
			}
		})
	}
}

// A failure around a drop is not its fault; an opening that ends the process again and again is.
func TestOpeningFails(t *testing.T) {
	t.Run("a validator out of order is waited for", func(t *testing.T) {
		w := newWorld(t)
		w.schema.err = errors.New("out of order")
		id := w.put(w.ersuchen(1))
		for range 20 {
			w.work()
			w.later(time.Hour)
		}
		if s := w.state(id); s != amtshilfe.DropAccepted {
			t.Fatal(s)
		}
		w.schema.err = nil
		w.work()
		w.is(amtshilfe.DeliveryID{Drop: id, Seq: 1}, amtshilfe.Sent)
	})
	t.Run("for as long as a question may stay open", func(t *testing.T) {
		w := newWorld(t)
		w.schema.err = errors.New("out of order")
		id := w.put(w.ersuchen(1))
		w.work()
		w.later(337 * time.Hour)
		w.work()
		if s := w.state(id); s != amtshilfe.DropQuarantined {
			t.Error(s)
		}
	})
	t.Run("five openings that ended the process are enough", func(t *testing.T) {
		w := newWorld(t)
		w.schema.err = errors.New("out of order")
		id := w.put(w.ersuchen(1))
		for range 5 {
			_, err := w.ledger.Begin(id)
			must(t, err)
		}
		w.restart()
		w.work()
		if s := w.state(id); s != amtshilfe.DropQuarantined {
			t.Error(s)
		}
		if list := receipts(w.out(), id); len(list) != 1 || strings.Contains(w.read(list[0]), "angenommen") {
			t.Error(list)
		}
	})
}

// A payload that is lost is replaced by the next file with its bytes (design 2.2).
func TestLostPayload(t *testing.T) {
	w := newWorld(t)
	doc := w.ersuchen(1)
	first := w.put(doc)
	must(t, os.Remove(filepath.Join(w.dir, "store", first.Dir(), string(first)+".orig")))
	w.work()
	if s := w.state(first); s != amtshilfe.DropAccepted {
		t.Fatal(s)
	}
	again := w.put(doc)
	w.later(time.Hour)
	w.work()
	if s := w.state(again); s != amtshilfe.DropDuplicate {
		t.Error(s)
	}
	w.is(amtshilfe.DeliveryID{Drop: first, Seq: 1}, amtshilfe.Sent)
}

// A 014 ends the message that it sends back, and no other.
func TestRueckweisung(t *testing.T) {
	for _, tt := range []struct {
		name   string
		author string
		about  int // case that the 014 names
		want   amtshilfe.State
	}{
		{"from the authority that has it", theirs, 1, amtshilfe.Refused},
		{"from another one", "vb:2", 1, amtshilfe.Delivered},
		{"that names another case", theirs, 2, amtshilfe.Delivered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.xta.report = func(id string) (xta.Report, error) { return proof(id, xta.StatusGreen), nil }
			id, _ := w.sent(1), w.sent(2)
			w.later(time.Hour)
			w.work()
			w.is(id, amtshilfe.Delivered)
			doc := strings.ReplaceAll(string(w.reply(amtshilfe.KindEingangsbestaetigung, tt.author, tt.about)), "Eingangsbestaetigung.004", "Rueckweisung.014")
			w.arrives("m", tt.author, []byte(doc), func(m *xta.MetaData) { m.InReplyTo = []string{w.get(id).MessageID} })
			must(t, w.fetch())
			w.is(id, tt.want, map[amtshilfe.State]string{amtshilfe.Refused: "XTA-RUECKWEISUNG"}[tt.want])
			_, _, err := w.Tell(t.Context())
			must(t, err)
			list := receipts(w.out(), id.Drop)
			if told := strings.Contains(w.read(list[len(list)-1]), "zurueckgewiesen-technisch"); told != (tt.want == amtshilfe.Refused) {
				t.Errorf("the last receipt tells of it: %v", told)
			}
		})
	}
}

// A person decides once, and what he says about the way counts.
func TestRelease(t *testing.T) {
	w := newWorld(t)
	w.reg.kanal = amtshilfe.Kanal{Art: amtshilfe.KanalKeiner}
	id := w.sent(1)
	w.is(id, amtshilfe.Held, "ZUST-KEIN-KANAL")
	if err := w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-", Kanal: amtshilfe.KanalPost}); err == nil {
		t.Error("released to a channel that the directory does not know")
	}
	w.is(id, amtshilfe.Held)
	w.reg.kanal = postal
	must(t, w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-", Kanal: amtshilfe.KanalPost}))
	w.is(id, amtshilfe.Resolved)
	if d := w.get(id); d.Lane != ledger.LanePrint {
		t.Errorf("%s", d.Lane)
	}
	if err := w.Reject(id, pipeline.Decision{Wer: "meier", Grund: "-"}); !errors.Is(err, pipeline.ErrNotHeld) {
		t.Error(err)
	}
}
