package spool_test

import (
	"crypto/sha256"
	"os"
	"testing"

	"damtshilfe/spool"
)

// TestStageOut: a staged file has its hash and is seen by nobody until it is published, and Sweep leaves it alone.
func TestStageOut(t *testing.T) {
	d := newDesk(t, spool.Settle)
	g, err := d.StageOut(writeString("receipt"))
	if err != nil {
		t.Fatal(err)
	}
	if g.SHA256 != sha256.Sum256([]byte("receipt")) {
		t.Error("wrong hash")
	}
	if there, err := d.OutExists("a", "r.xml"); there || err != nil {
		t.Errorf("visible before Publish: %v, %v", there, err)
	}
	if _, err := d.Sweep(); err != nil {
		t.Fatal(err)
	}
	if err := g.Publish("a", "r.xml"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(d.path("accounts", "a", "out", "r.xml")); string(b) != "receipt" {
		t.Errorf("published %q, %v", b, err)
	}
}

// TestStageOutLeavesNothing: what is discarded, or cannot be published, does not stay behind.
func TestStageOutLeavesNothing(t *testing.T) {
	d := newDesk(t, spool.Settle)
	for name, end := range map[string]func(*spool.OutFile) bool{
		"discarded":       func(g *spool.OutFile) bool { return g.Discard() == nil },
		"no such account": func(g *spool.OutFile) bool { return g.Publish("nobody", "r.xml") != nil },
		"no file name":    func(g *spool.OutFile) bool { return g.Publish("a", "../r.xml") != nil },
	} {
		g, err := d.StageOut(writeString("receipt"))
		if err != nil {
			t.Fatal(err)
		}
		if !end(g) {
			t.Errorf("%s: unexpected result", name)
		}
		entries, err := os.ReadDir(d.path(".partial"))
		if err != nil || len(entries) > 0 {
			t.Errorf("%s: %d files left, %v", name, len(entries), err)
		}
	}
}
