package register

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/sqlitedb"
)

const (
	cacheFile = "cache.db"
	// cacheBacklog is how many answers may wait to be written; more are not kept.
	cacheBacklog = 20_000
	// tidyEvery is after how many written answers those that nobody may use any more are removed.
	tidyEvery = 5_000
)

// cacheMigrations is the schema of cache.db, append-only. A row names no address: key is a keyed hash of the question, and what is
// known of an authority is no personal data. Times are Unix nanoseconds.
var cacheMigrations = []string{`
CREATE TABLE salt (value BLOB NOT NULL);
CREATE TABLE answer (key BLOB PRIMARY KEY, asked INTEGER NOT NULL, until INTEGER NOT NULL, alter_ns INTEGER NOT NULL, seq INTEGER NOT NULL,
	etag TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX answer_asked ON answer(asked);
`}

// Disk keeps a Client's answers over a restart, in cache.db of a directory. It is a cache: what cannot be read is thrown away, what cannot
// be written is not kept, and Err says why. A nil Disk keeps nothing.
type Disk struct {
	db   *sqlitedb.DB
	salt []byte
	keep time.Duration
	max  int
	now  func() time.Time

	queue   chan []kept
	waiting atomic.Int64 // answers in queue
	done    chan struct{}
	mu      sync.Mutex
	closed  bool
	err     error
}

// DiskOptions bound what is kept.
type DiskOptions struct {
	Keep       time.Duration    // answers that are older may go; default 24 h
	MaxEntries int              // default 200 000
	Now        func() time.Time // nil = time.Now
}

// kept is an entry on its way to the disk.
type kept struct {
	key key
	e   entry
}

// OpenDisk opens the cache in dir. A file that is broken is replaced by an empty one.
func OpenDisk(dir *durable.Dir, o DiskOptions) (*Disk, error) {
	d := &Disk{keep: positive(o.Keep, 24*time.Hour), max: positive(o.MaxEntries, defaultEntries), now: o.Now, queue: make(chan []kept, 256), done: make(chan struct{})}
	if d.now == nil {
		d.now = time.Now
	}
	err := d.open(dir)
	if err != nil {
		if err = discard(dir); err == nil {
			err = d.open(dir)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open cache of the register client: %w", err)
	}
	go d.write()
	return d, nil
}

// discard removes the file and what SQLite keeps beside it.
func discard(dir *durable.Dir) (err error) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if one := dir.Remove(cacheFile + suffix); one != nil && !errors.Is(one, fs.ErrNotExist) {
			err = errors.Join(err, one)
		}
	}
	return err
}

func (d *Disk) open(dir *durable.Dir) error {
	db, err := sqlitedb.Open(filepath.Join(dir.Path(), cacheFile), cacheMigrations, nil)
	if err != nil {
		return err
	}
	err = db.Write(sqlitedb.Intake, func(tx *sqlitedb.Tx) error {
		fresh := make([]byte, sha256.Size)
		if _, err := rand.Read(fresh); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO salt (value) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM salt)", fresh); err != nil {
			return err
		}
		return tx.QueryRow("SELECT value FROM salt", nil, &d.salt)
	})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	d.db = db
	return nil
}

// Close writes what waits and closes the file.
func (d *Disk) Close() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	close(d.queue)
	d.mu.Unlock()
	<-d.done
	return d.db.Close()
}

// Err says why nothing is kept any more; nil = all is well.
func (d *Disk) Err() error {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

func (d *Disk) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = err
	}
}

// hash is the key of a question in the file. The salt keeps tables of known addresses useless.
func (d *Disk) hash(k key) []byte {
	h := hmac.New(sha256.New, d.salt)
	for _, s := range k.fields() {
		h.Write([]byte(strconv.Itoa(len(s)) + ":" + s))
	}
	return h.Sum(nil)
}

