package sqlitedb_test

import (
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"damtshilfe/internal/sqlitedb"
)

// A full disk is known by the errors that SQLite gives then, others are not taken for one.
func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := sqlitedb.Open(path, []string{"CREATE TABLE a(x BLOB)"}, nil)
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	plain.SetMaxOpenConns(1)
	if _, err := plain.Exec("PRAGMA max_page_count=2"); err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Exec("INSERT INTO a VALUES (zeroblob(100000))"); !sqlitedb.Full(err) {
		t.Errorf("no room for pages: %v", err)
	}
	if _, err := plain.Exec("nonsense"); err == nil || sqlitedb.Full(err) || sqlitedb.Full(nil) || sqlitedb.Full(errors.New("disk I/O error (4874)")) {
		t.Errorf("another error is taken for a full disk: %v", err)
	}
	if err := plain.Close(); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestNoRoomForIndex$")
	child.Env = append(os.Environ(), "DAMT_NO_ROOM="+path)
	if out, err := child.CombinedOutput(); err != nil || !strings.Contains(string(out), "full: ") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestNoRoomForIndex is the child of TestFull: no file can grow in it, as on a full disk.
func TestNoRoomForIndex(t *testing.T) {
	path := os.Getenv("DAMT_NO_ROOM")
	if path == "" {
		t.Skip("part of TestFull")
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitedb.Open(path, nil, nil); sqlitedb.Full(err) {
		os.Stdout.WriteString("full: " + err.Error() + "\n") //nolint:errcheck
	}
}
