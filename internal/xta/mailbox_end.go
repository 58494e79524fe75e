package xta

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/sqlitedb"
)

// How a message left the mailbox without its reader. The sentences go into the report, for the people of both sides.
var (
	recordCancelled = Record{Code: ownCode("storniert"), Reason: "Vom Autor vor dem Termin NotBefore storniert; die Nachricht wurde nicht zugestellt."}
	recordObsolete  = Record{Code: ownCode("verfallen"), Reason: "Der Termin ObsoleteAfter ist verstrichen, ohne dass der Leser die Nachricht abgeholt hat; sie wurde aus dem Postfach genommen."}
	recordDeparted  = Record{Code: ownCode("leser-ausgeschieden"), Reason: "Der Leser nimmt an diesem Server nicht mehr teil und hat die Nachricht nicht abgeholt; sie wurde aus dem Postfach genommen. Bitte auf anderem Weg übermitteln."}
)

// ownCode is a code of our own list, which the standard allows.
func ownCode(code string) Code { return Code{List: recordList, Version: recordIssue, Code: code} }

// unfetched is what may still be taken out: a message that a reader has seen is never reported as not delivered.
const unfetched = " state = 'stored' AND fetched_at IS NULL"

// acknowledge closes the messages of the reader, all or none; one that is not open is errNoMessage.
func (m *Mailbox) acknowledge(reader string, ids []string) error {
	err := m.db.Write(sqlitedb.Outcome, func(tx *sqlitedb.Tx) error {
		now := m.now().UnixNano()
		for _, id := range ids {
			n, err := tx.Exec(`UPDATE messages SET state = 'closed', closed_at = ?1, ended_at = ?1 WHERE id = ?2 AND reader = ?3 AND state = 'stored'
				AND entry_at <= ?4`, now, strings.ToLower(id), reader, m.horizon())
			if err != nil {
				return err
			}
			if n == 0 {
				return errNoMessage
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("close message: %w", err)
	}
	return nil
}

// errLate and errNotDeferred say why a message cannot be cancelled.
var (
	errLate        = errors.New("message was delivered")
	errNotDeferred = errors.New("message has no NotBefore")
)

// cancel takes a message of the author out again that may not be delivered yet (XTA 2.1.1 cancelMessage). A repetition after a
// lost answer is told the same.
func (m *Mailbox) cancel(author, id string) error {
	err := m.db.Write(sqlitedb.Outcome, func(tx *sqlitedb.Tx) error {
		var n, notBefore int64
		var state MailState
		var cancelled bool
		err := tx.QueryRow(`SELECT n, state, coalesce(not_before, 0), EXISTS(SELECT 1 FROM records WHERE message = messages.n AND list = ?3 AND code = ?4)
			FROM messages WHERE id = ?1 AND author = ?2 AND state <> 'issued'`,
			[]any{strings.ToLower(id), author, recordList, recordCancelled.Code.Code}, &n, &state, &notBefore, &cancelled)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return errNoMessage
		case err != nil:
			return err
		case cancelled:
			return nil
		case notBefore == 0:
			return errNotDeferred
		case state != MailStored && state != MailRelaying, notBefore <= m.horizon():
			return errLate
		case state == MailRelaying:
			kept, err := m.unqueue(tx, n)
			if err == nil && !kept {
				err = errLate
			}
			return err
		}
		taken, err := m.takeOut(tx, "n = ?", n, recordCancelled)
		if err == nil && taken == 0 {
			err = errLate
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("cancel message: %w", err)
	}
	return nil
}

// takeOut withdraws what nobody fetched and matches, with a record that turns the report red.
func (m *Mailbox) takeOut(tx *sqlitedb.Tx, condition string, arg any, why Record) (int64, error) {
	now := m.now().UnixNano()
	_, err := tx.Exec("INSERT INTO records(message, at, level, list, version, code, reason) SELECT n, ?, ?, ?, ?, ?, ? FROM messages WHERE"+
		unfetched+" AND "+condition, now, levelError, why.Code.List, why.Code.Version, why.Code.Code, why.Reason, arg)
	if err != nil {
		return 0, err
	}
	return tx.Exec("UPDATE messages SET state = 'withdrawn', ended_at = ? WHERE"+unfetched+" AND "+condition, now, arg)
}

// Departure is what happened to the messages of a reader that left.
type Departure struct {
	Withdrawn int // nobody had fetched them; their reports are red
	Fetched   int // fetched and not closed yet: the reader has them and may still close them
}

// Depart takes a reader out: in one transaction nothing comes in for it any more and all that it has not fetched is withdrawn, so
// that no message falls between. Again it takes out nothing more.
func (m *Mailbox) Depart(reader string) (d Departure, err error) {
	err = m.db.Write(sqlitedb.Outcome, func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec("INSERT INTO departed(reader, at) VALUES(?, ?) ON CONFLICT DO NOTHING", reader, m.now().UnixNano()); err != nil {
			return err
		}
		n, err := m.takeOut(tx, "reader = CAST(? AS TEXT)", reader, recordDeparted)
		if err != nil {
			return err
		}
		d.Withdrawn = int(n)
		return tx.QueryRow("SELECT coalesce(max(waiting), 0) FROM boxes WHERE reader = ?", []any{reader}, &d.Fetched)
	})
	if err != nil {
		return d, fmt.Errorf("withdraw messages of a reader: %w", err)
	}
	return d, nil
}

// Readmit lets messages come in for a reader again that had left; what was withdrawn stays so. It says whether it had left.
func (m *Mailbox) Readmit(reader string) (left bool, err error) {
	err = m.db.Write(sqlitedb.Outcome, func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec("DELETE FROM departed WHERE reader = ?", reader)
		left = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("readmit reader: %w", err)
	}
	return left, nil
}

// departed says whether the reader left.
func (m *Mailbox) departed(reader string) (left bool, err error) {
	err = m.db.Reader().QueryRow("SELECT EXISTS(SELECT 1 FROM departed WHERE reader = ?)", reader).Scan(&left)
	if err != nil {
		return false, fmt.Errorf("read departed readers: %w", err)
	}
	return left, nil
}

// maxTaken bounds one transaction of the tidying.
const maxTaken = 500

// WithdrawObsolete takes out what nobody fetched until its ObsoleteAfter was over, and says how many.
func (m *Mailbox) WithdrawObsolete() (total int, err error) {
	for {
		var n int64
		err := m.db.Write(sqlitedb.Intake, func(tx *sqlitedb.Tx) (err error) {
			n, err = m.takeOut(tx, "n IN (SELECT n FROM messages WHERE"+unfetched+" AND obsolete_at <= ? ORDER BY obsolete_at, n LIMIT "+strconv.Itoa(maxTaken)+")",
				m.now().UnixNano(), recordObsolete)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("withdraw obsolete messages: %w", err)
		}
		if total += int(n); n < maxTaken {
			return total, nil
		}
	}
}

// endOf is when a date of ObsoleteAfter (xs:date) is over, in the zone that it names or in ours.
func endOf(date string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse("2006-01-02Z07:00", date); err == nil {
		return t.AddDate(0, 0, 1), nil
	}
	t, err := time.ParseInLocation(time.DateOnly, date, zone)
	return t.AddDate(0, 0, 1), err
}
