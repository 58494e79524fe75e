package ledger_test

import (
	"errors"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

var claimChecks = []check{
	{"a claim without its file is forgotten, an accepted one is not", func(w *world) {
		gone, here := w.claiming("stadt-a", "gone"), w.claim("stadt-a", "here")
		must(w.T, w.Forget(gone.ID))
		must(w.T, w.Forget(here))
		if _, err := w.Ledger.Drop(gone.ID); !errors.Is(err, ledger.ErrNotFound) {
			w.Errorf("the forgotten claim: %v", err)
		}
		if d := w.drop(here); d.State != amtshilfe.DropAccepted {
			w.Errorf("the accepted drop is %s", d.State)
		}
	}},
	{"a claim is accepted once", func(w *world) {
		d := w.claiming("stadt-a", "x")
		must(w.T, w.Accepted([]ledger.Drop{d}))
		if err := w.Accepted([]ledger.Drop{d}); err == nil {
			w.Error("accepted twice")
		}
	}},
	{"claims that a crash left are listed", func(w *world) {
		d := w.claiming("stadt-a", "x")
		w.claim("stadt-a", "y")
		if list, err := w.Claims(); err != nil || len(list) != 1 || list[0].ID != d.ID {
			w.Errorf("%v, %v", list, err)
		}
	}},
	{"the same bytes of the same account are a duplicate of the first", func(w *world) {
		first, again := w.claim("stadt-a", "x"), w.claim("stadt-a", "x")
		if d := w.drop(again); d.State != amtshilfe.DropDuplicate || d.DuplicateOf != first {
			w.Errorf("%s of %s", d.State, d.DuplicateOf)
		}
	}},
	{"the same bytes twice in one batch are one drop and one duplicate", func(w *world) {
		a, b := w.claiming("stadt-a", "x"), w.claiming("stadt-a", "x")
		must(w.T, w.Accepted([]ledger.Drop{a, b}))
		if d := w.drop(b.ID); w.drop(a.ID).State != amtshilfe.DropAccepted || d.State != amtshilfe.DropDuplicate || d.DuplicateOf != a.ID {
			w.Errorf("%s of %s", d.State, d.DuplicateOf)
		}
	}},
	{"the same bytes of another account are no duplicate", func(w *world) {
		w.claim("stadt-a", "x")
		if d := w.drop(w.claim("stadt-b", "x")); d.State != amtshilfe.DropAccepted {
			w.Error(d.State)
		}
	}},
	{"a drop that was wholly refused, or quarantined, may come again", func(w *world) {
		refused := w.claim("stadt-a", "refused")
		must(w.T, w.open(refused, nil, message(refused, 1, amtshilfe.Rejected, uuid(1))))
		broken := w.claim("stadt-a", "broken")
		must(w.T, w.Quarantine(broken, amtshilfe.Finding{Code: "XML-X"}))
		for _, content := range []string{"refused", "broken"} {
			if d := w.drop(w.claim("stadt-a", content)); d.State != amtshilfe.DropAccepted {
				w.Errorf("%s: %s", content, d.State)
			}
		}
	}},
	{"a drop of which one message was taken in is a duplicate when it comes again", func(w *world) {
		id := w.claim("stadt-a", "x")
		must(w.T, w.open(id, nil, message(id, 1, amtshilfe.Rejected, uuid(1)), message(id, 2, amtshilfe.Held, uuid(2))))
		if d := w.drop(w.claim("stadt-a", "x")); d.State != amtshilfe.DropDuplicate {
			w.Error(d.State)
		}
	}},
	{"a file of a watched folder is known again by device, inode, size and mtime", func(w *world) {
		d := w.claiming("stadt-a", "x")
		seen := func() bool {
			taken, err := w.TakenFrom("stadt-a", "in", d.Device, d.Inode, d.Size, d.ModTime)
			must(w.T, err)
			return taken
		}
		if seen() {
			w.Error("taken while it is only claimed")
		}
		must(w.T, w.Accepted([]ledger.Drop{d}))
		if !seen() {
			w.Error("not known")
		}
	}},
}

var openingChecks = []check{
	{"nothing of a drop is seen before Finish", func(w *world) {
		id := w.claim("stadt-a", "x")
		o, err := w.Begin(id)
		must(w.T, err)
		m := message(id, 1, amtshilfe.Valid, uuid(1))
		must(w.T, o.Insert([]ledger.Delivery{m}))
		if _, err := w.ByUUID("kka:a", uuid(1)); !errors.Is(err, ledger.ErrNotFound) {
			w.Errorf("ByUUID: %v", err)
		}
		must(w.T, o.Finish(w.drop(id)))
		if d, err := w.ByUUID("kka:a", uuid(1)); err != nil || d.ID != m.ID {
			w.Errorf("ByUUID: %v, %v", d.ID, err)
		}
	}},
	{"after a crash before Finish the next opening begins from nothing", func(w *world) {
		id := w.claim("stadt-a", "x")
		o, err := w.Begin(id)
		must(w.T, err)
		must(w.T, o.Insert([]ledger.Delivery{message(id, 1, amtshilfe.Valid, uuid(1)), message(id, 2, amtshilfe.Valid, uuid(2))}))
		must(w.T, w.open(id, nil, message(id, 1, amtshilfe.Valid, uuid(1))))
		if d := w.drop(id); d.Messages != 1 || d.Live != 1 || d.Attempts != 2 {
			w.Errorf("%d messages, %d live, %d attempts", d.Messages, d.Live, d.Attempts)
		}
	}},
	{"a drop is opened once", func(w *world) {
		id := w.opened(1)
		if _, err := w.Begin(id); err == nil {
			w.Error("opened twice")
		}
	}},
	{"a UUID of a refused message is free again, one of an accepted is known", func(w *world) {
		id := w.claim("stadt-a", "x")
		must(w.T, w.open(id, nil, message(id, 1, amtshilfe.Rejected, uuid(1)), message(id, 2, amtshilfe.Held, uuid(2)), message(id, 3, amtshilfe.Valid, uuid(3))))
		known, err := w.Known("kka:a", []string{uuid(1), uuid(2), uuid(3), uuid(4), "no uuid"})
		must(w.T, err)
		if len(known) != 2 || known[uuid(2)].ID.Seq != 2 || known[uuid(3)].ID.Seq != 3 {
			w.Error(known)
		}
		if other, err := w.Known("kka:b", []string{uuid(2)}); err != nil || len(other) != 0 {
			w.Errorf("another sender: %v, %v", other, err)
		}
	}},
	{"a UUID is free again when the refusal came after the intake", func(w *world) {
		id := w.opened(1)
		w.move(id, 1, amtshilfe.Rejected)
		if known, err := w.Known("kka:a", []string{uuid(1)}); err != nil || len(known) != 0 {
			w.Errorf("%v, %v", known, err)
		}
		next := w.claim("stadt-a", "corrected")
		must(w.T, w.open(next, nil, message(next, 1, amtshilfe.Valid, uuid(1))))
		if d, err := w.ByUUID("kka:a", uuid(1)); err != nil || d.ID.Drop != next {
			w.Errorf("%v, %v", d.ID, err)
		}
	}},
	{"of two drops with one UUID the second must open again", func(w *world) {
		a, b := w.claim("stadt-a", "a"), w.claim("stadt-a", "b")
		must(w.T, w.open(a, nil, message(a, 1, amtshilfe.Valid, uuid(1))))
		if err := w.open(b, nil, message(b, 1, amtshilfe.Valid, uuid(1))); !errors.Is(err, ledger.ErrIdentityTaken) {
			w.Error(err)
		}
		if d := w.drop(b); d.State != amtshilfe.DropAccepted {
			w.Error(d.State)
		}
		must(w.T, w.open(b, nil, message(b, 1, amtshilfe.Duplicate, uuid(1))))
	}},
	{"all or nothing: every message is refused and none is a duplicate any more", func(w *world) {
		id := w.claim("stadt-a", "x")
		o, err := w.Begin(id)
		must(w.T, err)
		twin := message(id, 3, amtshilfe.Duplicate, uuid(1))
		twin.DuplicateOf = amtshilfe.DeliveryID{Drop: id, Seq: 1}
		must(w.T, o.Insert([]ledger.Delivery{message(id, 1, amtshilfe.Valid, uuid(1)), message(id, 2, amtshilfe.Held, uuid(2)), twin}))
		must(w.T, o.RejectAll(amtshilfe.Finding{Code: "LIEF-GANZ"}))
		must(w.T, o.Finish(w.drop(id)))
		for seq := range 3 {
			if d := w.get(id, seq+1); d.State != amtshilfe.Rejected || d.Hold != nil || !d.DuplicateOf.IsZero() || len(d.Findings) != 1 {
				w.Errorf("message %d: %s, %v, %v, %v", seq+1, d.State, d.Hold, d.DuplicateOf, d.Findings)
			}
		}
		if known, err := w.Known("kka:a", []string{uuid(1)}); err != nil || len(known) != 0 {
			w.Errorf("known: %v, %v", known, err)
		}
	}},
	{"a quarantined or conflicting drop keeps nothing of what was read", func(w *world) {
		for content, end := range map[string]func(amtshilfe.DropID) error{
			"broken": func(id amtshilfe.DropID) error { return w.Quarantine(id, amtshilfe.Finding{Code: "XML-X"}) },
			"conflict": func(id amtshilfe.DropID) error {
				return w.inConflict(id)
			},
		} {
			id := w.claim("stadt-a", content)
			o, err := w.Begin(id)
			must(w.T, err)
			must(w.T, o.Insert([]ledger.Delivery{message(id, 1, amtshilfe.Valid, uuid(1))}))
			must(w.T, end(id))
			if list, err := w.InDrop(id, 0, 10); err != nil || len(list) != 0 {
				w.Errorf("%s: %v, %v", content, list, err)
			}
			if r := w.tell(id); r.N != 1 || len(r.Sums) != 0 || r.Closed != (content == "broken") {
				w.Errorf("%s: receipt %+v", content, r)
			}
		}
	}},
	{"an uebertragungsID used before with other bytes is a conflict, and stays free if the first was wholly refused", func(w *world) {
		kopf := &amtshilfe.Lieferkopf{Absender: "kka:a", Verfahren: "v", UebertragungsID: 7}
		refused := w.claim("stadt-a", "refused")
		must(w.T, w.open(refused, kopf, message(refused, 1, amtshilfe.Rejected, uuid(1))))
		if n, err := w.NextUebertragungsID("kka:a", "v"); err != nil || n != 0 {
			w.Errorf("next after a refused one: %d, %v", n, err)
		}
		first := w.claim("stadt-a", "first")
		must(w.T, w.open(first, kopf, message(first, 1, amtshilfe.Valid, uuid(1))))
		second := w.claim("stadt-a", "second")
		if err := w.open(second, kopf, message(second, 1, amtshilfe.Valid, uuid(2))); !errors.Is(err, ledger.ErrConflict) {
			w.Error(err)
		}
		if n, err := w.NextUebertragungsID("kka:a", "v"); err != nil || n != 8 {
			w.Errorf("next: %d, %v", n, err)
		}
		if n, err := w.NextUebertragungsID("kka:b", "v"); err != nil || n != 0 {
			w.Errorf("next of another: %d, %v", n, err)
		}
	}},
	{"a drop in conflict ends refused, and its bytes are read again when they come again", func(w *world) {
		id := w.claim("stadt-a", "conflict")
		must(w.T, w.inConflict(id))
		if again := w.claim("stadt-a", "conflict"); w.drop(again).DuplicateOf != id {
			w.Error("the same bytes are no duplicate while nobody has decided")
		}
		must(w.T, w.RejectDrop(id, ledger.Who{Wer: "clerk", Grund: "x"}))
		must(w.T, w.Settle(w.drop(id), amtshilfe.Finding{Code: "LIEF-X"}))
		if d := w.drop(id); d.State != amtshilfe.DropConflict {
			w.Errorf("%s before receipt 1 is published", d.State)
		}
		w.tell(id)
		must(w.T, w.Settle(w.drop(id), amtshilfe.Finding{Code: "LIEF-X"}))
		d := w.drop(id)
		if d.State != amtshilfe.DropEnded || d.Question != nil || d.Verdict != "" || len(d.Findings) != 1 {
			w.Errorf("%+v", d)
		}
		if r := w.tell(id); r.N != 2 || !r.Closed || len(r.Sums) != 0 {
			w.Errorf("%+v", r)
		}
		if again := w.claim("stadt-a", "conflict"); w.drop(again).State != amtshilfe.DropAccepted {
			w.Errorf("%+v", w.drop(again))
		}
	}},
	{"a drop in conflict that somebody lets in leaves its number to the first, and nothing moves before it is told", func(w *world) {
		kopf := &amtshilfe.Lieferkopf{Absender: "kka:a", Verfahren: "v", UebertragungsID: 1}
		first, id := w.claim("stadt-a", "first"), w.claim("stadt-a", "second")
		must(w.T, w.open(first, kopf, message(first, 1, amtshilfe.Valid, uuid(1))))
		if err := w.open(id, kopf, message(id, 1, amtshilfe.Valid, uuid(2))); !errors.Is(err, ledger.ErrConflict) {
			w.Error(err)
		}
		must(w.T, w.inConflict(id))
		w.tell(id)
		must(w.T, w.ReleaseDrop(id, ledger.Who{Wer: "clerk", Grund: "x"}))
		if err := w.ReleaseDrop(id, ledger.Who{Wer: "clerk", Grund: "x"}); !errors.Is(err, ledger.ErrNoQuestion) {
			w.Error(err)
		}
		must(w.T, w.Settle(w.drop(id), amtshilfe.Finding{Code: "LIEF-X", Severity: amtshilfe.SeverityWarnung}))
		must(w.T, w.open(id, kopf, message(id, 1, amtshilfe.Valid, uuid(2))))
		m := w.get(id, 1)
		m.State = amtshilfe.Withdrawn
		if err := w.Save(sqlitedb.Outcome, &m); !errors.Is(err, ledger.ErrUntold) {
			w.Errorf("changed before it was told: %v", err)
		}
		if r := w.tell(id); r.N != 2 || len(r.Sums) != 1 {
			w.Errorf("%+v", r)
		}
		must(w.T, w.Save(sqlitedb.Outcome, &m))
		if list, err := w.TransferDrops("stadt-a", "", 1); err != nil || len(list) != 1 || list[0].ID != first {
			w.Errorf("%+v, %v", list, err)
		}
	}},
	{"strangers are one security entry per drop, with their number", func(w *world) {
		id := w.claim("stadt-a", "x")
		foreign := func(seq int) ledger.Delivery {
			m := message(id, seq, amtshilfe.Rejected, uuid(seq))
			m.Findings = []amtshilfe.Finding{{Code: "ABS-FREMD", Severity: amtshilfe.SeverityFehler}}
			return m
		}
		must(w.T, w.open(id, nil, foreign(1), message(id, 2, amtshilfe.Valid, uuid(2)), foreign(3)))
		rows, err := w.Audit("security", 10)
		if err != nil || len(rows) != 1 || rows[0].Subject != string(id) || rows[0].Grund != "ABS-FREMD, 2 messages" {
			w.Errorf("%+v, %v", rows, err)
		}
	}},
}

// inConflict holds a drop whole.
func (w *world) inConflict(id amtshilfe.DropID) error {
	d := w.drop(id)
	d.Kopf = &amtshilfe.Lieferkopf{Absender: "kka:a", Verfahren: "v", UebertragungsID: 1}
	d.Question = &amtshilfe.Question{Code: "LIEF-X", Text: "Warum?", Owner: amtshilfe.OwnerMandant, Until: w.now.Add(time.Hour)}
	return w.Conflict(d)
}
