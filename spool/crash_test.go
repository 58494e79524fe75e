package spool_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

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

func dropMarked(linked bool) func(*testing.T, *desk) {
	return func(t *testing.T, d *desk) {
		d.drop("a.xml", crashText)
		d.drop("a.xml.fertig", "")
		if linked {
			if err := os.Link(d.in("a.xml"), d.path("elsewhere")); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func dropPart(_ *testing.T, d *desk) { d.drop("a.part", crashText) }

func actClaim(s *spool.Spool) error {
	list, err := s.Scan("a")
	if err != nil || len(list) != 1 {
		return errors.Join(err, errors.New("want one candidate"))
	}
	p, err := s.Take(list[0], crashDrop)
	if err != nil {
		return err
	}
	if err := s.SyncTaken(list, []amtshilfe.DropID{crashDrop}); err != nil || !p.Copied {
		return err
	}
	return s.RemoveSource(list[0])
}

// checkClaim recovers as the pipeline does: by the row `claiming`, which was written before.
func checkClaim(t *testing.T, d *desk, _ bool) {
	c := spool.Candidate{Account: "a", Name: "a.xml", ModTime: claimedTime(t, d)}
	_, inSource := os.Lstat(d.in("a.xml"))
	_, inStore := os.Lstat(d.path("store", crashDrop.Dir(), string(crashDrop)+".orig"))
	if inSource != nil && inStore != nil {
		t.Fatal("the file is nowhere")
	}
	for _, path := range []string{d.in("a.xml"), d.path("store", crashDrop.Dir(), string(crashDrop)+".orig")} {
		if info, err := os.Lstat(path); err == nil {
			st := info.Sys().(*syscall.Stat_t)
			if _, linked := os.Lstat(d.path("elsewhere")); linked != nil || path == d.in("a.xml") {
				c.Device, c.Inode, c.Size = st.Dev, st.Ino, info.Size()
			}
			if string(must(os.ReadFile(path))) != crashText {
				t.Error("a place holds other bytes")
			}
		}
	}
	where, err := d.Find(c, crashDrop)
	if err != nil || where == spool.Nowhere {
		t.Fatalf("find: %v, %v", where, err)
	}
	p, err := d.Take(c, crashDrop)
	if err != nil || p.SHA256 != sha256.Sum256([]byte(crashText)) {
		t.Fatalf("take: %v", err)
	}
	if err := errors.Join(d.SyncTaken([]spool.Candidate{c}, []amtshilfe.DropID{crashDrop}), d.RemoveSource(c)); err != nil {
		t.Fatal(err)
	}
	gone(t, d.in("a.xml"))
	if list := d.scan(); len(list) > 0 {
		t.Errorf("there is a second drop: %q", list)
	}
}

func claimedTime(t *testing.T, d *desk) (at time.Time) {
	t.Helper()
	for _, path := range []string{d.in("a.xml"), d.path("store", crashDrop.Dir(), string(crashDrop)+".orig")} {
		if info, err := os.Lstat(path); err == nil {
			return info.ModTime()
		}
	}
	return at
}

func actUpload(s *spool.Spool) error {
	u, err := s.NewUpload("a", "a.xml")
	if err != nil {
		return err
	}
	if _, err := u.WriteAt([]byte(crashText), 0); err != nil {
		return err
	}
	c, err := u.Candidate()
	if err != nil {
		return err
	}
	if _, err := s.Take(c, crashDrop); err != nil {
		return err
	}
	return errors.Join(s.SyncTaken([]spool.Candidate{c}, []amtshilfe.DropID{crashDrop}), u.Discard())
}

func checkUpload(t *testing.T, d *desk, acked bool) {
	if _, err := d.Sweep(); err != nil {
		t.Fatal(err)
	}
	entries := must(os.ReadDir(d.path(".partial")))
	if len(entries) > 0 || len(must(os.ReadDir(d.in("")))) > 0 {
		t.Errorf("left behind: %v", entries)
	}
	where, err := d.Find(spool.Candidate{Account: "a", Name: "a.xml"}, crashDrop)
	if err != nil || acked && where != spool.Stored {
		t.Fatalf("find: %v, %v", where, err)
	}
	if where == spool.Stored && d.stored(crashDrop) != crashText {
		t.Error("the store holds other bytes")
	}
}

func actWaiting(s *spool.Spool) error {
	u, err := s.NewUpload("a", "a.part")
	if err != nil {
		return err
	}
	if _, err := u.WriteAt([]byte(crashText), 0); err != nil {
		return err
	}
	return u.Publish()
}

func checkWaiting(t *testing.T, d *desk, acked bool) {
	data, err := os.ReadFile(d.in("a.part"))
	switch {
	case err == nil && string(data) != crashText:
		t.Error("half a file is visible")
	case err != nil && (acked || !errors.Is(err, fs.ErrNotExist)):
		t.Error(err)
	}
}

func actRename(s *spool.Spool) error {
	c, err := s.RenameCandidate("a", "a.part", "a.xml")
	if err != nil {
		return err
	}
	if _, err := s.Take(c, crashDrop); err != nil {
		return err
	}
	return s.SyncTaken([]spool.Candidate{c}, []amtshilfe.DropID{crashDrop})
}

func checkRename(t *testing.T, d *desk, acked bool) {
	_, waiting := os.Lstat(d.in("a.part"))
	where, err := d.Find(spool.Candidate{Account: "a", Name: "a.xml"}, crashDrop)
	if err != nil || acked && where != spool.Stored {
		t.Fatalf("find: %v, %v", where, err)
	}
	if (waiting == nil) == (where == spool.Stored) {
		t.Errorf("want exactly one place: waiting %v, %v", waiting, where)
	}
	gone(t, d.in("a.xml"))
}

func actBundle(s *spool.Spool) error {
	if _, err := s.AddProfile("standard"); err != nil {
		return err
	}
	if _, err := s.StageBundle(crashBundle, letters); err != nil {
		return err
	}
	return s.PublishBundle("standard", crashBundle)
}

func checkBundle(t *testing.T, d *desk, acked bool) {
	if _, err := d.AddProfile("standard"); err != nil {
		t.Fatal(err)
	}
	where, err := d.BundleWhere("standard", crashBundle)
	if err != nil || acked && where != spool.InInbox {
		t.Fatalf("bundle is %v, %v", where, err)
	}
	if where == spool.Gone {
		if _, err := d.StageBundle(crashBundle, letters); err != nil {
			t.Fatal(err)
		}
	}
	if where != spool.InInbox {
		if err := d.PublishBundle("standard", crashBundle); err != nil {
			t.Fatal(err)
		}
	}
	files, err := d.HashBundle("standard", crashBundle, spool.InInbox)
	if err != nil || len(files) != 2 || files[0].SHA256 != sha256.Sum256([]byte("pdf")) {
		t.Errorf("published %v, %v", files, err)
	}
}

func actOut(s *spool.Spool) error {
	if _, err := s.PublishOut("a", "r.xml", writeString(crashText)); err != nil {
		return err
	}
	return s.WriteInbound(crashInbox, []byte(crashText))
}

func checkOut(t *testing.T, d *desk, acked bool) {
	data, err := os.ReadFile(d.path("accounts/a/out/r.xml"))
	if err == nil && string(data) != crashText || err != nil && acked {
		t.Errorf("receipt of %d bytes, %v", len(data), err)
	}
	in, err := d.ReadInbound(crashInbox, int64(len(crashText)), sha256.Sum256([]byte(crashText)))
	if err == nil && string(in) != crashText || err != nil && (acked || !errors.Is(err, fs.ErrNotExist)) {
		t.Errorf("inbound of %d bytes, %v", len(in), err)
	}
}

func actSegment(s *spool.Spool) error {
	g, err := s.CreateSegment(crashDrop)
	if err != nil {
		return err
	}
	if _, err := g.Write([]byte(crashText)); err != nil {
		return err
	}
	return g.Commit()
}

func checkSegment(t *testing.T, d *desk, acked bool) {
	read := func() error {
		_, err := d.ReadSegment(crashDrop, 0, int64(len(crashText)), sha256.Sum256([]byte(crashText)))
		return err
	}
	if err := read(); err != nil && acked {
		t.Error(err)
	}
	if err := errors.Join(actSegment(d.Spool), read()); err != nil {
		t.Errorf("open again: %v", err)
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
	before := openDesk(t, dir, st.rule)
	if st.prepare != nil {
		st.prepare(t, before)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SPOOL_STORY="+st.name, "SPOOL_DIR="+dir, "SPOOL_POINT="+itoa(point))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
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
