package runs_test

import (
	"testing"
	"time"

	"damtshilfe/internal/runs"
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestExpressions(t *testing.T) {
	for _, tt := range []struct {
		name, expr string
		ok         bool
	}{
		{"every five minutes", "*/5 * * * *", true},
		{"weekdays at five", "0 17 * * 1-5", true},
		{"weekdays by name", "0 17 * * MON-FRI", true},
		{"a leap day comes", "0 0 29 2 *", true},
		{"an impossible date is refused", "0 0 31 2 *", false},
		{"a zone prefix is refused", "TZ=Europe/Berlin 0 3 * * *", false},
		{"an empty zone does not panic", "TZ=", false},
		{"half a zone does not panic", "CRON_TZ=Europe/Berlin", false},
		{"TZ=0 does not panic", "TZ=0", false},
		{"@every is no wall-clock schedule", "@every 5m", false},
		{"@daily is refused", "@daily", false},
		{"seconds are refused", "0 0 17 * * 1-5", false},
		{"nothing is refused", "", false},
		{"step zero is refused", "*/0 * * * *", false},
		{"a minute too many is refused", "60 * * * *", false},
		{"words are refused", "a b c d e", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := runs.Parse(tt.expr, berlin(t)); (err == nil) != tt.ok {
				t.Errorf("Parse(%q): %v", tt.expr, err)
			}
		})
	}
	if _, err := runs.Parse("0 0 * * *", nil); err == nil {
		t.Error("no zone was accepted")
	}
}

func TestNextSlot(t *testing.T) {
	for _, tt := range []struct {
		name, expr, land string
		now              string // UTC
		slot             string
		due              string // UTC
	}{
		{"the coming afternoon", "0 17 * * 1-5", "", "2026-11-20T15:59:59Z", "2026-11-20T17:00", "2026-11-20T16:00:00Z"},
		{"after it the weekend is skipped", "0 17 * * 1-5", "", "2026-11-20T16:00:00Z", "2026-11-23T17:00", "2026-11-23T16:00:00Z"},
		{"in summer the slot is an hour earlier in UTC", "0 17 * * *", "", "2027-07-01T00:00:00Z", "2027-07-01T17:00", "2027-07-01T15:00:00Z"},
		{"the hour that is left out is due at its end", "30 2 * * *", "", "2027-03-27T12:00:00Z", "2027-03-28T02:30", "2027-03-28T01:00:00Z"},
		{"its first minute as well", "0 2 * * *", "", "2027-03-27T12:00:00Z", "2027-03-28T02:00", "2027-03-28T01:00:00Z"},
		{"three o'clock that night is at the same instant", "0 3 * * *", "", "2027-03-27T12:00:00Z", "2027-03-28T03:00", "2027-03-28T01:00:00Z"},
		{"a quarter to two is before the jump", "45 1 * * *", "", "2027-03-27T12:00:00Z", "2027-03-28T01:45", "2027-03-28T00:45:00Z"},
		{"the repeated hour counts the first time", "30 2 * * *", "", "2027-10-30T12:00:00Z", "2027-10-31T02:30", "2027-10-31T00:30:00Z"},
		{"three o'clock in that night comes after both", "0 3 * * *", "", "2027-10-30T12:00:00Z", "2027-10-31T03:00", "2027-10-31T02:00:00Z"},
		{"one o'clock in that night is not repeated", "0 1 * * *", "", "2027-10-30T12:00:00Z", "2027-10-31T01:00", "2027-10-30T23:00:00Z"},
		{"Christmas is skipped", "0 17 * * 1-5", "SN", "2026-12-24T17:00:00Z", "2026-12-28T17:00", "2026-12-28T16:00:00Z"},
		{"a Saxon holiday is skipped in Saxony", "0 17 * * *", "SN", "2026-11-17T17:00:00Z", "2026-11-19T17:00", "2026-11-19T16:00:00Z"},
		{"and not in Berlin", "0 17 * * *", "BE", "2026-11-17T17:00:00Z", "2026-11-18T17:00", "2026-11-18T16:00:00Z"},
		{"every minute skips a whole weekend", "* * * * *", "DE", "2026-11-20T22:59:30Z", "2026-11-23T00:00", "2026-11-22T23:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := runs.Parse(tt.expr, berlin(t))
			if err == nil && tt.land != "" {
				s, err = s.OnWorkdays(tt.land)
			}
			if err != nil {
				t.Fatal(err)
			}
			now, _ := time.Parse(time.RFC3339, tt.now)
			slot, due := s.Next(now)
			if slot != tt.slot || due.UTC().Format(time.RFC3339) != tt.due {
				t.Errorf("slot %s due %s, want %s due %s", slot, due.UTC().Format(time.RFC3339), tt.slot, tt.due)
			}
		})
	}
}

