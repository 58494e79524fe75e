package pipeline_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/mapping"
)

// asking is a world whose account is asked about its drops.
func asking(t *testing.T, v pipeline.Volume) *world {
	return newWorld(t, func(c *pipeline.Config) {
		c.Accounts[0].Volume, c.Accounts[0].Receipts = v, []mapping.ReceiptFormat{mapping.ReceiptXML, mapping.ReceiptJSON}
	})
}

// requests drops n requests in one file, numbered from first on, and lets them go as far as they go now.
func (w *world) requests(first, n int) amtshilfe.DropID {
	w.t.Helper()
	var docs [][]byte
	for i := range n {
		docs = append(docs, w.ersuchen(first+i))
	}
	id := w.put(zipped(w.t, docs...))
	w.work()
	return id
}

// waits says whether the drop waits whole, and for which reason; nothing of it may have moved then.
func (w *world) waits(id amtshilfe.DropID) string {
	w.t.Helper()
	d, err := w.ledger.Drop(id)
	must(w.t, err)
	if d.Question == nil {
		return ""
	}
	if d.Question.Owner != amtshilfe.OwnerMandant || !d.Question.Until.After(w.now) {
		w.t.Errorf("%+v", d.Question)
	}
	for m, err := range w.ledger.AllInDrop(id) {
		must(w.t, err)
		if m.State != amtshilfe.Valid {
			w.t.Errorf("%s is %s while its drop waits", m.ID, m.State)
		}
	}
	return d.Question.Code
}

// allAre says that all messages of a drop are in the state.
func (w *world) allAre(id amtshilfe.DropID, state amtshilfe.State) {
	w.t.Helper()
	for m, err := range w.ledger.AllInDrop(id) {
		must(w.t, err)
		w.is(m.ID, state)
	}
}

var clerk = pipeline.Decision{Wer: "clerk", Grund: "checked"}

func TestVolume(t *testing.T) {
	everything := pipeline.Volume{Messages: 20, Betrag: 100_000_000_00, First: true, Unusual: true}
	for _, tt := range []struct {
		name   string
		volume pipeline.Volume
		before []int // sizes of earlier drops, each confirmed where it waited
		n      int
		want   string
	}{
		{"without limits and switches nothing waits", pipeline.Volume{}, nil, 30, ""},
		{"the first drop of an account waits", everything, nil, 1, "LIEF-ERSTE"},
		{"the second does not", everything, []int{1}, 1, ""},
		{"five times the usual does not", everything, []int{2, 2, 2}, 10, ""},
		{"more than five times the usual does", everything, []int{2, 2, 2}, 11, "LIEF-MENGE"},
		{"the usual is the median, not the mean", everything, []int{1, 1, 1, 1, 20}, 6, "LIEF-MENGE"},
		{"more than the limit waits, however usual", everything, []int{20, 20}, 21, "LIEF-GRENZE"},
		{"more than the limit in EUR waits", pipeline.Volume{Betrag: 1}, []int{}, 1, "LIEF-GRENZE"},
		{"unusual alone asks nothing of a new account", pipeline.Volume{Unusual: true}, nil, 9, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := asking(t, tt.volume)
			first := 1
			for _, n := range tt.before {
				id := w.requests(first, n)
				if first += n; w.waits(id) != "" {
					must(t, w.ReleaseDrop(id, clerk))
					w.work()
				}
				w.allAre(id, amtshilfe.Sent)
			}
			if got := w.waits(w.requests(first, tt.n)); got != tt.want {
				t.Errorf("waits for %q, want %q", got, tt.want)
			}
		})
	}
}

