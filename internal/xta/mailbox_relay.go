package xta

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"damtshilfe/internal/sqlitedb"
)

// The states of an order that goes on to another server, as in design 4. The State is the program counter: resuming after a crash
// is running.
const (
	relayQueued   = "queued"   // durable here
	relayReserved = "reserved" // the far MessageID and the hash of the exact bytes are stored; nothing left yet
	relaySending  = "sending"  // attempt booked before the first byte; the outcome may be unknown
	relaySent     = "sent"     // never sent again from here; its report is asked for
	relayEnded    = "ended"    // the far report is closed and carried into ours, or the order failed for certain
)

// onward is an order on its way to another server.
type onward struct {
	row
	state    string
	attempts int // to send it
	remote   string
	target   Target
	sum      []byte    // SHA-256 of the exact bytes
	since    time.Time // of the first attempt
	asked    int       // questions for the report
	problem  string    // why the last step did not get further, for the operator
}

// queue makes a received order of a foreign reader wait for the relay, not before its NotBefore.
func (m *Mailbox) queue(tx *sqlitedb.Tx, id string, due int64) error {
	_, err := tx.Exec("INSERT INTO relays(message, state, due_at) SELECT n, ?, ? FROM messages WHERE id = ?", relayQueued, due, strings.ToLower(id))
	return err
}

// dueRelays names the orders that have something to do.
func (m *Mailbox) dueRelays(ctx context.Context, max int) ([]int64, error) {
	return m.numbered(ctx, "SELECT message FROM relays WHERE due_at <= ? ORDER BY due_at, message LIMIT ?+0", m.now().UnixNano(), max)
}

func (m *Mailbox) onward(ctx context.Context, n int64) (o onward, err error) {
	if o.row, err = scanRow(m.db.Reader().QueryRowContext(ctx, "SELECT "+rowColumns+" FROM messages WHERE n = ?", n).Scan); err != nil {
		return o, fmt.Errorf("read relayed message: %w", err)
	}
	var since int64
	var pins string
	err = m.db.Reader().QueryRowContext(ctx, `SELECT state, attempts, asked, coalesce(remote, ''), coalesce(name, ''), coalesce(management, ''), coalesce(send, ''),
		coalesce(pins, ''), sha256, coalesce(since, 0) FROM relays WHERE message = ?`, n).
		Scan(&o.state, &o.attempts, &o.asked, &o.remote, &o.target.Name, &o.target.Management, &o.target.Send, &pins, &o.sum, &since)
	if err != nil {
		return o, fmt.Errorf("read relayed message: %w", err)
	}
	o.since, o.target.TLS = instant(since), strings.Fields(pins)
	return o, nil
}

// errMoved says that somebody else took the step: the author cancelled.
var errMoved = errors.New("relayed message has moved on")

// advance takes the step from one state to that of o, with what o says, due again after a pause.
func (m *Mailbox) advance(from string, o onward, pause time.Duration) error {
	return m.moveOn(func(tx *sqlitedb.Tx) error { return m.step(tx, from, o, pause) })
}

func (m *Mailbox) moveOn(f func(tx *sqlitedb.Tx) error) error {
	if err := m.db.Write(sqlitedb.Intent, f); err != nil {
		return fmt.Errorf("advance relayed message: %w", err)
	}
	return nil
}

func (m *Mailbox) step(tx *sqlitedb.Tx, from string, o onward, pause time.Duration) error {
	var due any
	if o.state != relayEnded {
		due = m.now().Add(pause).UnixNano()
	}
	n, err := tx.Exec(`UPDATE relays SET state = ?, attempts = ?, asked = ?, remote = ?, name = ?, management = ?, send = ?, pins = ?, sha256 = ?, since = ?, due_at = ?,
		problem = ? WHERE message = ? AND state = ?`, o.state, o.attempts, o.asked, o.remote, o.target.Name, o.target.Management, o.target.Send, strings.Join(o.target.TLS, " "),
		o.sum, nanos(o.since), due, o.problem, o.n, from)
	if err == nil && n == 0 {
		err = errMoved
	}
	return err
}

// handedOver books that the far server has the order; the report tells it.
func (m *Mailbox) handedOver(o onward) error {
	from := o.state
	o.state = relaySent
	return m.moveOn(func(tx *sqlitedb.Tx) error {
		if err := m.step(tx, from, o, 0); err != nil {
			return err
		}
		return m.note(tx, o.n, levelled{levelInfo, Record{m.now(), ownCode("weitergeleitet"),
			"An den XTA-Server " + o.target.Name + " übergeben, dort unter der MessageID " + o.remote}})
	})
}

// progress carries what an open far report tells into the row.
func (m *Mailbox) progress(o onward, far MetaData, pause time.Duration) error {
	return m.moveOn(func(tx *sqlitedb.Tx) error {
		if err := m.stamp(tx, o.n, far); err != nil {
			return err
		}
		return m.step(tx, o.state, o, pause)
	})
}

