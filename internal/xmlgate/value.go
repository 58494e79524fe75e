package xmlgate

import (
	"bytes"
	"unicode/utf8"
)

// elementText gives the text of an element's content b[from:to]: as it stands there if nothing in it needs work.
func (x *core) elementText(from, to int) []byte {
	if from >= to {
		return x.b[to:to:to]
	}
	if x.special < from {
		return x.b[from:to:to]
	}
	return x.plain(from, to)
}

// plain builds the text of b[from:to], which was checked, in x.buf: without comments and the elements in it.
func (x *core) plain(from, to int) []byte {
	b, begin, depth := x.b, len(x.buf), 0
	for i := from; i < to; {
		switch {
		case bytes.HasPrefix(b[i:to], []byte("<!--")):
			i += len("<!--")
			i += bytes.Index(b[i:to], []byte("-->")) + len("-->")
		case bytes.HasPrefix(b[i:to], []byte("<![CDATA[")):
			i += len("<![CDATA[")
			end := i + bytes.Index(b[i:to], []byte("]]>"))
			if depth == 0 {
				x.lines(i, end)
			}
			i = end + len("]]>")
		case b[i] == '<':
			end, change := tagEnd(b[:to], i)
			depth += change
			i = end
		case b[i] == '&':
			end, r, _ := reference(b, i)
			if depth == 0 {
				x.buf = utf8.AppendRune(x.buf, r)
			}
			i = end
		default:
			end := to
			if n := bytes.IndexAny(b[i:to], "<&"); n >= 0 {
				end = i + n
			}
			if depth == 0 {
				x.lines(i, end)
			}
			i = end
		}
	}
	return x.buf[begin:len(x.buf):len(x.buf)]
}

// lines appends b[i:end] with every line end made one line feed.
func (x *core) lines(i, end int) {
	for i < end {
		n := bytes.IndexByte(x.b[i:end], '\r')
		if n < 0 {
			x.buf = append(x.buf, x.b[i:end]...)
			return
		}
		x.buf = append(append(x.buf, x.b[i:i+n]...), '\n')
		i += n + 1
		if i < end && x.b[i] == '\n' {
			i++
		}
	}
}

// tagEnd gives the end of the tag at i, which was checked, and how it changes the depth.
func tagEnd(b []byte, i int) (end, change int) {
	closing := b[i+1] == '/'
	for i++; b[i] != '>'; i++ {
		if q := b[i]; q == '"' || q == '\'' {
			i += 1 + bytes.IndexByte(b[i+1:], q)
		}
	}
	switch {
	case closing:
		return i + 1, -1
	case b[i-1] == '/':
		return i + 1, 0
	}
	return i + 1, 1
}

// attrText gives the value of an attribute, normalised as XML 1.0 section 3.3.3 wants it.
func (x *core) attrText(a *attr) []byte {
	b := x.b
	if a.verbatim {
		return b[a.val:a.valEnd:a.valEnd]
	}
	begin := len(x.buf)
	for i := int(a.val); i < int(a.valEnd); {
		switch c := b[i]; {
		case c == '&':
			end, r, _ := reference(b, i)
			x.buf = utf8.AppendRune(x.buf, r)
			i = end
			continue
		case c == '\r' && b[i+1] == '\n': // the quote follows at the latest
		case classes[c]&clSpace != 0:
			x.buf = append(x.buf, ' ')
		default:
			x.buf = append(x.buf, c)
		}
		i++
	}
	return x.buf[begin:len(x.buf):len(x.buf)]
}
