package spool_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"damtshilfe/spool"
)

func TestSettle(t *testing.T) {
	d := newDesk(t, spool.Settle)
	d.drop("a.xml", "one")
	check := func(name string, want ...string) {
		t.Helper()
		if got := d.scan(); !slices.Equal(got, want) {
			t.Errorf("%s: complete %q, want %q", name, got, want)
		}
	}
	check("one scan proves nothing")
	d.pass(4 * time.Second)
	check("nor do two that are too close")
	d.pass(time.Second)
	check("two scans far enough apart do", "a.xml")
	d.drop("a.xml", "longer")
	check("another size starts anew")
	d.pass(5 * time.Second)
	check("and settles again", "a.xml")
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(d.in("a.xml"), past, past); err != nil {
		t.Fatal(err)
	}
	check("another mtime starts anew, however old it is")
	d.pass(5 * time.Second)
	check("and settles", "a.xml")
	if err := os.Chmod(d.in("a.xml"), 0o600); err != nil {
		t.Fatal(err)
	}
	check("another ctime starts anew")
	write(t, d.path("other"), "longer")
	if err := os.Rename(d.path("other"), d.in("a.xml")); err != nil {
		t.Fatal(err)
	}
	d.pass(5 * time.Second)
	check("another inode starts anew")
	if err := os.Remove(d.in("a.xml")); err != nil {
		t.Fatal(err)
	}
	check("what is gone is forgotten")
	d.drop("a.xml", "longer")
	d.pass(5 * time.Second)
	check("and begins from the start")
	d.pass(-time.Hour)
	check("a clock that steps back only makes it wait")
	for _, name := range []string{"b.part", "b.filepart", "b.xml.PARTIAL", "b.tmp", ".b.xml"} {
		d.drop(name, "x")
	}
	d.pass(2 * time.Hour)
	d.scan()
	d.pass(time.Hour)
	check("temporary names never do", "a.xml")
}

func TestMarkerRules(t *testing.T) {
	at := time.Now().Add(-time.Hour)
	for _, tt := range []struct {
		name   string
		rule   spool.Completeness
		marker time.Duration // relative to its file; none = no marker
		take   bool
	}{
		{"a marker as old as its file counts", spool.Marker, 0, true},
		{"a younger one counts", spool.Marker, time.Second, true},
		{"an older one is left over and does not", spool.Marker, -time.Nanosecond, false},
		{"without a marker nothing settles", spool.Marker, none, false},
		{"a settling account takes a marked file at once", spool.Settle, time.Second, true},
		{"and does not trust an old marker either", spool.Settle, -time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, tt.rule)
			d.drop("a.xml", "x")
			if err := os.Chtimes(d.in("a.xml"), at, at); err != nil {
				t.Fatal(err)
			}
			if tt.marker != none {
				d.drop("a.xml.fertig", "")
				if err := os.Chtimes(d.in("a.xml.fertig"), at, at.Add(tt.marker)); err != nil {
					t.Fatal(err)
				}
			}
			got := d.candidates()
			if tt.rule == spool.Marker {
				got = d.settled()
			}
			if (len(got) == 1) != tt.take {
				t.Fatalf("complete: %d files, want take = %v", len(got), tt.take)
			}
			waiting, err := d.Waiting("a")
			if err != nil || tt.take != !slices.ContainsFunc(waiting, func(w spool.Waiting) bool { return w.Name == "a.xml" }) {
				t.Errorf("waiting: %+v, %v", waiting, err)
			}
			if !tt.take {
				return
			}
			if _, err := d.Take(got[0], d.id()); err != nil {
				t.Fatal(err)
			}
			gone(t, d.in("a.xml"))
			gone(t, d.in("a.xml.fertig"))
		})
	}
	t.Run("a directory is no marker", func(t *testing.T) {
		d := newDesk(t, spool.Marker)
		d.drop("a.xml", "x")
		if err := os.Mkdir(d.in("a.xml.fertig"), 0o700); err != nil {
			t.Fatal(err)
		}
		if got := d.scan(); len(got) != 0 {
			t.Errorf("complete: %q", got)
		}
	})
	t.Run("in a rename account a final name is complete", func(t *testing.T) {
		d := newDesk(t, spool.Rename)
		d.drop("a.xml.part", "x")
		if got := d.scan(); len(got) != 0 {
			t.Errorf("complete: %q", got)
		}
		if err := os.Rename(d.in("a.xml.part"), d.in("a.xml")); err != nil {
			t.Fatal(err)
		}
		if got := d.scan(); !slices.Equal(got, []string{"a.xml"}) {
			t.Errorf("complete: %q", got)
		}
	})
}

const none = time.Duration(1 << 62)

func TestHostileNames(t *testing.T) {
	d := newDesk(t, spool.Settle)
	files := []string{"a\nb.xml", "a\x1b[31m.xml", "a\xff\xfe.xml", strings.Repeat("ä", 127) + "x", "-rf", "a b;c`d`$(e)", "ü.xml", "%s%n", "*", "~"}
	for _, name := range files {
		d.drop(name, name)
	}
	write(t, d.path("secret"), "secret")
	odd := map[string]error{
		"dir":    os.Mkdir(d.in("dir"), 0o700),
		"full":   errors.Join(os.Mkdir(d.in("full"), 0o700), os.WriteFile(d.in("full/x"), nil, 0o600)),
		"link":   os.Symlink(d.path("secret"), d.in("link")),
		"loop":   os.Symlink("loop", d.in("loop")),
		"fifo":   syscall.Mkfifo(d.in("fifo"), 0o600),
		"socket": mksocket(d.in("socket")),
	}
	if len(d.candidates()) != 0 {
		t.Error("taken at first sight")
	}
	d.pass(5 * time.Second)
	list := d.candidates()
	if len(list) != len(files)+len(odd) {
		t.Errorf("complete: %d, want %d", len(list), len(files)+len(odd))
	}
	for _, c := range list {
		id := d.id()
		p, err := d.Take(c, id)
		if err != nil {
			t.Errorf("%q: %v", c.Name, err)
			continue
		}
		gone(t, d.in(c.Name))
		err, isOdd := odd[c.Name]
		if err != nil {
			t.Fatal(err)
		}
		if isOdd != (c.Kind == spool.NotAFile) || p.Kind != c.Kind {
			t.Errorf("%q: kind %v, payload %v", c.Name, c.Kind, p.Kind)
		}
		if !isOdd && d.stored(id) != c.Name {
			t.Errorf("%q: other bytes in the store", c.Name)
		}
		if isOdd {
			if _, err := d.OpenOriginal(id); err == nil {
				t.Errorf("%q: was opened", c.Name)
			}
			if again, err := d.Take(c, id); err != nil || again.Kind != spool.NotAFile {
				t.Errorf("%q: again %+v, %v", c.Name, again, err)
			}
			if err := d.RemoveOriginal(id); err != nil {
				t.Errorf("%q: remove: %v", c.Name, err)
			}
		}
	}
	if data, err := os.ReadFile(d.path("secret")); err != nil || string(data) != "secret" {
		t.Errorf("the link's target was touched: %q, %v", data, err)
	}
}

func mksocket(path string) error {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	// A path of a socket is short; go by way of the directory.
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return syscall.Bind(fd, &syscall.SockaddrUnix{Name: "/proc/self/fd/" + itoa(int(dir.Fd())) + "/" + filepath.Base(path)})
}
