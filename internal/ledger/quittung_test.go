package ledger_test

import (
	"errors"

	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// published brings n letters to a print centre that acknowledges within a day.
func (w *world) published(n int) (amtshilfe.DropID, ledger.Bundle) {
	w.Helper()
	var uuids []int
	for range n {
		w.uuids++
		uuids = append(uuids, w.uuids)
	}
	id := w.letters(uuids...)
	b, err := w.Collect(queue, amtshilfe.Test, 10)
	must(w.T, err)
	for _, s := range []amtshilfe.BundleState{amtshilfe.BundleStaged, amtshilfe.BundlePublishing} {
		from := b.State
		b.State = s
		must(w.T, w.SetBundle(b, from))
	}
	b.Deadline = w.now.Add(24 * time.Hour)
	must(w.T, w.Published(b, amtshilfe.BundlePublishing))
	return id, b
}

// says is an acknowledgement about letters 1, 2 ... of the bundle, "" = nothing about this one.
func says(id string, b ledger.Bundle, states ...amtshilfe.State) ledger.Acknowledgement {
	a := ledger.Acknowledgement{Profile: "std", ID: id, Sum: [32]byte{byte(len(states))}, Bundle: b.ID, Art: "X"}
	for i, s := range states {
		if s != "" {
			q := &amtshilfe.Question{Code: "DRUCK-X", Owner: amtshilfe.OwnerMandant, From: amtshilfe.Returned, Until: time.Now()}
			a.Said = append(a.Said, ledger.Said{N: i + 1, State: s, Question: q})
		}
	}
	return a
}

func (w *world) states(id amtshilfe.DropID, want ...amtshilfe.State) {
	w.Helper()
	for i, s := range want {
		if d := w.get(id, i+1); d.State != s {
			w.Errorf("letter %d is %s, want %s", i+1, d.State, s)
		}
	}
}

const (
	printed, enclosed, posted, back, deleted = amtshilfe.Printed, amtshilfe.Enclosed, amtshilfe.Posted, amtshilfe.Returned, amtshilfe.Held
)

var quittungChecks = []check{
	{"what the centre says moves letters forward only, and once each is at its end nothing more is expected", func(w *world) {
		id, b := w.published(3)
		entrance := ledger.Acknowledgement{Profile: "std", ID: "e", Bundle: b.ID, Letters: 3, Accepted: true}
		must(w.T, w.Acknowledge(entrance))
		must(w.T, w.Acknowledge(says("p", b, printed, enclosed, printed)))
		w.states(id, printed, enclosed, printed)
		must(w.T, w.Acknowledge(says("o", b, posted, posted)))
		must(w.T, w.Acknowledge(says("late", b, enclosed, printed, enclosed)))
		w.states(id, posted, posted, enclosed)
		w.later(25 * time.Hour)
		if m, err := w.Overdue(); err != nil || len(m) != 1 || m[0] != (ledger.Missing{ID: b.ID, Letters: 3, Open: 1}) {
			w.Errorf("%+v, %v", m, err)
		}
		must(w.T, w.AskBundle(b.ID, amtshilfe.Question{Code: "DRUCK-X"}))
		if asked, err := w.AskedBundles(); err != nil || len(asked) != 1 {
			w.Errorf("%v, %v", asked, err)
		}
		must(w.T, w.Acknowledge(says("r", b, "", back, posted)))
		w.states(id, posted, back, posted)
		got, err := w.Bundle(b.ID)
		if m, _ := w.Overdue(); err != nil || got.Question != nil || !got.Deadline.IsZero() || got.Posted != 3 || len(m) != 0 {
			w.Errorf("%+v, %v", got, err)
		}
	}},
	{"the same again is a repetition; what contradicts, is unknown or does not add up changes nothing", func(w *world) {
		id, b := w.published(2)
		must(w.T, w.Acknowledge(says("1", b, posted)))
		foreign := says("2", b, posted)
		foreign.Profile = "other"
		for _, tt := range []struct {
			says string
			a    ledger.Acknowledgement
			want error
		}{
			{"the same file again", says("1", b, posted), ledger.ErrRepeated},
			{"its id with another content", says("1", b, posted, posted), ledger.ErrContradicts},
			{"a bundle nobody knows", says("3", ledger.Bundle{ID: "B261121-ZZ"}, posted), ledger.ErrUnknown},
			{"a bundle of another profile", foreign, ledger.ErrUnknown},
			{"a letter that is not in it", says("4", b, "", posted, posted), ledger.ErrUnknown},
			{"posted is deleted", says("5", b, deleted), ledger.ErrContradicts},
			{"another number of letters", ledger.Acknowledgement{Profile: "std", ID: "6", Bundle: b.ID, Letters: 3, Accepted: true}, ledger.ErrSums},
			{"rejected after it was posted", ledger.Acknowledgement{Profile: "std", ID: "7", Bundle: b.ID, Letters: 2, Refusal: &amtshilfe.Question{}}, ledger.ErrContradicts},
		} {
			if err := w.Acknowledge(tt.a); !errors.Is(err, tt.want) {
				w.Errorf("%s: %v", tt.says, err)
			}
		}
		w.states(id, posted, amtshilfe.Spooled)
	}},
	{"a rejected bundle, and a deleted letter, wait for a person and say nothing more", func(w *world) {
		id, b := w.published(2)
		q := &amtshilfe.Question{Code: "DRUCK-ABGELEHNT", Owner: amtshilfe.OwnerBetrieb, From: amtshilfe.Spooled, Until: w.now}
		must(w.T, w.Acknowledge(ledger.Acknowledgement{Profile: "std", ID: "1", Bundle: b.ID, Letters: 2, Refusal: q}))
		w.states(id, amtshilfe.Held, amtshilfe.Held)
		if got, err := w.Bundle(b.ID); err != nil || !got.Rejected || !got.Deadline.IsZero() {
			w.Errorf("%+v, %v", got, err)
		}
		if err := w.Acknowledge(says("2", b, printed)); !errors.Is(err, ledger.ErrContradicts) {
			w.Error(err)
		}
	}},
	{"a reprint is tied to a new bundle that names the old one; only the new one moves it from then on", func(w *world) {
		id, b := w.published(2)
		must(w.T, w.Acknowledge(says("1", b, posted)))
		by := ledger.Who{Wer: "meier", Grund: "Wasserschaden"}
		again, err := w.Reprint(amtshilfe.SendungID{Bundle: b.ID, N: 1}, amtshilfe.Finding{Code: "DRUCK-NACHDRUCK"}, by)
		must(w.T, err)
		if d := w.get(id, 1); d.State != amtshilfe.Bundled || d.Sendung != (amtshilfe.SendungID{Bundle: again.ID, N: 1}) || len(d.Findings) != 1 {
			w.Errorf("%+v", d)
		}
		earlier, err := w.Earlier(again.ID)
		if err != nil || earlier[1] != (amtshilfe.SendungID{Bundle: b.ID, N: 1}) || again.Replaces != b.ID {
			w.Errorf("%v, %+v, %v", earlier, again, err)
		}
		must(w.T, w.Acknowledge(says("2", b, back))) // of the first printing
		w.states(id, amtshilfe.Bundled, amtshilfe.Spooled)
		if _, err := w.Reprint(amtshilfe.SendungID{Bundle: b.ID, N: 1}, amtshilfe.Finding{}, by); !errors.Is(err, ledger.ErrNotOut) {
			w.Errorf("printed a third time: %v", err)
		}
		if _, err := w.Reprint(amtshilfe.SendungID{Bundle: again.ID}, amtshilfe.Finding{}, by); !errors.Is(err, ledger.ErrNotOut) {
			w.Errorf("before it is out: %v", err)
		}
		if said, err := w.Audit("reprint", 10); err != nil || len(said) != 1 || said[0].Who != "meier" || said[0].Grund != "Wasserschaden" {
			w.Errorf("%+v, %v", said, err)
		}
	}},
	{"a bundle is taken back only while the centre has said nothing, and its letters wait", func(w *world) {
		id, b := w.published(1)
		by := ledger.Who{Wer: "meier", Grund: "falsch"}
		must(w.T, w.Recall(b.ID, by))
		if err := w.Acknowledge(says("1", b, posted)); !errors.Is(err, ledger.ErrUnknown) {
			w.Error(err)
		}
		must(w.T, w.Unrecalled(b.ID))
		must(w.T, w.Recall(b.ID, by))
		must(w.T, w.Recalled(b.ID, amtshilfe.Question{Code: "DRUCK-X", Owner: amtshilfe.OwnerBetrieb, From: amtshilfe.Resolved, Until: w.now}))
		if d := w.get(id, 1); d.State != amtshilfe.Held || d.Sendung.Bundle != "" {
			w.Errorf("%+v", d)
		}
		if err := w.Acknowledge(says("2", b, posted)); !errors.Is(err, ledger.ErrContradicts) {
			w.Error(err)
		}
		_, other := w.published(2)
		must(w.T, w.Acknowledge(says("3", other, printed)))
		if err := w.Recall(other.ID, by); !errors.Is(err, ledger.ErrClaimed) {
			w.Error(err)
		}
	}},
	{"nothing but a reprint takes a letter from one bundle to another", func(w *world) {
		id, _ := w.published(1)
		d := w.get(id, 1)
		d.State, d.Sendung = amtshilfe.Bundled, amtshilfe.SendungID{Bundle: "B261121-ZZ", N: 1}
		if err := w.Save(0, &d); !errors.Is(err, ledger.ErrOneWay) {
			w.Error(err)
		}
	}},
}
