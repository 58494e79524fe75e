package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"damtshilfe/internal/register"
	"damtshilfe/internal/sqlitedb"
)

// maxOpenReports is how many reports of one certificate may wait: nobody fills the list of the others.
const maxOpenReports = 20

// ErrTooMany says that too many reports of the same participant wait.
var ErrTooMany = errors.New("too many reports of this participant wait")

// Meldung is a report of a participant, and what became of it.
type Meldung struct {
	ID             int64
	Am             time.Time
	Wer            string // who handed it in: the name of a certificate and its mark, or a person
	Zustand        string // offen, angenommen, abgelehnt
	Entschieden    time.Time
	EntschiedenVon string
	Entscheidung   string // why
	Fassung        int64  // the version that it became; 0 = none
	Aenderung      int64  // the change that it became, which waits or waited for a second person; 0 = none
	Inhalt         []byte // YAML, as it came; only Report reads it
}

// Report keeps what a participant hands in, if the directory could take it as it is now. raw is what m was read from.
func (s *Store) Report(ctx context.Context, raw []byte, m register.Meldung, wer string) (id int64, err error) {
	if err := (By{Wer: wer, Grund: m.Grund}).check(); err != nil {
		return 0, fmt.Errorf("register store: report: %w", err)
	}
	now := s.o.Now()
	_, f, err := s.InForce()
	if err != nil {
		return 0, err
	}
	if err := m.Apply(&f, wer, now); err != nil {
		return 0, fmt.Errorf("register store: report: %w", err)
	}
	if faults := register.Check(f, register.CheckOptions{Like: s.like()}); len(faults) > 0 {
		return 0, fmt.Errorf("register store: report: %w", faults[0])
	}
	err = s.write(ctx, "report", func(tx *sqlitedb.Tx) error {
		var open int
		if err := tx.QueryRow(`SELECT count(*) FROM meldung WHERE wer=? AND zustand='offen'`, []any{wer}, &open); err != nil {
			return err
		}
		if open >= maxOpenReports {
			return ErrTooMany
		}
		if _, err := tx.Exec(`INSERT INTO meldung(am, wer, inhalt) VALUES(?,?,?)`, now.UnixMicro(), wer, raw); err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT last_insert_rowid()`, nil, &id); err != nil {
			return err
		}
		return appendAudit(tx, now, Entry{Wer: wer, Was: "report", Gegenstand: reportName(id), Grund: m.Grund})
	})
	return id, err
}

func reportName(id int64) string { return "report " + strconv.FormatInt(id, 10) }

const reportColumns = `id, am, wer, zustand, coalesce(entschieden_am, 0), coalesce(entschieden_von, ''), coalesce(entscheidung, ''), coalesce(fassung, 0), coalesce(aenderung, 0)`

func scanReport(r row, more ...any) (m Meldung, err error) {
	var at, decided int64
	err = r.Scan(append([]any{&m.ID, &at, &m.Wer, &m.Zustand, &decided, &m.EntschiedenVon, &m.Entscheidung, &m.Fassung, &m.Aenderung}, more...)...)
	m.Am = time.UnixMicro(at).UTC()
	if decided != 0 {
		m.Entschieden = time.UnixMicro(decided).UTC()
	}
	return m, err
}

// Reports lists reports, the newest first, at most n; those that wait only, or all.
func (s *Store) Reports(all bool, n int) ([]Meldung, error) {
	rows, err := s.db.Reader().Query(`SELECT `+reportColumns+` FROM meldung WHERE zustand='offen' OR ? ORDER BY id DESC LIMIT ?+0`, all, n)
	if err != nil {
		return nil, fmt.Errorf("register store: reports: %w", err)
	}
	return collect(rows, func() (Meldung, error) { return scanReport(rows) })
}

// Reported reads a report with its content; ErrNotFound.
func (s *Store) Reported(id int64) (m Meldung, err error) {
	var raw []byte
	m, err = scanReport(s.db.Reader().QueryRow(`SELECT `+reportColumns+`, inhalt FROM meldung WHERE id=?`, id), &raw)
	m.Inhalt = raw
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return m, fmt.Errorf("register store: %s: %w", reportName(id), err)
	}
	return m, nil
}

// AcceptReport makes a change of the directory out of a report: it is in force, or waits for a second person. Twice is once.
func (s *Store) AcceptReport(ctx context.Context, id int64, by By) (Result, error) {
	m, err := s.Reported(id)
	if err != nil {
		return Result{}, err
	}
	if m.Zustand != Offen {
		return Result{}, fmt.Errorf("register store: %s: %s: %w", reportName(id), m.Zustand, ErrDecided)
	}
	content, err := register.ReadMeldung(m.Inhalt)
	if err != nil {
		return Result{}, fmt.Errorf("register store: %s: %w", reportName(id), err)
	}
	by.Quelle = fmt.Sprintf("Meldung %d", id)
	now := s.o.Now()
	r, err := s.submit(ctx, by, put{action: "put", also: func(tx *sqlitedb.Tx, seq int64) error {
		return s.decideReport(tx, id, by, decision{zustand: Angenommen, fassung: seq})
	}}, func(f *register.File) error { return content.Apply(f, m.Wer, now) })
	if err != nil || r.Fassung.Seq != 0 {
		return r, err
	}
	// A change that waits: a crash before this line leaves the report to be accepted again, and a second proposal to be rejected.
	return r, s.write(ctx, "accept report", func(tx *sqlitedb.Tx) error {
		return s.decideReport(tx, id, by, decision{zustand: Angenommen, aenderung: r.Proposed.ID})
	})
}

// RejectReport ends a report.
func (s *Store) RejectReport(ctx context.Context, id int64, by By) error {
	if err := by.check(); err != nil {
		return fmt.Errorf("register store: reject report: %w", err)
	}
	if _, err := s.Reported(id); err != nil {
		return err
	}
	return s.write(ctx, "reject report", func(tx *sqlitedb.Tx) error {
		return s.decideReport(tx, id, by, decision{zustand: Abgelehnt})
	})
}

type decision struct {
	zustand            string
	fassung, aenderung int64
}

func (s *Store) decideReport(tx *sqlitedb.Tx, id int64, by By, d decision) error {
	now := s.o.Now()
	n, err := tx.Exec(`UPDATE meldung SET zustand=?, entschieden_am=?, entschieden_von=?, entscheidung=?, fassung=nullif(?, 0), aenderung=nullif(?, 0)
		WHERE id=? AND zustand='offen'`, d.zustand, now.UnixMicro(), by.Wer, by.Grund, d.fassung, d.aenderung, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", reportName(id), ErrDecided)
	}
	if err != nil {
		return err
	}
	verb := map[string]string{Angenommen: "accept report", Abgelehnt: "reject report"}[d.zustand]
	return appendAudit(tx, now, Entry{Wer: by.Wer, Was: verb, Gegenstand: reportName(id), Grund: by.Grund})
}
