package ledger

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// appendAudit adds a row to the hash-linked audit, in the transaction of what it describes. subject and grund carry ids and
// codes, never personal data.
func appendAudit(tx *sqlitedb.Tx, at time.Time, who, action, subject, grund string) error {
	head, err := auditHead(tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO audit(at, who, action, subject, grund, hash) VALUES(?,?,?,?,?,?)`,
		at.UnixMicro(), who, action, subject, grund, auditHash(head, at.UnixMicro(), who, action, subject, grund))
	return err
}

// noHead is the head of an empty chain.
var noHead = strings.Repeat("0", 64)

func auditHead(tx *sqlitedb.Tx) (string, error) {
	var head string
	err := tx.QueryRow(`SELECT hash FROM audit ORDER BY id DESC LIMIT 1`, nil, &head)
	if errors.Is(err, sql.ErrNoRows) {
		return noHead, nil
	}
	return head, err
}

func auditHash(prev string, at int64, fields ...string) string {
	h := sha256.New()
	h.Write([]byte(prev + "\x00" + strconv.FormatInt(at, 10)))
	for _, f := range fields {
		h.Write([]byte("\x00" + f))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// AuditRow is one row of the audit.
type AuditRow struct {
	At                          time.Time
	Who, Action, Subject, Grund string
}

// Audit lists the newest rows of an action, "" = of all.
func (l *Ledger) Audit(action string, limit int) ([]AuditRow, error) {
	q := query{"audit", `SELECT at, who, action, subject, grund FROM audit WHERE ?1='' OR action=?1 ORDER BY id DESC LIMIT ?2`, []any{action, limit}}
	return list(l, q, func(row scanner) (AuditRow, error) {
		var r AuditRow
		var at int64
		err := row.Scan(&at, &r.Who, &r.Action, &r.Subject, &r.Grund)
		r.At = time.UnixMicro(at)
		return r, err
	})
}

// CheckAudit follows the chain from its beginning and says how many rows it has; an error names the first broken one. A tail that was
// cut off leaves no gap: then a head that a receipt 1 told its owner is missing.
func (l *Ledger) CheckAudit() (int, error) {
	rows, err := l.db.Reader().Query(`SELECT id, at, who, action, subject, grund, hash FROM audit ORDER BY id`)
	if err != nil {
		return 0, fmt.Errorf("ledger: audit: %w", err)
	}
	prev, n := noHead, 0
	err = each(rows, func(rows *sql.Rows) error {
		var id, at int64
		var who, action, subject, grund, hash string
		if err := rows.Scan(&id, &at, &who, &action, &subject, &grund, &hash); err != nil {
			return err
		}
		if auditHash(prev, at, who, action, subject, grund) != hash {
			return fmt.Errorf("audit row %d: the hash chain is broken", id)
		}
		prev, n = hash, n+1
		return nil
	})
	if err != nil {
		return n, fmt.Errorf("ledger: audit: %w", err)
	}
	var lost int
	err = l.db.Reader().QueryRow(`SELECT count(*) FROM receipts WHERE n=1 AND head<>? AND head NOT IN (SELECT hash FROM audit)`, noHead).Scan(&lost)
	if err != nil {
		return n, fmt.Errorf("ledger: audit: %w", err)
	}
	if lost > 0 {
		return n, fmt.Errorf("ledger: audit: %d heads that receipts told are missing", lost)
	}
	return n, nil
}

// Decide books what a person decided about a held delivery: the change itself and who, in one transaction.
func (l *Ledger) Decide(d *Delivery, who, action, grund string) error {
	now := l.now()
	err := l.write(sqlitedb.Intent, action, func(tx *sqlitedb.Tx) error {
		if err := save(tx, d, now); err != nil {
			return fmt.Errorf("%s: %w", d.ID, err)
		}
		return appendAudit(tx, now, who, action, d.ID.String(), grund)
	})
	if err == nil {
		d.read()
	}
	return err
}

// Note books what a person does outside the ledger, before it is done. subject and grund carry ids and reasons, never personal data.
func (l *Ledger) Note(who, action, subject, grund string) error {
	return l.write(sqlitedb.Intent, action, func(tx *sqlitedb.Tx) error { return appendAudit(tx, l.now(), who, action, subject, grund) })
}

// Intent is a wish of another process that the lock holder carries out: `gateway run NAME` beside `serve`.
type Intent struct {
	ID     int64
	Verb   string
	Arg    string
	Done   bool
	Result string
}

// Wish books an intent and gives its number.
func (l *Ledger) Wish(verb, arg string) (id int64, err error) {
	err = l.write(sqlitedb.Intent, "wish", func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec(`INSERT INTO intents(verb, arg, at) VALUES(?,?,?)`, verb, arg, l.now().UnixMicro()); err != nil {
			return err
		}
		return tx.QueryRow(`SELECT last_insert_rowid()`, nil, &id)
	})
	return id, err
}

// Wishes lists the intents that are not carried out yet.
func (l *Ledger) Wishes() ([]Intent, error) {
	q := query{"intents", `SELECT id, verb, arg FROM intents WHERE done_at IS NULL ORDER BY id LIMIT 20`, nil}
	return list(l, q, func(row scanner) (Intent, error) {
		var i Intent
		err := row.Scan(&i.ID, &i.Verb, &i.Arg)
		return i, err
	})
}

// Granted books the result of an intent.
func (l *Ledger) Granted(id int64, result string) error {
	return l.write(sqlitedb.Intent, "intent done", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE intents SET done_at=?, result=? WHERE id=?`, l.now().UnixMicro(), result, id)
		return err
	})
}