func (m *Mailbox) stamp(tx *sqlitedb.Tx, n int64, far MetaData) error {
	_, err := tx.Exec("UPDATE messages SET entry_at = coalesce(?, entry_at), fetched_at = coalesce(?, fetched_at) WHERE n = ? AND state = 'relaying'",
		someTime(far.Delivery), someTime(far.InitialFetch), n)
	return err
}

func someTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return nanos(t)
}

// arrive ends an order: green and yellow count as closed by its reader, red as never delivered.
func (m *Mailbox) arrive(o onward, far Report) error {
	from := o.state
	o.state = relayEnded
	state, closed := MailClosed, any(nil)
	if far.Status == StatusRed {
		state = MailWithdrawn
	} else if closed = someTime(far.MetaData.Reception); closed == nil {
		closed = m.now().UnixNano()
	}
	return m.moveOn(func(tx *sqlitedb.Tx) error {
		if err := m.step(tx, from, o, 0); err != nil {
			return err
		}
		if err := m.stamp(tx, o.n, far.MetaData); err != nil {
			return err
		}
		for _, l := range carried(far) {
			if err := m.note(tx, o.n, l); err != nil {
				return err
			}
		}
		_, err := tx.Exec("UPDATE messages SET state = ?, closed_at = ?, ended_at = ? WHERE n = ? AND state = 'relaying'", state, closed, m.now().UnixNano(), o.n)
		return err
	})
}

func (m *Mailbox) note(tx *sqlitedb.Tx, n int64, l levelled) error {
	_, err := tx.Exec("INSERT INTO records(message, at, level, list, version, code, reason) VALUES(?, ?, ?, ?, ?, ?, ?)",
		n, nanos(l.record.Time), l.level, l.record.Code.List, l.record.Code.Version, l.record.Code.Code, l.record.Reason)
	return err
}

// unqueue cancels an order of which nothing has left; false if something may have.
func (m *Mailbox) unqueue(tx *sqlitedb.Tx, n int64) (bool, error) {
	changed, err := tx.Exec("UPDATE relays SET state = ?, due_at = NULL WHERE message = ? AND state = ?", relayEnded, n, relayQueued)
	if err != nil || changed == 0 {
		return false, err
	}
	now := m.now()
	why := recordCancelled
	why.Time = now
	if err := m.note(tx, n, levelled{levelError, why}); err != nil {
		return false, err
	}
	changed, err = tx.Exec("UPDATE messages SET state = 'withdrawn', ended_at = ? WHERE n = ? AND state = 'relaying'", now.UnixNano(), n)
	return changed == 1, err
}

// RelayCounts says how many orders go on to other servers, by state.
func (m *Mailbox) RelayCounts(ctx context.Context) (map[string]int, error) {
	return m.numbers(ctx, "SELECT state, count(*) FROM relays WHERE due_at IS NOT NULL GROUP BY state")
}

// RelayTrouble says how many orders did not get further in their last step.
func (m *Mailbox) RelayTrouble(ctx context.Context) (n int, err error) {
	err = m.db.Reader().QueryRowContext(ctx, "SELECT count(*) FROM relays WHERE due_at IS NOT NULL AND problem <> ''").Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count relayed messages: %w", err)
	}
	return n, nil
}

// RelayEntry is an order on its way to another server, as an operator sees it.
type RelayEntry struct {
	MessageID string    `json:"message_id"`
	Author    string    `json:"author"`
	Reader    string    `json:"reader"`
	State     string    `json:"state"`            // queued, reserved, sending (its outcome may be unknown), sent
	Server    string    `json:"server,omitempty"` // the other one, once there is a way
	Remote    string    `json:"remote,omitempty"` // MessageID there
	Stored    time.Time `json:"stored"`
	Attempts  int       `json:"attempts"` // to send it
	Due       time.Time `json:"due"`      // next step
	Problem   string    `json:"problem,omitempty"`
}

// Relays lists the orders that are on their way, the oldest first, at most max.
func (m *Mailbox) Relays(ctx context.Context, max int) (list []RelayEntry, err error) {
	rows, err := m.db.Reader().QueryContext(ctx, `SELECT m.name, m.author, m.reader, r.state, coalesce(r.name, ''), coalesce(r.remote, ''), m.stored_at, r.attempts, r.due_at,
		coalesce(r.problem, '') FROM relays r JOIN messages m ON m.n = r.message WHERE r.due_at IS NOT NULL ORDER BY m.n LIMIT ?+0`, max)
	if err != nil {
		return nil, fmt.Errorf("list relayed messages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e RelayEntry
		var stored, due int64
		if err := rows.Scan(&e.MessageID, &e.Author, &e.Reader, &e.State, &e.Server, &e.Remote, &stored, &e.Attempts, &due, &e.Problem); err != nil {
			return nil, fmt.Errorf("list relayed messages: %w", err)
		}
		e.Stored, e.Due = instant(stored), instant(due)
		list = append(list, e)
	}
	return list, rows.Err()
}
