package store

import (
	"context"
	"fmt"

	"damtshilfe/internal/register"
	"damtshilfe/internal/sqlitedb"
)

// Adopt puts a version of another store into force, with its number and its signature: a secondary does so. The caller has checked the
// signature; a number that is not higher than the one in force is refused with ErrChanged.
func (s *Store) Adopt(ctx context.Context, v Fassung, raw []byte) error {
	if sum(raw) != v.SHA256 {
		return fmt.Errorf("register store: adopt version %d: %w", v.Seq, ErrDamaged)
	}
	f, err := decode(raw, s.like())
	if err != nil {
		return fmt.Errorf("register store: adopt version %d: %w", v.Seq, err)
	}
	dir, err := register.TakeLike(f, register.Making{Like: s.like()})
	if err != nil {
		return fmt.Errorf("register store: adopt version %d: %w", v.Seq, err)
	}
	if dir.Version() != v.Version {
		return fmt.Errorf("register store: adopt version %d: named %q, its content is %q: %w", v.Seq, v.Version, dir.Version(), ErrDamaged)
	}
	err = s.write(ctx, "adopt", func(tx *sqlitedb.Tx) error {
		var have int64
		if err := tx.QueryRow(`SELECT coalesce(max(seq), 0) FROM fassung`, nil, &have); err != nil {
			return err
		}
		if have >= v.Seq {
			return fmt.Errorf("version %d, in force is %d: %w", v.Seq, have, ErrChanged)
		}
		if err := s.insert(tx, v, raw); err != nil {
			return err
		}
		return appendAudit(tx, s.o.Now(), Entry{Wer: v.Wer, Was: "adopt", Gegenstand: "version " + v.Version, Grund: v.Grund})
	})
	if err == nil {
		s.hold(dir, v)
	}
	return err
}
