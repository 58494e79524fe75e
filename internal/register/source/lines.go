package source

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

func charsets() []string { return []string{"", "utf-8", "windows-1252", "iso-8859-1"} }

// line is one line of a text file.
type line struct {
	no   int // from 1
	text string
	bad  string // why it cannot be used; "" = it can
}

// lines cuts data into lines without their ends; empty ones are left out. It stops when yield does not want more.
func lines(data []byte, o Options, yield func(line) bool) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	for no := 1; len(data) > 0; no++ {
		raw, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		raw = bytes.TrimSuffix(raw, []byte("\r"))
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		l := line{no: no}
		if len(raw) > o.Limits.Line {
			l.bad = "longer than a line may be"
		} else {
			l.text, l.bad = decode(raw, o.Charset)
		}
		if !yield(l) {
			return
		}
	}
}

// decode gives a line in UTF-8, or why it is none.
func decode(raw []byte, charset string) (text, bad string) {
	switch charset {
	case "windows-1252", "iso-8859-1":
		m := map[string]*charmap.Charmap{"windows-1252": charmap.Windows1252, "iso-8859-1": charmap.ISO8859_1}[charset]
		out, err := m.NewDecoder().Bytes(raw)
		if err != nil {
			return "", "not " + charset
		}
		text = string(out)
	default:
		if !utf8.Valid(raw) {
			return "", "not UTF-8; is it Windows-1252?"
		}
		text = string(raw)
	}
	return text, unreadable(text)
}

// unreadable finds what only a wrong conversion leaves behind.
func unreadable(s string) string {
	switch {
	case strings.ContainsRune(s, utf8.RuneError):
		return "has a replacement character: damaged by a wrong conversion"
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }):
		return "has a control character"
	}
	// UTF-8 that was read as Windows-1252 or Latin-1: "Ã¼" for "ü", "ÃŸ" for "ß"
	for rest := s; ; {
		i := strings.Index(rest, "Ã")
		if i < 0 {
			return ""
		}
		rest = rest[i+len("Ã"):]
		if r, _ := utf8.DecodeRuneInString(rest); strings.ContainsRune("¤¶¼„–œŸ", r) {
			return "UTF-8 that was taken for another charset (\"Ã" + string(r) + "\")"
		}
	}
}
