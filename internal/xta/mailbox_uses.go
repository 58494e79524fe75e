package xta

import (
	"context"
	"fmt"
	"time"

	"damtshilfe/internal/sqlitedb"
)

// useEvery is how exactly the last use of a certificate is known: one write for each certificate and hour, not one a call.
const useEvery = time.Hour

// CertificateUse says when a client certificate of an account was used: after a renewal the old one can be taken out once it
// rests.
type CertificateUse struct {
	Fingerprint string    // SHA-256, lower-case hex
	NotAfter    time.Time // end of the certificate
	First       time.Time // first call that it was let in for
	Last        time.Time // last such call, at most an hour too early
}

// noteUse keeps the last use of a certificate. Only those of accounts come here, so there are few.
func (m *Mailbox) noteUse(p permit) error {
	now := m.now()
	m.mu.Lock()
	last, known := m.uses[p.fingerprint]
	if known && now.Sub(last) < useEvery {
		m.mu.Unlock()
		return nil
	}
	m.uses[p.fingerprint] = now // others need not wait for this write
	m.mu.Unlock()
	err := m.db.Write(sqlitedb.Intake, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`INSERT INTO certificates(fingerprint, not_after, first_used, last_used) VALUES(?1, ?2, ?3, ?3)
			ON CONFLICT(fingerprint) DO UPDATE SET last_used = max(last_used, ?3)`, p.fingerprint, nanos(p.notAfter), now.UnixNano())
		return err
	})
	if err != nil {
		m.mu.Lock()
		delete(m.uses, p.fingerprint)
		m.mu.Unlock()
		return fmt.Errorf("note use of certificate: %w", err)
	}
	return nil
}

// CertificateUses lists the certificates that were ever used here, the one that rested longest first.
func (m *Mailbox) CertificateUses(ctx context.Context) (list []CertificateUse, err error) {
	rows, err := m.db.Reader().QueryContext(ctx, "SELECT fingerprint, not_after, first_used, last_used FROM certificates ORDER BY last_used, fingerprint")
	if err != nil {
		return nil, fmt.Errorf("list uses of certificates: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var u CertificateUse
		var end, first, last int64
		if err := rows.Scan(&u.Fingerprint, &end, &first, &last); err != nil {
			return nil, fmt.Errorf("list uses of certificates: %w", err)
		}
		u.NotAfter, u.First, u.Last = instant(end), instant(first), instant(last)
		list = append(list, u)
	}
	return list, rows.Err()
}
