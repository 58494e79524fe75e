package xta_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// serve runs the server on a socket of its own, as in production, with this patience for slow senders.
func (w *world) serve(patience time.Duration) (addr string) {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(w.t, err)
	w.server.SetPatience(patience)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.server.Serve(ctx, l, serverTLS(w.serverCert, w.ca.pool)) }()
	w.t.Cleanup(func() { stop(); <-ended })
	w.url = "https://" + l.Addr().String()
	return l.Addr().String()
}

// attack is one connection of somebody with a valid certificate.
type attack struct {
	*tls.Conn
	t *testing.T
}

func (w *world) attack(t *testing.T, addr string, cert tls.Certificate) attack {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: w.ca.pool})
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	check(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	return attack{conn, t}
}

// head writes the head of a request; the body is the attacker's.
func (a attack) head(path, contentType string, length int64, more ...string) {
	fmt.Fprintf(a, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n", path, contentType, length, strings.Join(more, ""))
}

// fill writes n bytes, or as many as are taken.
func (a attack) fill(n int64) {
	_, _ = io.CopyN(a, zeros{}, n)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// answer gives status and body, 0 if the connection ends without one.
func (a attack) answer() (status int, body string) {
	resp, err := http.ReadResponse(bufio.NewReader(a), nil)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

// peakHeap is the most memory in use while f runs, over what was in use before.
func peakHeap(f func()) int64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, ended := make(chan bool), make(chan int64)
	go func() {
		var most int64
		for {
			select {
			case <-stop:
				ended <- most
				return
			case <-time.After(5 * time.Millisecond):
				runtime.ReadMemStats(&now)
				most = max(most, int64(now.HeapInuse)-int64(before.HeapInuse))
			}
		}
	}()
	f()
	close(stop)
	return <-ended
}

// TestHostileRequestsDoNotDisturbTheNeighbour: each gets its fault or is cut off, the memory stays bounded, and another client's
// sends go through meanwhile.
func TestHostileRequestsDoNotDisturbTheNeighbour(t *testing.T) {
	w := newWorld(t)
	w.records = nil
	const patience = 400 * time.Millisecond
	addr := w.serve(patience)
	neighbour := w.client(w.authorCert)
	var running sync.WaitGroup
	stop := make(chan bool)
	var sends int
	var slowest time.Duration
	running.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				begun := time.Now()
				w.send(neighbour, "<nachbar/>")
				sends, slowest = sends+1, max(slowest, time.Since(begun))
			}
		}
	})
	t.Cleanup(func() {
		close(stop)
		running.Wait()
		if sends < 5 || slowest > 3*time.Second {
			t.Errorf("the neighbour sent %d messages, the slowest in %v", sends, slowest)
		}
	})
	include := order(w.issue(), "PGEvPg==", `<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a"/>`)
	start := partOf("root", include) + "--b\r\nContent-ID: <a>\r\n\r\n"
	elements := envelope(addressing(checkAccount), strings.Repeat("<a/>", 90_000))
	for _, tt := range []struct {
		name   string
		do     func(a attack)
		status int
		want   string
		within time.Duration // 0 = however long it takes
		many   bool          // many bytes: left out when it must be short
	}{
		{"a header of 100 MB", func(a attack) {
			fmt.Fprint(a, "POST /xta/send HTTP/1.1\r\nHost: localhost\r\nX: ")
			a.fill(100 << 20)
		}, 431, "", 0, false},
		{"a part of 100 MB", func(a attack) {
			a.head("/xta/send", mtom, 100<<20)
			fmt.Fprint(a, start)
			a.fill(100 << 20)
		}, 500, "<code>9023</code>", 0, true},
		{"a part of 42 MB", func(a attack) {
			const size = 42 << 20
			a.head("/xta/send", mtom, int64(len(start))+size+9)
			fmt.Fprint(a, start)
			a.fill(size)
			fmt.Fprint(a, "\r\n--b--\r\n")
		}, 500, "<code>9023</code>", 0, true},
		{"an envelope of 50 MB", func(a attack) {
			a.head("/xta/send", soapType, 50<<20)
			fmt.Fprint(a, "<a>")
			a.fill(50 << 20)
		}, 500, "<code>9023</code>", 0, true},
		{"base64 of 60 MB", func(a attack) {
			a.head("/xta/send", soapType, 60<<20)
			before, _, _ := strings.Cut(order("urn:x"), "PGEvPg==")
			fmt.Fprint(a, before)
			a.fill(60 << 20)
		}, 500, "<code>9023</code>", 0, true},
		{"a head of a part of 30 MB", func(a attack) {
			a.head("/xta/send", mtom, 30<<20)
			fmt.Fprint(a, "--b\r\nX: ")
			a.fill(30 << 20)
		}, 500, "bad part header", 0, true},
		{"a preamble of 30 MB", func(a attack) {
			a.head("/xta/send", mtom, 30<<20)
			a.fill(30 << 20)
		}, 500, "no delimiter", 0, true},
		{"90 000 elements", func(a attack) {
			a.head("/xta/management", soapType, int64(len(elements)))
			fmt.Fprint(a, elements)
		}, 500, "<code>9012</code>", 0, false},
		{"a body that never comes", func(a attack) { a.head("/xta/send", mtom, 1000) }, 400, "", 5 * patience, false},
		{"a body of a byte now and then", func(a attack) {
			a.head("/xta/send", mtom, 1<<20)
			for range 20 {
				if _, err := a.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(patience / 8)
			}
		}, 400, "", 10 * patience, false},
		{"a header of a byte now and then", func(a attack) {
			for _, c := range "POST /xta/send HTTP/1.1\r\n" {
				if _, err := fmt.Fprintf(a, "%c", c); err != nil {
					return
				}
				time.Sleep(patience / 8)
			}
		}, 400, "", 10 * patience, false},
		{"less than was announced", func(a attack) {
			a.head("/xta/send", mtom, 1<<20)
			fmt.Fprint(a, start)
			check(a.t, a.CloseWrite())
		}, 400, "", 0, false},
		{"more than was announced", func(a attack) {
			body := start + "\r\n--b--"
			a.head("/xta/send", mtom, int64(len(body)-20), "Connection: close\r\n")
			fmt.Fprint(a, body)
		}, 500, "cut off", 0, false},
		{"gzip", func(a attack) { a.head("/xta/send", mtom, 0, "Content-Encoding: gzip\r\n") }, 415, "", 0, false},
		{"two lengths", func(a attack) { a.head("/xta/send", mtom, 5, "Content-Length: 6\r\n") }, 400, "", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.many && testing.Short() {
				t.Skip("many bytes")
			}
			begun := time.Now()
			var status int
			var body string
			most := peakHeap(func() {
				a := w.attack(t, addr, w.strangerCert)
				go tt.do(a)
				status, body = a.answer()
			})
			if status != tt.status || !strings.Contains(body, tt.want) {
				t.Errorf("%d %.800s, want %d %q", status, body, tt.status, tt.want)
			}
			if took := time.Since(begun); tt.within > 0 && took > tt.within {
				t.Errorf("took %v", took)
			}
			if most > 32<<20 {
				t.Errorf("%d MB more memory", most>>20)
			}
		})
	}
	if left := files(t, w.path, ".tray"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestSlowLargeSendersLeaveRoom: whoever holds all of its turns with large messages that do not end waits for itself alone.
func TestSlowLargeSendersLeaveRoom(t *testing.T) {
	w := newWorld(t)
	w.records = nil
	addr := w.serve(20 * time.Second)
	for range 12 { // more than one certificate may have
		a := w.attack(t, addr, w.strangerCert)
		a.head("/xta/send", mtom, 10<<20)
		fmt.Fprint(a, "--b\r\n")
	}
	time.Sleep(50 * time.Millisecond)
	begun := time.Now()
	w.send(w.client(w.authorCert), strings.Repeat("x", 1<<20))
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("another's large message took %v", took)
	}
}

