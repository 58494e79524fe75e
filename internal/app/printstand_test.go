package app_test

import (
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/ledger"
)

// What `gateway status` says of a print profile: what waits, for what, until when, and what is to be done.
func TestPrintStandInWords(t *testing.T) {
	until := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		stand app.PrintStand
		want  string
	}{
		{"letters over the capacity", app.PrintStand{Profile: "dz", Letters: 7, For: ledger.ForCapacity, Until: until, Sheets: 99, Capacity: 100},
			"print profile dz: 7 letters wait for the print centre's next day, today's capacity is used up (2026-11-24 17:00); 99 of 100 sheets of today are taken; 0 acknowledgements to be booked, 0 in fehler/, 0 bundles overdue"},
		{"some after the cut-off", app.PrintStand{Profile: "dz", Letters: 7, Later: 3, Until: until},
			"print profile dz: 7 letters wait for the next print run (2026-11-24 17:00), 3 of them came after today's cut-off; 0 acknowledgements to be booked, 0 in fehler/, 0 bundles overdue"},
		{"a bundle that does not get into the inbox", app.PrintStand{Profile: "dz", Staged: 1},
			"print profile dz: 1 bundles lie ready and are not in inbox/ yet, see the log for what stopped the last print run; 0 acknowledgements to be booked, 0 in fehler/, 0 bundles overdue"},
		{"letters whose attachments are not printed", app.PrintStand{Profile: "dz", Anlagen: 2},
			"print profile dz: 2 letters are held, their attachments are not printed (attachments: print in the profile, start again, gateway retry each: gateway held list); 0 acknowledgements to be booked, 0 in fehler/, 0 bundles overdue"},
		{"a profile that nobody released", app.PrintStand{Profile: "dz", Letters: 7, For: ledger.ForRelease},
			"print profile dz: 7 letters wait for gateway print release; 0 acknowledgements to be booked, 0 in fehler/, 0 bundles overdue"},
		{"a bundle printed again, and files", app.PrintStand{Profile: "dz", Bundles: 1, Quittung: 2, Fehler: 3, Overdue: 4},
			"print profile dz: 1 collected bundles wait for a print run that can put them out, see the log for what stopped the last one; 2 acknowledgements to be booked, 3 in fehler/, 4 bundles overdue"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.stand.String(); got != tt.want || tt.stand.Idle() {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// A bundle that a full disk stopped does not wait for room at the print centre.
func TestCollectedBundlesSayWhatTheyWaitFor(t *testing.T) {
	for want, s := range map[string]app.PrintStand{
		"2 collected bundles wait for a day with room;": {Profile: "p", Bundles: 2, Capacity: 10},
		"a print run that can put them out":             {Profile: "p", Bundles: 2},
	} {
		if got := s.String(); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

// The status page tells of a bundle that does not get into the inbox, not of one that is on its way.
func TestStuckBundlesOnThePage(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := app.PrintStand{Profile: "dz", Staged: 1, StagedSince: now.Add(-2 * time.Minute)}
	if got := app.Stuck(s, now); !strings.Contains(got, "1 Stapel bereit, die nicht nach inbox/ gelangen") {
		t.Errorf("%q", got)
	}
	if got := app.Stuck(s, now.Add(-90*time.Second)); got != "" {
		t.Errorf("on its way: %q", got)
	}
	if got := app.Stuck(app.PrintStand{Profile: "dz"}, now); got != "" {
		t.Errorf("none: %q", got)
	}
}
