package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Drop is a drop with what only the ledger knows of it.
type Drop struct {
	amtshilfe.Drop
	Source   string // where the file came from: "in", "upload" or the name of a watched folder
	Live     int    // messages that have not ended
	Cursor   int    // last seq that resolve has looked at
	Attempts int    // openings begun
	Receipts int    // number of the last published receipt
	Foretold int    // receipts that were written before it was opened; > 0: it was in conflict, and somebody let it in all the same
	Closed   bool   // the last receipt said abgeschlossen
	Purged   bool   // the original was deleted, or is about to be; its hash stays
	// Question says why nothing of the drop is sent before somebody decides; nil = nobody is asked about all of it.
	Question *amtshilfe.Question
	Verdict  Verdict // decided about all of it and not carried out yet, "" = nothing
}

// Told says that the sender has read what was taken in: before that nothing becomes of a message.
func (d Drop) Told() bool { return d.Receipts > d.Foretold }

// isTold is Told in SQL.
const isTold = `receipts>foretold`

const dropColumns = `id, account, name, source, device, inode, size, mtime, sha, state, betriebsart, format, kopf, received_at,
	duplicate_of, findings, messages, live, cursor, attempts, receipts, foretold, closed, purged, question, verdict`

func scanDrop(row scanner) (Drop, error) {
	var d Drop
	var name, sha []byte
	var kopf, duplicateOf, findings, question, verdict sql.NullString
	var device, inode, mtime, received, purged int64
	err := row.Scan(&d.ID, &d.Account, &name, &d.Source, &device, &inode, &d.Size, &mtime, &sha, &d.State, &d.Betriebsart, &d.Format, &kopf,
		&received, &duplicateOf, &findings, &d.Messages, &d.Live, &d.Cursor, &d.Attempts, &d.Receipts, &d.Foretold, &d.Closed, &purged, &question, &verdict)
	if errors.Is(err, sql.ErrNoRows) {
		return d, ErrNotFound
	}
	if err != nil {
		return d, err
	}
	d.Purged, d.Verdict = purged > 0, Verdict(verdict.String)
	d.Name, d.Device, d.Inode = string(name), uint64(device), uint64(inode)
	d.ModTime, d.ReceivedAt = time.Unix(0, mtime), time.UnixMicro(received)
	d.DuplicateOf = amtshilfe.DropID(duplicateOf.String)
	copy(d.SHA256[:], sha)
	return d, errors.Join(decode(kopf, &d.Kopf), decode(findings, &d.Findings), decode(question, &d.Question))
}

