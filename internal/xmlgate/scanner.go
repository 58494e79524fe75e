package xmlgate

import (
	"bytes"
	"math"
)

// Limits bound what a document may cost. A zero field means the default.
type Limits struct {
	MaxBytes int64 // of one document, or of one child of a container; at most 2 GiB
	MaxDepth int   // elements in one another, the root counted
	MaxAttrs int   // attributes of one element, namespace declarations counted
}

// DefaultLimits are 30 MiB, 64 levels and 24 attributes.
func DefaultLimits() Limits { return Limits{MaxBytes: 30 << 20, MaxDepth: 64, MaxAttrs: 24} }

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	if l.MaxBytes <= 0 {
		l.MaxBytes = d.MaxBytes
	}
	if l.MaxDepth <= 0 {
		l.MaxDepth = d.MaxDepth
	}
	if l.MaxAttrs <= 0 {
		l.MaxAttrs = d.MaxAttrs
	}
	l.MaxBytes = min(l.MaxBytes, math.MaxInt32) // offsets are kept in 32 bits
	return l
}

// Scanner checks documents and reads their fields. It keeps its buffers from one document to the next, so that a document
// costs no allocation; it is not for concurrent use.
type Scanner struct {
	// Judge is asked for a judge once the root is known; without one, or if it gives nil, no document is accepted.
	Judge func(root Name) Judge

	x        core
	accepted bool
}

// NewScanner makes a Scanner with these limits.
func NewScanner(l Limits) *Scanner { return &Scanner{x: core{limits: l.withDefaults()}} }

// Scan reads the whole of doc: an optional byte order mark and XML declaration, and one root element. Once the root's start
// tag is read, choose picks the Map that drives sink; without choose, without a Map, or with a Map for another root the
// document is only checked. root is set as soon as it is known, with an error too. err is nil or an *Error.
func (s *Scanner) Scan(doc []byte, choose func(root Name) *Map, sink Sink) (root Name, err error) {
	x := &s.x
	x.choose, x.sink, x.judges = choose, sink, s.Judge
	e := x.document(doc)
	root, s.accepted = x.root, e == nil && x.judge != nil
	x.release()
	if e != nil {
		e.Line, e.Column = Position(doc, e.Offset)
		return root, e
	}
	return root, nil
}

// frame is an open element.
type frame struct {
	name, nameEnd int32 // of its raw name
	ns            int32 // bindings in force outside of it
	node          int32 // in the Map, or none
	from          int32 // where its content begins
}

// core is the scanner proper: it reads x.b from a given offset on. Scanner, Splitter and the slow path share it; the first
// lets it run over a document, the second over one child at a time.
type core struct {
	limits Limits
	b      []byte
	stack  []frame
	attrs  []attr    // of the start tag read last
	ns     []binding // in force, innermost last
	own    int       // bindings that the start tag read last made
	cache  [256]cached
	gen    uint32 // the cache lines that count
	memo   [1024]expanded
	names  map[string]string

	root    Name // of the last element opened on an empty stack
	choose  func(Name) *Map
	m       *Map
	sink    Sink
	judges  func(Name) Judge
	judge   Judge // nil: nobody asked for one, or it has objected
	watch   watcher
	special int    // last offset where text was more than itself
	solid   int    // last offset of text other than white space, written as such
	gap     int    // behind the tag read last
	buf     []byte // values that are not verbatim in b
}

// watcher follows the elements on the slow path. It stops the walk by returning false.
type watcher interface {
	opened(x *core, at int) bool
	closed(end int) bool
}

// begin makes x ready to read b, with bindings kept.
func (x *core) begin(b []byte, bindings int) {
	x.b = b
	x.stack, x.attrs, x.ns, x.buf = x.stack[:0], x.attrs[:0], x.ns[:bindings], x.buf[:0]
	x.m, x.judge, x.special, x.solid, x.gap = nil, nil, none, none, 0
	x.forget()
}

// release lets go of the document, and of a buffer that one large value has made large.
func (x *core) release() {
	x.b, x.choose, x.m, x.sink, x.judges, x.judge = nil, nil, nil, nil, nil, nil
	if cap(x.buf) > 1<<20 {
		x.buf = nil
	}
}

