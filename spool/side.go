package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"

	"damtshilfe/internal/durable"
)

// side is a folder of an account, held open. Its owner may remove it, move it away or put another in its place while we run: the
// scan looks whether the name still means the open folder. Who has the old one goes on with it; the collector closes it.
type side struct {
	name string // below accounts/
	dir  atomic.Pointer[durable.Dir]
}

func (a *account) in() *durable.Dir  { return a.inSide.dir.Load() }
func (a *account) out() *durable.Dir { return a.outSide.dir.Load() }

func (s *Spool) openSide(f *side, name string) error {
	dir, err := s.sub(s.accountsDir, name)
	if err != nil {
		return err
	}
	f.name = name
	f.dir.Store(dir)
	return nil
}

// follow opens the account's folders anew where the open ones are no longer those of the name; a missing one is made.
func (s *Spool) follow(a *account) error {
	if s.readOnly {
		return nil
	}
	var errs []error
	for _, f := range []*side{&a.inSide, &a.outSide} {
		same, err := s.current(f)
		if err == nil && !same {
			err = s.openSide(f, f.name)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("folder %s: %w", f.name, err))
		}
	}
	return errors.Join(errs...)
}

// current says whether the name still means the open folder. Something else under the name (a link, a file) is an error.
func (s *Spool) current(f *side) (bool, error) {
	named, err := s.accountsDir.Root().Lstat(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !named.IsDir() {
		return false, errors.New("not a directory")
	}
	held, err := f.dir.Load().Root().Lstat(".")
	if err != nil {
		return false, err
	}
	return os.SameFile(named, held), nil
}
