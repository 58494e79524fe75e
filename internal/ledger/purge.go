package ledger

import (
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Purgeable lists drops whose original may go: received before, told of by receipt 1, and not a question of its own. What a
// crash left between intent and deletion comes first, whatever its age.
func (l *Ledger) Purgeable(before time.Time, limit int) ([]Drop, error) {
	return l.drops(`SELECT `+dropColumns+` FROM drops WHERE purged<2 AND receipts>0 AND (purged=1 OR received_at<? AND state IN ('open','ended','duplicate'))
		ORDER BY purged DESC, received_at LIMIT ?`, before.UnixMicro(), limit)
}

// Purging books that the original of a drop is about to be deleted.
func (l *Ledger) Purging(id amtshilfe.DropID) error {
	now := l.now()
	return l.write(sqlitedb.Intake, "purging", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE drops SET purged=1 WHERE id=? AND purged=0`, id)
		if err != nil || n == 0 {
			return err
		}
		return appendAudit(tx, now, "gateway", "delete original", string(id), "original_keep")
	})
}

// Purged books that it is deleted.
func (l *Ledger) Purged(id amtshilfe.DropID) error {
	return l.write(sqlitedb.Intake, "purged", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE drops SET purged=2 WHERE id=? AND purged=1`, id)
		if err == nil && n == 0 {
			err = fmt.Errorf("drop %s: not about to be purged", id)
		}
		return err
	})
}
