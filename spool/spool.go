// Package spool is the custodian of files. It is the only package that knows directory names; it knows no SQL. The pipeline
// drives it between its transactions: intent in the ledger, then an effect here, then the outcome in the ledger (design 4).
//
// Below data_dir:
//
//	lock                                   flock of the one process that has effects
//	accounts/<account>/{in,out}/           what SFTP accounts and local programs see, one os.Root each
//	.partial/                              uploads in flight and files on their way to out/; nobody else sees it
//	store/<yyyy>/<mm>/<dd>/<drop>.orig     a claimed file; the path follows from the id, nothing ever moves again
//	store/<yyyy>/<mm>/<dd>/<drop>.seg      its messages, one standalone document behind the other
//	store/<yyyy>/<mm>/<dd>/<drop>.reason.json   why it is in quarantine
//	store/<yyyy>/<mm>/<dd>/<inbox>.msg     one inbound message
//	spool-staging/<bundle>[.tmp]/          print bundles before their door, outside every account and profile root
//	print/<profile>/{inbox,quittung,fehler}/    what the print centre sees
//
// A file is at any instant in one place: in in/ (or .partial, or a source), or in the store. The steps of a claim are
// Scan, Take, SyncTaken; Find tells after a crash how far it came (durability.md, findings 3 and 4). All methods may be called
// from several goroutines.
package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"damtshilfe/internal/durable"
)

// The errors callers tell apart.
var (
	// ErrLocked says that another process has the data directory.
	ErrLocked = errors.New("data directory is in use by another gateway")
	// ErrReadOnly says that the spool was opened without the lock.
	ErrReadOnly = errors.New("spool is open for reading only")
	// ErrBusy says that somebody still writes the file: leave it for the next scan.
	ErrBusy = durable.ErrBusy
	// ErrChanged says that the file is no longer the one that was scanned: forget the claim, scan again.
	ErrChanged = errors.New("file changed since it was scanned")
	// ErrName says that a name is not acceptable as the name of an account, a profile or a file.
	ErrName = errors.New("unacceptable name")
	// ErrNoAccount says that the account is not configured.
	ErrNoAccount = errors.New("no such account")
	// ErrNoProfile says that the print profile is not configured.
	ErrNoProfile = errors.New("no such print profile")
)

// Options of a spool.
type Options struct {
	// DataDir is created if it is missing.
	DataDir string
	// Disk does every write; nil = one without a hook.
	Disk *durable.Disk
	// Now is the clock that settling is measured with; nil = time.Now, whose differences are monotonic.
	Now func() time.Time
	// Settle is how long a file must look the same before it counts as complete; 0 = 5 s.
	Settle time.Duration
}

// Spool is an open data directory. Close it when done.
type Spool struct {
	disk     *durable.Disk
	now      func() time.Time
	settle   time.Duration
	started  time.Time // wall clock of Open: Sweep leaves alone what is younger
	readOnly bool
	lock     *os.File // nil when read-only

	data, accountsDir, partial, store, staging, print *durable.Dir

	days        days
	partialSync rounds

	mu       sync.Mutex
	closed   bool
	accounts map[string]*account
	profiles map[string]*profile
	inFlight map[string]bool // names in .partial that a goroutine of ours is writing
}

// account is one participant's pair of directories.
type account struct {
	name            string
	rule            Completeness
	inSide, outSide side
	sync            rounds // of in

	mu      sync.Mutex // guards the sightings of the folders and the list of sources
	inbox   folder
	sources []*folder
}

// Open takes the lock of the data directory and makes the layout, durably. ErrLocked if another process has it.
func Open(o Options) (*Spool, error) { return open(o, false) }

// OpenReadOnly opens an existing data directory without the lock, for `gateway verify` and the commands beside `serve`.
// Whatever would change the disk answers ErrReadOnly.
func OpenReadOnly(o Options) (*Spool, error) { return open(o, true) }

