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
	Confirm   bundleConfirmCmd   `cmd:"" help:"The print centre has it: go on."`
	Republish bundleRepublishCmd `cmd:"" help:"The print centre never saw it: provide it again."`
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
		if b.Question != nil {
			fmt.Fprintf(e.out, "  %s: %s\n", b.Question.Code, b.Question.Text)
		}
		letters, err := l.BundleDeliveries(b.ID)
		for _, d := range letters {
			printDelivery(e, d)
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
