package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// runOff is how many months after the end of new messages answers are still taken.
const runOff = 3

// Retirement is the end of an authority's participation.
type Retirement struct {
	Kennung     string
	Betriebsart amtshilfe.Betriebsart // "" = it has only one
	// Versand is the last day for new messages, the last one of a month; "" = of this month. Annahme is the last day for answers; "" =
	// three months later.
	Versand, Annahme register.Datum
}

// Plan completes the days and finds the entry.
func (r Retirement) Plan(d *register.Directory, now time.Time) (Retirement, register.Eintrag, error) {
	e, err := EntryOf(d, r.Kennung, r.Betriebsart)
	if err != nil {
		return r, e, err
	}
	r.Betriebsart = e.Betriebsart
	today := register.Day(now)
	if r.Versand == "" {
		r.Versand = monthEnd(today, 0)
	}
	switch {
	case !r.Versand.Valid() || r.Versand != monthEnd(r.Versand, 0):
		return r, e, fmt.Errorf("%s is not the last day of a month: participation ends with one (%s)", r.Versand, monthEnd(today, 0))
	case r.Versand < today:
		return r, e, fmt.Errorf("%s is over: nobody ends in the past; deactivate stops it at once", r.Versand)
	}
	if r.Annahme == "" {
		r.Annahme = monthEnd(r.Versand, runOff)
	}
	if !r.Annahme.Valid() || r.Annahme < r.Versand {
		return r, e, fmt.Errorf("answers are taken at least until %s", r.Versand)
	}
	return r, e, nil
}

// monthEnd is the last day of the month that lies so many months after that of d.
func monthEnd(d register.Datum, months int) register.Datum {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return register.Datum(time.Date(t.Year(), t.Month()+time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
}

// EntryOf finds the entry of a kennung; of several Betriebsarten one must be said.
func EntryOf(d *register.Directory, kennung string, b amtshilfe.Betriebsart) (e register.Eintrag, err error) {
	var found []amtshilfe.Betriebsart
	for _, o := range d.All(b) {
		if o.Kennung == kennung {
			e, found = o, append(found, o.Betriebsart)
		}
	}
	switch len(found) {
	case 0:
		return e, fmt.Errorf("the directory has no %s", kennung)
	case 1:
		return e, nil
	}
	return e, fmt.Errorf("%s is there for %v: say which with --betriebsart", kennung, found)
}

// Retire enters the end into the directory.
func Retire(ctx context.Context, s *store.Store, r Retirement, by store.By) (store.Result, error) {
	return changeEntry(ctx, s, r.Kennung, r.Betriebsart, by, func(e *register.Eintrag) error {
		e.Ende = register.Ende{Versand: r.Versand, Annahme: r.Annahme}
		return nil
	})
}

// Deactivate stops everything that is sent to an authority, at once, for the reason given; "" lets it be sent to again.
func Deactivate(ctx context.Context, s *store.Store, e register.Eintrag, why string, by store.By) (store.Result, error) {
	return changeEntry(ctx, s, e.Kennung, e.Betriebsart, by, func(e *register.Eintrag) error {
		e.Gesperrt = why
		return nil
	})
}

func changeEntry(ctx context.Context, s *store.Store, kennung string, b amtshilfe.Betriebsart, by store.By, change func(*register.Eintrag) error) (store.Result, error) {
	return s.Change(ctx, by, func(f *register.File) error {
		i := slices.IndexFunc(f.Behoerden, func(e register.Eintrag) bool { return e.Kennung == kennung && e.Betriebsart == b })
		if i < 0 {
			return fmt.Errorf("%s: %w", kennung, store.ErrNotFound)
		}
		f.Stand = time.Now().UTC().Truncate(time.Second)
		return change(&f.Behoerden[i])
	})
}

// UnderwayWith is what the own gateway has open with an authority.
type UnderwayWith struct {
	ledger.Underway
	Gateway bool // there is one here at all
	Mailbox OwnMailbox
}

// LookUnderway looks into ledger and mailbox of the configuration's own gateway; it may run beside it.
func LookUnderway(ctx context.Context, cfg config.Config, kennung string) (u UnderwayWith, err error) {
	if len(cfg.Participants) == 0 {
		return u, nil
	}
	if _, err := os.Stat(cfg.LedgerFile()); errors.Is(err, fs.ErrNotExist) {
		return u, nil // it never ran
	}
	l, err := ledger.Open(cfg.LedgerFile(), nil, time.Now)
	if err != nil {
		return u, err
	}
	u.Gateway = true
	u.Underway, err = l.Underway(kennung)
	if err = errors.Join(err, l.Close()); err != nil {
		return u, err
	}
	u.Mailbox, err = LookIntoMailbox(ctx, cfg, kennung)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // no mailbox here
	}
	return u, err
}
