package main

import (
	"errors"
	"path/filepath"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/spool"
)

// capture puts what the first group of an expression finds in stdout into a variable: capture NAME REGEXP.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("stdout has nothing for %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// unclear brings what waits for a bundle of the profile standard to where a power cut leaves it in a file system that promises nothing:
// staged, its door open, and nobody knows. UNCLEAR names the bundle.
func unclear(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unclear DATADIR")
	}
	dir := ts.MkAbs(args[0])
	s, err := spool.Open(spool.Options{DataDir: dir})
	ts.Check(err)
	l, err := ledger.Open(filepath.Join(dir, "ledger.db"), nil, time.Now)
	ts.Check(err)
	queues, err := l.PrintQueues()
	ts.Check(err)
	if len(queues) != 1 {
		ts.Fatalf("letters wait in %d queues", len(queues))
	}
	_, err = s.AddProfile(queues[0].Profile)
	ts.Check(err)
	b, err := l.Collect(queues[0], queues[0].Betriebsart, 100)
	ts.Check(err)
	_, err = s.StageBundle(b.ID, func(write func(string, []byte) error) error { return write(string(b.ID)+"_FERTIG", nil) })
	ts.Check(err)
	b.Hashes = map[string]string{}
	b.Question = &amtshilfe.Question{Code: "DRUCK-UNKLAR", Text: "Bitte nachfragen.", Owner: amtshilfe.OwnerBetrieb, Until: time.Now().Add(time.Hour)}
	for _, state := range []amtshilfe.BundleState{amtshilfe.BundleStaged, amtshilfe.BundlePublishing, amtshilfe.BundleHeld} {
		from := b.State
		b.State = state
		ts.Check(l.SetBundle(b, from))
	}
	ts.Check(errors.Join(l.Close(), s.Close()))
	ts.Setenv("UNCLEAR", string(b.ID))
}
