package sftpd_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"damtshilfe/internal/sftpd"
	"damtshilfe/spool"
)

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
