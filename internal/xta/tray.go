package xta

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"damtshilfe/internal/durable"
)

// trayMemory is how many bytes of a message's contents stay in memory; a larger message goes into a file of its own.
const trayMemory = 256 << 10

// tray keeps the contents of one message while it comes in, one after the other, and hashes them on the way.
type tray struct {
	dir   *durable.Dir  // nil = memory alone
	names func() string // makes the file's name
	brief bool          // the file has no name: whatever happens it ends with the process
	limit int64         // of all contents; what is beyond it is dropped

	over   bool  // something was dropped
	failed error // of the file
	size   int64
	start  int64  // of the content that is being written
	mem    []byte // all of it, as long as there is no file
	file   *durable.File
	name   string
	all    hash.Hash // of everything
	one    hash.Hash // of the content that is being written
}

// piece is a content in a tray.
type piece struct {
	in      *tray
	off, n  int64
	sum     [32]byte
	problem error // the content is no base64
}

func (t *tray) begin() {
	if t.all == nil {
		t.all, t.one = sha256.New(), sha256.New()
	}
	t.start = t.size
	t.one.Reset()
}

// Write adds to the content that was begun. Over the limit it only notes that.
func (t *tray) Write(p []byte) (int, error) {
	if t.over || t.size+int64(len(p)) > t.limit {
		t.over = true
		return len(p), nil
	}
	if t.failed = t.put(p); t.failed != nil {
		return 0, t.failed
	}
	t.size += int64(len(p))
	t.one.Write(p)
	t.all.Write(p)
	return len(p), nil
}

func (t *tray) put(p []byte) error {
	if t.file == nil && (t.dir == nil || len(t.mem)+len(p) <= trayMemory) {
		t.mem = append(t.mem, p...)
		return nil
	}
	if t.file == nil {
		t.name = t.names()
		file, err := t.dir.Create(t.name)
		if err != nil {
			return fmt.Errorf("keep content: %w", err)
		}
		t.file = file
		if t.brief {
			if err := t.dir.Remove(t.name); err != nil {
				return fmt.Errorf("keep content: %w", err)
			}
		}
		if _, err := file.Write(t.mem); err != nil {
			return fmt.Errorf("keep content: %w", err)
		}
		t.mem = nil
	}
	if _, err := t.file.Write(p); err != nil {
		return fmt.Errorf("keep content: %w", err)
	}
	return nil
}

func (t *tray) end() piece {
	p := piece{in: t, off: t.start, n: t.size - t.start}
	t.one.Sum(p.sum[:0])
	return p
}

// discard forgets the contents; after adopt there is nothing left to forget.
func (t *tray) discard() error {
	t.mem = nil
	if t.file == nil {
		return nil
	}
	file := t.file
	t.file = nil
	return file.Abort()
}

// holds says whether the contents are everything in the tray's file, in this order: then the file is their segment.
func (t *tray) holds(contents []Octets) bool {
	var end int64
	for _, o := range contents {
		p, ok := o.(piece)
		if !ok || p.in != t || p.n > 0 && p.off != end {
			return false
		}
		end += p.n
	}
	return t.file != nil && end == t.size
}

// adopt makes the file durable under its final name.
func (t *tray) adopt(name string) (sum [32]byte, err error) {
	file := t.file
	t.file = nil
	if err := file.Commit(); err != nil {
		return sum, fmt.Errorf("keep content: %w", err)
	}
	if err := t.dir.Rename(t.dir, t.name, name); err != nil {
		return sum, errors.Join(err, t.dir.Remove(t.name))
	}
	t.all.Sum(sum[:0])
	return sum, t.dir.Sync()
}

// Size is the content's length.
func (p piece) Size() int64 { return p.n }

// Open reads the content as long as the tray lives.
func (p piece) Open() (io.ReadCloser, error) {
	switch {
	case p.problem != nil:
		return nil, p.problem
	case p.in.file != nil:
		return io.NopCloser(io.NewSectionReader(p.in.file, p.off, p.n)), nil
	case int64(len(p.in.mem)) < p.off+p.n:
		return nil, errClosed
	}
	return io.NopCloser(bytes.NewReader(p.in.mem[p.off : p.off+p.n])), nil
}

// only is the tray that all contents lie in, or nil.
func only(contents []Octets) *tray {
	i := slices.IndexFunc(contents, func(o Octets) bool { return o.Size() > 0 })
	if i < 0 {
		return nil
	}
	p, _ := contents[i].(piece)
	return p.in
}
