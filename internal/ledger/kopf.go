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

// kopfArgs are the columns of a drop's head. kopf_id is the number that the drop uses up: that of a drop which was let in although its
// number is another's belongs to the first one.
func kopfArgs(d Drop) []any {
	k := d.Kopf
	switch {
	case k == nil:
		return []any{nil, nil, nil, nil}
	case d.Foretold > 0:
		return []any{encode(k), k.Absender, k.Verfahren, nil}
	}
	return []any{encode(k), k.Absender, k.Verfahren, k.UebertragungsID}
}

// checkKopf enforces that a uebertragungsID is used once per absender and verfahren; numbers of wholly refused drops are free.
func (o *Opening) checkKopf(tx *sqlitedb.Tx, d Drop) error {
	if d.Kopf == nil || d.Foretold > 0 {
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

// Conflict holds a drop whole: its uebertragungsID was used before with other bytes (profil.md 4). None of its messages is taken in. Its
// Question says who decides and until when.
func (l *Ledger) Conflict(d Drop) error {
	if err := l.clear(d.ID); err != nil {
		return err
	}
	now := l.now()
	return l.write(sqlitedb.Intake, "conflict", func(tx *sqlitedb.Tx) error {
		// kopf_id stays NULL: the number belongs to the first drop.
		_, err := tx.Exec(`UPDATE drops SET state='conflict', format=?, kopf=?, kopf_absender=?, kopf_verfahren=?, findings=NULL, question=?, due_at=?
			WHERE id=? AND state='accepted'`, d.Format, encode(d.Kopf), d.Kopf.Absender, d.Kopf.Verfahren, encode(d.Question), now.UnixMicro(), d.ID)
		if err != nil {
			return err
		}
		return appendAudit(tx, now, "gateway", "conflict", string(d.ID), d.Question.Code)
	})
}

// Settle carries out the verdict about a drop in conflict: it is opened like one that has just come, or has ended with nothing taken in.
// said is what its next receipt says. Nothing changes where the verdict is another by now, or a booked receipt is not published yet:
// that one says that the drop waits.
func (l *Ledger) Settle(d Drop, said amtshilfe.Finding) error {
	now := l.now()
	state, released := amtshilfe.DropEnded, d.Verdict == VerdictRelease
	if released {
		state = amtshilfe.DropAccepted
	}
	return l.write(sqlitedb.Intake, "settle conflict", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE drops SET state=?1, verdict=NULL, question=NULL, findings=?2, due_at=?3, attempts=0, untold=?4,
			foretold=CASE WHEN ?4 THEN 0 ELSE receipts END WHERE id=?5 AND state='conflict' AND receipts>0 AND verdict=?6
			AND NOT EXISTS(SELECT 1 FROM receipts r WHERE r.drop_id=drops.id AND r.published=0)`,
			state, encode([]amtshilfe.Finding{said}), now.UnixMicro(), !released, d.ID, d.Verdict)
		if err != nil || n == 0 {
			return err
		}
		return appendAudit(tx, now, "gateway", "settle conflict", string(d.ID), string(d.Verdict))
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
