package store

import (
	"context"
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// CountKey says what is counted together: the requests of one day, certificate, kind, Betriebsart and outcome.
type CountKey struct {
	Tag         string // 2026-11-22, UTC
	Asker       string // name of the certificate, or the beginning of its fingerprint
	Kind        string // 001, fragen, kennung, fassung, aenderung ...
	Betriebsart amtshilfe.Betriebsart
	Status      int // of HTTP
}

// Count is how often it was asked, and how questions were answered: a batch is one request with many questions.
type Count struct{ Requests, Found, Ambiguous, Nobody int }

// Plus adds two counts.
func (c Count) Plus(o Count) Count {
	return Count{c.Requests + o.Requests, c.Found + o.Found, c.Ambiguous + o.Ambiguous, c.Nobody + o.Nobody}
}

// AddCounts adds to what was counted before. It is the audit of questions: who asked what kind of question how often, never about whom.
func (s *Store) AddCounts(ctx context.Context, add map[CountKey]Count) error {
	return s.write(ctx, "count", func(tx *sqlitedb.Tx) error {
		for k, c := range add {
			if _, err := tx.Exec(`INSERT INTO zaehler(tag, asker, kind, betriebsart, status, requests, found, ambiguous, nobody) VALUES(?,?,?,?,?,?,?,?,?)
				ON CONFLICT DO UPDATE SET requests=requests+excluded.requests, found=found+excluded.found, ambiguous=ambiguous+excluded.ambiguous, nobody=nobody+excluded.nobody`,
				k.Tag, k.Asker, k.Kind, string(k.Betriebsart), k.Status, c.Requests, c.Found, c.Ambiguous, c.Nobody); err != nil {
				return err
			}
		}
		return nil
	})
}

// Counts gives what was counted from one day to another, both included.
func (s *Store) Counts(from, to string) (map[CountKey]Count, error) {
	rows, err := s.db.Reader().Query(`SELECT tag, asker, kind, betriebsart, status, requests, found, ambiguous, nobody FROM zaehler WHERE tag BETWEEN ? AND ?`, from, to)
	if err != nil {
		return nil, fmt.Errorf("register store: counts: %w", err)
	}
	defer rows.Close()
	all := map[CountKey]Count{}
	for rows.Next() {
		var k CountKey
		var c Count
		if err := rows.Scan(&k.Tag, &k.Asker, &k.Kind, &k.Betriebsart, &k.Status, &c.Requests, &c.Found, &c.Ambiguous, &c.Nobody); err != nil {
			return nil, fmt.Errorf("register store: counts: %w", err)
		}
		all[k] = c
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("register store: counts: %w", err)
	}
	return all, nil
}
