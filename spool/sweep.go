package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"damtshilfe/internal/durable"
)

// Sweep removes what a dead process left half-made: partials, unfinished copies in the store, unfinished stagings, and markers
// in in/ whose file is gone. All of it is older than this process, has no row in the ledger and is not in flight. A partial may
// have a `claiming` row, but its CLOSE was never answered; recovery with Find must have run before and has forgotten it. Drops,
// segments and inbound messages without a row are never removed here: after a restore they are what the ledger lacks
// (`gateway verify` lists them). It returns how many names went.
func (s *Spool) Sweep() (int, error) {
	if s.readOnly {
		return 0, ErrReadOnly
	}
	n, err := s.sweepDir(s.partial, func(name string) bool { return !s.flying(name) })
	errs := []error{err}
	more, err := s.sweepDir(s.staging, func(name string) bool { return strings.HasSuffix(name, ".tmp") })
	n, errs = n+more, append(errs, err)
	for _, name := range s.Accounts() {
		more, err := s.sweepMarkers(name)
		n, errs = n+more, append(errs, err)
	}
	more, err = s.sweepStore()
	errs = append(errs, err)
	return n + more, errors.Join(errs...)
}

func (s *Spool) flying(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inFlight[name]
}

// sweepDir removes the old names of a directory that doomed picks.
func (s *Spool) sweepDir(dir *durable.Dir, doomed func(name string) bool) (int, error) {
	entries, err := dir.List()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range entries {
		info, err := dir.Root().Lstat(e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return n, fmt.Errorf("sweep: %w", err)
		}
		if !info.ModTime().Before(s.started) || !doomed(e.Name()) {
			continue
		}
		if err := dir.RemoveAll(e.Name()); err != nil {
			return n, err
		}
		n++
	}
	if n == 0 {
		return 0, nil
	}
	return n, dir.Sync()
}

func (s *Spool) sweepMarkers(name string) (int, error) {
	a, err := s.account(name)
	if err != nil {
		return 0, err
	}
	return s.sweepDir(a.in(), func(name string) bool {
		if !IsMarker(name) {
			return false
		}
		there, err := present(a.in(), strings.TrimSuffix(name, MarkerSuffix))
		return err == nil && !there
	})
}

// sweepStore removes unfinished copies. Only days with a .tmp in them are opened for writing.
func (s *Spool) sweepStore() (int, error) {
	days := map[string]bool{}
	err := fs.WalkDir(s.store.Root().FS(), ".", func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, ".orig.tmp") {
			days[path[:strings.LastIndexByte(path, '/')]] = true
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep store: %w", err)
	}
	n := 0
	for name := range days {
		day, err := s.days.use(name, true)
		if err != nil {
			return n, err
		}
		more, err := s.sweepDir(day.Dir, func(name string) bool { return strings.HasSuffix(name, ".orig.tmp") })
		s.days.release(day)
		n += more
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
