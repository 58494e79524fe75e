// Package latin checks text against the datatypes A to E of DIN 91379 (characters and allowed sequences of the Latin
// script in Europe) and for the normal form NFC.
//
// The norm lists single characters and, beside them, a fixed set of sequences of a base letter and combining marks;
// a mark anywhere else is a violation. The tables are in table.go. What a violation means is not decided here.
package latin

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Type is a datatype of DIN 91379.
type Type uint8

// The five datatypes. A is part of B, B of C; D of E. C has four white-space characters that D lacks.
const (
	A Type = iota // names of natural persons
	B             // other names: firms, places, streets with house numbers
	C             // free text: every normative character
	D             // as C without line breaks, with the extended characters (Greek among them)
	E             // as D with line breaks and the Cyrillic of Bulgarian
)

// String is the letter of the norm.
func (t Type) String() string { return string(rune('A' + t)) }

// Check looks for the first character or sequence of s that t does not allow. at is its byte offset: of the mark where a
// combining mark is the trouble, of the byte where s is not UTF-8. ok means that there is none; then at is len(s).
func Check(s string, t Type) (at int, ok bool) {
	bit := uint8(1) << t
	base := rune(-1) // the letter that a mark may follow; -1 = none
	for at < len(s) {
		for t != A && len(s)-at >= 8 && printable(s[at:at+8]) { // every type but A allows all of them
			at += 8
			base = rune(s[at-1])
		}
		for at < len(s) && s[at] < utf8.RuneSelf && classes[s[at]]&bit != 0 {
			base = rune(s[at])
			at++
		}
		if at == len(s) {
			break
		}
		r, n := rune(s[at]), 1
		switch {
		case r < utf8.RuneSelf:
			return at, false
		case r >= 0xc2 && r <= 0xdf && at+1 < len(s) && s[at+1]&0xc0 == 0x80: // umlauts and most other letters with a sign
			r, n = r&0x1f<<6|rune(s[at+1]&0x3f), 2
		default:
			if r, n = utf8.DecodeRuneInString(s[at:]); r == utf8.RuneError && n <= 1 {
				return at, false
			}
		}
		if int(r) < len(classes) && classes[r]&bit != 0 {
			base, at = r, at+n
			continue
		}
		if n = sequence(base, s[at:]); n == 0 {
			return at, false
		}
		base, at = -1, at+n
	}
	return at, true
}

// printable says whether the eight bytes of s are all from blank to tilde, in a few steps for all of them.
func printable(s string) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	return (w|(w+ones)|(w-' '*ones))&high == 0 // 0x7f+1 and what is below a blank borrow into the high bit
}

// sequence gives the length of the marks at the start of s that the norm allows after base: the longest that fits. Zero = none.
func sequence(base rune, s string) int {
	if base < 0 {
		return 0
	}
	longest := 0
	for _, marks := range sequences[base] {
		if len(marks) > longest && len(s) >= len(marks) && s[:len(marks)] == marks {
			longest = len(marks)
		}
	}
	return longest
}

// NFC says whether s is in the normal form NFC.
func NFC(s string) bool {
	for i := range len(s) {
		if s[i] >= firstMark {
			start := max(i-2, 0) // a mark composes with the letter before it
			for start > 0 && !utf8.RuneStart(s[start]) {
				start--
			}
			s = s[start:]
			return norm.NFC.QuickSpanString(s) == len(s) || norm.NFC.IsNormalString(s)
		}
	}
	return true
}

// NotNFC gives the next stretch of s, from the byte from on, that is not in the normal form NFC: a letter with its marks, as a rule. ok is
// false if there is none. from must be 0 or the end of an earlier stretch.
func NotNFC(s string, from int) (start, end int, ok bool) {
	for start = from; start < len(s); start = end {
		n := norm.NFC.NextBoundaryInString(s[start:], true)
		if n <= 0 {
			n = len(s) - start
		}
		if end = start + n; !norm.NFC.IsNormalString(s[start:end]) {
			return start, end, true
		}
	}
	return 0, 0, false
}

// firstMark is the first byte of U+0300 in UTF-8. Below it no character combines and each is its own normal form.
const firstMark = 0xcc
