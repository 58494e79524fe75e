package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/ledger"
	"damtshilfe/spool"
)

// VerifyReport is what Verify counted and what does not agree.
type VerifyReport struct {
	Drops, Messages, Receipts, Bundles, Inbound, Mailbox, Audit int
	Problems                                                    []string // ids and facts, no personal data
}

func (r *VerifyReport) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// verifier compares the ledger with what lies on disk.
type verifier struct {
	report  VerifyReport
	ledger  *ledger.Ledger
	spool   *spool.Spool
	totals  map[string]ledger.Count // account + state
	bundled map[amtshilfe.DeliveryID]amtshilfe.BundleID
	known   map[amtshilfe.DropID]bool
}

// Verify proves from ledger, files, mailbox and print spool that nothing was lost and nothing doubled: messages in = ended + held
// + in flight per drop, in rows and in counters; every byte that a row names is there; no file is without a row; the audit's hash
// chain is whole (design 4, Conservation). It changes nothing. Run it beside a serving gateway only when that is at rest.
func Verify(ctx context.Context, cfg config.Config) (VerifyReport, error) {
	l, err := ledger.Open(cfg.LedgerFile(), nil, time.Now)
	if err != nil {
		return VerifyReport{}, err
	}
	defer l.Close()
	s, err := spool.OpenReadOnly(spool.Options{DataDir: cfg.DataDir})
	if err != nil {
		return VerifyReport{}, err
	}
	defer s.Close()
	if err := addFolders(s, cfg); err != nil {
		return VerifyReport{}, err
	}
	v := &verifier{ledger: l, spool: s, totals: map[string]ledger.Count{}, bundled: map[amtshilfe.DeliveryID]amtshilfe.BundleID{}, known: map[amtshilfe.DropID]bool{}}
	for _, step := range []func() error{v.bundles, v.drops, v.sums, v.inbox, v.files, v.audit, func() error { return v.mailbox(ctx, cfg) }} {
		if err := step(); err != nil {
			return v.report, err
		}
	}
	return v.report, nil
}

func (v *verifier) drops() error {
	drops, err := v.ledger.Drops(1 << 30)
	if err != nil {
		return err
	}
	for _, d := range drops {
		v.report.Drops++
		v.known[d.ID] = true
		if err := v.drop(d); err != nil {
			return fmt.Errorf("verify drop %s: %w", d.ID, err)
		}
	}
	return nil
}

func (v *verifier) drop(d ledger.Drop) error {
	if d.State == amtshilfe.DropClaiming {
		return nil // its file is where recovery looks for it
	}
	if d.SHA256 != ([32]byte{}) && !d.Purged {
		sum, size, err := v.spool.HashOriginal(d.ID)
		switch {
		case err != nil:
			v.report.problem("drop %s: original: %v", d.ID, err)
		case sum != d.SHA256 || size != d.Size:
			v.report.problem("drop %s: the original is not what was taken in", d.ID)
		}
	}
	if err := v.receipts(d); err != nil {
		return err
	}
	if d.State == amtshilfe.DropConflict && (d.Question == nil || d.Question.Until.IsZero()) {
		v.report.problem("drop %s: in conflict without a question or its term", d.ID)
	}
	if d.State != amtshilfe.DropOpen && d.State != amtshilfe.DropEnded {
		return nil
	}
	counts, err := v.ledger.CountsOf(d.ID)
	if err != nil {
		return err
	}
	rows, err := v.ledger.Recount(d.ID)
	if err != nil {
		return err
	}
	messages := 0
	for _, state := range amtshilfe.States {
		if counts[state] != rows[state] {
			v.report.problem("drop %s: counter of %s says %v, rows say %v", d.ID, state, counts[state], rows[state])
		}
		messages += rows[state].N
		key := d.Account + " " + string(state)
		t := v.totals[key]
		v.totals[key] = ledger.Count{N: t.N + rows[state].N, Cents: t.Cents + rows[state].Cents}
	}
	if messages != d.Messages {
		v.report.problem("drop %s: %d messages were taken in, %d rows are there", d.ID, d.Messages, messages)
	}
	return v.deliveries(d)
}

