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
	var holder string
	err := l.db.Reader().QueryRow(`SELECT holder FROM cases WHERE absender=? AND uuid=?`, key.Absender, key.UUID).Scan(&holder)
	switch {
	case err == nil && holder != "":
		return holder, nil
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return "", fmt.Errorf("ledger: holder: %w", err)
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

func mayHaveLeft(d Delivery) bool {
	state := d.State
	if state == amtshilfe.Held && d.Hold != nil {
		state = d.Hold.From
	}
	return state == amtshilfe.Sending || state.OnItsWay()
}

// Forerunners lists the messages that wait for requests with these UUIDs which were not there when they came.
func (l *Ledger) Forerunners(uuids []string) ([]Delivery, error) {
	var list []Delivery
	for chunk := range slices.Chunk(uuids, 200) {
		args := make([]any, len(chunk))
		for i, u := range chunk {
			args[i] = u
		}
		some, err := l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE state='waiting' AND after_drop IS NULL AND case_uuid IN (`+placeholders(len(chunk))+`)`+
			visible+` ORDER BY drop_id, seq`, args...)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	return list, nil
}

// Follow queues a message of a case behind what left or waits before it: no message of a case leaves before its earlier ones
// have left or ended (profil.md 2). d comes as it shall go on when nothing is in its way; if something is, it waits for it and
// the transaction that records the predecessor's leaving wakes it.
func (l *Ledger) Follow(d *Delivery, request Delivery) error {
	now := l.now()
	err := l.write(sqlitedb.Outcome, "follow", func(tx *sqlitedb.Tx) error {
		before := d.After
		if before.IsZero() {
			var err error
			if before, err = enqueue(tx, d, request); err != nil {
				return err
			}
		}
		var state amtshilfe.State
		if err := tx.QueryRow(`SELECT state FROM deliveries WHERE drop_id=? AND seq=?`, []any{before.Drop, before.Seq}, &state); err != nil {
			return err
		}
		d.After = before
		if !state.Left() {
			d.State, d.Lane, d.DueAt = amtshilfe.Waiting, "", time.Time{}
		}
		return save(tx, d, now)
	})
	if err == nil {
		d.read()
	}
	return err
}

// enqueue makes d the head of its case and gives the one that was it before.
func enqueue(tx *sqlitedb.Tx, d *Delivery, request Delivery) (amtshilfe.DeliveryID, error) {
	before := request.ID
	err := tx.QueryRow(`SELECT head_drop, head_seq FROM cases WHERE absender=? AND uuid=?`, []any{request.Absender, request.UUID}, &before.Drop, &before.Seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return before, err
	}
	if before == d.ID {
		return request.ID, nil
	}
	_, err = tx.Exec(`INSERT INTO cases(absender, uuid, holder, head_drop, head_seq) VALUES(?,?,?,?,?)
		ON CONFLICT(absender, uuid) DO UPDATE SET head_drop=excluded.head_drop, head_seq=excluded.head_seq`,
		request.Absender, request.UUID, "", d.ID.Drop, d.ID.Seq)
	return before, err
}
