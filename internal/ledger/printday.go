package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/sqlitedb"
)

// SheetsOn counts the sheets that the print centre of a profile gets on a day (2026-11-24): those of the bundles it was given then, of
// those about to be, and of those of which nobody knows. A bundle that was taken back takes no room.
func (l *Ledger) SheetsOn(profile, day string) (n int, err error) {
	err = l.db.Reader().QueryRow(`SELECT coalesce(sum(sheets),0) FROM bundles WHERE profile=? AND state<>'recalled' AND (day=? OR state IN ('staged','publishing'))`, profile, day).Scan(&n)
	if err != nil {
		err = fmt.Errorf("ledger: sheets of %s on %s: %w", profile, day, err)
	}
	return n, err
}

// SetPrintFull books that letters of a profile were left over on a day, or that none are any more (day "").
func (l *Ledger) SetPrintFull(profile, day string) error {
	before, err := l.PrintFull(profile)
	if err != nil || before == day {
		return err
	}
	return l.write(sqlitedb.Outcome, "print day", func(tx *sqlitedb.Tx) error {
		if day == "" {
			_, err := tx.Exec(`DELETE FROM print_full WHERE profile=?`, profile)
			return err
		}
		_, err := tx.Exec(`INSERT INTO print_full(profile, day) VALUES(?,?) ON CONFLICT(profile) DO UPDATE SET day=excluded.day`, profile, day)
		return err
	})
}

// PrintFull is the last day on which letters of a profile were left over, "" = none was.
func (l *Ledger) PrintFull(profile string) (day string, err error) {
	err = l.db.Reader().QueryRow(`SELECT day FROM print_full WHERE profile=?`, profile).Scan(&day)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		err = fmt.Errorf("ledger: print day of %s: %w", profile, err)
	}
	return day, err
}

// Backlog is what waits for the next bundles of a profile.
type Backlog struct {
	Today  int       // letters that wait since the given time or longer
	Later  int       // those that wait since later
	Oldest time.Time // since when the first of them waits; zero = none does
}

// HeldPrints counts the letters of a profile that a person is asked about with this code.
func (l *Ledger) HeldPrints(profile, code string) (n int, err error) {
	err = l.db.Reader().QueryRow(`SELECT count(*) FROM deliveries WHERE question IS NOT NULL AND state='held' AND dest=? AND json_extract(question, '$.Code')=?`, profile, code).Scan(&n)
	if err != nil {
		err = fmt.Errorf("ledger: held letters of %s: %w", profile, err)
	}
	return n, err
}

// PrintBacklog counts what waits for the bundles of a profile, on both sides of a time.
func (l *Ledger) PrintBacklog(profile string, upTo time.Time) (b Backlog, err error) {
	var oldest sql.NullInt64
	err = l.db.Reader().QueryRow(`SELECT count(*) FILTER (WHERE due_at<=?1), count(*) FILTER (WHERE due_at>?1), min(due_at)
		FROM deliveries WHERE due_at IS NOT NULL AND lane='print' AND dest=?2`, upTo.UnixMicro(), profile).Scan(&b.Today, &b.Later, &oldest)
	if err != nil {
		err = fmt.Errorf("ledger: backlog of %s: %w", profile, err)
	}
	b.Oldest = unstamp(oldest)
	return b, err
}
