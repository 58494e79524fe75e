package xmlgate

import "fmt"

// Part says where a child of a container stood, so that positions in its document can be told as positions in the file.
type Part struct {
	Line, Column int // of the child's '<' in the file, from 1; a zero Part moves nothing
	InsertAt     int // characters before the inserted declarations, all on the document's first line
	InsertLen    int // characters inserted; they contain no line end
}

// Locate turns a position in the child's document into one in the file. Inside the inserted text it is the end of the child's
// name; a line below 1, which means no position, becomes the beginning of the child.
func (p Part) Locate(line, col int) (int, int) {
	if p.Line == 0 {
		return line, col
	}
	if line > 1 {
		return p.Line + line - 1, col
	}
	if line < 1 {
		return p.Line, p.Column
	}
	switch before := col - 1; {
	case before >= p.InsertAt+p.InsertLen:
		col -= p.InsertLen
	case before > p.InsertAt:
		col = p.InsertAt + 1
	}
	return p.Line, p.Column + max(col, 1) - 1
}

// declarations writes to s.insert the root's declarations that the start tag read last, at i, does not make itself. They take
// one line, whatever stands in the namespace names.
func (s *Splitter) declarations(i int) *Error {
	x, text, n := &s.x, s.insert[:0], 0
	own := x.ns[s.bindings : s.bindings+x.own]
	for _, root := range x.ns[:s.bindings] {
		if root.uri == "" || declares(own, root.prefix) {
			continue
		}
		n++
		text = append(text, " xmlns"...)
		if root.prefix != "" {
			text = append(append(text, ':'), root.prefix...)
		}
		text = append(appendValue(append(text, `="`...), root.uri), '"')
	}
	s.insert = text
	if len(x.attrs)+n > x.limits.MaxAttrs {
		return fail(CodeAttribute, i, textMany)
	}
	return nil
}

func declares(own []binding, prefix string) bool {
	for _, b := range own {
		if b.prefix == prefix {
			return true
		}
	}
	return false
}

// appendValue appends s as an attribute value in double quotes that reads as s again.
func appendValue(dst []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '"', '\t', '\n', '\r':
			dst = fmt.Appendf(dst, "&#%d;", c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
