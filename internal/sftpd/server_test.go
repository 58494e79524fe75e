package sftpd_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"go.uber.org/goleak"
	"golang.org/x/crypto/ssh"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/sftpd"
	"damtshilfe/spool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wantRefusal demands an error that carries the server's sentence.
func wantRefusal(t *testing.T, what string, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %v, want %q", what, err, text)
	}
}

func TestUploadIsClaimedAtClose(t *testing.T) {
	w := newWorld(t, spool.Settle)
	c := w.client(t)
	f, err := c.Create("in/a.xml")
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("hello"))
	if got := w.total(); got != 0 {
		t.Errorf("claimed before CLOSE: %d", got)
	}
	if list, err := c.ReadDir("in"); err != nil || len(list) != 0 {
		t.Errorf("in/ shows %d files of an open upload, %v", len(list), err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != 5 {
		t.Errorf("fstat of the open upload: %v, %v", info, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	w.claimedOnce(t, "a.xml", "hello")
	info, err := c.Stat("in/a.xml")
	if err != nil || info.Size() != 5 {
		t.Errorf("stat after the claim: %v, %v", info, err)
	}
	if list, err := c.ReadDir("in"); err != nil || len(list) != 0 {
		t.Errorf("in/ lists a claimed file: %d, %v", len(list), err)
	}
	if st := w.server.Stats(); st.Finished != 1 || st.Failed != 0 || st.Uploads != 0 || st.Conns != 1 {
		t.Errorf("stats: %+v", st)
	}
}

func TestMemoryFades(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	w := newWorld(t, spool.Settle, func(o *sftpd.Options) { o.Now = clock })
	c := w.client(t)
	if err := put(c, "in/a.xml", "hello"); err != nil {
		t.Fatal(err)
	}
	set := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	if err := c.Chtimes("in/a.xml", set, set); err != nil {
		t.Fatal(err)
	}
	if info, err := c.Lstat("in/a.xml"); err != nil || !info.ModTime().Equal(set) {
		t.Errorf("lstat: %v, %v", info, err)
	}
	mu.Lock()
	now = now.Add(15 * time.Minute)
	mu.Unlock()
	if _, err := c.Stat("in/a.xml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat after 15 minutes: %v, want not exist", err)
	}
	if err := c.Chtimes("in/a.xml", set, set); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("setstat after 15 minutes: %v, want not exist", err)
	}
}

func TestBrokenUploads(t *testing.T) {
	t.Run("a hole is refused and leaves nothing", func(t *testing.T) {
		w := newWorld(t, spool.Settle)
		c := w.client(t)
		f, err := c.Create("in/a.xml")
		if err != nil {
			t.Fatal(err)
		}
		f.WriteAt([]byte("head"), 0)
		f.WriteAt([]byte("tail"), 100)
		wantRefusal(t, "close", f.Close(), "hole")
		if w.total() != 0 || len(w.left(t, "stadt-a")) != 0 {
			t.Errorf("claimed %d, left %q", w.total(), w.left(t, "stadt-a"))
		}
	})
	t.Run("a resumed upload has a hole at its start", func(t *testing.T) {
		w := newWorld(t, spool.Settle)
		f, err := w.client(t).OpenFile("in/a.xml", os.O_WRONLY|os.O_CREATE|os.O_APPEND)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteAt([]byte("tail"), 10)
		wantRefusal(t, "close", f.Close(), "hole")
	})
	t.Run("a dropped connection leaves nothing", func(t *testing.T) {
		w := newWorld(t, spool.Settle)
		conn := w.dial(t)
		c, err := sftp.NewClient(conn)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"in/a.xml", "in/b.part"} {
			f, err := c.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			f.Write([]byte("half"))
		}
		conn.Conn.Close()
		w.waitFor(t, func(st sftpd.Stats) bool { return st.Uploads == 0 })
		if w.total() != 0 || len(w.left(t, "stadt-a")) != 0 {
			t.Errorf("claimed %d, left %q", w.total(), w.left(t, "stadt-a"))
		}
	})
	t.Run("a session that ends without CLOSE leaves nothing", func(t *testing.T) {
		w := newWorld(t, spool.Settle)
		conn := w.dial(t)
		session, in, out := rawSession(t, conn)
		c, err := sftp.NewClientPipe(out, in)
		if err != nil {
			t.Fatal(err)
		}
		f, err := c.Create("in/a.xml")
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte("half"))
		session.Close()
		w.waitFor(t, func(st sftpd.Stats) bool { return st.Uploads == 0 })
		if w.total() != 0 || len(w.left(t, "stadt-a")) != 0 {
			t.Errorf("claimed %d, left %q", w.total(), w.left(t, "stadt-a"))
		}
		c.Close()
	})
	t.Run("a file over the limit is refused and leaves nothing", func(t *testing.T) {
		w := newWorld(t, spool.Settle, func(o *sftpd.Options) { o.Limits.MaxUpload = 1000 })
		f, err := w.client(t).Create("in/a.xml")
		if err != nil {
			t.Fatal(err)
		}
		f.Write(make([]byte, 900))
		_, err = f.Write(make([]byte, 101))
		wantRefusal(t, "write", err, "larger than 1000 bytes")
		wantRefusal(t, "close", f.Close(), "larger than 1000 bytes")
		if w.total() != 0 || len(w.left(t, "stadt-a")) != 0 {
			t.Errorf("claimed %d, left %q", w.total(), w.left(t, "stadt-a"))
		}
	})
	t.Run("a claim that fails is a failed CLOSE without details", func(t *testing.T) {
		w := newWorld(t, spool.Settle)
		w.fail = errors.New("disk /secret/path is full")
		err := put(w.client(t), "in/a.xml", "hello")
		wantRefusal(t, "close", err, "try again later")
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the client was told %q", err)
		}
		if left := w.left(t, "stadt-a"); len(left) > 0 {
			t.Errorf("left %q", left)
		}
	})
}

