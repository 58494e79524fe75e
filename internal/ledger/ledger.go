// Package ledger is the truth about drops, deliveries, cases, receipts, bundles, inbox, runs and the audit, in SQL.
//
// The ledger says what will be done (committed), it is done, the ledger says what became of it. Every change of a delivery
// goes through Save, which is a compare-and-set on its state and writes, in the same transaction, the event that receipts
// are made from, the counters that conservation is proved with, and wakes what waited for it (design 4, 5).
//
// Deliveries are written once, in their final state of the intake, in chunks; they become visible by one row, their drop.
// No file is touched here and no clock is read but Now.
package ledger

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/sqlitedb"
)

// ErrStale says that a delivery was no longer in the state its change started from: look again.
var ErrStale = errors.New("delivery has moved on")

// ErrUntold says that receipt 1 of the drop is not published yet: until then its messages stay as the receipt tells them, so that
// the receipt written again has the same bytes.
var ErrUntold = errors.New("receipt 1 is not published yet")

// ErrBetriebsart says that a delivery and the way it should take are not of the same Betriebsart.
var ErrBetriebsart = errors.New("delivery and its way are of different Betriebsart")

// ErrNotFound says that the ledger has no such row.
var ErrNotFound = errors.New("not in the ledger")

// Chunk is the largest number of rows one transaction writes (design 4, Writers).
const Chunk = 2000

// Ledger is the open ledger. Its methods may be called from any goroutine.
type Ledger struct {
	db  *sqlitedb.DB
	now func() time.Time
}

// Open opens or creates the ledger file.
func Open(path string, hook durable.Hook, now func() time.Time) (*Ledger, error) {
	db, err := sqlitedb.Open(path, migrations, hook)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	return &Ledger{db: db, now: now}, nil
}

// Close finishes waiting writes and closes the file.
func (l *Ledger) Close() error { return l.db.Close() }

// Failed gives the first error of a commit; the process has to stop all lanes and end.
func (l *Ledger) Failed() error { return l.db.Failed() }

func (l *Ledger) write(p sqlitedb.Priority, verb string, f func(*sqlitedb.Tx) error) error {
	if err := l.db.Write(p, f); err != nil {
		return fmt.Errorf("ledger: %s: %w", verb, err)
	}
	return nil
}

// stamp stores a time as microseconds since 1970; the zero time is NULL.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func unstamp(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64)
}

// encode stores a value as JSON; values of the domain always encode.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("ledger: encode %T: %v", v, err))
	}
	return string(b)
}

func encodeFindings(f []amtshilfe.Finding) any {
	if len(f) == 0 {
		return nil
	}
	return encode(f)
}

func decode(s sql.NullString, v any) error {
	if !s.Valid || s.String == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(s.String), v); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	return nil
}

func placeholders(n int) string {
	b := make([]byte, 0, 2*n)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '?')
	}
	return string(b)
}

// scanner is a row that is read: of one answer or of many.
type scanner interface{ Scan(...any) error }

// query is a question to the ledger; what names it in errors.
type query struct {
	what, sql string
	args      []any
}

// list reads all rows of a query.
func list[T any](l *Ledger, q query, scan func(scanner) (T, error)) ([]T, error) {
	rows, err := l.db.Reader().Query(q.sql, q.args...)
	if err != nil {
		return nil, fmt.Errorf("ledger: %s: %w", q.what, err)
	}
	all, err := collect(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("ledger: %s: %w", q.what, err)
	}
	return all, nil
}

// collect reads all rows.
func collect[T any](rows *sql.Rows, scan func(scanner) (T, error)) (all []T, err error) {
	err = each(rows, func(rows *sql.Rows) error {
		one, err := scan(rows)
		all = append(all, one)
		return err
	})
	return all, err
}

// scanText reads a row of one word.
func scanText[T ~string](row scanner) (text T, err error) {
	err = row.Scan(&text)
	return text, err
}

// each reads all rows of a query.
func each(rows *sql.Rows, scan func(*sql.Rows) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
