package xta

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

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

// Unpack takes a message apart, with its contents in memory.
func Unpack(contentType string, body io.Reader, size int64) (envelope []byte, parts map[string][]byte, err error) {
	m, err := parseMedia(contentType)
	if err != nil {
		return nil, nil, err
	}
	t := &tray{limit: MaxContent}
	p, err := unpack(m, sizedBody{body, size}, t, maxEnvelope)
	parts = map[string][]byte{}
	for _, found := range []map[string]piece{p.parts, p.inline} {
		for id, o := range found {
			data, bad := ReadAll(o)
			if bad != nil {
				return p.envelope, nil, bad
			}
			parts[id] = data
		}
	}
	return p.envelope, parts, err
}

// ReadEnvelope reads an envelope as far as it is one, with metadata and content if it has some.
func ReadEnvelope(doc []byte) {
	p, err := unpack(media{}, sizedBody{bytes.NewReader(doc), -1}, &tray{limit: MaxContent}, maxEnvelope)
	if err != nil {
		return
	}
	e, err := parseEnvelope(p)
	if err != nil {
		return
	}
	_, _ = e.readContent()
	for _, h := range e.header(nsMeta, "MessageMetaData") {
		_, _ = readMeta(h)
	}
	_, _ = readReport(e.body)
	_, _ = readList(answer{envelope: e})
	if n := e.payload(); n != nil {
		_ = readFault(n, 500)
		_, _ = readSelection(n)
	}
}

// SetPatience sets how long the server waits for the first bytes of a request.
func (s *Server) SetPatience(d time.Duration) { s.patience = d }

// TrayMemory is up to where contents stay in memory.
const TrayMemory = trayMemory

// ListPlan says how SQLite reads a list: newEntry, a time selection, or the page behind a position.
func (m *Mailbox) ListPlan(t testing.TB, reader string, fresh bool, from time.Time, later bool) string {
	s := selection{reader: reader, fresh: fresh, from: from, max: 100}
	if later {
		s.after = position{1, 1}
	}
	where, args := s.where(m.horizon())
	rows, err := m.db.Reader().Query("EXPLAIN QUERY PLAN SELECT "+rowColumns+where+" ORDER BY entry_at, n LIMIT ?+0", append(args, s.max)...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, none int
		var detail string
		if err := rows.Scan(&id, &parent, &none, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	return strings.Join(plan, "; ")
}

// Operations are the names of all operations by action.
func Operations() map[string]string {
	names := map[string]string{}
	for action, o := range operations {
		names[action] = o.name
	}
	return names
}

// Exceptions are the elements of all fault codes.
func Exceptions() map[int]string {
	names := map[int]string{}
	for code, e := range exceptions {
		names[code] = e.name
	}
	return names
}
