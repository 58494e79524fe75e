package app

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/runs"
	"damtshilfe/printstreet"
	"damtshilfe/spool"
)

// PrintStand is how it stands with a print profile: what waits, and for what.
type PrintStand struct {
	Profile  string        `json:"profile"`
	Letters  int           `json:"letters"`         // that wait for a bundle
	Oldest   time.Time     `json:"oldest,omitzero"` // since when the first of them waits
	For      ledger.Reason `json:"for,omitempty"`   // what the oldest waits for beside the next run; "" = nothing else
	Until    time.Time     `json:"until,omitzero"`  // when it goes; zero = when a person asks for a run, or releases the profile
	Later    int           `json:"later"`           // of Letters, those that came after today's cut-off
	Sheets   int           `json:"sheets"`          // that the print centre got today
	Capacity int           `json:"capacity"`        // sheets that it takes in a day; 0 = any
	Bundles  int           `json:"bundles"`         // that are collected and wait for a day with room, or for a run that can put them out
	Staged   int           `json:"staged"`          // bundles that lie ready and do not get into inbox/
	// StagedSince is since when the first of them does.
	StagedSince time.Time `json:"stagedSince,omitzero"`
	Quittung    int       `json:"quittung"` // files in quittung/ that are not booked yet
	Fehler      int       `json:"fehler"`   // files in fehler/ that were not booked: somebody takes them away
	Overdue     int       `json:"overdue"`  // bundles that are not acknowledged in time
	Anlagen     int       `json:"anlagen"`  // letters held because the profile prints no attachments (DRUCK-ANLAGEN)
}

// Idle says that there is nothing to tell.
func (s PrintStand) Idle() bool {
	return s.Letters+s.Bundles+s.Quittung+s.Fehler+s.Overdue+s.Anlagen+s.Staged == 0
}

// printDesk knows what letters wait for.
type printDesk struct {
	days   map[string]pipeline.PrintDays
	ledger *ledger.Ledger
	spool  *spool.Spool
	now    time.Time
}

// workday and nextPrint are the calendar of the pipeline.
func workday(day time.Time, land string) bool { return runs.Workday(day, land) }

func nextPrint(c config.Runs) func(time.Time) time.Time {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil || c.Print == "" {
		return nil
	}
	schedule, err := runs.Parse(c.Print, zone)
	if err != nil {
		return nil // Validate has refused it
	}
	return func(after time.Time) time.Time {
		_, at := schedule.Next(after)
		return at
	}
}

func (g *Gateway) printDesk() printDesk {
	return newPrintDesk(g.Config, g.profiles, g.Ledger, g.Spool, g.opts.Now())
}

func newPrintDesk(cfg config.Config, profiles map[string]printstreet.Profile, l *ledger.Ledger, s *spool.Spool, now time.Time) printDesk {
	d := printDesk{days: map[string]pipeline.PrintDays{}, ledger: l, spool: s, now: now}
	next := nextPrint(cfg.Runs)
	for name, p := range profiles {
		d.days[name] = pipeline.PrintDays{Profile: p, Workday: workday, Next: next}
	}
	return d
}

// PrintDesk says what letters wait for, to a command beside a gateway that may serve.
type PrintDesk struct {
	printDesk
	close func() error
}

// OpenPrintDesk opens one on a ledger; close it when done.
func OpenPrintDesk(cfg config.Config, l *ledger.Ledger) (*PrintDesk, error) {
	profiles, err := loadProfiles(cfg.Print)
	if err != nil {
		return nil, err
	}
	s, err := spool.OpenReadOnly(spool.Options{DataDir: cfg.DataDir})
	if err != nil {
		return nil, err
	}
	for name := range profiles {
		// A profile that the gateway has not been started with yet has no directories.
		if _, err := s.AddProfile(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, s.Close())
		}
	}
	return &PrintDesk{newPrintDesk(cfg, profiles, l, s, clock(time.Now, cfg)()), s.Close}, nil
}

// Close gives the directories back.
func (d *PrintDesk) Close() error { return d.close() }

// Stands lists how it stands with every print profile.
func (d printDesk) Stands() ([]PrintStand, error) {
	asked, err := d.ledger.AskedBundles()
	if err != nil {
		return nil, err
	}
	open, err := d.ledger.OpenBundles()
	if err != nil {
		return nil, err
	}
	var list []PrintStand
	for _, name := range slices.Sorted(maps.Keys(d.days)) {
		s, err := d.stand(name)
		if err != nil {
			return nil, err
		}
		for _, b := range asked {
			if b.Profile == name && b.State == amtshilfe.BundlePublished {
				s.Overdue++
			}
		}
		for _, b := range open {
			switch {
			case b.Profile != name:
			case b.State == amtshilfe.BundleCollected:
				s.Bundles++
			case b.State == amtshilfe.BundleStaged, b.State == amtshilfe.BundlePublishing:
				s.Staged++
				if s.StagedSince.IsZero() || b.UpdatedAt.Before(s.StagedSince) {
					s.StagedSince = b.UpdatedAt
				}
			}
		}
		list = append(list, s)
	}
	return list, nil
}

