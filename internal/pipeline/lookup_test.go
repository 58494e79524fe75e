package pipeline_test

import (
	"errors"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
)

// many is a container of n requests to one authority.
func (w *world) many(n int) amtshilfe.DropID {
	w.t.Helper()
	var docs [][]byte
	for m := range sample.Generate(sample.Options{N: n, Seed: 77, Now: w.now}) {
		docs = append(docs, append([]byte(nil), m.XML...))
	}
	var id amtshilfe.DropID
	for _, doc := range docs {
		id = w.put(doc)
	}
	return id
}

// A reader is asked about once, however many messages to him leave at the same time (XTA 2.1.1 lookupService), and again when the
// answer is too old.
func TestLookupOnce(t *testing.T) {
	w := newWorld(t)
	w.xta.lookup = func() (xta.Availability, error) {
		<-time.After(20 * time.Millisecond) // so that others come meanwhile
		return xta.ServiceAvailable, nil
	}
	w.many(12)
	w.work()
	if len(w.xta.taken) != 12 || w.xta.lookups != 1 {
		t.Fatalf("%d messages, %d lookups", len(w.xta.taken), w.xta.lookups)
	}
	w.later(59 * time.Minute)
	w.sent(13)
	if w.xta.lookups != 1 {
		t.Errorf("%d lookups within the hour", w.xta.lookups)
	}
	w.later(2 * time.Minute)
	w.sent(14)
	if w.xta.lookups != 2 {
		t.Errorf("%d lookups after an hour", w.xta.lookups)
	}
}

// Questions that failed are not remembered; a "not available" is, for a short time, unless a person wants it asked again.
func TestLookupAgain(t *testing.T) {
	w := newWorld(t)
	answer, err := xta.ServiceUnavailable, errors.New("no route")
	w.xta.lookup = func() (xta.Availability, error) { return answer, err }
	first := w.sent(1)
	w.is(first, amtshilfe.Resolved)
	err = nil
	w.later(w.pause())
	w.work()
	w.is(first, amtshilfe.Held, "XTA-NICHT-VERFUEGBAR")
	w.is(w.sent(2), amtshilfe.Held, "XTA-NICHT-VERFUEGBAR")
	if w.xta.lookups != 2 {
		t.Errorf("%d lookups", w.xta.lookups)
	}
	answer = xta.ServiceAvailable
	must(t, w.Release(t.Context(), first, pipeline.Decision{Wer: "meier", Grund: "ist eingerichtet"}))
	w.work()
	w.is(first, amtshilfe.Sent)
	answer = xta.ServiceUnavailable
	w.later(2 * time.Hour)
	w.is(w.sent(3), amtshilfe.Held, "XTA-NICHT-VERFUEGBAR")
	answer = xta.ServiceAvailable
	w.later(6 * time.Minute)
	w.is(w.sent(4), amtshilfe.Sent)
}
