package register

import (
	"sync"
	"time"
)

// Datum is a day, "2026-11-30"; "" where it is left open. Days compare as text does.
type Datum string

// berlin is German time; without a zone database, an hour off in summer.
var berlin = sync.OnceValue(func() *time.Location {
	if l, err := time.LoadLocation("Europe/Berlin"); err == nil {
		return l
	}
	return time.FixedZone("MEZ", 3600)
})

// Day is the day that t lies in, in Germany.
func Day(t time.Time) Datum { return Datum(t.In(berlin()).Format(time.DateOnly)) }

// Valid says whether d is a day of the calendar between 1900 and 2999, or open.
func (d Datum) Valid() bool {
	if d == "" {
		return true
	}
	t, err := time.Parse(time.DateOnly, string(d))
	return err == nil && t.Year() >= 1900 && t.Year() < 3000
}

// begin is the first moment of the day, in German time; zero if d is open.
func (d Datum) begin() time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), berlin())
	if err != nil {
		return time.Time{}
	}
	return t
}

// End is the first moment after the day, in German time; zero if d is open.
func (d Datum) End() time.Time {
	if t := d.begin(); !t.IsZero() {
		return t.AddDate(0, 0, 1)
	}
	return time.Time{}
}

// within says whether day lies between two days, both included and each of them open if "".
func within(day, from, to Datum) bool { return from <= day && (to == "" || day <= to) }
