package xta

import (
	"context"
	"sync"
)

// budget bounds the bytes of all messages in memory; who comes first is served first.
type budget struct {
	total   int64
	mu      sync.Mutex
	used    int64
	waiters []waiter
}

type waiter struct {
	n     int64
	ready chan struct{}
}

// take waits for n bytes, at most the total; the caller gives back what it got.
func (b *budget) take(ctx context.Context, n int64) (int64, error) {
	n = min(n, b.total)
	b.mu.Lock()
	if len(b.waiters) == 0 && b.used+n <= b.total {
		b.used += n
		b.mu.Unlock()
		return n, nil
	}
	w := waiter{n, make(chan struct{})}
	b.waiters = append(b.waiters, w)
	b.mu.Unlock()
	select {
	case <-w.ready:
		return n, nil
	case <-ctx.Done():
		b.leave(w)
		return 0, ctx.Err()
	}
}

func (b *budget) leave(w waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, o := range b.waiters {
		if o.ready == w.ready {
			b.waiters = append(b.waiters[:i], b.waiters[i+1:]...)
			b.admit()
			return
		}
	}
	b.used -= w.n // it was served in the same moment
	b.admit()
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	b.admit()
}

func (b *budget) admit() {
	for len(b.waiters) > 0 && b.used+b.waiters[0].n <= b.total {
		b.used += b.waiters[0].n
		close(b.waiters[0].ready)
		b.waiters = b.waiters[1:]
	}
}