func (v *verifier) deliveries(d ledger.Drop) error {
	live := 0
	words := map[amtshilfe.Status]ledger.Count{}
	for m, err := range v.ledger.AllInDrop(d.ID) {
		if err != nil {
			return err
		}
		v.report.Messages++
		if !m.State.Ended() && !m.Final {
			live++
		}
		word := ledger.LineOf(&m, m.UpdatedAt).Status
		words[word] = ledger.Count{N: words[word].N + 1, Cents: words[word].Cents + m.Betrag}
		if m.Length > 0 {
			if _, err := v.spool.ReadSegment(d.ID, m.Offset, m.Length, m.SHA256); err != nil {
				v.report.problem("delivery %s: document: %v", m.ID, err)
			}
		}
		onPaper := m.State == amtshilfe.Bundled || m.State == amtshilfe.Spooled || m.State == amtshilfe.Printed || m.State == amtshilfe.Enclosed || m.State == amtshilfe.Posted || m.State == amtshilfe.Returned
		// A letter that the centre deleted or sent back stays tied while a person is asked, and when it is given up.
		afterwards := m.State == amtshilfe.Held && m.Hold != nil && m.Hold.From == amtshilfe.Spooled || m.State == amtshilfe.GivenUp && m.Sendung.Bundle != ""
		if bundle, tied := v.bundled[m.ID]; (onPaper || afterwards) != tied || tied && bundle != m.Sendung.Bundle {
			v.report.problem("delivery %s: state %s, bundle %q, but the bundles say %q", m.ID, m.State, m.Sendung.Bundle, bundle)
		}
		switch m.State {
		case amtshilfe.Sent, amtshilfe.Delivered, amtshilfe.DeliveredWarned:
			if m.MessageID == "" {
				v.report.problem("delivery %s: %s without a MessageID", m.ID, m.State)
			}
		case amtshilfe.Held:
			if m.Hold == nil || m.Hold.Until.IsZero() {
				v.report.problem("delivery %s: held without a question or its term", m.ID)
			}
		case amtshilfe.Valid:
			if d.Cursor >= m.ID.Seq && m.DueAt.IsZero() {
				v.report.problem("delivery %s: valid, and nobody will look at it", m.ID)
			}
		case amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending:
			if m.DueAt.IsZero() {
				v.report.problem("delivery %s: %s, and nobody will look at it", m.ID, m.State)
			}
		}
	}
	counted, err := v.ledger.Words(d.ID)
	if err != nil {
		return err
	}
	if !maps.Equal(words, counted) {
		v.report.problem("drop %s: receipts would say %v, rows say %v", d.ID, counted, words)
	}
	if live != d.Live {
		v.report.problem("drop %s: %d messages live, the drop says %d", d.ID, live, d.Live)
	}
	return nil
}

// receipts are numbered without a gap; what still lies in out/ is what was booked. The owner may delete them.
func (v *verifier) receipts(d ledger.Drop) error {
	list, err := v.ledger.Receipts(d.ID)
	if err != nil {
		return err
	}
	for i, r := range list {
		v.report.Receipts++
		if r.N != i+1 {
			v.report.problem("drop %s: receipt %d is missing", d.ID, i+1)
		}
		if !r.Published {
			continue
		}
		for _, f := range r.Files {
			sum, err := v.hashOut(d.Account, f.Name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil || hex.EncodeToString(sum[:]) != f.SHA256 {
				v.report.problem("drop %s: receipt %d in out/ is not the one that was booked as %s (%v)", d.ID, r.N, f.Format, err)
			}
		}
	}
	return nil
}

// sums compares the totals of accounts with the rows.
func (v *verifier) sums() error {
	totals, err := v.ledger.Totals()
	if err != nil {
		return err
	}
	for _, t := range totals {
		key := t.Account + " " + string(t.State)
		if v.totals[key] != t.Count {
			v.report.problem("account %s: total of %s says %v, rows say %v", t.Account, t.State, t.Count, v.totals[key])
		}
		delete(v.totals, key)
	}
	for key, c := range v.totals {
		if c.N != 0 {
			v.report.problem("account and state %s: %d rows without a total", key, c.N)
		}
	}
	return nil
}

func (v *verifier) audit() (err error) {
	v.report.Audit, err = v.ledger.CheckAudit()
	if err != nil {
		v.report.problem("%v", err)
	}
	return nil
}
