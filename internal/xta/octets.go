package xta

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
)

// Octets are the bytes of a content or of a whole message, wherever they lie: in memory, in a segment, in a file. They can be read
// any number of times and are the same every time.
type Octets interface {
	// Size is how many bytes there are.
	Size() int64
	// Open starts a reading at the first byte; the caller closes it.
	Open() (io.ReadCloser, error)
}

// Bytes are Octets in memory.
type Bytes []byte

// Size is the length.
func (b Bytes) Size() int64 { return int64(len(b)) }

// Open reads them from the start.
func (b Bytes) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }

// ReadAll takes octets into memory, which the caller must be able to afford; nil is nothing.
func ReadAll(o Octets) ([]byte, error) {
	switch o := o.(type) {
	case nil:
		return nil, nil
	case Bytes:
		return o, nil
	}
	data := make([]byte, o.Size())
	r, err := o.Open()
	if err != nil {
		return nil, fmt.Errorf("read content: %w", err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, fmt.Errorf("read content: %w", err)
	}
	return data, nil
}

// Copy writes all of o to w; fewer or more than Size is an error.
func Copy(w io.Writer, o Octets) error {
	if b, ok := o.(Bytes); ok {
		_, err := w.Write(b)
		return err
	}
	r, err := o.Open()
	if err != nil {
		return fmt.Errorf("read content: %w", err)
	}
	defer r.Close()
	if _, err := io.CopyN(w, r, o.Size()); err != nil {
		return fmt.Errorf("copy content: %w", err)
	}
	return nil
}

// sumOf is the hash of octets; what was hashed when it came in is not read again.
func sumOf(o Octets) ([32]byte, error) {
	if p, ok := o.(piece); ok {
		return p.sum, nil
	}
	h := sha256.New()
	if err := Copy(h, o); err != nil {
		return [32]byte{}, err
	}
	return [32]byte(h.Sum(nil)), nil
}

// joined are octets one after the other.
type joined []Octets

// Size is the sum of the sizes.
func (j joined) Size() (n int64) {
	for _, o := range j {
		n += o.Size()
	}
	return n
}

// Open reads them in turn; each is opened when it is reached.
func (j joined) Open() (io.ReadCloser, error) { return &joinedReader{rest: j}, nil }

type joinedReader struct {
	rest joined
	now  io.ReadCloser
	left int64 // of now
}

// Read gives the next bytes. A member that ends early is an error, so that what was announced is never silently cut.
func (r *joinedReader) Read(p []byte) (int, error) {
	for r.left == 0 {
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n, err := r.now.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	if err == io.EOF {
		if err = nil; r.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

func (r *joinedReader) next() (err error) {
	if err := r.Close(); err != nil {
		return err
	}
	if len(r.rest) == 0 {
		return io.EOF
	}
	if r.now, err = r.rest[0].Open(); err != nil {
		return err
	}
	r.left, r.rest = r.rest[0].Size(), r.rest[1:]
	return nil
}

// Close ends the reading.
func (r *joinedReader) Close() error {
	if r.now == nil {
		return nil
	}
	now := r.now
	r.now = nil
	return now.Close()
}

// encoded are octets as base64.
type encoded struct{ Octets }

// Size is the length of the text.
func (e encoded) Size() int64 { return (e.Octets.Size() + 2) / 3 * 4 }

// Open encodes while reading.
func (e encoded) Open() (io.ReadCloser, error) {
	r, err := e.Octets.Open()
	return &encodingReader{from: r}, err
}

type encodingReader struct {
	from  io.ReadCloser
	plain [24 << 10]byte // a multiple of 3
	text  [32 << 10]byte
	ready []byte
	err   error
}

// Read gives the next piece of text.
func (r *encodingReader) Read(p []byte) (int, error) {
	if len(r.ready) == 0 && r.err == nil {
		var n int
		if n, r.err = io.ReadFull(r.from, r.plain[:]); r.err == io.ErrUnexpectedEOF {
			r.err = io.EOF
		}
		r.ready = r.text[:base64.StdEncoding.EncodedLen(n)]
		base64.StdEncoding.Encode(r.ready, r.plain[:n])
	}
	if len(r.ready) == 0 {
		return 0, r.err
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

// Close ends the reading.
func (r *encodingReader) Close() error { return r.from.Close() }
