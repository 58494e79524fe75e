package pipeline_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/printstreet"
)

// feast is a holiday of the tests: Monday, 23 November 2026.
var feast = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func workday(day time.Time, land string) bool {
	weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
	return !weekend && (land != "SH" || day.Format(time.DateOnly) != feast.Format(time.DateOnly))
}

// atFive is a print run at 17:00 on Monday to Friday.
func atFive(after time.Time) time.Time {
	for day := after; ; day = day.AddDate(0, 0, 1) {
		at := time.Date(day.Year(), day.Month(), day.Day(), 17, 0, 0, 0, time.UTC)
		if at.After(after) && workday(at, "") {
			return at
		}
	}
}

// Which print run takes a letter, and what holds it back from an earlier one.
func TestPrintDays(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name     string
		profile  printstreet.Profile
		due, now time.Time
		full     bool
		want     time.Time
		why      ledger.Reason
	}{
		{"without conditions the next run takes it", printstreet.Profile{}, at(20, 12), at(20, 13), false, at(20, 17), ""},
		{"due before the cut-off", printstreet.Profile{CutOff: "16:30"}, at(20, 16), at(20, 16), false, at(20, 17), ""},
		{"due after it, over a weekend", printstreet.Profile{CutOff: "11:00"}, at(20, 12), at(20, 13), false, at(23, 17), ledger.ForCutOff},
		{"due after it on Friday, looked at on Saturday", printstreet.Profile{CutOff: "11:00"}, at(20, 12), at(21, 9), false, at(23, 17), ""},
		{"and over a holiday", printstreet.Profile{CutOff: "11:00", Land: "SH"}, at(20, 12), at(20, 13), false, at(24, 17), ledger.ForCutOff},
		{"a holiday is no day of the centre's", printstreet.Profile{Land: "SH"}, at(20, 18), at(21, 9), false, at(24, 17), ledger.ForPrintDay},
		{"it is one elsewhere", printstreet.Profile{Land: "HH"}, at(20, 18), at(21, 9), false, at(23, 17), ""},
		{"today has no room left", printstreet.Profile{}, at(20, 9), at(20, 12), true, at(23, 17), ledger.ForCapacity},
		{"tomorrow has", printstreet.Profile{}, at(20, 9), at(20, 18), true, at(23, 17), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			days := pipeline.PrintDays{Profile: tt.profile, Workday: workday, Next: atFive}
			got, why := days.Goes(tt.due, tt.now, tt.full)
			if !got.Equal(tt.want) || why != tt.why {
				t.Errorf("%v because of %q, want %v, %q", got, why, tt.want, tt.why)
			}
			days.Next = nil // only when a person asks: the day is known all the same
			if got, why := days.Goes(tt.due, tt.now, tt.full); why != "" && got.Format(time.DateOnly) <= tt.now.Format(time.DateOnly) {
				t.Errorf("without a schedule: %v because of %q", got, why)
			}
		})
	}
}

// printWorld is one whose profile has conditions; its clock stands at noon on Friday, 20 November 2026.
func printWorld(t *testing.T, change func(p *printstreet.Profile)) *world {
	return newWorld(t, func(c *pipeline.Config) {
		p := printstreet.TestProfile()
		p.Name = "std"
		change(&p)
		c.Profiles = map[string]printstreet.Profile{"std": p}
		c.Workday, c.NextPrint = workday, atFive
	})
}

func TestCutOff(t *testing.T) {
	w := printWorld(t, func(p *printstreet.Profile) { p.CutOff, p.Land = "12:01", "SH" })
	early := w.letter(1)
	w.now = time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)
	late := w.letter(2)
	w.print()
	w.is(early, amtshilfe.Spooled)
	w.is(late, amtshilfe.Resolved)
	for _, day := range []int{21, 22, 23} { // weekend, holiday
		w.now = time.Date(2026, 11, day, 17, 0, 0, 0, time.UTC)
		w.print()
		w.is(late, amtshilfe.Resolved)
	}
	w.now = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	w.print()
	w.is(late, amtshilfe.Spooled)
}

// sheetsOf prints requests in a world of its own and counts the sheets of each: what the tests of capacity reckon with.
func sheetsOf(t *testing.T, requests ...int) (counts []int) {
	t.Helper()
	w := printWorld(t, func(p *printstreet.Profile) { p.LettersPerBundle = 1 })
	for _, n := range requests {
		id := w.letter(n)
		w.print()
		b, err := w.ledger.Bundle(w.get(id).Sendung.Bundle)
		must(t, err)
		counts = append(counts, b.Sheets)
	}
	return counts
}

