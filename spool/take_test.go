package spool_test

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/spool"
)

func itoa(n int) string { return strconv.Itoa(n) }

// one drops a.xml and gives its candidate.
func (d *desk) one(text string) spool.Candidate {
	d.t.Helper()
	d.drop("a.xml", text)
	list := d.settled()
	if len(list) != 1 {
		d.t.Fatalf("complete: %d files", len(list))
	}
	return list[0]
}

// bare is what the ledger keeps of a candidate.
func bare(c spool.Candidate) spool.Candidate {
	return spool.Candidate{Account: c.Account, Name: c.Name, Device: c.Device, Inode: c.Inode, Size: c.Size, ModTime: c.ModTime}
}

func (d *desk) find(c spool.Candidate, id amtshilfe.DropID, want spool.Where) {
	d.t.Helper()
	got, err := d.Find(c, id)
	if err != nil || got != want {
		d.t.Errorf("find: %v, %v, want %v", got, err, want)
	}
}

func TestTake(t *testing.T) {
	t.Run("a file moves into the store", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		c, id := d.one("hello"), d.id()
		d.find(bare(c), id, spool.InSource)
		p, err := d.Take(c, id)
		if err != nil {
			t.Fatal(err)
		}
		want := spool.Payload{Size: 5, SHA256: sha256.Sum256([]byte("hello")), ModTime: c.ModTime}
		if p.Size != want.Size || p.SHA256 != want.SHA256 || !p.ModTime.Equal(want.ModTime) || p.Copied {
			t.Errorf("payload %+v", p)
		}
		if err := d.SyncTaken([]spool.Candidate{c}, []amtshilfe.DropID{id}); err != nil {
			t.Fatal(err)
		}
		gone(t, d.in("a.xml"))
		d.find(bare(c), id, spool.Stored)
		again, err := d.Take(bare(c), id)
		if err != nil || again != p {
			t.Errorf("again: %+v, %v", again, err)
		}
		if sum, size, err := d.HashOriginal(id); err != nil || sum != p.SHA256 || size != 5 {
			t.Errorf("hash: %v, %v", size, err)
		}
	})
	t.Run("what somebody writes is left alone", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		c, id := d.one("hello"), d.id()
		w, err := os.OpenFile(d.in("a.xml"), os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Take(c, id)
		wantError(t, "take", err, spool.ErrBusy)
		d.find(c, id, spool.InSource)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Take(c, id); err != nil {
			t.Error(err)
		}
	})
	t.Run("a changed, replaced or missing file is not taken", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		c, id := d.one("hello"), d.id()
		d.drop("a.xml", "other bytes")
		_, err := d.Take(c, id)
		wantError(t, "changed", err, spool.ErrChanged)
		write(t, d.path("other"), "hello")
		if err := os.Rename(d.path("other"), d.in("a.xml")); err != nil {
			t.Fatal(err)
		}
		_, err = d.Take(c, id)
		wantError(t, "replaced", err, fs.ErrNotExist)
		d.find(c, id, spool.Nowhere)
		if err := os.Remove(d.in("a.xml")); err != nil {
			t.Fatal(err)
		}
		_, err = d.Take(c, id)
		wantError(t, "missing", err, fs.ErrNotExist)
		d.find(c, id, spool.Nowhere)
	})
	t.Run("nothing in the store is ever replaced", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		c, id := d.one("first"), d.id()
		if _, err := d.Take(c, id); err != nil {
			t.Fatal(err)
		}
		c = d.one("second")
		if _, err := d.Take(c, id); err != nil {
			t.Fatal(err) // it is the first one's Take, repeated
		}
		if got := d.stored(id); got != "first" {
			t.Errorf("stored %q", got)
		}
		d.find(c, d.id(), spool.InSource)
	})
	t.Run("a file with two links is copied and removed later", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		d.drop("a.xml", "hello")
		if err := os.Link(d.in("a.xml"), d.path("elsewhere")); err != nil {
			t.Fatal(err)
		}
		c, id := d.settled()[0], d.id()
		if !c.Copies {
			t.Error("the candidate does not say so")
		}
		p, err := d.Take(c, id)
		if err != nil || !p.Copied {
			t.Fatalf("take: %+v, %v", p, err)
		}
		write(t, d.path("elsewhere"), "changed through the other link")
		if got := d.stored(id); got != "hello" {
			t.Errorf("stored %q", got)
		}
		wantError(t, "remove of a changed file", d.RemoveSource(bare(c)), spool.ErrChanged)
	})
	t.Run("a malformed id leads nowhere", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		_, err := d.Take(d.one("x"), "../../etc/passwd")
		wantError(t, "take", err, spool.ErrName)
	})
	t.Run("many at once, oldest first", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		for i := range 100 {
			d.drop(itoa(i), itoa(i))
			at := time.Now().Add(-time.Duration(i) * time.Minute)
			if err := os.Chtimes(d.in(itoa(i)), at, at); err != nil {
				t.Fatal(err)
			}
		}
		list := d.settled()
		if len(list) != 100 || list[0].Name != "99" || list[99].Name != "0" {
			t.Fatalf("%d candidates, first %q", len(list), list[0].Name)
		}
		done := make(chan error)
		ids := make([]amtshilfe.DropID, len(list))
		for i, c := range list {
			ids[i] = amtshilfe.NewDropID(d.clock().AddDate(0, 0, i%20)) // more days than stay open
			go func() {
				_, err := d.Take(c, ids[i])
				done <- err
			}()
		}
		for range list {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if err := d.SyncTaken(list, ids); err != nil {
			t.Error(err)
		}
		for i, c := range list {
			if got := d.stored(ids[i]); got != c.Name {
				t.Errorf("%s holds %q", c.Name, got)
			}
		}
	})
}

