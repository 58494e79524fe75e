package spool_test

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

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
	t.Run("a file given back lies in in/ again", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		c, id := d.one("hello"), d.id()
		if _, err := d.Take(c, id); err != nil {
			t.Fatal(err)
		}
		if err := d.Untake(c, id); err != nil {
			t.Fatal(err)
		}
		d.find(c, id, spool.InSource)
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

func TestUpload(t *testing.T) {
	begin := func(t *testing.T, d *desk, name string) *spool.Upload {
		t.Helper()
		u, err := d.NewUpload("a", name)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	empty := func(t *testing.T, d *desk) {
		t.Helper()
		for _, dir := range []string{d.path(".partial"), d.in("")} {
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) > 0 {
				t.Errorf("%s holds %d entries, %v", dir, len(entries), err)
			}
		}
	}
	t.Run("pieces in any order make a file", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		u := begin(t, d, "a.xml")
		for _, i := range []int{2, 0, 3, 1} {
			if _, err := u.WriteAt([]byte(strings.Repeat(itoa(i), 10)), int64(10*i)); err != nil {
				t.Fatal(err)
			}
		}
		c, err := u.Candidate()
		if err != nil || c.Size != 40 || u.Size() != 40 || u.Waits() {
			t.Fatalf("%+v, %v", c, err)
		}
		id := d.id()
		d.find(c, id, spool.InSource)
		d.find(bare(c), id, spool.Nowhere) // after a restart nobody waits for its CLOSE
		if _, err := d.Take(c, id); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(d.SyncTaken([]spool.Candidate{c}, []amtshilfe.DropID{id}), u.Discard()); err != nil {
			t.Fatal(err)
		}
		if got := d.stored(id); got != "0000000000111111111122222222223333333333" {
			t.Errorf("stored %q", got)
		}
		empty(t, d)
	})
	t.Run("a hole is refused", func(t *testing.T) {
		for _, name := range []string{"a.xml", "a.part"} {
			d := newDesk(t, spool.Settle)
			u := begin(t, d, name)
			u.WriteAt([]byte("x"), 0)
			u.WriteAt([]byte("x"), 2)
			_, err := u.Candidate()
			if name == "a.part" {
				u = begin(t, d, name)
				u.WriteAt([]byte("x"), 1)
				err = u.Publish()
			}
			wantError(t, name, err, spool.ErrHole)
			if name == "a.xml" {
				empty(t, d)
			}
			if _, err := u.WriteAt([]byte("x"), 0); err == nil {
				t.Error("an ended upload was written")
			}
			if err := u.Abort(); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("an aborted upload leaves nothing", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		u := begin(t, d, "a.xml")
		u.WriteAt([]byte("x"), 0)
		if err := errors.Join(u.Abort(), u.Abort()); err != nil {
			t.Error(err)
		}
		empty(t, d)
	})
	t.Run("an empty file is a file", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		if c, err := begin(t, d, "a.xml").Candidate(); err != nil || c.Size != 0 {
			t.Errorf("%+v, %v", c, err)
		}
	})
	t.Run("too many pieces are refused", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		u := begin(t, d, "a.xml")
		var err error
		for i := 0; i < 5000 && err == nil; i++ {
			_, err = u.WriteAt([]byte("x"), int64(2*i))
		}
		wantError(t, "write", err, spool.ErrFragments)
		if err := u.Abort(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a waiting name is claimed under its final one", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		u := begin(t, d, "a.part")
		u.WriteAt([]byte("hello"), 0)
		if err := u.Publish(); err != nil || !u.Waits() {
			t.Fatal(err)
		}
		if _, err := d.NewUpload("a", "a.part"); !errors.Is(err, spool.ErrWaiting) {
			t.Errorf("second upload: %v", err)
		}
		c, err := d.RenameCandidate("a", "a.part", "a.xml")
		if err != nil || c.Name != "a.xml" {
			t.Fatalf("%+v, %v", c, err)
		}
		id := d.id()
		if _, err := d.Take(c, id); err != nil {
			t.Fatal(err)
		}
		if got := d.stored(id); got != "hello" {
			t.Errorf("stored %q", got)
		}
		empty(t, d)
	})
	t.Run("a rename never overwrites a name that waits", func(t *testing.T) {
		d := newDesk(t, spool.Settle)
		d.drop("a.part", "a")
		d.drop("b.part", "b")
		wantError(t, "rename", d.RenameWaiting("a", "a.part", "b.part"), spool.ErrWaiting)
		if err := d.RenameWaiting("a", "a.part", "c.part"); err != nil {
			t.Error(err)
		}
		wantError(t, "missing", d.RenameWaiting("a", "a.part", "d.part"), fs.ErrNotExist)
		_, err := d.RenameCandidate("a", "../../x", "y")
		wantError(t, "name", err, spool.ErrName)
	})
	t.Run("a rename account takes temporary names only", func(t *testing.T) {
		d := newDesk(t, spool.Rename)
		_, err := d.NewUpload("a", "a.xml")
		wantError(t, "upload", err, spool.ErrNeedsRename)
	})
}

// An upload has a hole exactly if a byte before its end was never written, whatever the order of the pieces.
func TestHolesAgreeWithBytes(t *testing.T) {
	d := newDesk(t, spool.Settle)
	rapid.Check(t, func(t *rapid.T) {
		u, err := d.NewUpload("a", "a.xml")
		if err != nil {
			t.Fatal(err)
		}
		written, end := [64]bool{}, 0
		for range rapid.IntRange(0, 20).Draw(t, "pieces") {
			from := rapid.IntRange(0, 60).Draw(t, "from")
			n := rapid.IntRange(1, 4).Draw(t, "length")
			if _, err := u.WriteAt(make([]byte, n), int64(from)); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				written[from+i] = true
			}
			end = max(end, from+n)
		}
		hole := slices.Contains(written[:end], false)
		c, err := u.Candidate()
		if errors.Is(err, spool.ErrHole) != hole || err == nil && c.Size != int64(end) {
			t.Fatalf("%v, size %d; want hole %v, size %d", err, c.Size, hole, end)
		}
		if err == nil {
			err = u.Discard()
		}
		if err != nil && !hole {
			t.Fatal(err)
		}
	})
}

