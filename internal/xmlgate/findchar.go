package xmlgate

import (
	"bytes"
	"unicode/utf8"
)

// FindChar gives the offset of the n-th (from 0) character r in the text of the element whose '<' is at off: the text that a Map
// hands out as its value, so references count as what they stand for and comments and children do not. ok is false if it is not there.
func FindChar(doc []byte, off int, r rune, n int) (at int, ok bool) {
	i, empty := startTagEnd(doc, off)
	for depth := 0; !empty && i < len(doc); {
		switch rest := doc[i:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			i = behind(doc, i+4, "-->")
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			end := behind(doc, i+9, "]]>")
			if depth == 0 {
				if at, ok = nthRune(doc[:max(end-3, i+9)], i+9, r, &n); ok {
					return at, true
				}
			}
			i = end
		case bytes.HasPrefix(rest, []byte("</")):
			if depth--; depth < 0 {
				return 0, false
			}
			i = behind(doc, i, ">")
		case rest[0] == '<':
			if i, empty = startTagEnd(doc, i); !empty {
				depth++
			}
			empty = false
		default:
			end, got := character(doc, i)
			if depth == 0 && got == r {
				if n--; n < 0 {
					return i, true
				}
			}
			i = end
		}
	}
	return 0, false
}

// character gives the character of the text at i, and where the next one begins.
func character(doc []byte, i int) (end int, r rune) {
	if doc[i] == '&' {
		if end, r, err := reference(doc, i); err == nil {
			return end, r
		}
	}
	r, size := utf8.DecodeRune(doc[i:])
	return i + size, r
}

// nthRune looks for r in doc from i on and counts n down.
func nthRune(doc []byte, i int, r rune, n *int) (at int, ok bool) {
	for i < len(doc) {
		got, size := utf8.DecodeRune(doc[i:])
		if got == r {
			if *n--; *n < 0 {
				return i, true
			}
		}
		i += size
	}
	return 0, false
}

// startTagEnd gives the offset behind the tag at i, and whether the tag is an element of its own.
func startTagEnd(doc []byte, i int) (end int, empty bool) {
	from, quote := i, byte(0)
	for ; i < len(doc); i++ {
		switch c := doc[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1, i > from && doc[i-1] == '/'
		}
	}
	return len(doc), true
}

// behind gives the offset after the next end, or that of the document's end.
func behind(doc []byte, i int, end string) int {
	if i > len(doc) {
		return len(doc)
	}
	n := bytes.Index(doc[i:], []byte(end))
	if n < 0 {
		return len(doc)
	}
	return i + n + len(end)
}