// body is an answer as the file has it.
type body struct {
	antwort
	Stand      time.Time `json:"stand,omitzero"`
	GueltigBis time.Time `json:"gueltigBis,omitzero"`
}

// put has answers written when there is time. "Nobody" and "several" hold for a minute only and stay in memory.
func (d *Disk) put(list []kept) {
	if d == nil {
		return
	}
	found := list[:0]
	for _, k := range list {
		if k.e.z.Behoerde.Kennung != "" {
			found = append(found, k)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(found) == 0 || d.closed || d.err != nil || d.waiting.Load() > cacheBacklog {
		return
	}
	select {
	case d.queue <- found:
		d.waiting.Add(int64(len(found)))
	default: // losing one costs a question
	}
}

// write is the goroutine that writes.
func (d *Disk) write() {
	defer close(d.done)
	untidy := tidyEvery // tidy at the first opportunity
	for list := range d.queue {
		err := d.db.Write(sqlitedb.Intake, func(tx *sqlitedb.Tx) error { return d.save(tx, list) })
		d.waiting.Add(-int64(len(list)))
		if untidy += len(list); err == nil && untidy >= tidyEvery {
			untidy = 0
			err = d.tidy()
		}
		if err != nil {
			d.fail(err)
		}
	}
}

func (d *Disk) save(tx *sqlitedb.Tx, list []kept) error {
	for _, k := range list {
		data, err := json.Marshal(body{antwortOf(k.e.z), k.e.z.Stand, k.e.z.GueltigBis})
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT OR REPLACE INTO answer (key, asked, until, alter_ns, seq, etag, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
			d.hash(k.key), k.e.asked.UnixNano(), k.e.until.UnixNano(), int64(k.e.alter), k.e.from.seq, k.e.from.etag, string(data))
		if err != nil {
			return err
		}
	}
	return nil
}

// tidy removes what is too old to be used, and the oldest of what is too much; at most 2 000 rows of each at a time.
func (d *Disk) tidy() error {
	return d.db.Write(sqlitedb.Intake, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("DELETE FROM answer WHERE key IN (SELECT key FROM answer WHERE asked < ? ORDER BY asked LIMIT 2000)", d.now().Add(-d.keep).UnixNano())
		if err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM answer", nil, &n); err != nil {
			return err
		}
		over := min(max(n-d.max, 0), tidyEvery+2000)
		_, err = tx.Exec("DELETE FROM answer WHERE key IN (SELECT key FROM answer ORDER BY asked LIMIT ?+0)", over)
		return err
	})
}

// get reads what is known about the questions of a batch.
func (d *Disk) get(batch []*flight) map[key]entry {
	if d == nil || d.Err() != nil {
		return nil
	}
	found := map[key]entry{}
	for _, f := range batch {
		e, err := d.one(f.key)
		if err == nil {
			found[f.key] = e
		}
	}
	return found
}

var errNotKept = errors.New("not kept")

func (d *Disk) one(k key) (entry, error) {
	var asked, until, alter int64
	var e entry
	var text string
	rows, err := d.db.Reader().QueryContext(context.Background(), "SELECT asked, until, alter_ns, seq, etag, body FROM answer WHERE key = ?", d.hash(k))
	if err != nil {
		return e, err
	}
	defer rows.Close()
	if !rows.Next() {
		return e, errors.Join(errNotKept, rows.Err())
	}
	if err := rows.Scan(&asked, &until, &alter, &e.from.seq, &e.from.etag, &text); err != nil {
		return e, err
	}
	var b body
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&b); err != nil {
		return e, err
	}
	e.z = b.zustaendigkeit(b.Stand, b.GueltigBis)
	e.asked, e.until, e.alter = time.Unix(0, asked), time.Unix(0, until), time.Duration(alter)
	if e.z.Behoerde.Kennung == "" || len(e.z.Kanaele) == 0 && e.z.Regel == "" {
		return e, errNotKept
	}
	return e, nil
}
