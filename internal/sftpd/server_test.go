package sftpd_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

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
