package pipeline_test

import (
	"context"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// TestAStopWhileAnAnswerIsAddressed: the process ends while the authority server is asked for whom an answer is. It must not count as
// resolved: nobody would look at it again.
func TestAStopWhileAnAnswerIsAddressed(t *testing.T) {
	w := newWorld(t)
	w.arrives("urn:3", theirs, w.ersuchenOf(theirs, 7))
	must(t, w.fetch())
	id := amtshilfe.DeliveryID{Drop: w.put(w.follow(amtshilfe.KindEingangsbestaetigung, 7)), Seq: 1}
	ctx, stop := context.WithCancel(t.Context())
	w.reg.asked = stop
	if err := w.Work(ctx, nil); err == nil {
		t.Error("nobody says that the work was broken off")
	}
	w.reg.asked = nil
	w.restart()
	w.later(time.Hour)
	w.work()
	w.is(id, amtshilfe.Sent)
}

// TestAnAnswerThatIsTooQuick: its request lies in out/ before its row says so. It waits for moments, not for the pause after a failure.
func TestAnAnswerThatIsTooQuick(t *testing.T) {
	w := newWorld(t)
	in := ledger.Inbound{Inbound: amtshilfe.Inbound{ID: "I261120-0000000001", Account: account, MessageID: "urn:3", Author: theirs, ReceivedAt: w.now}, Reader: own}
	_, err := w.ledger.Fetched(in)
	must(t, err)
	id := w.drop(w.follow(amtshilfe.KindEingangsbestaetigung, 7))
	if d := w.get(id); d.State != amtshilfe.Valid || d.DueAt.IsZero() || d.DueAt.After(w.now.Add(time.Second)) {
		t.Errorf("%s, due at %s, now is %s", d.State, d.DueAt, w.now)
	}
}
