package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Inbound is a message fetched from an own mailbox, with what only the ledger knows of it.
type Inbound struct {
	amtshilfe.Inbound
	Reader   string // kennung of the mailbox
	Closed   bool   // the XTA server was told that we have it
	Released bool   // a person wants it published in spite of what it was held for
}

const inboxColumns = `id, account, message_id, author, reader, in_reply_to, test, state, kind, uuid, case_absender, case_uuid, len, sha, name, question, received_at, closed, released`

func scanInbound(row scanner) (Inbound, error) {
	var i Inbound
	var sha []byte
	var question sql.NullString
	var received int64
	err := row.Scan(&i.ID, &i.Account, &i.MessageID, &i.Author, &i.Reader, &i.InReplyTo, &i.Test, &i.State, &i.Kind, &i.UUID, &i.Case.Absender, &i.Case.UUID,
		&i.Length, &sha, &i.Name, &question, &received, &i.Closed, &i.Released)
	if errors.Is(err, sql.ErrNoRows) {
		return i, ErrNotFound
	}
	if err != nil {
		return i, err
	}
	copy(i.SHA256[:], sha)
	i.ReceivedAt = time.UnixMicro(received)
	return i, decode(question, &i.Question)
}

// Fetched books a message whose bytes are durable in the store. It is idempotent by account and MessageID: the row that
// was there first is given back, so that a message listed twice is taken once.
func (l *Ledger) Fetched(in Inbound) (Inbound, error) {
	err := l.write(sqlitedb.Outcome, "fetched", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`INSERT INTO inbox(`+inboxColumns+`) VALUES(`+placeholders(19)+`) ON CONFLICT(account, message_id) DO NOTHING`,
			in.ID, in.Account, in.MessageID, in.Author, in.Reader, in.InReplyTo, in.Test, amtshilfe.InboxFetched, in.Kind, in.UUID, in.Case.Absender, in.Case.UUID,
			in.Length, in.SHA256[:], in.Name, nil, in.ReceivedAt.UnixMicro(), false, false)
		return err
	})
	if err != nil {
		return in, err
	}
	return l.InboundByMessage(in.Account, in.MessageID)
}

// Judged books what became of a fetched message and what follows from it, in one transaction; a message already judged stays as it is.
func (l *Ledger) Judged(in Inbound, consequences ...Consequence) error {
	now := l.now()
	return l.write(sqlitedb.Outcome, "judged", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE inbox SET state=?, kind=?, uuid=?, case_absender=?, case_uuid=?, name=?, question=? WHERE id=? AND state IN ('fetched','waiting','held')`,
			in.State, in.Kind, in.UUID, in.Case.Absender, in.Case.UUID, in.Name, nonEmpty(in.Question != nil, in.Question), in.ID)
		if err != nil || n == 0 {
			return err
		}
		for _, c := range consequences {
			if err := c.apply(tx, now); err != nil {
				return err
			}
		}
		switch in.State {
		case amtshilfe.InboxHeld:
			return appendAudit(tx, now, "gateway", "hold inbound", string(in.ID), in.Question.Code)
		case amtshilfe.InboxRefused:
			return appendAudit(tx, now, "gateway", "send inbound back", string(in.ID), in.Question.Code)
		}
		return nil
	})
}

// Closed books that the XTA server was told.
func (l *Ledger) Closed(id amtshilfe.InboxID) error {
	return l.write(sqlitedb.Outcome, "closed", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE inbox SET closed=1 WHERE id=?`, id)
		return err
	})
}

// OpenInbox lists what was fetched and not judged or not closed yet: what the fetch lane finishes first.
func (l *Ledger) OpenInbox(account string) ([]Inbound, error) {
	return l.inbox(`SELECT `+inboxColumns+` FROM inbox WHERE (closed=0 OR state='fetched') AND state<>'sealed' AND account=? ORDER BY received_at LIMIT 500`, account)
}

