package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// tally sums up what an authority server is asked, and writes it into the store every few seconds: nobody who asks waits for the disk.
type tally struct {
	store *store.Store
	now   func() time.Time

	mu   sync.Mutex
	open map[store.CountKey]store.Count
}

const (
	tallyEvery = 5 * time.Second
	// maxTally bounds the keys between two writes: certificates that are not listed are counted as one.
	maxTally = 10_000
)

// add counts a request. Which version a client has it asks all the time; that is not counted.
func (t *tally) add(a register.Asked) {
	if a.Kind == "stand" && a.Status < 300 {
		return
	}
	k := store.CountKey{Tag: t.now().UTC().Format(time.DateOnly), Asker: a.Asker, Kind: a.Kind, Betriebsart: a.Betriebsart, Status: a.Status}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[store.CountKey]store.Count{}
	}
	if _, known := t.open[k]; !known && len(t.open) >= maxTally {
		k.Asker = "andere"
	}
	c := t.open[k]
	t.open[k] = store.Count{Requests: c.Requests + 1, Found: c.Found + a.Found, Ambiguous: c.Ambiguous + a.Ambiguous, Nobody: c.Nobody + a.Nobody}
}

// flush writes what was counted; on a fault it is kept for the next time.
func (t *tally) flush() error {
	t.mu.Lock()
	open := t.open
	t.open = nil
	t.mu.Unlock()
	if len(open) == 0 {
		return nil
	}
	err := t.store.AddCounts(context.Background(), open)
	if err == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[store.CountKey]store.Count{}
	}
	for k, c := range open {
		t.open[k] = t.open[k].Plus(c)
	}
	return err
}

// run writes until ctx ends, and at the end.
func (t *tally) run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(tallyEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if err := t.flush(); err != nil {
			log.Error("register: what was asked is not written", "err", err)
		}
	}
}
