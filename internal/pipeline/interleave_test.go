package pipeline_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// The test of crashes in a case reads DAMT_TORTURE=all (every durable step, not a sample) and DAMT_SEED.

// situation is how far a 003 has come when its 007 or 008 is dropped.
type situation struct {
	name    string
	prepare func(w *world, s *server) // before anything is dropped
	idle    bool                      // the lanes do nothing in between
	then    func(w *world)            // after the 003 came as far as it does; may run again
}

var situations = []situation{
	{name: "accepted", idle: true},
	{name: "without an id, to be tried again", prepare: func(_ *world, s *server) { s.noIDs = 1 }},
	{name: "with an id, to be tried again", prepare: func(_ *world, s *server) { s.script = []outcome{refused} }},
	{name: "sending, and lost", prepare: func(_ *world, s *server) { s.script = []outcome{lost} }},
	{name: "sending, and taken", prepare: func(_ *world, s *server) { s.script = []outcome{silent} }},
	{name: "sent"},
	{name: "a letter that waits", prepare: func(w *world, _ *server) { w.reg.kanal = postal }},
	{name: "bundled", prepare: func(w *world, _ *server) { w.reg.kanal = postal }, then: (*world).collect},
	{name: "published", prepare: func(w *world, _ *server) { w.reg.kanal = postal }, then: func(w *world) { w.printAll() }},
	{name: "a letter instead, after a data centre that was away", prepare: func(w *world, s *server) {
		w.cfg.Accounts[0].PaperAfter, s.script = time.Hour, []outcome{refused, refused, refused, refused}
	}, then: waitForPaper},
	{name: "a letter instead, after a red report", prepare: func(w *world, s *server) { w.cfg.Accounts[0].PaperAfter, s.red = time.Hour, 1 }, then: waitForPaper},
	{name: "held", prepare: func(w *world, _ *server) { w.reg.kanal = amtshilfe.Kanal{Art: amtshilfe.KanalKeiner} }},
}

// waitForPaper lets what does not get through become a letter.
func waitForPaper(w *world) {
	for range 4 {
		w.later(20 * time.Minute)
		w.work()
	}
	w.printAll()
}

func (w *world) collect() {
	_, _ = w.ledger.Collect(ledger.PrintQueue{Profile: "std", Account: account, Betriebsart: amtshilfe.Test}, amtshilfe.Test, 10)
}

func (w *world) printAll() {
	if _, _, err := w.Print(context.Background()); err != nil {
		w.t.Error(err)
	}
}

// TestCaseCrash lets a 007 or 008 meet its 003 wherever that is, before it and after it, and kills the gateway at every durable step
// from the first file on: never is a 003 handed over or printed after its 008 was taken in before the point of no return, never does a
// 007 overtake its 003, nothing goes twice, and nothing is left without an owner and a term (profil.md 2).
func TestCaseCrash(t *testing.T) {
	share, n := 0.004, int64(20261122)
	if os.Getenv("DAMT_TORTURE") == "all" {
		share = 1
	}
	if text := os.Getenv("DAMT_SEED"); text != "" {
		n, _ = strconv.ParseInt(text, 10, 64)
	}
	t.Logf("seed %d", n)
	kills := 0
	for i, s := range situations {
		for k, order := range []struct {
			name  string
			kind  amtshilfe.Kind
			first bool
		}{{"007", 7, false}, {"008", 8, false}, {"008 first", 8, true}, {"007 first", 7, true}} {
			if order.first && (s.then != nil || s.idle) {
				continue // the 003 comes as far as that only after it met the other one
			}
			if testing.Short() && (i%3 != 0 || k != 1) {
				continue // the race detector makes each story ten times as long
			}
			t.Run(s.name+", "+order.name, func(t *testing.T) {
				story := newStory(t, s, order.kind, order.first)
				story.share, story.rng = share, rand.New(rand.NewPCG(uint64(n), uint64(10*i+k)))
				kills += story.run()
			})
		}
	}
	t.Logf("%d kills", kills)
}
