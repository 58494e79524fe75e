// Package sqlitedb opens SQLite files the one way this project uses them: WAL, synchronous=FULL (asserted), one writer
// goroutine with group commit, readers apart, embedded migrations, own checkpoints (design 4 "Writers", 5).
//
// It knows no table; ledger, xta and register bring their schemas.
package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"damtshilfe/internal/durable"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Priority orders what waits for the writer: outcomes before intents before receipts before intake (design 4).
type Priority int

// The four classes of writes.
const (
	Outcome Priority = iota
	Intent
	Receipt
	Intake
)

// maxGroup bounds the operations of one commit.
const maxGroup = 256

// checkpointEvery is the pause between passive checkpoints; automatic ones are off because they stall a commit.
const checkpointEvery = 5 * time.Second

// ErrUnknownOutcome says that COMMIT failed: the change may or may not be there. Read before acting.
var ErrUnknownOutcome = errors.New("commit failed, outcome unknown")

// ErrClosed says that the database was closed before the write began.
var ErrClosed = errors.New("database closed")

// DB is one SQLite file.
type DB struct {
	writer *sql.DB
	conn   *sql.Conn
	reader *Reader
	hook   durable.Hook

	mu     sync.Mutex
	wake   *sync.Cond
	queue  [Intake + 1][]*op
	closed bool
	done   chan struct{}
	failed error // first error of a COMMIT: the file is not to be trusted any more
}

type op struct {
	f    func(*Tx) error
	err  error
	done chan struct{}
}

// Open opens or creates the file, applies the migrations that it lacks (in order, in one transaction; they are only ever
// appended to) and starts the writer. hook is told of every commit and may be nil.
func Open(path string, migrations []string, hook durable.Hook) (*DB, error) {
	if err := private(path, hook); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	writer, err := sql.Open("sqlite", dsn(path, "rw"))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	writer.SetMaxOpenConns(1)
	db := &DB{writer: writer, hook: hook, done: make(chan struct{})}
	db.wake = sync.NewCond(&db.mu)
	if err := db.prepare(path, migrations); err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	go db.run()
	return db, nil
}

func dsn(path, mode string) string {
	v := url.Values{"_pragma": {"busy_timeout(15000)", "synchronous(FULL)", "temp_store(memory)",
		"foreign_keys(0)", "mmap_size(0)", "wal_autocheckpoint(0)", "journal_size_limit(67108864)"}}
	if mode == "rw" {
		v["_pragma"] = append([]string{"journal_mode(WAL)", "secure_delete(1)", "cache_size(-8000)"}, v["_pragma"]...)
	} else {
		v["_pragma"] = append(v["_pragma"], "query_only(1)", "cache_size(-2000)") // there are several, and the kernel has the pages as well
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + v.Encode()
}

func (db *DB) prepare(path string, migrations []string) error {
	ctx := context.Background()
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	db.conn = conn
	var sync int
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&sync); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if sync != 2 || mode != "wal" {
		return fmt.Errorf("open database: synchronous=%d journal_mode=%s, want FULL (2) and wal", sync, mode)
	}
	if err := migrate(ctx, conn, migrations); err != nil {
		return err
	}
	if db.reader, err = newReader(path); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return nil
}

// migrate takes the steps that the file lacks, all in one transaction: a new file is written once and not once per step, and what
// the version says is there is there. Another process may take them meanwhile, so the version is read again under the lock.
func migrate(ctx context.Context, conn *sql.Conn, migrations []string) (err error) {
	if have, err := version(ctx, conn, migrations); err != nil || have == len(migrations) {
		return err
	}
	if err := begin(ctx, conn); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	end := "ROLLBACK"
	defer func() {
		if _, endErr := conn.ExecContext(ctx, end); err == nil && endErr != nil {
			err = fmt.Errorf("migrate: %w", endErr)
		}
	}()
	have, err := version(ctx, conn, migrations)
	if err != nil || have == len(migrations) {
		return err
	}
	for i, step := range migrations[have:] {
		if _, err := conn.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("migration %d: %w", have+i+1, err)
		}
	}
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d", len(migrations))); err != nil {
		return fmt.Errorf("write schema version: %w", err)
	}
	end = "COMMIT"
	return nil
}

