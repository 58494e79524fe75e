package pipeline_test

import (
	"bytes"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
)

// playConflict drops four containers with the same number; of the three that wait, one is let in, one refused, and one taken back by
// its sender.
func (st *decisionStory) playConflict() {
	when := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for i, name := range []string{"a.xml", "b.xml", "c.xml", "e.xml"} {
		var b bytes.Buffer
		_, err := sample.WriteLieferung(&b, sample.Options{N: 2, Seed: int64(1 + 10*i), Now: when, UebertragungsID: 7})
		must(st.t, err)
		st.dropOnce(name, b.Bytes())
		st.work()
	}
	if d := st.named("b.xml"); st.asked(d) {
		must(st.t, st.ReleaseDrop(d.ID, clerk))
	}
	if d := st.named("c.xml"); st.asked(d) {
		must(st.t, st.RejectDrop(d.ID, clerk))
	}
	st.dropOnce("d.xml", sample.Widerruf(sample.Kopf(51, 1, when, sample.Akteur(own, "Stadtkasse", "-")), amtshilfe.Wahl{LieferungID: string(st.named("e.xml").ID)}))
	st.tellAll()
}

func (st *decisionStory) named(name string) ledger.Drop {
	st.t.Helper()
	list, err := st.ledger.Drops(10)
	must(st.t, err)
	for _, d := range list {
		if d.Name == name {
			return d
		}
	}
	st.t.Fatalf("no drop %s", name)
	panic("unreachable")
}

// asked says that the drop waits, and that nobody has decided.
func (st *decisionStory) asked(d ledger.Drop) bool {
	return d.State == amtshilfe.DropConflict && d.Verdict == ""
}

func (st *decisionStory) judgeConflict(when string) {
	st.t.Helper()
	bad := func(format string, args ...any) { st.t.Errorf(when+": "+format, args...) }
	for name, want := range map[string]struct {
		state    amtshilfe.DropState
		messages int
		receipts int // at least
	}{"a.xml": {amtshilfe.DropOpen, 2, 1}, "b.xml": {amtshilfe.DropOpen, 2, 2}, "c.xml": {amtshilfe.DropEnded, 0, 2}, "d.xml": {amtshilfe.DropEnded, 1, 1}, "e.xml": {amtshilfe.DropEnded, 0, 2}} {
		d := st.named(name)
		if d.State != want.state || d.Messages != want.messages || d.Question != nil || d.Verdict != "" || d.Closed != (want.state == amtshilfe.DropEnded) || !d.Told() {
			bad("%+v", d)
		}
		if n := st.toldOf(d, bad); n < want.receipts {
			bad("%s: %d receipts", name, n)
		}
		list, err := st.ledger.InDrop(d.ID, 0, 10)
		must(st.t, err)
		if len(list) != want.messages {
			bad("%s: %d messages", name, len(list))
		}
		for _, m := range list {
			if m.State != amtshilfe.Resolved && m.State != amtshilfe.Held && m.State != amtshilfe.Applied {
				bad("%s is %s", m.ID, m.State)
			}
		}
	}
	for _, action := range []string{"release", "reject", "withdraw"} {
		if got := st.audit(action); len(got) != 1 {
			bad("%s: %v", action, got)
		}
	}
	if got := st.audit("settle conflict"); len(got) != 3 {
		bad("settled: %v", got)
	}
}
