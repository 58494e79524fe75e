package ledger

import (
	"errors"
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// ErrOneWay says that a delivery whose letter replaces an electronic message was about to go electronically again, or one that was handed
// over was about to go once more: a bug, stopped here.
var ErrOneWay = errors.New("it goes one way only")

// ToPaper books that a letter goes in place of an electronic message. In the transaction that compares the state the MessageID becomes
// void for good: from here on no Save can change the way back. ErrEinstellung if an 008 is about the request: a message that was handed over
// is not followed by a letter then, and one that was not waits for the decision.
func (l *Ledger) ToPaper(d *Delivery) error {
	now := l.now()
	err := l.write(sqlitedb.Intent, "to paper", func(tx *sqlitedb.Tx) error {
		if d.Replaces.IsZero() {
			return fmt.Errorf("%s: %w", d.ID, ErrOneWay)
		}
		stopped := notStopped
		if d.from == amtshilfe.Sent {
			stopped = neverStopped
		}
		if err := stopped(tx, d); err != nil {
			return fmt.Errorf("%s: %w", d.ID, err)
		}
		if err := save(tx, d, now); err != nil {
			return err
		}
		return appendAudit(tx, now, "gateway", "letter instead", d.ID.String(), d.Replaces.MessageID)
	})
	if err == nil {
		d.read()
		d.UpdatedAt = now
	}
	return err
}

// neverStopped is nil for a delivery about which no 008 was ever taken in.
func neverStopped(tx *sqlitedb.Tx, d *Delivery) error {
	var is bool
	err := tx.QueryRow(`SELECT EXISTS(SELECT 1 FROM deliveries f WHERE f.kind=8 AND f.case_uuid=? AND f.case_absender=? AND f.account=? AND f.state NOT IN ('rejected','duplicate')) AND ?`,
		[]any{d.UUID, d.Absender, d.Account, d.Kind == amtshilfe.KindErsuchen}, &is)
	if err == nil && is {
		err = ErrEinstellung
	}
	return err
}

// oneWay refuses what must never be: a letter's message on the electronic way, or a message that was handed over on its way again.
func oneWay(d *Delivery) error {
	letter := !d.Replaces.IsZero()
	again := d.from == amtshilfe.Sent && d.State == amtshilfe.Resolved
	if letter && (d.MessageID != "" || d.Kanal.Art == amtshilfe.KanalXTA) || again && !letter {
		return fmt.Errorf("%s: %w", d.ID, ErrOneWay)
	}
	return nil
}
