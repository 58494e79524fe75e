package pipeline

import (
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"damtshilfe/internal/ledger"
)

// later postpones a delivery whose step failed, longer each time.
func (p *Pipeline) later(d *ledger.Delivery) {
	d.Attempts++
	d.DueAt = p.Now().Add(Backoff(p.cfg.Backoff, d.Attempts))
}

// laterFor postpones a delivery that could not be resolved. What waits for this process itself, which is about to judge or to tell
// something, is looked at again within moments: an answer that is dropped at once finds its request in out/ before its row says so.
func (p *Pipeline) laterFor(d *ledger.Delivery, cause error) {
	p.later(d)
	if errors.Is(cause, errUnjudged) || errors.Is(cause, errUntold) {
		d.DueAt = p.Now().Add(Backoff(min(time.Second, p.cfg.Backoff), d.Attempts))
	}
}

// retryPause is the time to the next attempt at a data centre after so many that failed; the last pause of the schedule repeats.
func (p *Pipeline) retryPause(failed int) time.Duration {
	return p.cfg.RetrySchedule[max(0, min(failed, len(p.cfg.RetrySchedule))-1)]
}

// retryAt is when a delivery is tried again: after its pause and up to a fifth more, so that what failed together does not come back
// together. The share follows from the id, so that it is the same after a restart.
func (p *Pipeline) retryAt(d *ledger.Delivery) time.Time {
	pause := p.retryPause(d.Attempts)
	h := fnv.New32a()
	fmt.Fprint(h, d.ID, d.Attempts)
	return p.Now().Add(pause + pause/5*time.Duration(h.Sum32()%1000)/1000)
}

// tryLater postpones a delivery that its data centre did not take now.
func (p *Pipeline) tryLater(d *ledger.Delivery, cause error) {
	d.Attempts++
	d.DueAt, d.Trouble = p.retryAt(d), trouble(cause)
}

// maxBackoff bounds the pause between two attempts.
const maxBackoff = 6 * time.Hour

// Backoff is the pause after the given number of failed attempts: first, doubled each time, at most 6 h.
func Backoff(first time.Duration, attempts int) time.Duration {
	for range attempts - 1 {
		if first >= maxBackoff/2 {
			return maxBackoff
		}
		first *= 2
	}
	return min(first, maxBackoff)
}
