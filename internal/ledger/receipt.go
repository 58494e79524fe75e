package ledger

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Receipt is one booked receipt of a drop: which events it covers, and its hash once it was rendered.
type Receipt struct {
	Drop      amtshilfe.DropID
	N         int   // from 1
	From, To  int64 // events (From, To]
	At        time.Time
	Closed    bool          // abgeschlossen: no further receipt
	Head      string        // head of the audit chain, printed into receipt 1
	Sums      []Sum         // per status, as booked: they add up to what was dropped
	NextID    int64         // uebertragungsID that the sender should use next, as booked; 0 = it uses none
	Files     []ReceiptFile // one per form that the account wanted when it was booked
	Published bool          // all files of it
	// Question is the drop's, as booked: why nothing of it is sent; nil = nobody is asked about all of it.
	Question *amtshilfe.Question
}

// ReceiptFile is a receipt in one form.
type ReceiptFile struct {
	Format string `json:"format"`         // xml, csv, json
	Name   string `json:"name,omitempty"` // in out/, "" until it was rendered
	SHA256 string `json:"sha,omitempty"`  // of the file in hex, "" until it was rendered
}

// Sum is the number and value of messages with one status.
type Sum struct {
	Status amtshilfe.Status
	N      int
	Cents  amtshilfe.Cents
}

// BookReceipt books the next receipt of a drop, or gives the one that is booked and not published yet. ErrNotFound says that
// nothing new is to be told. The row is the intent, the forms that the account wants now are part of it; the same row always renders
// the same bytes.
func (l *Ledger) BookReceipt(id amtshilfe.DropID, formats ...string) (Receipt, error) {
	now := l.now()
	var r Receipt
	err := l.write(sqlitedb.Receipt, "book receipt", func(tx *sqlitedb.Tx) error {
		var err error
		if r, err = openReceipt(tx, id); !errors.Is(err, ErrNotFound) {
			return err
		}
		r, err = nextReceipt(tx, id, now, formats)
		return err
	})
	return r, unwrapNotFound(err)
}

// nextReceipt books a receipt of what happened since the last one.
func nextReceipt(tx *sqlitedb.Tx, id amtshilfe.DropID, now time.Time, formats []string) (Receipt, error) {
	var state amtshilfe.DropState
	var events, last int64
	var untold bool
	var n, before, live int
	var question sql.NullString
	if err := tx.QueryRow(`SELECT state, events, untold, receipts, foretold, live, question FROM drops WHERE id=?`, []any{id}, &state, &events, &untold, &n, &before, &live, &question); err != nil {
		return Receipt{}, err
	}
	if n > before && !untold {
		return Receipt{}, ErrNotFound
	}
	if err := tx.QueryRow(`SELECT coalesce(max(id), ?) FROM events WHERE drop_id=?`, []any{events, id}, &last); err != nil {
		return Receipt{}, err
	}
	r := Receipt{Drop: id, N: n + 1, From: events, To: last, At: time.UnixMicro(now.UnixMicro()), Closed: live == 0 && state != amtshilfe.DropConflict}
	for _, f := range formats {
		r.Files = append(r.Files, ReceiptFile{Format: f})
	}
	err := decode(question, &r.Question)
	if err != nil {
		return r, err
	}
	if r.Head, err = auditHead(tx); err != nil {
		return r, err
	}
	if r.Sums, err = sums(tx, id); err != nil {
		return r, err
	}
	if err := tx.QueryRow(`SELECT coalesce((`+nextID+`), 0) FROM drops d WHERE d.id=?`, []any{id}, &r.NextID); err != nil {
		return r, err
	}
	if _, err := tx.Exec(`INSERT INTO receipts(drop_id, n, from_event, to_event, at, closed, head, sums, next_id, files, question) VALUES(?,?,?,?,?,?,?,?,?,?,?)`,
		id, r.N, r.From, r.To, now.UnixMicro(), r.Closed, r.Head, encode(r.Sums), r.NextID, encode(r.Files), nonEmpty(r.Question != nil, r.Question)); err != nil {
		return r, err
	}
	_, err = tx.Exec(`UPDATE drops SET events=?, untold=0 WHERE id=?`, last, id)
	return r, err
}

// nextID is one more than the highest uebertragungsID that the sender of drop d used; numbers of wholly refused drops are free.
const nextID = `SELECT o.kopf_id+1 FROM drops o WHERE o.kopf_absender=d.kopf_absender AND o.kopf_verfahren=d.kopf_verfahren AND o.kopf_id IS NOT NULL
	AND o.state IN ('open','ended') AND EXISTS(SELECT 1 FROM counts c WHERE c.drop_id=o.id AND c.n>0 AND c.state<>'rejected') ORDER BY o.kopf_id DESC LIMIT 1`

