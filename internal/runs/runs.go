package runs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Triggers of a run, as the run table stores them.
const (
	TriggerCron    = "cron"
	TriggerCatchUp = "catch-up" // the slot passed while nobody was there
	TriggerPerson  = "person"
)

const (
	// wake is how long the loop sleeps at most, so that a clock that was set is noticed.
	wake = 30 * time.Second
	// late is from when on a slot counts as missed.
	late = 2 * time.Minute
	// horizon limits how far back missed slots are looked for.
	horizon = 400 * 24 * time.Hour
	// personForm is the slot of a run that a person triggered: finer than cron's, so that it never takes one of those.
	personForm = "2006-01-02T15:04:05.000"
	tableRetry = 10 * time.Second
)

// ErrUnknownJob says that no job has that name.
var ErrUnknownJob = errors.New("no such run")

// ErrSlotTaken says that another process booked the same moment first.
var ErrSlotTaken = errors.New("another run has booked this slot")

// Func is the work of a job: how many pieces were done and how many failed.
type Func func(ctx context.Context) (done, failed int, err error)

// Job is work with a schedule.
type Job struct {
	Name     string   // scan, fetch, print, receipts, ...
	Schedule Schedule // the zero value: only when a person triggers it
	Func     Func
}

// Table is the run table. It outlives the process and is shared with other processes on the same ledger.
type Table interface {
	// Book creates a run for job and slot; false if that slot of the job is already booked.
	Book(ctx context.Context, job, slot, trigger string) (amtshilfe.RunID, bool, error)
	// Finish records what became of a run; errText is "" if it went well and never carries personal data.
	Finish(ctx context.Context, id amtshilfe.RunID, done, failed int, errText string) error
	// LastSlot is the greatest slot that was booked for job; "" if there is none.
	LastSlot(ctx context.Context, job string) (string, error)
}

// Options are what a Scheduler needs from outside. Now and Sleep belong together: a test replaces both, or neither.
type Options struct {
	Table Table
	Zone  *time.Location                                         // of the slots; the same as that of the schedules
	Now   func() time.Time                                       // nil = time.Now
	Sleep func(ctx context.Context, d time.Duration) (err error) // nil = a timer; returns ctx.Err() when ctx ends first
	Log   *slog.Logger                                           // nil = none
}

// Scheduler runs jobs at their slots and when asked to; never two of one job at once.
type Scheduler struct {
	o    Options
	jobs map[string]*job
}

type job struct {
	Job
	busy chan struct{} // holds a token while the job runs
}

