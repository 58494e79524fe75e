package sftpd_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"damtshilfe/spool"
)

func TestNamesThatWait(t *testing.T) {
	t.Run("a temporary name is claimed by its rename, once", func(t *testing.T) {
		for _, posix := range []bool{false, true} {
			for _, tmp := range []string{"a.xml.filepart", "a.xml.part", "a.xml.a1b2.partial", "a.xml.tmp", ".a.xml", "a.XML.PART"} {
				w := newWorld(t, spool.Settle)
				c := w.client(t)
				if err := put(c, "in/"+tmp, "hello"); err != nil {
					t.Fatal(err)
				}
				if left := w.left(t, "stadt-a"); w.total() != 0 || !slices.Equal(left, []string{tmp}) {
					t.Errorf("%s: claimed %d, waiting %q", tmp, w.total(), left)
				}
				rename := c.Rename
				if posix {
					rename = c.PosixRename
				}
				if err := rename("in/"+tmp, "in/a.xml"); err != nil {
					t.Fatal(err)
				}
				w.claimedOnce(t, "a.xml", "hello")
				if info, err := c.Stat("in/a.xml"); err != nil || info.Size() != 5 {
					t.Errorf("stat after rename: %v, %v", info, err)
				}
				if _, err := c.Stat("in/" + tmp); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("stat of the old name: %v", err)
				}
			}
		}
	})
	t.Run("a waiting name is never overwritten", func(t *testing.T) {
		w := newWorld(t, spool.Settle)
		c := w.client(t)
		for _, name := range []string{"in/a.part", "in/b.part"} {
			if err := put(c, name, name); err != nil {
				t.Fatal(err)
			}
		}
		wantRefusal(t, "upload over a waiting name", put(c, "in/a.part", "new"), "still waits")
		wantRefusal(t, "rename over a waiting name", c.Rename("in/b.part", "in/a.part"), "still waits")
		wantRefusal(t, "posix-rename over a waiting name", c.PosixRename("in/b.part", "in/a.part"), "still waits")
		if err := c.Rename("in/b.part", "in/c.part"); err != nil {
			t.Errorf("rename to another waiting name: %v", err)
		}
		if err := c.Remove("in/a.part"); err != nil {
			t.Errorf("remove of a waiting name: %v", err)
		}
		if left := w.left(t, "stadt-a"); !slices.Equal(left, []string{"c.part"}) {
			t.Errorf("left %q", left)
		}
	})
	t.Run("of two open uploads of a waiting name the second CLOSE fails", func(t *testing.T) {
		w := newWorld(t, spool.Settle)
		c := w.client(t)
		one, err1 := c.Create("in/a.part")
		two, err2 := c.Create("in/a.part")
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		one.Write([]byte("one"))
		two.Write([]byte("two"))
		if err := one.Close(); err != nil {
			t.Error(err)
		}
		wantRefusal(t, "second close", two.Close(), "still waits")
	})
	t.Run("a marker account keeps files until the scan takes them, and markers may come again", func(t *testing.T) {
		w := newWorld(t, spool.Marker)
		c := w.client(t)
		for _, name := range []string{"in/a.xml", "in/a.xml.fertig", "in/a.xml.fertig"} {
			if err := put(c, name, ""); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if left := w.left(t, "stadt-a"); !slices.Equal(left, []string{"a.xml", "a.xml.fertig"}) {
			t.Errorf("left %q", left)
		}
	})
	t.Run("a rename account refuses final names and says what to do", func(t *testing.T) {
		w := newWorld(t, spool.Rename)
		c := w.client(t)
		wantRefusal(t, "upload", put(c, "in/a.xml", "x"), "rename")
		if err := put(c, "in/a.xml.part", "hello"); err != nil {
			t.Fatal(err)
		}
		if err := c.Rename("in/a.xml.part", "in/a.xml"); err != nil {
			t.Fatal(err)
		}
		w.claimedOnce(t, "a.xml", "hello")
	})
}

func TestWhatIsRefused(t *testing.T) {
	w := newWorld(t, spool.Settle)
	w.publish(t, "r.xml", "receipt")
	outside := filepath.Join(w.dir, "outside")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(w.dir, "accounts/stadt-a/out/link.xml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(w.dir, filepath.Join(w.dir, "accounts/stadt-a/in/link")); err != nil {
		t.Fatal(err)
	}
	c := w.client(t)
	if err := put(c, "in/claimed.xml", "x"); err != nil {
		t.Fatal(err)
	}
	open := func(p string) error {
		f, err := c.Open(p)
		if err == nil {
			data, _ := io.ReadAll(f)
			f.Close()
			return fmt.Errorf("read %q", data)
		}
		return err
	}
	const denied = "permission denied" // the Go client keeps the code only, not the sentence
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"no way up for reading", open("../../outside"), "not exist"},
		{"no absolute path out", open("/etc/passwd"), "not exist"},
		{"no way up inside a path", open("out/../../../outside"), "not exist"},
		{"no link is followed", open("out/link.xml"), "not exist"},
		{"no directory below in/", put(c, "in/link/x", "x"), denied},
		{"no way to another account", open("/in/../../stadt-b/out/r.xml"), "not exist"},
		{"nothing is uploaded into the root", put(c, "a.xml", "x"), denied},
		{"nothing is uploaded into out/", put(c, "out/a.xml", "x"), denied},
		{"nothing is fetched from in/", open("in/claimed.xml"), denied},
		{"nothing leaves in/ by rename", c.Rename("in/claimed.xml", "out/claimed.xml"), denied},
		{"nothing enters in/ by rename", c.Rename("out/r.xml", "in/r.xml"), denied},
		{"a claimed file keeps its name", c.Rename("in/claimed.xml", "in/b.xml"), denied},
		{"a claimed file is not withdrawn", c.Remove("in/claimed.xml"), denied},
		{"a claimed file is not cut", c.Truncate("in/claimed.xml", 0), denied},
		{"a missing file is missing", c.Remove("in/none.xml"), "not exist"},
		{"no new directories", c.Mkdir("in/sub"), denied},
		{"in/ exists already", c.Mkdir("in"), "exists already"},
		{"no directory goes", c.RemoveDirectory("in"), denied},
		{"no symbolic links", c.Symlink("/etc/passwd", "in/x"), "not supported"},
		{"no hard links", c.Link("out/r.xml", "in/x"), "not supported"},
		{"no modes on directories", c.Chmod("in", 0o777), denied},
		{"control characters are named", put(c, "in/a\nb.xml", "x"), "control characters"},
		{"broken UTF-8 is named", put(c, "in/a\xff.xml", "x"), "not UTF-8"},
		{"256 bytes are too long", put(c, "in/"+strings.Repeat("x", 256), "x"), "longer than 255"},
		{"a long path is too long", put(c, "in/"+strings.Repeat("x/", 600), "x"), denied},
	} {
		t.Run(tt.name, func(t *testing.T) { wantRefusal(t, "answer", tt.err, tt.want) })
	}
	t.Run("255 bytes are not", func(t *testing.T) {
		name := strings.Repeat("ü", 127) + "x"
		if err := put(c, "in/"+name, "x"); err != nil {
			t.Fatal(err)
		}
		if got := w.got("stadt-a/" + name); len(got) != 1 {
			t.Errorf("claimed %d times", len(got))
		}
	})
	if got := w.total(); got != 2 {
		t.Errorf("claimed %d files, want 2", got)
	}
}
