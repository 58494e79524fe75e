package store

import (
	"context"
	"errors"
	"fmt"

	"damtshilfe/internal/register"
)

// Result says what became of a change: it is in force, or it waits for a second person.
type Result struct {
	Fassung  Fassung   // in force now; zero if the change waits
	Proposed Aenderung // the change that waits; zero if it is in force
	// Unchanged says that the directory was so already, and there is no new version.
	Unchanged bool
}

// Change lets change alter a copy of the directory in force, by replacing entries and not what they point to, and puts the result, or proposes it where a second person is demanded. If
// somebody else was faster, change is called again with what is in force then, unless by.Basis forbids it. On an empty store it gets an
// empty File and must name a Version and a Stand.
func (s *Store) Change(ctx context.Context, by By, change func(*register.File) error) (Result, error) {
	return s.submit(ctx, by, put{action: "put"}, change)
}

// Return is Rollback, or the proposal of one where a second person is demanded.
func (s *Store) Return(ctx context.Context, seq int64, by By) (Result, error) {
	old, _, err := s.Get(seq)
	if err != nil {
		return Result{}, err
	}
	if by.Quelle == "" {
		by.Quelle = fmt.Sprintf("Fassung %d", seq)
	}
	return s.submit(ctx, by, put{action: "rollback"}, func(f *register.File) error {
		*f = old
		return nil
	})
}

func (s *Store) submit(ctx context.Context, by By, p put, change func(*register.File) error) (r Result, err error) {
	for {
		seq, f, err := s.InForce()
		if err != nil {
			return r, err
		}
		if by.Basis != 0 && by.Basis != seq {
			return r, fmt.Errorf("register store: made from version %d, in force is %d: %w", by.Basis, seq, ErrChanged)
		}
		if err := change(&f); err != nil {
			return r, err
		}
		exact := by
		exact.Basis, p.exact = seq, true
		if s.o.SecondPerson {
			r.Proposed, err = s.propose(ctx, f, exact)
			r.Unchanged = err == nil && r.Proposed.ID == 0
		} else {
			r.Fassung, err = s.put(ctx, f, exact, p)
			r.Unchanged = err == nil && r.Fassung.Seq == seq
		}
		if !errors.Is(err, ErrChanged) || by.Basis != 0 {
			return r, err
		}
	}
}

// InForce gives the content of the version in force and its number; both are zero on an empty store. See Get for what may be changed.
func (s *Store) InForce() (int64, register.File, error) {
	seq, err := s.last()
	if errors.Is(err, ErrEmpty) {
		return 0, register.File{}, nil
	}
	if err != nil {
		return 0, register.File{}, err
	}
	if h := s.held.Load(); h != nil && h.v.Seq == seq {
		return seq, h.dir.Shared(), nil
	}
	f, _, err := s.Get(seq)
	return seq, f, err
}
