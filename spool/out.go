package spool

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"damtshilfe/internal/durable"
)

// PublishOut writes a receipt or a message into the account's out/ so that nobody ever sees a part of it, and gives its hash.
// It is durable on return. The same name again replaces the file: at least once, same name and bytes (design 4).
func (s *Spool) PublishOut(account, name string, write func(io.Writer) error) ([32]byte, error) {
	a, err := s.account(account)
	if err != nil {
		return [32]byte{}, err
	}
	if s.readOnly {
		return [32]byte{}, ErrReadOnly
	}
	sum, err := s.publish(a.out, name, write)
	if err != nil {
		return [32]byte{}, fmt.Errorf("publish to account %s: %w", account, err)
	}
	return sum, nil
}

// publish writes name into dir by way of .partial: fsync, rename (replacing), fsync of both directories.
func (s *Spool) publish(dir *durable.Dir, name string, write func(io.Writer) error) (sum [32]byte, err error) {
	if !fileName(name) {
		return sum, ErrName
	}
	tmp := "o-" + rand.Text()
	s.fly(tmp, true)
	defer s.fly(tmp, false)
	f, err := s.partial.Create(tmp)
	if err != nil {
		return sum, err
	}
	h := sha256.New()
	buf := bufio.NewWriterSize(f, 1<<16)
	err = write(io.MultiWriter(buf, h))
	if err == nil {
		err = buf.Flush()
	}
	if err != nil {
		return sum, errors.Join(err, f.Abort())
	}
	if err := f.Commit(); err != nil {
		return sum, err
	}
	if err := dir.Replace(s.partial, tmp, name); err != nil {
		return sum, errors.Join(err, s.partial.Remove(tmp))
	}
	h.Sum(sum[:0])
	return sum, errors.Join(dir.Sync(), s.partial.Sync())
}

// OutExists says whether a file lies in out/; the owner may have deleted it.
func (s *Spool) OutExists(account, name string) (bool, error) {
	_, err := s.Stat(account, "out", name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// OpenOut opens a file of out/ for reading; fs.ErrNotExist for anything but a regular file.
func (s *Spool) OpenOut(account, name string) (*os.File, error) {
	a, err := s.account(account)
	if err != nil {
		return nil, err
	}
	if _, err := s.Stat(account, "out", name); err != nil {
		return nil, err
	}
	return a.out.OpenRegular(name)
}

// List gives what lies in an account's directory: dir is "in" or "out". Directories, links and the like are left out.
func (s *Spool) List(account, dir string) ([]fs.FileInfo, error) {
	d, err := s.side(account, dir)
	if err != nil {
		return nil, err
	}
	entries, err := d.List()
	if err != nil {
		return nil, err
	}
	infos := make([]fs.FileInfo, 0, len(entries))
	for _, e := range entries {
		info, err := d.Root().Lstat(e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		if info.Mode().IsRegular() {
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// Stat looks at one regular file of an account's directory; fs.ErrNotExist for anything else.
func (s *Spool) Stat(account, dir, name string) (fs.FileInfo, error) {
	d, err := s.side(account, dir)
	if err != nil {
		return nil, err
	}
	if !fileName(name) {
		return nil, fs.ErrNotExist
	}
	info, err := d.Root().Lstat(name)
	if err != nil {
		return nil, fmt.Errorf("stat: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	return info, nil
}

// Remove deletes a file for its owner: from out/ any, from in/ only one that still waits. fs.ErrNotExist if it is not there.
func (s *Spool) Remove(account, dir, name string) error {
	if s.readOnly {
		return ErrReadOnly
	}
	d, err := s.side(account, dir)
	if err != nil {
		return err
	}
	if _, err := s.Stat(account, dir, name); err != nil {
		return err
	}
	if waits, err := s.Waits(account, name); err != nil || dir == "in" && !waits {
		return errors.Join(err, fs.ErrPermission)
	}
	return errors.Join(d.Remove(name), d.Sync())
}

func (s *Spool) side(account, dir string) (*durable.Dir, error) {
	a, err := s.account(account)
	if err != nil {
		return nil, err
	}
	switch dir {
	case "in":
		return a.in, nil
	case "out":
		return a.out, nil
	}
	return nil, fs.ErrNotExist
}