// A day never holds more sheets than the profile says; what is left over is the first on the next day, and what is withdrawn meanwhile is out.
func TestCapacity(t *testing.T) {
	n := sheetsOf(t, 1, 2, 3, 4, 5)
	capacity := n[0] + n[1] + n[2] - 1
	w := printWorld(t, func(p *printstreet.Profile) { p.CapacityPerDay = capacity })
	var ids []amtshilfe.DeliveryID
	for i := range n {
		ids = append(ids, w.letter(i+1))
	}
	w.print()
	w.is(ids[0], amtshilfe.Spooled)
	w.is(ids[1], amtshilfe.Spooled)
	w.print() // today nothing more
	for _, id := range ids[2:] {
		w.is(id, amtshilfe.Resolved)
	}
	if day, err := w.ledger.PrintFull("std"); err != nil || day != "2026-11-20" {
		t.Errorf("full on %q, %v", day, err)
	}
	w.put(w.follow(amtshilfe.KindEinstellung, 4))
	w.work()
	for day := 21; day < 26; day++ {
		w.now = time.Date(2026, 11, day, 17, 0, 0, 0, time.UTC)
		w.print()
		if sheets, err := w.ledger.SheetsOn("std", w.now.Format(time.DateOnly)); err != nil || sheets > capacity {
			t.Errorf("%d sheets on one day, %v", sheets, err)
		}
		if day == 21 {
			w.is(ids[2], amtshilfe.Spooled)
		}
	}
	w.is(ids[3], amtshilfe.Withdrawn)
	w.is(ids[4], amtshilfe.Spooled)
	if day, err := w.ledger.PrintFull("std"); err != nil || day == "2026-11-25" {
		t.Errorf("full on %q, %v", day, err)
	}
}

// A letter with more sheets than a whole day's is a question; the others go.
func TestLetterBeyondCapacity(t *testing.T) {
	w := printWorld(t, func(p *printstreet.Profile) { p.CapacityPerDay, p.Duplex = 1, false })
	id := w.letter(1)
	w.print()
	w.is(id, amtshilfe.Held, "DRUCK-KAPAZITAET")
	if d := w.get(id); d.Hold.From != amtshilfe.Resolved || d.Hold.Owner != amtshilfe.OwnerBetrieb {
		t.Errorf("%+v", d.Hold)
	}
}

// A bundle that was printed again by a person waits for a day with room, too, and it is not lost.
func TestReprintWaitsForRoom(t *testing.T) {
	one := sheetsOf(t, 1)[0]
	w := printWorld(t, func(p *printstreet.Profile) { p.CapacityPerDay, p.Acknowledgements = one, true })
	id := w.letter(1)
	w.print()
	old := w.bundle()
	must(t, os.RemoveAll(w.inbox(old.ID)))
	again, err := w.Reprint(string(old.ID), pipeline.Decision{Wer: "meier", Grund: "-"})
	must(t, err)
	for range 3 {
		w.print()
		w.work()
	}
	got, err := w.ledger.Bundle(again.ID)
	must(t, err)
	if got.State != amtshilfe.BundleCollected || got.Sheets != one || strings.Contains(w.log.String(), string(again.ID)) {
		t.Errorf("%+v\n%s", got, w.log.String())
	}
	w.is(id, amtshilfe.Bundled)
	w.now = w.now.AddDate(0, 0, 1)
	w.work()
	w.is(id, amtshilfe.Spooled)
	if n, err := w.ledger.SheetsOn("std", w.now.Format(time.DateOnly)); err != nil || n != one {
		t.Errorf("%d, %v", n, err)
	}
}

// A letter whose attachments the profile does not print is counted for its profile, until the profile takes them and a person tries again.
func TestHeldForAttachments(t *testing.T) {
	w := printWorld(t, func(p *printstreet.Profile) { p.Attachments = printstreet.AttachmentsHold })
	w.reg.kanal = postal
	id := amtshilfe.DeliveryID{Drop: w.put(w.ersuchen(1, func(s *sample.Spec) { s.Anhaenge = []amtshilfe.Anhang{sample.PDF("a.pdf", "Bescheid")} })), Seq: 1}
	w.work()
	w.print()
	w.is(id, amtshilfe.Held, "DRUCK-ANLAGEN")
	if n, err := w.ledger.HeldPrints("std", "DRUCK-ANLAGEN"); err != nil || n != 1 {
		t.Errorf("%d counted, %v", n, err)
	}
}
