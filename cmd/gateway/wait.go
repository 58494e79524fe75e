package main

import (
	"fmt"
	"sync"
	"time"

	"damtshilfe/internal/app"
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
	ledger.ForRelease:     "for gateway print release of its print profile",
	ledger.ForPrintDay:    "for the print centre's next working day",
	ledger.ForCutOff:      "for the print centre's next day, it came after the cut-off",
	ledger.ForCapacity:    "for the print centre's next day, today's capacity is used up",
	ledger.ForCentre:      "for the print centre",
}

// waiter knows what messages wait for. Close it when done.
type waiter struct {
	ledger    *ledger.Ledger
	outages   []ledger.Outage
	directory func() string // how the authority servers answer now; they are asked once, and only if something waits for them
	*app.PrintDesk
}

func (e *env) waiter(l *ledger.Ledger) (waiter, error) {
	cfg, err := e.load()
	if err != nil {
		return waiter{}, err
	}
	outages, err := l.Outages()
	if err != nil {
		return waiter{}, err
	}
	desk, err := app.OpenPrintDesk(cfg, l)
	look := sync.OnceValue(func() string { return app.LookAtDirectory(e.ctx, cfg.Register) })
	return waiter{l, outages, look, desk}, err
}

// of says what one waits for; the zero Wait if it waits for nothing.
func (w waiter) of(d *ledger.Delivery) (ledger.Wait, error) {
	wait, ok := d.Waits(w.outages)
	if !ok {
		return ledger.Wait{}, nil
	}
	return w.Letter(d, wait)
}

// print says what a message waits for and until when something is done about it.
func (from waiter) print(e *env, d ledger.Delivery) error {
	w, err := from.of(&d)
	if err != nil || w.For == "" {
		return err
	}
	fmt.Fprintf(e.out, "  waits %s", reasons[w.For])
	switch {
	case w.For == ledger.ForDirectory:
		drop, err := from.ledger.Drop(d.ID.Drop)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.out, " since %s; %s", drop.ReceivedAt.Format(time.RFC3339), from.directory())
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
	_, err = fmt.Fprintln(e.out)
	return err
}
