package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/ledger"
)

// openLedger opens the ledger beside a process that may serve.
func (e *env) openLedger() (*ledger.Ledger, error) {
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	path := cfg.LedgerFile()
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("no ledger in %s: nothing was taken in yet", cfg.DataDir)
	}
	return ledger.Open(path, nil, time.Now)
}

// ledgerIfAny opens the ledger of a gateway that has one already; nil = nothing was taken in yet.
func (e *env) ledgerIfAny() (*ledger.Ledger, error) {
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.LedgerFile()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return e.openLedger()
}

// findDeliveries finds by delivery id, UUID, MessageID or Aktenzeichen.
func findDeliveries(l *ledger.Ledger, what string) ([]ledger.Delivery, error) {
	id, err := amtshilfe.ParseDeliveryID(what)
	if err != nil {
		return l.Search(what, 100)
	}
	d, err := l.Delivery(id)
	return []ledger.Delivery{d}, err
}

// with runs f on the ledger.
func (e *env) with(f func(*ledger.Ledger) error) error {
	l, err := e.openLedger()
	if err != nil {
		return err
	}
	return errors.Join(f(l), l.Close())
}

type showCmd struct {
	ID   string `arg:"" help:"Drop or delivery."`
	JSON bool   `name:"json" help:"As JSON."`
}

// Run shows one thing.
func (c showCmd) Run(e *env) error {
	return e.with(func(l *ledger.Ledger) (err error) {
		w, err := e.waiter(l)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.Close()) }()
		if id, err := amtshilfe.ParseDeliveryID(c.ID); err == nil {
			return c.delivery(e, l, w, id)
		}
		return c.drop(e, l, w)
	})
}

func (c showCmd) delivery(e *env, l *ledger.Ledger, w waiter, id amtshilfe.DeliveryID) error {
	d, err := l.Delivery(id)
	if err != nil {
		return err
	}
	if !c.JSON {
		printDelivery(e, d)
		return w.print(e, d)
	}
	wait, err := w.of(&d)
	if err != nil {
		return err
	}
	return printJSON(e, struct {
		ledger.Delivery
		Waits ledger.Wait
	}{d, wait})
}

func (c showCmd) drop(e *env, l *ledger.Ledger, w waiter) error {
	d, err := l.Drop(amtshilfe.DropID(c.ID))
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e, d)
	}
	fmt.Fprintf(e.out, "%s %q of %s: %s, %s, %d bytes, sha256 %x\n", d.ID, d.Name, d.Account, d.State, d.Format, d.Size, d.SHA256)
	for _, f := range d.Findings {
		fmt.Fprintf(e.out, "  %s %s\n", f.Code, f.Text)
	}
	printDropQuestion(e, d)
	for m, err := range l.AllInDrop(d.ID) {
		if err != nil {
			return err
		}
		printDelivery(e, m)
		if err := w.print(e, m); err != nil {
			return err
		}
	}
	return nil
}

// printDropQuestion says why nothing of a drop is sent.
func printDropQuestion(e *env, d ledger.Drop) {
	if q := d.Question; q != nil {
		fmt.Fprintf(e.out, "  waits whole: %s until %s, decided by %s: %s\n", q.Code, q.Until.Format(time.DateOnly), q.Owner, q.Text)
	}
}

func printDelivery(e *env, d ledger.Delivery) {
	fmt.Fprintf(e.out, "%s %s %s %s %s %s", d.ID, d.Kind, d.UUID, d.State, d.Kanal.Art, d.Behoerde.Kennung)
	switch {
	case d.Hold != nil:
		fmt.Fprintf(e.out, "  %s until %s, decided by %s: %s", d.Hold.Code, d.Hold.Until.Format(time.DateOnly), d.Hold.Owner, d.Hold.Text)
	case d.Sendung.Bundle != "":
		fmt.Fprintf(e.out, "  letter %s", d.Sendung)
	case d.MessageID != "":
		fmt.Fprintf(e.out, "  %s", d.MessageID)
	}
	fmt.Fprintln(e.out)
	if d.Regel != "" {
		fmt.Fprintf(e.out, "  directory: %s\n", d.Regel)
	}
	for _, f := range d.Findings {
		fmt.Fprintf(e.out, "  %d:%d %s %s\n", f.Line, f.Column, f.Code, f.Text)
	}
}

