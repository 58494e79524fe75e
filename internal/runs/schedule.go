package runs

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// slotForm is how a slot is written in the run table.
const slotForm = "2006-01-02T15:04"

// never is how far ahead a schedule must have a slot; 29 February comes after eight years at the latest.
const never = 9 * 365 * 24 * time.Hour

// Schedule is a cron expression of five fields, read on the wall clock of a zone. As in cron, a day matches if the day of the
// month or the day of the week does when both are given.
type Schedule struct {
	spec *cron.SpecSchedule
	zone *time.Location
	land string // not "": only on Workdays of this Land
}

// Parse reads a cron expression of five fields: minute, hour, day of month, month, day of week. Zone prefixes and @words are
// refused, and so is an expression that never comes true (31 February).
func Parse(expr string, zone *time.Location) (s Schedule, err error) {
	defer func() { // the parser panics on some input (robfig/cron #554, #555)
		if r := recover(); r != nil {
			s, err = Schedule{}, fmt.Errorf("parse schedule: %v", r)
		}
	}()
	if zone == nil {
		return Schedule{}, errors.New("parse schedule: no zone")
	}
	if strings.ContainsAny(expr, "=@") || len(strings.Fields(expr)) != 5 || len(expr) > 1000 {
		return Schedule{}, errors.New("parse schedule: want five fields: minute hour day month weekday")
	}
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(expr)
	if err != nil {
		return Schedule{}, fmt.Errorf("parse schedule: %w", err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Schedule{}, errors.New("parse schedule: not a wall-clock schedule")
	}
	spec.Location = time.UTC // slots are computed on a clock without change-overs
	s = Schedule{spec: spec, zone: zone}
	base := time.Date(2000, 3, 1, 0, 0, 0, 0, time.UTC)
	if next := spec.Next(base); next.IsZero() || next.Sub(base) > never {
		return Schedule{}, errors.New("parse schedule: no such date ever comes")
	}
	return s, nil
}

// OnWorkdays keeps only the slots on Workdays of a Land ("" is not allowed here: use "DE" for the holidays all Laender share).
func (s Schedule) OnWorkdays(land string) (Schedule, error) {
	if !KnownLand(land) {
		return Schedule{}, fmt.Errorf("schedule: unknown land %q", land)
	}
	s.land = land
	return s, nil
}

// wall is a reading of the wall clock, kept as if it were UTC so that it can be compared and counted on.
type wall struct{ time.Time }

func (w wall) String() string { return w.Format(slotForm) }

// wallOf is what the clock on the wall showed at t.
func wallOf(t time.Time, zone *time.Location) wall {
	l := t.In(zone)
	return wall{time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), 0, time.UTC)}
}

// instant is when the wall clock first shows w; for a reading it never shows, the end of the gap.
func (w wall) instant(zone *time.Location) time.Time {
	before := offset(w.Add(-24*time.Hour), zone)
	after := offset(w.Add(24*time.Hour), zone)
	for _, o := range []time.Duration{max(before, after), min(before, after)} { // the greater offset comes first
		if t := w.Add(-o); offset(t, zone) == o {
			return t
		}
	}
	// No instant shows w. With the old offset it lies after the jump; the jump is where that zone began.
	start, _ := w.Add(-before).In(zone).ZoneBounds()
	return start.UTC()
}

func offset(t time.Time, zone *time.Location) time.Duration {
	_, o := t.In(zone).Zone()
	return time.Duration(o) * time.Second
}

// next is the first slot after w; zero if none comes.
func (s Schedule) next(w wall) wall {
	for range 4000 { // ten years of slots that all fall on holidays end here
		n := s.spec.Next(w.Time)
		if n.IsZero() {
			return wall{}
		}
		w = wall{n}
		if s.land == "" || Workday(n, s.land) {
			return w
		}
		// All further slots of this day are off as well.
		w = wall{time.Date(n.Year(), n.Month(), n.Day(), 23, 59, 59, 0, time.UTC)}
	}
	return wall{}
}

// latest is the last slot after the given one that is due at now; zero if there is none.
func (s Schedule) latest(after wall, now time.Time) wall {
	var last wall
	for n := s.next(after); !n.IsZero() && !n.instant(s.zone).After(now); n = s.next(n) {
		last = n
	}
	return last
}

// Next is the slot after now and the instant at which it is due, for pages and `check`.
func (s Schedule) Next(now time.Time) (slot string, due time.Time) {
	n := s.next(wallOf(now, s.zone))
	if n.IsZero() {
		return "", time.Time{}
	}
	return n.String(), n.instant(s.zone)
}
