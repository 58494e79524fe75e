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

// The places around these prefixes that the rule below gets wrong: not between a and b, but between c and d.
var (
	notBetween = [][2]string{{"ve", "r"}, {"ü", "ber"}, {"übe", "r"}, {"übert", "r"}, {"unte", "r"}, {"hinte", "r"}}
	between    = [][2]string{{"ver", ""}, {"", "über"}, {"über", ""}}
)

// divides says that a German syllable may begin at word[i:]: a single consonant before a vowel goes to the new line, and so does
// one that is written with several letters. A capital inside of a word begins one.
func divides(word string, i int) bool {
	before, here := word[:i], strings.ToLower(word[i:])
	if utf8.RuneCountInString(before) < 3 || utf8.RuneCountInString(here) < 3 {
		return false
	}
	if _, size := utf8.DecodeRuneInString(word[i:]); capital(word, i) {
		return true
	} else if _, last := utf8.DecodeLastRuneInString(before); capital(word, i-last) || capital(word, i+size) {
		return false
	}
	lower := strings.ToLower(before)
	for _, p := range between {
		if strings.HasSuffix(lower, p[0]) && strings.HasPrefix(here, p[1]) {
			return true
		}
	}
	for _, p := range notBetween {
		if strings.HasSuffix(lower, p[0]) && strings.HasPrefix(here, p[1]) {
			return false
		}
	}
	for _, unit := range []string{"sch", "ch", "ck", "ph", "th", "qu"} {
		if rest, ok := strings.CutPrefix(here, unit); ok {
			return vowel(rest)
		}
	}
	if strings.HasSuffix(lower, "sc") || strings.HasSuffix(lower, "c") || strings.HasSuffix(lower, "p") && here[0] == 'h' || strings.HasSuffix(lower, "t") && here[0] == 'h' {
		return false // inside of a unit
	}
	_, size := utf8.DecodeRuneInString(here)
	return !vowel(here) && vowel(here[size:])
}

// capital says that word[i:] begins with a capital behind a small letter.
func capital(word string, i int) bool {
	last, _ := utf8.DecodeLastRuneInString(word[:i])
	next, _ := utf8.DecodeRuneInString(word[i:])
	return unicode.IsLower(last) && unicode.IsUpper(next)
}

func vowel(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("aeiouyäöü", r)
}
