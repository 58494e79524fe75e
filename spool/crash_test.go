package spool_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/spool"
)

const (
	crashDrop   = amtshilfe.DropID("D261121-AAAAAAAAAA")
	crashBundle = amtshilfe.BundleID("B261121-AAAAAA")
	crashInbox  = amtshilfe.InboxID("I261121-AAAAAAAAAA")
)

// crashText is larger than one write.
var crashText = strings.Repeat("<a>0123456789</a>\n", 100_000)

// story is something that a process does and is killed in, before and after every durable step. prepare runs before, act in
// the child, check in the parent with a new spool; acked says that act had returned.
type story struct {
	name    string
	rule    spool.Completeness
	prepare func(t *testing.T, d *desk)
	act     func(s *spool.Spool) error
	check   func(t *testing.T, d *desk, acked bool)
}

func stories() []story {
	return []story{
		{"claim", spool.Marker, dropMarked(false), actClaim, checkClaim},
		{"claim of a linked file", spool.Marker, dropMarked(true), actClaim, checkClaim},
		{"upload", spool.Settle, nil, actUpload, checkUpload},
		{"waiting upload", spool.Settle, nil, actWaiting, checkWaiting},
		{"claim by rename", spool.Settle, dropPart, actRename, checkRename},
		{"bundle", spool.Settle, nil, actBundle, checkBundle},
		{"receipt and inbound", spool.Settle, nil, actOut, checkOut},
		{"segment", spool.Settle, nil, actSegment, checkSegment},
	}
}

// TestMain runs one story as a child that kills itself at the n-th point.
func TestMain(m *testing.M) {
	if name := os.Getenv("SPOOL_STORY"); name != "" {
		os.Exit(child(name, os.Getenv("SPOOL_DIR"), os.Getenv("SPOOL_POINT")))
	}
	os.Exit(m.Run())
}

func child(name, dir, point string) int {
	var n, armed atomic.Int64
	hook := func(durable.Point) {
		if armed.Load() == 1 && itoa(int(n.Add(1))) == point {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	for _, st := range stories() {
		if st.name != name {
			continue
		}
		s, err := spool.Open(spool.Options{DataDir: dir, Disk: durable.New(hook)})
		if err == nil {
			err = s.AddAccount("a", st.rule)
		}
		armed.Store(1)
		if err == nil {
			err = st.act(s)
		}
		if err != nil {
			os.Stderr.WriteString(err.Error())
			return 1
		}
	}
	return 0
}

func TestKilledAtEveryStep(t *testing.T) {
	for _, st := range stories() {
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			points := 0
			for acked := false; !acked; points++ {
				acked = killedAt(t, st, points+1)
				if t.Failed() {
					t.Fatalf("at point %d", points+1)
				}
			}
			if points < 5 {
				t.Errorf("only %d points: the hook is not called", points)
			}
			t.Logf("%d points", points-1)
		})
	}
}

// killedAt runs the story up to one point and checks what is left; true if it came to its end.
func killedAt(t *testing.T, st story, point int) bool {
	dir := memoryDir(t)
	prepareStory(t, st, dir)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SPOOL_STORY="+st.name, "SPOOL_DIR="+dir, "SPOOL_POINT="+itoa(point))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	forking.Lock()
	err := cmd.Start()
	forking.Unlock()
	if err == nil {
		err = cmd.Wait()
	}
	acked := err == nil
	var exit *exec.ExitError
	if !acked && (!errors.As(err, &exit) || exit.ExitCode() != -1) {
		t.Fatalf("child: %v: %s", err, stderr.String())
	}
	d := openDesk(t, dir, st.rule)
	st.check(t, d, acked)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return acked
}

// forking keeps the start of one story's child apart from what another prepares: between fork and exec a child holds the
// parent's open files too, and a drop that is being prepared would stay "open for writing" for that moment.
var forking sync.RWMutex

func prepareStory(t *testing.T, st story, dir string) {
	forking.RLock()
	defer forking.RUnlock()
	d := openDesk(t, dir, st.rule)
	if st.prepare != nil {
		st.prepare(t, d)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// memoryDir is a directory in memory if there is one: a kill sees the same there as on a disk, and faster (durability.md 1, i).
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "spool")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
