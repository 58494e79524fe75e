package xta

import (
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/sqlitedb"
)

// MailboxOptions configure a Mailbox.
type MailboxOptions struct {
	Now         func() time.Time // nil = time.Now
	Hook        durable.Hook     // told of the commits, may be nil; the files' steps go through the Dir
	SegmentSize int64            // a new segment starts beyond it, 0 = 64 MiB
	Zone        *time.Location   // of dates without one (ObsoleteAfter), nil = UTC
	Beside      bool             // another process may serve the mailbox: leave the files of what comes in alone
}

// Mailbox holds the issued MessageIDs and what was accepted for the own readers. It is safe for concurrent use.
type Mailbox struct {
	db       *sqlitedb.DB
	segments *segments
	now      func() time.Time
	zone     *time.Location
	newest   atomic.Int64 // latest time of storing
	keeping  sync.RWMutex // read-held from the content's first byte in a segment to its row
	tidying  sync.Mutex

	mu      sync.Mutex
	flights map[string]*flight   // ids being received, by lower-case id
	uses    map[string]time.Time // last use of certificates that is on disk, by fingerprint
}

// flight is a message between issued and stored.
type flight struct {
	order [32]byte // what is being received: metadata and contents
	done  chan struct{}
	err   error
}

// OpenMailbox opens or creates the mailbox in dir, which stays the caller's and is closed after it.
func OpenMailbox(dir *durable.Dir, o MailboxOptions) (*Mailbox, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.SegmentSize == 0 {
		o.SegmentSize = 64 << 20
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	db, err := sqlitedb.Open(filepath.Join(dir.Path(), "mailbox.db"), mailboxMigrations, o.Hook)
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	s, err := openSegments(dir, o.SegmentSize, o.Beside)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open mailbox: %w", err), db.Close())
	}
	m := &Mailbox{db: db, segments: s, now: o.Now, zone: o.Zone, flights: map[string]*flight{}, uses: map[string]time.Time{}}
	var newest int64
	err = db.Reader().QueryRow("SELECT coalesce((SELECT stored_at FROM messages WHERE stored_at IS NOT NULL ORDER BY n DESC LIMIT 1), 0)").Scan(&newest)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open mailbox: %w", err), m.Close())
	}
	m.newest.Store(newest)
	return m, nil
}

// horizon is up to which entry messages are seen: now, but not before what was stored last, so that a clock that was set back
// hides nothing.
func (m *Mailbox) horizon() int64 { return max(m.now().UnixNano(), m.newest.Load()) }

// Close waits for what is being stored and closes the files.
func (m *Mailbox) Close() error { return errors.Join(m.segments.close(), m.db.Close()) }

// Failed gives the first error of a commit: the mailbox takes nothing any more and the process should end.
func (m *Mailbox) Failed() error { return m.db.Failed() }

// issue makes the id durable for the author.
func (m *Mailbox) issue(author, id string) error {
	err := m.db.Write(sqlitedb.Intent, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO messages(id, name, state, author, issued_at) VALUES(?, ?, 'issued', ?, ?)",
			strings.ToLower(id), id, author, m.now().UnixNano())
		return err
	})
	if err != nil {
		return fmt.Errorf("issue message id: %w", err)
	}
	return nil
}

// errUsed says that the id is stored already; errNotIssued that this server never gave it to the author.
var (
	errUsed      = errors.New("message id is used")
	errNotIssued = errors.New("message id was not issued to the author")
	errNoMessage = errors.New("no such message for the account")
	errDeparted  = errors.New("reader has left")
)

// issued checks that the id may be used by the author.
func (m *Mailbox) issued(author, id string) error {
	var owner, state string
	err := m.db.Reader().QueryRow("SELECT author, state FROM messages WHERE id = ?", strings.ToLower(id)).Scan(&owner, &state)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && owner != author:
		return errNotIssued
	case err != nil:
		return fmt.Errorf("read message: %w", err)
	case MailState(state) != MailIssued:
		return errUsed
	}
	return nil
}

// incoming is an order that passed the checks.
type incoming struct {
	meta    MetaData
	content Content
	foreign bool // the reader has no mailbox here, but the relay knows the way
}

