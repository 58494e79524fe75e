package xmlgate

import "unicode/utf8"

// replacement stands for what XML 1.0 cannot hold.
const replacement = "\uFFFD"

// AppendText appends s as element content or as an attribute's value in double quotes, so that a reader gets s again: white space other
// than blanks as references. What XML 1.0 cannot hold (section 2.2), broken UTF-8 among it, becomes U+FFFD.
func AppendText(dst []byte, s string) []byte {
	from := 0
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		if e := escaped(r, n); e != "" {
			dst = append(append(dst, s[from:i]...), e...)
			from = i + n
		}
		i += n
	}
	return append(dst, s[from:]...)
}

// escaped is how r is written, or "" for as it is. n is its length in bytes: 1 for a broken one.
func escaped(r rune, n int) string {
	switch {
	case r > '>' && r < utf8.RuneSelf: // most text
		return ""
	case r == '&':
		return "&amp;"
	case r == '<':
		return "&lt;"
	case r == '>':
		return "&gt;"
	case r == '"':
		return "&quot;"
	case r == '\t':
		return "&#9;"
	case r == '\n':
		return "&#10;"
	case r == '\r':
		return "&#13;"
	case r < ' ', r == utf8.RuneError && n == 1, r == 0xFFFE, r == 0xFFFF:
		return replacement
	}
	return ""
}
