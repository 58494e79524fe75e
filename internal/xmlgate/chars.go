package xmlgate

import "unicode/utf8"

// Classes of bytes, as bits of classes.
const (
	clText  = 1 << iota // stands for itself in text; says nothing that has to be looked at
	clValue             // the same in an attribute value
	clName              // ASCII name character, the colon included
	clStart             // ASCII name start character, the colon included
	clSpace             // white space
)

// classes holds the classes of every byte. Bytes from 0x80 have none: they are decoded.
var classes = classTable()

func classTable() (t [256]uint8) {
	for c := 0x20; c < 0x80; c++ {
		t[c] = clText | clValue
		if letter := byte(c) | 0x20; letter >= 'a' && letter <= 'z' || c == '_' || c == ':' {
			t[c] |= clName | clStart
		}
		if c >= '0' && c <= '9' || c == '-' || c == '.' {
			t[c] |= clName
		}
	}
	for _, c := range "<&]" {
		t[c] &^= clText
	}
	for _, c := range "<&\"'" {
		t[c] &^= clValue
	}
	for _, c := range " \t\n\r" {
		t[c] |= clSpace
	}
	t['\t'] |= clText
	t['\n'] |= clText
	return t
}

// nameRanges are the characters from U+0080 that a name may hold (XML 1.0 fifth edition, NameStartChar and NameChar).
var nameRanges = []struct {
	lo, hi rune
	start  bool // also as the first character
}{
	{0xb7, 0xb7, false}, {0xc0, 0xd6, true}, {0xd8, 0xf6, true}, {0xf8, 0x2ff, true}, {0x300, 0x36f, false},
	{0x370, 0x37d, true}, {0x37f, 0x1fff, true}, {0x200c, 0x200d, true}, {0x203f, 0x2040, false}, {0x2070, 0x218f, true},
	{0x2c00, 0x2fef, true}, {0x3001, 0xd7ff, true}, {0xf900, 0xfdcf, true}, {0xfdf0, 0xfffd, true}, {0x10000, 0xeffff, true},
}

// nameRune says whether r, from U+0080, may stand in a name, and whether it may begin one.
func nameRune(r rune) (inside, start bool) {
	for _, g := range nameRanges {
		if r >= g.lo && r <= g.hi {
			return true, g.start
		}
	}
	return false, false
}

// charOK is the production Char of XML 1.0.
func charOK(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xd800:
		return true
	}
	return r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// nameEnd gives the end of the name that begins at i; i itself if none does.
func nameEnd(b []byte, i int) int {
	j := i
	if j < len(b) && classes[b[j]]&clStart != 0 {
		for j++; j < len(b) && classes[b[j]]&clName != 0; j++ {
		}
	}
	if j >= len(b) || b[j] < utf8.RuneSelf {
		return j
	}
	for j < len(b) {
		r, size := rune(b[j]), 1
		inside, start := classes[b[j]]&clName != 0, classes[b[j]]&clStart != 0
		if r >= utf8.RuneSelf {
			if r, size = utf8.DecodeRune(b[j:]); r == utf8.RuneError && size == 1 {
				return j
			}
			inside, start = nameRune(r)
		}
		if !inside || j == i && !start {
			return j
		}
		j += size
	}
	return j
}

// spaceEnd gives the first byte from i on that is no white space.
func spaceEnd(b []byte, i int) int {
	for i < len(b) && classes[b[i]]&clSpace != 0 {
		i++
	}
	return i
}

// char checks the one character at i that its class did not let through, and gives its end.
func char(b []byte, i int) (int, *Error) {
	if c := b[i]; c < utf8.RuneSelf {
		if !charOK(rune(c)) {
			return i, fail(CodeZeichen, i, textChar)
		}
		return i + 1, nil
	}
	r, size := utf8.DecodeRune(b[i:])
	switch {
	case r == utf8.RuneError && size == 1 && !utf8.FullRune(b[i:]):
		return i, cut(b)
	case r == utf8.RuneError && size == 1:
		return i, fail(CodeEncoding, i, badByte(b[i:]))
	case !charOK(r):
		return i, fail(CodeZeichen, i, textChar)
	}
	return i + size, nil
}

// badByte guesses how a byte came here that is no UTF-8.
func badByte(b []byte) string {
	switch {
	case len(b) > 2 && b[0] == 0xed && b[1] >= 0xa0 && b[1] <= 0xbf && b[2]&0xc0 == 0x80:
		return textSurr
	case b[0] >= 0xc0 && (len(b) == 1 || b[1] < utf8.RuneSelf): // a letter of Latin-1 among ASCII
		return textLatin1
	}
	return textUTF8
}

// chars checks every character of b[i:end].
func chars(b []byte, i, end int) *Error {
	for {
		for i < end && classes[b[i]]&(clText|clValue) != 0 {
			i++
		}
		if i >= end {
			return nil
		}
		var err *Error
		if i, err = char(b, i); err != nil {
			return err
		}
	}
}

// odd is the fault of a byte at i that does not belong there: what it is decides the code, text speaks for the rest.
func odd(b []byte, i int, text string) *Error {
	if i >= len(b) {
		return cut(b)
	}
	if _, err := char(b, i); err != nil {
		return err
	}
	return fail(CodeSyntax, i, text)
}

// cut is the fault of a document that ends too early.
func cut(b []byte) *Error { return fail(CodeUnvollstaendig, len(b), textCut) }

// reference reads the reference at i ('&') and gives its end and what it stands for.
func reference(b []byte, i int) (int, rune, *Error) {
	j := i + 1
	if j < len(b) && b[j] == '#' {
		return charReference(b, i)
	}
	for j < len(b) && classes[b[j]]&clName != 0 {
		j++
	}
	if j >= len(b) {
		return i, 0, cut(b)
	}
	if b[j] == ';' {
		if r := predefined(b[i+1 : j]); r != 0 {
			return j + 1, r, nil
		}
	}
	return i, 0, fail(CodeEntitaet, i, textEntity)
}

func predefined(name []byte) rune {
	switch string(name) {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	return 0
}

func charReference(b []byte, i int) (int, rune, *Error) {
	j, base := i+2, rune(10)
	if j < len(b) && b[j] == 'x' {
		j, base = j+1, 16
	}
	first, r := j, rune(0)
	for ; j < len(b); j++ {
		d := digit(b[j])
		if d >= base {
			break
		}
		r = min(r*base+d, utf8.MaxRune+1) // stays far from an overflow however many digits follow
	}
	switch {
	case j >= len(b):
		return i, 0, cut(b)
	case b[j] != ';' || j == first:
		return i, 0, fail(CodeEntitaet, i, textEntity)
	case !charOK(r):
		return i, 0, fail(CodeZeichen, i, textRefChar)
	}
	return j + 1, r, nil
}

// digit is the value of a hexadecimal digit, or 99.
func digit(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return 99
}
