package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/register"
	"damtshilfe/internal/sqlitedb"
)

// The states of a change.
const (
	Offen      = "offen"      // waits for a second person
	Angenommen = "angenommen" // in force as version Fassung
	Abgelehnt  = "abgelehnt"
)

// Aenderung is a proposed change of the directory.
type Aenderung struct {
	ID             int64
	Basis          int64 // the version it was made from
	Angelegt       time.Time
	Wer            string
	Grund          string
	Quelle         string
	Zustand        string
	Entschieden    time.Time // zero while offen
	EntschiedenVon string
	Entscheidung   string // why it was accepted or rejected
	Fassung        int64  // the version that it became; 0 = none
}

// Propose keeps a change until a second person accepts or rejects it. It is checked as a whole now, so that what waits can be accepted.
// If nothing would change, the answer has no ID.
func (s *Store) Propose(ctx context.Context, f register.File, by By) (Aenderung, error) {
	if by.Basis == 0 {
		seq, err := s.last()
		if err != nil && !errors.Is(err, ErrEmpty) {
			return Aenderung{}, err
		}
		by.Basis = seq
	}
	return s.propose(ctx, f, by)
}

func (s *Store) propose(ctx context.Context, f register.File, by By) (Aenderung, error) {
	a := Aenderung{Angelegt: s.o.Now().UTC().Truncate(time.Microsecond), Wer: by.Wer, Grund: by.Grund, Quelle: by.Quelle, Zustand: Offen, Basis: by.Basis}
	if err := by.check(); err != nil {
		return a, fmt.Errorf("register store: propose: %w", err)
	}
	if err := s.keepRevoked(&f); err != nil {
		return a, err
	}
	_, raw, err := build(f, s.like())
	if err != nil {
		return a, err
	}
	if have, err := s.head(); err == nil && have.SHA256 == sum(raw) {
		return Aenderung{}, nil // nothing to wait for
	}
	err = s.write(ctx, "propose", func(tx *sqlitedb.Tx) error {
		var have int64
		if err := tx.QueryRow(`SELECT coalesce(max(seq), 0) FROM fassung`, nil, &have); err != nil {
			return err
		}
		if a.Basis != have {
			return fmt.Errorf("made from version %d, in force is %d: %w", a.Basis, have, ErrChanged)
		}
		if _, err := tx.Exec(`INSERT INTO aenderung(basis, angelegt_am, wer, grund, quelle, sha256, inhalt) VALUES(?,?,?,?,?,?,?)`,
			a.Basis, a.Angelegt.UnixMicro(), a.Wer, a.Grund, a.Quelle, sum(raw), raw); err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT last_insert_rowid()`, nil, &a.ID); err != nil {
			return err
		}
		return appendAudit(tx, a.Angelegt, Entry{Wer: a.Wer, Was: "propose", Gegenstand: a.subject(), Grund: a.Grund})
	})
	return a, err
}

func (a Aenderung) subject() string { return "change " + strconv.FormatInt(a.ID, 10) }

const pendingColumns = `id, basis, angelegt_am, wer, grund, quelle, zustand, coalesce(entschieden_am, 0), coalesce(entschieden_von, ''),
	coalesce(entscheidung, ''), coalesce(fassung, 0)`

func scanPending(r row, more ...any) (a Aenderung, err error) {
	var at, decided int64
	err = r.Scan(append([]any{&a.ID, &a.Basis, &at, &a.Wer, &a.Grund, &a.Quelle, &a.Zustand, &decided, &a.EntschiedenVon, &a.Entscheidung, &a.Fassung}, more...)...)
	a.Angelegt = time.UnixMicro(at).UTC()
	if decided != 0 {
		a.Entschieden = time.UnixMicro(decided).UTC()
	}
	return a, err
}

// Pending lists the changes that wait, the oldest first, at most n.
func (s *Store) Pending(n int) ([]Aenderung, error) {
	rows, err := s.db.Reader().Query(`SELECT `+pendingColumns+` FROM aenderung WHERE zustand='offen' ORDER BY id LIMIT ?+0`, n)
	if err != nil {
		return nil, fmt.Errorf("register store: pending: %w", err)
	}
	return collect(rows, func() (Aenderung, error) { return scanPending(rows) })
}

// Proposed reads a change, waiting or decided, and the directory as it would be by it alone.
func (s *Store) Proposed(id int64) (a Aenderung, f register.File, err error) {
	var raw []byte
	var want string
	var emptied bool
	a, err = scanPending(s.db.Reader().QueryRow(`SELECT `+pendingColumns+`, sha256, inhalt, geleert_am IS NOT NULL FROM aenderung WHERE id=?`, id), &want, &raw, &emptied)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = ErrNotFound
	case err == nil && emptied:
		err = ErrPruned
	case err == nil && sum(raw) != want:
		err = ErrDamaged
	case err == nil:
		f, err = decode(raw, s.like())
	}
	if err != nil {
		return a, f, fmt.Errorf("register store: change %d: %w", id, err)
	}
	return a, f, nil
}

// Preview is the directory that Accept would put into force now: the change on top of the version in force. ErrChanged names the
// entries that were changed here and there since it was proposed.
func (s *Store) Preview(id int64) (Aenderung, register.File, error) {
	a, f, _, err := s.onTop(id)
	return a, f, err
}

func (s *Store) onTop(id int64) (a Aenderung, f register.File, seq int64, err error) {
	if a, f, err = s.Proposed(id); err != nil {
		return a, f, 0, err
	}
	seq, err = s.last()
	if errors.Is(err, ErrEmpty) {
		err = nil
	}
	if err != nil || seq == a.Basis {
		return a, f, seq, err
	}
	base := register.File{}
	if a.Basis != 0 {
		if base, _, err = s.Get(a.Basis); err != nil {
			return a, f, seq, err
		}
	}
	seq, now, err := s.InForce() // perhaps a newer one than before
	if err != nil {
		return a, f, seq, err
	}
	merged, clashes := Merge(base, f, now)
	if len(clashes) > 0 {
		return a, merged, seq, fmt.Errorf("register store: change %d: %s: %w", id, strings.Join(clashes[:min(len(clashes), 10)], ", "), ErrChanged)
	}
	return a, merged, seq, nil
}

// Accept puts a change into force, together with what was changed since it was proposed. by.Wer must be another person than the one
// who proposed it; by.Basis may say which version that person has seen.
func (s *Store) Accept(ctx context.Context, id int64, by By) (Fassung, error) {
	if err := by.check(); err != nil {
		return Fassung{}, fmt.Errorf("register store: accept: %w", err)
	}
	for {
		a, f, seq, err := s.onTop(id)
		switch {
		case err != nil:
			return Fassung{}, err
		case a.Zustand != Offen:
			return Fassung{}, fmt.Errorf("register store: change %d: %s: %w", id, a.Zustand, ErrDecided)
		case same(a.Wer, by.Wer):
			return Fassung{}, fmt.Errorf("register store: change %d: %w", id, ErrSamePerson)
		case by.Basis != 0 && by.Basis != seq:
			return Fassung{}, fmt.Errorf("register store: change %d: %w", id, ErrChanged)
		}
		v, err := s.put(ctx, f, By{Wer: a.Wer, Grund: a.Grund, Quelle: a.Quelle, Basis: seq}, put{action: "put", zweite: by.Wer, exact: true,
			also: func(tx *sqlitedb.Tx, seq int64) error { return s.decide(tx, a, by, Angenommen, seq) }})
		if errors.Is(err, ErrChanged) && by.Basis == 0 {
			continue // somebody was faster: look again whether it fits on top
		}
		return v, err
	}
}

// Reject ends a change. Whoever proposed it may take it back that way.
func (s *Store) Reject(ctx context.Context, id int64, by By) error {
	if err := by.check(); err != nil {
		return fmt.Errorf("register store: reject: %w", err)
	}
	a, _, err := s.Proposed(id)
	if err != nil {
		return err
	}
	return s.write(ctx, "reject", func(tx *sqlitedb.Tx) error { return s.decide(tx, a, by, Abgelehnt, 0) })
}

func (s *Store) decide(tx *sqlitedb.Tx, a Aenderung, by By, zustand string, seq int64) error {
	now := s.o.Now()
	n, err := tx.Exec(`UPDATE aenderung SET zustand=?, entschieden_am=?, entschieden_von=?, entscheidung=?, fassung=nullif(?, 0) WHERE id=? AND zustand='offen'`,
		zustand, now.UnixMicro(), by.Wer, by.Grund, seq, a.ID)
	if err == nil && n == 0 {
		err = fmt.Errorf("change %d: %w", a.ID, ErrDecided)
	}
	if err != nil {
		return err
	}
	verb := map[string]string{Angenommen: "accept", Abgelehnt: "reject"}[zustand]
	return appendAudit(tx, now, Entry{Wer: by.Wer, Was: verb, Gegenstand: a.subject(), Grund: by.Grund})
}

func same(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
