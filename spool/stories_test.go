package spool_test

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/spool"
)

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
	_, err := s.WriteInbound(crashInbox, writeString(crashText))
	return err
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
