package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// lane is a worker of its own, so that slow work of one kind never holds up another.
type lane int

const (
	laneScan    lane = iota // in folders and watched folders
	laneOpen                // accepted drops
	laneDrop                // receipt 1 and resolve of open drops
	laneResolve             // deliveries that come back to resolve
	laneSend
	laneReport
	laneBundle // bundles that a person or a failure left on their way
)

var lanes = []lane{laneScan, laneOpen, laneDrop, laneResolve, laneSend, laneReport, laneBundle}

var laneNames = [...]string{"scan", "open", "drop", "resolve", "send", "report", "bundle"}

// String is the lane as logs show it.
func (l lane) String() string { return laneNames[l] }

// kick wakes lanes; a lane that is already awake looks once more.
func (p *Pipeline) kick(ls ...lane) {
	for _, l := range ls {
		if l == laneSend {
			p.turns.stale.Store(true)
		}
		p.wake(l)
	}
}

// wake is kick where nothing became due.
func (p *Pipeline) wake(l lane) {
	select {
	case p.kicks[l] <- struct{}{}:
	default:
	}
}

// KickScan wakes the scan: a hint from fsnotify that something changed in a folder.
func (p *Pipeline) KickScan() { p.kick(laneScan) }

// Run works until ctx ends or the ledger cannot be trusted any more. Recover comes first.
func (p *Pipeline) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := map[lane]func(context.Context) (bool, error){laneScan: p.scanAll, laneOpen: p.openDue, laneDrop: p.dropDue,
		laneResolve: p.resolveDue, laneSend: p.sendDue, laneReport: p.reportDue, laneBundle: p.bundlesDue}
	var wg sync.WaitGroup
	for _, l := range lanes {
		wg.Go(func() { p.lane(ctx, cancel, l, work[l]) })
	}
	wg.Wait()
	p.sends.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// lane calls work until it says that nothing is left, then waits for a kick or the next poll.
func (p *Pipeline) lane(ctx context.Context, cancel context.CancelCauseFunc, l lane, work func(context.Context) (bool, error)) {
	pause := p.cfg.Poll
	if l == laneScan {
		pause = p.cfg.ScanEvery
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.kicks[l]:
		case <-timer.C:
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			more, err = work(ctx)
			if failed := p.Ledger.Failed(); failed != nil {
				cancel(fmt.Errorf("ledger: %w", failed))
				return
			}
			if err != nil {
				p.log(ctx, err, slog.String("lane", l.String()))
				break
			}
		}
		timer.Reset(pause)
	}
}

// log is the one place where an error of a lane is logged; errors carry ids and codes, never personal data.
func (p *Pipeline) log(ctx context.Context, err error, attrs ...any) {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, ledger.ErrStale) {
		return
	}
	p.Log.WarnContext(ctx, "will be tried again", append(attrs, slog.Any("err", err))...)
}

func (p *Pipeline) scanAll(ctx context.Context) (bool, error) {
	var errs error
	for _, a := range p.cfg.Accounts {
		_, err := p.Scan(ctx, a.Name)
		errs = errors.Join(errs, err)
	}
	return false, errors.Join(errs, p.recoverClaims())
}

// openDue opens one accepted drop after the other, the oldest first.
func (p *Pipeline) openDue(ctx context.Context) (bool, error) {
	drops, err := p.Ledger.DueDrops(amtshilfe.DropAccepted, 50)
	if err != nil || len(drops) == 0 {
		return false, err
	}
	for _, d := range drops {
		if ctx.Err() != nil {
			return false, nil
		}
		if openErr := p.open(ctx, d); openErr != nil {
			err = errors.Join(err, p.unopened(ctx, d, openErr))
		}
	}
	return err == nil, err
}

// maxOpenPause bounds the pause between two openings that failed.
const maxOpenPause = time.Hour

// unopened postpones a drop whose opening failed. Only openings that ended the process count against it: a full disk or a stop of the
// gateway is not the drop's fault. What cannot be opened for as long as a question may stay open is for a person.
func (p *Pipeline) unopened(ctx context.Context, d ledger.Drop, openErr error) error {
	if ctx.Err() != nil {
		return p.Ledger.Postpone(d, p.Now())
	}
	age := p.Now().Sub(d.ReceivedAt)
	if age > p.cfg.Term && d.Foretold == 0 { // one that was in conflict may be old by itself
		return errors.Join(openErr, p.quarantine(d, findingCrash))
	}
	return errors.Join(openErr, p.Ledger.Postpone(d, p.Now().Add(min(max(age/4, p.cfg.Backoff), maxOpenPause))))
}

// dropDue tells receipt 1 and then resolves, drop by drop: nothing is sent before the sender was told what was taken in. What was
// decided about whole drops comes first.
func (p *Pipeline) dropDue(ctx context.Context) (bool, error) {
	errs := p.verdictsDue(ctx)
	busy := false
	for _, state := range []amtshilfe.DropState{amtshilfe.DropOpen, amtshilfe.DropQuarantined, amtshilfe.DropDuplicate, amtshilfe.DropConflict, amtshilfe.DropEnded} {
		drops, err := p.Ledger.DueDrops(state, 50)
		if err != nil {
			return false, err
		}
		for _, d := range drops {
			if ctx.Err() != nil {
				return false, nil
			}
			if err := p.dropStep(ctx, d); err != nil {
				errs = errors.Join(errs, fmt.Errorf("drop %s: %w", d.ID, err), p.Ledger.Rest(d.ID, p.Now().Add(p.cfg.Backoff)))
				continue
			}
			busy = true
		}
	}
	return busy && errs == nil, errs
}

func (p *Pipeline) dropStep(ctx context.Context, d ledger.Drop) error {
	switch {
	case d.State != amtshilfe.DropOpen || !d.Told():
	case d.Question != nil:
		return p.Ledger.Wait(d.ID)
	default:
		return p.resolveDrop(ctx, d)
	}
	p.telling <- struct{}{}
	defer func() { <-p.telling }()
	if err := p.tell(d.ID); err != nil || d.State == amtshilfe.DropOpen {
		return err
	}
	return p.Ledger.Rest(d.ID, time.Time{})
}

func (p *Pipeline) resolveDue(ctx context.Context) (bool, error) {
	if err := p.askForPacks(); err != nil {
		return false, err
	}
	list, err := p.Ledger.Due(ledger.LaneResolve, 100)
	if err != nil {
		return false, err
	}
	for _, d := range list {
		if resolveErr := p.resolveOne(ctx, d); resolveErr != nil && ctx.Err() == nil {
			err = errors.Join(err, fmt.Errorf("resolve %s: %w", d.ID, resolveErr), p.postpone(d, resolveErr))
		}
	}
	return len(list) > 0 && err == nil, err
}

// postpone puts a delivery that could not be resolved now behind the others; d is as it was listed.
func (p *Pipeline) postpone(d ledger.Delivery, cause error) error {
	p.laterFor(&d, cause)
	if err := p.Ledger.Save(sqlitedb.Outcome, &d); !errors.Is(err, ledger.ErrStale) {
		return err
	}
	return nil
}

// bundlesDue takes bundles on that are on their way: published again by a person, or stopped by a failure. Print collects.
func (p *Pipeline) bundlesDue(ctx context.Context) (bool, error) {
	if p.Now().Before(p.bundlesAt) {
		return false, nil
	}
	select {
	case p.printing <- struct{}{}:
		defer func() { <-p.printing }()
	default:
		return false, nil // a print run does it
	}
	_, _, err := p.finishBundles(ctx)
	if err != nil {
		p.bundlesAt = p.Now().Add(p.cfg.Backoff)
	}
	return false, err
}
