package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

const (
	readers   = 4   // connections that read at once, each with a page cache of its own
	maxCached = 128 // statements kept; queries that are put together from lists of every length may not fill the memory
)

// Reader is the pool for reading. Statements are compiled once per connection, which costs as much as several small queries.
//
// SQLite compiles again at every run what it planned by looking at a parameter: a bare LIMIT ?, or column=? where a partial index
// has that column with a constant. Queries that run all the time say LIMIT ?+0 and column=CAST(? AS TEXT) instead.
type Reader struct {
	db *sql.DB

	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

func newReader(path string) (*Reader, error) {
	db, err := sql.Open("sqlite", dsn(path, "ro"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return &Reader{db: db, stmts: map[string]*sql.Stmt{}}, nil
}

// Query runs a query; the caller closes the rows.
func (r *Reader) Query(query string, args ...any) (*sql.Rows, error) {
	return r.QueryContext(context.Background(), query, args...)
}

// QueryContext is Query that ends with ctx.
func (r *Reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := r.stmt(query)
	switch {
	case err != nil:
		return nil, err
	case st == nil:
		return r.db.QueryContext(ctx, query, args...)
	}
	return st.QueryContext(ctx, args...)
}

// QueryRow runs a query for at most one row.
func (r *Reader) QueryRow(query string, args ...any) *sql.Row {
	return r.QueryRowContext(context.Background(), query, args...)
}

// QueryRowContext is QueryRow that ends with ctx.
func (r *Reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if st, err := r.stmt(query); err == nil && st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return r.db.QueryRowContext(ctx, query, args...) // says the error again
}

// stmt gives the compiled query; nil if there are too many already. It waits for a connection without the lock.
func (r *Reader) stmt(query string) (*sql.Stmt, error) {
	r.mu.Lock()
	st, ok := r.stmts[query]
	full := len(r.stmts) >= maxCached
	r.mu.Unlock()
	if ok || full {
		return st, nil
	}
	st, err := r.db.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other, ok := r.stmts[query]; ok { // somebody else was faster
		return other, st.Close()
	}
	r.stmts[query] = st
	return st, nil
}

func (r *Reader) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, st := range r.stmts {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, r.db.Close())...)
}
