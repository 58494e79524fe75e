package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/sqlitedb"
)

// Entry is one row of the audit. It carries kennungen, versions and reasons, never the data of a Schuldner.
type Entry struct {
	Am         time.Time
	Wer        string // who
	Was        string // put, rollback, propose, accept, reject, adopt, and what others note
	Gegenstand string // of what: "version 2026-11", "change 12", a kennung, a fingerprint
	Grund      string // why
}

// Note books what somebody does beside the versions, before it is done.
func (s *Store) Note(ctx context.Context, e Entry) error {
	return s.write(ctx, e.Was, func(tx *sqlitedb.Tx) error { return appendAudit(tx, s.o.Now(), e) })
}

// appendAudit adds a row to the chain, in the transaction of what it describes.
func appendAudit(tx *sqlitedb.Tx, at time.Time, e Entry) error {
	head := noHead
	err := tx.QueryRow(`SELECT hash FROM protokoll ORDER BY id DESC LIMIT 1`, nil, &head)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	e.Am = at
	_, err = tx.Exec(`INSERT INTO protokoll(am, wer, was, gegenstand, grund, hash) VALUES(?,?,?,?,?,?)`,
		at.UnixMicro(), e.Wer, e.Was, e.Gegenstand, e.Grund, e.hash(head))
	return err
}

// noHead is the head of an empty chain.
var noHead = strings.Repeat("0", 64)

func (e Entry) hash(prev string) string {
	h := sha256.New()
	for _, f := range [...]string{prev, strconv.FormatInt(e.Am.UnixMicro(), 10), e.Wer, e.Was, e.Gegenstand, e.Grund} {
		fmt.Fprintf(h, "%d:%s", len(f), f) // lengths, so that no two rows have the same text
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Audit lists the newest rows, at most n.
func (s *Store) Audit(n int) ([]Entry, error) {
	rows, err := s.db.Reader().Query(`SELECT am, wer, was, gegenstand, grund FROM protokoll ORDER BY id DESC LIMIT ?+0`, n)
	if err != nil {
		return nil, fmt.Errorf("register store: audit: %w", err)
	}
	return collect(rows, func() (Entry, error) { return scanEntry(rows) })
}

func scanEntry(r row, more ...any) (e Entry, err error) {
	var am int64
	err = r.Scan(append([]any{&am, &e.Wer, &e.Was, &e.Gegenstand, &e.Grund}, more...)...)
	e.Am = time.UnixMicro(am).UTC()
	return e, err
}

// CheckAudit follows the chain from its beginning and says how many rows it has; an error names the first broken one.
func (s *Store) CheckAudit() (n int, err error) {
	rows, err := s.db.Reader().Query(`SELECT am, wer, was, gegenstand, grund, id, hash FROM protokoll ORDER BY id`)
	if err != nil {
		return 0, fmt.Errorf("register store: audit: %w", err)
	}
	defer rows.Close()
	prev := noHead
	for rows.Next() {
		var id int64
		var hash string
		e, err := scanEntry(rows, &id, &hash)
		if err != nil {
			return n, fmt.Errorf("register store: audit: %w", err)
		}
		if e.hash(prev) != hash {
			return n, fmt.Errorf("register store: audit row %d: the hash chain is broken", id)
		}
		prev, n = hash, n+1
	}
	if err := rows.Err(); err != nil {
		return n, fmt.Errorf("register store: audit: %w", err)
	}
	return n, nil
}
