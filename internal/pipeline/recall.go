package pipeline

import (
	"errors"
	"fmt"
	"io/fs"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/printstreet"
	"damtshilfe/spool"
)

// textRecalled is asked about each letter of a bundle that was taken back. They are held, not printed with the next bundle: a centre that
// copies before it takes away may have seen them, and only a person can ask it.
const textRecalled = "Der Stapel mit dem Schreiben wurde zurückgeholt, bevor das Druckzentrum ihn übernommen hat; bitte freigeben (es kommt in den nächsten Stapel) oder abweisen."

// findingReprint tells the sender that a letter is printed a second time.
var findingReprint = amtshilfe.Finding{Code: "DRUCK-NACHDRUCK", Severity: amtshilfe.SeverityWarnung,
	Text: "Das Schreiben wird auf Entscheidung des Betriebs noch einmal gedruckt; die Behörde kann es deshalb zweimal erhalten."}

// RecallBundle books that a published bundle shall be taken back; the process that holds the lock does it.
func (p *Pipeline) RecallBundle(id amtshilfe.BundleID, by Decision) error {
	b, err := p.outBundle(id)
	if err != nil {
		return fmt.Errorf("recall %s: %w", id, err)
	}
	spoken, err := p.spokenOf(&b)
	if err != nil {
		return fmt.Errorf("recall %s: %w", id, err)
	}
	if spoken {
		return fmt.Errorf("recall %s: %w", id, errSpoken)
	}
	return p.Ledger.Recall(id, ledger.Who{Wer: by.Wer, Grund: by.Grund})
}

// Reprint ties a letter (B...-....n) or all letters of a bundle (B...-...) to a new bundle; the process that holds the lock prints it.
func (p *Pipeline) Reprint(id string, by Decision) (ledger.Bundle, error) {
	old := amtshilfe.SendungID{Bundle: amtshilfe.BundleID(id)}
	if !old.Bundle.Valid() {
		var err error
		if old, err = amtshilfe.ParseSendungID(id); err != nil {
			return ledger.Bundle{}, fmt.Errorf("reprint %q: want a bundle or a Sendung", id)
		}
	}
	b, err := p.outBundle(old.Bundle)
	if err != nil {
		return b, fmt.Errorf("reprint %s: %w", id, err)
	}
	if err := p.collected(&b); err != nil {
		return b, fmt.Errorf("reprint %s: %w", id, err)
	}
	return p.Ledger.Reprint(old, findingReprint, ledger.Who{Wer: by.Wer, Grund: by.Grund})
}

// outBundle is a bundle that the print centre may have.
func (p *Pipeline) outBundle(id amtshilfe.BundleID) (ledger.Bundle, error) {
	b, err := p.Ledger.Bundle(id)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return b, errors.New("no such bundle")
	case err == nil && b.State != amtshilfe.BundlePublished:
		return b, fmt.Errorf("the bundle is %s, not published", b.State)
	}
	return b, err
}

// errSpoken refuses what a waiting acknowledgement decides: the centre has the bundle, whatever lies in the inbox.
var errSpoken = errors.New("an acknowledgement of the bundle waits in quittung/; have it booked first (gateway run quittung)")

// collected refuses a bundle of which an acknowledgement waits: who decides shall know what it says. And one that still lies in the inbox and of
// which the print centre said nothing: it would print every letter twice. One that was acknowledged lies there because the centre copies.
func (p *Pipeline) collected(b *ledger.Bundle) error {
	switch spoken, err := p.spokenOf(b); {
	case err != nil:
		return err
	case spoken:
		return errSpoken
	}
	where, err := p.Spool.BundleWhere(b.Profile, b.ID)
	if err != nil || where != spool.InInbox || b.Acknowledged {
		return err
	}
	return errors.New("the print centre has not taken the bundle yet; take it back first (gateway bundle recall)")
}

// spokenOf says whether a file in quittung/ names a bundle, also one that is still written or cannot be read: the run quittung books it or
// sets it aside.
func (p *Pipeline) spokenOf(b *ledger.Bundle) (bool, error) {
	return p.Spool.Mentioned(b.Profile, string(b.ID), printstreet.MaxQuittung)
}

// recall takes a bundle back, wherever a crash stopped it, and books what became of it.
func (p *Pipeline) recall(b *ledger.Bundle) error {
	back, err := p.takeBack(b)
	if err != nil {
		return err
	}
	if !back {
		b.State = amtshilfe.BundlePublished
		return p.Ledger.Unrecalled(b.ID)
	}
	b.State = amtshilfe.BundleRecalled
	return p.Ledger.Recalled(b.ID, *p.question("DRUCK-ZURUECKGEHOLT", textRecalled, amtshilfe.OwnerBetrieb, amtshilfe.Resolved))
}

// takeBack is one rename: in the inbox = not done, in staging = done, in neither, or acknowledged meanwhile = the centre was quicker. Before
// back is true both directories are synced, so a power cut cannot put it back into the inbox.
func (p *Pipeline) takeBack(b *ledger.Bundle) (back bool, err error) {
	where, err := p.Spool.BundleWhere(b.Profile, b.ID)
	if err != nil {
		return false, err
	}
	if where != spool.InInbox {
		return where != spool.Gone, p.Spool.SyncPublished(b.Profile)
	}
	if spoken, err := p.spokenOf(b); err != nil || spoken {
		return false, err
	}
	err = p.Spool.RecallBundle(b.Profile, b.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
