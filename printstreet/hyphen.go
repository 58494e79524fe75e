package printstreet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// hyphenate moves the end of a piece of a word that is too long for its line to where German divides it, and says whether a hyphen
// belongs there: never in a number, an address or a reference, which a hyphen would change. n is the end that fits with a hyphen.
func hyphenate(word string, n int) (end int, hyphen bool) {
	if n >= len(word) || !onlyLetters(word[:n]) {
		return n, false
	}
	next, _ := utf8.DecodeRuneInString(word[n:])
	if !unicode.IsLetter(next) && !unicode.Is(unicode.Mn, next) {
		return n, false
	}
	for i := n; i > n/2; i-- {
		if utf8.RuneStart(word[i]) && divides(word, i) {
			return i, true
		}
	}
	return n, true
}

// onlyLetters says that text is (a part of) a word, not a reference. A soft break behind a hyphen or dot needs no other.
func onlyLetters(text string) bool {
	last := rune(0)
	for _, r := range text {
		if !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && r != '-' {
			return false
		}
		last = r
	}
	return last != '-'
}

// divides says that a German syllable may begin at word[i:]: a single consonant before a vowel goes to the new line, and so does
// one that is written with several letters.
func divides(word string, i int) bool {
	before, here := word[:i], strings.ToLower(word[i:])
	if utf8.RuneCountInString(before) < 3 || utf8.RuneCountInString(here) < 3 {
		return false
	}
	for _, unit := range []string{"sch", "ch", "ck", "ph", "th", "qu"} {
		if rest, ok := strings.CutPrefix(here, unit); ok {
			return vowel(rest)
		}
	}
	lower := strings.ToLower(before)
	if strings.HasSuffix(lower, "sc") || strings.HasSuffix(lower, "c") || strings.HasSuffix(lower, "p") && here[0] == 'h' || strings.HasSuffix(lower, "t") && here[0] == 'h' {
		return false // inside of a unit
	}
	_, size := utf8.DecodeRuneInString(here)
	return !vowel(here) && vowel(here[size:])
}

func vowel(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("aeiouyäöü", r)
}