func TestSource(t *testing.T) {
	d := newDesk(t, spool.Settle)
	share := t.TempDir()
	if err := d.AddSource("a", share); err != nil {
		t.Fatal(err)
	}
	if err := d.AddSource("a", "relative"); err == nil {
		t.Error("a relative source was accepted")
	}
	write(t, share+"/a.xml", "hello")
	if err := os.Mkdir(share+"/dir", 0o700); err != nil {
		t.Fatal(err)
	}
	list := d.settled()
	if len(list) != 1 || !list[0].Copies || list[0].Source != share {
		t.Fatalf("candidates %+v", list)
	}
	c, id := list[0], d.id()
	d.find(bare(c), id, spool.InSource)
	p, err := d.Take(bare(c), id)
	if err != nil || !p.Copied || d.stored(id) != "hello" {
		t.Fatalf("take: %+v, %v", p, err)
	}
	if again := d.settled(); len(again) != 1 || bare(again[0]) != bare(c) {
		t.Errorf("an unfinished removal is seen again as the same four: %+v", again)
	}
	if err := errors.Join(d.RemoveSource(bare(c)), d.RemoveSource(bare(c))); err != nil {
		t.Error(err)
	}
	gone(t, share+"/a.xml")
	write(t, share+"/a.xml", "tomorrow")
	if got := d.settled(); len(got) != 1 {
		t.Errorf("tomorrow's file: %+v", got)
	}

	t.Run("a share that is away hides nothing else", func(t *testing.T) {
		if err := os.Rename(share, share+".away"); err != nil {
			t.Fatal(err)
		}
		d.drop("local.xml", "x")
		d.Scan("a")
		d.pass(5 * time.Second)
		list, err := d.Scan("a")
		if err == nil || len(list) != 1 || list[0].Name != "local.xml" {
			t.Errorf("scan: %+v, %v", list, err)
		}
		if _, err := d.Find(bare(c), d.id()); err == nil {
			t.Error("a file on a share that is away was called gone")
		}
	})
}