func rawSession(t *testing.T, conn *ssh.Client) (*ssh.Session, io.WriteCloser, io.Reader) {
	t.Helper()
	session, err := conn.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	in, err := session.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.RequestSubsystem("sftp"); err != nil {
		t.Fatal(err)
	}
	return session, in, out
}

// waitFor looks at the server's counters until they are as wanted.
func (w *world) waitFor(t *testing.T, ok func(sftpd.Stats) bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !ok(w.server.Stats()); {
		if time.Now().After(end) {
			t.Fatalf("server did not come to rest: %+v", w.server.Stats())
		}
		time.Sleep(time.Millisecond)
	}
}

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

func TestTwoUploadsOfOneNameAreTwoClaims(t *testing.T) {
	w := newWorld(t, spool.Settle)
	c, d := w.client(t), w.client(t)
	one, err1 := c.Create("in/a.xml")
	two, err2 := d.Create("in/a.xml")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	one.Write([]byte("one"))
	two.Write([]byte("two"))
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Fatal(err)
	}
	got := w.got("stadt-a/a.xml")
	slices.Sort(got)
	if !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("claimed %q", got)
	}
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

func TestListingIsCompleteUnderConcurrentReaddir(t *testing.T) {
	w := newWorld(t, spool.Settle)
	for i := range 350 {
		w.publish(t, fmt.Sprintf("r%03d.xml", i), "x")
	}
	c := w.client(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			list, err := c.ReadDir("out")
			if err != nil || len(list) != 350 {
				t.Errorf("listing: %d names, %v", len(list), err)
			}
		})
	}
	wg.Wait()
}

