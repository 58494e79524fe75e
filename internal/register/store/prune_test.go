package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"damtshilfe/internal/register/store"
)

// TestOldVersionsLoseTheirContent: the newest and the young ones stay, and the one that a change which waits was made from; the history stays
// whole, and nobody can go back to what is not there.
func TestOldVersionsLoseTheirContent(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	s := open(t, t.TempDir(), store.Options{Now: func() time.Time { return now }, Keep: store.Keep{Versions: 2, Days: 30}})
	var waiting, rejected store.Aenderung
	for i := range 6 { // a version each ten days
		must[store.Fassung](t)(s.Put(ctx, file(fmt.Sprint(i), "Dresden", fmt.Sprintf("Ort %d", i)), meyer))
		if i == 1 {
			waiting = must[store.Aenderung](t)(s.Propose(ctx, file("w", "Dresden", "Ort 1", "Radebeul"), meyer))
			rejected = must[store.Aenderung](t)(s.Propose(ctx, file("r", "Dresden", "Ort 1", "Pirna"), meyer))
			if err := s.Reject(ctx, rejected.ID, schulze); err != nil {
				t.Fatal(err)
			}
		}
		now = now.AddDate(0, 0, 10)
	}
	now = now.AddDate(0, 0, 300)
	must[store.Fassung](t)(s.Put(ctx, file("neu", "Dresden", "Neu"), meyer)) // number 7: 6 and 7 are the newest, 2 is needed
	for seq, want := range map[int64]error{1: store.ErrPruned, 2: nil, 3: store.ErrPruned, 4: store.ErrPruned, 5: store.ErrPruned, 6: nil, 7: nil} {
		if _, _, err := s.Get(seq); !errors.Is(err, want) {
			t.Errorf("version %d: %v, want %v", seq, err, want)
		}
	}
	if h := must[[]store.Fassung](t)(s.History(20)); len(h) != 7 || h[6].Wer != "meyer" || h[6].Geleert.IsZero() || h[6].SHA256 == "" || !h[0].Geleert.IsZero() {
		t.Errorf("history: %+v", h)
	}
	if _, err := s.Rollback(ctx, 1, meyer); !errors.Is(err, store.ErrPruned) {
		t.Errorf("rollback: %v", err)
	}
	if _, _, err := s.Proposed(rejected.ID); !errors.Is(err, store.ErrPruned) {
		t.Errorf("a change decided long ago: %v", err)
	}
	if v, err := s.Accept(ctx, waiting.ID, schulze); err != nil || who(t, s, "Radebeul") != "kka:Radebeul" || who(t, s, "Neu") != "kka:Neu" {
		t.Errorf("a change made from an old version: %+v %v", v, err)
	}
	must[int](t)(s.CheckAudit())
}

// TestYoungVersionsStay: however many there are.
func TestYoungVersionsStay(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{Keep: store.Keep{Versions: 2, Days: 1}})
	for i := range 5 {
		must[store.Fassung](t)(s.Put(ctx, file(fmt.Sprint(i), "Dresden", fmt.Sprintf("Ort %d", i)), meyer))
	}
	if _, _, err := s.Get(1); err != nil {
		t.Error(err)
	}
}
