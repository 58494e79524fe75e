package pipeline_test

import (
	"errors"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sqlitedb"
)

// drop drops a document and lets it go as far as it goes.
func (w *world) drop(doc []byte) amtshilfe.DeliveryID {
	w.t.Helper()
	id := amtshilfe.DeliveryID{Drop: w.put(doc), Seq: 1}
	w.work()
	return id
}

// What an 008 does depends on how far its 003 has come (profil.md 2).
func TestEinstellung(t *testing.T) {
	for _, tt := range []struct {
		name      string
		prepare   func(w *world)
		withdrawn bool
		request   amtshilfe.State
		message   amtshilfe.State
	}{
		{"while the authority server is away both are withdrawn", func(w *world) { w.reg.err = errors.New("away") }, true, amtshilfe.Withdrawn, amtshilfe.Withdrawn},
		{"while no id can be had both are withdrawn", func(w *world) { w.xta.create = func() error { return errors.New("away") } }, true, amtshilfe.Withdrawn, amtshilfe.Withdrawn},
		{"while the letter waits for the print run both are withdrawn", func(w *world) { w.reg.kanal = postal }, true, amtshilfe.Withdrawn, amtshilfe.Withdrawn},
		{"while a person is asked who is competent both are withdrawn", func(w *world) { w.reg.kanal = amtshilfe.Kanal{Art: amtshilfe.KanalKeiner} }, true, amtshilfe.Withdrawn, amtshilfe.Withdrawn},
		{"once an id is reserved it waits until the 003 has left", func(w *world) { w.xta.send = answers(errDial, nil, nil) }, false, amtshilfe.Reserved, amtshilfe.Waiting},
		{"while the outcome of sending is unknown it waits", func(w *world) { w.xta.send = answers(errReset, nil, nil) }, false, amtshilfe.Sending, amtshilfe.Waiting},
		{"after the 003 was sent it goes at once", func(*world) {}, false, amtshilfe.Sent, amtshilfe.Sent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.prepare(w)
			request := w.sent(1)
			message := w.drop(w.follow(amtshilfe.KindEinstellung, 1))
			w.is(request, tt.request)
			w.is(message, tt.message)
			if tt.withdrawn {
				return
			}
			w.later(10 * time.Minute)
			w.work()
			w.is(request, amtshilfe.Sent)
			w.is(message, amtshilfe.Sent)
			if n := len(w.xta.bodies); n > 3 || w.xta.issued != 2 {
				t.Errorf("%d attempts, %d ids", n, w.xta.issued)
			}
		})
	}
}

// A letter in a bundle is past its point of no return: the 008 waits until the bundle is out, and is printed in the next one.
func TestEinstellungOnPaper(t *testing.T) {
	w := newWorld(t)
	w.reg.kanal = postal
	request := w.sent(1)
	_, err := w.ledger.Collect(ledger.PrintQueue{Profile: "std", Account: account, Betriebsart: amtshilfe.Test}, amtshilfe.Test, 10)
	must(t, err)
	message := w.drop(w.follow(amtshilfe.KindEinstellung, 1))
	w.is(request, amtshilfe.Spooled) // the lane has taken the bundle on
	w.is(message, amtshilfe.Resolved)
	_, _, err = w.Print(t.Context())
	must(t, err)
	w.is(message, amtshilfe.Spooled)
}

// Whichever of the two commits first wins; the loser looks again and does the other thing.
func TestWithdrawalAgainstReservation(t *testing.T) {
	w := newWorld(t)
	message := amtshilfe.DeliveryID{Seq: 1}
	w.xta.create = func() error { return errors.New("away") }
	request := w.sent(1)
	w.xta.create = func() error { // between the look at the row and the reservation
		w.xta.create = nil
		d := w.get(request)
		d.State, d.Lane, d.DueAt = amtshilfe.Withdrawn, "", time.Time{}
		return w.ledger.Save(sqlitedb.Outcome, &d)
	}
	w.later(time.Hour)
	w.work()
	w.is(request, amtshilfe.Withdrawn)
	if len(w.xta.bodies) != 0 {
		t.Error("sent although withdrawn")
	}
	message.Drop = w.put(w.follow(amtshilfe.KindEinstellung, 1))
	w.work()
	w.is(message, amtshilfe.Rejected, "BEZUG-ERLEDIGT")
}

// Messages of a case leave in their order, whatever happens to each.
func TestOrder(t *testing.T) {
	w := newWorld(t)
	w.xta.send = answers(errReset, nil, nil, nil)
	request := w.sent(1)
	change := w.drop(w.follow(amtshilfe.KindForderungsaenderung, 1))
	question := w.drop(w.follow(amtshilfe.KindSachstandAnfrage, 1))
	w.is(change, amtshilfe.Waiting)
	w.is(question, amtshilfe.Waiting)
	if q := w.get(question); q.After != change {
		t.Errorf("the question waits for %s", q.After)
	}
	w.restart() // nothing of this lives in memory
	w.later(10 * time.Minute)
	w.work()
	for _, id := range []amtshilfe.DeliveryID{request, change, question} {
		w.is(id, amtshilfe.Sent)
	}
}

