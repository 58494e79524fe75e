package pipeline_test

import (
	"testing"
	"time"
)

// While one author sends message after message, MessageIDs are fetched ahead: each is used once, none is used that is old, and few are
// fetched in vain (XTA 2.1.1 createMessageId).
func TestIDsAhead(t *testing.T) {
	w := newWorld(t)
	w.large(1, 60)
	for range 3 {
		w.work()
	}
	used := map[string]bool{}
	for _, l := range w.xta.taken {
		used[l.id] = true
	}
	if len(w.xta.taken) != 60 || len(used) != 60 {
		t.Fatalf("%d messages under %d ids", len(w.xta.taken), len(used))
	}
	if spare := w.xta.issued - 60; spare < 1 || spare > 8 {
		t.Errorf("%d ids fetched ahead of nothing", spare)
	}
	w.later(2 * time.Minute)
	before := w.xta.issued
	if id := w.get(w.sent(500)).MessageID; used[id] || w.xta.issued != before+1 {
		t.Errorf("%s, %d ids issued for it: an old one was used", id, w.xta.issued-before)
	}
}
