package ledger_test

import (
	"errors"
	"reflect"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// untold says whether the drop is on the list of those that a receipt is due for.
func (w *world) untold(id amtshilfe.DropID) bool {
	w.Helper()
	list, err := w.Untold(100)
	must(w.T, err)
	for _, u := range list {
		if u == id {
			return true
		}
	}
	return false
}

var receiptChecks = []check{
	{"receipt 1 covers everything, and booking again before it is published gives the same row", func(w *world) {
		id := w.claim("stadt-a", "x")
		must(w.T, w.open(id, nil, message(id, 1, amtshilfe.Valid, uuid(1)), message(id, 2, amtshilfe.Rejected, uuid(2)), message(id, 3, amtshilfe.Held, uuid(3))))
		first, err := w.BookReceipt(id)
		must(w.T, err)
		w.later(time.Hour)
		w.noted()
		again, err := w.BookReceipt(id)
		must(w.T, err)
		if !reflect.DeepEqual(first, again) {
			w.Errorf("%+v\n%+v", first, again)
		}
		want := []ledger.Sum{{Status: amtshilfe.StatusAngenommen, N: 1, Cents: 100}, {Status: amtshilfe.StatusRueckfrage, N: 1, Cents: 100}, {Status: amtshilfe.StatusAbgewiesen, N: 1, Cents: 100}}
		if first.N != 1 || first.Closed || !reflect.DeepEqual(first.Sums, want) {
			w.Errorf("%+v", first)
		}
	}},
	{"the next uebertragungsID is booked with the receipt", func(w *world) {
		kopf := func(n int64) *amtshilfe.Lieferkopf {
			return &amtshilfe.Lieferkopf{Absender: "kka:a", Verfahren: "v", UebertragungsID: n}
		}
		a, b := w.claim("stadt-a", "a"), w.claim("stadt-a", "b")
		must(w.T, w.open(a, kopf(1), message(a, 1, amtshilfe.Valid, uuid(1))))
		first, err := w.BookReceipt(a)
		must(w.T, err)
		must(w.T, w.open(b, kopf(2), message(b, 1, amtshilfe.Valid, uuid(2))))
		again, err := w.BookReceipt(a)
		if err != nil || first.NextID != 2 || again.NextID != 2 {
			w.Errorf("%d, then %d, %v", first.NextID, again.NextID, err)
		}
	}},
	{"without news there is no receipt", func(w *world) {
		id := w.opened(1)
		if _, err := w.BookReceipt(id); !errors.Is(err, ledger.ErrNotFound) || w.untold(id) {
			w.Errorf("%v, untold %v", err, w.untold(id))
		}
	}},
	{"a change that keeps the word is no news", func(w *world) {
		id := w.opened(1)
		w.move(id, 1, amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending)
		if _, err := w.BookReceipt(id); !errors.Is(err, ledger.ErrNotFound) || w.untold(id) {
			w.Errorf("%v, untold %v", err, w.untold(id))
		}
	}},
	{"receipt 2 tells the messages whose word changed, each as it last was", func(w *world) {
		id := w.opened(1, 2, 3)
		w.move(id, 1, amtshilfe.Resolved)
		w.move(id, 2, amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent, amtshilfe.Delivered)
		if !w.untold(id) {
			w.Error("not on the list")
		}
		r, err := w.BookReceipt(id)
		must(w.T, err)
		w.move(id, 3, amtshilfe.Held) // after the booking: belongs to the next one
		for range 2 {
			lines, err := w.Changes(id, r.From, r.To)
			if err != nil || len(lines) != 1 || lines[0].Seq != 2 || lines[0].Status != amtshilfe.StatusAbgeholt {
				w.Errorf("%+v, %v", lines, err)
			}
		}
		if r.N != 2 || r.Closed || len(r.Sums) != 2 {
			w.Errorf("%+v", r)
		}
		w.tell(id)
		if !w.untold(id) {
			w.Error("the message that was held meanwhile is not told")
		}
	}},
	{"a receipt that was booked and not published stays on the list", func(w *world) {
		id := w.opened(1, 2)
		w.move(id, 1, amtshilfe.Held)
		_, err := w.BookReceipt(id)
		must(w.T, err)
		if !w.untold(id) {
			w.Error("a crash between booking and publishing would be its end")
		}
		w.tell(id)
		if w.untold(id) {
			w.Error("still on the list")
		}
	}},
	{"the end is told once, also when the last word does not change with it", func(w *world) {
		id := w.opened(1)
		w.move(id, 1, amtshilfe.Resolved, amtshilfe.Bundled)
		if r := w.tell(id); r.Closed {
			w.Error("closed too early")
		}
		d := w.get(id, 1)
		d.State, d.Final = amtshilfe.Spooled, true
		must(w.T, w.Save(sqlitedb.Outcome, &d))
		if r := w.tell(id); !r.Closed || r.N != 3 {
			w.Errorf("%+v", r)
		}
		if w.untold(id) || !w.drop(id).Closed {
			w.Error("told, and still on the list")
		}
	}},
	{"what is refused after the end is told as well", func(w *world) {
		id := w.opened(1)
		w.move(id, 1, amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent, amtshilfe.Delivered)
		w.tell(id)
		w.move(id, 1, amtshilfe.Refused)
		if !w.untold(id) {
			w.Fatal("a 014 after the last receipt is never told")
		}
		if r := w.tell(id); !r.Closed || r.Sums[0].Status != amtshilfe.StatusZurueckgewiesen {
			w.Errorf("%+v", r)
		}
	}},
	{"sums tell what is provided from what is only handed over, and who is asked", func(w *world) {
		id := w.opened(1, 2, 3, 4)
		for seq := 1; seq <= 2; seq++ {
			w.move(id, seq, amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent)
		}
		d := w.get(id, 2)
		d.Provided = true
		must(w.T, w.Save(sqlitedb.Outcome, &d))
		w.move(id, 3, amtshilfe.Held)
		d = w.get(id, 4)
		d.State, d.Hold = amtshilfe.Held, &amtshilfe.Question{Code: "X", Owner: amtshilfe.OwnerBetrieb, From: amtshilfe.Valid}
		must(w.T, w.Save(sqlitedb.Outcome, &d))
		var words []amtshilfe.Status
		for _, s := range w.tell(id).Sums {
			words = append(words, s.Status)
		}
		want := []amtshilfe.Status{amtshilfe.StatusUebergeben, amtshilfe.StatusBereitgestellt, amtshilfe.StatusInKlaerung, amtshilfe.StatusRueckfrage}
		if !reflect.DeepEqual(words, want) {
			w.Error(words)
		}
	}},
	{"after receipt 1 the drop is resolved, after the others it rests", func(w *world) {
		id := w.opened(1)
		if list, err := w.DueDrops(amtshilfe.DropOpen, 10); err != nil || len(list) != 1 {
			w.Errorf("%v, %v", list, err)
		}
		must(w.T, w.AllResolved(id, 1))
		w.move(id, 1, amtshilfe.Held)
		w.tell(id)
		if list, err := w.DueDrops(amtshilfe.DropOpen, 10); err != nil || len(list) != 0 {
			w.Errorf("%v, %v", list, err)
		}
	}},
}
