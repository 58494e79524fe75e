package xta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"damtshilfe/internal/sqlitedb"
)

// Entry is one row of the mailbox, as `gateway verify` and the page see it.
type Entry struct {
	MessageID      string // as issued
	State          MailState
	Author, Reader string // kennungen; Reader is "" while issued
	Test           bool
	SHA256         [32]byte // of message and attachments one after the other; zero while issued
	Size           int64    // of the same bytes
	Issued         time.Time
	Stored         time.Time // Delivery
	Fetched        time.Time // InitialFetch
	Closed         time.Time // Reception
}

// Counts are the mailbox's totals.
type Counts struct {
	Issued, Stored, Closed int
	Waiting                map[string]int // stored and not closed, by the reader's kennung
}

// row is a message with all that answers need.
type row struct {
	Entry
	n     int64
	meta  []byte
	parts string
	at    place
}

const rowColumns = `n, name, state, author, issued_at, coalesce(reader, ''), coalesce(test, 0), meta, coalesce(parts, ''),
	coalesce(segment, 0), coalesce(offset, 0), coalesce(length, 0), sha256, coalesce(stored_at, 0), coalesce(fetched_at, 0),
	coalesce(closed_at, 0)`

func scanRow(scan func(...any) error) (r row, err error) {
	var issued, stored, fetched, closed int64
	var sum []byte
	err = scan(&r.n, &r.MessageID, &r.State, &r.Author, &issued, &r.Reader, &r.Test, &r.meta, &r.parts,
		&r.at.segment, &r.at.offset, &r.at.length, &sum, &stored, &fetched, &closed)
	copy(r.at.sum[:], sum)
	r.SHA256, r.Size = r.at.sum, r.at.length
	r.Issued, r.Stored, r.Fetched, r.Closed = instant(issued), instant(stored), instant(fetched), instant(closed)
	return r, err
}

func instant(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}

// metaData gives the author's metadata with the times of this server.
func (r row) metaData() (MetaData, error) {
	doc := make([]byte, 0, len(envelopeStart)+len(r.meta)+20)
	doc = append(doc, envelopeStart...)
	doc = append(doc, r.meta...)
	doc = append(doc, "</s:Envelope>"...)
	n, err := parseXML(doc)
	if err != nil || len(n.kids) != 1 {
		return MetaData{}, errDamaged
	}
	m, err := readMeta(n.kids[0])
	if err != nil {
		return MetaData{}, errDamaged
	}
	m.InitialSend, m.Delivery, m.InitialFetch, m.Reception = r.Stored, r.Stored, r.Fetched, r.Closed
	return m, nil
}

