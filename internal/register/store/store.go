// Package store owns directory.db: every version of the authority server's directory, the changes that wait for a second person, the
// audit of all changes, and the last questions.
//
// A version (Fassung) is one row with the whole directory; the one with the highest number is in force, so the COMMIT of its row is
// the switch: whoever is killed before it leaves the old version in force, and after it the new one is complete. Nothing is ever
// changed in a version, and nothing removed but the content of those that are old (prune.go): going back makes a new one with the old content. Any number of processes may read and write:
// a server sees within a second (Watch) what a command beside it has put.
//
// Layout of DIR: directory.db (SQLite, with -wal and -shm beside it). The content is gzip over the JSON of a register.File; inhalt is
// bounded (maxContent), sha256 is that of the stored bytes.
//
// The package decides nothing about competence, and leaves to others where data comes from (internal/register/source) and who may
// change it (the server's roles).
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sqlitedb"
)

// The faults a caller can act on.
var (
	ErrEmpty        = errors.New("the store has no version yet")
	ErrNotFound     = errors.New("not in the store")
	ErrChanged      = errors.New("the directory was changed meanwhile")
	ErrSamePerson   = errors.New("a change needs a second person: nobody accepts their own")
	ErrSecondPerson = errors.New("a change needs a second person: it can only be proposed")
	ErrDecided      = errors.New("the change is decided already")
	ErrDamaged      = errors.New("the stored content is damaged")
)

// Options are what a Store works with; the zero value works.
type Options struct {
	Now  func() time.Time // nil = time.Now
	Hook durable.Hook     // told of every commit; nil in production
	Log  *slog.Logger     // nil = none
	// SecondPerson demands that every change is accepted by somebody else: Put, Update and Rollback answer ErrSecondPerson.
	SecondPerson bool
	MustExist    bool // Open makes no new store: ErrEmpty if there is none
	Keep         Keep // for how long the content of versions stays
}

// Store is an open directory.db. It may be used by many goroutines.
type Store struct {
	o         Options
	db        *sqlitedb.DB
	questions questions

	mu     sync.Mutex // held while a version is read and built, so that it is built once
	held   atomic.Pointer[held]
	bad    error // why version badSeq cannot be read: it is not tried again each second
	badSeq int64
}

// held is the newest version that this process has read or made. Versions have nearly everything in common: others are read and built with
// the help of it, so that what they share stands in memory once.
type held struct {
	dir *register.Directory
	v   Fassung
}

// like is the directory that others are read with the help of; nil = none yet.
func (s *Store) like() *register.Directory {
	if h := s.held.Load(); h != nil {
		return h.dir
	}
	return nil
}

// hold keeps a version that was made, if it is newer than what is held.
func (s *Store) hold(dir *register.Directory, v Fassung) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h := s.held.Load(); h == nil || h.v.Seq < v.Seq {
		s.held.Store(&held{dir, v})
	}
}

// fileName is the one file of a store.
const fileName = "directory.db"

// Open opens or creates DIR and its directory.db. An empty store is no error here, but for Current.
func Open(dir string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if _, err := os.Stat(filepath.Join(dir, fileName)); o.MustExist && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no %s there, nothing was imported (gateway register import) or fetched from a primary yet: %w", dir, fileName, ErrEmpty)
	}
	home, err := durable.New(o.Hook).MakeDir(dir)
	if err != nil {
		return nil, fmt.Errorf("register store: %w", err)
	}
	if err := home.Close(); err != nil {
		return nil, fmt.Errorf("register store: %w", err)
	}
	db, err := sqlitedb.Open(filepath.Join(dir, fileName), migrations, o.Hook)
	if err != nil {
		return nil, fmt.Errorf("register store: %w", err)
	}
	return &Store{o: o, db: db}, nil
}

// Close writes the questions that are still in memory and closes the file.
func (s *Store) Close() error {
	return errors.Join(s.Flush(), s.db.Close())
}

