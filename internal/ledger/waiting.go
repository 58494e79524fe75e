package ledger

import (
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Reason says why a delivery that nobody is asked about does not move.
type Reason string

// What a delivery waits for.
const (
	ForDirectory   Reason = "directory"   // who is competent
	ForPredecessor Reason = "predecessor" // an earlier message of its case
	ForDestination Reason = "destination" // its data centre cannot be reached
	ForRetry       Reason = "retry"       // the last attempt failed
	ForSlot        Reason = "slot"        // others of its destination go first
	ForOutcome     Reason = "outcome"     // whether the last attempt was one
	ForReport      Reason = "report"      // the reader fetches it
	ForPrint       Reason = "print"       // the next print run
	ForRelease     Reason = "release"     // a person who releases the print profile
	ForPrintDay    Reason = "print-day"   // the print centre's next working day
	ForCutOff      Reason = "cut-off"     // the print centre's next day: it came after the cut-off
	ForCapacity    Reason = "capacity"    // the print centre's next day: today's capacity is used up
	ForCentre      Reason = "centre"      // the print centre
)

// Wait is what a delivery waits for.
type Wait struct {
	For      Reason               `json:"for"`
	Until    time.Time            `json:"until,omitzero"`    // when something is done about it next; zero = when the other thing happens
	Behind   amtshilfe.DeliveryID `json:"behind,omitzero"`   // ForPredecessor
	Outage   *Outage              `json:"outage,omitempty"`  // ForDestination
	Attempts int                  `json:"attempts"`          // that failed, or that found the report open
	Trouble  string               `json:"trouble,omitempty"` // what the last one failed of, English
}

// Waits says what a delivery waits for; ok is false for one that has ended or that a person is asked about.
func (d *Delivery) Waits(outages []Outage) (w Wait, ok bool) {
	w = Wait{Until: d.DueAt, Attempts: d.Attempts, Trouble: d.Trouble}
	switch d.State {
	case amtshilfe.Valid:
		w.For = ForDirectory
	case amtshilfe.Waiting:
		w.For, w.Behind, w.Until = ForPredecessor, d.After, time.Time{}
	case amtshilfe.Resolved, amtshilfe.Reserved:
		switch {
		case d.Lane == LanePrint:
			w.For, w.Until = ForPrint, time.Time{}
		case d.Attempts > 0:
			w.For = ForRetry
		default:
			w.For, w.Until = ForSlot, time.Time{}
		}
	case amtshilfe.Sending:
		w.For = ForOutcome
	case amtshilfe.Sent:
		w.For = ForReport
	case amtshilfe.Bundled, amtshilfe.Spooled, amtshilfe.Printed, amtshilfe.Enclosed:
		w.For, w.Until = ForCentre, time.Time{}
		return w, !d.Final
	default:
		return Wait{}, false
	}
	if d.Lane == LaneSend || d.Lane == LaneReport {
		for i := range outages {
			if o := &outages[i]; o.Dest == d.Dest && d.DueAt.Before(o.Probe) {
				w.For, w.Until, w.Outage, w.Trouble = ForDestination, o.Probe, o, o.Trouble
			}
		}
	}
	return w, true
}
