package xta

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math"
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
	Stored         time.Time // InitialSend
	Delivered      time.Time // Delivery, entry in the mailbox: Stored, or NotBefore if that is later
	Fetched        time.Time // InitialFetch
	Closed         time.Time // Reception
	Ended          time.Time // closed or withdrawn
	Gone           bool      // its content was removed when its term was over
}

// Counts are the mailbox's totals.
type Counts struct {
	Issued, Stored, Relaying, Closed, Withdrawn int
	Waiting                                     map[string]int // stored and not closed, by the reader's kennung
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
	coalesce(closed_at, 0), coalesce(entry_at, 0), coalesce(ended_at, 0), content`

func scanRow(scan func(...any) error) (r row, err error) {
	var issued, stored, fetched, closed, entry, ended int64
	var sum []byte
	var content int
	err = scan(&r.n, &r.MessageID, &r.State, &r.Author, &issued, &r.Reader, &r.Test, &r.meta, &r.parts,
		&r.at.segment, &r.at.offset, &r.at.length, &sum, &stored, &fetched, &closed, &entry, &ended, &content)
	copy(r.at.sum[:], sum)
	r.SHA256, r.Size = r.at.sum, r.at.length
	r.Issued, r.Stored, r.Fetched, r.Closed = instant(issued), instant(stored), instant(fetched), instant(closed)
	r.Delivered, r.Ended, r.Gone = instant(entry), instant(ended), content != 0
	return r, err
}

// nanos is the column of a time that somebody else wrote: what it cannot hold becomes its first or last instant.
func nanos(t time.Time) int64 {
	switch {
	case t.Year() < 1971:
		return 0
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

func instant(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}

// metaData gives the author's metadata with the times of this server; what NotBefore still hides at now is not delivered yet.
func (r row) metaData(now time.Time) (MetaData, error) {
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
	m.InitialSend, m.InitialFetch, m.Reception = r.Stored, r.Fetched, r.Closed
	if r.State == MailWithdrawn {
		now = r.Ended // what was taken out before its NotBefore never came into the mailbox
	}
	if r.State == MailClosed || !r.Fetched.IsZero() || !r.Delivered.After(now) {
		m.Delivery = r.Delivered
	}
	return m, nil
}

// find gives the row of an id that is no longer only issued.
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

// fetch gives an open message of the reader. The first fetch is stamped, durably and before a byte of it leaves: what is stamped is
// never withdrawn any more.
func (m *Mailbox) fetch(ctx context.Context, reader, id string) (MetaData, Content, error) {
	r, err := m.find(ctx, id)
	if err != nil {
		return MetaData{}, Content{}, err
	}
	if r.Reader != reader || r.State != MailStored || r.Delivered.UnixNano() > m.horizon() {
		return MetaData{}, Content{}, errNoMessage
	}
	md, c, err := m.open(r)
	if err != nil || !r.Fetched.IsZero() {
		return md, c, err
	}
	var at int64
	err = m.db.Write(sqlitedb.Outcome, func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec("UPDATE messages SET fetched_at = ? WHERE n = ? AND"+unfetched, m.now().UnixNano(), r.n); err != nil {
			return err
		}
		return tx.QueryRow("SELECT coalesce(fetched_at, 0) FROM messages WHERE n = ?", []any{r.n}, &at)
	})
	switch {
	case err != nil:
		return MetaData{}, Content{}, fmt.Errorf("stamp fetch: %w", err)
	case at == 0:
		return MetaData{}, Content{}, errNoMessage // withdrawn in the same moment
	}
	md.InitialFetch = instant(at)
	return md, c, nil
}

// ErrContentGone says that the content was removed when its term was over.
var ErrContentGone = errors.New("content was removed")

func (m *Mailbox) open(r row) (MetaData, Content, error) {
	md, err := r.metaData(m.now())
	if err != nil {
		return MetaData{}, Content{}, err
	}
	if r.Gone {
		return md, Content{}, ErrContentGone
	}
	data, err := m.segments.read(r.at)
	if err != nil {
		return MetaData{}, Content{}, err
	}
	c, err := assemble(r.parts, data)
	return md, c, err
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

// Counts gives the totals, from counters.
func (m *Mailbox) Counts(ctx context.Context) (Counts, error) {
	c := Counts{Waiting: map[string]int{}}
	byState, err := m.numbers(ctx, "SELECT state, n FROM totals")
	if err != nil {
		return c, err
	}
	c.Issued, c.Stored, c.Relaying = byState[string(MailIssued)], byState[string(MailStored)], byState[string(MailRelaying)]
	c.Closed, c.Withdrawn = byState[string(MailClosed)], byState[string(MailWithdrawn)]
	c.Waiting, err = m.numbers(ctx, "SELECT reader, waiting FROM boxes WHERE waiting > 0")
	return c, err
}

func (m *Mailbox) numbers(ctx context.Context, query string) (map[string]int, error) {
	rows, err := m.db.Reader().QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("count messages: %w", err)
	}
	defer rows.Close()
	found := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return nil, fmt.Errorf("count messages: %w", err)
		}
		found[name] = n
	}
	return found, rows.Err()
}