// store makes the message durable: content first, then the row, then nil. While one request receives an id, a second with
// the same order waits and ends as the first, one with another waits for its turn; a failed first frees the id
// (durability.md finding 5). accept may refuse.
func (m *Mailbox) store(i incoming, accept func() error) error {
	order, err := orderHash(i.meta, i.content)
	if err != nil {
		return err
	}
	key := strings.ToLower(i.meta.MessageID)
	for {
		m.mu.Lock()
		first := m.flights[key]
		if first == nil {
			break
		}
		m.mu.Unlock()
		<-first.done
		if first.order == order {
			return first.err
		}
	}
	f := &flight{order: order, done: make(chan struct{}), err: errors.New("receiving was broken off")}
	m.flights[key] = f
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		delete(m.flights, key)
		m.mu.Unlock()
		close(f.done)
	}()
	f.err = m.receive(i, accept)
	return f.err
}

func orderHash(md MetaData, c Content) (sum [32]byte, err error) {
	var w writer
	w.writeMeta(md)
	h := sha256.New()
	h.Write(w.Out)
	for _, part := range c.all() {
		one, err := sumOf(part.Data)
		if err != nil {
			return sum, err
		}
		fmt.Fprintf(h, "%q %q %q %q %d ", part.ContentType, part.Filename, part.Head, part.Tail, part.Data.Size())
		h.Write(one[:])
	}
	h.Sum(sum[:0])
	return sum, nil
}

// tray takes the contents of a message that comes in.
func (m *Mailbox) tray(limit int64) *tray { return m.segments.tray(limit) }

func (m *Mailbox) receive(i incoming, accept func() error) error {
	md, c := i.meta, i.content
	if err := m.issued(md.Author.Kennung, md.MessageID); err != nil {
		return err
	}
	if accept != nil {
		if err := accept(); err != nil {
			return err
		}
	}
	var w writer
	w.writeMeta(md)
	contents, parts, err := describe(c)
	if err != nil {
		return err
	}
	m.keeping.RLock()
	defer m.keeping.RUnlock()
	at, err := m.segments.keep(contents)
	if err != nil {
		return fmt.Errorf("store content: %w", err)
	}
	err = m.db.Write(sqlitedb.Outcome, func(tx *sqlitedb.Tx) error {
		return m.book(tx, md, stored{meta: w.Out, parts: parts, at: at, foreign: i.foreign})
	})
	if err != nil {
		return fmt.Errorf("store message: %w", err)
	}
	return nil
}

// storedPart is one element of the column parts.
type storedPart struct {
	Type        string `json:"type"`
	Encoding    string `json:"encoding,omitempty"`
	Filename    string `json:"filename,omitempty"`
	Description string `json:"description,omitempty"`
	ID          string `json:"id,omitempty"`
	Lang        string `json:"lang,omitempty"`
	Length      int64  `json:"length"`
	Head        string `json:"head,omitempty"` // of an encrypted content
	Tail        string `json:"tail,omitempty"`
}

func describe(c Content) (contents []Octets, parts string, err error) {
	var list []storedPart
	for _, p := range c.all() {
		contents = append(contents, p.Data)
		list = append(list, storedPart{p.ContentType, p.Encoding, p.Filename, p.Description, p.ID, p.Lang, p.Data.Size(), string(p.Head), string(p.Tail)})
	}
	b, err := json.Marshal(list)
	return contents, string(b), err
}

func assemble(parts string, data Octets) (Content, error) {
	var list []storedPart
	if err := json.Unmarshal([]byte(parts), &list); err != nil || len(list) == 0 {
		return Content{}, errDamaged
	}
	var contents []Content
	off := int64(0)
	for _, p := range list {
		if p.Length < 0 || p.Length > data.Size()-off {
			return Content{}, errDamaged
		}
		contents = append(contents, Content{ContentType: p.Type, Encoding: p.Encoding, Filename: p.Filename,
			Description: p.Description, ID: p.ID, Lang: p.Lang, Data: cut(data, off, p.Length),
			Head: []byte(p.Head), Tail: []byte(p.Tail)})
		off += p.Length
	}
	c := contents[0]
	c.Attachments = slices.Clip(contents[1:])
	if len(contents) == 1 {
		c.Attachments = nil
	}
	return c, nil
}
