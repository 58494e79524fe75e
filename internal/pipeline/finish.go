package pipeline

import (
	"errors"
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/rules"
	"damtshilfe/mapping"
)

// duplicates finds messages that the sender had accepted before, in this drop or an earlier one (profil.md 4).
func (o *opening) duplicates(docs []judged) error {
	bySender := map[string][]string{}
	for i := range docs {
		if d := &docs[i].delivery; d.State != amtshilfe.Rejected && d.UUID != "" {
			bySender[d.Absender] = append(bySender[d.Absender], d.UUID)
		}
	}
	for sender, uuids := range bySender {
		known, err := o.p.Ledger.Known(sender, uuids)
		if err != nil {
			return err
		}
		for i := range docs {
			j := &docs[i]
			d := &j.delivery
			if d.State == amtshilfe.Rejected || d.UUID == "" || d.Absender != sender {
				continue
			}
			first, again := known[d.UUID]
			if !again {
				first, again = o.rows.Take(d)
			}
			if again {
				repeats(d, first)
			}
		}
	}
	return nil
}

// repeats ends a message whose UUID an accepted one has: the same bytes are a duplicate, others a fault.
func repeats(d *ledger.Delivery, first ledger.Known) {
	d.Hold = nil
	if first.SHA256 == d.SHA256 {
		d.State, d.DuplicateOf = amtshilfe.Duplicate, first.ID
		return
	}
	d.State = amtshilfe.Rejected
	note(d, rules.Duplicate())
}

// finish decides what concerns the drop as a whole and makes it visible.
func (o *opening) finish() error {
	kopf := o.source.Head()
	d := o.drop
	d.Format, d.Kopf = o.source.Format(), kopf
	switch {
	case o.seq == 0:
		return o.p.quarantine(d, findingEmpty)
	case o.seq == 1 && d.Format == amtshilfe.FormatXML && !o.sole.read && amtshilfe.Failed(o.sole.delivery.Findings):
		return o.p.quarantine(d, o.sole.delivery.Findings[0])
	}
	if whole := o.refusal(); whole != nil {
		if err := o.rows.RejectAll(*whole); err != nil {
			return err
		}
		d.Findings = append(d.Findings, *whole)
		if whole == &findingForeignHead {
			d.Kopf = nil // the number belongs to somebody else: a foreign head must not use it up
		}
	}
	if d.Kopf != nil {
		said, err := o.headFindings(kopf)
		if err != nil {
			return err
		}
		d.Findings = append(d.Findings, said...)
	}
	var err error
	if d.Question, err = o.plausible(); err != nil {
		return err
	}
	err = o.rows.Finish(d)
	switch {
	case errors.Is(err, ledger.ErrConflict):
		d.Question = o.p.question(findingConflict.Code, findingConflict.Text, amtshilfe.OwnerMandant, amtshilfe.Valid)
		err = o.p.Ledger.Conflict(d)
	case errors.Is(err, ledger.ErrIdentityTaken):
		return err // the next opening sees the other drop and calls it a duplicate
	}
	if err == nil {
		o.p.kick(laneDrop)
	}
	return err
}

// refusal says why the drop is refused as a whole, or nil.
func (o *opening) refusal() *amtshilfe.Finding {
	switch kopf := o.source.Head(); {
	case kopf != nil && !o.mayClaim(kopf.Absender):
		return &findingForeignHead
	case o.tests[0] && o.tests[1]:
		return &findingMixed
	case o.failed && o.account.AllOrNothing:
		return &findingAllOrNothing
	}
	return nil
}

// headFindings compares what the head says with what was there and with the numbers used before.
func (o *opening) headFindings(kopf *amtshilfe.Lieferkopf) (said []amtshilfe.Finding, err error) {
	if kopf.Anzahl != o.seq {
		said = append(said, rules.Count())
	}
	next, err := o.p.Ledger.NextUebertragungsID(kopf.Absender, kopf.Verfahren)
	if err == nil && next > 0 && kopf.UebertragungsID > next {
		said = append(said, findingGap)
	}
	return said, err
}

func (o *opening) mayClaim(kennung string) bool {
	return o.account.Owns(kennung) || o.account.Owns("*")
}

// quarantine ends a drop that yielded no message: the original stays, the reason lies beside it.
func (p *Pipeline) quarantine(d ledger.Drop, f amtshilfe.Finding) error {
	reason, err := mapping.MarshalReason(mapping.ErrorReason{Drop: d.ID, Account: d.Account, Name: d.Name, Size: d.Size,
		SHA256: fmt.Sprintf("%x", d.SHA256), At: p.Now(), Code: f.Code, Text: f.Text, Line: f.Line, Column: f.Column})
	if err != nil {
		return fmt.Errorf("quarantine %s: %w", d.ID, err)
	}
	if err := p.Spool.WriteReason(d.ID, reason); err != nil {
		return fmt.Errorf("quarantine %s: %w", d.ID, err)
	}
	if err := p.Ledger.Quarantine(d.ID, f); err != nil {
		return err
	}
	p.kick(laneDrop)
	return nil
}
