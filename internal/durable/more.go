package durable

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SyncFile makes the bytes of a file durable that somebody else wrote: the descriptor may be open for reading only. After an
// error the bytes are lost and the file must not be trusted.
func (d *Disk) SyncFile(f *os.File) error {
	if err := d.Hook.Step("fsync", f.Sync); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// Replace moves from/fromName to dir/toName and replaces what is there: only for names whose content is always the same
// (receipts) or known to be lost (a damaged payload), never for print bundles. Not durable until both directories are synced.
func (dir *Dir) Replace(from *Dir, fromName, toName string) error {
	if err := plain(fromName, toName); err != nil {
		return err
	}
	err := dir.disk.Hook.Step("rename", func() error {
		return unix.Renameat2(int(from.self.Fd()), fromName, int(dir.self.Fd()), toName, 0)
	})
	if err != nil {
		return fmt.Errorf("replace: %w", err)
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
