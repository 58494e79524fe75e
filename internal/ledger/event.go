package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Line is what a receipt says about one message at one moment. Events keep it, so that a receipt written again has the same
// bytes, whatever happened since.
type Line struct {
	Seq           int                 `json:"-"`
	At            time.Time           `json:"at"`
	State         amtshilfe.State     `json:"state"`
	Status        amtshilfe.Status    `json:"status"`
	Kind          amtshilfe.Kind      `json:"kind"`
	Entry         string              `json:"entry,omitempty"`
	UUID          string              `json:"uuid"`
	Aktenzeichen  string              `json:"az,omitempty"`
	Kassenzeichen string              `json:"kz,omitempty"`
	Betrag        amtshilfe.Cents     `json:"betrag"`
	DuplicateOf   string              `json:"dup,omitempty"`
	Findings      []amtshilfe.Finding `json:"findings,omitempty"`
	Question      *amtshilfe.Question `json:"question,omitempty"`
	Kanal         amtshilfe.Kanalart  `json:"kanal,omitempty"` // "" = not on its way yet
	Behoerde      *amtshilfe.Behoerde `json:"behoerde,omitempty"`
	Regel         string              `json:"regel,omitempty"`
	TransportID   string              `json:"transport,omitempty"`
	Note          string              `json:"note,omitempty"` // for `trace`, in English
}

// LineOf says what a receipt would say about the delivery now.
func LineOf(d *Delivery, at time.Time) Line {
	l := Line{Seq: d.ID.Seq, At: at, State: d.State, Kind: d.Kind, Entry: d.Position.Entry, UUID: d.UUID, Aktenzeichen: d.Aktenzeichen,
		Kassenzeichen: d.Kassenzeichen, Betrag: d.Betrag, Findings: d.Findings, Question: d.Hold, Note: d.Note}
	l.Status = word(d)
	if !d.DuplicateOf.IsZero() {
		l.DuplicateOf = d.DuplicateOf.String()
	}
	if d.State.OnItsWay() {
		l.Kanal, l.Regel, l.TransportID = d.Kanal.Art, d.Regel, d.MessageID
		if d.Behoerde.Kennung != "" {
			l.Behoerde = &d.Behoerde
		}
		if d.Sendung.Bundle != "" {
			l.TransportID = d.Sendung.String()
		}
	}
	return l
}

// word is the delivery's status in a receipt.
func word(d *Delivery) amtshilfe.Status {
	var owner amtshilfe.Owner
	if d.Hold != nil {
		owner = d.Hold.Owner
	}
	return d.State.Status(d.Provided, owner)
}

// appendEvent books what a receipt would say now. Only an event that changes the word, or brings other news, makes a receipt due.
func appendEvent(tx *sqlitedb.Tx, d *Delivery, now time.Time) error {
	line := LineOf(d, now)
	told := line.Status != d.was || d.Tell
	if _, err := tx.Exec(`INSERT INTO events(drop_id, seq, at, state, line, told) VALUES(?,?,?,?,?,?)`,
		d.ID.Drop, d.ID.Seq, now.UnixMicro(), d.State, encode(line), told); err != nil || !told {
		return err
	}
	if line.Status == d.was {
		return untell(tx, d.ID.Drop)
	}
	if _, err := tx.Exec(`INSERT INTO words VALUES(?1,?2,-1,-?4),(?1,?3,1,?4) ON CONFLICT(drop_id, word) DO UPDATE SET n=n+excluded.n, cents=cents+excluded.cents`,
		string(d.ID.Drop), d.was, line.Status, int64(d.Betrag)); err != nil {
		return err
	}
	return untell(tx, d.ID.Drop)
}

// untell notes that a drop has something to tell.
func untell(tx *sqlitedb.Tx, id amtshilfe.DropID) error {
	_, err := tx.Exec(`UPDATE drops SET untold=1 WHERE id=? AND untold=0`, id)
	return err
}

