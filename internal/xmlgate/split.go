package xmlgate

import (
	"bytes"
	"io"
)

// firstWindow is how much of a container is held at first; the window grows for a child that does not fit.
const firstWindow = 256 << 10

// Splitter streams a container <root><head/>message*</root>: it hands out the head and the messages as documents of their own.
// The whole container is checked on the way, so nothing of it may be trusted before Next has returned io.EOF. It holds one
// child at a time, of at most Limits.MaxBytes; depth and attributes are limited per child. Not for concurrent use.
type Splitter struct {
	x    core
	r    io.Reader
	root Name
	head Name

	rootTag  []byte // raw name of the root
	bindings int    // of the root: they are in force for every child
	at       int    // x.b is read up to here
	seen     int    // pos is the position of this byte of x.b
	pos      lineCol
	offset   int64 // of x.b in the file
	atEOF    bool  // x.b holds all that is left of the file

	insert  []byte // declarations for the child read last
	begun   bool   // the root's start tag is read
	headDoc []byte
	headAt  Part
	err     error // what the next call returns as well: io.EOF or a fault
}

// NewSplitter makes a Splitter for a container with these names. A zero head says that the container has none.
func NewSplitter(r io.Reader, l Limits, root, head Name) *Splitter {
	return &Splitter{x: core{limits: l.withDefaults()}, r: r, root: root, head: head, pos: lineCol{1, 1}}
}

// Head gives the head element as a document, and the line and column of its '<' in the file. It may be called at any time and
// reads up to the end of the head. The document must not be changed. Errors are those of Next.
func (s *Splitter) Head() ([]byte, int, int, error) {
	if err := s.begin(); err != nil {
		return nil, 0, 0, err
	}
	return s.headDoc, s.headAt.Line, s.headAt.Column, nil
}

// HeadPart says where the head stood, to move positions in the document that Head gives.
func (s *Splitter) HeadPart() Part { return s.headAt }

// Next appends the next message to buf as a document of its own: the declarations of the root that the message does not make
// itself are added to its root tag, everything else is copied as it is. At the end of an unblemished container the error is
// io.EOF; an *Error says that the container is broken, with the position in the file; any other error is the reader's. After
// an error every call returns it again, and out is buf.
func (s *Splitter) Next(buf []byte) (p Part, out []byte, err error) {
	if err := s.begin(); err != nil {
		return Part{}, buf, err
	}
	if s.err == nil {
		p, out, s.err = s.next(buf)
	}
	if s.err != nil {
		return Part{}, buf, s.err
	}
	return p, out, nil
}

// begin reads up to the end of the head, once.
func (s *Splitter) begin() error {
	if s.begun {
		return nil
	}
	if s.err == nil {
		s.err = s.open()
	}
	if s.err == nil || s.err == io.EOF { // io.EOF: no head wanted, no message there
		s.begun = true
		return nil
	}
	return s.err
}

// open reads the prolog, the root's start tag, and the head.
func (s *Splitter) open() error {
	if err := s.fill(firstWindow); err != nil {
		return err
	}
	if bytes.HasPrefix(s.x.b, []byte(byteOrderMark)) {
		s.seen = len(byteOrderMark)
	}
	if err := s.step(func(int) (int, *Error) { return s.x.prolog() }); err != nil {
		return err
	}
	if err := s.space(); err != nil {
		return err
	}
	if err := s.x.atRoot(s.at); err != nil {
		return s.fault(err)
	}
	err := s.step(func(i int) (int, *Error) {
		end, err := s.x.open(i)
		if err == nil && s.x.root != s.root {
			return i, fail(CodeWurzel, i, textRoot)
		}
		return end, err
	})
	if err != nil {
		return err
	}
	return s.openHead()
}

