package durable

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// behindStep is how much of a streamed file is handed to the disk at once.
const behindStep = 8 << 20

// Stream says that the file is written once, from front to back, with Write alone. What was written is handed to the disk while the
// next bytes come: Commit then waits for the end of the file only, and so do the commits of the ledger, which on ext4 wait for the
// data of all files. Behind the first keep bytes the kernel forgets what is on the disk: a large file would fill the page cache with
// what nobody reads soon, and fresh pages cost more CPU than all else that is done with the bytes.
func (f *File) Stream(keep int64) { f.streamed, f.keep = true, keep }

// behind hands full steps to the disk, and forgets the one before.
func (f *File) behind() error {
	if !f.streamed {
		return nil
	}
	fd := int(f.f.Fd())
	for ; f.begun+behindStep <= f.size.Load(); f.begun += behindStep {
		err := unix.SyncFileRange(fd, f.begun, behindStep, unix.SYNC_FILE_RANGE_WRITE)
		if last := f.begun - behindStep; err == nil && last >= f.keep {
			// A failed write shows here and then never again on this descriptor: it is the error of the file.
			if err = unix.SyncFileRange(fd, last, behindStep, unix.SYNC_FILE_RANGE_WAIT_BEFORE|unix.SYNC_FILE_RANGE_WRITE|unix.SYNC_FILE_RANGE_WAIT_AFTER); err == nil {
				_ = unix.Fadvise(fd, last, behindStep, unix.FADV_DONTNEED) // a hint
			}
		}
		if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ESPIPE) {
			f.streamed = false // a file system that cannot
			return nil
		}
		if err != nil {
			return fmt.Errorf("write behind: %w", err)
		}
	}
	return nil
}