// New checks the jobs. Nothing runs before Run or Trigger.
func New(jobs []Job, o Options) (*Scheduler, error) {
	if o.Table == nil || o.Zone == nil {
		return nil, errors.New("runs: table and zone are needed")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Scheduler{o: o, jobs: map[string]*job{}}
	for _, j := range jobs {
		if j.Name == "" || j.Func == nil || s.jobs[j.Name] != nil {
			return nil, fmt.Errorf("runs: job %q has no name, no work, or is there twice", j.Name)
		}
		s.jobs[j.Name] = &job{Job: j, busy: make(chan struct{}, 1)}
	}
	return s, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Names lists the jobs, sorted.
func (s *Scheduler) Names() []string {
	var names []string
	for n := range s.jobs {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Next is the coming slot of a job and when it is due; "" if it has no schedule.
func (s *Scheduler) Next(name string) (slot string, due time.Time) {
	if j := s.jobs[name]; j != nil && j.Schedule.spec != nil {
		return j.Schedule.Next(s.o.Now())
	}
	return "", time.Time{}
}

// Run runs the jobs at their slots until ctx ends, and returns when all have stopped. A slot missed before the start, the
// latest one of each job, is caught up at once. A job that was never booked begins with its next slot.
func (s *Scheduler) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	for _, j := range s.jobs {
		if j.Schedule.spec != nil {
			wg.Go(func() { s.loop(ctx, j) })
		}
	}
	wg.Wait()
	return ctx.Err()
}

// loop takes one job from slot to slot.
func (s *Scheduler) loop(ctx context.Context, j *job) {
	after, err := s.start(ctx, j)
	for err == nil && ctx.Err() == nil { // a job may have outlasted ctx: nothing is booked after its end
		now := s.o.Now()
		if slot := j.Schedule.latest(after, now); !slot.IsZero() {
			if err = s.atSlot(ctx, j, slot, now); err == nil {
				after = slot
				continue
			}
			if ctx.Err() != nil {
				return
			}
			s.o.Log.Error("run not booked", "job", j.Name, "slot", slot.String(), "err", err)
			err = s.o.Sleep(ctx, tableRetry)
			continue
		}
		// A clock that was set back far must not stop the job until it has caught up.
		if w := wallOf(now, s.o.Zone); w.Add(3 * time.Hour).Before(after.Time) {
			after = w
		}
		err = s.o.Sleep(ctx, s.pause(j, after, now))
	}
}

// pause is how long to sleep: until the next slot, but not longer than wake.
func (s *Scheduler) pause(j *job, after wall, now time.Time) time.Duration {
	n := j.Schedule.next(after)
	if n.IsZero() {
		return wake
	}
	return min(wake, max(n.instant(s.o.Zone).Sub(now), time.Millisecond))
}

// start says after which slot a job goes on.
func (s *Scheduler) start(ctx context.Context, j *job) (wall, error) {
	for {
		last, err := s.o.Table.LastSlot(ctx, j.Name)
		if err == nil {
			return s.after(last), nil
		}
		if ctx.Err() != nil {
			return wall{}, ctx.Err()
		}
		s.o.Log.Error("run table not readable", "job", j.Name, "err", err)
		if err := s.o.Sleep(ctx, tableRetry); err != nil {
			return wall{}, err
		}
	}
}

// after reads the last booked slot. None, one that cannot be read, or one in the future means: begin now.
func (s *Scheduler) after(last string) wall {
	now := wallOf(s.o.Now(), s.o.Zone)
	t, err := time.Parse(slotForm, last[:min(len(last), len(slotForm))])
	if err != nil || t.After(now.Time) {
		return wall{now.Add(-time.Second)} // a slot at this very second is still due
	}
	if oldest := now.Add(-horizon); t.Before(oldest) {
		t = oldest
	}
	return wall{t}
}

// atSlot books and performs one scheduled run. The error is the table's; what the job itself came to stands in the table.
func (s *Scheduler) atSlot(ctx context.Context, j *job, slot wall, now time.Time) error {
	trigger := TriggerCron
	if now.Sub(slot.instant(s.o.Zone)) > late {
		trigger = TriggerCatchUp
	}
	select {
	case j.busy <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-j.busy }()
	id, ok, err := s.o.Table.Book(ctx, j.Name, slot.String(), trigger)
	if err != nil || !ok {
		return err // not ok: somebody else runs, or ran, this slot
	}
	s.perform(ctx, j, amtshilfe.Run{ID: id, Job: j.Name, Slot: slot.String(), Trigger: trigger})
	return nil
}

// Trigger runs a job now, for a person, after the one that may be under way, and returns its result; an error of the job stands
// in Run.Error, the returned one says that it did not run.
func (s *Scheduler) Trigger(ctx context.Context, name string) (amtshilfe.Run, error) {
	j := s.jobs[name]
	if j == nil {
		return amtshilfe.Run{}, fmt.Errorf("trigger %q: %w", name, ErrUnknownJob)
	}
	select {
	case j.busy <- struct{}{}:
	case <-ctx.Done():
		return amtshilfe.Run{}, fmt.Errorf("trigger %s: %w", name, ctx.Err())
	}
	defer func() { <-j.busy }()
	slot := s.o.Now().In(s.o.Zone).Format(personForm)
	id, ok, err := s.o.Table.Book(ctx, name, slot, TriggerPerson)
	if err == nil && !ok {
		err = ErrSlotTaken
	}
	if err != nil {
		return amtshilfe.Run{}, fmt.Errorf("trigger %s: %w", name, err)
	}
	return s.perform(ctx, j, amtshilfe.Run{ID: id, Job: name, Slot: slot, Trigger: TriggerPerson}), nil
}

// perform does the work of a booked run and records its outcome, also when ctx has ended meanwhile.
func (s *Scheduler) perform(ctx context.Context, j *job, r amtshilfe.Run) amtshilfe.Run {
	r.Started = s.o.Now()
	var err error
	r.Done, r.Failed, err = s.contain(ctx, j)
	r.Ended = s.o.Now()
	if err != nil {
		r.Error = err.Error()
	}
	log := s.o.Log.With("job", j.Name, "run", string(r.ID), "slot", r.Slot, "trigger", r.Trigger)
	if err := s.o.Table.Finish(context.WithoutCancel(ctx), r.ID, r.Done, r.Failed, r.Error); err != nil {
		log.Error("run outcome not recorded", "err", err)
	}
	log.Info("run ended", "done", r.Done, "failed", r.Failed, "err", r.Error, "took", r.Ended.Sub(r.Started))
	return r
}

// contain turns a panic of the job into its error; the next slot runs as if nothing had been.
func (s *Scheduler) contain(ctx context.Context, j *job) (done, failed int, err error) {
	defer func() {
		if r := recover(); r != nil {
			// The panic's own text may hold a piece of somebody's data; the stack says enough.
			s.o.Log.Error("run panicked", "job", j.Name, "type", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
			err = errors.New("panic in job " + j.Name)
		}
	}()
	return j.Func(ctx)
}
