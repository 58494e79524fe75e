package ledger

import (
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// ErrOneWay says that a delivery whose letter replaces an electronic message was about to go electronically again, or one that was handed
// over was about to go once more: a bug, stopped here.
var ErrOneWay = errors.New("it goes one way only")

// ToPaper books that a letter goes in place of an electronic message. In the transaction that compares the state the MessageID becomes
// void for good: from here on no Save can change the way back. ErrEinstellung if an 008 is about the request and not decided yet, or, where
// the message was handed over, if anything follows it. An 008 that waits for the request to leave withdraws it now.
func (l *Ledger) ToPaper(d *Delivery) error {
	now := l.now()
	err := l.write(sqlitedb.Intent, "to paper", func(tx *sqlitedb.Tx) error {
		if d.Replaces.IsZero() {
			return fmt.Errorf("%s: %w", d.ID, ErrOneWay)
		}
		free := notStopped
		if d.from == amtshilfe.Sent {
			free = notFollowed
		}
		if err := free(tx, d); err != nil {
			return fmt.Errorf("%s: %w", d.ID, err)
		}
		if err := save(tx, d, now); err != nil {
			return err
		}
		if err := wakeEinstellungen(tx, d, now); err != nil {
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

// notFollowed is nil for a delivery behind which nothing of its case was taken in.
func notFollowed(tx *sqlitedb.Tx, d *Delivery) error {
	var is bool
	err := tx.QueryRow(`SELECT EXISTS(SELECT 1 FROM deliveries f WHERE f.`+changes+` AND f.case_uuid=?3 AND f.case_absender=?4 AND f.account=?5 AND f.state NOT IN ('rejected','duplicate'))
		OR EXISTS(SELECT 1 FROM deliveries f WHERE f.after_drop=?1 AND f.after_seq=?2 AND f.state NOT IN ('rejected','duplicate','withdrawn'))`,
		[]any{d.ID.Drop, d.ID.Seq, d.UUID, d.Absender, d.Account}, &is)
	if err == nil && is {
		err = ErrEinstellung
	}
	return err
}

// wakeEinstellungen lets each 008 that waits until the request has left look again: it has not, and now it does not leave as it would have.
func wakeEinstellungen(tx *sqlitedb.Tx, d *Delivery, now time.Time) error {
	if d.Kind != amtshilfe.KindErsuchen {
		return nil
	}
	rows, err := tx.Query(`SELECT `+deliveryColumns+` FROM deliveries WHERE `+changes+` AND kind=8 AND case_uuid=? AND case_absender=? AND account=? AND state='waiting'`,
		d.UUID, d.Absender, d.Account)
	if err != nil {
		return err
	}
	list, err := collect(rows, scanDelivery)
	for i := range list {
		if err != nil {
			return err
		}
		f := &list[i]
		f.State, f.Lane, f.DueAt = amtshilfe.Valid, LaneResolve, now
		err = save(tx, f, now)
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
