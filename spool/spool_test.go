package spool_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/spool"
)

// desk is a spool in a temporary directory with a clock of its own.
type desk struct {
	*spool.Spool
	t   testing.TB
	dir string

	mu  sync.Mutex
	now time.Time
}

func (d *desk) clock() time.Time { d.mu.Lock(); defer d.mu.Unlock(); return d.now }

func (d *desk) pass(by time.Duration) { d.mu.Lock(); defer d.mu.Unlock(); d.now = d.now.Add(by) }

// newDesk opens a spool with the account a.
func newDesk(t testing.TB, rule spool.Completeness) *desk {
	t.Helper()
	return openDesk(t, t.TempDir(), rule)
}

func openDesk(t testing.TB, dir string, rule spool.Completeness) *desk {
	t.Helper()
	d := &desk{t: t, dir: dir, now: time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC)}
	sp, err := spool.Open(spool.Options{DataDir: d.dir, Now: d.clock, Settle: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sp.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := sp.AddAccount("a", rule); err != nil {
		t.Fatal(err)
	}
	d.Spool = sp
	return d
}

func (d *desk) path(part ...string) string { return filepath.Join(append([]string{d.dir}, part...)...) }

func (d *desk) in(name string) string { return d.path("accounts", "a", "in", name) }

// drop writes a file as a local program does, with a modification time far from now.
func (d *desk) drop(name, text string) {
	d.t.Helper()
	write(d.t, d.in(name), text)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// scan gives the names of the complete files.
func (d *desk) scan() []string {
	d.t.Helper()
	var names []string
	for _, c := range d.candidates() {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

func (d *desk) candidates() []spool.Candidate {
	d.t.Helper()
	list, err := d.Scan("a")
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

// settled scans twice with enough time between, and gives what is complete.
func (d *desk) settled() []spool.Candidate {
	d.t.Helper()
	d.candidates()
	d.pass(5 * time.Second)
	return d.candidates()
}

func (d *desk) id() amtshilfe.DropID { return amtshilfe.NewDropID(d.clock()) }

// stored gives the bytes of a claimed file.
func (d *desk) stored(id amtshilfe.DropID) string {
	d.t.Helper()
	f, err := d.OpenOriginal(id)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(data)
}

func gone(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", filepath.Base(path), err)
	}
}

func wantError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestOpen(t *testing.T) {
	d := newDesk(t, spool.Settle)
	t.Run("the layout is private", func(t *testing.T) {
		for _, dir := range []string{"accounts/a/in", "accounts/a/out", ".partial", "store", "spool-staging", "print"} {
			info, err := os.Stat(d.path(dir))
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%s: %v, %v", dir, info, err)
			}
		}
	})
	t.Run("a second process is kept out and told who holds it", func(t *testing.T) {
		_, err := spool.Open(spool.Options{DataDir: d.dir})
		wantError(t, "open", err, spool.ErrLocked)
		if err != nil && !strings.Contains(err.Error(), "process "+pid()) {
			t.Errorf("message without the holder: %v", err)
		}
	})
	t.Run("readers need no lock and change nothing", func(t *testing.T) {
		r, err := spool.OpenReadOnly(spool.Options{DataDir: d.dir})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := r.AddAccount("a", spool.Settle); err != nil {
			t.Fatal(err)
		}
		_, err = r.Take(spool.Candidate{Account: "a", Name: "x"}, d.id())
		wantError(t, "take", err, spool.ErrReadOnly)
		_, err = r.PublishOut("a", "x", func(io.Writer) error { return nil })
		wantError(t, "publish", err, spool.ErrReadOnly)
		_, err = r.NewUpload("a", "x")
		wantError(t, "upload", err, spool.ErrReadOnly)
		_, err = r.Sweep()
		wantError(t, "sweep", err, spool.ErrReadOnly)
	})
	t.Run("names that would lead elsewhere are refused", func(t *testing.T) {
		for _, name := range []string{"", "..", ".hidden", "a/b", "-x", "ä", strings.Repeat("x", 65)} {
			wantError(t, name, d.AddAccount(name, spool.Settle), spool.ErrName)
			_, err := d.AddProfile(name)
			wantError(t, name, err, spool.ErrName)
		}
		if err := d.AddAccount("b", "sidecar"); err == nil {
			t.Error("an unknown completeness was accepted")
		}
		if err := d.AddAccount("a", spool.Settle); err == nil {
			t.Error("an account was added twice")
		}
		_, err := d.Scan("nobody")
		wantError(t, "scan", err, spool.ErrNoAccount)
	})
}

func pid() string { return itoa(os.Getpid()) }