// TestLargerThanAnnounced: the size of a content is a promise.
func TestLargerThanAnnounced(t *testing.T) {
	w := newWorld(t)
	for size, code := range map[string]string{"4": "", "3": "9022", "5": "", "x": "", "": ""} {
		status, b := w.answerOf("/xta/send", order(w.issue(), `contentType="application/xml"`, `contentType="application/xml" size="`+size+`"`))
		if code == "" && status != 200 || code != "" && !strings.Contains(b, "<code>"+code+"</code>") {
			t.Errorf("size %q of four bytes: %d %s", size, status, b)
		}
	}
}

// TestManyLargeEnvelopesWaitForEachOther: what reading them takes is bounded for all together.
func TestManyLargeEnvelopesWaitForEachOther(t *testing.T) {
	w := newWorld(t)
	w.records = nil
	doc := []byte(envelope(addressing(checkAccount), strings.Repeat("<a/>", 90_000)))
	if testing.Short() {
		t.Skip("many elements")
	}
	most := peakHeap(func() {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { _, _ = io.Copy(io.Discard, w.post("/xta/management", soapType, bytes.Clone(doc)).Body) })
		}
		all.Wait()
	})
	t.Logf("%d MB more memory", most>>20)
	if most > 96<<20 {
		t.Errorf("%d MB more memory", most>>20)
	}
}
