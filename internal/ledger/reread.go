package ledger

import (
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Reread books what was found when a message was read again after its intake. Unlike Save it also writes what only an opening
// writes: kind, sender, sum, routing and the claim to its UUID. The sums of its drop follow. ErrStale if the delivery has moved
// on, ErrIdentityTaken if another accepted message has the UUID; then nothing is changed.
func (l *Ledger) Reread(d *Delivery) error {
	now := l.now()
	err := l.write(sqlitedb.Outcome, "read again", func(tx *sqlitedb.Tx) error {
		if err := rewrite(tx, d); err != nil {
			return fmt.Errorf("%s: %w", d.ID, err)
		}
		return save(tx, d, now)
	})
	if err == nil {
		d.read()
		d.UpdatedAt = now
	}
	return err
}

// rewrite puts the intake's columns of a row in step with d, whose state is still the one it was read in.
func rewrite(tx *sqlitedb.Tx, d *Delivery) error {
	var before int64
	if err := tx.QueryRow(`SELECT betrag FROM deliveries WHERE drop_id=? AND seq=?`, []any{d.ID.Drop, d.ID.Seq}, &before); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE deliveries SET kind=?, betriebsart=?, uuid=?, absender=?, aktenzeichen=?, kassenzeichen=?, betrag=?, case_absender=?, case_uuid=?,
		routing=?, dup_drop=?, dup_seq=? WHERE drop_id=? AND seq=? AND state=?`, int(d.Kind), string(d.Betriebsart), d.UUID, d.Absender, d.Aktenzeichen,
		d.Kassenzeichen, int64(d.Betrag), d.Case.Absender, d.Case.UUID, encodeRouting(d), null(string(d.DuplicateOf.Drop)), d.DuplicateOf.Seq, d.ID.Drop, d.ID.Seq, d.from)
	if err != nil {
		return err
	}
	if more := d.Betrag - amtshilfe.Cents(before); more != 0 {
		if err := count(tx, d.ID.Drop, d.Account, d.from, 0, more); err != nil {
			return err
		}
		if err := countWord(tx, d.ID.Drop, d.was, 0, more); err != nil {
			return err
		}
	}
	return claimUUID(tx, d)
}

// claimUUID books the UUID of a message that is accepted now.
func claimUUID(tx *sqlitedb.Tx, d *Delivery) error {
	key, err := uuidKey(d.UUID)
	if err != nil || d.State == amtshilfe.Rejected || d.State == amtshilfe.Duplicate {
		return nil
	}
	n, err := tx.Exec(`INSERT INTO identities VALUES(?,?,?,?,?) ON CONFLICT(uuid, absender) DO UPDATE SET drop_id=excluded.drop_id, seq=excluded.seq, sha=excluded.sha
		WHERE NOT (`+taken+`) OR identities.drop_id=excluded.drop_id AND identities.seq=excluded.seq`, key, d.Absender, string(d.ID.Drop), d.ID.Seq, d.SHA256[:])
	if err == nil && n == 0 {
		err = ErrIdentityTaken
	}
	return err
}

// HeldFor lists messages that wait for a person with a question of this code and whose receipt 1 is written, the oldest first;
// untold is how many more there are without it.
func (l *Ledger) HeldFor(code string, limit int) (list []Delivery, untold int, err error) {
	const (
		asked = ` FROM deliveries WHERE question IS NOT NULL AND state='held' AND json_extract(question, '$.Code')=?1 AND `
		drop  = `EXISTS(SELECT 1 FROM drops o WHERE o.id=deliveries.drop_id AND o.` + isTold + `)`
	)
	if list, err = l.deliveries(`SELECT `+deliveryColumns+asked+drop+visible+` ORDER BY updated_at LIMIT ?2`, code, limit); err != nil {
		return nil, 0, err
	}
	err = l.db.Reader().QueryRow(`SELECT count(*)`+asked+`NOT `+drop, code).Scan(&untold)
	if err != nil {
		return nil, 0, fmt.Errorf("ledger: held for %s: %w", code, err)
	}
	return list, untold, nil
}

// Remark adds a row to the audit that describes no change of the ledger itself.
func (l *Ledger) Remark(who, action, subject, grund string) error {
	return l.write(sqlitedb.Intent, "remark", func(tx *sqlitedb.Tx) error {
		return appendAudit(tx, l.now(), who, action, subject, grund)
	})
}