// Changes gives the messages of a drop whose word changed in the events (from, to], each as the last of them said, in order of
// seq: receipts tell words, not states.
func (l *Ledger) Changes(drop amtshilfe.DropID, from, to int64) ([]Line, error) {
	rows, err := l.db.Reader().Query(`SELECT seq, line FROM events WHERE id IN
		(SELECT max(id) FROM events WHERE drop_id=? AND id>? AND id<=? GROUP BY seq HAVING max(told)=1) ORDER BY seq`, drop, from, to)
	if err != nil {
		return nil, fmt.Errorf("ledger: changes of %s: %w", drop, err)
	}
	var lines []Line
	err = each(rows, func(rows *sql.Rows) error {
		var seq int
		var text sql.NullString
		if err := rows.Scan(&seq, &text); err != nil {
			return err
		}
		var line Line
		if err := decode(text, &line); err != nil {
			return err
		}
		line.Seq = seq
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: changes of %s: %w", drop, err)
	}
	return lines, nil
}

// Lines says of every message of a drop, in order, what a receipt would say now. It reads the few columns that a receipt
// needs, in pages, so that no read stays open for long.
func (l *Ledger) Lines(drop amtshilfe.DropID, at time.Time) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for last, n := 0, Chunk; n == Chunk; {
			n = 0
			rows, err := l.db.Reader().Query(`SELECT seq, kind, state, entry, uuid, aktenzeichen, kassenzeichen, betrag, findings, dup_drop, dup_seq, question, provided
				FROM deliveries WHERE drop_id=? AND seq>? ORDER BY seq LIMIT ?+0`, drop, last, Chunk)
			if err == nil {
				err = each(rows, func(rows *sql.Rows) error {
					line, err := l.scanLine(rows, drop, at)
					if err == nil && !yield(line, nil) {
						err = errEnough
					}
					last, n = line.Seq, n+1
					return err
				})
			}
			if errors.Is(err, errEnough) {
				return
			}
			if err != nil {
				yield(Line{}, fmt.Errorf("ledger: lines of %s: %w", drop, err))
				return
			}
		}
	}
}

// errEnough ends the reading of rows for a consumer that wants no more.
var errEnough = errors.New("enough")

// scanLine makes a line of the columns of Lines. Where a message went stands in others: it is read in full.
func (l *Ledger) scanLine(rows *sql.Rows, drop amtshilfe.DropID, at time.Time) (Line, error) {
	var d Delivery
	var findings, dupDrop, question sql.NullString
	var dupSeq sql.NullInt64
	err := rows.Scan(&d.ID.Seq, &d.Kind, &d.State, &d.Position.Entry, &d.UUID, &d.Aktenzeichen, &d.Kassenzeichen, &d.Betrag,
		&findings, &dupDrop, &dupSeq, &question, &d.Provided)
	d.DuplicateOf = amtshilfe.DeliveryID{Drop: amtshilfe.DropID(dupDrop.String), Seq: int(dupSeq.Int64)}
	err = errors.Join(err, decode(findings, &d.Findings), decode(question, &d.Hold))
	if err == nil && d.State.OnItsWay() {
		d, err = l.Delivery(amtshilfe.DeliveryID{Drop: drop, Seq: d.ID.Seq})
	}
	return LineOf(&d, at), err
}

// Event is one step in the life of a message, for `trace`.
type Event struct {
	At   time.Time
	Line Line
}

// History gives all events of a delivery, the oldest first.
func (l *Ledger) History(id amtshilfe.DeliveryID) ([]Event, error) {
	rows, err := l.db.Reader().Query(`SELECT at, line FROM events WHERE drop_id=? AND seq=? ORDER BY id`, id.Drop, id.Seq)
	if err != nil {
		return nil, fmt.Errorf("ledger: history of %s: %w", id, err)
	}
	var list []Event
	err = each(rows, func(rows *sql.Rows) error {
		var at int64
		var text sql.NullString
		if err := rows.Scan(&at, &text); err != nil {
			return err
		}
		e := Event{At: time.UnixMicro(at)}
		e.Line.Seq = id.Seq
		list = append(list, e)
		return decode(text, &list[len(list)-1].Line)
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: history of %s: %w", id, err)
	}
	return list, nil
}
