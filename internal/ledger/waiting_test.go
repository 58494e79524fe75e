package ledger_test

import (
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// Whatever is in flight says what it waits for; what has ended or is held does not wait by itself.
func TestWaits(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	outages := []ledger.Outage{{Dest: "rz.example", Since: now.Add(-time.Hour), Probe: now.Add(15 * time.Minute), Trouble: "connection refused"}}
	before := amtshilfe.DeliveryID{Drop: "D261122-AAAAAAAAAA", Seq: 1}
	for _, tt := range []struct {
		name     string
		state    amtshilfe.State
		lane     ledger.Lane
		dest     string
		attempts int
		want     ledger.Reason
		until    time.Time
	}{
		{"nobody was asked who is competent", amtshilfe.Valid, "", "", 0, ledger.ForDirectory, now},
		{"behind another message", amtshilfe.Waiting, "", "", 0, ledger.ForPredecessor, time.Time{}},
		{"others go first", amtshilfe.Resolved, ledger.LaneSend, "other", 0, ledger.ForSlot, time.Time{}},
		{"after a failed attempt", amtshilfe.Reserved, ledger.LaneSend, "other", 2, ledger.ForRetry, now},
		{"its data centre is away", amtshilfe.Resolved, ledger.LaneSend, "rz.example", 0, ledger.ForDestination, now.Add(15 * time.Minute)},
		{"its data centre is away, and the report is open", amtshilfe.Sent, ledger.LaneReport, "rz.example", 1, ledger.ForDestination, now.Add(15 * time.Minute)},
		{"an attempt with unknown outcome", amtshilfe.Sending, ledger.LaneSend, "other", 1, ledger.ForOutcome, now},
		{"an open report", amtshilfe.Sent, ledger.LaneReport, "other", 1, ledger.ForReport, now},
		{"a letter", amtshilfe.Resolved, ledger.LanePrint, "std", 0, ledger.ForPrint, time.Time{}},
		{"a letter at the print centre", amtshilfe.Printed, "", "std", 0, ledger.ForCentre, time.Time{}},
		{"held", amtshilfe.Held, "", "", 0, "", time.Time{}},
		{"delivered", amtshilfe.Delivered, "", "", 0, "", time.Time{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := ledger.Delivery{Delivery: amtshilfe.Delivery{State: tt.state, DueAt: now, Attempts: tt.attempts, After: before}, Lane: tt.lane, Dest: tt.dest, Trouble: "timeout"}
			w, ok := d.Waits(outages)
			if w.For != tt.want || ok != (tt.want != "") || !w.Until.Equal(tt.until) {
				t.Errorf("%+v, %v", w, ok)
			}
			if (tt.want == ledger.ForPredecessor) != (w.Behind == before) || tt.want == ledger.ForDestination && w.Trouble != "connection refused" {
				t.Errorf("%+v", w)
			}
		})
	}
	for state := range amtshilfe.States {
		s := amtshilfe.States[state]
		d := ledger.Delivery{Delivery: amtshilfe.Delivery{State: s}}
		if w, ok := d.Waits(nil); ok == (s.Ended() || s.Waits()) {
			t.Errorf("%s: %+v, %v", s, w, ok)
		}
	}
}