func (d printDesk) stand(name string) (s PrintStand, err error) {
	days := d.days[name]
	s = PrintStand{Profile: name, Capacity: days.Profile.CapacityPerDay}
	backlog, err := d.ledger.PrintBacklog(name, days.UpTo(d.now))
	if err != nil {
		return s, err
	}
	s.Letters, s.Later, s.Oldest = backlog.Today+backlog.Later, backlog.Later, backlog.Oldest
	if s.Letters > 0 {
		if s.For, s.Until, err = d.waits(name, backlog.Oldest); err != nil {
			return s, err
		}
	}
	if s.Capacity > 0 {
		if s.Sheets, err = d.ledger.SheetsOn(name, d.now.Format(time.DateOnly)); err != nil {
			return s, err
		}
	}
	if s.Anlagen, err = d.ledger.HeldPrints(name, "DRUCK-ANLAGEN"); err != nil {
		return s, err
	}
	if s.Fehler, err = d.spool.Failed(name); err == nil {
		s.Quittung, err = d.spool.Unbooked(name)
	}
	if errors.Is(err, spool.ErrNoProfile) {
		err = nil
	}
	return s, err
}

// waits says what a letter that is due since then waits for, and when it goes.
func (d printDesk) waits(name string, due time.Time) (ledger.Reason, time.Time, error) {
	days, ok := d.days[name]
	if !ok {
		return "", time.Time{}, nil // of a profile that is not configured any more
	}
	p := days.Profile
	if p.Betriebsart == amtshilfe.Produktion {
		is, err := d.ledger.PrintReleased(ledger.PrintRelease{Profile: p.Name, Version: p.Version, Template: p.Template()})
		if err != nil || !is {
			return ledger.ForRelease, time.Time{}, err
		}
	}
	full, err := d.ledger.PrintFull(name)
	if err != nil {
		return "", time.Time{}, err
	}
	until, why := days.Goes(due, d.now, full == d.now.Format(time.DateOnly))
	return why, until, nil
}

// Letter completes what a delivery waits for, where that is the print run.
func (d printDesk) Letter(m *ledger.Delivery, w ledger.Wait) (ledger.Wait, error) {
	if w.For != ledger.ForPrint {
		return w, nil
	}
	why, until, err := d.waits(m.Dest, m.DueAt)
	if why != "" {
		w.For = why
	}
	w.Until = until
	return w, err
}

// why says it in English, for the command line.
var printWhy = map[ledger.Reason]string{
	"": "the next print run", ledger.ForRelease: "gateway print release", ledger.ForPrintDay: "the print centre's next working day",
	ledger.ForCutOff: "the print centre's next day, they came after its cut-off", ledger.ForCapacity: "the print centre's next day, today's capacity is used up",
}

// String is what `gateway status` says of it.
func (s PrintStand) String() string {
	text := fmt.Sprintf("print profile %s:", s.Profile)
	if s.Letters > 0 {
		text += fmt.Sprintf(" %d letters wait for %s", s.Letters, printWhy[s.For])
		if !s.Until.IsZero() {
			text += " (" + s.Until.Format("2006-01-02 15:04") + ")"
		}
		if s.Later > 0 && s.Later < s.Letters {
			text += fmt.Sprintf(", %d of them came after today's cut-off", s.Later)
		}
		text += ";"
	}
	switch {
	case s.Bundles > 0 && s.Capacity > 0:
		text += fmt.Sprintf(" %d collected bundles wait for a day with room;", s.Bundles)
	case s.Bundles > 0: // without a capacity a failure keeps them
		text += fmt.Sprintf(" %d collected bundles wait for a print run that can put them out, see the log for what stopped the last one;", s.Bundles)
	}
	if s.Staged > 0 {
		text += fmt.Sprintf(" %d bundles lie ready and are not in inbox/ yet, see the log for what stopped the last print run;", s.Staged)
	}
	if s.Anlagen > 0 {
		text += fmt.Sprintf(" %d letters are held, their attachments are not printed (attachments: print in the profile, start again, gateway retry each: gateway held list);", s.Anlagen)
	}
	if s.Capacity > 0 {
		text += fmt.Sprintf(" %d of %d sheets of today are taken;", s.Sheets, s.Capacity)
	}
	return text + fmt.Sprintf(" %d acknowledgements to be booked, %d in fehler/, %d bundles overdue", s.Quittung, s.Fehler, s.Overdue)
}

// stuckAfter is how long a bundle may lie ready before the status page tells of it: it only passes through that state.
const stuckAfter = time.Minute

// stuck is what the status page says of bundles that do not get into the inbox, "" = nothing.
func (s PrintStand) stuck(now time.Time) string {
	if s.Staged == 0 || now.Sub(s.StagedSince) < stuckAfter {
		return ""
	}
	return fmt.Sprintf("Im Druckprofil %s liegen %d Stapel bereit, die nicht nach inbox/ gelangen; den Grund nennt der letzte Lauf print. Der Betrieb prüft das Verzeichnis (gateway check).", s.Profile, s.Staged)
}

var printWarum = map[ledger.Reason]string{
	ledger.ForPrintDay: "das Druckzentrum nimmt heute keine Schreiben an",
	ledger.ForCutOff:   "sie kamen nach dem heutigen Annahmeschluss des Druckzentrums",
	ledger.ForCapacity: "die heutige Kapazität des Druckzentrums ist ausgeschöpft",
}

// notice is what the status page says of letters that wait for more than the next run; "" = none do. What nobody released has a notice of
// its own.
func (s PrintStand) notice() string {
	why := printWarum[s.For]
	if s.Letters == 0 || why == "" {
		return ""
	}
	text := fmt.Sprintf("Im Druckprofil %s warten %d Schreiben: %s", s.Profile, s.Letters, why)
	if s.For == ledger.ForCapacity {
		text += fmt.Sprintf(" (%d von %d Blatt)", s.Sheets, s.Capacity)
	}
	if s.Until.IsZero() {
		return text + ". Sie gehen mit einem späteren Drucklauf."
	}
	return text + fmt.Sprintf(". Sie gehen ab %s.", s.Until.Format("02.01.2006 15:04"))
}
