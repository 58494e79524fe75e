package xta

import "context"

// Budget is the server's bound on memory, for its test.
type Budget struct{ b *budget }

// NewBudget makes a budget of total bytes.
func NewBudget(total int64) Budget { return Budget{&budget{total: total}} }

// Take waits for n bytes.
func (b Budget) Take(ctx context.Context, n int64) (int64, error) { return b.b.take(ctx, n) }

// Give returns n bytes.
func (b Budget) Give(n int64) { b.b.give(n) }

// Waiting says how many wait.
func (b Budget) Waiting() int {
	b.b.mu.Lock()
	defer b.b.mu.Unlock()
	return len(b.b.waiters)
}

// Used says how many bytes are given out.
func (b Budget) Used() int64 {
	b.b.mu.Lock()
	defer b.b.mu.Unlock()
	return b.b.used
}

// MailboxMigrations is the schema of the mailbox, version by version.
var MailboxMigrations = mailboxMigrations

// Bounds of iterators.
const (
	MaxReaderIterators = maxReaderIterators
	IteratorLife       = iteratorLife
)
