package sqlitedb_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/sqlitedb"
)

func open(t *testing.T, path string, hook durable.Hook) *sqlitedb.DB {
	t.Helper()
	db, err := sqlitedb.Open(path, []string{"CREATE TABLE t(n INTEGER PRIMARY KEY) STRICT"}, hook)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func insert(n int) func(*sqlitedb.Tx) error {
	return func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO t VALUES(?)", n)
		return err
	}
}

func count(t *testing.T, db *sqlitedb.DB) (n int) {
	t.Helper()
	if err := db.Reader().QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWritesOfManyShareCommits(t *testing.T) {
	var mu sync.Mutex
	commits := 0
	db := open(t, filepath.Join(t.TempDir(), "a b.db"), func(p durable.Point) {
		mu.Lock()
		defer mu.Unlock()
		if p.Op == "commit" && p.After {
			commits++
		}
	})
	var wg sync.WaitGroup
	for n := range 500 {
		wg.Go(func() {
			if err := db.Write(sqlitedb.Outcome, insert(n)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := count(t, db); got != 500 {
		t.Errorf("rows = %d, want 500", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if commits >= 500 {
		t.Errorf("commits = %d for 500 concurrent writes: nothing was grouped", commits)
	}
}

func TestOneBadWriteFailsAlone(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "a.db"), nil)
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i, n := range []int{1, 1, 2} {
		wg.Go(func() { errs[i] = db.Write(sqlitedb.Intent, insert(n)) })
	}
	wg.Wait()
	if count(t, db) != 2 {
		t.Errorf("rows = %d, want 2", count(t, db))
	}
	if (errs[0] == nil) == (errs[1] == nil) || errs[2] != nil {
		t.Errorf("errors = %v, want exactly one of the first two", errs)
	}
}

func TestTwoProcessesMayWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	one, two := open(t, path, nil), open(t, path, nil)
	for n := range 50 {
		if err := []*sqlitedb.DB{one, two}[n%2].Write(sqlitedb.Intent, insert(n)); err != nil {
			t.Fatal(err)
		}
	}
	if got := count(t, one); got != 50 {
		t.Errorf("rows = %d, want 50", got)
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	db := open(t, filepath.Join(dir, "t.db"), nil)
	if err := db.Write(sqlitedb.Outcome, insert(1)); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files, %v; want the database and its WAL", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v; want 0600", f.Name(), info.Mode(), err)
		}
	}
}

func TestClosedRefusesWrites(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "a.db"), nil)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(sqlitedb.Intent, insert(1)); !errors.Is(err, sqlitedb.ErrClosed) {
		t.Errorf("Write after Close = %v, want ErrClosed", err)
	}
}

// An operation that fails leaves nothing behind, also where it is the only one of its transaction, and the next one is not hindered.
func TestFailsAlone(t *testing.T) {
	db, err := sqlitedb.Open(filepath.Join(t.TempDir(), "x.db"), []string{`CREATE TABLE t(n INTEGER) STRICT`}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	want := errors.New("no")
	for range 3 {
		err := db.Write(sqlitedb.Intent, func(tx *sqlitedb.Tx) error {
			if _, err := tx.Exec(`INSERT INTO t VALUES(1)`); err != nil {
				return err
			}
			return want
		})
		if !errors.Is(err, want) {
			t.Fatalf("%v, want %v", err, want)
		}
	}
	if err := db.Write(sqlitedb.Intent, func(tx *sqlitedb.Tx) error { _, err := tx.Exec(`INSERT INTO t VALUES(2)`); return err }); err != nil {
		t.Fatal(err)
	}
	var n, sum int
	if err := db.Reader().QueryRow(`SELECT count(*), sum(n) FROM t`).Scan(&n, &sum); err != nil || n != 1 || sum != 2 {
		t.Errorf("%d rows, sum %d, %v", n, sum, err)
	}
}