func TestOut(t *testing.T) {
	d := newDesk(t, spool.Settle)
	for range 2 {
		sum, err := d.PublishOut("a", "r.xml", writeString("receipt"))
		if err != nil || sum != sha256.Sum256([]byte("receipt")) {
			t.Fatalf("publish: %v", err)
		}
	}
	broken := errors.New("template")
	_, err := d.PublishOut("a", "half.xml", func(w io.Writer) error {
		w.Write(make([]byte, 1<<20))
		return broken
	})
	wantError(t, "broken writer", err, broken)
	list, err := d.List("a", "out")
	if err != nil || len(list) != 1 || list[0].Name() != "r.xml" {
		t.Fatalf("list: %v, %v", list, err)
	}
	if there, err := d.OutExists("a", "r.xml"); err != nil || !there {
		t.Errorf("exists: %v, %v", there, err)
	}
	for _, dir := range []string{"..", "in/..", ""} {
		_, err := d.List("a", dir)
		wantError(t, dir, err, fs.ErrNotExist)
	}
	d.drop("a.xml", "x")
	d.drop("b.part", "x")
	wantError(t, "remove of what does not wait", d.Remove("a", "in", "a.xml"), fs.ErrPermission)
	wantError(t, "remove of nothing", d.Remove("a", "out", "none"), fs.ErrNotExist)
	if err := errors.Join(d.Remove("a", "in", "b.part"), d.Remove("a", "out", "r.xml")); err != nil {
		t.Error(err)
	}
	if there, err := d.OutExists("a", "r.xml"); err != nil || there {
		t.Errorf("exists: %v, %v", there, err)
	}
	if entries, err := os.ReadDir(d.path(".partial")); err != nil || len(entries) > 0 {
		t.Errorf("partials: %v, %v", entries, err)
	}
}

