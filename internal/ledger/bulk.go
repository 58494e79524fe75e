package ledger

import (
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// bulk books a step that many deliveries take together in one transaction, the letters of a bundle: each has its row and its event, but
// counters and drops are written once for all of them. What counts is what save does for one; its rules hold here, too.
type bulk struct {
	tx     *sqlitedb.Tx
	now    time.Time
	counts map[bulkKey]Count // per drop and state
	totals map[bulkKey]Count // per account and state
	words  map[bulkKey]Count // per drop and word of receipts
	live   map[string]int    // per drop: messages that are at no end any more (+) or have come to one (-)
	untold map[string]bool   // drops with something to tell
}

// bulkKey is what a counter counts: of a drop or an account, those in a state or with a word.
type bulkKey struct{ of, word string }

func newBulk(tx *sqlitedb.Tx, now time.Time) *bulk {
	return &bulk{tx, now, map[bulkKey]Count{}, map[bulkKey]Count{}, map[bulkKey]Count{}, map[string]int{}, map[string]bool{}}
}

// allowed says whether a delivery may be written as it is now.
func (b *bulk) allowed(d *Delivery) error {
	if err := d.from.Step(d.State); err != nil {
		return err
	}
	if err := oneWay(d); err != nil {
		return err
	}
	return anew(b.tx, d)
}

// moved notes the step of a delivery whose row is written, and appends its event.
func (b *bulk) moved(d *Delivery) error {
	drop, cents := string(d.ID.Drop), d.Betrag
	shift := func(counts map[bulkKey]Count, of, from, to string) {
		counts[bulkKey{of, from}] = counts[bulkKey{of, from}].plus(-1, -cents)
		counts[bulkKey{of, to}] = counts[bulkKey{of, to}].plus(1, cents)
	}
	shift(b.counts, drop, string(d.from), string(d.State))
	shift(b.totals, d.Account, string(d.from), string(d.State))
	if was, is := d.from.Ended() || d.wasFinal, d.State.Ended() || d.Final; was != is {
		b.live[drop]++
		if is {
			b.live[drop] -= 2
		}
	}
	line := LineOf(d, b.now)
	told := line.Status != d.was || d.Tell
	if line.Status != d.was {
		shift(b.words, drop, string(d.was), string(line.Status))
	}
	b.untold[drop] = b.untold[drop] || told
	_, err := b.tx.Exec(`INSERT INTO events(drop_id, seq, at, state, line, told) VALUES(?,?,?,?,?,?)`, drop, d.ID.Seq, b.now.UnixMicro(), string(d.State), encode(line), told)
	return err
}

func (c Count) plus(n int, cents amtshilfe.Cents) Count { return Count{c.N + n, c.Cents + cents} }

// flush writes counters and drops.
func (b *bulk) flush() error {
	for _, w := range []struct {
		sql    string
		counts map[bulkKey]Count
	}{
		{`INSERT INTO counts VALUES(?,?,?,?) ON CONFLICT(drop_id, state) DO UPDATE SET n=n+excluded.n, cents=cents+excluded.cents`, b.counts},
		{`INSERT INTO totals VALUES(?,?,?,?) ON CONFLICT(account, state) DO UPDATE SET n=n+excluded.n, cents=cents+excluded.cents`, b.totals},
		{`INSERT INTO words VALUES(?,?,?,?) ON CONFLICT(drop_id, word) DO UPDATE SET n=n+excluded.n, cents=cents+excluded.cents`, b.words},
	} {
		for k, c := range w.counts {
			if _, err := b.tx.Exec(w.sql, k.of, k.word, c.N, int64(c.Cents)); err != nil {
				return err
			}
		}
	}
	for drop, n := range b.live {
		if _, err := b.tx.Exec(dropLives, n, drop); err != nil {
			return err
		}
	}
	for drop, is := range b.untold {
		if !is {
			continue
		}
		if err := untell(b.tx, amtshilfe.DropID(drop)); err != nil {
			return err
		}
	}
	return nil
}

// tie ties letters to a bundle, in order of their Sendung.
func (b *bulk) tie(letters []Delivery, id amtshilfe.BundleID) error {
	for i := range letters {
		d := &letters[i]
		d.State, d.Sendung = amtshilfe.Bundled, amtshilfe.SendungID{Bundle: id, N: i + 1}
		d.Lane, d.DueAt, d.Hold, d.Sealed, d.Final = "", time.Time{}, nil, nil, false
		if err := b.allowed(d); err != nil {
			return err
		}
		n, err := b.tx.Exec(`UPDATE deliveries SET state='bundled', question=NULL, sealed=NULL, bundle=?, sendung=?, lane=NULL, due_at=NULL, updated_at=?, final=0
			WHERE drop_id=? AND seq=? AND state='resolved' AND EXISTS(SELECT 1 FROM drops o WHERE o.id=deliveries.drop_id AND o.`+isTold+`)`,
			string(id), i+1, b.now.UnixMicro(), string(d.ID.Drop), d.ID.Seq)
		if err == nil && n == 0 {
			err = refusal(b.tx, d)
		}
		if err == nil {
			err = addItem(b.tx, d)
		}
		if err == nil {
			err = b.moved(d)
		}
		if err != nil {
			return err
		}
	}
	return b.flush()
}

// spool books that the letters of a bundle are out, and wakes what waited for them in their cases.
func (b *bulk) spool(letters []Delivery, id amtshilfe.BundleID, final bool) error {
	n, err := b.tx.Exec(`UPDATE deliveries SET state='spooled', question=NULL, sealed=NULL, updated_at=?, final=?
		WHERE (drop_id, seq) IN (SELECT drop_id, seq FROM bundle_items WHERE bundle=? AND removed=0) AND state='bundled'
		AND EXISTS(SELECT 1 FROM drops o WHERE o.id=deliveries.drop_id AND o.`+isTold+`)`, b.now.UnixMicro(), final, string(id))
	if err == nil && int(n) != len(letters) {
		err = ErrStale
	}
	if err != nil {
		return err
	}
	for i := range letters {
		d := &letters[i]
		d.State, d.Final, d.Hold, d.Sealed = amtshilfe.Spooled, final, nil, nil
		if err := b.allowed(d); err != nil {
			return err
		}
		if err := b.moved(d); err != nil {
			return err
		}
	}
	if _, err := b.tx.Exec(`UPDATE deliveries SET due_at=?, lane=?, dest=coalesce(dest,'') WHERE state='waiting' AND after_drop IS NOT NULL
		AND (after_drop, after_seq) IN (SELECT drop_id, seq FROM bundle_items WHERE bundle=? AND removed=0)`, b.now.UnixMicro(), string(LaneResolve), string(id)); err != nil {
		return err
	}
	return b.flush()
}