// Wished reads an intent back.
func (l *Ledger) Wished(id int64) (Intent, error) {
	i := Intent{ID: id}
	err := l.db.Reader().QueryRow(`SELECT verb, arg, done_at IS NOT NULL, coalesce(result,'') FROM intents WHERE id=?`, id).Scan(&i.Verb, &i.Arg, &i.Done, &i.Result)
	if err != nil {
		return i, fmt.Errorf("ledger: intent %d: %w", id, err)
	}
	return i, nil
}

// BookRun books a run of a job for a wall-clock slot; ok is false if that slot had its run.
func (l *Ledger) BookRun(job, slot, trigger string) (id amtshilfe.RunID, ok bool, err error) {
	now := l.now()
	id = amtshilfe.NewRunID(now)
	err = l.write(sqlitedb.Intent, "book run", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`INSERT INTO runs(id, job, slot, trigger, started_at) VALUES(?,?,?,?,?) ON CONFLICT(job, slot) DO NOTHING`, id, job, slot, trigger, now.UnixMicro())
		ok = n == 1
		return err
	})
	return id, ok, err
}

// FinishRun books how a run ended.
func (l *Ledger) FinishRun(id amtshilfe.RunID, done, failed int, problem string) error {
	return l.write(sqlitedb.Intent, "finish run", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE runs SET ended_at=?, done=?, failed=?, error=? WHERE id=?`, l.now().UnixMicro(), done, failed, problem, id)
		return err
	})
}

// LastSlot gives the latest slot of a job that a clock booked, "" if there was none.
func (l *Ledger) LastSlot(job string) (string, error) {
	var slot sql.NullString
	err := l.db.Reader().QueryRow(`SELECT max(slot) FROM runs WHERE job=? AND trigger<>'person'`, job).Scan(&slot)
	if err != nil {
		return "", fmt.Errorf("ledger: last slot: %w", err)
	}
	return slot.String, nil
}

// Runs lists the newest runs.
func (l *Ledger) Runs(limit int) ([]amtshilfe.Run, error) {
	q := query{"runs", `SELECT id, job, slot, trigger, started_at, ended_at, done, failed, error FROM runs ORDER BY started_at DESC LIMIT ?`, []any{limit}}
	return list(l, q, func(row scanner) (amtshilfe.Run, error) {
		var r amtshilfe.Run
		var started, ended sql.NullInt64
		err := row.Scan(&r.ID, &r.Job, &r.Slot, &r.Trigger, &started, &ended, &r.Done, &r.Failed, &r.Error)
		r.Started, r.Ended = unstamp(started), unstamp(ended)
		return r, err
	})
}
