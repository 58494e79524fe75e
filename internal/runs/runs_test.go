package runs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/runs"
)

func TestChangeOverNights(t *testing.T) {
	march, october := time.Date(2027, 3, 27, 23, 30, 0, 0, time.UTC), time.Date(2027, 10, 30, 22, 30, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, expr string
		start      time.Time
		want       []string // slot and the instant it ran at, UTC
	}{
		{"the skipped half past two runs once right after", "30 2 * * *", march, []string{"2027-03-28T02:30 at 01:00"}},
		{"the skipped two o'clock as well", "0 2 * * *", march, []string{"2027-03-28T02:00 at 01:00"}},
		{"three o'clock runs once", "0 3 * * *", march, []string{"2027-03-28T03:00 at 01:00"}},
		{"two and three run once together", "0 2,3 * * *", march, []string{"2027-03-28T03:00 at 01:00"}},
		{"every twenty minutes goes on without a gap", "*/20 1-3 * * *", march, []string{"2027-03-28T01:00 at 00:00", "2027-03-28T01:20 at 00:20",
			"2027-03-28T01:40 at 00:40", "2027-03-28T03:00 at 01:00", "2027-03-28T03:20 at 01:20", "2027-03-28T03:40 at 01:40"}},
		{"the repeated half past two runs once", "30 2 * * *", october, []string{"2027-10-31T02:30 at 00:30"}},
		{"three o'clock after it runs once", "0 3 * * *", october, []string{"2027-10-31T03:00 at 02:00"}},
		{"the repeated hour runs once", "*/30 1-3 * * *", october, []string{"2027-10-31T01:00 at 23:00", "2027-10-31T01:30 at 23:30",
			"2027-10-31T02:00 at 00:00", "2027-10-31T02:30 at 00:30", "2027-10-31T03:00 at 02:00", "2027-10-31T03:30 at 02:30"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tab, now := &table{}, offsetClock(tt.start)
				var ran []string
				run(t, tab, tt.start, 5*time.Hour, job(t, "j", tt.expr, func(context.Context) (int, int, error) {
					slots := tab.slots("j")
					ran = append(ran, strings.Fields(slots[len(slots)-1])[0]+" at "+now().UTC().Format("15:04"))
					return 0, 0, nil
				}))
				if diff := cmp.Diff(tt.want, ran); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestARestartInTheRepeatedHourRunsNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := &table{}
		j := job(t, "j", "30 2 * * *", nothing)
		run(t, tab, time.Date(2027, 10, 31, 0, 20, 0, 0, time.UTC), 20*time.Minute, j) // 02:20 summer time
		run(t, tab, time.Date(2027, 10, 31, 1, 20, 0, 0, time.UTC), 3*time.Hour, j)    // 02:20 again
		if diff := cmp.Diff([]string{"2027-10-31T02:30 cron"}, tab.slots("j")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMissedRunsAreCaughtUpOnce(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 7, 0, 0, time.UTC) // Monday 10:07 in Berlin
	for _, tt := range []struct {
		name, expr, last string
		want             []string
	}{
		{"the latest missed slot only", "0 * * * *", "2026-11-20T17:00", []string{"2026-11-23T10:00 catch-up", "2026-11-23T11:00 cron"}},
		{"a missed afternoon in the morning", "0 17 * * 1-5", "2026-11-19T17:00", []string{"2026-11-20T17:00 catch-up"}},
		{"nothing was missed", "0 * * * *", "2026-11-23T10:00", []string{"2026-11-23T11:00 cron"}},
		{"a job never seen begins with its next slot", "0 * * * *", "", []string{"2026-11-23T11:00 cron"}},
		{"a slot years ago does not take years", "0 11 * * *", "2001-01-01T00:00", []string{"2026-11-22T11:00 catch-up", "2026-11-23T11:00 cron"}},
		{"a slot from the future does not stop the job", "0 * * * *", "2030-01-01T00:00", []string{"2026-11-23T11:00 cron"}},
		{"a run by a person counts as well", "0 * * * *", "2026-11-23T10:05:03.120", []string{"2026-11-23T11:00 cron"}},
		{"an unreadable slot is none", "0 * * * *", "zzz", []string{"2026-11-23T11:00 cron"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tab := &table{}
				if tt.last != "" {
					tab.Book(t.Context(), "j", tt.last, "cron")
				}
				run(t, tab, start, time.Hour, job(t, "j", tt.expr, nothing))
				got := tab.slots("j")
				if tt.last != "" {
					got = got[1:]
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestAPanicDoesNotEndTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab, n := &table{}, 0
		run(t, tab, time.Date(2026, 11, 23, 9, 58, 0, 0, time.UTC), 15*time.Minute, job(t, "j", "*/5 * * * *", func(context.Context) (int, int, error) {
			n++
			switch n {
			case 1:
				panic("Max Mustermann")
			case 2:
				return 3, 1, errors.New("one failed")
			}
			return 7, 0, nil
		}))
		var got []string
		for _, r := range tab.rows {
			got = append(got, r.Outcome)
		}
		if diff := cmp.Diff([]string{"0/0 panic in job j", "3/1 one failed", "7/0 "}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPanicsAreLoggedWithoutTheirText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b strings.Builder
		s, err := runs.New([]runs.Job{{Name: "j", Func: func(context.Context) (int, int, error) { panic("Max Mustermann") }}},
			runs.Options{Table: &table{}, Zone: berlin(t), Log: slog.New(slog.NewTextHandler(&b, nil))})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Trigger(t.Context(), "j")
		if err != nil || r.Error == "" || strings.Contains(b.String(), "Mustermann") || !strings.Contains(b.String(), "runs_test.go") {
			t.Errorf("%v %v\n%s", r, err, b.String())
		}
	})
}

func TestNeverTwoAtOnceOfAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := &table{}
		var mu sync.Mutex
		running, most := 0, 0
		slow := func(ctx context.Context) (int, int, error) {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(12 * time.Minute) // longer than two slots
			mu.Lock()
			running--
			mu.Unlock()
			return 1, 0, ctx.Err()
		}
		s, err := runs.New([]runs.Job{job(t, "slow", "*/5 * * * *", slow), job(t, "quick", "*/5 * * * *", nothing)},
			runs.Options{Table: tab, Zone: berlin(t), Now: offsetClock(time.Date(2026, 11, 23, 8, 59, 0, 0, time.UTC))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { s.Run(ctx) })
		for range 3 {
			wg.Go(func() {
				time.Sleep(3 * time.Minute)
				s.Trigger(ctx, "slow")
			})
		}
		wg.Wait()
		if most != 1 {
			t.Errorf("%d at once", most)
		}
		if n := len(tab.slots("quick")); n != 6 {
			t.Errorf("the quick job ran %d times beside the slow one, want 6", n)
		}
	})
}

func TestALateSlotRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := &table{}
		run(t, tab, time.Date(2026, 11, 23, 8, 59, 0, 0, time.UTC), 20*time.Minute, job(t, "j", "*/5 * * * *", func(context.Context) (int, int, error) {
			time.Sleep(13 * time.Minute)
			return 0, 0, nil
		}))
		// 10:05 and 10:10 passed while 10:00 was running: only the later one is made up for.
		if diff := cmp.Diff([]string{"2026-11-23T10:00 cron", "2026-11-23T10:10 catch-up"}, tab.slots("j")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTrigger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := &table{}
		s, err := runs.New([]runs.Job{{Name: "print", Func: func(context.Context) (int, int, error) { return 4, 2, errors.New("two failed") }}},
			runs.Options{Table: tab, Zone: berlin(t), Now: offsetClock(time.Date(2026, 11, 23, 16, 0, 0, 5e6, time.UTC))})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Trigger(t.Context(), "print")
		if err != nil || r.Done != 4 || r.Failed != 2 || r.Error != "two failed" || r.Slot != "2026-11-23T17:00:00.005" || r.Trigger != "person" || r.ID == "" {
			t.Errorf("%+v, %v", r, err)
		}
		if _, err := s.Trigger(t.Context(), "print"); !errors.Is(err, runs.ErrSlotTaken) {
			t.Errorf("the same moment twice: %v", err)
		}
		if _, err := s.Trigger(t.Context(), "nope"); !errors.Is(err, runs.ErrUnknownJob) {
			t.Errorf("unknown job: %v", err)
		}
		if diff := cmp.Diff([]string{"print"}, s.Names()); diff != "" {
			t.Error(diff)
		}
		if slot, due := s.Next("print"); slot != "" || !due.IsZero() {
			t.Error("a job without schedule has a next slot")
		}
	})
}

func TestATableThatFailsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := &table{broken: 3}
		run(t, tab, time.Date(2026, 11, 23, 9, 59, 50, 0, time.UTC), 2*time.Minute, job(t, "j", "0 * * * *", nothing))
		if n := len(tab.slots("j")); n > 1 {
			t.Errorf("ran %d times", n)
		}
	})
}

func TestTheRunIsBookedWhenTheTableIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := &table{}
		failing := &brokenAt{table: tab}
		s, err := runs.New([]runs.Job{job(t, "j", "0 * * * *", nothing)}, runs.Options{Table: failing, Zone: berlin(t), Now: offsetClock(time.Date(2026, 11, 23, 8, 59, 0, 0, time.UTC))})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		s.Run(ctx)
		if diff := cmp.Diff([]string{"2026-11-23T10:00 cron"}, tab.slots("j")); diff != "" || failing.calls < 3 {
			t.Error(diff, failing.calls)
		}
	})
}

func TestTwoProcessesOnOneTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := &table{}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				run(t, tab, time.Date(2026, 11, 23, 8, 59, 0, 0, time.UTC), time.Hour, job(t, "j", "*/10 * * * *", nothing))
			})
		}
		wg.Wait()
		if n := len(tab.slots("j")); n != 6 {
			t.Errorf("%d runs in an hour, want 6", n)
		}
	})
}

func TestJobsThatMakeNoSense(t *testing.T) {
	ok := runs.Options{Table: &table{}, Zone: time.UTC}
	for name, f := range map[string]func() error{
		"no table": func() error { _, err := runs.New(nil, runs.Options{Zone: time.UTC}); return err },
		"no zone":  func() error { _, err := runs.New(nil, runs.Options{Table: &table{}}); return err },
		"no name":  func() error { _, err := runs.New([]runs.Job{{Func: nothing}}, ok); return err },
		"no work":  func() error { _, err := runs.New([]runs.Job{{Name: "a"}}, ok); return err },
		"twice": func() error {
			_, err := runs.New([]runs.Job{{Name: "a", Func: nothing}, {Name: "a", Func: nothing}}, ok)
			return err
		},
	} {
		if f() == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
