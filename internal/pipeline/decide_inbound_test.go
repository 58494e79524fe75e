package pipeline_test

import (
	"slices"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
)

// What is held inbound a person lets be judged again, or ends for good.
func TestDecideInbound(t *testing.T) {
	w := newWorld(t)
	w.reg.only = map[string]amtshilfe.Kanal{}
	w.arrives("urn:m", theirs, []byte("<a>"))
	must(t, w.fetch())
	id := w.inbound("urn:m").ID
	by := pipeline.Decision{Wer: "meier", Grund: "das Amt ist nun eingetragen"}
	w.reg.only = nil
	must(t, w.RetryInbound(id, by))
	must(t, w.fetch())
	w.work()
	if in := w.inbound("urn:m"); in.State != amtshilfe.InboxRefused || len(w.backs()) != 1 {
		t.Errorf("%s, %d went back", in.State, len(w.backs()))
	}
	if err := w.RetryInbound(id, by); err == nil {
		t.Error("decided about what does not wait")
	}
	w.arrives("urn:n", "vb:2", w.ersuchenOf(theirs, 7))
	must(t, w.fetch())
	must(t, w.RejectInbound(w.inbound("urn:n").ID, by))
	must(t, w.fetch())
	if in := w.inbound("urn:n"); in.State != amtshilfe.InboxRefused || len(w.backs()) != 1 || slices.Contains(w.out(), in.Name) {
		t.Errorf("%s", in.State)
	}
	for _, action := range []string{"retry inbound", "reject inbound"} {
		if rows, err := w.ledger.Audit(action, 10); err != nil || len(rows) != 1 || rows[0].Who != "meier" {
			t.Errorf("%s: %v, %v", action, rows, err)
		}
	}
}

// What is held because of who sent it a person may publish all the same; nothing follows from it for the case, and what is broken stays.
func TestReleaseInbound(t *testing.T) {
	w := newWorld(t)
	w.reg.only = map[string]amtshilfe.Kanal{}
	by := pipeline.Decision{Wer: "meier", Grund: "telefonisch geklärt"}
	w.arrives("urn:m", theirs, []byte("<a>"))
	w.arrives("urn:n", "vb:2", w.ersuchenOf(theirs, 7))
	must(t, w.fetch())
	if err := w.ReleaseInbound(w.inbound("urn:m").ID, by); err == nil {
		t.Error("released what cannot be read")
	}
	must(t, w.ReleaseInbound(w.inbound("urn:n").ID, by))
	if err := w.ReleaseInbound(w.inbound("urn:n").ID, by); err == nil {
		t.Error("released twice")
	}
	must(t, w.fetch())
	in := w.inbound("urn:n")
	if in.State != amtshilfe.InboxPublished || !slices.Contains(w.out(), in.Name) || in.Case.Absender != "vb:2" {
		t.Errorf("%s %+v, out %v", in.State, in.Case, w.out())
	}
	if rows, err := w.ledger.Audit("release inbound", 10); err != nil || len(rows) != 1 || rows[0].Who != "meier" || rows[0].Grund != by.Grund {
		t.Errorf("%v, %v", rows, err)
	}
}
