package spool_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"damtshilfe/spool"
)

// withProfile is a spool with the print profile std.
func withProfile(t *testing.T) (s *spool.Spool, dir string) {
	t.Helper()
	dir = t.TempDir()
	s, err := spool.Open(spool.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.AddProfile("std"); err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// What the centre goes on writing is neither read nor taken away.
func TestAcknowledgementStillWritten(t *testing.T) {
	s, dir := withProfile(t)
	path := filepath.Join(dir, "print", "std", "quittung", "a.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReadAcknowledgement("std", "a.csv", 100); !errors.Is(err, spool.ErrBusy) {
		t.Errorf("read while it is open for writing: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, done := range []func() error{
		func() error { return s.RemoveAcknowledgement("std", "a.csv") },
		func() error { return s.FailAcknowledgement("std", "a.csv", "x") },
	} {
		if _, err := s.ReadAcknowledgement("std", "a.csv", 100); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("more, and more of it"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := done(); !errors.Is(err, spool.ErrBusy) {
			t.Errorf("taken away though it was written to: %v", err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// check says that no bundle can be put into an inbox, and publishing one says why it could not.
func TestInboxNotWritable(t *testing.T) {
	s, dir := withProfile(t)
	inbox := filepath.Join(dir, "print", "std", "inbox")
	for _, tt := range []struct {
		mode os.FileMode
		want bool
	}{{0o700, true}, {0o500, false}, {0o700, true}} {
		if err := os.Chmod(inbox, tt.mode); err != nil {
			t.Fatal(err)
		}
		asNobody(t, dir, func() {
			for _, l := range s.Check() {
				if l.What == "print std" && tt.want != (l.Level != spool.Failure) || !tt.want && l.What == "print std" && !strings.Contains(l.Text, "not writable") {
					t.Errorf("mode %o: %+v", tt.mode, l)
				}
			}
		})
	}
}

// asNobody does something without the rights of root, who may write everywhere, in a folder that belongs to nobody then.
func asNobody(t *testing.T, dir string, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		do()
		return
	}
	const nobody = 65534
	err := filepath.WalkDir(filepath.Dir(dir), func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, nobody, nobody))
	})
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread() // rights on files are a thread's own
	defer runtime.UnlockOSThread()
	if err := unix.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	defer unix.Setfsuid(0) //nolint:errcheck
	do()
}
