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

// heavy is how many bytes one byte of an envelope takes when it is made of as many elements as possible.
const heavy = 40

// forEnvelope waits for the room that reading an envelope may take; usual ones have it.
func (b *budget) forEnvelope(ctx context.Context, size int) (release func(), err error) {
	if size <= smallRequest {
		return func() {}, nil
	}
	n, err := b.take(ctx, int64(size)*heavy)
	return func() { b.give(n) }, err
}

// turns lets so many at a time, and not all of them to one.
type turns struct {
	all  *budget
	each int64
	mu   sync.Mutex
	of   map[string]*budget // by whom; as many as there are certificates
}

func newTurns(all, each int64) *turns {
	return &turns{all: &budget{total: all}, each: each, of: map[string]*budget{}}
}

// take waits first for one of the caller's own turns, then for one of all.
func (t *turns) take(ctx context.Context, who string) (release func(), err error) {
	t.mu.Lock()
	own := t.of[who]
	if own == nil {
		own = &budget{total: t.each}
		t.of[who] = own
	}
	t.mu.Unlock()
	if _, err := own.take(ctx, 1); err != nil {
		return nil, err
	}
	if _, err := t.all.take(ctx, 1); err != nil {
		own.give(1)
		return nil, err
	}
	return func() { t.all.give(1); own.give(1) }, nil
}