func TestLogin(t *testing.T) {
	w := newWorld(t, spool.Settle, func(o *sftpd.Options) { o.Limits.MaxSessions = 2; o.Limits.MaxHandles = 3 })
	stranger, _ := newKey(t, t.TempDir(), "stranger")
	for _, tt := range []struct {
		name, user string
		keys       []ssh.Signer
		ok         bool
	}{
		{"the account's key opens it", "stadt-a", []ssh.Signer{w.signer}, true},
		{"a foreign key before it does no harm", "stadt-a", []ssh.Signer{stranger, w.signer}, true},
		{"a foreign key does not", "stadt-a", []ssh.Signer{stranger}, false},
		{"the key opens no other account", "stadt-b", []ssh.Signer{w.signer}, false},
		{"nor one that does not exist", "root", []ssh.Signer{w.signer}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := w.dialAs(tt.user, tt.keys...)
			if (err == nil) != tt.ok {
				t.Errorf("login: %v", err)
			}
			if err == nil {
				c.Close()
			}
		})
	}
	t.Run("passwords are not offered", func(t *testing.T) {
		_, err := ssh.Dial("tcp", w.addr, &ssh.ClientConfig{User: "stadt-a", Auth: []ssh.AuthMethod{ssh.Password("x")}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
		if err == nil {
			t.Error("a password opened the account")
		}
	})
	conn := w.dial(t)
	t.Run("no commands, no forwarding", func(t *testing.T) {
		s, err := conn.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Run("id"); err == nil {
			t.Error("a command ran")
		}
		if _, err := conn.Dial("tcp", w.addr); err == nil {
			t.Error("a connection was forwarded")
		}
		if _, err := conn.Listen("tcp", "127.0.0.1:0"); err == nil {
			t.Error("a port was forwarded")
		}
	})
	t.Run("sessions and handles are counted", func(t *testing.T) {
		c, err := sftp.NewClient(conn)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		second, err := conn.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		if _, err := conn.NewSession(); err == nil {
			t.Error("a third session was accepted")
		}
		var files []*sftp.File
		for i := range 3 {
			f, err := c.Create("in/" + number(i))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		_, err = c.Create("in/4")
		wantRefusal(t, "fourth handle", err, "too many open files")
		for _, f := range files {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := put(c, "in/4", "x"); err != nil {
			t.Errorf("handles are not given back: %v", err)
		}
	})
}

func TestConnectionLimits(t *testing.T) {
	w := newWorld(t, spool.Settle, func(o *sftpd.Options) {
		o.Limits.MaxPerIP = 2
		o.Limits.Handshake = time.Second
	})
	var silent []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", w.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		silent = append(silent, c)
	}
	w.waitFor(t, func(st sftpd.Stats) bool { return st.Conns == 2 })
	if c, err := w.dialAs("stadt-a", w.signer); err == nil {
		c.Close()
		t.Error("a third connection from one address was served")
	}
	// Whoever does not log in loses the place.
	for _, c := range silent {
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Errorf("silent connection: %v", err)
		}
	}
	w.waitFor(t, func(st sftpd.Stats) bool { return st.Conns == 0 })
	if err := put(w.client(t), "in/a.xml", "x"); err != nil {
		t.Error(err)
	}
}

func TestIdleConnectionIsClosed(t *testing.T) {
	w := newWorld(t, spool.Settle, func(o *sftpd.Options) { o.Limits.Idle = 100 * time.Millisecond })
	conn := w.dial(t)
	done := make(chan error, 1)
	go func() { done <- conn.Wait() }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("an idle connection stays open")
	}
}

func TestCloseLetsUploadsEnd(t *testing.T) {
	w := newWorld(t, spool.Settle)
	c := w.client(t)
	f, err := c.Create("in/a.xml")
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte("hello"))
	closed := make(chan error, 1)
	go func() {
		ctx, cancel := contextSeconds(5)
		defer cancel()
		closed <- w.server.Close(ctx)
	}()
	for { // until the server has begun to close
		if err := put(c, "in/b.part", "x"); err != nil {
			wantRefusal(t, "new upload while stopping", err, "stopping")
			break
		}
		if err := c.Remove("in/b.part"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Errorf("CLOSE while the server stops: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	w.claimedOnce(t, "a.xml", "hello")
}

func TestFourSessionsAtOnce(t *testing.T) {
	w := newWorld(t, spool.Settle)
	const sessions, files = 4, 50
	var wg sync.WaitGroup
	for s := range sessions {
		c := w.client(t)
		wg.Go(func() {
			for i := range files {
				if err := put(c, fmt.Sprintf("in/%d-%d.xml", s, i), strings.Repeat("x", 8000)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := w.total(); got != sessions*files {
		t.Errorf("claimed %d, want %d", got, sessions*files)
	}
	if left := w.left(t, "stadt-a"); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

func TestKeys(t *testing.T) {
	dir := t.TempDir()
	d, err := durable.New(nil).OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for range 2 { // the second time keeps the first key
		if err := sftpd.MakeHostKey(d, "host"); err != nil {
			t.Fatal(err)
		}
	}
	host, err := sftpd.ReadHostKey(filepath.Join(dir, "host"))
	if err != nil {
		t.Fatal(err)
	}
	line := string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(host.PublicKey())))
	for _, tt := range []struct {
		name, text string
		keys       int
	}{
		{"two keys, comments and blank lines", "# stadt-a\n" + line + " one\n\n" + line + "\n# end\n", 2},
		{"options are refused", `from="10.0.0.1" ` + line, 0},
		{"an empty file is refused", "# nothing\n", 0},
		{"a private key is refused", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0},
		{"rubbish behind a key is refused", line + "\nrubbish\n", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, "keys")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			keys, err := sftpd.ReadKeys(path)
			if len(keys) != tt.keys || (err == nil) != (tt.keys > 0) {
				t.Errorf("ReadKeys = %d keys, %v", len(keys), err)
			}
		})
	}
	if err := os.Chmod(filepath.Join(dir, "host"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := sftpd.ReadHostKey(filepath.Join(dir, "host")); err == nil {
		t.Error("a host key that anybody may read was accepted")
	}
}
