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
	sum, err := s.publish(a.out(), name, write)
	if err != nil {
		return [32]byte{}, fmt.Errorf("publish to account %s: %w", account, err)
	}
	return sum, nil
}

// OutFile is a file for out/ that is written and durable, but not visible yet. Publish or Discard ends it.
type OutFile struct {
	SHA256 [32]byte
	spool  *Spool
	tmp    string // its name in .partial
}

// StageOut writes a file for out/, so that its hash can be booked before anybody sees it.
func (s *Spool) StageOut(write func(io.Writer) error) (*OutFile, error) {
	if s.readOnly {
		return nil, ErrReadOnly
	}
	g, err := s.writeOut(write)
	if err != nil {
		return nil, fmt.Errorf("stage file for out: %w", err)
	}
	return g, nil
}

// Publish makes the file visible in the account's out/, as PublishOut does.
func (g *OutFile) Publish(account, name string) error {
	a, err := g.spool.account(account)
	if err == nil {
		err = g.publish(a.out(), name)
	} else {
		err = errors.Join(err, g.Discard())
	}
	if err != nil {
		return fmt.Errorf("publish to account %s: %w", account, err)
	}
	return nil
}

// Discard throws the file away.
func (g *OutFile) Discard() error {
	defer g.spool.fly(g.tmp, false)
	return g.spool.partial.Remove(g.tmp)
}

// publish writes name into dir by way of .partial: fsync, rename (replacing), fsync of both directories.
func (s *Spool) publish(dir *durable.Dir, name string, write func(io.Writer) error) (sum [32]byte, err error) {
	if !fileName(name) {
		return sum, ErrName
	}
	g, err := s.writeOut(write)
	if err != nil {
		return sum, err
	}
	return g.SHA256, g.publish(dir, name)
}

// writeOut writes a file into .partial and makes it durable.
func (s *Spool) writeOut(write func(io.Writer) error) (_ *OutFile, err error) {
	g := &OutFile{spool: s, tmp: "o-" + rand.Text()}
	s.fly(g.tmp, true)
	defer func() {
		if err != nil {
			s.fly(g.tmp, false)
		}
	}()
	f, err := s.partial.Create(g.tmp)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	buf := bufio.NewWriterSize(io.MultiWriter(f, h), 1<<16)
	err = write(buf)
	if err == nil {
		err = buf.Flush()
	}
	if err != nil {
		return nil, errors.Join(err, f.Abort())
	}
	if err := f.Commit(); err != nil {
		return nil, err
	}
	h.Sum(g.SHA256[:0])
	return g, nil
}

func (g *OutFile) publish(dir *durable.Dir, name string) error {
	if !fileName(name) {
		return errors.Join(ErrName, g.Discard())
	}
	if err := dir.Replace(g.spool.partial, g.tmp, name); err != nil {
		return errors.Join(err, g.Discard())
	}
	g.spool.fly(g.tmp, false)
	return errors.Join(dir.Sync(), g.spool.partial.Sync())
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
	return a.out().OpenRegular(name)
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
		return a.in(), nil
	case "out":
		return a.out(), nil
	}
	return nil, fs.ErrNotExist
}
