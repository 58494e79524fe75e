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
}

// book makes a received message the reader's: from the commit on its id is used.
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
	var left bool
	if err := tx.QueryRow("SELECT EXISTS(SELECT 1 FROM departed WHERE reader = ?)", []any{md.Reader.Kennung}, &left); err != nil {
		return err
	}
	if left {
		return errDeparted
	}
	n, err := tx.Exec(`UPDATE messages SET state = 'stored', reader = ?, test = ?, meta = ?, parts = ?, segment = ?, offset = ?, length = ?,
		sha256 = ?, stored_at = ?, entry_at = ?, not_before = ?, obsolete_at = ? WHERE id = ? AND state = 'issued'`,
		md.Reader.Kennung, md.Test, s.meta, s.parts, s.at.segment, s.at.offset, s.at.length, s.at.sum[:], now, entry, notBefore, obsolete,
		strings.ToLower(md.MessageID))
	switch {
	case err != nil:
		return err
	case n == 0:
		return m.notIssued(tx, md.MessageID)
	}
	m.newest.Store(max(m.newest.Load(), now)) // only the one writer stores it
	return nil
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
