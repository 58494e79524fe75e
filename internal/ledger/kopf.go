package ledger

import (
	"database/sql"
	"errors"
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// ErrConflict says that the sender used this uebertragungsID before, with other bytes.
var ErrConflict = errors.New("uebertragungsID used before with other bytes")

func kopfArgs(k *amtshilfe.Lieferkopf) []any {
	if k == nil {
		return []any{nil, nil, nil, nil}
	}
	return []any{encode(k), k.Absender, k.Verfahren, k.UebertragungsID}
}

// checkKopf enforces that a uebertragungsID is used once per absender and verfahren; numbers of wholly refused drops are free.
func (o *Opening) checkKopf(tx *sqlitedb.Tx, d Drop) error {
	if d.Kopf == nil {
		return nil
	}
	var other string
	err := tx.QueryRow(`SELECT id FROM drops WHERE kopf_absender=? AND kopf_verfahren=? AND kopf_id=? AND id<>? AND state IN ('open','ended')
		AND EXISTS(SELECT 1 FROM counts c WHERE c.drop_id=drops.id AND c.n>0 AND c.state<>'rejected') LIMIT 1`,
		[]any{d.Kopf.Absender, d.Kopf.Verfahren, d.Kopf.UebertragungsID, o.drop}, &other)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: drop %s", ErrConflict, other)
}

// Conflict holds a drop whole: its uebertragungsID was used before with other bytes (profil.md 4). None of its messages is taken in.
func (l *Ledger) Conflict(id amtshilfe.DropID, kopf *amtshilfe.Lieferkopf, f amtshilfe.Finding) error {
	if err := l.clear(id); err != nil {
		return err
	}
	now := l.now()
	return l.write(sqlitedb.Intake, "conflict", func(tx *sqlitedb.Tx) error {
		// kopf_id stays NULL: the number belongs to the first drop.
		_, err := tx.Exec(`UPDATE drops SET state='conflict', kopf=?, kopf_absender=?, kopf_verfahren=?, findings=?, due_at=? WHERE id=? AND state='accepted'`,
			encode(kopf), kopf.Absender, kopf.Verfahren, encode([]amtshilfe.Finding{f}), now.UnixMicro(), id)
		if err != nil {
			return err
		}
		return appendAudit(tx, now, "gateway", "conflict", string(id), f.Code)
	})
}

// NextUebertragungsID is the number the sender should use next: one more than the highest used; 0 if it uses none.
func (l *Ledger) NextUebertragungsID(absender, verfahren string) (int64, error) {
	var n int64
	err := l.db.Reader().QueryRow(`SELECT coalesce((`+nextID+`), 0) FROM (SELECT ? AS kopf_absender, ? AS kopf_verfahren) d`, absender, verfahren).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("ledger: next uebertragungsID: %w", err)
	}
	return n, nil
}
