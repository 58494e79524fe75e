package spool

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
)

// Document is one of a segment's, to be read without taking it into memory.
type Document struct {
	spool  *Spool
	drop   amtshilfe.DropID
	off, n int64
	sum    [32]byte
}

// Document names the n bytes at off; nothing is read yet.
func (s *Spool) Document(id amtshilfe.DropID, off, n int64, sum [32]byte) Document {
	return Document{s, id, off, n, sum}
}

// Size is the document's length.
func (d Document) Size() int64 { return d.n }

// Open starts a reading. Where the bytes are not those with the hash, the last of them come with ErrHash: the bytes validated are
// the bytes sent.
func (d Document) Open() (_ io.ReadCloser, err error) {
	var r *checked
	err = d.spool.inDay("read segment", string(d.drop), d.drop.Dir(), false, func(dir *durable.Dir) error {
		f, err := dir.OpenRegular(segment(d.drop))
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil && (d.off < 0 || d.n < 0 || d.off > info.Size() || d.n > info.Size()-d.off) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return errors.Join(err, f.Close())
		}
		r = &checked{from: io.NewSectionReader(f, d.off, d.n), file: f, left: d.n, hash: sha256.New(), want: d.sum}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Head gives the first bytes, at most n. They are not checked.
func (d Document) Head(n int) (head []byte, err error) {
	r, err := d.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	head = make([]byte, min(int64(n), d.n))
	if _, err := io.ReadFull(r, head); err != nil && !errors.Is(err, ErrHash) {
		return nil, fmt.Errorf("read segment %s: %w", d.drop, err)
	}
	return head, nil
}

// checked hashes what is read.
type checked struct {
	from io.Reader
	file io.Closer
	left int64
	hash hash.Hash
	want [32]byte
}

// Read gives the next bytes, the last ones only if all were right.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.hash.Write(p[:n])
	if c.left -= int64(n); c.left == 0 && [32]byte(c.hash.Sum(nil)) != c.want {
		return 0, ErrHash
	}
	return n, err
}

// Close ends the reading.
func (c *checked) Close() error { return c.file.Close() }
