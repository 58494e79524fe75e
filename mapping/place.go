package mapping

import (
	"bytes"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// Place gives every finding of the document a position in the dropped file: findings that have only a Path are looked up in doc
// (where the path leads to nothing, the nearest element above it counts), then all are moved into the file's coordinates. A finding
// without either stands at the root. Call it once, with all findings of the document.
func Place(doc []byte, d Document, findings []amtshilfe.Finding) {
	for i := range findings {
		f := &findings[i]
		if f.Line == 0 {
			if off, ok := nearest(doc, f.Path); ok {
				f.Line, f.Column = xmlgate.Position(doc, off)
			}
		}
		if f.Line == 0 {
			f.Line, f.Column = d.Position.Line, d.Position.Column
		} else {
			f.Line, f.Column = d.Locate(f.Line, f.Column)
		}
	}
}

// nearest finds the element that path names, or else the closest one above it.
func nearest(doc []byte, path string) (off int, ok bool) {
	for len(path) > 1 {
		if off, ok = xmlgate.Find(doc, path); ok {
			return off, true
		}
		path = path[:max(strings.LastIndexByte(path, '/'), 0)]
	}
	return 0, false
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
