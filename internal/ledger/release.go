package ledger

import (
	"fmt"

	"damtshilfe/internal/sqlitedb"
)

// PrintRelease is the form of letters in the version of a print profile: what is released for production.
type PrintRelease struct {
	Profile, Version string
	Template         string // printstreet.Profile.Template
}

// ReleasePrint books that a person has seen the letters as this profile prints them, and releases them for production. The same again
// is said again in the audit.
func (l *Ledger) ReleasePrint(r PrintRelease, by Who) error {
	now := l.now()
	return l.write(sqlitedb.Intent, "print release", func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec(`INSERT INTO print_releases(profile, version, template, who, grund, at) VALUES(?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
			r.Profile, r.Version, r.Template, by.Wer, by.Grund, now.UnixMicro()); err != nil {
			return err
		}
		return appendAudit(tx, now, by.Wer, "print release", r.Profile+" "+r.Version+", template "+r.Template, by.Grund)
	})
}

// PrintReleased says whether somebody released it.
func (l *Ledger) PrintReleased(r PrintRelease) (is bool, err error) {
	err = l.db.Reader().QueryRow(`SELECT EXISTS(SELECT 1 FROM print_releases WHERE profile=? AND version=? AND template=?)`, r.Profile, r.Version, r.Template).Scan(&is)
	if err != nil {
		err = fmt.Errorf("ledger: print release: %w", err)
	}
	return is, err
}

// LettersWaiting counts the letters that wait for the next bundle of a profile.
func (l *Ledger) LettersWaiting(profile string) (n int, err error) {
	err = l.db.Reader().QueryRow(`SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND lane='print' AND dest=?`, profile).Scan(&n)
	if err != nil {
		err = fmt.Errorf("ledger: letters of %s: %w", profile, err)
	}
	return n, err
}
