package durable

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// File is a file being written. Either Commit or Abort ends it; after Commit its bytes are durable, its name is not.
type File struct {
	f    *os.File
	dir  *Dir
	name string
	size atomic.Int64

	reserving sync.Mutex
	reserved  atomic.Int64 // room was asked for up to here

	streamed    bool  // Stream was called
	keep, begun int64 // streamed: bytes that stay in the page cache, and those that are on their way to the disk
}

// Create makes a new file (mode 0600); fs.ErrExist if the name is taken.
func (dir *Dir) Create(name string) (*File, error) {
	if err := plain(name); err != nil {
		return nil, err
	}
	var f *os.File
	err := dir.disk.Hook.Step("create", func() (err error) {
		f, err = dir.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("create: %w", err)
	}
	return &File{f: f, dir: dir, name: name}, nil
}

// Append opens name for appending (mode 0600), creating it if it is missing. Its current size is Size.
func (dir *Dir) Append(name string) (*File, error) {
	if err := plain(name); err != nil {
		return nil, err
	}
	f, err := dir.root.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open for append: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open for append: %w", err), f.Close())
	}
	file := &File{f: f, dir: dir, name: name}
	file.size.Store(info.Size())
	return file, nil
}

// Size is how many bytes the file has.
func (f *File) Size() int64 { return f.size.Load() }

// Write appends p.
func (f *File) Write(p []byte) (int, error) {
	var n int
	err := f.dir.disk.Hook.Step("write", func() (err error) {
		if err := f.reserve(f.size.Load() + int64(len(p))); err != nil {
			return err
		}
		n, err = f.f.Write(p)
		return err
	})
	f.size.Add(int64(n))
	if err == nil {
		err = f.behind()
	}
	return n, err
}

// WriteAt writes p at off; uploads arrive out of order and from several goroutines.
func (f *File) WriteAt(p []byte, off int64) (int, error) {
	var n int
	err := f.dir.disk.Hook.Step("write", func() (err error) {
		if err := f.reserve(off + int64(len(p))); err != nil {
			return err
		}
		n, err = f.f.WriteAt(p, off)
		return err
	})
	for end := off + int64(n); ; {
		if now := f.size.Load(); now >= end || f.size.CompareAndSwap(now, end) {
			break
		}
	}
	return n, err
}

// ReadAt reads back what was written.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }

// Sync makes the bytes durable and keeps the file open. After an error the file is lost.
func (f *File) Sync() error {
	if err := f.dir.disk.Hook.Step("fsync", f.f.Sync); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// Commit makes the bytes durable and closes the file. On an error the file is removed.
func (f *File) Commit() error {
	if err := errors.Join(f.trim(), f.Sync()); err != nil {
		return errors.Join(err, f.Abort())
	}
	if err := f.f.Close(); err != nil {
		return errors.Join(fmt.Errorf("close: %w", err), f.dir.Remove(f.name))
	}
	return nil
}

// Close closes a file without making it durable and without removing it.
func (f *File) Close() error { return errors.Join(f.trim(), f.f.Close()) }

// Abort closes and removes the file.
func (f *File) Abort() error { return errors.Join(f.f.Close(), f.dir.Remove(f.name)) }

// WriteFile writes data as a new durable file; the directory is not synced yet. A half-written file is removed.
func (dir *Dir) WriteFile(name string, data []byte) error {
	f, err := dir.Create(name)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(fmt.Errorf("write: %w", err), f.Abort())
	}
	return f.Commit()
}

// OpenRegular opens a file for reading without following a link and without blocking on a FIFO; anything but a regular
// file is ErrNotRegular.
func (dir *Dir) OpenRegular(name string) (*os.File, error) {
	if err := plain(name); err != nil {
		return nil, err
	}
	f, err := dir.root.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// ErrNotRegular says that a name is no regular file.
var ErrNotRegular = errors.New("not a regular file")

// ErrBusy says that somebody has the file open for writing.
var ErrBusy = errors.New("file is open for writing")

// Unwritten proves that nobody has f open for writing, by taking and giving back a read lease (durability.md 1, fact m).
// ErrBusy if somebody has; nil also where the file system has no leases.
func Unwritten(f *os.File) error {
	_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	if errors.Is(err, unix.EAGAIN) {
		return ErrBusy
	}
	if err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_UNLCK)
	}
	if err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("lease: %w", err)
	}
	return nil
}

// SyncFile makes the bytes of a file durable that somebody else wrote: the descriptor may be open for reading only. After an
// error the bytes are lost and the file must not be trusted.
func (d *Disk) SyncFile(f *os.File) error {
	if err := d.Hook.Step("fsync", f.Sync); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// Punch deletes n bytes at off from a file for good and keeps its size: the blocks are given back, the edges are zeroed
// (durability.md 13). It may be repeated.
func (dir *Dir) Punch(name string, off, n int64) (err error) {
	f, err := dir.root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("punch: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	err = dir.disk.Hook.Step("punch", func() error {
		return unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, off, n)
	})
	if err != nil {
		return fmt.Errorf("punch: %w", err)
	}
	return dir.disk.SyncFile(f)
}

// Allocate reserves n bytes for the file and makes it that long, so that nobody else can take the room. On a file system that
// cannot reserve it does nothing.
func (f *File) Allocate(n int64) error {
	err := f.dir.disk.Hook.Step("allocate", func() error { return unix.Fallocate(int(f.f.Fd()), 0, 0, n) })
	if errors.Is(err, unix.EOPNOTSUPP) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("allocate: %w", err)
	}
	f.size.Store(n)
	return nil
}
