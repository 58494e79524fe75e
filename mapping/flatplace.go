package mapping

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
)

// flatPlace leads from a place in a generated document back to the flat file.
type flatPlace struct {
	marks []flatMark
	names []string
}

// flatMark says where the element that starts at off comes from.
type flatMark struct {
	off    uint32
	line   int32
	column int32
	ref    uint16
}

// find gives the origin of what stands at off.
func (p *flatPlace) find(off int) flatMark {
	lo, hi := 0, len(p.marks)
	for lo < hi {
		if mid := (lo + hi) / 2; int(p.marks[mid].off) <= off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return p.marks[max(lo-1, 0)]
}

// place moves findings of the generated document to the records and columns that they come from.
func (p *flatPlace) place(doc []byte, findings []amtshilfe.Finding) {
	for i := range findings {
		f := &findings[i]
		off, ok := 0, false
		if f.Line > 0 {
			off, ok = offsetOf(doc, f.Line, f.Column)
		} else {
			off, ok = locate(doc, f)
		}
		if !ok {
			off = 0
		}
		m := p.find(off)
		f.Line, f.Column, f.Path = int(m.line), int(m.column)+m.into(doc, off), p.names[m.ref]
	}
	slices.SortStableFunc(findings, func(a, b amtshilfe.Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// into counts the characters of the mark's value before off: a finding may be about one of them.
func (m flatMark) into(doc []byte, off int) (n int) {
	start := int(m.off) + bytes.IndexByte(doc[m.off:], '>') + 1
	if off <= start {
		return 0
	}
	for text := doc[start:off]; len(text) > 0; n++ {
		size := 1
		switch {
		case text[0] == '<':
			return 0 // behind the value
		case text[0] == '&':
			size = bytes.IndexByte(text, ';') + 1
		default:
			_, size = utf8.DecodeRune(text)
		}
		text = text[max(size, 1):]
	}
	return n
}

// offsetOf is the inverse of xmlgate.Position for documents of ours.
func offsetOf(doc []byte, line, column int) (off int, ok bool) {
	for ; line > 1; line-- {
		n := bytes.IndexByte(doc[off:], '\n')
		if n < 0 {
			return 0, false
		}
		off += n + 1
	}
	for ; column > 1 && off < len(doc); column-- {
		for off++; off < len(doc) && doc[off]&0xc0 == 0x80; off++ {
		}
	}
	return off, true
}
