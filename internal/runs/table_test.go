package runs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/runs"
)

// table is a run table in memory.
type table struct {
	mu     sync.Mutex
	rows   []*row
	broken int // so many calls fail
}

type row struct{ Job, Slot, Trigger, Outcome string }

func (t *table) fail() error {
	if t.broken > 0 {
		t.broken--
		return errors.New("table is locked")
	}
	return nil
}

func (t *table) Book(_ context.Context, job, slot, trigger string) (amtshilfe.RunID, bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.fail(); err != nil {
		return "", false, err
	}
	for _, r := range t.rows {
		if r.Job == job && r.Slot == slot {
			return "", false, nil
		}
	}
	t.rows = append(t.rows, &row{job, slot, trigger, ""})
	return amtshilfe.RunID(fmt.Sprint(len(t.rows) - 1)), true, nil
}

func (t *table) Finish(ctx context.Context, id amtshilfe.RunID, done, failed int, errText string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var i int
	fmt.Sscan(string(id), &i)
	t.rows[i].Outcome = fmt.Sprintf("%d/%d %s", done, failed, errText)
	return ctx.Err()
}

func (t *table) LastSlot(_ context.Context, job string) (last string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.rows {
		if r.Job == job {
			last = max(last, r.Slot)
		}
	}
	return last, t.fail()
}

// slots lists what was booked for a job as "slot trigger".
func (t *table) slots(job string) (out []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.rows {
		if r.Job == job {
			out = append(out, r.Slot+" "+r.Trigger)
		}
	}
	return out
}

// offsetClock is the bubble's clock moved to another date.
func offsetClock(start time.Time) func() time.Time {
	began := time.Now()
	return func() time.Time { return start.Add(time.Since(began)) }
}

func job(t *testing.T, name, expr string, f runs.Func) runs.Job {
	t.Helper()
	s, err := runs.Parse(expr, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	return runs.Job{Name: name, Schedule: s, Func: f}
}

func nothing(context.Context) (int, int, error) { return 0, 0, nil }

// run lets jobs run from start for a while, with a clock that only moves when all sleep.
func run(t *testing.T, tab *table, start time.Time, d time.Duration, jobs ...runs.Job) {
	t.Helper()
	s, err := runs.New(jobs, runs.Options{Table: tab, Zone: berlin(t), Now: offsetClock(start)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := s.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run: %v", err)
	}
}

// brokenAt refuses the first bookings.
type brokenAt struct {
	*table
	calls int
}

func (b *brokenAt) Book(ctx context.Context, job, slot, trigger string) (amtshilfe.RunID, bool, error) {
	if b.calls++; b.calls < 3 {
		return "", false, errors.New("disk full")
	}
	return b.table.Book(ctx, job, slot, trigger)
}
