package spool_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/spool"
)

// desk is a spool in a temporary directory with a clock of its own.
type desk struct {
	*spool.Spool
	t   testing.TB
	dir string

	mu  sync.Mutex
	now time.Time
}

func (d *desk) clock() time.Time { d.mu.Lock(); defer d.mu.Unlock(); return d.now }

func (d *desk) pass(by time.Duration) { d.mu.Lock(); defer d.mu.Unlock(); d.now = d.now.Add(by) }

// newDesk opens a spool with the account a.
func newDesk(t testing.TB, rule spool.Completeness) *desk {
	t.Helper()
	return openDesk(t, t.TempDir(), rule)
}

func openDesk(t testing.TB, dir string, rule spool.Completeness) *desk {
	t.Helper()
	d := &desk{t: t, dir: dir, now: time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC)}
	sp, err := spool.Open(spool.Options{DataDir: d.dir, Now: d.clock, Settle: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sp.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := sp.AddAccount("a", rule); err != nil {
		t.Fatal(err)
	}
	d.Spool = sp
	return d
}

func (d *desk) path(part ...string) string { return filepath.Join(append([]string{d.dir}, part...)...) }
func (d *desk) in(name string) string      { return d.path("accounts", "a", "in", name) }

// drop writes a file as a local program does, with a modification time far from now.
func (d *desk) drop(name, text string) {
	d.t.Helper()
	write(d.t, d.in(name), text)
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// scan gives the names of the complete files.
func (d *desk) scan() []string {
	d.t.Helper()
	var names []string
	for _, c := range d.candidates() {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}

func (d *desk) candidates() []spool.Candidate {
	d.t.Helper()
	list, err := d.Scan("a")
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}

// settled scans twice with enough time between, and gives what is complete.
func (d *desk) settled() []spool.Candidate {
	d.t.Helper()
	d.candidates()
	d.pass(5 * time.Second)
	return d.candidates()
}

func (d *desk) id() amtshilfe.DropID { return amtshilfe.NewDropID(d.clock()) }

// stored gives the bytes of a claimed file.
func (d *desk) stored(id amtshilfe.DropID) string {
	d.t.Helper()
	f, err := d.OpenOriginal(id)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(data)
}

func gone(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", filepath.Base(path), err)
	}
}

func wantError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestOpen(t *testing.T) {
	d := newDesk(t, spool.Settle)
	t.Run("the layout is private", func(t *testing.T) {
		for _, dir := range []string{"accounts/a/in", "accounts/a/out", ".partial", "store", "spool-staging", "print"} {
			info, err := os.Stat(d.path(dir))
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("%s: %v, %v", dir, info, err)
			}
		}
	})
	t.Run("a second process is kept out and told who holds it", func(t *testing.T) {
		_, err := spool.Open(spool.Options{DataDir: d.dir})
		wantError(t, "open", err, spool.ErrLocked)
		if err != nil && !strings.Contains(err.Error(), "process "+pid()) {
			t.Errorf("message without the holder: %v", err)
		}
	})
	t.Run("readers need no lock and change nothing", func(t *testing.T) {
		r, err := spool.OpenReadOnly(spool.Options{DataDir: d.dir})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if err := r.AddAccount("a", spool.Settle); err != nil {
			t.Fatal(err)
		}
		_, err = r.Take(spool.Candidate{Account: "a", Name: "x"}, d.id())
		wantError(t, "take", err, spool.ErrReadOnly)
		_, err = r.PublishOut("a", "x", func(io.Writer) error { return nil })
		wantError(t, "publish", err, spool.ErrReadOnly)
		_, err = r.NewUpload("a", "x")
		wantError(t, "upload", err, spool.ErrReadOnly)
		_, err = r.Sweep()
		wantError(t, "sweep", err, spool.ErrReadOnly)
	})
	t.Run("names that would lead elsewhere are refused", func(t *testing.T) {
		for _, name := range []string{"", "..", ".hidden", "a/b", "-x", "ä", strings.Repeat("x", 65)} {
			wantError(t, name, d.AddAccount(name, spool.Settle), spool.ErrName)
			_, err := d.AddProfile(name)
			wantError(t, name, err, spool.ErrName)
		}
		if err := d.AddAccount("b", "sidecar"); err == nil {
			t.Error("an unknown completeness was accepted")
		}
		if err := d.AddAccount("a", spool.Settle); err == nil {
			t.Error("an account was added twice")
		}
		_, err := d.Scan("nobody")
		wantError(t, "scan", err, spool.ErrNoAccount)
	})
}

func pid() string { return itoa(os.Getpid()) }

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
