package ledger_test

import (
	"errors"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

var saveChecks = []check{
	{"of two who read the same state one wins, the other is stale and changes nothing", func(w *world) {
		id := w.opened(1)
		a, b := w.get(id, 1), w.get(id, 1)
		a.State, b.State = amtshilfe.Withdrawn, amtshilfe.Resolved
		must(w.T, w.Save(sqlitedb.Outcome, &a))
		if err := w.Save(sqlitedb.Outcome, &b); !errors.Is(err, ledger.ErrStale) {
			w.Error(err)
		}
		if d := w.get(id, 1); d.State != amtshilfe.Withdrawn {
			w.Error(d.State)
		}
	}},
	{"several are saved all or none", func(w *world) {
		id := w.opened(1, 2)
		w.move(id, 2, amtshilfe.Withdrawn)
		a, b := w.get(id, 1), w.get(id, 2)
		a.State = amtshilfe.Resolved
		b.State = amtshilfe.Withdrawn
		stale := b
		stale.State = amtshilfe.Withdrawn
		w.move(id, 1, amtshilfe.Resolved)
		if err := w.Save(sqlitedb.Outcome, &b, &a); !errors.Is(err, ledger.ErrStale) {
			w.Error(err)
		}
		if h, err := w.History(b.ID); err != nil || len(h) != 1 {
			w.Errorf("the other one left %d events, %v", len(h), err)
		}
	}},
	{"a step that the table does not know is refused", func(w *world) {
		id := w.opened(1)
		d := w.get(id, 1)
		d.State = amtshilfe.Sent
		if err := w.Save(sqlitedb.Outcome, &d); err == nil || errors.Is(err, ledger.ErrStale) {
			w.Error(err)
		}
	}},
	{"nothing changes before receipt 1 is published, because it could not be written again", func(w *world) {
		id := w.claim("stadt-a", "x")
		must(w.T, w.open(id, nil, message(id, 1, amtshilfe.Valid, uuid(1))))
		d := w.get(id, 1)
		d.State = amtshilfe.Withdrawn
		if err := w.Save(sqlitedb.Outcome, &d); !errors.Is(err, ledger.ErrUntold) {
			w.Error(err)
		}
		w.tell(id)
		d = w.get(id, 1)
		d.State = amtshilfe.Withdrawn
		must(w.T, w.Save(sqlitedb.Outcome, &d))
	}},
	{"an id is reserved only on a way of the delivery's own Betriebsart", func(w *world) {
		id := w.opened(1, 2)
		for seq, way := range map[int]amtshilfe.Betriebsart{1: amtshilfe.Produktion, 2: amtshilfe.Test} {
			d := w.get(id, seq)
			d.State, d.Kanal = amtshilfe.Resolved, amtshilfe.Kanal{Art: amtshilfe.KanalXTA, Betriebsart: way}
			must(w.T, w.Save(sqlitedb.Outcome, &d))
			d.State, d.MessageID = amtshilfe.Reserved, "urn:m"
			err := w.Attempt(&d, nil)
			if got := w.get(id, seq).State; (way == amtshilfe.Test) != (err == nil && got == amtshilfe.Reserved) || (way != amtshilfe.Test) != errors.Is(err, ledger.ErrBetriebsart) {
				w.Errorf("a way of %s: %s, %v", way, got, err)
			}
		}
	}},
	{"a withdrawal and a reservation: one of them wins", func(w *world) {
		id := w.opened(1)
		d := w.get(id, 1)
		d.State, d.Kanal.Betriebsart, d.Kanal.Art = amtshilfe.Resolved, amtshilfe.Test, amtshilfe.KanalXTA
		must(w.T, w.Save(sqlitedb.Outcome, &d))
		reserved, withdrawn := w.get(id, 1), w.get(id, 1)
		reserved.State, withdrawn.State = amtshilfe.Reserved, amtshilfe.Withdrawn
		must(w.T, w.Save(sqlitedb.Outcome, &withdrawn))
		if err := w.Attempt(&reserved, nil); !errors.Is(err, ledger.ErrStale) {
			w.Error(err)
		}
	}},
	{"what intake, sending and printing know comes back as it was", func(w *world) {
		id := w.opened(1)
		d := w.get(id, 1)
		d.State, d.Behoerde = amtshilfe.Resolved, amtshilfe.Behoerde{Kennung: "vb:1", Name: "Amt"}
		d.Kanal = amtshilfe.Kanal{Art: amtshilfe.KanalXTA, Adresse: "vb:1"}
		d.Lane, d.Dest, d.Rank, d.DueAt, d.Regel = ledger.LaneSend, "host", 0, w.now.Add(time.Minute), "R1"
		d.MessageID, d.InReplyTo, d.Origin, d.Bytes, d.Attempts, d.Provided = "urn:m", "urn:r", w.now, [32]byte{1}, 3, true
		must(w.T, w.Save(sqlitedb.Intent, &d))
		got := w.get(id, 1)
		if got.Behoerde.Name != "Amt" || got.Kanal.Adresse != "vb:1" || got.Lane != ledger.LaneSend || got.Dest != "host" || got.Rank != 0 ||
			!got.DueAt.Equal(d.DueAt) || got.Regel != "R1" || got.MessageID != "urn:m" || got.InReplyTo != "urn:r" || !got.Origin.Equal(d.Origin) ||
			got.Bytes != d.Bytes || got.Attempts != 3 || !got.Provided || got.UUID != uuid(1) || got.Betrag != 100 {
			w.Errorf("%+v", got)
		}
	}},
	{"a question goes when the delivery goes on", func(w *world) {
		id := w.opened(1)
		w.move(id, 1, amtshilfe.Held)
		if list, err := w.HeldList(10); err != nil || len(list) != 1 || list[0].Hold.Code != "HINDERNIS-ALTER" {
			w.Errorf("%v, %v", list, err)
		}
		w.move(id, 1, amtshilfe.Valid)
		if d := w.get(id, 1); d.Hold != nil {
			w.Error(d.Hold)
		}
		if list, err := w.HeldList(10); err != nil || len(list) != 0 {
			w.Errorf("%v, %v", list, err)
		}
	}},
	{"the last message that ends ends the drop, one that comes back opens it again", func(w *world) {
		id := w.opened(1, 2)
		w.move(id, 1, amtshilfe.Rejected)
		if d := w.drop(id); d.State != amtshilfe.DropOpen || d.Live != 1 {
			w.Errorf("%s, %d live", d.State, d.Live)
		}
		w.move(id, 2, amtshilfe.Resolved, amtshilfe.Bundled)
		letter := w.get(id, 2)
		letter.State, letter.Final = amtshilfe.Spooled, true
		must(w.T, w.Save(sqlitedb.Outcome, &letter))
		if d := w.drop(id); d.State != amtshilfe.DropEnded || d.Live != 0 {
			w.Errorf("%s, %d live", d.State, d.Live)
		}
		letter = w.get(id, 2)
		letter.State = amtshilfe.Returned
		must(w.T, w.Save(sqlitedb.Outcome, &letter))
		if d := w.drop(id); d.State != amtshilfe.DropOpen || d.Live != 1 {
			w.Errorf("after the letter came back: %s, %d live", d.State, d.Live)
		}
	}},
	{"every change of state, and the entry into the mailbox, leaves an event", func(w *world) {
		id := w.opened(1)
		w.move(id, 1, amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent)
		d := w.get(id, 1)
		d.Provided = true
		must(w.T, w.Save(sqlitedb.Outcome, &d))
		d.Attempts++
		must(w.T, w.Save(sqlitedb.Outcome, &d))
		h, err := w.History(d.ID)
		if err != nil || len(h) != 5 || h[3].Line.Status != amtshilfe.StatusUebergeben || h[4].Line.Status != amtshilfe.StatusBereitgestellt {
			w.Errorf("%+v, %v", h, err)
		}
	}},
	{"a decision is refused when the delivery moved on meanwhile, and is in the audit when not", func(w *world) {
		id := w.opened(1)
		w.move(id, 1, amtshilfe.Held)
		a, b := w.get(id, 1), w.get(id, 1)
		a.State, b.State = amtshilfe.Valid, amtshilfe.Rejected
		must(w.T, w.Decide(&a, "meier", "release", "geprüft"))
		if err := w.Decide(&b, "huber", "reject", "-"); !errors.Is(err, ledger.ErrStale) {
			w.Error(err)
		}
		rows, err := w.Audit("release", 10)
		if err != nil || len(rows) != 1 || rows[0].Who != "meier" || rows[0].Subject != a.ID.String() {
			w.Errorf("%+v, %v", rows, err)
		}
		if rows, _ := w.Audit("reject", 10); len(rows) != 0 {
			w.Errorf("%+v", rows)
		}
	}},
}

// follower inserts a drop with one message that continues the case of request.
func (w *world) follower(n int, kind amtshilfe.Kind, request ledger.Delivery) ledger.Delivery {
	w.Helper()
	id := w.claim("stadt-a", uuid(n))
	m := message(id, 1, amtshilfe.Valid, uuid(n))
	m.Kind, m.Case = kind, request.Case
	must(w.T, w.open(id, nil, m))
	w.tell(id)
	return w.get(id, 1)
}

// resolved is d as resolve hands it to Follow: ready to be sent.
func (w *world) resolved(d ledger.Delivery) *ledger.Delivery {
	d.State, d.Lane, d.Dest, d.DueAt = amtshilfe.Resolved, ledger.LaneSend, "host", w.now
	return &d
}

var caseChecks = []check{
	{"what follows a request that left goes at once", func(w *world) {
		id := w.opened(1)
		w.move(id, 1, amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent)
		d := w.resolved(w.follower(2, amtshilfe.KindForderungsaenderung, w.get(id, 1)))
		must(w.T, w.Follow(d, w.get(id, 1)))
		if got := w.get(d.ID.Drop, 1); got.State != amtshilfe.Resolved || got.Lane != ledger.LaneSend || got.After.Drop != id {
			w.Errorf("%s in %q after %s", got.State, got.Lane, got.After)
		}
	}},
	{"messages of a case wait in the order they came, and each wakes the next when it has left", func(w *world) {
		id := w.opened(1)
		second := w.resolved(w.follower(2, amtshilfe.KindForderungsaenderung, w.get(id, 1)))
		third := w.resolved(w.follower(3, amtshilfe.KindEinstellung, w.get(id, 1)))
		must(w.T, w.Follow(second, w.get(id, 1)))
		must(w.T, w.Follow(third, w.get(id, 1)))
		if third.After != second.ID {
			w.Errorf("the third waits for %s", third.After)
		}
		due := func() (list []amtshilfe.DeliveryID) {
			all, err := w.Due(ledger.LaneResolve, 10)
			must(w.T, err)
			for _, d := range all {
				list = append(list, d.ID)
			}
			return list
		}
		w.move(id, 1, amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending)
		if list := due(); len(list) != 0 {
			w.Errorf("woken while the outcome is unknown: %v", list)
		}
		w.move(id, 1, amtshilfe.Sent)
		if list := due(); len(list) != 1 || list[0] != second.ID {
			w.Errorf("woken: %v", list)
		}
		must(w.T, w.Follow(w.resolved(w.get(second.ID.Drop, 1)), w.get(id, 1)))
		if list := due(); len(list) != 0 {
			w.Errorf("still in resolve: %v", list)
		}
		w.move(second.ID.Drop, 1, amtshilfe.Withdrawn)
		if list := due(); len(list) != 1 || list[0] != third.ID {
			w.Errorf("woken by an end: %v", list)
		}
	}},
	{"following twice keeps the predecessor", func(w *world) {
		id := w.opened(1)
		d := w.resolved(w.follower(2, amtshilfe.KindForderungsaenderung, w.get(id, 1)))
		must(w.T, w.Follow(d, w.get(id, 1)))
		again := w.resolved(w.get(d.ID.Drop, 1))
		must(w.T, w.Follow(again, w.get(id, 1)))
		if again.After.Drop != id {
			w.Error(again.After)
		}
	}},
	{"nobody holds a case before its request may have left; whoever may have it already does", func(w *world) {
		id := w.opened(1)
		d := w.get(id, 1)
		d.State, d.Behoerde = amtshilfe.Resolved, amtshilfe.Behoerde{Kennung: "vb:1"}
		must(w.T, w.Save(sqlitedb.Outcome, &d))
		follower := w.resolved(w.follower(2, amtshilfe.KindForderungsaenderung, d))
		must(w.T, w.Follow(follower, d))
		holds := func(want string) {
			w.Helper()
			if holder, err := w.Holder(d.Case); err != nil || holder != want {
				w.Errorf("in state %s: %q, %v", w.get(id, 1).State, holder, err)
			}
		}
		holds("")
		w.move(id, 1, amtshilfe.Reserved)
		holds("")
		w.move(id, 1, amtshilfe.Sending)
		holds("vb:1")
		w.move(id, 1, amtshilfe.Sent)
		holds("vb:1")
		if _, err := w.Holder(amtshilfe.CaseKey{Absender: "kka:a", UUID: uuid(99)}); !errors.Is(err, ledger.ErrNotFound) {
			w.Errorf("an unknown case: %v", err)
		}
	}},
	{"a request that is sent elsewhere by a person is held there", func(w *world) {
		id := w.opened(1)
		d := w.get(id, 1)
		d.State, d.Behoerde = amtshilfe.Resolved, amtshilfe.Behoerde{Kennung: "vb:1"}
		must(w.T, w.Save(sqlitedb.Outcome, &d))
		must(w.T, w.Follow(w.resolved(w.follower(2, amtshilfe.KindForderungsaenderung, d)), d))
		d.Behoerde.Kennung = "vb:2"
		must(w.T, w.Save(sqlitedb.Outcome, &d))
		w.move(id, 1, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent)
		if holder, err := w.Holder(d.Case); err != nil || holder != "vb:2" {
			w.Errorf("%q, %v", holder, err)
		}
	}},
}
