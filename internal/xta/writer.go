package xta

import (
	"strconv"
	"time"

	"damtshilfe/internal/xmlgate"
)

// writer builds XML with the prefixes declared in envelopeStart.
type writer struct{ xmlgate.Writer }

func (w *writer) when(name string, t time.Time) {
	if !t.IsZero() {
		w.Leaf(name, dateTime(t))
	}
}

func (w *writer) number(name string, n int64) { w.Leaf(name, strconv.FormatInt(n, 10)) }

// dateTime is an xs:dateTime in UTC with milliseconds.
func dateTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// parseDateTime reads an xs:dateTime; one without zone is taken as UTC.
func parseDateTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t.UTC(), nil
	}
	return time.Parse("2006-01-02T15:04:05.999999999", s)
}
