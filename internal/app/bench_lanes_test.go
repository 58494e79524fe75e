package app_test

import (
	"bytes"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
)

// full skips what only `make bench` needs: other tests cover the function.
func full(t *testing.T) {
	t.Helper()
	if !benching() {
		t.Skip("measures only: DAMT_BENCH=1, make bench")
	}
}

// TestBenchSend measures durable XTA sends between two complete gateways over mutual TLS on loopback: createMessageId, intent,
// sendMessage, outcome. Both gateways share the machine, and the receiving one stores every message durably.
func TestBenchSend(t *testing.T) {
	full(t)
	const n = 2000
	w := start(t, func(_ *demo.World, _ string, c *config.Config) {
		c.XTA.Client.ReportSchedule, c.Runs.Fetch = []time.Duration{time.Hour}, "" // neither reports nor fetching meanwhile
	})
	before := ownCPU(t)
	id := takeIn(t, w, n, amtshilfe.KanalXTA)
	sent := 0
	waitFor(t, "all messages sent", func() (all bool) {
		sent, all = done(t, w.a.Ledger, id, amtshilfe.Sent, n)
		return all
	})
	spent := ownCPU(t) - before
	var first, last time.Time
	for d, err := range w.a.Ledger.AllInDrop(id) {
		if err != nil {
			t.Fatal(err)
		}
		if d.State != amtshilfe.Sent {
			continue
		}
		if first.IsZero() || d.UpdatedAt.Before(first) {
			first = d.UpdatedAt
		}
		if d.UpdatedAt.After(last) {
			last = d.UpdatedAt
		}
	}
	t.Logf("%d sends in %.2f s: %.0f/s (aim 500/s); %.2f s CPU of both gateways from the drop on",
		sent, last.Sub(first).Seconds(), float64(sent-1)/last.Sub(first).Seconds(), spent.Seconds())
}

// TestBenchLetters measures the print run: letters in bundles of 500, read back from the segment, rendered, staged and published
// durably.
func TestBenchLetters(t *testing.T) {
	full(t)
	const n = 2000
	w := start(t, func(_ *demo.World, _ string, c *config.Config) { c.Runs.Print = "" })
	id := takeIn(t, w, n, amtshilfe.KanalPost)
	waitFor(t, "all messages resolved", func() bool {
		_, all := done(t, w.a.Ledger, id, amtshilfe.Resolved, n)
		return all
	})
	begun, before := time.Now(), ownCPU(t)
	letters, all := 0, false
	for !all {
		if _, failed, err := w.a.Pipeline.Print(t.Context()); failed > 0 || err != nil {
			t.Fatalf("print run: %d failed, %v", failed, err)
		}
		letters, all = done(t, w.a.Ledger, id, amtshilfe.Spooled, n)
	}
	took, spent := time.Since(begun), ownCPU(t)-before
	t.Logf("%d letters in %.2f s: %.0f/s, %.0f per CPU second (aim 2000/s per core)", letters, took.Seconds(), float64(letters)/took.Seconds(), float64(letters)/spent.Seconds())
}

// takeIn drops n Ersuchen for authorities that are reached by the given way, and gives the drop.
func takeIn(t *testing.T, w *world, n int, way amtshilfe.Kanalart) amtshilfe.DropID {
	t.Helper()
	var zip bytes.Buffer
	places := w.Places(way)
	_, err := sample.WriteZIP(&zip, sample.Options{N: n, Seed: 7, Kennung: w.Sender.Kennung, Name: w.Sender.Name, Now: time.Now(), Fix: func(i int, s *sample.Spec) {
		s.Wunschempfaenger = ""
		for k := range s.Schuldner {
			for m := range s.Schuldner[k].Person.Anschriften {
				a := &s.Schuldner[k].Person.Anschriften[m]
				a.Postleitzahl, a.Ort, a.Ortsteil = places[i%len(places)].PLZ, places[i%len(places)].Ort, ""
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.put(t, w.Sender.In, "ersuchen.zip", zip.Bytes())
	waitFor(t, "the drop", func() bool { return len(w.drops(t)) > 0 })
	return w.drops(t)[0].ID
}

// done says how many messages of the drop came to the state, and whether all did but those that wait for a person: the district
// of a few addresses is ambiguous.
func done(t *testing.T, l *ledger.Ledger, id amtshilfe.DropID, state amtshilfe.State, n int) (int, bool) {
	t.Helper()
	counts, err := l.CountsOf(id)
	if err != nil {
		t.Fatal(err)
	}
	if held := counts[amtshilfe.Held].N; held > n/10 {
		t.Fatalf("%d of %d messages held", held, n)
	}
	return counts[state].N, counts[state].N+counts[amtshilfe.Held].N == n
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
