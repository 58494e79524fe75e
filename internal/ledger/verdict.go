package ledger

import (
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Verdict is what was decided about a drop as a whole and is still to be carried out, message by message.
type Verdict string

// The verdicts. The first two end what has not passed its point of no return.
const (
	VerdictReject   Verdict = "reject"   // a person refused a drop that waits whole: its messages end as abgewiesen
	VerdictWithdraw Verdict = "withdraw" // its sender took it back: they end as zurueckgezogen, the others are told that an 008 is needed
	VerdictRelease  Verdict = "release"  // a drop in conflict is to be opened; any other that waits whole is released at once
)

// ErrNoQuestion says that nobody is asked about the drop as a whole.
var ErrNoQuestion = errors.New("the drop does not wait for a decision")

// Who is a decision's author and reason, as the audit keeps them: ids and codes, no personal data.
type Who struct{ Wer, Grund string }

// ReleaseDrop lets a drop that waits whole go on: one row, whatever its size. One in conflict is opened by the process that holds the lock.
func (l *Ledger) ReleaseDrop(id amtshilfe.DropID, by Who) error {
	now := l.now()
	return l.write(sqlitedb.Intent, "release drop", func(tx *sqlitedb.Tx) error { return releaseDrop(tx, id, by, now) })
}

func releaseDrop(tx *sqlitedb.Tx, id amtshilfe.DropID, by Who, now time.Time) error {
	n, err := tx.Exec(`UPDATE drops SET verdict=? WHERE id=? AND state='conflict' AND question IS NOT NULL AND verdict IS NULL`, VerdictRelease, id)
	if err != nil {
		return err
	}
	if n > 0 {
		return appendAudit(tx, now, by.Wer, "release", string(id), by.Grund)
	}
	// What the release changes is told by the next receipt, also where no message has a new word yet.
	n, err = tx.Exec(`UPDATE drops SET question=NULL, due_at=?, untold=1 WHERE id=? AND question IS NOT NULL AND verdict IS NULL`, now.UnixMicro(), id)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", id, ErrNoQuestion)
	}
	return appendAudit(tx, now, by.Wer, "release", string(id), by.Grund)
}

// Wait puts a drop that waits whole to rest; one that was released meanwhile stays due.
func (l *Ledger) Wait(id amtshilfe.DropID) error {
	return l.write(sqlitedb.Intake, "let drop wait", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE drops SET due_at=NULL WHERE id=? AND question IS NOT NULL`, id)
		return err
	})
}

// RejectDrop books that a drop that waits whole is refused; Verdicts lists it until that is carried out.
func (l *Ledger) RejectDrop(id amtshilfe.DropID, by Who) error {
	now := l.now()
	return l.write(sqlitedb.Intent, "reject drop", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE drops SET verdict=? WHERE id=? AND question IS NOT NULL AND verdict IS NULL`, VerdictReject, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%s: %w", id, ErrNoQuestion)
		}
		return appendAudit(tx, now, by.Wer, "reject", string(id), by.Grund)
	})
}

// withdrawDrop books that a drop is taken back by its sender. A drop that is being ended already stays so; one in conflict that somebody
// let in, and that is not opened yet, is not.
func withdrawDrop(tx *sqlitedb.Tx, id amtshilfe.DropID, by Who, now time.Time) error {
	n, err := tx.Exec(`UPDATE drops SET verdict=CASE WHEN verdict='reject' THEN verdict ELSE ? END WHERE id=? AND state IN ('open','ended','conflict')`, VerdictWithdraw, id)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", id, ErrStale)
	}
	return appendAudit(tx, now, by.Wer, "withdraw", string(id), by.Grund)
}

// Verdicts lists the drops about which something was decided that is to be carried out. Before receipt 1 nothing becomes of a message.
func (l *Ledger) Verdicts(limit int) ([]Drop, error) {
	return l.drops(`SELECT `+dropColumns+` FROM drops WHERE verdict IS NOT NULL AND `+isTold+` ORDER BY id LIMIT ?`, limit)
}

// CarriedOut books that a verdict was carried out: nothing of the drop is left to be resolved, and nobody is asked any more.
func (l *Ledger) CarriedOut(id amtshilfe.DropID) error {
	return l.write(sqlitedb.Outcome, "verdict carried out", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE drops SET verdict=NULL, question=NULL, cursor=messages, untold=CASE WHEN question IS NULL THEN untold ELSE 1 END WHERE id=?`, id)
		return err
	})
}

// HeldDrops lists the drops that wait whole for a decision, the oldest first.
func (l *Ledger) HeldDrops(limit int) ([]Drop, error) {
	return l.drops(`SELECT `+dropColumns+` FROM drops WHERE question IS NOT NULL ORDER BY received_at LIMIT ?`, limit)
}

// CountHeldDrops counts them.
func (l *Ledger) CountHeldDrops() (n int, err error) {
	if err := l.db.Reader().QueryRow(`SELECT count(*) FROM drops WHERE question IS NOT NULL`).Scan(&n); err != nil {
		return 0, fmt.Errorf("ledger: held drops: %w", err)
	}
	return n, nil
}

// TransferDrops lists the drops of an account that used a uebertragungsID up (those of wholly refused drops are free); verfahren "" = of any.
func (l *Ledger) TransferDrops(account, verfahren string, id int64) ([]Drop, error) {
	return l.drops(`SELECT `+dropColumns+` FROM drops WHERE account=?1 AND kopf_id IS NOT NULL AND kopf_id=?2 AND (?3='' OR kopf_verfahren=?3) AND state IN ('open','ended')
		AND EXISTS(SELECT 1 FROM counts c WHERE c.drop_id=drops.id AND c.n>0 AND c.state<>'rejected') ORDER BY received_at LIMIT 50`, account, id, verfahren)
}

// Unopened says whether a drop of the account that came no later than t is not opened yet: what is asked about may be in it.
func (l *Ledger) Unopened(account string, t time.Time) (bool, error) {
	var n int
	err := l.db.Reader().QueryRow(`SELECT EXISTS(SELECT 1 FROM drops WHERE state='accepted' AND due_at IS NOT NULL AND account=? AND received_at<=?)
		OR EXISTS(SELECT 1 FROM drops WHERE state='claiming' AND account=? AND received_at<=?)`, account, t.UnixMicro(), account, t.UnixMicro()).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("ledger: unopened drops: %w", err)
	}
	return n > 0, nil
}
