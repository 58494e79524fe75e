package ledger

import (
	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// KeepSealed books a message that none of the keys opens: it stays in its mailbox, in.Question says why. Repeated, only the question is
// new. A message that was taken in meanwhile stays as it is.
func (l *Ledger) KeepSealed(in Inbound) error {
	now := l.now()
	return l.write(sqlitedb.Outcome, "keep sealed", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`INSERT INTO inbox(`+inboxColumns+`) VALUES(`+placeholders(19)+`) ON CONFLICT(account, message_id) DO NOTHING`,
			in.ID, in.Account, in.MessageID, in.Author, in.Reader, in.InReplyTo, in.Test, amtshilfe.InboxSealed, in.Kind, "", "", "",
			0, make([]byte, 32), "", encode(in.Question), in.ReceivedAt.UnixMicro(), false, false)
		if err != nil {
			return err
		}
		if n == 0 {
			_, err := tx.Exec(`UPDATE inbox SET question=? WHERE account=? AND message_id=? AND state='sealed'`, encode(in.Question), in.Account, in.MessageID)
			return err
		}
		return appendAudit(tx, now, "gateway", "hold inbound", string(in.ID), in.Question.Code)
	})
}

// Unsealed books that the bytes of a message that was sealed are durable in the store now: from here on it goes the way of every other.
func (l *Ledger) Unsealed(in Inbound) error {
	now := l.now()
	return l.write(sqlitedb.Outcome, "unsealed", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE inbox SET state='fetched', question=NULL, len=?, sha=? WHERE id=? AND state='sealed'`, in.Length, in.SHA256[:], in.ID)
		if err != nil || n == 0 {
			return err
		}
		return appendAudit(tx, now, "gateway", "open inbound", string(in.ID), "")
	})
}
