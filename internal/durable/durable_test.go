package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"damtshilfe/internal/durable"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open makes a directory with a Disk that writes down every point.
func open(t *testing.T) (dir *durable.Dir, path string, points *[]string) {
	t.Helper()
	path, points = t.TempDir(), &[]string{}
	disk := durable.New(func(p durable.Point) {
		op := p.Op
		if p.After {
			op = "/" + op
		}
		*points = append(*points, op)
	})
	dir, err := disk.OpenDir(path)
	must(t, err)
	t.Cleanup(func() { must(t, dir.Close()) })
	return dir, path, points
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}

// Each effect is told before and after it, in the order in which a crash would find them.
func TestHook(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(dir *durable.Dir) error
		want string
	}{
		{"a file is created, written, synced", func(d *durable.Dir) error { return d.WriteFile("a", []byte("x")) }, "create write fsync"},
		{"a file that is given up is unlinked", func(d *durable.Dir) error {
			f, err := d.Create("a")
			return errors.Join(err, f.Abort())
		}, "create unlink"},
		{"a directory is made durable level by level", func(d *durable.Dir) error {
			sub, err := d.MakeSub("a/b")
			return errors.Join(err, sub.Close())
		}, "mkdir fsyncdir mkdir fsyncdir"},
		{"a directory that is there is only looked at", func(d *durable.Dir) error {
			for range 2 {
				sub, err := d.MakeSub("a")
				if err := errors.Join(err, sub.Close()); err != nil {
					return err
				}
			}
			return nil
		}, "mkdir fsyncdir mkdir"},
		{"a rename and the syncs that make it last", func(d *durable.Dir) error {
			err := d.WriteFile("a", nil)
			return errors.Join(err, d.Rename(d, "a", "b"), d.Sync())
		}, "create write fsync rename fsyncdir"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, _, points := open(t)
			must(t, tt.do(dir))
			var begun []string
			for i, p := range *points {
				if i%2 == 0 {
					begun = append(begun, p)
				} else if p != "/"+(*points)[i-1] {
					t.Fatalf("points are not in pairs: %v", *points)
				}
			}
			if got := strings.Join(begun, " "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// Rename never replaces, Replace does.
func TestRename(t *testing.T) {
	dir, path, _ := open(t)
	must(t, errors.Join(dir.WriteFile("new", []byte("new")), dir.WriteFile("old", []byte("old"))))
	if err := dir.Rename(dir, "new", "old"); !errors.Is(err, fs.ErrExist) || read(t, filepath.Join(path, "old")) != "old" {
		t.Errorf("%v", err)
	}
	must(t, os.Mkdir(filepath.Join(path, "dir"), 0o700))
	if err := dir.Rename(dir, "new", "dir"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto an empty directory: %v", err)
	}
	if err := dir.Rename(dir, "nothing", "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
	must(t, dir.Replace(dir, "new", "old"))
	if read(t, filepath.Join(path, "old")) != "new" {
		t.Error("not replaced")
	}
}

// A name is one name: neither a path nor a link leads out of the directory.
func TestNames(t *testing.T) {
	dir, path, _ := open(t)
	outside := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(outside, []byte("secret"), 0o600))
	must(t, os.Symlink(outside, filepath.Join(path, "link")))
	must(t, os.Symlink(filepath.Dir(outside), filepath.Join(path, "dirlink")))
	must(t, dir.WriteFile("file", nil))
	for _, bad := range []string{"", ".", "..", "a/b", "../x", "/etc/passwd", "a\x00b"} {
		if f, err := dir.Create(bad); err == nil {
			must(t, f.Abort())
			t.Errorf("created %q", bad)
		}
		if f, err := dir.OpenRegular(bad); err == nil {
			must(t, f.Close())
			t.Errorf("opened %q", bad)
		}
		if f, err := dir.Append(bad); err == nil {
			must(t, f.Abort())
			t.Errorf("appended to %q", bad)
		}
		if errors.Join(dir.Rename(dir, "file", bad)) == nil || errors.Join(dir.Replace(dir, "file", bad)) == nil {
			t.Errorf("renamed to %q", bad)
		}
	}
	if f, err := dir.OpenRegular("link"); err == nil {
		must(t, f.Close())
		t.Error("a link was followed")
	}
	for _, bad := range []string{"dirlink", "..", "../" + filepath.Base(path)} {
		if sub, err := dir.Sub(bad); err == nil {
			must(t, sub.Close())
			t.Errorf("opened the directory %q", bad)
		}
	}
	if sub, err := dir.MakeSub("dirlink/x"); err == nil {
		must(t, sub.Close())
		t.Error("made a directory outside")
	}
	must(t, dir.Remove("link"))
	must(t, dir.RemoveAll("dirlink"))
	if read(t, outside) != "secret" {
		t.Error("the link's target was touched")
	}
}

// Only a regular file is opened, and nothing blocks on a FIFO that nobody writes to.
func TestOpenRegular(t *testing.T) {
	dir, path, _ := open(t)
	must(t, syscall.Mkfifo(filepath.Join(path, "fifo"), 0o600))
	must(t, os.Mkdir(filepath.Join(path, "dir"), 0o700))
	for _, name := range []string{"fifo", "dir"} {
		if f, err := dir.OpenRegular(name); !errors.Is(err, durable.ErrNotRegular) {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	if _, err := dir.OpenRegular("nothing"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// The lease proves that nobody writes.
func TestUnwritten(t *testing.T) {
	dir, path, _ := open(t)
	must(t, dir.WriteFile("a", []byte("x")))
	f, err := dir.OpenRegular("a")
	must(t, err)
	defer f.Close()
	must(t, durable.Unwritten(f))
	must(t, durable.Unwritten(f)) // it was given back
	writer, err := os.OpenFile(filepath.Join(path, "a"), os.O_WRONLY, 0)
	must(t, err)
	if err := durable.Unwritten(f); !errors.Is(err, durable.ErrBusy) {
		t.Errorf("while somebody writes: %v", err)
	}
	must(t, writer.Close())
	must(t, durable.Unwritten(f))
}

// A file ends by Commit or by Abort; a name that is taken is never written.
func TestFile(t *testing.T) {
	dir, path, _ := open(t)
	f, err := dir.Create("a")
	must(t, err)
	for _, s := range []string{"one ", "two"} {
		_, err := f.Write([]byte(s))
		must(t, err)
	}
	must(t, f.Commit())
	if f.Size() != 7 || read(t, filepath.Join(path, "a")) != "one two" {
		t.Errorf("%d bytes: %q", f.Size(), read(t, filepath.Join(path, "a")))
	}
	if _, err := dir.Create("a"); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	info, err := os.Stat(filepath.Join(path, "a"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	f, err = dir.Append("a")
	must(t, err)
	if f.Size() != 7 {
		t.Errorf("size before appending: %d", f.Size())
	}
	_, err = f.Write([]byte(" three"))
	must(t, errors.Join(err, f.Commit()))
	if read(t, filepath.Join(path, "a")) != "one two three" {
		t.Error(read(t, filepath.Join(path, "a")))
	}
	f, err = dir.Create("b")
	must(t, err)
	must(t, f.Abort())
	if list, err := dir.List(); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	must(t, dir.Remove("nothing")) // missing is what was wanted
}

// What is deleted from the middle of a file is gone, and the rest stays where it is.
func TestPunch(t *testing.T) {
	dir, path, _ := open(t)
	must(t, dir.WriteFile("a", []byte(strings.Repeat("a", 5000)+strings.Repeat("b", 5000)+strings.Repeat("c", 5000))))
	for range 2 {
		must(t, dir.Punch("a", 5000, 5000))
	}
	want := strings.Repeat("a", 5000) + strings.Repeat("\x00", 5000) + strings.Repeat("c", 5000)
	if read(t, filepath.Join(path, "a")) != want {
		t.Error("other bytes than the hole were changed, or the hole was not")
	}
}

// The flag that makes a rename durable before it is seen is set where the file system has it, and can be set again.
func TestDirSync(t *testing.T) {
	dir, _, points := open(t)
	first, err := dir.SetDirSync()
	must(t, err)
	again, err := dir.SetDirSync()
	if err != nil || again != first {
		t.Errorf("%v, then %v, %v", first, again, err)
	}
	if set := slices.Contains(*points, "setflags"); first != set && first {
		t.Error("the flag was there before")
	}
	must(t, dir.WriteFile("a", nil))
}

// Identity of boot and mount: the same for every directory of this test, and not empty.
func TestIdentity(t *testing.T) {
	dir, _, _ := open(t)
	sub, err := dir.MakeSub("sub")
	must(t, err)
	defer sub.Close()
	a, err := dir.MountID()
	must(t, err)
	b, err := sub.MountID()
	boot, bootErr := durable.BootID()
	if err := errors.Join(err, bootErr); err != nil || a != b || a == 0 || len(boot) != 36 {
		t.Errorf("%d, %d, %q, %v", a, b, boot, err)
	}
	if free, err := dir.Free(); err != nil || free <= 0 {
		t.Errorf("%d, %v", free, err)
	}
}

// The broken build that the power-cut test must catch syncs files, and no directory.
func TestNoDirSync(t *testing.T) {
	var ops []string
	dir, err := durable.TestOnlyNoDirSync(func(p durable.Point) { ops = append(ops, p.Op) }).OpenDir(t.TempDir())
	must(t, err)
	defer dir.Close()
	must(t, errors.Join(dir.WriteFile("a", nil), dir.Sync()))
	if slices.Contains(ops, "fsyncdir") || !slices.Contains(ops, "fsync") {
		t.Error(ops)
	}
}
