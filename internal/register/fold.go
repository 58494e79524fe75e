package register

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold makes a text comparable for a search: lower case, umlauts written out, other accents and punctuation off, "St." as "sankt", single
// blanks.
func Fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		foldRune(&b, unicode.ToLower(r))
	}
	words := strings.Fields(b.String())
	for i, w := range words {
		words[i] = strings.TrimRight(w, ".")
		if w == "st." {
			words[i] = "sankt"
		}
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}