// unwrapNotFound gives the bare ErrNotFound: it is an answer, not a failure worth a story.
func unwrapNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return ErrNotFound
	}
	return err
}

const receiptColumns = `drop_id, n, from_event, to_event, at, closed, head, sums, next_id, files, published, question`

func openReceipt(tx *sqlitedb.Tx, id amtshilfe.DropID) (Receipt, error) {
	rows, err := tx.Query(`SELECT `+receiptColumns+` FROM receipts WHERE drop_id=? AND published=0 ORDER BY n LIMIT 1`, id)
	if err != nil {
		return Receipt{}, err
	}
	r, err := Receipt{}, ErrNotFound
	scanErr := each(rows, func(rows *sql.Rows) error {
		r, err = scanReceipt(rows)
		return err
	})
	return r, errors.Join(err, scanErr)
}

func scanReceipt(rows scanner) (Receipt, error) {
	var r Receipt
	var at int64
	var sums, files, question sql.NullString
	if err := rows.Scan(&r.Drop, &r.N, &r.From, &r.To, &at, &r.Closed, &r.Head, &sums, &r.NextID, &files, &r.Published, &question); err != nil {
		return r, err
	}
	r.At = time.UnixMicro(at)
	return r, errors.Join(decode(sums, &r.Sums), decode(files, &r.Files), decode(question, &r.Question))
}

// sums are the counters per word, in the order in which a receipt names them.
func sums(tx *sqlitedb.Tx, id amtshilfe.DropID) ([]Sum, error) {
	rows, err := tx.Query(`SELECT word, n, cents FROM words WHERE drop_id=? AND n>0`, id)
	if err != nil {
		return nil, err
	}
	var list []Sum
	err = each(rows, func(rows *sql.Rows) error {
		var s Sum
		err := rows.Scan(&s.Status, &s.N, &s.Cents)
		list = append(list, s)
		return err
	})
	slices.SortFunc(list, func(a, b Sum) int {
		return slices.Index(amtshilfe.Statuses, a.Status) - slices.Index(amtshilfe.Statuses, b.Status)
	})
	return list, err
}

// Rendered books names and hashes of a receipt's files before the first of them is published.
func (l *Ledger) Rendered(r Receipt) error {
	return l.write(sqlitedb.Receipt, "receipt rendered", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE receipts SET files=? WHERE drop_id=? AND n=?`, encode(r.Files), r.Drop, r.N)
		return err
	})
}

// Told books that a receipt is published in all its forms: the drop goes on to be resolved, or to rest, which one that waits whole does.
func (l *Ledger) Told(r Receipt) error {
	now := l.now()
	return l.write(sqlitedb.Receipt, "receipt published", func(tx *sqlitedb.Tx) error {
		if _, err := tx.Exec(`UPDATE receipts SET published=1 WHERE drop_id=? AND n=?`, r.Drop, r.N); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE drops SET receipts=max(receipts,?1), closed=?2,
			state=CASE WHEN live=0 AND state='open' THEN 'ended' ELSE state END,
			due_at=CASE WHEN state='open' AND cursor<messages AND question IS NULL THEN ?3 ELSE NULL END WHERE id=?4`, r.N, r.Closed, now.UnixMicro(), r.Drop)
		return err
	})
}

// Untold lists the drops that a further receipt is due for: the word of a message changed since the last one, the drop ended, or
// a receipt is booked that was never published.
func (l *Ledger) Untold(limit int) ([]amtshilfe.DropID, error) { return l.UntoldAfter("", limit) }

// UntoldAfter is Untold from behind a drop on: whoever looks at each of them once comes to an end, whatever happens meanwhile.
func (l *Ledger) UntoldAfter(after amtshilfe.DropID, limit int) ([]amtshilfe.DropID, error) {
	q := query{"untold drops", `SELECT id FROM drops WHERE untold=1 AND ` + isTold + ` AND id>?1
		UNION SELECT drop_id FROM receipts WHERE published=0 AND n>1 AND drop_id>?1 ORDER BY 1 LIMIT ?2`, []any{after, limit}}
	return list(l, q, scanText[amtshilfe.DropID])
}

// Receipts lists the receipts of a drop in order.
func (l *Ledger) Receipts(id amtshilfe.DropID) ([]Receipt, error) {
	return list(l, query{"receipts of " + string(id), `SELECT ` + receiptColumns + ` FROM receipts WHERE drop_id=? ORDER BY n`, []any{id}}, scanReceipt)
}
