package ledger

import (
	"database/sql"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Total is a counter of one account and state.
type Total struct {
	Account string
	State   amtshilfe.State
	Count
}

// Totals gives the counters per account and state. They are kept in the transaction of each change, so a page costs nothing.
func (l *Ledger) Totals() ([]Total, error) {
	q := query{"totals", `SELECT account, state, n, cents FROM totals WHERE n<>0 ORDER BY account, state`, nil}
	return list(l, q, func(row scanner) (Total, error) {
		var t Total
		err := row.Scan(&t.Account, &t.State, &t.N, &t.Cents)
		return t, err
	})
}

// CountsOf gives the counters of one drop.
func (l *Ledger) CountsOf(id amtshilfe.DropID) (map[amtshilfe.State]Count, error) {
	return l.counts(`SELECT state, n, cents FROM counts WHERE drop_id=? AND n<>0`, id)
}

// Words gives the counters of one drop per word of receipts.
func (l *Ledger) Words(id amtshilfe.DropID) (map[amtshilfe.Status]Count, error) {
	rows, err := l.db.Reader().Query(`SELECT word, n, cents FROM words WHERE drop_id=? AND n<>0`, id)
	if err != nil {
		return nil, fmt.Errorf("ledger: words of %s: %w", id, err)
	}
	m := map[amtshilfe.Status]Count{}
	err = each(rows, func(rows *sql.Rows) error {
		var w amtshilfe.Status
		var c Count
		err := rows.Scan(&w, &c.N, &c.Cents)
		m[w] = c
		return err
	})
	return m, err
}

// Recount counts the rows of one drop: what the counters must agree with.
func (l *Ledger) Recount(id amtshilfe.DropID) (map[amtshilfe.State]Count, error) {
	return l.counts(`SELECT state, count(*), sum(betrag) FROM deliveries WHERE drop_id=? GROUP BY state`, id)
}

func (l *Ledger) counts(query string, id amtshilfe.DropID) (map[amtshilfe.State]Count, error) {
	rows, err := l.db.Reader().Query(query, id)
	if err != nil {
		return nil, fmt.Errorf("ledger: counts of %s: %w", id, err)
	}
	m := map[amtshilfe.State]Count{}
	err = each(rows, func(rows *sql.Rows) error {
		var s amtshilfe.State
		var c Count
		err := rows.Scan(&s, &c.N, &c.Cents)
		m[s] = c
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: counts of %s: %w", id, err)
	}
	return m, nil
}

// Work says how much is left to do by itself: it is 0 when nothing is in flight any more.
type Work struct {
	Drops    int       // not opened, not receipted or not resolved to the end
	InFlight int       // deliveries that are neither ended nor held, nor in a drop that waits whole
	Due      int       // of them due now in a lane that works by itself; letters wait for the print run
	Out      int       // due as well, but their data centre cannot be reached and is not tried now
	Receipts int       // booked and not published
	Inbox    int       // fetched and not judged, or not closed
	Bundles  int       // on their way to the print centre, not held
	Oldest   time.Time // when the drop was received whose messages are due the longest; zero = none
}

// Idle says that nothing is left to do.
func (w Work) Idle() bool { return w.Drops+w.InFlight+w.Receipts+w.Inbox+w.Bundles == 0 }

// Work counts what is left to do.
func (l *Ledger) Work() (Work, error) {
	var w Work
	var oldest sql.NullInt64
	err := l.db.Reader().QueryRow(`SELECT
		(SELECT count(*) FROM drops WHERE due_at IS NOT NULL OR state='claiming' OR verdict IS NOT NULL),
		(SELECT coalesce(sum(n),0) FROM totals WHERE state IN ('valid','resolved','waiting','reserved','sending','sent','bundled'))
			- (SELECT coalesce(sum(c.n),0) FROM drops o JOIN counts c ON c.drop_id=o.id WHERE o.question IS NOT NULL AND c.state='valid'),
		(SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND lane IN ('resolve','send','report') AND due_at<=?1)
			- (SELECT count(*) FROM deliveries d JOIN drops o ON d.drop_id=o.id WHERE o.question IS NOT NULL AND d.lane='resolve' AND d.due_at<=?1),
		(SELECT count(*) FROM outages o JOIN deliveries d ON d.dest=o.dest WHERE o.probe>?1 AND d.due_at IS NOT NULL AND d.lane IN ('send','report') AND d.due_at<=?1),
		(SELECT count(*) FROM receipts WHERE published=0),
		(SELECT count(*) FROM inbox WHERE (closed=0 OR state='fetched') AND state<>'sealed'),
		(SELECT count(*) FROM bundles WHERE state NOT IN ('published','recalled') AND state<>'held'),
		(SELECT min(received_at) FROM drops WHERE id IN (SELECT drop_id FROM deliveries WHERE due_at IS NOT NULL))`, l.now().UnixMicro()).
		Scan(&w.Drops, &w.InFlight, &w.Due, &w.Out, &w.Receipts, &w.Inbox, &w.Bundles, &oldest)
	if err != nil {
		return w, fmt.Errorf("ledger: work: %w", err)
	}
	w.Due -= w.Out
	w.Oldest = unstamp(oldest)
	return w, nil
}

// DropCount is the number of drops of one account in one state.
type DropCount struct {
	Account string
	State   amtshilfe.DropState
	N       int
}

// DropCounts counts the drops; there are few in comparison with messages.
func (l *Ledger) DropCounts() ([]DropCount, error) {
	q := query{"drop counts", `SELECT account, state, count(*) FROM drops GROUP BY 1, 2 ORDER BY 1, 2`, nil}
	return list(l, q, func(row scanner) (DropCount, error) {
		var c DropCount
		err := row.Scan(&c.Account, &c.State, &c.N)
		return c, err
	})
}

// InboxCounts counts the inbound messages per state.
func (l *Ledger) InboxCounts() (map[amtshilfe.InboxState]int, error) {
	return tally[amtshilfe.InboxState](l, `SELECT state, count(*) FROM inbox GROUP BY state`)
}

// BundleCounts counts the bundles per state.
func (l *Ledger) BundleCounts() (map[amtshilfe.BundleState]int, error) {
	return tally[amtshilfe.BundleState](l, `SELECT state, count(*) FROM bundles GROUP BY state`)
}

func tally[K ~string](l *Ledger, query string) (map[K]int, error) {
	rows, err := l.db.Reader().Query(query)
	if err != nil {
		return nil, fmt.Errorf("ledger: counts: %w", err)
	}
	m := map[K]int{}
	err = each(rows, func(rows *sql.Rows) error {
		var k K
		var n int
		err := rows.Scan(&k, &n)
		m[k] = n
		return err
	})
	return m, err
}
