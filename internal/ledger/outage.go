package ledger

import (
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Outage is a destination that failed so often in a row that its deliveries wait without an attempt each.
type Outage struct {
	Dest     string    `json:"dest"`     // as in Delivery
	Since    time.Time `json:"since"`    // the first failure in a row
	Probe    time.Time `json:"probe"`    // when one delivery is tried next
	Failures int       `json:"failures"` // in a row
	Trouble  string    `json:"trouble"`  // the last failure: codes and addresses, English
	Waiting  int       `json:"waiting"`  // deliveries that wait for it; only Outages sets it
}

// SetOutage books an outage, or how it goes on.
func (l *Ledger) SetOutage(o Outage) error {
	return l.write(sqlitedb.Outcome, "set outage", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`INSERT INTO outages(dest, since, probe, failures, trouble) VALUES(?,?,?,?,?)
			ON CONFLICT(dest) DO UPDATE SET since=excluded.since, probe=excluded.probe, failures=excluded.failures, trouble=excluded.trouble`,
			o.Dest, o.Since.UnixMicro(), o.Probe.UnixMicro(), o.Failures, o.Trouble)
		return err
	})
}

// EndOutage books that a destination can be reached again, and lets the deliveries that were tried meanwhile go at once.
func (l *Ledger) EndOutage(dest string) error {
	now := l.now().UnixMicro()
	return l.write(sqlitedb.Outcome, "end outage", func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec(`DELETE FROM outages WHERE dest=?`, dest); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE deliveries SET due_at=?1 WHERE due_at IS NOT NULL AND lane='send' AND dest=?2 AND rank IN (0,1) AND due_at>?1 AND state IN (?3,?4)`,
			now, dest, amtshilfe.Resolved, amtshilfe.Reserved)
		return err
	})
}

// Outages lists the destinations that cannot be reached, with the number of deliveries that wait for each.
func (l *Ledger) Outages() ([]Outage, error) {
	q := query{"outages", `SELECT dest, since, probe, failures, trouble, (SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND lane='send' AND dest=outages.dest)
		+ (SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND lane='report' AND dest=outages.dest) FROM outages ORDER BY dest`, nil}
	return list(l, q, func(row scanner) (Outage, error) {
		var o Outage
		var since, probe int64
		err := row.Scan(&o.Dest, &since, &probe, &o.Failures, &o.Trouble, &o.Waiting)
		o.Since, o.Probe = time.UnixMicro(since), time.UnixMicro(probe)
		return o, err
	})
}
