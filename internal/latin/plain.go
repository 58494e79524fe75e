package latin

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Plain says that a document surely has no control character but white space and nothing that is not in the normal form NFC. It is
// quick, and may say false of a document in which nothing is wrong: characters written as numbers are not looked at.
func Plain(doc []byte) bool {
	if bytes.IndexByte(doc, 0x7f) >= 0 || bytes.Contains(doc, []byte("&#")) {
		return false
	}
	for i := ascii(doc); i < len(doc); i += ascii(doc[i:]) {
		switch c := doc[i]; {
		case c == 0xc2 && i+1 < len(doc) && doc[i+1] < 0xa0: // U+0080 to U+009F
			return false
		case c < firstMark:
			i = min(i+2, len(doc))
		default:
			p := norm.NFC.Properties(doc[i:])
			if !utf8.FullRune(doc[i:]) || p.CCC() != 0 || !p.BoundaryBefore() || p.Decomposition() != nil || p.Size() < 2 {
				return false
			}
			i += p.Size()
		}
	}
	return true
}

// ascii gives how many bytes of b surely are ASCII, many at a time.
func ascii(b []byte) (n int) {
	for ; len(b) >= 32; b, n = b[32:], n+32 {
		w := binary.LittleEndian.Uint64(b) | binary.LittleEndian.Uint64(b[8:]) | binary.LittleEndian.Uint64(b[16:]) | binary.LittleEndian.Uint64(b[24:])
		if w&0x8080808080808080 != 0 {
			break
		}
	}
	for ; len(b) > 0 && b[0] < utf8.RuneSelf; b, n = b[1:], n+1 {
	}
	return n
}