// version is how many steps the file has taken.
func version(ctx context.Context, conn *sql.Conn, migrations []string) (have int, err error) {
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	if have > len(migrations) {
		return 0, fmt.Errorf("schema version %d is newer than this program (%d)", have, len(migrations))
	}
	return have, nil
}

// Reader gives the pool for reading. Long reads are done in pages of a second at most, because an open one keeps the WAL.
func (db *DB) Reader() *Reader { return db.reader }

// Write runs f in a transaction shared with what else waits, and returns after its COMMIT. An error of f undoes f alone.
// f must not keep rows or the Tx, and must not wait for anything but the database.
func (db *DB) Write(p Priority, f func(*Tx) error) error {
	o := &op{f: f, done: make(chan struct{})}
	db.mu.Lock()
	if db.closed {
		db.mu.Unlock()
		return ErrClosed
	}
	db.queue[p] = append(db.queue[p], o)
	db.mu.Unlock()
	db.wake.Signal()
	<-o.done
	return o.err
}

// Failed gives the error of the first COMMIT that failed, or nil. The owner stops all lanes and ends the process.
func (db *DB) Failed() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.failed
}

// Close lets waiting writes finish, checkpoints and closes the file.
func (db *DB) Close() error {
	db.mu.Lock()
	if db.closed {
		db.mu.Unlock()
		return nil
	}
	db.closed = true
	db.mu.Unlock()
	db.wake.Signal()
	<-db.done
	_, err := db.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, db.conn.Close(), db.writer.Close(), db.reader.close())
}

func (db *DB) run() {
	defer close(db.done)
	tx := &Tx{conn: db.conn, stmts: map[string]*sql.Stmt{}}
	defer tx.close()
	checkpoint := time.Now().Add(checkpointEvery)
	for {
		group := db.next()
		if group == nil {
			return
		}
		db.commit(tx, group)
		if now := time.Now(); now.After(checkpoint) {
			checkpoint = now.Add(checkpointEvery)
			// A failed checkpoint only leaves a longer WAL; the next one tries again.
			db.conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)") //nolint:errcheck
		}
	}
}

// next waits for work and takes up to maxGroup operations, the most urgent first.
func (db *DB) next() []*op {
	db.mu.Lock()
	defer db.mu.Unlock()
	for {
		var group []*op
		for p := range db.queue {
			take := min(len(db.queue[p]), maxGroup-len(group))
			group = append(group, db.queue[p][:take]...)
			db.queue[p] = append(db.queue[p][:0:0], db.queue[p][take:]...)
		}
		if group != nil {
			return group
		}
		if db.closed {
			return nil
		}
		db.wake.Wait()
	}
}

// commit runs the group in one transaction. Contexts are background on purpose: a commit is never cancelled.
func (db *DB) commit(tx *Tx, group []*op) {
	ctx := context.Background()
	err := db.Failed()
	if err == nil {
		err = begin(ctx, db.conn)
	}
	if err == nil && len(group) == 1 && tx.alone(group[0]) != nil {
		close(group[0].done)
		return
	}
	if err == nil {
		for _, o := range group {
			if len(group) > 1 {
				o.err = tx.savepoint(o.f)
			}
		}
		err = db.hook.Step("commit", func() error {
			_, err := db.conn.ExecContext(ctx, "COMMIT")
			return err
		})
		if err != nil {
			err = fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
			db.conn.ExecContext(ctx, "ROLLBACK") //nolint:errcheck // the connection may already be outside a transaction
			db.mu.Lock()
			db.failed = err
			db.mu.Unlock()
		}
	}
	for _, o := range group {
		if err != nil {
			o.err = err
		}
		close(o.done)
	}
}

func begin(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}
