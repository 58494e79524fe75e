package ledger

import (
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Save writes changed deliveries, all or none. Each is a compare-and-set on the state it was read in: ErrStale if it has
// moved on, ErrUntold before receipt 1. A change of state (or of what the receipt says about it) leaves an event, moves the counters and, when the delivery
// has left or ended, wakes what waited for it in its case: all in one transaction.
func (l *Ledger) Save(p sqlitedb.Priority, deliveries ...*Delivery) error {
	now := l.now()
	err := l.write(p, "save", func(tx *sqlitedb.Tx) error {
		for _, d := range deliveries {
			if err := save(tx, d, now); err != nil {
				return fmt.Errorf("%s: %w", d.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		d.read()
		d.UpdatedAt = now
	}
	return nil
}

// Attempt books the MessageID and the exact bytes of a delivery, the point of no return for a withdrawal, and in the same transaction the
// first attempt with them, which attempt makes of the reserved delivery (nil = none yet): nothing has left before it is committed. In the
// transaction that compares the state the Betriebsart is compared again, with what the row says of the delivery and of the register entry
// that its way came from (design 4): ErrBetriebsart, and nothing is changed. Nor is it while an 008 about the request waits for its turn:
// ErrEinstellung.
func (l *Ledger) Attempt(d *Delivery, attempt func(*Delivery)) error {
	now := l.now()
	err := l.write(sqlitedb.Intent, "reserve", func(tx *sqlitedb.Tx) error {
		var message, way amtshilfe.Betriebsart
		if err := tx.QueryRow(`SELECT betriebsart, coalesce(json_extract(kanal, '$.Betriebsart'), '') FROM deliveries WHERE drop_id=? AND seq=?`,
			[]any{d.ID.Drop, d.ID.Seq}, &message, &way); err != nil {
			return err
		}
		if message != way || d.Betriebsart != message {
			return fmt.Errorf("%s: %w", d.ID, ErrBetriebsart)
		}
		if err := notStopped(tx, d); err != nil {
			return fmt.Errorf("%s: %w", d.ID, err)
		}
		if err := save(tx, d, now); err != nil || attempt == nil {
			return err
		}
		d.read()
		attempt(d)
		return save(tx, d, now)
	})
	if err == nil {
		d.read()
		d.UpdatedAt = now
	}
	return err
}

func save(tx *sqlitedb.Tx, d *Delivery, now time.Time) error {
	if d.State != d.from {
		if err := d.from.Step(d.State); err != nil {
			return err
		}
	}
	if d.State != amtshilfe.Held && d.State != amtshilfe.Returned {
		d.Hold = nil
	}
	if d.Bytes == ([32]byte{}) || d.State.Left() {
		d.Sealed = nil // nothing is repeated with it any more
	}
	if err := oneWay(d); err != nil {
		return err
	}
	if err := anew(tx, d); err != nil {
		return err
	}
	d.Final = d.Final && d.State == amtshilfe.Spooled // a letter that comes back is at no end
	n, err := tx.Exec(`UPDATE deliveries SET state=?, findings=?, behoerde=?, kanal=?, regel=?, question=?, message_id=?, in_reply_to=?, origin=?, bytes_sha=?,
		bundle=?, sendung=?, after_drop=?, after_seq=?, attempts=?, provided=?, lane=?, dest=?, rank=?, due_at=?, updated_at=?, final=?, confirmed=?, sealed=?, trouble=?, patience=?, replaces=?
		WHERE drop_id=? AND seq=? AND state=? AND (replaces IS NULL OR ?) AND EXISTS(SELECT 1 FROM drops o WHERE o.id=deliveries.drop_id AND o.`+isTold+`)`,
		d.State, encodeFindings(d.Findings), nonEmpty(d.Behoerde.Kennung != "", d.Behoerde), nonEmpty(d.Kanal.Art != "", d.Kanal), null(d.Regel),
		nonEmpty(d.Hold != nil, d.Hold), null(d.MessageID), null(d.InReplyTo), stamp(d.Origin), nullBytes(d.Bytes), null(string(d.Sendung.Bundle)),
		d.Sendung.N, null(string(d.After.Drop)), d.After.Seq, d.Attempts, d.Provided, null(string(d.Lane)), d.Dest, d.Rank, stamp(d.DueAt),
		now.UnixMicro(), d.Final, d.Confirmed, nullBlob(d.Sealed), null(d.Trouble), stamp(d.Patience), nonEmpty(!d.Replaces.IsZero(), d.Replaces), d.ID.Drop, d.ID.Seq, d.from, !d.Replaces.IsZero())
	if err != nil {
		return err
	}
	if n == 0 {
		return refusal(tx, d)
	}
	if d.State != d.from {
		if err := moved(tx, d, now); err != nil {
			return err
		}
	}
	if d.State != d.from || d.Provided != d.wasProvided || d.Tell {
		return appendEvent(tx, d, now)
	}
	return nil
}

// refusal says why a compare-and-set changed nothing.
func refusal(tx *sqlitedb.Tx, d *Delivery) error {
	var said bool
	err := tx.QueryRow(`SELECT `+isTold+` FROM drops WHERE id=?`, []any{d.ID.Drop}, &said)
	if err == nil && !said {
		return ErrUntold
	}
	return ErrStale
}

// dropLives changes how many messages of a drop are at no end. The last one to end ends the drop; one that comes back (a letter, a 014) opens
// it again.
const dropLives = `UPDATE drops SET live=live+?1, state=CASE WHEN live+?1=0 THEN 'ended' ELSE 'open' END, untold=CASE WHEN live+?1=0 THEN 1 ELSE untold END WHERE id=?2`

// moved keeps counters, the drop's number of live messages and the successors in step with a change of state.
func moved(tx *sqlitedb.Tx, d *Delivery, now time.Time) error {
	if err := countMove(tx, d); err != nil {
		return err
	}
	was, is := d.from.Ended() || d.wasFinal, d.State.Ended() || d.Final
	if was != is {
		live := 1
		if is {
			live = -1
		}
		if _, err := tx.Exec(dropLives, live, d.ID.Drop); err != nil {
			return err
		}
	}
	if !d.State.Left() {
		return nil
	}
	n, err := tx.Exec(`UPDATE deliveries SET due_at=?, lane=?, dest=coalesce(dest,'') WHERE after_drop=? AND after_seq=? AND state='waiting'`,
		now.UnixMicro(), LaneResolve, d.ID.Drop, d.ID.Seq)
	d.Woke = n > 0
	return err
}

// countMove takes a delivery out of the counters of the state it was in and into those of the one it is in.
func countMove(tx *sqlitedb.Tx, d *Delivery) error {
	drop, cents := string(d.ID.Drop), int64(d.Betrag)
	if _, err := tx.Exec(`INSERT INTO counts VALUES(?1,?2,-1,-?4),(?1,?3,1,?4) ON CONFLICT(drop_id, state) DO UPDATE SET n=n+excluded.n, cents=cents+excluded.cents`,
		drop, d.from, d.State, cents); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO totals VALUES(?1,?2,-1,-?4),(?1,?3,1,?4) ON CONFLICT(account, state) DO UPDATE SET n=n+excluded.n, cents=cents+excluded.cents`,
		d.Account, d.from, d.State, cents)
	return err
}

func count(tx *sqlitedb.Tx, drop amtshilfe.DropID, account string, state amtshilfe.State, n int, cents amtshilfe.Cents) error {
	if _, err := tx.Exec(`INSERT INTO counts VALUES(?,?,?,?) ON CONFLICT(drop_id, state) DO UPDATE SET n=n+excluded.n, cents=cents+excluded.cents`,
		drop, state, n, int64(cents)); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO totals VALUES(?,?,?,?) ON CONFLICT(account, state) DO UPDATE SET n=n+excluded.n, cents=cents+excluded.cents`,
		account, state, n, int64(cents))
	return err
}

// countWord keeps the counters that a receipt's sums are read from.
func countWord(tx *sqlitedb.Tx, drop amtshilfe.DropID, word amtshilfe.Status, n int, cents amtshilfe.Cents) error {
	_, err := tx.Exec(`INSERT INTO words VALUES(?,?,?,?) ON CONFLICT(drop_id, word) DO UPDATE SET n=n+excluded.n, cents=cents+excluded.cents`,
		drop, word, n, int64(cents))
	return err
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func nullBytes(b [32]byte) any {
	if b == ([32]byte{}) {
		return nil
	}
	return b[:]
}

func nullBlob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

func nonEmpty(ok bool, v any) any {
	if !ok {
		return nil
	}
	return encode(v)
}
