package xmlgate

import (
	"fmt"
	"io"
)

// step lets the scanner read from s.at on, and again with more of the file as long as what it wants is cut off. With an error
// end says what is done with for good.
func (s *Splitter) step(read func(at int) (end int, err *Error)) error {
	for {
		s.x.begin(s.x.b, s.bindings)
		end, err := read(s.at)
		s.at = end
		switch {
		case err == nil:
			return nil
		case err.Code != CodeUnvollstaendig || s.atEOF:
			return s.fault(err)
		}
		if err := s.more(); err != nil {
			return err
		}
	}
}

// fault gives err its position in the file.
func (s *Splitter) fault(err *Error) error {
	p := s.pos.after(s.x.b[s.seen:max(s.seen, err.Offset)])
	err.Line, err.Column = p.line, p.column
	err.Offset += int(s.offset)
	return err
}

// advance moves the known position on to the byte at i.
func (s *Splitter) advance(i int) {
	if i > s.seen {
		s.pos, s.seen = s.pos.after(s.x.b[s.seen:i]), i
	}
}

// more moves the window on to s.at and fills it, larger if it is full of one child.
func (s *Splitter) more() error {
	b := s.x.b
	size := cap(b)
	if s.at > 0 {
		s.advance(s.at)
		b = b[:copy(b, b[s.at:])]
		s.offset += int64(s.at)
		s.x.b, s.at, s.seen = b, 0, 0
	}
	limit := s.x.limits.MaxBytes
	if int64(len(b)) > limit {
		return s.fault(fail(CodeZuGross, 0, textGross))
	}
	if len(b) == size {
		size = int(min(2*int64(size), max(limit, int64(size))+firstWindow))
	}
	return s.fill(size)
}

// fill reads until the window holds size bytes or the file is at its end.
func (s *Splitter) fill(size int) error {
	b := s.x.b
	if cap(b) < size {
		b = append(make([]byte, 0, size), b...)
	}
	for idle := 0; len(b) < size; {
		n, err := s.r.Read(b[len(b):size])
		b = b[:len(b)+n]
		s.x.b = b
		switch {
		case err == io.EOF: // io.ErrUnexpectedEOF is an archive that is broken, not the end of the file
			s.atEOF = true
			return nil
		case err != nil:
			return fmt.Errorf("read container: %w", err)
		case n > 0:
			idle = 0
		default:
			if idle++; idle == 100 {
				return fmt.Errorf("read container: %w", io.ErrNoProgress)
			}
		}
	}
	return nil
}
