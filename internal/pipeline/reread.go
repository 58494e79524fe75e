package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/mapping"
)

// codeNoPack is the question about a message whose schema pack is not installed.
const codeNoPack = "PACK-FEHLT"

// unread says that a message came out of its intake with a question and goes on although nobody answered it: the question has to be
// asked again of the message itself. A message whose pack was missing was not read at all, and nobody can confirm it.
func unread(d *ledger.Delivery) bool {
	return d.Kind == 0 || !d.Confirmed && amtshilfe.HeldBy(d.Findings) != nil
}

// rereadAll judges those of work again that need it, and leaves out what cannot go on.
func (p *Pipeline) rereadAll(ctx context.Context, work []*ledger.Delivery) ([]*ledger.Delivery, error) {
	var errs error
	work = slices.DeleteFunc(work, func(d *ledger.Delivery) bool {
		if d.State == amtshilfe.Held || !unread(d) {
			return false // held: it only gets its place in its case
		}
		err := p.reread(ctx, d)
		errs = errors.Join(errs, err)
		return err != nil || d.State != amtshilfe.Valid
	})
	return work, errs
}

// reread passes a message of the store through gate, field map, rules and schema once more, as its opening did.
func (p *Pipeline) reread(ctx context.Context, d *ledger.Delivery) error {
	drop, err := p.Ledger.Drop(d.ID.Drop)
	if err != nil {
		return err
	}
	doc, err := p.bytes(d)
	if lost(err) {
		p.hold(d, faultDocument.Code, faultDocument.Text, faultDocument.Owner, amtshilfe.Valid)
		return p.Ledger.Save(sqlitedb.Outcome, d)
	}
	if err != nil {
		return fmt.Errorf("read %s again: %w", d.ID, err)
	}
	o := &opening{p: p, drop: drop, account: p.accounts[d.Account], reader: p.Packs.NewReader(p.cfg.Limits.Message)}
	j := judged{doc: mapping.Stored(drop.Format, d.Position, len(doc)), delivery: *d}
	j.delivery.Findings, j.delivery.Hold = nil, nil
	if d.Kind == 0 {
		j.delivery.Confirmed = false // nobody can have confirmed what nobody has read
	}
	o.read(&j, doc)
	violations := [][]schema.Violation{nil}
	if j.pack != "" {
		if violations, err = p.Schema.Validate(ctx, j.pack, [][]byte{doc}); err != nil {
			return fmt.Errorf("read %s again: %w", d.ID, err)
		}
	}
	o.conclude(&j, doc, violations[0])
	if err := p.taken(&j.delivery); err != nil {
		return err
	}
	*d = j.delivery
	if d.State != amtshilfe.Valid {
		rest(d)
	}
	return p.Ledger.Reread(d)
}

// taken ends a message whose UUID was used meanwhile by another accepted one.
func (p *Pipeline) taken(d *ledger.Delivery) error {
	if d.State == amtshilfe.Rejected || d.UUID == "" {
		return nil
	}
	known, err := p.Ledger.Known(d.Absender, []string{d.UUID})
	if first, again := known[d.UUID]; again && first.ID != d.ID {
		repeats(d, first)
	}
	return err
}

// askForPacks lets messages that wait for a schema pack be read again, once after a start with other packs than before. The audit
// remembers the packs last, so that a crash asks once more; while the receipt 1 of one of them is not written, nothing may become of
// it and the next look goes on.
func (p *Pipeline) askForPacks() error {
	if p.packsKnown || p.cfg.InstalledPacks == "" {
		return nil
	}
	before, err := p.Ledger.Audit("packs", 1)
	if err != nil {
		return err
	}
	if len(before) == 1 && before[0].Grund == p.cfg.InstalledPacks {
		p.packsKnown = true
		return nil
	}
	for {
		held, untold, err := p.Ledger.HeldFor(codeNoPack, ledger.Chunk)
		if err != nil {
			return err
		}
		if len(held) == 0 {
			if p.packsKnown = untold == 0; !p.packsKnown {
				return nil
			}
			return p.Ledger.Remark("gateway", "packs", "installed", p.cfg.InstalledPacks)
		}
		again := make([]*ledger.Delivery, len(held))
		for i := range held {
			d := &held[i]
			// Who came first is read first: of two messages with one UUID the other is the duplicate.
			due := p.Now().Add(time.Duration(i-len(held)) * time.Microsecond)
			d.State, d.Lane, d.DueAt, d.Attempts = amtshilfe.Valid, ledger.LaneResolve, due, 0
			again[i] = d
		}
		if err := p.Ledger.Save(sqlitedb.Intent, again...); err != nil {
			return err
		}
	}
}
