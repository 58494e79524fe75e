package ledger

import (
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// anew keeps a letter in one bundle: what is tied to one, or is out, goes into another only if a person had it printed again, and a letter
// that came back is untied when a person lets it go on.
func anew(tx *sqlitedb.Tx, d *Delivery) error {
	if d.State == amtshilfe.Bundled && d.from != amtshilfe.Resolved && !d.reprint {
		return fmt.Errorf("%s: from %s into a bundle: %w", d.ID, d.from, ErrOneWay)
	}
	if d.from == amtshilfe.Returned && (d.State == amtshilfe.Valid || d.State == amtshilfe.Resolved) {
		return untie(tx, d)
	}
	return nil
}

// untie takes a letter out of the bundle that it was published with; the Sendung stays, and the next one names it.
func untie(tx *sqlitedb.Tx, d *Delivery) error {
	_, err := tx.Exec(`UPDATE bundle_items SET removed=2 WHERE bundle=? AND n=? AND removed=0`, d.Sendung.Bundle, d.Sendung.N)
	d.Sendung = amtshilfe.SendungID{}
	return err
}

// ErrNotOut says that a letter was not published yet, or is not a letter any more: it is not printed again.
var ErrNotOut = errors.New("only what was given to the print centre can be printed again")

// Reprint ties a Sendung (a letter, or all that share its envelope) or all of a bundle (n = 0) to a new bundle of the same profile: a person decided that they are
// printed again. In the same transaction the old ones are marked, so that only one of both counts, and the audit says who and why. The new
// bundle is collected; the print lane does the rest. Each letter's receipt says note.
func (l *Ledger) Reprint(old amtshilfe.SendungID, note amtshilfe.Finding, by Who) (Bundle, error) {
	now := l.now()
	from, err := l.Bundle(old.Bundle)
	if err != nil {
		return from, err
	}
	b := Bundle{ID: amtshilfe.NewBundleID(now), Profile: from.Profile, Account: from.Account, Betriebsart: from.Betriebsart,
		State: amtshilfe.BundleCollected, CreatedAt: time.UnixMicro(now.UnixMicro()), Replaces: from.ID}
	err = l.write(sqlitedb.Intent, "reprint", func(tx *sqlitedb.Tx) error {
		letters, err := reprintable(tx, old)
		if err != nil {
			return err
		}
		b.Letters = len(letters)
		if _, err := tx.Exec(`INSERT INTO bundles(id, profile, account, betriebsart, state, created_at, letters, updated_at, replaces) VALUES(?,?,?,?,?,?,?,?,?)`,
			b.ID, b.Profile, b.Account, b.Betriebsart, b.State, now.UnixMicro(), b.Letters, now.UnixMicro(), b.Replaces); err != nil {
			return err
		}
		for i := range letters {
			if err := again(tx, &letters[i], amtshilfe.SendungID{Bundle: b.ID, N: i + 1}, note, now); err != nil {
				return err
			}
		}
		if err := balance(tx, old.Bundle); err != nil {
			return err
		}
		subject := string(old.Bundle)
		if old.N > 0 {
			subject = old.String()
		}
		return appendAudit(tx, now, by.Wer, "reprint", subject+" as "+string(b.ID), by.Grund)
	})
	return b, err
}

// reprintable gives the letters of a published bundle that may be printed again, all or those of one Sendung; ErrNotOut if one may not.
func reprintable(tx *sqlitedb.Tx, old amtshilfe.SendungID) ([]Delivery, error) {
	var state amtshilfe.BundleState
	if err := tx.QueryRow(`SELECT state FROM bundles WHERE id=?`, []any{old.Bundle}, &state); err != nil {
		return nil, err
	}
	rows, err := tx.Query(`SELECT `+deliveryColumns+` FROM deliveries WHERE (drop_id, seq) IN
		(SELECT drop_id, seq FROM bundle_items i WHERE bundle=?1 AND removed=0 AND (?2=0 OR `+itsSendung+`=?2)) ORDER BY sendung`, old.Bundle, old.N)
	if err != nil {
		return nil, err
	}
	list, err := collect(rows, scanDelivery)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || state != amtshilfe.BundlePublished {
		return nil, fmt.Errorf("%s: %w", old.Bundle, ErrNotOut)
	}
	for _, d := range list {
		deleted := d.State == amtshilfe.Held && d.Hold != nil && d.Hold.From == amtshilfe.Spooled
		if !out(d.State) && d.State != amtshilfe.Returned && !deleted {
			return nil, fmt.Errorf("%s is %s: %w", d.Sendung, d.State, ErrNotOut)
		}
	}
	return list, nil
}

// again moves one letter from its Sendung to a new one.
func again(tx *sqlitedb.Tx, d *Delivery, to amtshilfe.SendungID, note amtshilfe.Finding, now time.Time) error {
	if err := untie(tx, d); err != nil {
		return err
	}
	d.State, d.Sendung, d.Hold, d.reprint, d.Tell = amtshilfe.Bundled, to, nil, true, true
	d.Lane, d.DueAt = "", time.Time{}
	note.Line, note.Column = d.Position.Line, d.Position.Column
	d.Findings = append(d.Findings, note)
	if err := addItem(tx, d); err != nil {
		return err
	}
	return save(tx, d, now)
}

// ErrClaimed says that a bundle cannot be taken back: the print centre has it, or never could have had it.
var ErrClaimed = errors.New("only a published bundle of which the print centre said nothing can be taken back")

// Recall books that a published bundle shall be taken back out of the inbox: the intent. Who, and why, is in the same transaction.
func (l *Ledger) Recall(id amtshilfe.BundleID, by Who) error {
	now := l.now()
	return l.write(sqlitedb.Intent, "bundle recall", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE bundles SET state='recalling', updated_at=? WHERE id=? AND state='published' AND accepted=0
			AND NOT EXISTS(SELECT 1 FROM bundle_items i WHERE i.bundle=bundles.id AND (said IS NOT NULL OR removed=2))`, now.UnixMicro(), id)
		if err == nil && n == 0 {
			err = fmt.Errorf("bundle %s: %w", id, ErrClaimed)
		}
		if err != nil {
			return err
		}
		return appendAudit(tx, now, by.Wer, "bundle recall", string(id), by.Grund)
	})
}

// Unrecalled books that the print centre was quicker than a recall: the bundle is published as before.
func (l *Ledger) Unrecalled(id amtshilfe.BundleID) error {
	now := l.now()
	return l.write(sqlitedb.Outcome, "bundle not recalled", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE bundles SET state='published', updated_at=? WHERE id=? AND state='recalling'`, now.UnixMicro(), id)
		if err != nil || n == 0 {
			return err
		}
		return appendAudit(tx, now, "gateway", "bundle not recalled", string(id), "taken by the print centre")
	})
}

// Recalled books that a bundle is out of everybody's sight again: each of its letters waits for a person with the question.
func (l *Ledger) Recalled(id amtshilfe.BundleID, q amtshilfe.Question) error {
	now := l.now()
	letters, err := l.BundleDeliveries(id)
	if err != nil {
		return err
	}
	return l.write(sqlitedb.Outcome, "bundle recalled", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE bundles SET state='recalled', letters=0, due_at=NULL, question=NULL, updated_at=? WHERE id=? AND state='recalling'`, now.UnixMicro(), id)
		if err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("bundle %s: not recalling", id))
		}
		if _, err := tx.Exec(`UPDATE bundle_items SET removed=1 WHERE bundle=?`, id); err != nil {
			return err
		}
		for i := range letters {
			d := &letters[i]
			d.State, d.Hold, d.Sendung = amtshilfe.Held, &q, amtshilfe.SendungID{}
			if err := save(tx, d, now); err != nil {
				return err
			}
		}
		return appendAudit(tx, now, "gateway", "bundle recalled", string(id), "back in staging")
	})
}
