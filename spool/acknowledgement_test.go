package spool_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/spool"
)

// What the centre goes on writing is neither read nor taken away.
func TestAcknowledgementStillWritten(t *testing.T) {
	dir := t.TempDir()
	s, err := spool.Open(spool.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.AddProfile("std"); err != nil {
		t.Fatal(err)
	}
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
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	s, err := spool.Open(spool.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.AddProfile("std"); err != nil {
		t.Fatal(err)
	}
	inbox := filepath.Join(dir, "print", "std", "inbox")
	if err := os.Chmod(inbox, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(inbox, 0o700) }) //nolint:errcheck
	for _, l := range s.Check() {
		if l.What == "print std" && (l.Level != spool.Failure || !strings.Contains(l.Text, "not writable")) {
			t.Errorf("%+v", l)
		}
	}
}
