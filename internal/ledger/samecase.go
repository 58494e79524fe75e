package ledger

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// subject is what a case is known by, hashed: the table is read by nothing else, and needs no personal data.
type subject [16]byte

// subjects are what the case of a request is known by: its sender's Aktenzeichen, and each of its bookings. A test is never the same
// case as a real one.
func subjects(d *Delivery) []subject {
	var list []subject
	add := func(kind, text string) {
		if text = strings.TrimSpace(text); text == "" || text == "-" {
			return
		}
		h := sha256.Sum256([]byte(string(d.Betriebsart) + "\x00" + d.Absender + "\x00" + kind + "\x00" + text))
		list = append(list, subject(h[:16]))
	}
	add("aktenzeichen", d.Aktenzeichen)
	for _, b := range d.Buchungen {
		add("buchung", b)
	}
	return list
}

// subjectsAtOnce is how many subjects one query looks up: always as many, so that it is compiled once.
const subjectsAtOnce = 50

var querySubjects = `SELECT key, drop_id, seq FROM subjects WHERE key IN (` + placeholders(subjectsAtOnce) + `)`

// SameCase books what the cases of requests are known by, at most Chunk requests of one transaction, and gives for each request the
// other ones that share any of it. Booking and looking are one step: of two requests that are looked at at the same time, one sees the
// other. Whether those are still open, the caller finds out.
func (l *Ledger) SameCase(requests []*Delivery) (map[amtshilfe.DeliveryID][]amtshilfe.DeliveryID, error) {
	same := map[amtshilfe.DeliveryID][]amtshilfe.DeliveryID{}
	err := l.write(sqlitedb.Outcome, "same case", func(tx *sqlitedb.Tx) error {
		clear(same) // the transaction may run twice
		owners := map[subject][]amtshilfe.DeliveryID{}
		var keys []subject
		for _, d := range requests {
			for _, k := range subjects(d) {
				if _, err := tx.Exec(`INSERT INTO subjects VALUES(?,?,?) ON CONFLICT DO NOTHING`, k[:], string(d.ID.Drop), d.ID.Seq); err != nil {
					return err
				}
				owners[k], keys = append(owners[k], d.ID), append(keys, k)
			}
		}
		for chunk := range slices.Chunk(keys, subjectsAtOnce) {
			if err := sharing(tx, chunk, owners, same); err != nil {
				return err
			}
		}
		return nil
	})
	return same, err
}

// sharing finds who else has the keys.
func sharing(tx *sqlitedb.Tx, keys []subject, owners map[subject][]amtshilfe.DeliveryID, same map[amtshilfe.DeliveryID][]amtshilfe.DeliveryID) error {
	args := make([]any, subjectsAtOnce)
	for i, k := range keys {
		args[i] = k[:]
	}
	rows, err := tx.Query(querySubjects, args...)
	if err != nil {
		return err
	}
	return each(rows, func(rows *sql.Rows) error {
		var key []byte
		var other amtshilfe.DeliveryID
		if err := rows.Scan(&key, &other.Drop, &other.Seq); err != nil {
			return err
		}
		for _, id := range owners[subject(key)] {
			if id != other && !slices.Contains(same[id], other) {
				same[id] = append(same[id], other)
			}
		}
		return nil
	})
}

// Ended says whether the case of a request of ours is closed: the authority refused it (005), gave it back (006), or finished it (012).
func (l *Ledger) Ended(request Delivery) (bool, error) {
	var ended bool
	err := l.db.Reader().QueryRow(`SELECT EXISTS(SELECT 1 FROM inbox WHERE kind IN (5, 12) AND case_uuid=?1 AND account=?2 AND state='published')
		OR EXISTS(SELECT 1 FROM cases WHERE absender=?3 AND uuid=?1 AND returned=1)`, request.UUID, request.Account, request.Absender).Scan(&ended)
	if err != nil {
		return false, fmt.Errorf("ledger: end of a case: %w", err)
	}
	return ended, nil
}

// Stops lists the 008 about a request that have left.
func (l *Ledger) Stops(request Delivery) ([]Delivery, error) {
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE `+changes+` AND kind=8 AND case_uuid=? AND case_absender=? AND account=?
		AND state IN ('sent','delivered','delivered_warned','spooled','printed','enclosed','posted')`+visible+` ORDER BY drop_id, seq LIMIT 100`,
		request.UUID, request.Absender, request.Account)
}
