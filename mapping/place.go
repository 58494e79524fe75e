package mapping

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// Place gives every finding of the document a position in the dropped file: findings that have only a Path are looked up in doc
// (where the path leads to nothing, the nearest element above it counts), to the character where one is named; then all are moved into
// the file's coordinates, paths too, and put in their order. A finding without either stands at the root. Call it once, with all findings
// of the document.
func Place(doc []byte, d Document, findings []amtshilfe.Finding) {
	if d.flat != nil {
		d.flat.place(doc, findings)
		return
	}
	nowhere := map[string]bool{}
	for i := range findings {
		f := &findings[i]
		if f.Line == 0 && f.Path == "" {
			nowhere[f.Code] = true
		}
		if f.Line == 0 {
			if off, ok := locate(doc, f); ok {
				f.Line, f.Column = xmlgate.Position(doc, off)
			}
		}
		if f.Line == 0 {
			f.Line, f.Column = d.Position.Line, d.Position.Column
		} else {
			f.Line, f.Column = d.Locate(f.Line, f.Column)
		}
		f.Path = d.path(f.Path)
	}
	slices.SortStableFunc(findings, func(a, b amtshilfe.Finding) int {
		if nowhere[a.Code] != nowhere[b.Code] { // what is about the message as a whole follows what has a place
			return map[bool]int{true: 1, false: -1}[nowhere[a.Code]]
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// locate finds the element that the finding's path names, or else the closest one above it, and in its text the character.
func locate(doc []byte, f *amtshilfe.Finding) (off int, ok bool) {
	for path := f.Path; len(path) > 1; {
		if off, ok = xmlgate.Find(doc, path); ok {
			if f.Char != 0 && path == f.Path {
				if at, there := xmlgate.FindChar(doc, off, f.Char, f.Nth); there {
					return at, true
				}
			}
			return off, true
		}
		path = path[:max(strings.LastIndexByte(path, '/'), 0)]
	}
	return 0, false
}

// path moves a path of the standalone document below the container that the document was cut out of.
func (d Document) path(path string) string {
	if d.step == "" || path == "" {
		return path
	}
	_, rest, inside := strings.Cut(path[1:], "/")
	if inside {
		rest = "/" + rest
	}
	return "/" + containerRoot.Local + d.step + rest
}

// rootOffset finds the root's start tag behind BOM, declaration, comments and processing instructions.
func rootOffset(doc []byte) (off int, ok bool) {
	rest := bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		var closing string
		switch {
		case bytes.HasPrefix(rest, []byte("<?")):
			closing = "?>"
		case bytes.HasPrefix(rest, []byte("<!--")):
			closing = "-->"
		default:
			return len(doc) - len(rest), len(rest) > 0 && rest[0] == '<'
		}
		end := bytes.Index(rest, []byte(closing))
		if end < 0 {
			return 0, false
		}
		rest = rest[end+len(closing):]
	}
}

// fehler is a finding of severity fehler without a position.
func fehler(code, text string) amtshilfe.Finding {
	return amtshilfe.Finding{Code: code, Severity: amtshilfe.SeverityFehler, Text: text}
}
