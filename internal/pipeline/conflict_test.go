package pipeline_test

import (
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/mapping"
)

// conflicting is a world with two drops of the number 7: the first one was sent, the other one, of n requests from a number on, waits.
func conflicting(t *testing.T, from, n int) (w *world, first, second amtshilfe.DropID) {
	w = newWorld(t, func(c *pipeline.Config) {
		c.Accounts[0].Receipts = []mapping.ReceiptFormat{mapping.ReceiptXML, mapping.ReceiptJSON}
	})
	first = w.put(w.sameNumber(1, 2))
	w.work()
	w.allAre(first, amtshilfe.Sent)
	second = w.put(w.sameNumber(from, n))
	w.work()
	return w, first, second
}

// sameNumber is a drop with the number 7, the same bytes whenever it is asked for.
func (w *world) sameNumber(from, n int) []byte {
	now := w.now
	defer func() { w.now = now }()
	w.now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	return w.container(7, from, n)
}

func TestConflict(t *testing.T) {
	for _, tt := range []struct {
		name   string
		decide func(w *world, id amtshilfe.DropID)
		in     bool   // it is taken in
		code   string // what the next receipt says of it
		audit  string
	}{
		{"a person refuses it", func(w *world, id amtshilfe.DropID) { must(w.t, w.RejectDrop(id, clerk)) }, false, "LIEF-UEBERTRAGUNGSID", "reject"},
		{"a person lets it in", func(w *world, id amtshilfe.DropID) { must(w.t, w.ReleaseDrop(id, clerk)) }, true, "LIEF-UEBERTRAGUNGSID", "release"},
		{"its sender takes it back", func(w *world, id amtshilfe.DropID) {
			w.is(w.carried(sample.Widerruf(w.kopf(1), amtshilfe.Wahl{LieferungID: string(id)})), amtshilfe.Applied)
		}, false, "LIEF-WIDERRUFEN", "withdraw"},
		{"its sender lets it in", func(w *world, id amtshilfe.DropID) {
			w.is(w.decides(1, amtshilfe.Wahl{LieferungID: string(id), Wahl: free}), amtshilfe.Applied)
		}, true, "LIEF-UEBERTRAGUNGSID", "release"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, first, id := conflicting(t, 10, 2)
			if code := w.waits(id); code != "LIEF-UEBERTRAGUNGSID" || w.state(id) != amtshilfe.DropConflict {
				t.Fatalf("%s, %q", w.state(id), code)
			}
			q := w.quittung(id, 1)
			if q.Ergebnis != "rueckfrage" || q.Schluss || len(q.Befunde)+len(q.Nachrichten) != 0 || q.Rueckfrage == nil || q.Rueckfrage.Grund != "LIEF-UEBERTRAGUNGSID" ||
				q.Rueckfrage.Zustaendig != "mandant" || q.Rueckfrage.Bis != "2026-12-04" {
				t.Errorf("receipt 1: %+v", q)
			}
			tt.decide(w, id)
			w.restart()
			w.work()
			w.work()
			q = w.quittung(id, 2)
			if len(q.Befunde) != 1 || q.Befunde[0].Code != tt.code || q.Schluss == tt.in {
				t.Errorf("receipt 2: %+v", q)
			}
			if tt.in {
				w.allAre(id, amtshilfe.Sent)
				if q.Ergebnis != "angenommen" || len(q.Nachrichten) != 2 || q.Nachrichten[1].Status != "angenommen" {
					t.Errorf("receipt 2 must say what was taken in, before anything is sent: %+v", q)
				}
			} else if q.Ergebnis != "abgewiesen" || len(q.Nachrichten)+len(q.Summen) != 0 || w.state(id) != amtshilfe.DropEnded {
				t.Errorf("receipt 2: %+v, %s", q, w.state(id))
			}
			if got := w.audit(tt.audit); len(got) != 1 || !strings.HasSuffix(got[0], " "+string(id)) {
				t.Errorf("audit: %v", got)
			}
			if w.waits(id) != "" || w.xta.issued != 2+2*number(tt.in) {
				t.Errorf("%d messages sent", w.xta.issued)
			}
			w.allAre(first, amtshilfe.Sent)
			// Nothing is left to be decided, and the number still means the first.
			w.is(w.decides(2, amtshilfe.Wahl{LieferungID: string(id), Wahl: free}), amtshilfe.Rejected, "BEZUG-NICHT-OFFEN")
			w.is(w.carried(sample.Widerruf(w.kopf(3), amtshilfe.Wahl{UebertragungsID: 7})), amtshilfe.Applied, "LIEF-WIDERRUFEN")
			for seq := 1; seq <= 2; seq++ {
				w.is(amtshilfe.DeliveryID{Drop: first, Seq: seq}, amtshilfe.Sent, "BEZUG-NUR-EINSTELLUNG")
			}
			if work, err := w.ledger.Work(); err != nil || work.Drops != 0 {
				t.Errorf("%+v, %v", work, err)
			}
		})
	}
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// What a drop that is let in repeats is not sent again.
func TestConflictRepeatsMessages(t *testing.T) {
	w, _, id := conflicting(t, 1, 3)
	must(t, w.ReleaseDrop(id, clerk))
	w.work()
	w.work()
	for seq, want := range []amtshilfe.State{amtshilfe.Duplicate, amtshilfe.Duplicate, amtshilfe.Sent} {
		w.is(amtshilfe.DeliveryID{Drop: id, Seq: seq + 1}, want)
	}
	if w.xta.issued != 3 {
		t.Errorf("%d messages sent, want 3", w.xta.issued)
	}
}

// Who takes a drop back that somebody has just let in gets what he wants.
func TestConflictReleasedAndWithdrawn(t *testing.T) {
	w, _, id := conflicting(t, 10, 2)
	must(t, w.ReleaseDrop(id, clerk))
	widerruf := w.put(sample.Widerruf(w.kopf(1), amtshilfe.Wahl{LieferungID: string(id)}))
	for range 4 {
		w.work()
		w.later(w.pause())
	}
	w.is(amtshilfe.DeliveryID{Drop: widerruf, Seq: 1}, amtshilfe.Applied)
	for m, err := range w.ledger.AllInDrop(id) {
		must(t, err)
		if m.State != amtshilfe.Withdrawn && m.State != amtshilfe.Sent {
			t.Errorf("%s is %s", m.ID, m.State)
		}
	}
	if w.state(id) == amtshilfe.DropConflict || w.waits(id) != "" {
		t.Errorf("%s", w.state(id))
	}
}

// The same bytes once more are a duplicate while nobody has decided, and a question of their own after a refusal.
func TestConflictComesAgain(t *testing.T) {
	w, _, id := conflicting(t, 10, 2)
	again := func() ledger.Drop {
		d, err := w.ledger.Drop(w.put(w.sameNumber(10, 2)))
		must(t, err)
		w.work()
		return d
	}
	if d := again(); d.DuplicateOf != id {
		t.Errorf("%s of %q", d.State, d.DuplicateOf)
	}
	must(t, w.RejectDrop(id, clerk))
	w.work()
	if d := again(); d.State != amtshilfe.DropAccepted || w.state(d.ID) != amtshilfe.DropConflict {
		t.Errorf("%s of %q", d.State, d.DuplicateOf)
	}
}
