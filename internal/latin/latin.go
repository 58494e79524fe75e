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
	for at < len(s) && s[at] < utf8.RuneSelf {
		if classes[s[at]]&bit == 0 {
			return at, false
		}
		at++
	}
	if at == len(s) {
		return at, true
	}
	return checkWide(s, at, bit)
}

// checkWide goes on at the first byte that is not ASCII. A combining mark belongs to the letter before it.
func checkWide(s string, at int, bit uint8) (int, bool) {
	base := rune(-1) // the letter that a mark may follow; -1 = none
	if at > 0 {
		base = rune(s[at-1])
	}
	for at < len(s) {
		if c := s[at]; c < utf8.RuneSelf && classes[c]&bit != 0 {
			base, at = rune(c), at+1
			continue
		}
		r, n := utf8.DecodeRuneInString(s[at:])
		if r == utf8.RuneError && n <= 1 {
			return at, false
		}
		if int(r) < len(classes) && classes[r]&bit != 0 {
			base, at = r, at+n
			continue
		}
		n = sequence(base, s[at:])
		if n == 0 {
			return at, false
		}
		base, at = -1, at+n
	}
	return at, true
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

// firstMark is the first byte of U+0300 in UTF-8. Below it no character combines and each is its own normal form.
const firstMark = 0xcc
