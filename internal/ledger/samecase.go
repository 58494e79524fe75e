package ledger

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"
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

const (
	subjectsAtOnce = 50   // subjects one query looks up: always as many, so that it is compiled once
	rowsAtOnce     = 1000 // rows such a query may give; of a subject that a sender writes into every message each is asked for alone
	rowsAlone      = 20   // and gives so many: one that is open is enough
)

var (
	querySubjects = `SELECT key, drop_id, seq FROM subjects WHERE key IN (` + placeholders(subjectsAtOnce) + `) LIMIT ` + strconv.Itoa(rowsAtOnce)
	querySubject  = `SELECT key, drop_id, seq FROM subjects WHERE key=? ORDER BY drop_id, seq LIMIT ` + strconv.Itoa(rowsAlone)
)

// SameCase books what the cases of requests are known by, and gives for each request others that share any of it, the first of them.
// Booking and looking are one transaction: of two requests that are looked at at the same time, one sees the other. Whether those are
// still open, the caller finds out.
func (l *Ledger) SameCase(requests []*Delivery) (map[amtshilfe.DeliveryID][]amtshilfe.DeliveryID, error) {
	same := map[amtshilfe.DeliveryID][]amtshilfe.DeliveryID{}
	for len(requests) > 0 {
		owners := map[subject][]amtshilfe.DeliveryID{}
		n, rows := 0, 0
		for ; n < len(requests) && (n == 0 || rows < Chunk/2); n++ {
			for _, k := range subjects(requests[n]) {
				owners[k] = append(owners[k], requests[n].ID)
				rows++
			}
		}
		if err := l.sameCase(owners, same); err != nil {
			return nil, err
		}
		requests = requests[n:]
	}
	return same, nil
}

func (l *Ledger) sameCase(owners map[subject][]amtshilfe.DeliveryID, same map[amtshilfe.DeliveryID][]amtshilfe.DeliveryID) error {
	keys := slices.SortedFunc(maps.Keys(owners), func(a, b subject) int { return bytes.Compare(a[:], b[:]) })
	var found []sharer
	err := l.write(sqlitedb.Outcome, "same case", func(tx *sqlitedb.Tx) (err error) {
		for _, k := range keys {
			for _, id := range owners[k] {
				if _, err := tx.Exec(`INSERT INTO subjects VALUES(?,?,?) ON CONFLICT DO NOTHING`, k[:], string(id.Drop), id.Seq); err != nil {
					return err
				}
			}
		}
		found, err = sharers(tx, keys)
		return err
	})
	if err != nil {
		return err
	}
	for _, other := range found {
		for _, id := range owners[other.key] {
			if id != other.id && !slices.Contains(same[id], other.id) {
				same[id] = append(same[id], other.id)
			}
		}
	}
	return nil
}

// sharer is a request that is known by a subject.
type sharer struct {
	key subject
	id  amtshilfe.DeliveryID
}

// sharers finds who is known by the subjects, a bounded number of each.
func sharers(tx *sqlitedb.Tx, keys []subject) ([]sharer, error) {
	var all []sharer
	for chunk := range slices.Chunk(keys, subjectsAtOnce) {
		args := make([]any, subjectsAtOnce)
		for i := range chunk {
			args[i] = chunk[i][:]
		}
		found, err := known(tx, querySubjects, args...)
		if err != nil {
			return nil, err
		}
		if len(found) < rowsAtOnce {
			all = append(all, found...)
			continue
		}
		for i := range chunk {
			if found, err = known(tx, querySubject, chunk[i][:]); err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

func known(tx *sqlitedb.Tx, query string, args ...any) ([]sharer, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(row scanner) (sharer, error) {
		var s sharer
		var key []byte
		err := row.Scan(&key, &s.id.Drop, &s.id.Seq)
		copy(s.key[:], key)
		return s, err
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