func TestWorkdays(t *testing.T) {
	for _, tt := range []struct {
		name, date, land string
		want             bool
	}{
		{"an ordinary Friday", "2026-11-20", "SN", true},
		{"a Saturday", "2026-11-21", "SN", false},
		{"a Sunday", "2026-11-22", "SN", false},
		{"8 March in Mecklenburg-Vorpommern, which the library misses", "2027-03-08", "MV", false},
		{"8 March in Berlin", "2027-03-08", "BE", false},
		{"8 March in Mecklenburg-Vorpommern before it was one", "2022-03-08", "MV", true},
		{"8 March elsewhere", "2027-03-08", "SH", true},
		{"Reformation Day in the north", "2028-10-31", "HH", false},
		{"Reformation Day in Hesse", "2028-10-31", "HE", true},
		{"All Saints in Bavaria", "2027-11-01", "BY", false},
		{"All Saints in Saxony", "2027-11-01", "SN", true},
		{"Repentance Day in Saxony", "2027-11-17", "SN", false},
		{"Repentance Day in Thuringia", "2027-11-17", "TH", true},
		{"Corpus Christi in North Rhine-Westphalia", "2027-05-27", "NW", false},
		{"Corpus Christi in Lower Saxony", "2027-05-27", "NI", true},
		{"Epiphany in Saxony-Anhalt", "2027-01-06", "ST", false},
		{"Epiphany in Brandenburg", "2027-01-06", "BB", true},
		{"Assumption in Saarland", "2028-08-15", "SL", false},
		{"Children's Day in Thuringia", "2027-09-20", "TH", false},
		{"Easter Monday", "2027-03-29", "HB", false},
		{"Good Friday", "2027-03-26", "RP", false},
		{"Ascension", "2027-05-06", "BW", false},
		{"German Unity Day that all share", "2028-10-03", "DE", false},
		{"Christmas Eve is no holiday", "2026-12-24", "HE", true},
		{"New Year's Eve is no holiday", "2026-12-31", "DE", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := time.Parse(time.DateOnly, tt.date)
			if err != nil {
				t.Fatal(err)
			}
			if got := runs.Workday(d, tt.land); got != tt.want {
				t.Errorf("Workday(%s, %s) = %v (%q)", tt.date, tt.land, got, runs.Holiday(d, tt.land))
			}
		})
	}
	if runs.KnownLand("XX") || runs.KnownLand("") || !runs.KnownLand("MV") {
		t.Error("KnownLand")
	}
	s, err := runs.Parse("0 0 * * *", berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.OnWorkdays("XX"); err == nil {
		t.Error("an unknown Land was accepted")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0 17 * * 1-5", "TZ=", "CRON_TZ=Europe/Berlin", "@every 1s", "0 0 31 2 *", "*/7,3-9 1,2 * * ?"} {
		f.Add(s)
	}
	zone := berlin(f)
	now := time.Date(2027, 3, 28, 0, 59, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expr string) {
		s, err := runs.Parse(expr, zone)
		if err != nil {
			return
		}
		if slot, due := s.Next(now); slot == "" || !due.After(now.Add(-time.Minute)) {
			t.Errorf("%q: next slot %q due %v", expr, slot, due)
		}
	})
}