func TestSegment(t *testing.T) {
	d := newDesk(t, spool.Settle)
	id := d.id()
	docs := []string{"<a/>", strings.Repeat("x", 3<<20), "<c/>"}
	for range 2 { // the second opener throws the first one's work away
		g, err := d.CreateSegment(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			if _, err := g.Write([]byte(doc)); err != nil {
				t.Fatal(err)
			}
		}
		if g.Size() != 3<<20+8 {
			t.Errorf("size %d", g.Size())
		}
		if err := g.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	sum := func(s string) [32]byte { return sha256.Sum256([]byte(s)) }
	if got, err := d.ReadSegment(id, 4, 3<<20, sum(docs[1])); err != nil || string(got) != docs[1] {
		t.Errorf("read: %d bytes, %v", len(got), err)
	}
	_, err := d.ReadSegment(id, 0, 4, sum("other"))
	wantError(t, "wrong hash", err, spool.ErrHash)
	if _, err := d.ReadSegment(id, 0, 1<<40, sum("")); err == nil {
		t.Error("read beyond the end")
	}
	for range 2 {
		if err := d.PunchSegment(id, 4, 3<<20); err != nil {
			t.Fatal(err)
		}
	}
	_, err = d.ReadSegment(id, 4, 3<<20, sum(docs[1]))
	wantError(t, "punched", err, spool.ErrHash)
	if got, err := d.ReadSegment(id, 4+3<<20, 4, sum("<c/>")); err != nil || string(got) != "<c/>" {
		t.Errorf("neighbour: %q, %v", got, err)
	}
	g, err := d.CreateSegment(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Abort(); err != nil {
		t.Error(err)
	}
	_, err = d.ReadSegment(id, 0, 4, sum("<a/>"))
	wantError(t, "aborted", err, fs.ErrNotExist)
	if err := errors.Join(d.RemoveSegment(id), d.RemoveOriginal(id)); err != nil {
		t.Error(err)
	}

	box := amtshilfe.NewInboxID(d.clock())
	for range 2 {
		if err := errors.Join(d.WriteInbound(box, []byte("message")), d.WriteReason(id, []byte(`{"code":"X"}`))); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := d.ReadInbound(box, 7, sum("message")); err != nil || string(got) != "message" {
		t.Errorf("inbound: %q, %v", got, err)
	}
	if got, err := d.ReadReason(id); err != nil || string(got) != `{"code":"X"}` {
		t.Errorf("reason: %q, %v", got, err)
	}
	if err := d.RemoveInbound(box); err != nil {
		t.Error(err)
	}
	t.Run("a lost payload is replaced by a later drop's", func(t *testing.T) {
		c, later := d.one("hello"), d.id()
		if _, err := d.Take(c, later); err != nil {
			t.Fatal(err)
		}
		if err := d.ReplaceOriginal(id, later); err != nil {
			t.Fatal(err)
		}
		if got := d.stored(id); got != "hello" {
			t.Errorf("stored %q", got)
		}
	})
}

func TestFiles(t *testing.T) {
	d := newDesk(t, spool.Settle)
	if _, err := d.AddProfile("standard"); err != nil {
		t.Fatal(err)
	}
	id, box, bundle := d.id(), amtshilfe.NewInboxID(d.clock()), amtshilfe.NewBundleID(d.clock())
	if _, err := d.Take(d.one("x"), id); err != nil {
		t.Fatal(err)
	}
	_, err := d.StageBundle(bundle, func(write func(string, []byte) error) error { return write("a.pdf", []byte("a")) })
	if err := errors.Join(err, d.WriteInbound(box, nil), d.WriteReason(id, nil), d.PublishBundle("standard", bundle)); err != nil {
		t.Fatal(err)
	}
	write(t, d.path("store/2026/11/21/stray"), "")
	d.drop("next.xml", "x")
	var got []string
	for f, err := range d.Files() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(f.Kind)+" "+string(f.Drop)+string(f.Inbox)+string(f.Bundle)+" "+f.Profile+f.Account)
	}
	slices.Sort(got)
	want := []string{
		"in  a", "inbound " + string(box) + " ", "original " + string(id) + " ", "printed " + string(bundle) + " standard",
		"reason " + string(id) + " ", "stranger  ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("files\n%q, want\n%q", got, want)
	}
}
