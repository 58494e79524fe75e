package mapping

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// charset turns the bytes of a flat file into text. A byte that the charset does not define, and every control character that text
// cannot hold, is refused: it shows that the file is not what the mapping says.
type charset struct {
	table   *[256]rune // nil: UTF-8
	newline []byte     // the bytes that end a line, each on its own; the first one in the file decides
	space   byte
}

// bad marks a byte that no text may hold.
const bad = -1

// charsets are the charsets a mapping may name.
var charsets = map[string]charset{
	"utf-8":        {newline: []byte{'\n'}, space: ' '},
	"iso-8859-1":   ascii(charmap.ISO8859_1),
	"iso-8859-15":  ascii(charmap.ISO8859_15),
	"windows-1252": ascii(charmap.Windows1252),
	"ibm-1141":     {table: tableOf(ibm1141), newline: []byte{0x25, 0x15}, space: 0x40},
}

func ascii(m *charmap.Charmap) charset {
	return charset{table: tableOf(m.DecodeByte), newline: []byte{'\n'}, space: ' '}
}

// ibm1141Differs is what IBM-1141 (Germany, with the euro sign) has elsewhere than IBM-037, which x/text knows: the 21 places of
// IBM-273, and the euro sign for the currency sign.
var ibm1141Differs = map[byte]rune{
	0x43: '{', 0x4a: 'Ä', 0x4f: '!', 0x59: '~', 0x5a: 'Ü', 0x5f: '^', 0x63: '[', 0x6a: 'ö', 0x7c: '§', 0xa1: 'ß', 0xb0: '¢',
	0xb5: '@', 0xba: '¬', 0xbb: '|', 0xc0: 'ä', 0xcc: '¦', 0xd0: 'ü', 0xdc: '}', 0xe0: 'Ö', 0xec: '\\', 0xfc: ']',
	0x9f: '€',
}

func ibm1141(b byte) rune {
	if r, ok := ibm1141Differs[b]; ok {
		return r
	}
	return charmap.CodePage037.DecodeByte(b)
}

// tableOf makes the table of a charset of one byte per character. Tab and the line ends stay; other control characters, C1 of the
// ISO charsets included, are refused: text in Windows-1252 that is said to be ISO 8859 shows in them.
func tableOf(decode func(byte) rune) *[256]rune {
	var t [256]rune
	for i := range t {
		r := decode(byte(i))
		if r == utf8.RuneError || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 {
			r = bad
		}
		t[i] = r
	}
	return &t
}

// charsetNamed finds a charset by its name in a mapping.
func charsetNamed(name string) (charset, error) {
	if c, ok := charsets[name]; ok {
		return c, nil
	}
	return charset{}, fmt.Errorf("unknown charset %q: want one of %q", name, slices.Sorted(maps.Keys(charsets)))
}

// decode appends raw as UTF-8 to buf; false: raw holds a byte that is no text in this charset, and at is its offset.
func (c charset) decode(buf, raw []byte) (out []byte, at int, ok bool) {
	if c.table == nil {
		return c.decodeUTF8(buf, raw)
	}
	for i, b := range raw {
		switch r := c.table[b]; {
		case r < 0:
			return buf, i, false
		case r < utf8.RuneSelf:
			buf = append(buf, byte(r))
		default:
			buf = utf8.AppendRune(buf, r)
		}
	}
	return buf, 0, true
}

func (c charset) decodeUTF8(buf, raw []byte) (out []byte, at int, ok bool) {
	for i := 0; i < len(raw); {
		b := raw[i]
		if b >= ' ' && b < 0x7f || b == '\t' || b == '\n' || b == '\r' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n <= 1 || r < 0xa0 || r == 0xfffe || r == 0xffff {
			return buf, i, false
		}
		i += n
	}
	return append(buf, raw...), 0, true
}

// encode finds the one byte of an ASCII character, as separators and quotes are.
func (c charset) encode(r rune) (byte, bool) {
	if c.table == nil {
		return byte(r), r < utf8.RuneSelf
	}
	for b, have := range c.table {
		if have == r {
			return byte(b), true
		}
	}
	return 0, false
}

// length counts the characters of raw.
func (c charset) length(raw []byte) int {
	if c.table == nil {
		return utf8.RuneCount(raw)
	}
	return len(raw)
}
