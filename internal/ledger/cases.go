package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Holder says who holds a case that one of our participants began: the kennung of the haltende Behoerde, "" while nobody does.
// Whoever may have the request already counts: an answer can be quicker than the outcome of our sending.
func (l *Ledger) Holder(key amtshilfe.CaseKey) (string, error) {
	moved, returned, err := l.MovedTo(key)
	if err != nil || moved != "" || returned {
		return moved, err
	}
	request, err := l.ByUUID(key.Absender, key.UUID)
	if err != nil {
		return "", err
	}
	if !mayHaveLeft(request) {
		return "", nil
	}
	return request.Behoerde.Kennung, nil
}

// MovedTo says where 006 messages took a case: holder is "" while the authority that got its 003 has it. returned: it was given
// back, nobody holds it.
func (l *Ledger) MovedTo(key amtshilfe.CaseKey) (holder string, returned bool, err error) {
	err = l.db.Reader().QueryRow(`SELECT holder, returned FROM cases WHERE absender=? AND uuid=?`, key.Absender, key.UUID).Scan(&holder, &returned)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", false, fmt.Errorf("ledger: holder: %w", err)
	}
	if returned {
		holder = ""
	}
	return holder, returned, nil
}

func mayHaveLeft(d Delivery) bool {
	state := d.State
	if state == amtshilfe.Held && d.Hold != nil {
		state = d.Hold.From
	}
	return state == amtshilfe.Sending || state.OnItsWay()
}

// changes restricts a query to 007 and 008, as the index does.
const changes = `kind IN (7, 8)`

