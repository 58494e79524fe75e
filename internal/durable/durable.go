// Package durable is the only place of the project that writes, fsyncs, renames and removes files.
//
// Every effect is a numbered step: a Hook is called before and after it, so that a test can stop the process at each point
// (design 4, durability.md 1). The hook is a field of Disk; production passes nil.
//
// Names given to a Dir are single names without a slash; directories are opened below an os.Root, so that neither ".." nor
// a symbolic link leads outside. A failed write or fsync means that this inode is lost: the file is unlinked and has to be
// written anew from its source, never fsynced again (durability.md 4, finding 17).
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Point is one of the two sides of a step.
type Point struct {
	Op    string // "write", "fsync", "fsyncdir", "rename", "unlink", "commit", "socket" ...
	After bool   // false: the effect has not happened yet
}

// Hook is told of every point, from any goroutine. A test kills the process inside it.
type Hook func(Point)

// Step runs f between its two points. Ledger commits and socket writes go through it as well.
func (h Hook) Step(op string, f func() error) error {
	if h == nil {
		return f()
	}
	h(Point{op, false})
	err := f()
	h(Point{op, true})
	return err
}

// Disk performs the steps. The zero value works and has no hook.
type Disk struct {
	Hook Hook
	// testOnlyNoDirSync leaves out every fsync of a directory: the broken build that the power-cut test must catch.
	testOnlyNoDirSync bool
}

// New makes a Disk that tells hook of every step; hook may be nil.
func New(hook Hook) *Disk { return &Disk{Hook: hook} }

// TestOnlyNoDirSync makes a Disk that never fsyncs a directory. The power-cut test proves with it that it can fail.
func TestOnlyNoDirSync(hook Hook) *Disk { return &Disk{Hook: hook, testOnlyNoDirSync: true} }

// Dir is an open directory. Close it when done; operations on a closed Dir fail.
type Dir struct {
	root *os.Root
	self *os.File // the directory itself, for renameat2 and fsync
	disk *Disk
	name string // for errors only
}

// OpenDir opens a directory that must exist.
func (d *Disk) OpenDir(path string) (*Dir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	return d.dir(root, path)
}

// MakeDir creates path and what is missing above it (mode 0700), durably, and opens it.
func (d *Disk) MakeDir(path string) (*Dir, error) {
	path = filepath.Clean(path)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		parent, err := d.MakeDir(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		defer parent.Close()
		return parent.MakeSub(filepath.Base(path))
	}
	return d.OpenDir(path)
}

func (d *Disk) dir(root *os.Root, name string) (*Dir, error) {
	self, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open directory: %w", err), root.Close())
	}
	return &Dir{root: root, self: self, disk: d, name: name}, nil
}

// Close releases the directory.
func (dir *Dir) Close() error { return errors.Join(dir.self.Close(), dir.root.Close()) }

// Root gives read access below the directory.
func (dir *Dir) Root() *os.Root { return dir.root }

// Path is the directory's path as it was opened, for messages and child processes.
func (dir *Dir) Path() string { return dir.name }

// Sub opens a directory below dir; name may hold slashes.
func (dir *Dir) Sub(name string) (*Dir, error) {
	root, err := dir.root.OpenRoot(name)
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	return dir.disk.dir(root, filepath.Join(dir.name, name))
}

// MakeSub creates the directory name (slashes allowed) below dir if it is missing, mode 0700, durably, and opens it.
func (dir *Dir) MakeSub(name string) (*Dir, error) {
	at := dir
	for _, part := range strings.Split(filepath.ToSlash(filepath.Clean(name)), "/") {
		next, err := at.makeOne(part)
		if at != dir {
			at.Close()
		}
		if err != nil {
			return nil, err
		}
		at = next
	}
	return at, nil
}

func (dir *Dir) makeOne(name string) (*Dir, error) {
	err := dir.disk.Hook.Step("mkdir", func() error { return dir.root.Mkdir(name, 0o700) })
	switch {
	case err == nil:
		if err := dir.Sync(); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("make directory: %w", err)
	}
	return dir.Sub(name)
}

// Sync makes the directory's entries durable.
func (dir *Dir) Sync() error {
	if dir.disk.testOnlyNoDirSync {
		return nil
	}
	err := dir.disk.Hook.Step("fsyncdir", dir.self.Sync)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}

// Rename moves from/fromName to dir/toName and never replaces: fs.ErrExist if toName is there. It is not durable until
// both directories are synced, unless dir carries DIRSYNC.
func (dir *Dir) Rename(from *Dir, fromName, toName string) error {
	if err := plain(fromName, toName); err != nil {
		return err
	}
	err := dir.disk.Hook.Step("rename", func() error {
		return unix.Renameat2(int(from.self.Fd()), fromName, int(dir.self.Fd()), toName, unix.RENAME_NOREPLACE)
	})
	if err != nil {
		return fmt.Errorf("rename: %w", err)
	}
	return nil
}

// Remove unlinks a file (or an empty directory); a missing one is no error.
func (dir *Dir) Remove(name string) error {
	err := dir.disk.Hook.Step("unlink", func() error { return dir.root.Remove(name) })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove: %w", err)
	}
	return nil
}

// RemoveAll removes a directory and what is in it; a missing one is no error.
func (dir *Dir) RemoveAll(name string) error {
	err := dir.disk.Hook.Step("unlink", func() error { return dir.root.RemoveAll(name) })
	if err != nil {
		return fmt.Errorf("remove: %w", err)
	}
	return nil
}

// List gives the names in the directory, sorted.
func (dir *Dir) List() ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(dir.root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("list directory: %w", err)
	}
	return entries, nil
}

func plain(names ...string) error {
	for _, name := range names {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
			return fmt.Errorf("name %q: want one name without a slash", name)
		}
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