type traceCmd struct {
	What string `arg:"" help:"Delivery, UUID, MessageID or Aktenzeichen."`
}

// Run prints the life of the messages found.
func (c traceCmd) Run(e *env) error {
	return e.with(func(l *ledger.Ledger) error {
		list, err := findDeliveries(l, c.What)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return fmt.Errorf("%q: %w", c.What, ledger.ErrNotFound)
		}
		for _, d := range list {
			printDelivery(e, d)
			events, err := l.History(d.ID)
			if err != nil {
				return err
			}
			for _, ev := range events {
				fmt.Fprintln(e.out, strings.TrimRight(fmt.Sprintf("  %s  %-12s %-14s %s", ev.At.Format(time.RFC3339), ev.Line.State, ev.Line.Status, ev.Line.Note), " "))
			}
		}
		return nil
	})
}

type heldCmd struct {
	List heldListCmd `cmd:"" help:"List them, the oldest first."`
}

type heldListCmd struct {
	JSON bool `name:"json" help:"As JSON."`
}

// Run lists what waits for a person; exit 3 if anything does.
func (c heldListCmd) Run(e *env) error {
	return e.with(func(l *ledger.Ledger) error {
		list, err := l.HeldList(10_000)
		if err != nil {
			return err
		}
		inbox, err := l.HeldInbox(10_000)
		if err != nil {
			return err
		}
		drops, err := l.HeldDrops(10_000)
		if err != nil {
			return err
		}
		if c.JSON {
			err = printJSON(e, struct {
				Drops      []ledger.Drop
				Deliveries []ledger.Delivery
				Inbox      []ledger.Inbound
			}{drops, list, inbox})
		} else {
			for _, d := range drops {
				fmt.Fprintf(e.out, "%s of %s, %s, %d messages taken in\n", d.ID, d.Account, d.State, d.Messages)
				printDropQuestion(e, d)
			}
			for _, d := range list {
				printDelivery(e, d)
			}
			for _, i := range inbox {
				fmt.Fprintf(e.out, "%s inbound %s for %s  %s: %s\n", i.ID, i.Kind, i.Account, i.Question.Code, i.Question.Text)
			}
		}
		if err == nil && len(drops)+len(list)+len(inbox) > 0 {
			return errOpen
		}
		return err
	})
}

type quarantineCmd struct {
	List quarantineListCmd `cmd:"" help:"List them, the newest first."`
	Show quarantineShowCmd `cmd:"" help:"Show why."`
}

type quarantineListCmd struct{}

// Run lists quarantined drops.
func (quarantineListCmd) Run(e *env) error {
	return e.with(func(l *ledger.Ledger) error {
		list, err := l.Quarantined(1000)
		for _, d := range list {
			code := ""
			switch {
			case d.Question != nil:
				code = d.Question.Code
			case len(d.Findings) > 0:
				code = d.Findings[0].Code
			}
			fmt.Fprintf(e.out, "%s %s %-12s %-20s %q\n", d.ID, d.ReceivedAt.Format(time.RFC3339), d.State, code, d.Name)
		}
		return err
	})
}

type quarantineShowCmd struct {
	ID string `arg:"" help:"Drop."`
}

// Run shows a quarantined drop.
func (c quarantineShowCmd) Run(e *env) error { return showCmd{ID: c.ID}.Run(e) }

type verifyCmd struct {
	JSON bool `name:"json" help:"As JSON."`
}

// Run verifies; exit 1 if anything disagrees.
func (c verifyCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	report, err := app.Verify(e.ctx, cfg)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(e, report); err != nil {
			return err
		}
	} else {
		for _, p := range report.Problems {
			fmt.Fprintln(e.out, "PROBLEM:", p)
		}
		fmt.Fprintf(e.out, "%d drops, %d messages, %d receipts, %d bundles, %d inbound, %d audit rows: %d problems\n",
			report.Drops, report.Messages, report.Receipts, report.Bundles, report.Inbound, report.Audit, len(report.Problems))
	}
	if len(report.Problems) > 0 {
		return errors.New("verify found problems")
	}
	return nil
}
