package store

import (
	"database/sql"
	"errors"
	"fmt"

	"damtshilfe/internal/register"
)

// History lists the newest versions, at most n.
func (s *Store) History(n int) ([]Fassung, error) {
	rows, err := s.db.Reader().Query(`SELECT `+columns+` FROM fassung ORDER BY seq DESC LIMIT ?+0`, n)
	if err != nil {
		return nil, fmt.Errorf("register store: history: %w", err)
	}
	return collect(rows, func() (Fassung, error) { return scan(rows) })
}

// Get reads a version; nothing is checked but that it is what was put. It may share entries with the version in force: its lists can be
// changed, what their entries point to cannot.
func (s *Store) Get(seq int64) (register.File, Fassung, error) {
	v, raw, err := s.Raw(seq)
	if err != nil {
		return register.File{}, v, err
	}
	f, err := decode(raw, s.like())
	if err != nil {
		return f, v, fmt.Errorf("register store: version %d: %w", seq, err)
	}
	return f, v, nil
}

// Raw reads the stored bytes of a version, for those who check and decode them elsewhere: see Adopt.
func (s *Store) Raw(seq int64) (v Fassung, raw []byte, err error) {
	v, err = scan(s.db.Reader().QueryRow(`SELECT `+columns+`, inhalt FROM fassung WHERE seq=?`, seq), &raw)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = ErrNotFound
	case err == nil && !v.Geleert.IsZero():
		err = ErrPruned
	case err == nil && sum(raw) != v.SHA256:
		err = ErrDamaged
	}
	if err != nil {
		return v, nil, fmt.Errorf("register store: version %d: %w", seq, err)
	}
	return v, raw, nil
}
