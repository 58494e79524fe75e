package mapping

import (
	"fmt"
	"io"
)

// windowSize is how much of the file one window holds. Entries of a drop follow each other, so one read serves many of them.
const windowSize = 64 << 10

// window reads a file forwards through one buffer. It is an io.Reader and io.ByteReader over [pos, end); the inflater needs both.
type window struct {
	r        io.ReaderAt
	buf      []byte
	base     int64 // offset of buf[0] in the file
	pos, end int64
}

func newWindow(r io.ReaderAt) *window { return &window{r: r, buf: make([]byte, 0, windowSize)} }

// seek makes the window read [pos, end). What is already in the buffer is used again.
func (w *window) seek(pos, end int64) { w.pos, w.end = pos, end }

// left is the number of bytes not read yet.
func (w *window) left() int64 { return w.end - w.pos }

// ReadByte reads one byte.
func (w *window) ReadByte() (byte, error) {
	if at := w.pos - w.base; at >= 0 && at < int64(len(w.buf)) && w.pos < w.end {
		w.pos++
		return w.buf[at], nil
	}
	b, err := w.peek(1)
	if err != nil {
		return 0, err
	}
	w.pos++
	return b[0], nil
}

// Read reads what the buffer holds.
func (w *window) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if _, err := w.peek(1); err != nil {
		return 0, err
	}
	b := w.buf[w.pos-w.base:]
	n := copy(p, b[:min(int64(len(b)), w.left())])
	w.pos += int64(n)
	return n, nil
}

// peek shows the next n bytes (at most windowSize) without reading them. Fewer are an io.ErrUnexpectedEOF, none an io.EOF.
func (w *window) peek(n int) ([]byte, error) {
	if w.left() < int64(n) {
		if w.left() <= 0 {
			return nil, io.EOF
		}
		return nil, io.ErrUnexpectedEOF
	}
	if w.pos < w.base || w.pos+int64(n) > w.base+int64(len(w.buf)) {
		if err := w.fill(); err != nil {
			return nil, err
		}
		if len(w.buf) < n {
			return nil, io.ErrUnexpectedEOF
		}
	}
	at := w.pos - w.base
	return w.buf[at : at+int64(n)], nil
}

// take reads n bytes (at most windowSize), valid until the next call.
func (w *window) take(n int) ([]byte, error) {
	b, err := w.peek(n)
	if err == nil {
		w.pos += int64(n)
	}
	return b, err
}

// fill loads the buffer from pos. It may hold bytes beyond end: they belong to the next entry.
func (w *window) fill() error {
	n, err := w.r.ReadAt(w.buf[:cap(w.buf)], w.pos)
	w.base, w.buf = w.pos, w.buf[:n]
	if n > 0 {
		return nil // a short read shows up when more is asked for
	}
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return diskError{err}
}

// diskError is a failed read of the dropped file: our fault, never the sender's.
type diskError struct{ err error }

func (e diskError) Error() string { return fmt.Sprintf("read drop: %v", e.err) }
func (e diskError) Unwrap() error { return e.err }
