package durable

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// reserveStep is how much room a growing file asks for at once, and reserveFrom from which size on: a full disk is noticed
// before the bytes arrive, large files stay in one piece, and small ones cost nothing (durability.md, finding 17).
const (
	reserveStep = 16 << 20
	reserveFrom = 1 << 20
)

// reserve asks for room up to the next step behind end. A file system that cannot is left to find out by itself.
func (f *File) reserve(end int64) error {
	if end < reserveFrom || end <= f.reserved.Load() {
		return nil
	}
	f.reserving.Lock()
	defer f.reserving.Unlock()
	from := max(f.reserved.Load(), f.size.Load()) // what was punched out before stays out
	to := (end + reserveStep - 1) / reserveStep * reserveStep
	if to <= from {
		return nil
	}
	err := unix.Fallocate(int(f.f.Fd()), unix.FALLOC_FL_KEEP_SIZE, from, to-from)
	if err != nil && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("reserve: %w", err)
	}
	f.reserved.Store(to)
	return nil
}

// trim gives back the room behind the last byte.
func (f *File) trim() error {
	if f.reserved.Load() <= f.size.Load() {
		return nil
	}
	if err := f.f.Truncate(f.size.Load()); err != nil {
		return fmt.Errorf("trim: %w", err)
	}
	f.reserved.Store(0)
	return nil
}