// Claiming books that the files are about to be moved into the store: the intent of the claim (design 2.2).
func (l *Ledger) Claiming(drops []Drop) error {
	return l.write(sqlitedb.Intake, "claim", func(tx *sqlitedb.Tx) error {
		for _, d := range drops {
			_, err := tx.Exec(`INSERT INTO drops(id, account, name, source, device, inode, size, mtime, state, betriebsart, received_at)
				VALUES(?,?,?,?,?,?,?,?,?,?,?)`, d.ID, d.Account, []byte(d.Name), d.Source, int64(d.Device), int64(d.Inode), d.Size,
				d.ModTime.UnixNano(), amtshilfe.DropClaiming, d.Betriebsart, d.ReceivedAt.UnixMicro())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Accepted books that payloads are durable in the store, and decides which of them are duplicates: the same account sent the
// same bytes before, that drop's payload was verified, and it was not wholly refused (profil.md 4). One in conflict is not refused yet.
func (l *Ledger) Accepted(drops []Drop) error {
	now := l.now()
	return l.write(sqlitedb.Intake, "accept", func(tx *sqlitedb.Tx) error {
		for _, d := range drops {
			state, first := amtshilfe.DropAccepted, any(nil)
			var id string
			err := tx.QueryRow(`SELECT id FROM drops WHERE account=? AND sha=? AND id<>? AND state IN ('accepted','open','ended','conflict')
				AND NOT (state IN ('open','ended') AND live = 0 AND NOT EXISTS(SELECT 1 FROM counts c WHERE c.drop_id=drops.id AND c.n>0 AND c.state<>'rejected'))
				ORDER BY received_at LIMIT 1`, []any{d.Account, d.SHA256[:], d.ID}, &id)
			switch {
			case err == nil:
				state, first = amtshilfe.DropDuplicate, id
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
			n, err := tx.Exec(`UPDATE drops SET state=?, size=?, mtime=?, sha=?, duplicate_of=?, due_at=? WHERE id=? AND state='claiming'`,
				state, d.Size, d.ModTime.UnixNano(), d.SHA256[:], first, now.UnixMicro(), d.ID)
			if err != nil {
				return err
			}
			if n == 0 {
				return fmt.Errorf("drop %s: not claiming", d.ID)
			}
		}
		return nil
	})
}

// Forget drops a claim whose file vanished before it was moved.
func (l *Ledger) Forget(id amtshilfe.DropID) error {
	return l.write(sqlitedb.Intake, "forget claim", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`DELETE FROM drops WHERE id=? AND state='claiming'`, id)
		return err
	})
}

// Claims lists the drops whose claim was not finished: what recovery has to look after.
func (l *Ledger) Claims() ([]Drop, error) {
	return l.drops(`SELECT ` + dropColumns + ` FROM drops WHERE state='claiming'`)
}

// TakenFrom says whether a file with these four was taken from the account's watched folder before: then it only was not
// removed yet (design 2.1).
func (l *Ledger) TakenFrom(account, source string, device, inode uint64, size int64, mtime time.Time) (bool, error) {
	var n int
	err := l.db.Reader().QueryRow(`SELECT count(*) FROM drops WHERE account=? AND source=? AND device=? AND inode=? AND size=? AND mtime=? AND state<>'claiming'`,
		account, source, int64(device), int64(inode), size, mtime.UnixNano()).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("ledger: taken from: %w", err)
	}
	return n > 0, nil
}

// Drop reads one drop; ErrNotFound if there is none.
func (l *Ledger) Drop(id amtshilfe.DropID) (Drop, error) {
	d, err := scanDrop(l.db.Reader().QueryRow(`SELECT `+dropColumns+` FROM drops WHERE id=?`, id))
	if err != nil {
		return d, fmt.Errorf("ledger: drop %s: %w", id, err)
	}
	return d, nil
}

// Drops lists the newest drops.
func (l *Ledger) Drops(limit int) ([]Drop, error) {
	return l.drops(`SELECT `+dropColumns+` FROM drops ORDER BY received_at DESC LIMIT ?`, limit)
}

// DueDrops lists the drops in the state whose time has come, the oldest first.
func (l *Ledger) DueDrops(state amtshilfe.DropState, limit int) ([]Drop, error) {
	return l.drops(`SELECT `+dropColumns+` FROM drops WHERE due_at IS NOT NULL AND due_at<=? AND state=CAST(? AS TEXT) ORDER BY due_at LIMIT ?+0`,
		l.now().UnixMicro(), state, limit)
}

// Quarantined lists the drops that yielded no message, and those held whole, the newest first.
func (l *Ledger) Quarantined(limit int) ([]Drop, error) {
	return l.drops(`SELECT `+dropColumns+` FROM drops WHERE state IN ('quarantined','conflict') ORDER BY received_at DESC LIMIT ?`, limit)
}

func (l *Ledger) drops(sql string, args ...any) ([]Drop, error) {
	return list(l, query{"list drops", sql, args}, scanDrop)
}

// Rest sets when a drop is looked at again; the zero time puts it to rest.
func (l *Ledger) Rest(id amtshilfe.DropID, due time.Time) error {
	return l.write(sqlitedb.Intake, "rest drop", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE drops SET due_at=? WHERE id=?`, stamp(due), id)
		return err
	})
}

// Postpone sets when a drop whose opening failed is opened again; the attempt is given back.
func (l *Ledger) Postpone(d Drop, due time.Time) error {
	return l.write(sqlitedb.Intake, "postpone drop", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE drops SET due_at=?, attempts=min(attempts, ?) WHERE id=? AND state='accepted'`, stamp(due), d.Attempts, d.ID)
		return err
	})
}

// Twins lists the duplicates of a drop that keep a payload of their own.
func (l *Ledger) Twins(d Drop) ([]Drop, error) {
	return l.drops(`SELECT `+dropColumns+` FROM drops WHERE account=? AND sha=? AND state='duplicate' AND purged=0 AND id<>?`, d.Account, d.SHA256[:], d.ID)
}

// Adopted books that the payload of a duplicate has become that of the drop it repeats.
func (l *Ledger) Adopted(id, twin amtshilfe.DropID) error {
	now := l.now()
	return l.write(sqlitedb.Intake, "adopt payload", func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec(`UPDATE drops SET purged=2 WHERE id=?`, twin); err != nil {
			return err
		}
		return appendAudit(tx, now, "gateway", "adopt payload", string(id), string(twin))
	})
}

// Quarantine ends a drop that yielded no message: unreadable, a bomb, empty, no file (profil.md 4). What was read of it before the
// fault showed is forgotten.
func (l *Ledger) Quarantine(id amtshilfe.DropID, f amtshilfe.Finding) error {
	if err := l.clear(id); err != nil {
		return err
	}
	now := l.now()
	return l.write(sqlitedb.Intake, "quarantine", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE drops SET state='quarantined', findings=?, due_at=? WHERE id=? AND state IN ('accepted','claiming')`,
			encode([]amtshilfe.Finding{f}), now.UnixMicro(), id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("drop %s: not accepted", id)
		}
		return appendAudit(tx, now, "gateway", "quarantine", string(id), f.Code)
	})
}
