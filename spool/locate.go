package spool

import (
	"errors"
	"fmt"
	"io/fs"

	"damtshilfe/internal/durable"
)

// spot is a file found in the directory it was dropped in.
type spot struct {
	dir     *durable.Dir
	name    string
	foreign bool // a source: copied, never renamed
	private bool // .partial: only we write there, there are no markers
	release func()
}

// locate finds the candidate's inode: in .partial for an upload, else in in/, else in the account's sources. Size and mtime
// are not looked at: the caller says what a difference means. fs.ErrNotExist if it is nowhere.
func (s *Spool) locate(c Candidate) (spot, error) {
	a, err := s.account(c.Account)
	if err != nil {
		return spot{}, err
	}
	name := c.Name
	if c.at.name != "" {
		name = c.at.name
	}
	if c.at.partial {
		return within(s.partial, name, c, spot{private: true})
	}
	if c.Source == "" || c.Source == FromIn {
		at, err := within(a.in(), name, c, spot{})
		if c.Source == FromIn || !errors.Is(err, fs.ErrNotExist) {
			return at, err
		}
	}
	return s.locateSource(a, c)
}

// within says whether the candidate's inode has this name in dir.
func within(dir *durable.Dir, name string, c Candidate, at spot) (spot, error) {
	info, err := dir.Root().Lstat(name)
	if err != nil {
		return spot{}, err
	}
	if l := lookOf(info); l.device != c.Device || l.inode != c.Inode {
		return spot{}, fmt.Errorf("another file has the name: %w", fs.ErrNotExist)
	}
	at.dir, at.name = dir, name
	if at.release == nil {
		at.release = func() {}
	}
	return at, nil
}

// locateSource looks in the sources. One that cannot be opened is an error: its file may still be there.
func (s *Spool) locateSource(a *account, c Candidate) (spot, error) {
	a.mu.Lock()
	var paths []string
	for _, f := range a.sources {
		if c.Source == "" || c.Source == f.source {
			paths = append(paths, f.source)
		}
	}
	a.mu.Unlock()
	for _, path := range paths {
		dir, err := s.disk.OpenDir(path)
		if err != nil {
			return spot{}, fmt.Errorf("source unavailable: %w", maskNotExist(err))
		}
		at, err := within(dir, c.Name, c, spot{foreign: true, release: func() { dir.Close() }})
		if err == nil {
			return at, nil
		}
		if err := errors.Join(dir.Close(), ignoreNotExist(err)); err != nil {
			return spot{}, err
		}
	}
	return spot{}, fmt.Errorf("locate claim: %w", fs.ErrNotExist)
}

// maskNotExist keeps a directory that is not mounted from looking like a file that was taken back.
func maskNotExist(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("directory is not there")
	}
	return err
}

func ignoreNotExist(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
