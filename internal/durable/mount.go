package durable

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SetDirSync sets the directory flag DIRSYNC, so that a rename into the directory is durable before anybody can see it
// (durability.md 1, fact d). It says whether the flag is there afterwards: xfs and tmpfs refuse it.
func (dir *Dir) SetDirSync() (bool, error) {
	const dirSync = 0x00010000 // FS_DIRSYNC_FL
	fd := dir.self.Fd()
	var flags int32
	if err := ioctl(fd, unix.FS_IOC_GETFLAGS, &flags); err != nil {
		return false, ignoreUnsupported(err)
	}
	if flags&dirSync == 0 {
		set := flags | dirSync
		err := dir.disk.Hook.Step("setflags", func() error { return ioctl(fd, unix.FS_IOC_SETFLAGS, &set) })
		if err != nil {
			return false, ignoreUnsupported(err)
		}
	}
	if err := ioctl(fd, unix.FS_IOC_GETFLAGS, &flags); err != nil {
		return false, fmt.Errorf("read directory flags: %w", err)
	}
	return flags&dirSync != 0, nil
}

func ioctl(fd uintptr, request uint, flags *int32) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(unsafe.Pointer(flags))); errno != 0 {
		return errno
	}
	return nil
}

func ignoreUnsupported(err error) error {
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	return fmt.Errorf("directory flags: %w", err)
}

// MountID identifies the mount that holds the directory, unique until the next boot (STATX_MNT_ID_UNIQUE).
func (dir *Dir) MountID() (uint64, error) {
	const mntIDUnique = 0x00004000 // STATX_MNT_ID_UNIQUE, Linux 6.8
	var st unix.Statx_t
	if err := unix.Statx(int(dir.self.Fd()), "", unix.AT_EMPTY_PATH, mntIDUnique|unix.STATX_MNT_ID, &st); err != nil {
		return 0, fmt.Errorf("mount identity: %w", err)
	}
	return st.Mnt_id, nil
}

// BootID identifies the running boot of the kernel.
func BootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("boot identity: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Free says how many bytes an unprivileged process may still write on the directory's file system.
func (dir *Dir) Free() (int64, error) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(dir.self.Fd()), &st); err != nil {
		return 0, fmt.Errorf("free space: %w", err)
	}
	return int64(st.Bavail) * st.Bsize, nil
}
