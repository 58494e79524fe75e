package main

import (
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/ledger"
)

type bundleCmd struct {
	List      bundleListCmd      `cmd:"" help:"List them, the newest first."`
	Show      bundleShowCmd      `cmd:"" help:"Show the letters of one."`
	Confirm   bundleConfirmCmd   `cmd:"" help:"The print centre has it: go on. One that it does not acknowledge: wait for another term."`
	Republish bundleRepublishCmd `cmd:"" help:"The print centre never saw it: provide it again."`
	Recall    bundleRecallCmd    `cmd:"" help:"Take a bundle back that the print centre has not taken; its letters wait for a decision."`
}

type bundleListCmd struct{}

// Run lists bundles.
func (bundleListCmd) Run(e *env) error {
	return e.with(func(l *ledger.Ledger) error {
		list, err := l.Bundles(1000)
		for _, b := range list {
			fmt.Fprintf(e.out, "%s %-10s %-12s %s %4d letters %5d pages %s\n", b.ID, b.State, b.Profile, b.Account, b.Letters, b.Pages, b.CreatedAt.Format(time.RFC3339))
		}
		return err
	})
}

type bundleShowCmd struct {
	ID string `arg:"" help:"Bundle."`
}

// Run shows a bundle.
func (c bundleShowCmd) Run(e *env) error {
	return e.with(func(l *ledger.Ledger) error {
		b, err := l.Bundle(amtshilfe.BundleID(c.ID))
		if err != nil {
			return err
		}
		fmt.Fprintf(e.out, "%s %s %s of %s, %d letters, %d pages\n", b.ID, b.State, b.Profile, b.Account, b.Letters, b.Pages)
		if b.Replaces != "" {
			fmt.Fprintf(e.out, "  printed again in place of %s\n", b.Replaces)
		}
		if !b.Deadline.IsZero() {
			fmt.Fprintf(e.out, "  posted or returned %d; every letter must be acknowledged until %s\n", b.Posted, b.Deadline.Format(time.RFC3339))
		}
		if b.Question != nil {
			fmt.Fprintf(e.out, "  %s: %s\n", b.Question.Code, b.Question.Text)
		}
		letters, err := l.BundleDeliveries(b.ID)
		if err != nil {
			return err
		}
		shared, err := l.SharedIn(b.ID)
		for _, d := range letters {
			printDelivery(e, d)
			if in, ok := shared[d.Sendung.N]; ok && in != d.Sendung.N {
				fmt.Fprintf(e.out, "  in the envelope of %s.%d\n", b.ID, in)
			}
		}
		return err
	})
}

type bundleConfirmCmd struct {
	ID string `arg:"" help:"Bundle."`
	decision
}

// Run confirms a bundle.
func (c bundleConfirmCmd) Run(e *env) error {
	return e.decide(func(d *app.Decider) error { return d.Confirm(c.ID, c.by()) })
}

type bundleRepublishCmd struct {
	ID string `arg:"" help:"Bundle."`
	decision
}

// Run republishes a bundle.
func (c bundleRepublishCmd) Run(e *env) error {
	return e.decide(func(d *app.Decider) error { return d.Republish(c.ID, c.by()) })
}

type bundleRecallCmd struct {
	ID string `arg:"" help:"Bundle."`
	decision
}

// Run takes a bundle back: the wish is booked here, the process that holds the lock moves it. Exit 1 if the print centre was quicker.
func (c bundleRecallCmd) Run(e *env) error {
	if err := e.decide(func(d *app.Decider) error { return d.Recall(c.ID, c.by()) }); err != nil {
		return err
	}
	if err := (runCmd{Name: "quittung"}).Run(e); err != nil {
		return err
	}
	return e.with(func(l *ledger.Ledger) error {
		b, err := l.Bundle(amtshilfe.BundleID(c.ID))
		switch {
		case err != nil:
			return err
		case b.State == amtshilfe.BundleRecalled:
			fmt.Fprintf(e.out, "%s is back; its letters are held (gateway held list)\n", b.ID)
			return nil
		case b.State == amtshilfe.BundleRecalling:
			return fmt.Errorf("bundle %s is still being taken back, see the log", b.ID)
		}
		return fmt.Errorf("bundle %s: the print centre was quicker, it has the letters", b.ID)
	})
}

type reprintCmd struct {
	ID string `arg:"" help:"Sendung (B...-....n), or a whole bundle."`
	decision
}

// Run ties letters to a new bundle.
func (c reprintCmd) Run(e *env) error {
	return e.decide(func(d *app.Decider) error {
		b, err := d.Reprint(c.ID, c.by())
		if err == nil {
			fmt.Fprintf(e.out, "%s: %d letters, printed again in place of %s\n", b.ID, b.Letters, b.Replaces)
		}
		return err
	})
}
