package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sqlitedb"
)

// ErrNoFingerprint says that something is no SHA-256 in hex.
var ErrNoFingerprint = errors.New("not the SHA-256 of a certificate in hex")

// Revoke takes a certificate out of use for ever. It is in force with the COMMIT of its row, and needs no second person: a lost key does
// not wait. Then the directory gets a version that says so, too, so that cached answers are asked anew; if that fails the revocation
// counts all the same. Revoked again it stays as it was: again says so.
func (s *Store) Revoke(ctx context.Context, fingerprint string, by By) (again bool, err error) {
	one := register.Sperre{Fingerabdruck: certs.CleanFingerprint(fingerprint), Ab: s.o.Now().UTC().Truncate(time.Second), Grund: by.Grund}
	if len(one.Fingerabdruck) != 64 || strings.Trim(one.Fingerabdruck, "0123456789abcdef") != "" {
		return false, fmt.Errorf("register store: revoke: %w", ErrNoFingerprint)
	}
	if err := by.check(); err != nil {
		return false, fmt.Errorf("register store: revoke: %w", err)
	}
	err = s.write(ctx, "revoke", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`INSERT OR IGNORE INTO sperre(fingerabdruck, ab, wer, grund) VALUES(?,?,?,?)`, one.Fingerabdruck, one.Ab.UnixMicro(), by.Wer, by.Grund)
		if again = n == 0; err != nil || again {
			return err
		}
		return appendAudit(tx, one.Ab, Entry{Wer: by.Wer, Was: "revoke", Gegenstand: one.Fingerabdruck, Grund: by.Grund})
	})
	if err != nil {
		return again, err
	}
	if err := s.mark(ctx, one, by); err != nil {
		return again, fmt.Errorf("the certificate is revoked; the directory could not be marked: %w", err)
	}
	return again, nil
}

// mark lets the directory say of a certificate that it is revoked.
func (s *Store) mark(ctx context.Context, one register.Sperre, by By) error {
	for {
		seq, f, err := s.InForce()
		if err != nil || seq == 0 {
			return err
		}
		if !revokeIn(&f, one) {
			return nil
		}
		by.Basis, by.Quelle = seq, "Sperre "+one.Fingerabdruck[:16]
		_, err = s.put(ctx, f, by, put{action: "revoke"})
		if !errors.Is(err, ErrChanged) {
			return err
		}
	}
}

// keepRevoked marks in f what is revoked: a directory that was exported before, or an earlier version, must not say otherwise.
func (s *Store) keepRevoked(f *register.File) error {
	if len(f.Zertifikate) == 0 {
		return nil
	}
	list, err := s.Sperren()
	if err != nil {
		return err
	}
	f.Zertifikate = slices.Clone(f.Zertifikate)
	for _, one := range list {
		revokeIn(f, one)
	}
	return nil
}

func revokeIn(f *register.File, one register.Sperre) (changed bool) {
	for i := range f.Zertifikate {
		z := &f.Zertifikate[i]
		if certs.SameFingerprint(one.Fingerabdruck, z.Fingerabdruck) && z.Gesperrt.IsZero() {
			z.Gesperrt, z.Grund, changed = one.Ab, one.Grund, true
		}
	}
	return changed
}

// Sperren lists the revoked certificates, the oldest revocation first.
func (s *Store) Sperren() ([]register.Sperre, error) {
	rows, err := s.db.Reader().Query(`SELECT fingerabdruck, ab, grund FROM sperre ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("register store: revocations: %w", err)
	}
	return collect(rows, func() (one register.Sperre, err error) {
		var ab int64
		err = rows.Scan(&one.Fingerabdruck, &ab, &one.Grund)
		one.Ab = time.UnixMicro(ab).UTC()
		return one, err
	})
}

// WatchSperren calls changed at the start and whenever a certificate was revoked, by whatever process, until ctx ends.
func (s *Store) WatchSperren(ctx context.Context, changed func([]register.Sperre)) {
	tick := time.NewTicker(WatchEvery)
	defer tick.Stop()
	known, said := -1, ""
	for {
		list, err := s.Sperren()
		switch {
		case err != nil && err.Error() != said:
			said = err.Error()
			s.o.Log.Error("register store: revocations not read, those of before stay in force", "err", err)
		case err == nil && len(list) != known: // none is ever removed
			known, said = len(list), ""
			changed(list)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// AdoptSperren takes over what a primary has revoked, so that a secondary knows it after a restart, too.
func (s *Store) AdoptSperren(ctx context.Context, list []register.Sperre) error {
	have, err := s.Sperren()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, one := range have {
		known[one.Fingerabdruck] = true
	}
	for _, one := range list {
		if known[one.Fingerabdruck] {
			continue
		}
		err := s.write(ctx, "adopt revocation", func(tx *sqlitedb.Tx) error {
			n, err := tx.Exec(`INSERT OR IGNORE INTO sperre(fingerabdruck, ab, wer, grund) VALUES(?,?,?,?)`, one.Fingerabdruck, one.Ab.UnixMicro(), "primary", one.Grund)
			if err != nil || n == 0 {
				return err
			}
			return appendAudit(tx, s.o.Now(), Entry{Wer: "primary", Was: "revoke", Gegenstand: one.Fingerabdruck, Grund: one.Grund})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
