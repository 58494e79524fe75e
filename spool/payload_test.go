package spool_test

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/spool"
)

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
		_, err := d.WriteInbound(box, writeString("message"))
		if err := errors.Join(err, d.WriteReason(id, []byte(`{"code":"X"}`))); err != nil {
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
	_, inErr := d.WriteInbound(box, writeString(""))
	if err := errors.Join(err, inErr, d.WriteReason(id, nil), d.PublishBundle("standard", bundle)); err != nil {
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

// A document that is read piece by piece is checked as well; its last bytes come only when all were right.
func TestDocument(t *testing.T) {
	d := newDesk(t, spool.Settle)
	id := d.id()
	g, err := d.CreateSegment(id)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("0123456789", 20_000)
	if _, err := g.Write([]byte("before" + text + "after")); err != nil {
		t.Fatal(err)
	}
	if err := g.Commit(); err != nil {
		t.Fatal(err)
	}
	read := func(doc spool.Document) (string, error) {
		r, err := doc.Open()
		if err != nil {
			return "", err
		}
		defer r.Close()
		b, err := io.ReadAll(r)
		return string(b), err
	}
	sum := sha256.Sum256([]byte(text))
	doc := d.Document(id, 6, int64(len(text)), sum)
	for range 2 {
		if got, err := read(doc); got != text || err != nil || doc.Size() != int64(len(text)) {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
	}
	if head, err := doc.Head(12); string(head) != "012345678901" || err != nil {
		t.Errorf("head %q, %v", head, err)
	}
	got, err := read(d.Document(id, 7, int64(len(text)), sum))
	if wantError(t, "other bytes", err, spool.ErrHash); len(got) == len(text) {
		t.Error("all of a damaged document was given out")
	}
	_, err = read(d.Document(id, 6, 1<<40, sum))
	wantError(t, "beyond the end", err, io.ErrUnexpectedEOF)
	_, err = read(d.Document(d.id(), 0, 1, sum))
	wantError(t, "no segment", err, fs.ErrNotExist)
}
