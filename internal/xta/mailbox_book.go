package xta

import (
	"fmt"
	"strings"

	"damtshilfe/internal/sqlitedb"
)

// stored is what lies on disk of a message before its row says so.
type stored struct {
	meta  []byte // MessageMetaData as XML
	parts string // JSON
	at    place

	foreign bool // the reader has no mailbox here: it goes on to another server
}

// book makes a received message the reader's, or the relay's: from the commit on its id is used.
func (m *Mailbox) book(tx *sqlitedb.Tx, md MetaData, s stored) error {
	now := m.now().UnixNano()
	entry := now
	var notBefore, obsolete any // NULL = none
	if !md.NotBefore.IsZero() {
		entry = max(now, nanos(md.NotBefore))
		notBefore = entry
	}
	if md.ObsoleteAfter != "" {
		end, err := endOf(md.ObsoleteAfter, m.zone)
		if err != nil {
			return fmt.Errorf("read ObsoleteAfter: %w", err)
		}
		obsolete = nanos(end)
	}
	state, delivered := MailStored, any(entry)
	if s.foreign {
		state, delivered = MailRelaying, nil
	} else if err := m.present(tx, md.Reader.Kennung); err != nil {
		return err
	}
	n, err := tx.Exec(`UPDATE messages SET state = ?, reader = ?, test = ?, meta = ?, parts = ?, segment = ?, offset = ?, length = ?,
		sha256 = ?, stored_at = ?, entry_at = ?, not_before = ?, obsolete_at = ? WHERE id = ? AND state = 'issued'`,
		state, md.Reader.Kennung, md.Test, s.meta, s.parts, s.at.segment, s.at.offset, s.at.length, s.at.sum[:], now, delivered, notBefore, obsolete,
		strings.ToLower(md.MessageID))
	switch {
	case err != nil:
		return err
	case n == 0:
		return m.notIssued(tx, md.MessageID)
	}
	m.newest.Store(max(m.newest.Load(), now)) // only the one writer stores it
	if s.foreign {
		return m.queue(tx, md.MessageID, entry)
	}
	return nil
}

// present refuses what comes in for a reader that left meanwhile.
func (m *Mailbox) present(tx *sqlitedb.Tx, reader string) error {
	var left bool
	err := tx.QueryRow("SELECT EXISTS(SELECT 1 FROM departed WHERE reader = ?)", []any{reader}, &left)
	if err == nil && left {
		err = errDeparted
	}
	return err
}

// notIssued says why an id that was issued when the request began is so no more: used, or removed as never used.
func (m *Mailbox) notIssued(tx *sqlitedb.Tx, id string) error {
	var there bool
	err := tx.QueryRow("SELECT EXISTS(SELECT 1 FROM messages WHERE id = ?)", []any{strings.ToLower(id)}, &there)
	switch {
	case err != nil:
		return err
	case there:
		return errUsed
	}
	return errNotIssued
}