// openHead takes over what the root's start tag, read last, has declared, and reads the head.
func (s *Splitter) openHead() error {
	x := &s.x
	s.bindings = x.own
	empty := len(x.stack) == 0
	if !empty {
		f := x.stack[0]
		s.rootTag = bytes.Clone(x.b[f.name:f.nameEnd])
	}
	if s.head == (Name{}) {
		if empty {
			return s.trailer()
		}
		return nil
	}
	if !empty {
		if err := s.space(); err != nil {
			return err
		}
	}
	if empty || s.closing() {
		return s.fault(fail(CodeWurzel, s.at, textHead))
	}
	var err error
	if s.headAt, s.headDoc, err = s.child(nil); err != nil {
		return err
	}
	if x.root != s.head {
		return s.fault(fail(CodeWurzel, s.seen, textHead)) // its '<', which child has counted up to
	}
	return nil
}

// next reads up to the end of the next child, or the end of the container.
func (s *Splitter) next(buf []byte) (Part, []byte, error) {
	if err := s.space(); err != nil {
		return Part{}, buf, err
	}
	if !s.closing() {
		return s.child(buf)
	}
	if err := s.step(s.end); err != nil {
		return Part{}, buf, err
	}
	return Part{}, buf, s.trailer()
}

// closing says whether an end tag follows.
func (s *Splitter) closing() bool { return s.x.b[s.at+1] == '/' }

// space passes white space and comments up to the next tag of the container.
func (s *Splitter) space() error {
	for {
		if err := s.step(s.x.misc); err != nil {
			return err
		}
		b := s.x.b
		switch {
		case s.at < len(b) && b[s.at] == '<':
			return nil
		case s.at < len(b) && s.rootTag == nil:
			return nil // atRoot tells what is wrong
		case s.at < len(b):
			return s.fault(odd(b, s.at, textBetween))
		case s.atEOF && s.rootTag == nil:
			return nil
		case s.atEOF:
			return s.fault(cut(b))
		}
		if err := s.more(); err != nil {
			return err
		}
	}
}

// end reads the end tag of the root at i.
func (s *Splitter) end(i int) (int, *Error) {
	b := s.x.b
	j := nameEnd(b, i+2)
	if j >= len(b) {
		return i, cut(b)
	}
	if !bytes.Equal(b[i+2:j], s.rootTag) {
		return i, fail(CodeSyntax, i, textEnd)
	}
	if j = spaceEnd(b, j); j >= len(b) || b[j] != '>' {
		return i, odd(b, j, textTag)
	}
	return j + 1, nil
}

// trailer reads what follows the root, and gives io.EOF if that is nothing.
func (s *Splitter) trailer() error {
	for {
		if err := s.step(s.x.misc); err != nil {
			return err
		}
		if s.at < len(s.x.b) {
			return s.fault(fail(CodeWurzel, s.at, textAfter))
		}
		if s.atEOF {
			return io.EOF
		}
		if err := s.more(); err != nil {
			return err
		}
	}
}

// child reads the element that begins at s.at and appends it to buf.
func (s *Splitter) child(buf []byte) (Part, []byte, error) {
	var start, name int
	err := s.step(func(i int) (int, *Error) {
		end, err := s.x.open(i)
		if err != nil {
			return i, err
		}
		start, name = i, nameEnd(s.x.b, i+1)
		if err := s.declarations(i); err != nil {
			return i, err
		}
		if end, err = s.x.content(end); err != nil {
			return i, err
		}
		if int64(end-i+len(s.insert)) > s.x.limits.MaxBytes {
			return i, fail(CodeZuGross, i, textGross)
		}
		return end, nil
	})
	if err != nil {
		return Part{}, buf, err
	}
	b := s.x.b
	s.advance(start)
	p := Part{Line: s.pos.line, Column: s.pos.column}
	p.InsertAt = lineCol{0, 0}.after(b[start:name]).column
	p.InsertLen = lineCol{0, 0}.after(s.insert).column
	buf = append(buf, b[start:name]...)
	buf = append(buf, s.insert...)
	return p, append(buf, b[name:s.at]...), nil
}
