package pipeline

import (
	"errors"
	"fmt"
	"io/fs"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
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
	return p.Ledger.Reprint(old, findingReprint, ledger.Who{Wer: by.Wer, Grund: by.Grund})
}

// recall takes a bundle back by one rename, wherever a crash stopped it: in the inbox = not done, in staging = done, in neither = the
// centre was quicker. Before the outcome is booked both directories are synced, so a power cut cannot put it back into the inbox.
func (p *Pipeline) recall(b *ledger.Bundle) error {
	where, err := p.Spool.BundleWhere(b.Profile, b.ID)
	if err != nil {
		return err
	}
	if where == spool.InInbox {
		err = p.Spool.RecallBundle(b.Profile, b.ID)
		if errors.Is(err, fs.ErrNotExist) {
			where, err = spool.Gone, nil
		}
	} else {
		err = p.Spool.SyncPublished(b.Profile)
	}
	if err != nil {
		return err
	}
	if where == spool.Gone {
		b.State = amtshilfe.BundlePublished
		return p.Ledger.Unrecalled(b.ID)
	}
	b.State = amtshilfe.BundleRecalled
	return p.Ledger.Recalled(b.ID, *p.question("DRUCK-ZURUECKGEHOLT", textRecalled, amtshilfe.OwnerBetrieb, amtshilfe.Resolved))
}