// By says who changes something, why, and where the data comes from.
type By struct {
	Wer    string // the person, as named by the operating system or a certificate; mandatory
	Grund  string // why, one line
	Quelle string // "gv100 GV100AD_300426.txt", "Seite", "Rückkehr zu 7"
	// Basis is the number of the version that the change was made from; 0 = whichever is in force. If another one is in force by now
	// the change is refused with ErrChanged instead of undoing what somebody else did.
	Basis int64
}

func (b By) check() error {
	for _, f := range [...]struct{ name, text string }{{"wer", b.Wer}, {"grund", b.Grund}, {"quelle", b.Quelle}} {
		if len(f.text) > 500 || strings.ContainsFunc(f.text, func(r rune) bool { return r < ' ' }) {
			return fmt.Errorf("%s: must be one line of at most 500 bytes", f.name)
		}
	}
	if strings.TrimSpace(b.Wer) == "" {
		return errors.New("wer: missing")
	}
	return nil
}

// write runs f in a transaction; a commit is never cancelled, so ctx counts only before it.
func (s *Store) write(ctx context.Context, verb string, f func(*sqlitedb.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("register store: %s: %w", verb, err)
	}
	if err := s.db.Write(sqlitedb.Intent, f); err != nil {
		return fmt.Errorf("register store: %s: %w", verb, err)
	}
	return nil
}

// Current gives the directory in force and its version; ErrEmpty if nothing was ever put. It looks into the file each time, which is one
// small query, and builds the directory only when it has changed.
func (s *Store) Current() (*register.Directory, Fassung, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq, err := s.last()
	if err != nil {
		return nil, Fassung{}, err
	}
	if h := s.held.Load(); h != nil && h.v.Seq == seq {
		return h.dir, h.v, nil
	}
	if s.bad != nil && s.badSeq == seq {
		return nil, Fassung{}, s.bad
	}
	dir, v, err := s.read(seq)
	if s.bad, s.badSeq = err, seq; err != nil {
		return nil, Fassung{}, err
	}
	s.held.Store(&held{dir, v})
	return dir, v, nil
}

// read builds a version. While it does, two directories are held; of all of Germany they fit into 150 MiB only if what is left over from
// reading is collected soon.
func (s *Store) read(seq int64) (*register.Directory, Fassung, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	f, v, err := s.Get(seq)
	if err != nil {
		return nil, Fassung{}, err
	}
	dir, err := register.TakeLike(f, register.Making{Like: s.like()})
	if err != nil {
		return nil, Fassung{}, fmt.Errorf("register store: version %d: %w", seq, err)
	}
	return dir, v, nil
}

func (s *Store) last() (seq int64, err error) {
	err = s.db.Reader().QueryRow(`SELECT seq FROM fassung ORDER BY seq DESC LIMIT 1`).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrEmpty
	}
	if err != nil {
		return 0, fmt.Errorf("register store: %w", err)
	}
	return seq, nil
}

// Watch calls changed with every version that comes into force after the one that the caller knows (from), until ctx ends, and writes
// the questions of the time. A version that cannot be read leaves the old one in force, and is said once.
func (s *Store) Watch(ctx context.Context, from int64, changed func(*register.Directory, Fassung)) {
	tick := time.NewTicker(WatchEvery)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.Flush(); err != nil {
			s.o.Log.Error("register store: questions not written", "err", err)
		}
		dir, v, err := s.Current()
		switch {
		case err != nil && err.Error() != said:
			said = err.Error()
			s.o.Log.Error("register store: the version before stays in force", "seq", from, "err", err)
		case err == nil && v.Seq != from:
			from, said = v.Seq, ""
			changed(dir, v)
			debug.FreeOSMemory() // the directory before: a version a day, and memory that others can use until then
		}
	}
}

// WatchEvery is how often a server looks for a new version, or a revocation.
const WatchEvery = time.Second
