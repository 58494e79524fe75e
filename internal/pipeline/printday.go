package pipeline

import (
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/printstreet"
)

// PrintDays says when letters of a print profile go to their print centre: on its days (land), those that were due before its cut-off, and
// no more sheets than it takes. It is pure; pages and the command line say with it what a letter waits for.
type PrintDays struct {
	Profile printstreet.Profile
	Workday func(day time.Time, land string) bool // nil = every day is one
	Next    func(after time.Time) time.Time       // when the print run is due next; nil or zero = when a person asks
}

// dayForm names a day in the ledger.
const dayForm = time.DateOnly

// Open says whether bundles go on the day of t.
func (d PrintDays) Open(t time.Time) bool {
	return d.Profile.Land == "" || d.Workday == nil || d.Workday(t, d.Profile.Land)
}

// UpTo is until when a letter must be due to go on the day of t; zero = none goes then.
func (d PrintDays) UpTo(t time.Time) time.Time {
	if !d.Open(t) {
		return time.Time{}
	}
	return d.Profile.CutOffOn(t)
}

// Goes says which print run takes a letter that is due since then, and what holds it back from an earlier one ("" = nothing does). full
// says that today has no room left. Zero = nobody knows: runs are only made when a person asks.
func (d PrintDays) Goes(due, now time.Time, full bool) (at time.Time, why ledger.Reason) {
	if at = d.after(now); at.IsZero() {
		return d.today(due, now, full)
	}
	today := now.Format(dayForm)
	for range 400 {
		one := d.refuses(due, at)
		if one == "" && full && at.Format(dayForm) == today {
			one = ledger.ForCapacity
		}
		if one == "" {
			return at, why
		}
		if why == "" {
			why = one
		}
		if at = d.after(dayAfter(at).Add(-time.Second)); at.IsZero() {
			break
		}
	}
	return time.Time{}, why
}

// today is Goes without a schedule: now, or on which day a person's run takes the letter.
func (d PrintDays) today(due, now time.Time, full bool) (time.Time, ledger.Reason) {
	why := d.refuses(due, now)
	if why == "" && full {
		why = ledger.ForCapacity
	}
	day := now
	for range 400 {
		if why == "" {
			return time.Time{}, ""
		}
		if day = dayAfter(day); d.refuses(due, day) == "" {
			return day, why
		}
	}
	return time.Time{}, why
}

func (d PrintDays) after(t time.Time) time.Time {
	if d.Next == nil {
		return time.Time{}
	}
	if at := d.Next(t); !at.IsZero() {
		return at.In(t.Location())
	}
	return time.Time{}
}

// refuses says why a run at that time does not take the letter.
func (d PrintDays) refuses(due, at time.Time) ledger.Reason {
	upTo := d.UpTo(at)
	switch {
	case upTo.IsZero():
		return ledger.ForPrintDay
	case due.After(upTo):
		return ledger.ForCutOff
	}
	return ""
}

func dayAfter(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
}

// PrintDays are those of a profile; false if it is not configured.
func (p *Pipeline) PrintDays(name string) (PrintDays, bool) {
	profile, ok := p.cfg.Profiles[name]
	return PrintDays{Profile: profile, Workday: p.cfg.Workday, Next: p.cfg.NextPrint}, ok
}

// errLater says that a bundle waits for a day of its print centre that has room for it.
var errLater = errors.New("waits for a day of its print centre")

// faultCapacity is asked about a letter that no day has room for.
var faultCapacity = fault("DRUCK-KAPAZITAET", amtshilfe.OwnerBetrieb,
	"Das Schreiben hat mehr Blätter, als das Druckzentrum an einem Tag annimmt; der Betrieb klärt, wie es gedruckt wird.")

