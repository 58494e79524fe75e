package spool_test

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/spool"
)

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
