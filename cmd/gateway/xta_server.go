package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"damtshilfe/internal/app"
)

type xtaAccountsCmd struct {
	JSON bool `help:"As JSON."`
}

// Run lists the accounts of the own server, beside it or without it.
func (c xtaAccountsCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	list, err := app.XTAAccounts(e.ctx, cfg)
	if err != nil {
		return noMailbox(err)
	}
	if c.JSON {
		return printJSON(e, list)
	}
	for _, a := range list {
		locked := ""
		if a.Locked {
			locked = "  LOCKED"
		}
		fmt.Fprintf(e.out, "%s%s\n", strings.Join(a.Kennungen, ", "), locked)
		for _, cert := range a.Certificates {
			fmt.Fprintf(e.out, "  sha256 %s  %s\n", cert.Fingerprint, lastUse(cert))
		}
	}
	return nil
}

func lastUse(c app.XTACertificate) string {
	if c.LastUsed.IsZero() {
		return "never used here"
	}
	return fmt.Sprintf("last used %s, valid until %s", c.LastUsed.Local().Format("2006-01-02 15:04"), c.NotAfter.Local().Format(time.DateOnly))
}

// noMailbox explains what the absence of the mailbox means.
func noMailbox(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no mailbox yet: the own XTA server (xta.server) has not run here")
	}
	return err
}

type xtaWithdrawCmd struct {
	Reader string `required:"" placeholder:"KENNUNG" help:"Reader that leaves: an identifier with a mailbox on the own server."`
	Yes    bool   `help:"Really do it. Without, it only says what would happen."`
	decision
}

// Run takes a reader out of the own server: what it has not fetched goes back to its senders with a red report.
func (c xtaWithdrawCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	m, err := app.LookIntoMailbox(e.ctx, cfg, c.Reader)
	if err != nil {
		return noMailbox(err)
	}
	if !m.Known {
		return usageError{fmt.Errorf("--reader: %s has no mailbox here, and never had", c.Reader)}
	}
	if !c.Yes {
		return usageError{fmt.Errorf("%d messages wait for %s, %d of them never fetched. These would be withdrawn for good: their senders see a red report. "+
			"Nothing would be accepted for %s any more. Say --yes if that is meant", m.Waiting, c.Reader, m.Fresh, c.Reader)}
	}
	d, err := app.Depart(cfg, app.ReaderDecision{Reader: c.Reader, Wer: c.who(), Grund: c.Grund})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s has left: %d messages withdrawn, the audit says by %s\n", c.Reader, d.Withdrawn, c.who())
	if d.Fetched > 0 {
		fmt.Fprintf(e.out, "%d more were fetched and not closed: the reader has them, and may still close them\n", d.Fetched)
	}
	return nil
}

type xtaReadmitCmd struct {
	Reader string `required:"" placeholder:"KENNUNG" help:"Reader that comes back."`
	decision
}

// Run lets messages come in for a reader again.
func (c xtaReadmitCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	left, err := app.Readmit(cfg, app.ReaderDecision{Reader: c.Reader, Wer: c.who(), Grund: c.Grund})
	switch {
	case err != nil:
		return noMailbox(err)
	case !left:
		return usageError{fmt.Errorf("--reader: %s has not left", c.Reader)}
	}
	fmt.Fprintf(e.out, "%s takes messages again; what was withdrawn stays withdrawn\n", c.Reader)
	return nil
}

type xtaRelaysCmd struct {
	JSON bool `help:"As JSON."`
}

// Run lists what is on its way, the oldest first.
func (c xtaRelaysCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	list, err := app.Relays(e.ctx, cfg)
	if err != nil {
		return noMailbox(err)
	}
	if c.JSON {
		return printJSON(e, list)
	}
	fmt.Fprintf(e.out, "%d on their way\n", len(list))
	for _, r := range list {
		fmt.Fprintf(e.out, "%s  %s old, %s, from %s to %s", plain(r.MessageID), age(r.Stored), r.State, plain(r.Author), plain(r.Reader))
		if r.Server != "" {
			fmt.Fprintf(e.out, " at %s as %s", plain(r.Server), plain(r.Remote))
		}
		fmt.Fprintf(e.out, ", %d attempts, next step %s\n", r.Attempts, r.Due.Local().Format("2006-01-02 15:04:05"))
		if r.Problem != "" {
			fmt.Fprintf(e.out, "    %s\n", plain(r.Problem))
		}
	}
	return nil
}
