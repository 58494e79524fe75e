package spool

import "sync"

// rounds lets callers that come at the same time share one fsync: whoever joins before a round begins is served by it.
type rounds struct {
	turn sync.Mutex // one round at a time
	mu   sync.Mutex // guards next
	next *round
}

// round is one call for all who joined it.
type round struct {
	done chan struct{}
	err  error
}

// do returns after a call of f that began after do did.
func (r *rounds) do(f func() error) error {
	r.mu.Lock()
	mine := r.next
	leads := mine == nil
	if leads {
		mine = &round{done: make(chan struct{})}
		r.next = mine
	}
	r.mu.Unlock()
	if !leads {
		<-mine.done
		return mine.err
	}
	r.turn.Lock()
	defer r.turn.Unlock()
	r.mu.Lock()
	r.next = nil // from here on callers join the next round
	r.mu.Unlock()
	mine.err = f()
	close(mine.done)
	return mine.err
}
