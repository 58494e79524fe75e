package xta

import (
	"strconv"
	"time"

	"damtshilfe/internal/xmlgate"
)

// writer builds XML with the prefixes declared in envelopeStart. encoding/xml cannot: it has no prefixes, and the
// unqualified <code> would inherit a default namespace (xta.md 15).
type writer struct{ b []byte }

// open writes a start tag; attrs are names and values in turn, an empty value leaves the attribute out.
func (w *writer) open(name string, attrs ...string) {
	w.tag(name, attrs)
	w.b = append(w.b, '>')
}

func (w *writer) tag(name string, attrs []string) {
	w.b = append(w.b, '<')
	w.b = append(w.b, name...)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] == "" {
			continue
		}
		w.b = append(w.b, ' ')
		w.b = append(w.b, attrs[i]...)
		w.b = append(w.b, '=', '"')
		w.escape(attrs[i+1])
		w.b = append(w.b, '"')
	}
}

func (w *writer) end(name string) {
	w.b = append(w.b, '<', '/')
	w.b = append(w.b, name...)
	w.b = append(w.b, '>')
}

// empty writes an element without content.
func (w *writer) empty(name string, attrs ...string) {
	w.tag(name, attrs)
	w.b = append(w.b, '/', '>')
}

// leaf writes an element with text.
func (w *writer) leaf(name, text string, attrs ...string) {
	w.open(name, attrs...)
	w.escape(text)
	w.end(name)
}

// maybe writes the element unless the text is empty.
func (w *writer) maybe(name, text string) {
	if text != "" {
		w.leaf(name, text)
	}
}

func (w *writer) when(name string, t time.Time) {
	if !t.IsZero() {
		w.leaf(name, dateTime(t))
	}
}

func (w *writer) number(name string, n int64) { w.leaf(name, strconv.FormatInt(n, 10)) }

// dateTime is an xs:dateTime in UTC with milliseconds.
func dateTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// parseDateTime reads an xs:dateTime; one without zone is taken as UTC.
func parseDateTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC(), nil
	}
	return time.Parse("2006-01-02T15:04:05.999999999", s)
}

// escape writes text so that it survives as element content and as attribute value.
func (w *writer) escape(s string) { w.b = xmlgate.AppendText(w.b, s) }
