package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"damtshilfe/internal/config"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"
)

// tidyEvery is the pause between two looks into the own mailbox for what has run out.
const tidyEvery = time.Minute

// tidyMailbox takes out of the own mailbox what nobody fetched in time. A fault waits for the next look: late beats lost.
func (g *Gateway) tidyMailbox(ctx context.Context) error {
	if g.Mailbox == nil {
		return nil
	}
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		n, err := g.Mailbox.WithdrawObsolete()
		if err != nil {
			g.opts.Log.Warn("mailbox not tidied", "err", err)
		}
		if n > 0 {
			g.opts.Log.Info("obsolete messages withdrawn", "messages", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// purge removes what the terms are over for: of drops, and of the own mailbox.
func (g *Gateway) purge(ctx context.Context) (done, failed int, err error) {
	done, failed, err = g.Pipeline.Purge(ctx)
	if g.Mailbox == nil {
		return done, failed, err
	}
	k := g.Config.XTA.Server.Keep
	tidied, tidyErr := g.Mailbox.Tidy(ctx, xta.Terms{Content: k.Content, Reports: k.Reports, Unused: k.Unused})
	if tidyErr != nil {
		failed++
	}
	if tidied != (xta.Tidied{}) {
		g.opts.Log.Info("mailbox purged", "contents", tidied.Contents, "reports", tidied.Reports, "unused_ids", tidied.Unused, "segments", tidied.Files)
	}
	return done + tidied.Contents + tidied.Reports + tidied.Unused, failed, errors.Join(err, tidyErr)
}

// OwnMailbox is what a reader's mailbox on the own XTA server holds.
type OwnMailbox struct {
	Known          bool // somebody configured it, or it holds something
	Waiting, Fresh int  // not closed; of these never fetched
}

// LookIntoMailbox looks into a reader's mailbox on the own XTA server; it may run beside a serving gateway.
func LookIntoMailbox(ctx context.Context, cfg config.Config, reader string) (o OwnMailbox, err error) {
	for _, p := range cfg.Participants {
		o.Known = o.Known || reader != "*" && slices.Contains(p.Kennungen, reader)
	}
	err = withMailbox(cfg, func(m *xta.Mailbox) error {
		b, err := m.Box(ctx, reader)
		o.Known, o.Waiting, o.Fresh = o.Known || b.Known, b.Waiting, b.Fresh
		return err
	})
	return o, err
}

// ReaderDecision is what somebody decides about a reader of the own XTA server.
type ReaderDecision struct{ Reader, Wer, Grund string }

// Depart takes a reader out of the own XTA server; the audit says who and why, before it is done. It may run beside a serving
// gateway: all happens in one transaction of the mailbox, and every other call looks at it in its own.
func Depart(cfg config.Config, d ReaderDecision) (out xta.Departure, err error) {
	err = d.decide(cfg, "xta-withdraw", func(m *xta.Mailbox) (err error) {
		out, err = m.Depart(d.Reader)
		return err
	})
	return out, err
}

// Readmit takes a reader in again; it says whether it had left.
func Readmit(cfg config.Config, d ReaderDecision) (left bool, err error) {
	err = d.decide(cfg, "xta-readmit", func(m *xta.Mailbox) (err error) {
		left, err = m.Readmit(d.Reader)
		return err
	})
	return left, err
}

func (d ReaderDecision) decide(cfg config.Config, action string, f func(*xta.Mailbox) error) (err error) {
	l, err := ledger.Open(cfg.LedgerFile(), nil, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return withMailbox(cfg, func(m *xta.Mailbox) error {
		if err := l.Note(d.Wer, action, d.Reader, d.Grund); err != nil {
			return err
		}
		return f(m)
	})
}
