package pipeline

import (
	"time"

	"damtshilfe/internal/ledger"
)

// later postpones a delivery that failed for now.
func (p *Pipeline) later(d *ledger.Delivery) {
	d.Attempts++
	d.DueAt = p.Now().Add(Backoff(p.cfg.Backoff, d.Attempts))
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
