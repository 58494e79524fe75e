package ledger

import (
	"database/sql"
	"fmt"

	"damtshilfe/internal/amtshilfe"
)

// Underway is what is open between our participants and one authority.
type Underway struct {
	States map[amtshilfe.State]int // deliveries to it that have not ended
	// Holds is how many requests of our participants it has and has not finished, Began how many requests of it our participants have
	// and have not finished.
	Holds, Began int
}

// Deliveries is how many messages to it have not ended.
func (u Underway) Deliveries() (n int) {
	for _, c := range u.States {
		n += c
	}
	return n
}

// Underway looks at every delivery: for a person who decides about the end of an authority's participation, not for a page.
func (l *Ledger) Underway(kennung string) (Underway, error) {
	u := Underway{States: map[amtshilfe.State]int{}}
	rows, err := l.db.Reader().Query(`SELECT state, count(*) FROM deliveries WHERE json_extract(behoerde, '$.Kennung')=? GROUP BY state`, kennung)
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error {
			var s amtshilfe.State
			var n int
			err := rows.Scan(&s, &n)
			if !s.Ended() {
				u.States[s] = n
			}
			return err
		})
	}
	if err == nil {
		err = l.db.Reader().QueryRow(`SELECT count(*) FROM deliveries d WHERE kind=3 AND json_extract(behoerde, '$.Kennung')=?1
			AND state IN ('sent','delivered','delivered_warned','spooled','printed','enclosed','posted')
			AND NOT EXISTS(SELECT 1 FROM inbox i WHERE i.kind IN (5, 12) AND i.case_uuid=d.uuid AND i.account=d.account AND i.state='published')
			AND NOT EXISTS(SELECT 1 FROM cases c WHERE c.absender=d.absender AND c.uuid=d.uuid AND c.returned=1)`, kennung).Scan(&u.Holds)
	}
	if err == nil {
		err = l.db.Reader().QueryRow(`SELECT count(*) FROM inbox i WHERE kind=3 AND author=?1 AND state='published'
			AND NOT EXISTS(SELECT 1 FROM deliveries d WHERE d.kind IN (5, 12) AND d.case_uuid=i.uuid AND d.account=i.account
				AND d.state IN ('sent','delivered','delivered_warned','spooled','printed','enclosed','posted'))`, kennung).Scan(&u.Began)
	}
	if err != nil {
		return u, fmt.Errorf("ledger: under way with %s: %w", kennung, err)
	}
	return u, nil
}

// Addressees lists whom the letters of a print queue go to.
func (l *Ledger) Addressees(q PrintQueue) ([]string, error) {
	return list(l, query{"addressees", `SELECT DISTINCT json_extract(behoerde, '$.Kennung') FROM deliveries WHERE due_at IS NOT NULL AND lane='print' AND dest=? AND account=? AND betriebsart=?
		AND state='resolved' AND behoerde IS NOT NULL`, []any{q.Profile, q.Account, q.Betriebsart}}, func(row scanner) (string, error) {
		var kennung string
		err := row.Scan(&kennung)
		return kennung, err
	})
}

// QueuedFor lists letters of a print queue to one authority, the oldest first.
func (l *Ledger) QueuedFor(q PrintQueue, kennung string, limit int) ([]Delivery, error) {
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE due_at IS NOT NULL AND lane='print' AND dest=? AND account=? AND betriebsart=? AND state='resolved'
		AND json_extract(behoerde, '$.Kennung')=?`+visible+` ORDER BY due_at, drop_id, seq LIMIT ?`, q.Profile, q.Account, q.Betriebsart, kennung, limit)
}
