package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// codeTooLate marks a message that could not be taken back with its drop.
const codeTooLate = "BEZUG-NUR-EINSTELLUNG"

var findingTooLate = amtshilfe.Finding{Code: codeTooLate, Severity: amtshilfe.SeverityWarnung,
	Text: "Die Lieferung wurde zurückgezogen, diese Nachricht war aber schon übermittelt oder auf dem Weg; bitte für sie eine Einstellung (008) einliefern."}

// verdictsDue carries out what was decided about whole drops.
func (p *Pipeline) verdictsDue(ctx context.Context) error {
	drops, err := p.Ledger.Verdicts(50)
	if err != nil {
		return err
	}
	for _, d := range drops {
		if ctx.Err() != nil {
			return nil
		}
		if verdictErr := p.carryOut(d); verdictErr != nil {
			err = errors.Join(err, fmt.Errorf("drop %s: %s: %w", d.ID, d.Verdict, verdictErr))
		}
	}
	return err
}

// carryOut ends what of a drop has not passed its point of no return. It may run any number of times: what has ended is skipped, and
// the verdict stands in the ledger until all messages were looked at.
func (p *Pipeline) carryOut(drop ledger.Drop) error {
	if drop.State == amtshilfe.DropConflict {
		return p.settleConflict(drop)
	}
	for after, more := 0, true; more; {
		page, err := p.Ledger.InDrop(drop.ID, after, insertRows)
		if err != nil {
			return err
		}
		var changed []*ledger.Delivery
		for i := range page {
			after = page[i].ID.Seq
			if sentence(drop, &page[i]) {
				changed = append(changed, &page[i])
			}
		}
		if err := p.saveSentences(drop, changed); err != nil {
			return err
		}
		more = len(page) == insertRows
	}
	return p.Ledger.CarriedOut(drop.ID)
}

// saveSentences writes a page at once; where one of it has moved on, each is tried alone and judged again as it is now.
func (p *Pipeline) saveSentences(drop ledger.Drop, changed []*ledger.Delivery) error {
	err := p.Ledger.Save(sqlitedb.Outcome, changed...)
	if !errors.Is(err, ledger.ErrStale) {
		return err
	}
	for _, d := range changed {
		for err = ledger.ErrStale; errors.Is(err, ledger.ErrStale); {
			again, readErr := p.Ledger.Delivery(d.ID)
			if readErr != nil {
				return readErr
			}
			if err = nil; sentence(drop, &again) {
				err = p.Ledger.Save(sqlitedb.Outcome, &again)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sentence decides what a verdict about its drop makes of a message; false says that it stays as it is.
func sentence(drop ledger.Drop, d *ledger.Delivery) bool {
	switch {
	case withdrawableNow(d):
		if drop.Verdict == ledger.VerdictReject {
			d.State = amtshilfe.Rejected
			if q := drop.Question; q != nil {
				note(d, amtshilfe.Finding{Code: q.Code, Severity: amtshilfe.SeverityFehler, Text: "Die Lieferung wurde nicht bestätigt und nicht übermittelt; bitte neu einliefern, wenn sie doch übermittelt werden soll."})
			}
		} else {
			d.State = amtshilfe.Withdrawn
		}
		d.Hold = nil
		rest(d)
		return true
	case drop.Verdict != ledger.VerdictWithdraw || d.Kind.Decides():
		return false
	}
	switch d.State {
	case amtshilfe.Rejected, amtshilfe.Duplicate, amtshilfe.Withdrawn, amtshilfe.GivenUp, amtshilfe.Refused:
		return false // nothing of it is anywhere
	}
	if slices.ContainsFunc(d.Findings, func(f amtshilfe.Finding) bool { return f.Code == codeTooLate }) {
		return false
	}
	note(d, findingTooLate)
	d.Tell = true
	return true
}

// withdrawableNow says that nothing of the message has left, and nothing can have left.
func withdrawableNow(d *ledger.Delivery) bool {
	switch d.State {
	case amtshilfe.Valid, amtshilfe.Resolved, amtshilfe.Waiting:
		return true
	case amtshilfe.Held:
		return withdrawable(*d)
	}
	return false
}

// ReleaseDrop lets a drop that waits whole go on.
func (p *Pipeline) ReleaseDrop(id amtshilfe.DropID, by Decision) error {
	if by.Behoerde != "" || by.Kanal != "" {
		return fmt.Errorf("release %s: an authority or a way can only be chosen for a single message", id)
	}
	if err := p.Ledger.ReleaseDrop(id, ledger.Who{Wer: by.Wer, Grund: by.Grund}); err != nil {
		return err
	}
	p.kick(laneDrop, laneResolve)
	return nil
}

// RejectDrop refuses a drop that waits whole. It books the decision; the process that holds the lock carries it out.
func (p *Pipeline) RejectDrop(id amtshilfe.DropID, by Decision) error {
	if err := p.Ledger.RejectDrop(id, ledger.Who{Wer: by.Wer, Grund: by.Grund}); err != nil {
		return err
	}
	p.kick(laneDrop)
	return nil
}
