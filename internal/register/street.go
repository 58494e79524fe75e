package register

import (
	"strconv"
	"strings"
)

// The sides of a Strasse.
const (
	SeiteGerade   = "gerade"
	SeiteUngerade = "ungerade"
)

// number is a house number: 12a is {12, "a"}.
type number struct {
	number int
	letter string
}

// readNumber reads "12", "12a", "12 A".
func readNumber(s string) (number, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.Atoi(s[:end])
	letter := strings.TrimSpace(s[end:])
	return number{n, letter}, err == nil && n < 100_000 && len(letter) <= 1 && strings.Trim(letter, "abcdefghijklmnopqrstuvwxyz") == ""
}