// collect ties the oldest letters of a queue to a bundle, as many as go today. full says that there were more than the day has room for.
// ErrNotFound if none goes.
func (p *Pipeline) collect(q ledger.PrintQueue) (b ledger.Bundle, full bool, err error) {
	days, ok := p.PrintDays(q.Profile)
	if !ok {
		return b, false, fmt.Errorf("print: profile %s is not configured", q.Profile)
	}
	profile := days.Profile
	if q.UpTo = days.UpTo(p.Now()); q.UpTo.IsZero() {
		return b, false, ledger.ErrNotFound
	}
	left, err := p.left(profile)
	if err != nil {
		return b, false, err
	}
	if profile.CapacityPerDay == 0 || left >= profile.LettersPerBundle*profile.Envelope.MaxSheets {
		b, err = p.Ledger.Collect(q, profile.Betriebsart, profile.LettersPerBundle)
		return b, false, err
	}
	ids, full, err := p.fitting(q, profile, left)
	if err == nil && len(ids) == 0 {
		err = ledger.ErrNotFound
	}
	if err != nil {
		return b, full, err
	}
	b, err = p.Ledger.CollectOnly(q, profile.Betriebsart, ids)
	return b, full, err
}

// left is how many sheets the print centre still takes today.
func (p *Pipeline) left(profile printstreet.Profile) (int, error) {
	if profile.CapacityPerDay == 0 {
		return 0, nil
	}
	used, err := p.Ledger.SheetsOn(profile.Name, p.today())
	return profile.CapacityPerDay - used, err
}

func (p *Pipeline) today() string { return p.Now().Format(dayForm) }

// fitting gives the oldest letters of a queue that have no more sheets together than are left, and says whether there are others. One that
// has more than a whole day's is held.
func (p *Pipeline) fitting(q ledger.PrintQueue, profile printstreet.Profile, left int) (ids []amtshilfe.DeliveryID, full bool, err error) {
	list, err := p.Ledger.Candidates(q, profile.LettersPerBundle)
	if err != nil {
		return nil, false, err
	}
	for i := range list {
		d := &list[i]
		n, err := p.sheets(d, q, profile)
		if err != nil {
			return nil, false, err
		}
		if n > profile.CapacityPerDay {
			p.hold(d, faultCapacity.Code, faultCapacity.Text, faultCapacity.Owner, amtshilfe.Resolved)
			if err := p.Ledger.Save(sqlitedb.Outcome, d); err != nil && !errors.Is(err, ledger.ErrStale) {
				return nil, false, err
			}
			continue
		}
		if left -= n; left < 0 {
			return ids, true, nil
		}
		ids = append(ids, d.ID)
	}
	return ids, false, nil
}

// sheets counts those of one letter; 0 for one that cannot be printed: staging takes it out.
func (p *Pipeline) sheets(d *ledger.Delivery, q ledger.PrintQueue, profile printstreet.Profile) (int, error) {
	job, err := p.job(ledger.Bundle{Account: q.Account, Betriebsart: q.Betriebsart, CreatedAt: p.Now()}, profile, []ledger.Delivery{*d})
	if _, bad := errors.AsType[*printstreet.LetterError](err); bad {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := printstreet.Sheets(job)
	if err != nil {
		return 0, err
	}
	return n[0], nil
}

// goesToday says whether a bundle that is not staged may go today; n is how many sheets it has, 0 = not counted yet. errLater if it waits: it
// was printed again by a person, or a crash stopped it. It is nobody's turn before it.
func (p *Pipeline) goesToday(b *ledger.Bundle, profile printstreet.Profile, n int) error {
	if days, _ := p.PrintDays(profile.Name); !days.Open(p.Now()) {
		return errLater
	}
	left, err := p.left(profile)
	switch {
	case err != nil || profile.CapacityPerDay == 0 || n <= left:
		return err
	case n > profile.CapacityPerDay:
		return fmt.Errorf("it has %d sheets, the print centre takes %d in a day: raise capacity_per_day of profile %s", n, profile.CapacityPerDay, profile.Name)
	case b.Sheets == n:
		return errLater
	}
	b.Sheets = n // so that it is not rendered again to know this
	return errors.Join(p.Ledger.SetBundle(*b, amtshilfe.BundleCollected), errLater)
}
