package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"damtshilfe/internal/durable"
)

// AddSource watches a directory elsewhere (network, other file system, bind mount) for the account. Its files are copied in,
// fsynced, committed and only then removed there. The directory need not be there yet: it is opened anew for each scan, so
// that a share that comes back is seen.
func (s *Spool) AddSource(account, dir string) error {
	a, err := s.account(account)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(dir) {
		return fmt.Errorf("source of account %s: want an absolute path", account)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	f := newFolder(filepath.Clean(dir))
	a.sources = append(a.sources, &f)
	return nil
}

func (s *Spool) scanSource(a *account, f *folder) (_ []Candidate, err error) {
	dir, err := s.disk.OpenDir(f.source)
	if err != nil {
		return nil, fmt.Errorf("source of account %s: %w", a.name, err)
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	found, err := s.scanFolder(a, f, dir)
	var files []Candidate
	for _, c := range found {
		// What is no file cannot be copied in; it stays where it is and shows up as waiting.
		if c.Kind == File {
			files = append(files, c)
		} else {
			f.waiting = append(f.waiting, Waiting{c.Name, c.Size, f.seen[c.Name].since, WaitUnknown})
		}
	}
	return files, err
}

// RemoveSource removes a file that Take has copied, once its drop is committed, and its marker after it. It may be repeated;
// ErrChanged if another file has taken the name: that one is a new drop.
func (s *Spool) RemoveSource(c Candidate) error {
	if s.readOnly {
		return ErrReadOnly
	}
	at, err := s.locate(c)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer at.release()
	info, err := at.dir.Root().Lstat(at.name)
	if err != nil {
		return fmt.Errorf("remove source: %w", err)
	}
	if !lookOf(info).is(c) {
		return ErrChanged
	}
	if err := at.dir.Remove(at.name); err != nil {
		return err
	}
	if _, err := takeMarker(at); err != nil {
		return err
	}
	return syncForeign(at.dir)
}

// syncForeign syncs a directory that may lie on a file system which cannot: then a removal that is undone is recognised by
// the same device, inode, size and mtime.
func syncForeign(dir *durable.Dir) error {
	err := dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}