// Unjudged says whether a message was fetched for the account and not judged yet.
func (l *Ledger) Unjudged(account string) (bool, error) {
	var n int
	err := l.db.Reader().QueryRow(`SELECT count(*) FROM inbox WHERE account=? AND state='fetched'`, account).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("ledger: unjudged inbox: %w", err)
	}
	return n > 0, nil
}

// InboundVerdict is what a person says about an inbound message that waits.
type InboundVerdict string

// The verdicts about an inbound message, as the audit names them.
const (
	RetryInbound   InboundVerdict = "retry inbound"   // judge it again
	ReleaseInbound InboundVerdict = "release inbound" // judge it again, and publish it in spite of what it is held for
	RejectInbound  InboundVerdict = "reject inbound"  // never publish it
)

// DecideInbound books what a person says about an inbound message that waits. ErrStale if it does not wait.
func (l *Ledger) DecideInbound(id amtshilfe.InboxID, v InboundVerdict, by Who) error {
	now := l.now()
	to := amtshilfe.InboxFetched
	if v == RejectInbound {
		to = amtshilfe.InboxRefused
	}
	// One that no key opened is not here: it stays sealed, and the next fetch tries it again whatever was tried before.
	return l.write(sqlitedb.Intent, string(v), func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE inbox SET state=CASE WHEN state='sealed' AND ?1='fetched' THEN 'sealed' ELSE ?1 END,
			question=CASE WHEN state='sealed' THEN NULL ELSE question END, released=?2 WHERE id=?3 AND state IN ('waiting','held','sealed')`, to, v == ReleaseInbound, id)
		if err == nil && n == 0 {
			err = fmt.Errorf("inbound %s: %w", id, ErrStale)
		}
		if err != nil {
			return err
		}
		return appendAudit(tx, now, by.Wer, string(v), string(id), by.Grund)
	})
}

// WaitingInbox lists the inbound messages of an account that were quicker than the request they are about, the oldest first.
func (l *Ledger) WaitingInbox(account string) ([]Inbound, error) {
	return l.inbox(`SELECT `+inboxColumns+` FROM inbox WHERE state='waiting' AND account=? ORDER BY received_at LIMIT 500`, account)
}

// InboundByID finds an inbound message by its id; ErrNotFound if there is none.
func (l *Ledger) InboundByID(id amtshilfe.InboxID) (Inbound, error) {
	i, err := scanInbound(l.db.Reader().QueryRow(`SELECT `+inboxColumns+` FROM inbox WHERE id=?`, id))
	if err != nil {
		return i, fmt.Errorf("ledger: inbound %s: %w", id, err)
	}
	return i, nil
}

// HeldInbox lists inbound messages that wait for a person.
func (l *Ledger) HeldInbox(limit int) ([]Inbound, error) {
	return l.inbox(`SELECT `+inboxColumns+` FROM inbox WHERE state='held' OR state='sealed' AND question IS NOT NULL ORDER BY received_at LIMIT ?`, limit)
}

// Inbox lists the newest inbound messages.
func (l *Ledger) Inbox(limit int) ([]Inbound, error) {
	return l.inbox(`SELECT `+inboxColumns+` FROM inbox ORDER BY received_at DESC LIMIT ?`, limit)
}

// InboundByMessage finds what an account fetched under a MessageID.
func (l *Ledger) InboundByMessage(account, messageID string) (Inbound, error) {
	i, err := scanInbound(l.db.Reader().QueryRow(`SELECT `+inboxColumns+` FROM inbox WHERE account=? AND message_id=?`, account, messageID))
	if err != nil {
		return i, fmt.Errorf("ledger: inbound %s: %w", messageID, err)
	}
	return i, nil
}

// InboundByUUID finds what an account received under a nachrichtenUUID, the oldest first; strangers may use the same UUID.
func (l *Ledger) InboundByUUID(account, uuid string) ([]Inbound, error) {
	return l.inbox(`SELECT `+inboxColumns+` FROM inbox WHERE account=? AND uuid=? ORDER BY received_at LIMIT 50`, account, uuid)
}

func (l *Ledger) inbox(sql string, args ...any) ([]Inbound, error) {
	return list(l, query{"list inbox", sql, args}, scanInbound)
}