// Forerunners lists the 007 and 008 about requests with these UUIDs that were not there when they came: those that wait for them, and
// those that a person is asked about.
func (l *Ledger) Forerunners(uuids []string) ([]Delivery, error) {
	var list []Delivery
	for chunk := range slices.Chunk(uuids, 200) {
		args := make([]any, len(chunk))
		for i, u := range chunk {
			args[i] = u
		}
		some, err := l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE `+changes+` AND state IN ('waiting','held') AND after_drop IS NULL
			AND case_uuid IN (`+placeholders(len(chunk))+`)`+visible+` ORDER BY drop_id, seq`, args...)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

// ErrCame says that the request which a message waits for has come meanwhile: look again.
var ErrCame = errors.New("the request has come")

// Forerun books that a 007 or 008 waits for a request that is not there. ErrCame if it is by now: whoever opens the request's drop sees
// either the one that waits, or is seen here.
func (l *Ledger) Forerun(d *Delivery) error {
	now := l.now()
	key, err := uuidKey(d.Case.UUID)
	if err != nil {
		return fmt.Errorf("ledger: forerun %s: %w", d.ID, err)
	}
	err = l.write(sqlitedb.Outcome, "forerun", func(tx *sqlitedb.Tx) error {
		var there bool
		err := tx.QueryRow(`SELECT EXISTS(SELECT 1 FROM identities JOIN deliveries r ON r.drop_id=identities.drop_id AND r.seq=identities.seq
			WHERE identities.uuid=? AND identities.absender=? AND r.account=? AND `+taken+`)`, []any{key, d.Case.Absender, d.Account}, &there)
		if err == nil && there {
			err = ErrCame
		}
		if err != nil {
			return err
		}
		return save(tx, d, now)
	})
	if err == nil {
		d.read()
	}
	return err
}

// Follow queues a message of a case behind what left or waits before it: no message of a case leaves before its earlier ones
// have left or ended (profil.md 2). d comes as it shall go on when nothing is in its way; if something is, it waits for it and
// the transaction that records the predecessor's leaving wakes it. One that a person is asked about stays held, in its place.
func (l *Ledger) Follow(d *Delivery, request Delivery) error {
	return l.queue(d, amtshilfe.CaseKey{Absender: request.Absender, UUID: request.UUID}, request.ID)
}

// Answer queues a message to a requester behind the earlier ones that this participant sent in the case.
func (l *Ledger) Answer(d *Delivery) error { return l.queue(d, d.Case, amtshilfe.DeliveryID{}) }

// queue makes d the last message of the case; first is what the case began with, zero if that is not a delivery of ours.
func (l *Ledger) queue(d *Delivery, key amtshilfe.CaseKey, first amtshilfe.DeliveryID) error {
	now := l.now()
	err := l.write(sqlitedb.Outcome, "follow", func(tx *sqlitedb.Tx) error {
		before := d.After
		if before.IsZero() {
			var err error
			if before, err = enqueue(tx, d.ID, key, first); err != nil {
				return err
			}
		}
		d.After = before
		if before.IsZero() {
			return save(tx, d, now)
		}
		var state amtshilfe.State
		if err := tx.QueryRow(`SELECT state FROM deliveries WHERE drop_id=? AND seq=?`, []any{before.Drop, before.Seq}, &state); err != nil {
			return err
		}
		if !state.Left() && d.State != amtshilfe.Held {
			d.State, d.Lane, d.DueAt = amtshilfe.Waiting, "", time.Time{}
		}
		if d.Rank == 0 && !state.Left() {
			if err := hurry(tx, before); err != nil {
				return err
			}
		}
		return save(tx, d, now)
	})
	if err == nil {
		d.read()
	}
	return err
}

// enqueue makes d the head of its case and gives the one that was it before, zero if there was none.
func enqueue(tx *sqlitedb.Tx, d amtshilfe.DeliveryID, key amtshilfe.CaseKey, first amtshilfe.DeliveryID) (amtshilfe.DeliveryID, error) {
	before := first
	err := tx.QueryRow(`SELECT head_drop, head_seq FROM cases WHERE absender=? AND uuid=?`, []any{key.Absender, key.UUID}, &before.Drop, &before.Seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return before, err
	}
	if before == d {
		return first, nil
	}
	_, err = tx.Exec(`INSERT INTO cases(absender, uuid, holder, head_drop, head_seq) VALUES(?,?,?,?,?)
		ON CONFLICT(absender, uuid) DO UPDATE SET head_drop=excluded.head_drop, head_seq=excluded.head_seq`,
		key.Absender, key.UUID, "", d.Drop, d.Seq)
	return before, err
}

// hurry takes what has to leave first ahead of the queue as well: an 008 must not wait behind a 007 that waits behind 100 000 others.
func hurry(tx *sqlitedb.Tx, id amtshilfe.DeliveryID) error {
	for !id.IsZero() {
		var state amtshilfe.State
		var after amtshilfe.DeliveryID
		if err := tx.QueryRow(`SELECT state, coalesce(after_drop, ''), coalesce(after_seq, 0) FROM deliveries WHERE drop_id=? AND seq=?`,
			[]any{string(id.Drop), id.Seq}, &state, &after.Drop, &after.Seq); err != nil {
			return err
		}
		if state.Left() {
			return nil
		}
		if _, err := tx.Exec(`UPDATE deliveries SET rank=0 WHERE drop_id=? AND seq=?`, string(id.Drop), id.Seq); err != nil {
			return err
		}
		id = after
	}
	return nil
}

// ErrEinstellung says that the requester stopped a request that is about to leave: its 008 is taken in and decides first.
var ErrEinstellung = errors.New("an 008 about the request is not decided yet")

// stopped is the condition that an 008 about a request (of deliveries) is there and nothing became of it yet: it waits for its turn, or
// for a person. Who reserves or collects compares it in the same transaction, so that no 003 leaves after its 008 was taken in.
const stopped = `deliveries.kind=3 AND EXISTS(SELECT 1 FROM deliveries f WHERE f.` + changes + ` AND f.kind=8 AND f.case_uuid=deliveries.uuid
	AND f.case_absender=deliveries.absender AND f.account=deliveries.account AND f.betriebsart=deliveries.betriebsart
	AND f.state IN ('valid','held') AND EXISTS(SELECT 1 FROM drops o WHERE o.id=f.drop_id AND o.state IN ('open','ended')))`

// notStopped is nil for a delivery that no 008 is in the way of.
func notStopped(tx *sqlitedb.Tx, d *Delivery) error {
	var is bool
	err := tx.QueryRow(`SELECT EXISTS(SELECT 1 FROM deliveries WHERE drop_id=? AND seq=? AND `+stopped+`)`, []any{string(d.ID.Drop), d.ID.Seq}, &is)
	if err == nil && is {
		err = ErrEinstellung
	}
	return err
}

// Einstellungen lists the 008 about a request that nothing became of yet.
func (l *Ledger) Einstellungen(request Delivery) ([]Delivery, error) {
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE `+changes+` AND kind=8 AND case_uuid=? AND case_absender=? AND account=?
		AND state IN ('valid','held')`+visible+` ORDER BY drop_id, seq`, request.UUID, request.Absender, request.Account)
}
