package xta

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/sqlitedb"
)

// Terms say how long the mailbox keeps what is over. Zero keeps for ever.
type Terms struct {
	Content time.Duration // contents, from the close or withdrawal on; at least an hour, so that nobody reads one that goes
	Reports time.Duration // rows and reports, from the same moment on; never before the content is gone
	Unused  time.Duration // ids that were issued and never used; an author who comes later is told 9022
}

// Tidied is what Tidy removed.
type Tidied struct{ Contents, Reports, Unused, Files int }

// leastContent protects an answer that is being written out of a segment.
const leastContent = time.Hour

// Tidy removes what its term is over for: first contents (committed as going, then punched out of their segment or gone with it,
// then committed as gone), then rows, unused ids, and segments in which nothing is left. It may be stopped at any point; the next
// one goes on. A fault with one segment leaves the others.
func (m *Mailbox) Tidy(ctx context.Context, t Terms) (d Tidied, err error) {
	m.tidying.Lock()
	defer m.tidying.Unlock()
	now := m.now()
	var errs []error
	if t.Content > 0 {
		if err := m.mark(ctx, now.Add(-max(t.Content, leastContent))); err != nil {
			return d, err
		}
	}
	segments, err := m.numbered(ctx, "SELECT DISTINCT segment FROM messages WHERE content = 1 AND ended_at IS NOT NULL")
	if err != nil {
		return d, err
	}
	for _, number := range segments {
		n, err := m.remove(ctx, number)
		d.Contents += n
		errs = append(errs, err)
	}
	if t.Reports > 0 {
		n, err := m.forget(ctx, "content = 2 AND ended_at < ?", now.Add(-t.Reports))
		d.Reports, errs = n, append(errs, err)
	}
	if t.Unused > 0 {
		n, err := m.forget(ctx, "state = 'issued' AND issued_at < ?", now.Add(-t.Unused))
		d.Unused, errs = n, append(errs, err)
	}
	n, err := m.sweep(ctx)
	d.Files, errs = n, append(errs, err)
	return d, errors.Join(errs...)
}

// batched runs a statement with LIMIT maxTaken in transactions of their own until it changes less than that.
func (m *Mailbox) batched(ctx context.Context, do func(tx *sqlitedb.Tx) (int64, error)) (total int, err error) {
	for ctx.Err() == nil {
		var n int64
		err := m.db.Write(sqlitedb.Intake, func(tx *sqlitedb.Tx) (err error) {
			n, err = do(tx)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("tidy mailbox: %w", err)
		}
		if total += int(n); n < maxTaken {
			return total, nil
		}
	}
	return total, ctx.Err()
}

var perBatch = " LIMIT " + strconv.Itoa(maxTaken) + ")"

// mark says which contents go: from here on nobody opens them.
func (m *Mailbox) mark(ctx context.Context, before time.Time) error {
	_, err := m.batched(ctx, func(tx *sqlitedb.Tx) (int64, error) {
		return tx.Exec("UPDATE messages SET content = 1 WHERE n IN (SELECT n FROM messages WHERE content = 0 AND ended_at < ?"+perBatch, before.UnixNano())
	})
	return err
}

// remove takes the marked contents out of a segment, or the whole segment if nothing else is in it.
func (m *Mailbox) remove(ctx context.Context, number int64) (int, error) {
	gone, err := m.unlink(ctx, number, "content = 0")
	if err != nil {
		return 0, err
	}
	if !gone {
		if err := m.punch(ctx, number); err != nil {
			return 0, err
		}
	}
	return m.batched(ctx, func(tx *sqlitedb.Tx) (int64, error) {
		return tx.Exec("UPDATE messages SET content = 2 WHERE n IN (SELECT n FROM messages WHERE segment = ? AND content = 1"+perBatch, number)
	})
}

// unlink removes the file of a segment in which nothing is kept (no row of the condition) and into which nothing is being kept.
func (m *Mailbox) unlink(ctx context.Context, number int64, kept string) (gone bool, err error) {
	m.keeping.Lock() // whoever has written into a segment has booked it, or not begun
	defer m.keeping.Unlock()
	if number == m.segments.appending.Load() {
		return false, nil
	}
	var used bool
	err = m.db.Reader().QueryRowContext(ctx, "SELECT EXISTS(SELECT 1 FROM messages WHERE segment = ? AND content < 2 AND "+kept+")", number).Scan(&used)
	if err != nil || used {
		return false, err
	}
	err = m.segments.dir.Remove(segmentFile(number)) // it may be gone: then a stop was behind this
	return err == nil, err
}

// punch makes holes of the marked contents.
func (m *Mailbox) punch(ctx context.Context, number int64) error {
	rows, err := m.rows(ctx, "SELECT "+rowColumns+" FROM messages WHERE segment = ? AND content = 1 AND length > 0", number)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := m.segments.dir.Punch(segmentFile(number), r.at.offset, r.at.length); err != nil {
			return fmt.Errorf("segment %d: %w", number, err)
		}
	}
	return nil
}

// forget deletes rows and all that belongs to them.
func (m *Mailbox) forget(ctx context.Context, condition string, before time.Time) (int, error) {
	chosen := "(SELECT n FROM messages WHERE " + condition + " ORDER BY n" + perBatch
	return m.batched(ctx, func(tx *sqlitedb.Tx) (int64, error) {
		for _, of := range []string{"records", "relays"} {
			if _, err := tx.Exec("DELETE FROM "+of+" WHERE message IN "+chosen, before.UnixNano()); err != nil {
				return 0, err
			}
		}
		return tx.Exec("DELETE FROM messages WHERE n IN "+chosen, before.UnixNano())
	})
}

// sweep removes segments that no row names: all of theirs are gone, or were never acknowledged. One that is younger than all rows
// is left: a mailbox that came back from a backup knows nothing of what it took after that.
func (m *Mailbox) sweep(ctx context.Context) (n int, err error) {
	entries, err := m.segments.dir.List()
	if err != nil {
		return 0, err
	}
	var youngest int64
	err = m.db.Reader().QueryRowContext(ctx, "SELECT coalesce(max(segment), 0) FROM messages WHERE segment IS NOT NULL AND content < 2").Scan(&youngest)
	if err != nil {
		return 0, fmt.Errorf("tidy mailbox: %w", err)
	}
	for _, e := range entries {
		base, ok := strings.CutSuffix(e.Name(), segmentName)
		number, bad := strconv.ParseInt(base, 10, 64)
		if !ok || bad != nil || number > youngest {
			continue
		}
		gone, err := m.unlink(ctx, number, "true")
		if err != nil {
			return n, err
		}
		if gone {
			n++
		}
	}
	if n > 0 {
		err = m.segments.dir.Sync()
	}
	return n, err
}

func (m *Mailbox) numbered(ctx context.Context, query string, args ...any) (list []int64, err error) {
	rows, err := m.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read mailbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, fmt.Errorf("read mailbox: %w", err)
		}
		list = append(list, n)
	}
	return list, rows.Err()
}
