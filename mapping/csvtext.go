package mapping

import "strings"

// csvText quotes a text for a spreadsheet. What Excel would take for a formula, a number or a date gets an apostrophe in front: a cell
// that begins with = + - @ runs as a formula when the file is opened, and 0123, 1-2 or Dez-12 would be shown as something else. What
// begins with an apostrophe gets a second one, so that a program may take one off again. Line breaks become blanks.
func csvText(s string) string {
	if s == "" {
		return ""
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\r', r == '\n', r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
			return ' '
		case r < ' ' && r != '\t', r == 0x7f:
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if misread(s) {
		s = "'" + s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// misread says that Excel would not show s as it is.
func misread(s string) bool {
	trimmed := strings.TrimLeft(s, " \u00a0\ufeff")
	if trimmed == "" {
		return false
	}
	switch trimmed[0] {
	case '=', '+', '-', '@', '\t', '\'':
		return true
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} { // full-width forms are formulas, too
		if strings.HasPrefix(trimmed, wide) {
			return true
		}
	}
	return numberLike(trimmed) || monthLike(trimmed)
}

// numberLike says that s is made of digits and what numbers, dates and times are written with.
func numberLike(s string) bool {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case strings.IndexByte(".,:/-+ %", c) >= 0, (c == 'e' || c == 'E') && digits > 0:
		default:
			return false
		}
	}
	return digits > 0
}

// months are the beginnings of month names as a German Excel knows them.
var months = []string{"jan", "feb", "mär", "mrz", "mar", "apr", "mai", "may", "jun", "jul", "aug", "sep", "okt", "oct", "nov", "dez", "dec"}

// monthLike says that s is a month's name and digits, in either order, and nothing else: "Dez-12", "3. Mai".
func monthLike(s string) bool {
	word := strings.ToLower(strings.Trim(s, "0123456789 .,-/"))
	if len(word) == len(s) || strings.ContainsAny(word, "0123456789") {
		return false
	}
	for _, m := range months {
		if strings.HasPrefix(word, m) {
			return true
		}
	}
	return false
}