// Who may say something about a case (profil.md 2).
func TestStrangersWithinTheHouse(t *testing.T) {
	two := func(c *pipeline.Config) {
		c.Accounts = append(c.Accounts, pipeline.Account{Name: "stadt-b", Title: "B", Betriebsart: amtshilfe.Test, Kennungen: []string{"*"}, PrintProfile: "std"})
	}
	w := newWorld(t, two)
	w.reg.err = errors.New("away") // the request stays before its point of no return
	request := w.sent(1)
	d := ledger.Drop{Drop: amtshilfe.Drop{ID: amtshilfe.NewDropID(w.now), Account: "stadt-b", Name: "x", ReceivedAt: w.now, ModTime: w.now, Betriebsart: amtshilfe.Test}}
	must(t, w.ledger.Claiming([]ledger.Drop{d}))
	must(t, w.ledger.Accepted([]ledger.Drop{d}))
	o, err := w.ledger.Begin(d.ID)
	must(t, err)
	stranger := ledger.Delivery{Rank: 1, Delivery: amtshilfe.Delivery{ID: amtshilfe.DeliveryID{Drop: d.ID, Seq: 1}, Account: "stadt-b", Kind: amtshilfe.KindEinstellung,
		State: amtshilfe.Valid, Betriebsart: amtshilfe.Test, UUID: "00000000-0000-4000-8000-000000000001", Absender: own, Case: w.get(request).Case}}
	must(t, o.Insert([]ledger.Delivery{stranger}))
	must(t, o.Finish(d))
	w.work()
	w.is(stranger.ID, amtshilfe.Waiting) // for a request of its own
	w.is(request, amtshilfe.Valid)
}

// A 007 or 008 may be quicker than its request; it waits for it for a week (profil.md 2).
func TestForerunner(t *testing.T) {
	for _, tt := range []struct {
		name             string
		kind             amtshilfe.Kind
		comes            time.Duration // the request, after it
		message, request amtshilfe.State
		code             string // of the request
	}{
		{"after an 008 neither is sent", amtshilfe.KindEinstellung, time.Hour, amtshilfe.Withdrawn, amtshilfe.Withdrawn, ""},
		{"after a 007 a person is asked about the request", amtshilfe.KindForderungsaenderung, time.Hour, amtshilfe.Waiting, amtshilfe.Held, "BEZUG-VORLAEUFER"},
		{"after a week the message is refused, and the request goes", amtshilfe.KindEinstellung, 8 * 24 * time.Hour, amtshilfe.Rejected, amtshilfe.Sent, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			message := w.drop(w.follow(tt.kind, 1))
			w.is(message, amtshilfe.Waiting)
			w.restart()
			w.later(tt.comes)
			w.work()
			request := w.sent(1)
			w.is(request, tt.request, tt.code)
			w.is(message, tt.message)
			if tt.request != amtshilfe.Held {
				return
			}
			must(t, w.Release(t.Context(), request, pipeline.Decision{Wer: "meier", Grund: "-"}))
			w.work()
			w.is(request, amtshilfe.Sent)
			w.is(message, amtshilfe.Sent)
		})
	}
}

// What cannot be resolved of a drop does not keep the rest of it: an answer waits alone.
func TestPutOff(t *testing.T) {
	w := newWorld(t)
	w.arrives("m", theirs, w.ersuchenOf(theirs, 7))
	must(t, w.fetch())
	w.reg.err = errors.New("away")
	answer := w.drop(w.follow(amtshilfe.KindEingangsbestaetigung, 7))
	w.is(answer, amtshilfe.Valid)
	if d, err := w.ledger.Drop(answer.Drop); err != nil || d.Cursor != 1 {
		t.Errorf("the drop waits with it: %+v, %v", d, err)
	}
	w.reg.err = nil
	w.later(w.pause())
	w.work()
	w.is(answer, amtshilfe.Sent)
}

// An authority server that is away delays requests, and nothing else.
func TestRegisterAway(t *testing.T) {
	w := newWorld(t)
	first := w.sent(1)
	w.reg.err = errors.New("away")
	waiting := w.sent(2)
	w.is(waiting, amtshilfe.Valid)
	change := w.drop(w.follow(amtshilfe.KindForderungsaenderung, 1))
	w.is(first, amtshilfe.Sent)
	w.is(change, amtshilfe.Sent)
	w.reg.err = nil
	w.later(time.Minute)
	w.work()
	w.is(waiting, amtshilfe.Sent)
}

// Nothing waits for ever: a fortnight without an answer is a question, and a release asks again.
func TestRegisterAwayForLong(t *testing.T) {
	w := newWorld(t)
	w.reg.err = errors.New("away")
	id := w.sent(1)
	w.later(13 * 24 * time.Hour)
	w.work()
	w.is(id, amtshilfe.Valid)
	w.later(2 * 24 * time.Hour)
	w.work()
	w.is(id, amtshilfe.Held, "ZUST-KEINE-ANTWORT")
	w.reg.err = nil
	must(t, w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-"}))
	w.work()
	w.is(id, amtshilfe.Sent)
}
