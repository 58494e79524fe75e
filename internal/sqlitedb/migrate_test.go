package sqlitedb_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"damtshilfe/internal/sqlitedb"
)

// TestManyMayMigrateAtOnce: a command beside a gateway that starts with a new version. A step that can be taken twice must not set the
// version back behind one that cannot.
func TestManyMayMigrateAtOnce(t *testing.T) {
	steps := []string{"CREATE TABLE IF NOT EXISTS a(x INTEGER)", "CREATE TABLE IF NOT EXISTS b(x INTEGER)", "CREATE TABLE IF NOT EXISTS c(x INTEGER)",
		"ALTER TABLE a ADD COLUMN y INTEGER", "CREATE INDEX IF NOT EXISTS i ON a(y)", "ALTER TABLE b ADD COLUMN y INTEGER"}
	for range 20 {
		path := filepath.Join(t.TempDir(), "a.db")
		old, err := sqlitedb.Open(path, steps[:1], nil)
		if err == nil {
			err = old.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		start := make(chan struct{})
		errs := make(chan error, 6)
		for range cap(errs) {
			wg.Go(func() {
				<-start
				db, err := sqlitedb.Open(path, steps, nil)
				if err == nil {
					err = db.Close()
				}
				errs <- err
			})
		}
		close(start)
		wg.Wait()
		close(errs)
		var all error
		for err := range errs {
			all = errors.Join(all, err)
		}
		if all != nil {
			t.Fatal(all)
		}
	}
}

// TestMigrationsTogether: what a new version brings is there as a whole or not at all, from whatever version the file was.
func TestMigrationsTogether(t *testing.T) {
	steps := []string{"CREATE TABLE a(x INTEGER)", "CREATE TABLE b(x INTEGER)", "CREATE TABLE c(x INTEGER)"}
	for old := range steps {
		path := filepath.Join(t.TempDir(), "a.db")
		reopen := func(steps ...string) error {
			db, err := sqlitedb.Open(path, steps, nil)
			if err != nil {
				return err
			}
			return db.Close()
		}
		if err := reopen(steps[:old]...); err != nil {
			t.Fatal(err)
		}
		if err := reopen(append(slices.Clone(steps), "CREATE TABLE c(x INTEGER)")...); err == nil || !strings.Contains(err.Error(), "migration 4") {
			t.Errorf("from %d: %v", old, err)
		}
		if err := reopen(steps[:old]...); err != nil {
			t.Errorf("from %d, after a step that failed: %v", old, err)
		}
		if err := reopen(steps...); err != nil {
			t.Errorf("from %d: %v", old, err)
		}
	}
}