// One decision lets all of a drop go on; receipts tell of the question and of its end.
func TestDropIsReleased(t *testing.T) {
	w := asking(t, pipeline.Volume{First: true})
	id := w.requests(1, 3)
	if w.waits(id) != "LIEF-ERSTE" || w.xta.issued != 0 {
		t.Fatal("it does not wait")
	}
	q := w.quittung(id, 1)
	if q.Ergebnis != "rueckfrage" || q.Rueckfrage == nil || q.Rueckfrage.Zustaendig != "mandant" || q.Rueckfrage.Bis == "" || !strings.Contains(q.Rueckfrage.Text, "3 Nachrichten") {
		t.Errorf("receipt 1: %+v", q)
	}
	if text := w.read(mapping.ReceiptName("drop-1.xml", id, 1, "xml")); !strings.Contains(text, "LIEF-ERSTE") || !strings.Contains(text, "Zuständig: mandant, bis ") {
		t.Error(text)
	}
	w.later(time.Hour)
	w.restart()
	w.work()
	if work, err := w.ledger.Work(); err != nil || work.Due != 0 || !work.Idle() {
		t.Errorf("%+v, %v: it would never come to rest", work, err)
	}
	must(t, w.ReleaseDrop(id, clerk))
	if err := w.ReleaseDrop(id, clerk); !errors.Is(err, ledger.ErrNoQuestion) {
		t.Errorf("released twice: %v", err)
	}
	if err := w.RejectDrop(id, clerk); !errors.Is(err, ledger.ErrNoQuestion) {
		t.Errorf("rejected after its release: %v", err)
	}
	_, _, err := w.Tell(t.Context())
	must(t, err)
	if q := w.quittung(id, 2); q.Ergebnis != "angenommen" || q.Rueckfrage != nil || len(q.Nachrichten) != 0 {
		t.Errorf("receipt 2: %+v", q)
	}
	w.work()
	w.allAre(id, amtshilfe.Sent)
	if audit, err := w.ledger.Audit("release", 9); err != nil || len(audit) != 1 || audit[0].Who != "clerk" || audit[0].Subject != string(id) {
		t.Errorf("%+v, %v", audit, err)
	}
}

// A drop that is not meant ends without a message sent, also when the process ends in the middle.
func TestDropIsRejected(t *testing.T) {
	w := asking(t, pipeline.Volume{First: true})
	id := w.requests(1, 3)
	must(t, w.RejectDrop(id, clerk))
	if err := w.RejectDrop(id, clerk); !errors.Is(err, ledger.ErrNoQuestion) {
		t.Errorf("rejected twice: %v", err)
	}
	w.restart()
	w.work()
	w.allAre(id, amtshilfe.Rejected)
	_, _, err := w.Tell(t.Context())
	must(t, err)
	q := w.quittung(id, 2)
	if q.Ergebnis != "abgewiesen" || !q.Schluss || q.Rueckfrage != nil || len(q.Nachrichten) != 3 || q.Nachrichten[0].Befunde[0].Code != "LIEF-ERSTE" {
		t.Errorf("receipt 2: %+v", q)
	}
	if w.xta.issued != 0 {
		t.Error("something was sent")
	}
	// The same file may come again, and is the first drop once more.
	if again := w.requests(1, 3); w.waits(again) != "LIEF-ERSTE" {
		t.Error("a refused drop has made the account known")
	}
}

// What a person releases in a drop that waits does not overtake the drop.
func TestMessageOfAWaitingDrop(t *testing.T) {
	w := newWorld(t, func(c *pipeline.Config) {
		c.Accounts[0].Volume, c.Accounts[0].IBANs = pipeline.Volume{First: true}, []string{"DE02120300000000202051"}
	})
	id := amtshilfe.DeliveryID{Drop: w.put(w.ersuchen(1)), Seq: 1}
	w.work()
	w.is(id, amtshilfe.Held, "REGEL-IBAN-UNBEKANNT")
	must(t, w.Release(t.Context(), id, clerk))
	w.work()
	w.is(id, amtshilfe.Valid)
	if w.waits(id.Drop) != "LIEF-ERSTE" {
		t.Error("its drop waits no more")
	}
	if work, err := w.ledger.Work(); err != nil || work.Drops+work.Due != 0 {
		t.Errorf("%+v, %v: it would never come to rest", work, err)
	}
	must(t, w.ReleaseDrop(id.Drop, clerk))
	w.work()
	w.is(id, amtshilfe.Sent)
}