// find gives the row of an id that is stored or closed.
func (m *Mailbox) find(ctx context.Context, id string) (row, error) {
	r, err := scanRow(m.db.Reader().QueryRowContext(ctx,
		"SELECT "+rowColumns+" FROM messages WHERE id = ? AND state <> 'issued'", strings.ToLower(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, errNoMessage
	}
	if err != nil {
		return row{}, fmt.Errorf("read message: %w", err)
	}
	return r, nil
}

// selection is what getStatusList asks for.
type selection struct {
	reader   string
	ids      []string  // empty = all
	fresh    bool      // only without InitialFetch
	from, to time.Time // of the entry, inclusive; zero = open
	max      int
}

// waiting lists the reader's open messages, oldest first, and says how many more match.
func (m *Mailbox) waiting(ctx context.Context, s selection) ([]row, int, error) {
	where := " FROM messages WHERE state = 'stored' AND reader = ?"
	args := []any{s.reader}
	if s.fresh {
		where += " AND fetched_at IS NULL"
	}
	if !s.from.IsZero() {
		where, args = where+" AND stored_at >= ?", append(args, s.from.UnixNano())
	}
	if !s.to.IsZero() {
		where, args = where+" AND stored_at <= ?", append(args, s.to.UnixNano())
	}
	if len(s.ids) > 0 {
		where += " AND id IN (?" + strings.Repeat(", ?", len(s.ids)-1) + ")"
		for _, id := range s.ids {
			args = append(args, strings.ToLower(id))
		}
	}
	var total int
	if err := m.db.Reader().QueryRowContext(ctx, "SELECT count(*)"+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("list messages: %w", err)
	}
	list, err := m.rows(ctx, "SELECT "+rowColumns+where+" ORDER BY stored_at, n LIMIT ?", append(args, s.max)...)
	return list, max(0, total-len(list)), err
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

// fetch gives an open message of the reader; the first fetch is stamped, durably.
func (m *Mailbox) fetch(ctx context.Context, reader, id string) (MetaData, Content, error) {
	r, err := m.find(ctx, id)
	if err != nil {
		return MetaData{}, Content{}, err
	}
	if r.Reader != reader || r.State != MailStored {
		return MetaData{}, Content{}, errNoMessage
	}
	md, c, err := m.open(r)
	if err != nil || !r.Fetched.IsZero() {
		return md, c, err
	}
	var at int64
	err = m.db.Write(sqlitedb.Outcome, func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec("UPDATE messages SET fetched_at = ? WHERE n = ? AND fetched_at IS NULL", m.now().UnixNano(), r.n); err != nil {
			return err
		}
		return tx.QueryRow("SELECT fetched_at FROM messages WHERE n = ?", []any{r.n}, &at)
	})
	if err != nil {
		return MetaData{}, Content{}, fmt.Errorf("stamp fetch: %w", err)
	}
	md.InitialFetch = instant(at)
	return md, c, nil
}

func (m *Mailbox) open(r row) (MetaData, Content, error) {
	md, err := r.metaData()
	if err != nil {
		return MetaData{}, Content{}, err
	}
	data, err := m.segments.read(r.at)
	if err != nil {
		return MetaData{}, Content{}, err
	}
	c, err := assemble(r.parts, data)
	return md, c, err
}

// acknowledge closes the messages of the reader, all or none; one that is not open is errNoMessage.
func (m *Mailbox) acknowledge(reader string, ids []string) error {
	err := m.db.Write(sqlitedb.Outcome, func(tx *sqlitedb.Tx) error {
		for _, id := range ids {
			n, err := tx.Exec("UPDATE messages SET state = 'closed', closed_at = ? WHERE id = ? AND reader = ? AND state = 'stored'",
				m.now().UnixNano(), strings.ToLower(id), reader)
			if err != nil {
				return err
			}
			if n == 0 {
				return errNoMessage
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("close message: %w", err)
	}
	return nil
}

// All gives every row in the order the ids were issued, in short reads.
func (m *Mailbox) All(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for last := int64(0); ; {
			page, err := m.rows(ctx, "SELECT "+rowColumns+" FROM messages WHERE n > ? ORDER BY n LIMIT 500", last)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, r := range page {
				if last = r.n; !yield(r.Entry, nil) {
					return
				}
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

// Read gives a stored or closed message, its content proved against the recorded hash.
func (m *Mailbox) Read(ctx context.Context, messageID string) (MetaData, Content, error) {
	r, err := m.find(ctx, messageID)
	if err != nil {
		return MetaData{}, Content{}, err
	}
	return m.open(r)
}

// Counts adds up the mailbox.
func (m *Mailbox) Counts(ctx context.Context) (Counts, error) {
	c := Counts{Waiting: map[string]int{}}
	rows, err := m.db.Reader().QueryContext(ctx, "SELECT state, coalesce(reader, ''), count(*) FROM messages GROUP BY 1, 2")
	if err != nil {
		return c, fmt.Errorf("count messages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var state MailState
		var reader string
		var n int
		if err := rows.Scan(&state, &reader, &n); err != nil {
			return c, fmt.Errorf("count messages: %w", err)
		}
		switch state {
		case MailIssued:
			c.Issued += n
		case MailStored:
			c.Stored += n
			c.Waiting[reader] = n
		case MailClosed:
			c.Closed += n
		}
	}
	return c, rows.Err()
}
