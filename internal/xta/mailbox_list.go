package xta

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// position is a place in a mailbox: its messages lie in the order of their entry.
type position struct{ entry, n int64 }

// position is where the message lies.
func (r row) position() position { return position{r.Delivered.UnixNano(), r.n} }

// selection is what a list asks for.
type selection struct {
	reader   string
	ids      []string  // empty = all
	fresh    bool      // only without InitialFetch
	from, to time.Time // of the entry, inclusive; zero = open
	after    position  // only what lies behind it
	max      int
}

// simple says that nothing but newEntry narrows the list, so that the mailbox's counters know its length.
func (s selection) simple() bool {
	return len(s.ids) == 0 && s.from.IsZero() && s.to.IsZero() && s.after == position{}
}

// maxCounted bounds what is counted row by row for ItemsPending; beyond it the number says "at least so many".
const maxCounted = 5000

// waiting lists the reader's open messages in the order of their entry, and says how many more match.
func (m *Mailbox) waiting(ctx context.Context, s selection) ([]row, int, error) {
	where, args := s.where(m.horizon())
	list, err := m.rows(ctx, "SELECT "+rowColumns+where+" ORDER BY entry_at, n LIMIT ?+0", append(args, s.max)...)
	if err != nil || len(list) < s.max {
		return list, 0, err
	}
	var total int
	if err := m.db.Reader().QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1"+where+" LIMIT ?+0)", append(args, s.max+maxCounted)...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("list messages: %w", err)
	}
	if total >= s.max+maxCounted && s.simple() {
		if total, err = m.counted(ctx, s); err != nil {
			return nil, 0, err
		}
	}
	return list, max(0, total-len(list)), nil
}

func (s selection) where(horizon int64) (string, []any) {
	where := " FROM messages WHERE state = 'stored' AND reader = CAST(? AS TEXT)"
	args := []any{s.reader}
	if s.fresh {
		where += " AND fetched_at IS NULL"
	}
	low, high := s.after, horizon
	if !s.from.IsZero() && nanos(s.from) > low.entry {
		low = position{entry: nanos(s.from)}
	}
	if !s.to.IsZero() {
		high = min(high, nanos(s.to))
	}
	where, args = where+" AND (entry_at, n) > (?, ?) AND entry_at <= ?", append(args, low.entry, low.n, high)
	if len(s.ids) > 0 {
		where += " AND id IN (?" + strings.Repeat(", ?", len(s.ids)-1) + ")"
		for _, id := range s.ids {
			args = append(args, strings.ToLower(id))
		}
	}
	return where, args
}

// counted is the length of a list by the counters, less what NotBefore still hides (at most maxCounted of it).
func (m *Mailbox) counted(ctx context.Context, s selection) (total int, err error) {
	var waiting, fresh, hidden int
	err = m.db.Reader().QueryRowContext(ctx, `SELECT waiting, fresh, (SELECT count(*) FROM (SELECT 1 FROM messages WHERE state = 'stored'
		AND reader = boxes.reader AND fetched_at IS NULL AND entry_at > ? LIMIT ?+0)) FROM boxes WHERE reader = ?`,
		m.horizon(), maxCounted, s.reader).Scan(&waiting, &fresh, &hidden)
	if err != nil {
		return 0, fmt.Errorf("count messages: %w", err)
	}
	if s.fresh {
		waiting = fresh
	}
	return waiting - hidden, nil
}

func (m *Mailbox) rows(ctx context.Context, query string, args ...any) (list []row, err error) {
	rows, err := m.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanRow(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("list messages: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Box is a reader's mailbox in numbers.
type Box struct {
	Known   bool // there was ever a message for it
	Waiting int  // stored and not closed
	Fresh   int  // of these never fetched
}

// Box counts what lies there for a reader.
func (m *Mailbox) Box(ctx context.Context, reader string) (b Box, err error) {
	err = m.db.Reader().QueryRowContext(ctx, "SELECT count(*) > 0, coalesce(max(waiting), 0), coalesce(max(fresh), 0) FROM boxes WHERE reader = ?", reader).
		Scan(&b.Known, &b.Waiting, &b.Fresh)
	if err != nil {
		return b, fmt.Errorf("count messages: %w", err)
	}
	return b, nil
}
