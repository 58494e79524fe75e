package main

import (
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/ledger"
)

type statusCmd struct {
	JSON bool `name:"json" help:"As JSON."`
}

// Run prints the counters.
func (c statusCmd) Run(e *env) error {
	return e.with(func(l *ledger.Ledger) error {
		totals, err := l.Totals()
		if err != nil {
			return err
		}
		work, err := l.Work()
		if err != nil {
			return err
		}
		outages, err := l.Outages()
		if err != nil {
			return err
		}
		whole, err := l.CountHeldDrops()
		if err != nil {
			return err
		}
		asked, err := l.AskedBundles()
		if err != nil {
			return err
		}
		stands, err := c.printStands(e, l)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(e, struct {
				Totals    []ledger.Total
				Work      ledger.Work
				HeldDrops int
				Outages   []ledger.Outage
				Bundles   []ledger.Bundle  // that a person is asked about
				Print     []app.PrintStand // how it stands with the print profiles
			}{totals, work, whole, outages, asked, stands})
		}
		for _, t := range totals {
			fmt.Fprintf(e.out, "%-24s %-18s %8d  %14s EUR\n", t.Account, t.State, t.N, t.Cents)
		}
		fmt.Fprintf(e.out, "in flight %d, drops at work %d, bundles on their way %d, inbound open %d\n", work.InFlight, work.Drops, work.Bundles, work.Inbox)
		if !work.Oldest.IsZero() {
			fmt.Fprintf(e.out, "oldest in flight since %s\n", work.Oldest.Format(time.RFC3339))
		}
		if whole > 0 {
			fmt.Fprintf(e.out, "drops that wait whole for a decision %d (held list)\n", whole)
		}
		if err := c.unreleased(e, l); err != nil {
			return err
		}
		for _, s := range stands {
			if !s.Idle() {
				fmt.Fprintln(e.out, s)
			}
		}
		for _, b := range asked {
			fmt.Fprintf(e.out, "bundle %s of profile %s: %s until %s, decided by %s: %s\n", b.ID, b.Profile, b.Question.Code, b.Question.Until.Format(time.DateOnly), b.Question.Owner, b.Question.Text)
		}
		for _, o := range outages {
			fmt.Fprintf(e.out, "destination %s cannot be reached since %s, %d failures, %d waiting, next attempt %s: %s\n",
				o.Dest, o.Since.Format(time.RFC3339), o.Failures, o.Waiting, o.Probe.Format(time.RFC3339), o.Trouble)
		}
		return nil
	})
}

// printStands says how it stands with the print profiles.
func (statusCmd) printStands(e *env, l *ledger.Ledger) (_ []app.PrintStand, err error) {
	w, err := e.waiter(l)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return w.Stands()
}

// unreleased names the print profiles whose letters wait for a Freigabe.
func (statusCmd) unreleased(e *env, l *ledger.Ledger) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	list, err := app.UnreleasedProfiles(cfg, l)
	for _, u := range list {
		fmt.Fprintf(e.out, "print profile %s version %s with template %s is not released for production: %d letters wait (decided by betrieb: gateway print proof, gateway print release)\n", u.Profile, u.Version, u.Template, u.Letters)
	}
	return err
}