func open(o Options, readOnly bool) (_ *Spool, err error) {
	s := &Spool{
		disk: o.Disk, now: o.Now, settle: o.Settle, started: time.Now(), readOnly: readOnly,
		accounts: map[string]*account{}, profiles: map[string]*profile{}, inFlight: map[string]bool{},
	}
	if s.disk == nil {
		s.disk = durable.New(nil)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.settle == 0 {
		s.settle = 5 * time.Second
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if readOnly {
		s.data, err = s.disk.OpenDir(o.DataDir)
	} else {
		s.data, err = s.disk.MakeDir(o.DataDir)
	}
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	if !readOnly {
		if err := s.takeLock(); err != nil {
			return nil, err
		}
	}
	if err := s.layout(); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	s.days.init(s)
	return s, nil
}

// layout makes or opens the fixed directories.
func (s *Spool) layout() error {
	for _, d := range []struct {
		at   **durable.Dir
		name string
	}{
		{&s.accountsDir, "accounts"}, {&s.partial, ".partial"}, {&s.store, "store"},
		{&s.staging, "spool-staging"}, {&s.print, "print"},
	} {
		dir, err := s.sub(s.data, d.name)
		if err != nil {
			return err
		}
		*d.at = dir
	}
	return nil
}

// sub opens a directory below at and makes it first if we may.
func (s *Spool) sub(at *durable.Dir, name string) (*durable.Dir, error) {
	if s.readOnly {
		return at.Sub(name)
	}
	return at.MakeSub(name)
}

// takeLock takes the flock that proves that no other process has effects on this data directory. The number in the file is
// for people only.
func (s *Spool) takeLock() error {
	f, err := s.data.Root().OpenFile("lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder := make([]byte, 32)
		n, _ := f.ReadAt(holder, 0) // unreadable: the message does without the number
		err = fmt.Errorf("%w: %s, process %s", ErrLocked, filepath.Join(s.data.Path(), "lock"), orUnknown(string(holder[:n])))
		return errors.Join(err, f.Close())
	}
	s.lock = f
	pid := fmt.Sprintf("%d", os.Getpid())
	if _, err := f.WriteAt([]byte(pid), 0); err != nil {
		return fmt.Errorf("write lock: %w", err)
	}
	if err := f.Truncate(int64(len(pid))); err != nil {
		return fmt.Errorf("write lock: %w", err)
	}
	return nil
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// Close gives back the lock and every descriptor; a second Close does nothing. Uploads in flight must have ended.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	for _, a := range s.accounts {
		errs = append(errs, a.in().Close(), a.out().Close())
	}
	for _, p := range s.profiles {
		errs = append(errs, p.close())
	}
	clear(s.accounts)
	clear(s.profiles)
	errs = append(errs, s.days.close())
	for _, d := range []*durable.Dir{s.partial, s.store, s.staging, s.print, s.accountsDir, s.data} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	if s.lock != nil {
		// Said aloud: a child that was just forked and has not called exec yet holds a copy of the descriptor.
		errs = append(errs, syscall.Flock(int(s.lock.Fd()), syscall.LOCK_UN), s.lock.Close())
	}
	return errors.Join(errs...)
}

// AddAccount makes accounts/<name>/{in,out} and says how files of this account prove that they are complete.
func (s *Spool) AddAccount(name string, rule Completeness) error {
	if !plainName(name) {
		return fmt.Errorf("account %q: %w", name, ErrName)
	}
	if err := rule.validate(); err != nil {
		return fmt.Errorf("account %s: %w", name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accounts[name] != nil {
		return fmt.Errorf("account %s: configured twice", name)
	}
	a := &account{name: name, rule: rule, inbox: newFolder("")}
	if err := s.openSide(&a.inSide, name+"/in"); err != nil {
		return fmt.Errorf("account %s: %w", name, err)
	}
	if err := s.openSide(&a.outSide, name+"/out"); err != nil {
		return errors.Join(fmt.Errorf("account %s: %w", name, err), a.in().Close())
	}
	s.accounts[name] = a
	return nil
}

// Accounts are the names of the accounts, sorted.
func (s *Spool) Accounts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.accounts))
	for name := range s.accounts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *Spool) account(name string) (*account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[name]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("account %q: %w", name, ErrNoAccount)
}

// Free says how many bytes may still be written below the data directory; intake stops below min_free.
func (s *Spool) Free() (int64, error) { return s.data.Free() }

// plainName says whether a name may be an account or a profile: it becomes a directory.
func plainName(name string) bool {
	if name == "" || len(name) > 64 || name[0] == '.' || name[0] == '-' {
		return false
	}
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
