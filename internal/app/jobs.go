package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/runs"
)

// openRuns makes the cron runs. Each can also be asked for by name (`gateway run NAME`).
func (g *Gateway) openRuns() error {
	zone, err := time.LoadLocation(g.Config.Runs.Zone)
	if err != nil {
		return err
	}
	var jobs []runs.Job
	for _, j := range []struct {
		name, expression string
		work             runs.Func
	}{
		{"scan", "", g.scan},
		{"fetch", g.Config.Runs.Fetch, g.Pipeline.Fetch},
		{"print", g.Config.Runs.Print, g.Pipeline.Print},
		{"quittung", g.Config.Runs.Quittung, g.quittung},
		{"receipts", g.Config.Runs.Receipts, g.Pipeline.Tell},
		{"purge", g.Config.Runs.Purge, g.purge},
		{"deliver", "", g.deliver},
	} {
		job := runs.Job{Name: j.name, Func: j.work}
		if j.expression != "" {
			if job.Schedule, err = runs.Parse(j.expression, zone); err != nil {
				return fmt.Errorf("runs.%s: %w", j.name, err)
			}
		}
		jobs = append(jobs, job)
	}
	g.Runs, err = runs.New(jobs, runs.Options{Table: runTable{g.Ledger}, Zone: zone, Log: g.opts.Log})
	return err
}

// scan claims what lies in the in folders now.
func (g *Gateway) scan(ctx context.Context) (done, failed int, err error) {
	for _, p := range g.Config.Participants {
		n, scanErr := g.Pipeline.Scan(ctx, p.Account)
		done += n
		if scanErr != nil {
			failed, err = failed+1, errors.Join(err, scanErr)
		}
	}
	return done, failed, err
}

// quittung books what print centres acknowledged. Files are complete when two looks saw them alike, so it may have to look twice.
func (g *Gateway) quittung(ctx context.Context) (done, failed int, err error) {
	done, failed, waiting, err := g.Pipeline.Quittungen(ctx)
	if waiting == 0 || ctx.Err() != nil {
		return done, failed, err
	}
	select {
	case <-ctx.Done():
		return done, failed, err
	case <-time.After(g.Config.Intake.Settle + 100*time.Millisecond):
	}
	more, worse, _, again := g.Pipeline.Quittungen(ctx)
	return done + more, failed + worse, errors.Join(err, again)
}

// deliver works until nothing is due, or only what waits for a data centre that cannot be reached, which counts as failed: the lanes must be running (serve, or `gateway run deliver` which starts them).
func (g *Gateway) deliver(ctx context.Context) (done, failed int, err error) {
	before, err := g.Ledger.Work()
	if err != nil {
		return 0, 0, err
	}
	for {
		w, err := g.Ledger.Work()
		if err != nil {
			return 0, 0, err
		}
		if w.Drops == 0 && w.Due == 0 {
			return max(0, before.Due+before.Out-w.Out), w.Out, nil
		}
		select {
		case <-ctx.Done():
			return max(0, before.Due-w.Due), w.Due, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// runTable lets the ledger keep the runs.
type runTable struct{ l *ledger.Ledger }

// Book creates a run.
func (t runTable) Book(_ context.Context, job, slot, trigger string) (amtshilfe.RunID, bool, error) {
	return t.l.BookRun(job, slot, trigger)
}

// Finish records what became of it.
func (t runTable) Finish(_ context.Context, id amtshilfe.RunID, done, failed int, errText string) error {
	return t.l.FinishRun(id, done, failed, errText)
}

// LastSlot is the greatest slot that was booked by the clock.
func (t runTable) LastSlot(_ context.Context, job string) (string, error) { return t.l.LastSlot(job) }

// wishEvery is how often wishes of other processes are looked for.
const wishEvery = time.Second

// wishRun is the verb of `gateway run NAME` beside serve; its argument is the name of the run.
const wishRun = "run"

// grantWishes carries out what other processes asked for: effects happen only in the process that holds the lock.
func (g *Gateway) grantWishes(ctx context.Context) error {
	tick := time.NewTicker(wishEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		wishes, err := g.Ledger.Wishes()
		if err != nil {
			g.opts.Log.Warn("wishes not read", "err", err)
			continue
		}
		for _, w := range wishes {
			result := g.grant(ctx, w)
			if ctx.Err() != nil {
				return nil // perhaps broken off: who asked for it takes our place
			}
			if err := g.Ledger.Granted(w.ID, result); err != nil {
				g.opts.Log.Warn("wish not booked", "id", w.ID, "err", err)
			}
		}
	}
}

// RunResult is how a run ended, as another process reads it.
type RunResult struct {
	Run   amtshilfe.Run
	Error string // it did not run at all
}

func (g *Gateway) grant(ctx context.Context, w ledger.Intent) string {
	var r RunResult
	if w.Verb != wishRun {
		r.Error = "unknown wish"
	} else if run, err := g.Runs.Trigger(ctx, w.Arg); err != nil {
		r.Error = err.Error()
	} else {
		r.Run = run
	}
	text, err := json.Marshal(r)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// AskRun asks the process that holds the lock for a run.
func AskRun(l *ledger.Ledger, name string) (id int64, err error) { return l.Wish(wishRun, name) }

// WithdrawRun takes that back, if nobody has done it yet.
func WithdrawRun(l *ledger.Ledger, id int64) error {
	return l.Granted(id, `{"Error":"nobody waits for it any more"}`)
}

// AwaitRun waits for the result of a run that was asked for, until ctx ends.
func AwaitRun(ctx context.Context, l *ledger.Ledger, id int64) (r RunResult, err error) {
	for {
		w, err := l.Wished(id)
		if err != nil {
			return r, err
		}
		if w.Done {
			return r, json.Unmarshal([]byte(w.Result), &r)
		}
		select {
		case <-ctx.Done():
			return r, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
