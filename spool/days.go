package spool

import (
	"errors"
	"fmt"
	"sync"

	"damtshilfe/internal/durable"
)

// maxIdleDays is how many directories of the store stay open although nobody uses them.
const maxIdleDays = 8

// days keeps directories of the store open, so that claiming a file does not walk four levels each time.
type days struct {
	spool *Spool
	mu    sync.Mutex
	open  map[string]*day
}

// day is one directory of the store, "2026/11/21".
type day struct {
	*durable.Dir
	name  string
	users int
	sync  rounds
}

func (d *days) init(s *Spool) {
	d.spool = s
	d.open = map[string]*day{}
}

// use opens the directory of a day, making it if write is set. Give it back with release.
func (d *days) use(name string, write bool) (*day, error) {
	if name == "" {
		return nil, fmt.Errorf("malformed id: %w", ErrName)
	}
	if write && d.spool.readOnly {
		return nil, ErrReadOnly
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := d.open[name]; at != nil {
		at.users++
		return at, nil
	}
	if err := d.trim(); err != nil {
		return nil, err
	}
	var dir *durable.Dir
	var err error
	if write {
		dir, err = d.spool.store.MakeSub(name)
	} else {
		dir, err = d.spool.store.Sub(name)
	}
	if err != nil {
		return nil, err
	}
	at := &day{Dir: dir, name: name, users: 1}
	d.open[name] = at
	return at, nil
}

func (d *days) release(at *day) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at.users--
}

// trim closes idle directories when there are too many.
func (d *days) trim() error {
	for name, at := range d.open {
		if len(d.open) < maxIdleDays {
			return nil
		}
		if at.users == 0 {
			delete(d.open, name)
			if err := at.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *days) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, at := range d.open {
		errs = append(errs, at.Close())
	}
	clear(d.open)
	return errors.Join(errs...)
}
