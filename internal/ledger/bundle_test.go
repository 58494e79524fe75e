package ledger_test

import (
	"errors"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// letters resolves the messages of a new drop to the print lane of profile std.
func (w *world) letters(uuids ...int) amtshilfe.DropID {
	w.Helper()
	id := w.opened(uuids...)
	for seq := range uuids {
		d := w.get(id, seq+1)
		d.State, d.Lane, d.Dest, d.DueAt = amtshilfe.Resolved, ledger.LanePrint, "std", w.now
		must(w.T, w.Save(sqlitedb.Outcome, &d))
	}
	return id
}

var queue = ledger.PrintQueue{Profile: "std", Account: "stadt-a", Betriebsart: amtshilfe.Test}

var bundleChecks = []check{
	{"letters are tied to a bundle once, in order, up to its limit", func(w *world) {
		id := w.letters(1, 2, 3)
		if q, err := w.PrintQueues(); err != nil || len(q) != 1 || q[0] != queue {
			w.Errorf("%v, %v", q, err)
		}
		b, err := w.Collect(queue, amtshilfe.Test, 2)
		must(w.T, err)
		list, err := w.BundleDeliveries(b.ID)
		if err != nil || len(list) != 2 || list[0].ID.Seq != 1 || list[0].Sendung.N != 1 || list[1].ID.Seq != 2 || b.Letters != 2 {
			w.Errorf("%v, %v", list, err)
		}
		rest, err := w.Collect(queue, amtshilfe.Test, 2)
		if err != nil || rest.Letters != 1 {
			w.Errorf("%+v, %v", rest, err)
		}
		if _, err := w.Collect(queue, amtshilfe.Test, 2); !errors.Is(err, ledger.ErrNotFound) {
			w.Error(err)
		}
		if d := w.get(id, 3); d.State != amtshilfe.Bundled || d.Sendung.Bundle != rest.ID || !d.DueAt.IsZero() {
			w.Errorf("%s in %s, due %v", d.State, d.Sendung, d.DueAt)
		}
	}},
	{"a profile of another Betriebsart gets nothing", func(w *world) {
		id := w.letters(1)
		if _, err := w.Collect(queue, amtshilfe.Produktion, 2); err == nil || errors.Is(err, ledger.ErrNotFound) {
			w.Error(err)
		}
		if d := w.get(id, 1); d.State != amtshilfe.Resolved {
			w.Error(d.State)
		}
	}},
	{"a letter that was withdrawn in time is not collected", func(w *world) {
		id := w.letters(1)
		w.move(id, 1, amtshilfe.Withdrawn)
		if _, err := w.Collect(queue, amtshilfe.Test, 2); !errors.Is(err, ledger.ErrNotFound) {
			w.Error(err)
		}
	}},
	{"a letter that cannot be set is taken out and may be collected again after a decision", func(w *world) {
		id := w.letters(1, 2)
		b, err := w.Collect(queue, amtshilfe.Test, 10)
		must(w.T, err)
		d := w.get(id, 1)
		must(w.T, w.TakeOut(b, &d, amtshilfe.Question{Code: "DRUCK-X", Owner: amtshilfe.OwnerBetrieb, Until: w.now}))
		if got := w.get(id, 1); got.State != amtshilfe.Held || got.Hold.From != amtshilfe.Resolved || got.Sendung.Bundle != "" {
			w.Errorf("%+v", got)
		}
		if list, err := w.BundleDeliveries(b.ID); err != nil || len(list) != 1 || list[0].Sendung.N != 2 {
			w.Errorf("%v, %v", list, err)
		}
		if got, err := w.Bundle(b.ID); err != nil || got.Letters != 1 {
			w.Errorf("%+v, %v", got, err)
		}
		b.State = amtshilfe.BundleStaged
		must(w.T, w.SetBundle(b, amtshilfe.BundleCollected))
		other := w.get(id, 2)
		if err := w.TakeOut(b, &other, amtshilfe.Question{Code: "DRUCK-X"}); err == nil {
			w.Error("taken out of a staged bundle")
		}
	}},
	{"what a person says about a bundle names who, once, and only if it counts", func(w *world) {
		w.letters(1)
		b, err := w.Collect(queue, amtshilfe.Test, 10)
		must(w.T, err)
		if err := w.Confirm(b, "huber", "-"); err == nil {
			w.Error("confirmed although nobody asked")
		}
		b.State = amtshilfe.BundleHeld
		must(w.T, w.SetBundle(b, amtshilfe.BundleCollected))
		must(w.T, w.Republish(b, "meier", "angerufen"))
		if err := w.Confirm(b, "huber", "-"); err == nil {
			w.Error("decided twice")
		}
		said, err := w.Audit("bundle republish", 10)
		if none, _ := w.Audit("bundle confirm", 10); err != nil || len(none) != 0 || len(said) != 1 || said[0].Who != "meier" || said[0].Grund != "angerufen" {
			w.Errorf("%+v, %+v, %v", said, none, err)
		}
	}},
	{"the door is one step and the end is one step: whoever comes second is told", func(w *world) {
		id := w.letters(1)
		b, err := w.Collect(queue, amtshilfe.Test, 10)
		must(w.T, err)
		for _, s := range []amtshilfe.BundleState{amtshilfe.BundleStaged, amtshilfe.BundlePublishing} {
			from := b.State
			b.State, b.Boot, b.Mount, b.Hashes = s, "boot", 7, map[string]string{"a.pdf": "00"}
			must(w.T, w.SetBundle(b, from))
			if err := w.SetBundle(b, from); err == nil {
				w.Errorf("%s twice", s)
			}
		}
		if got, err := w.Bundle(b.ID); err != nil || got.Boot != "boot" || got.Mount != 7 || got.Hashes["a.pdf"] != "00" {
			w.Errorf("%+v, %v", got, err)
		}
		b.Final = true
		must(w.T, w.Published(b, amtshilfe.BundlePublishing))
		if err := w.Published(b, amtshilfe.BundlePublishing); err == nil {
			w.Error("published twice")
		}
		if d := w.get(id, 1); d.State != amtshilfe.Spooled || !d.Final {
			w.Errorf("%s, final %v", d.State, d.Final)
		}
		if open, err := w.OpenBundles(); err != nil || len(open) != 0 {
			w.Errorf("%v, %v", open, err)
		}
	}},
}
