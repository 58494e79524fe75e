package main

import (
	"fmt"
	"time"

	"damtshilfe/internal/ledger"
)

var reasons = map[ledger.Reason]string{
	ledger.ForDirectory:   "for the authority server",
	ledger.ForPredecessor: "behind an earlier message of its case",
	ledger.ForDestination: "for its data centre, which cannot be reached",
	ledger.ForRetry:       "for the next attempt",
	ledger.ForSlot:        "for its turn",
	ledger.ForOutcome:     "for word whether the last attempt was one",
	ledger.ForReport:      "until the reader has fetched it",
	ledger.ForPrint:       "for the next print run",
	ledger.ForCentre:      "for the print centre",
}

// printWait says what a message waits for and until when something is done about it.
func printWait(e *env, d ledger.Delivery, outages []ledger.Outage) {
	w, ok := d.Waits(outages)
	if !ok {
		return
	}
	fmt.Fprintf(e.out, "  waits %s", reasons[w.For])
	switch {
	case w.Outage != nil:
		fmt.Fprintf(e.out, " since %s", w.Outage.Since.Format(time.RFC3339))
	case !w.Behind.IsZero():
		fmt.Fprintf(e.out, ", %s", w.Behind)
	}
	if !w.Until.IsZero() {
		fmt.Fprintf(e.out, "; next %s", w.Until.Format(time.RFC3339))
	}
	if w.Attempts > 0 {
		fmt.Fprintf(e.out, "; tried %d times", w.Attempts)
	}
	if w.Trouble != "" {
		fmt.Fprintf(e.out, "; %s", w.Trouble)
	}
	fmt.Fprintln(e.out)
}
