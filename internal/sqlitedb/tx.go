package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "modernc.org/sqlite"
)

// Tx is the transaction that f of Write runs in. Statements are prepared once per connection.
type Tx struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// alone runs the only operation of a transaction: what fails is undone with all of it, so it needs no savepoint.
func (tx *Tx) alone(o *op) error {
	if o.err = o.f(tx); o.err != nil {
		if _, err := tx.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			o.err = errors.Join(o.err, err)
		}
	}
	return o.err
}

func (tx *Tx) savepoint(f func(*Tx) error) error {
	if _, err := tx.Exec("SAVEPOINT op"); err != nil {
		return err
	}
	err := f(tx)
	if err != nil {
		if _, undo := tx.Exec("ROLLBACK TO op"); undo != nil {
			return errors.Join(err, undo)
		}
	}
	_, release := tx.Exec("RELEASE op")
	return errors.Join(err, release)
}

func (tx *Tx) stmt(query string) (*sql.Stmt, error) {
	if st, ok := tx.stmts[query]; ok {
		return st, nil
	}
	st, err := tx.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	tx.stmts[query] = st
	return st, nil
}

func (tx *Tx) close() {
	for _, st := range tx.stmts {
		st.Close()
	}
}

// Exec runs a statement and says how many rows it changed. query must be a constant of the program: it is cached.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	st, err := tx.stmt(query)
	if err != nil {
		return 0, err
	}
	r, err := st.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Query runs a query; the caller closes the rows before f ends.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	st, err := tx.stmt(query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.Background(), args...)
}

// QueryRow runs a query for one row and scans it into dest; sql.ErrNoRows if there is none.
func (tx *Tx) QueryRow(query string, args []any, dest ...any) error {
	st, err := tx.stmt(query)
	if err != nil {
		return err
	}
	return st.QueryRowContext(context.Background(), args...).Scan(dest...)
}