// document reads doc from its first to its last byte.
func (x *core) document(doc []byte) *Error {
	x.root = Name{}
	x.begin(doc, 0)
	if int64(len(doc)) > x.limits.MaxBytes {
		return fail(CodeZuGross, 0, textGross)
	}
	i, err := x.prolog()
	if err != nil {
		return err
	}
	if i, err = x.misc(i); err != nil {
		return err
	}
	if err := x.atRoot(i); err != nil {
		return err
	}
	if i, err = x.open(i); err != nil {
		return err
	}
	if i, err = x.content(i); err != nil {
		return err
	}
	if i, err = x.misc(i); err != nil {
		return err
	}
	if i < len(doc) {
		return fail(CodeWurzel, i, textAfter)
	}
	return nil
}

// content reads from i until every open element is closed.
func (x *core) content(i int) (int, *Error) {
	b := x.b
	var err *Error
	for len(x.stack) > 0 {
		for i < len(b) && classes[b[i]]&(clText|clSpace) == clText|clSpace {
			i++
		}
		if i < len(b) && classes[b[i]]&clText != 0 {
			x.solid = i
			for i++; i < len(b) && classes[b[i]]&clText != 0; i++ {
			}
		}
		if i+1 >= len(b) {
			if i < len(b) && b[i] != '<' {
				if i, err = x.text(i); err != nil {
					return i, err
				}
			}
			return i, cut(b)
		}
		switch {
		case b[i] != '<':
			i, err = x.text(i)
		case b[i+1] == '/':
			i, err = x.close(i)
		case b[i+1] == '!':
			x.special = i
			i, err = x.declaration(i)
		case b[i+1] == '?':
			err = x.instruction(i)
		default:
			x.special = i
			i, err = x.open(i)
		}
		if err != nil {
			return i, err
		}
	}
	return i, nil
}

// text passes one character at i that needs a look.
func (x *core) text(i int) (int, *Error) {
	b := x.b
	if b[i] == '\r' {
		x.special = i
		return i + 1, nil
	}
	x.solid = i
	switch c := b[i]; {
	case c == '&':
		x.special = i
		end, _, err := reference(b, i)
		return end, err
	case c == ']':
		if bytes.HasPrefix(b[i:], []byte("]]>")) {
			return i, fail(CodeSyntax, i, textSection)
		}
		return i + 1, nil
	case c >= 0xc2 && c <= 0xdf && i+1 < len(b) && b[i+1]&0xc0 == 0x80: // two bytes, always allowed: umlauts
		return i + 2, nil
	}
	return char(b, i)
}

// close reads the end tag at i and leaves its element.
func (x *core) close(i int) (int, *Error) {
	b := x.b
	f := &x.stack[len(x.stack)-1]
	name := b[f.name:f.nameEnd]
	j := i + 2 + len(name)
	if j > len(b) {
		if bytes.HasPrefix(name, b[i+2:]) {
			return i, cut(b)
		}
		return i, fail(CodeSyntax, i, textEnd)
	}
	if !bytes.Equal(b[i+2:j], name) {
		return i, fail(CodeSyntax, i, textEnd)
	}
	if j >= len(b) || b[j] != '>' {
		if end := nameEnd(b, i+2); end > j {
			return i, fail(CodeSyntax, i, textEnd)
		}
		if j = spaceEnd(b, j); j >= len(b) || b[j] != '>' {
			return i, odd(b, j, textTag)
		}
	}
	if f.node != none {
		x.leave(f, i)
	}
	x.ended(i)
	x.gap = j + 1
	return j + 1, x.pop(j + 1)
}

// pop forgets the innermost element, which ends before end, and the names that it declared.
func (x *core) pop(end int) *Error {
	f := x.stack[len(x.stack)-1]
	if int(f.ns) != len(x.ns) {
		x.ns = x.ns[:f.ns]
		x.forget()
	}
	x.stack = x.stack[:len(x.stack)-1]
	if x.watch != nil && !x.watch.closed(end) {
		return stopped
	}
	return nil
}
