package store

import (
	"errors"
	"fmt"

	"damtshilfe/internal/sqlitedb"
)

// Keep says how long the content of versions stays: of the newest ones, and of the young ones. Who put a version, when and why stays for
// ever, with the SHA-256 of what it was.
type Keep struct {
	Versions int // the newest ones; 0 = 50, fewer than 2 are 2
	Days     int // those that are younger; 0 = 400
}

// ErrPruned says that a version is too old for its content to be there still.
var ErrPruned = errors.New("the content of this version is not kept any more (register.serve.keep)")

func (k Keep) withDefaults() Keep {
	if k.Versions == 0 {
		k.Versions = 50
	}
	if k.Days == 0 {
		k.Days = 400
	}
	k.Versions = max(k.Versions, 2)
	return k
}

// prune takes the content away from versions that are neither among the newest nor young, and from changes that were decided that long ago.
// It runs in the transaction of a new version: what is in force, and what a change that waits was made from, keeps its content, and a
// crash leaves either all as it was or the new version without the old contents.
func (s *Store) prune(tx *sqlitedb.Tx, newest int64) error {
	keep, now := s.o.Keep.withDefaults(), s.o.Now()
	before := now.AddDate(0, 0, -keep.Days).UnixMicro()
	n, err := tx.Exec(`UPDATE fassung SET inhalt=x'', geleert_am=? WHERE geleert_am IS NULL AND seq<? AND angelegt_am<?
		AND seq NOT IN (SELECT seq FROM fassung ORDER BY seq DESC LIMIT ?+0) AND seq NOT IN (SELECT basis FROM aenderung WHERE zustand='offen')`,
		now.UnixMicro(), newest, before, keep.Versions)
	if err != nil {
		return err
	}
	m, err := tx.Exec(`UPDATE aenderung SET inhalt=x'', geleert_am=? WHERE geleert_am IS NULL AND zustand<>'offen' AND entschieden_am<?`, now.UnixMicro(), before)
	if err != nil || n+m == 0 {
		return err
	}
	return appendAudit(tx, now, Entry{Wer: "register", Was: "prune", Gegenstand: fmt.Sprintf("content of %d versions and %d changes", n, m),
		Grund: fmt.Sprintf("older than %d days", keep.Days)})
}
