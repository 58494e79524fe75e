package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Opening writes the deliveries of one drop. They are invisible until Finish; a crash before it is answered by opening again,
// and Begin throws away what the first try left.
type Opening struct {
	l       *Ledger
	drop    amtshilfe.DropID
	idents  identities
	counts  map[amtshilfe.State]Count
	words   map[amtshilfe.Status]Count
	n, live int
	foreign int // messages that claim to come from somebody else
	volume  Count
}

// Count is a number of messages and their sum.
type Count struct {
	N     int
	Cents amtshilfe.Cents
}

// Begin starts an opening: it counts the attempt and removes rows of an earlier, unfinished one.
func (l *Ledger) Begin(drop amtshilfe.DropID) (*Opening, error) {
	err := l.write(sqlitedb.Intake, "begin opening", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE drops SET attempts=attempts+1 WHERE id=? AND state='accepted'`, drop)
		if err == nil && n == 0 {
			err = fmt.Errorf("drop %s: not accepted", drop)
		}
		return err
	})
	if err == nil {
		err = l.clear(drop)
	}
	if err != nil {
		return nil, err
	}
	return &Opening{l: l, drop: drop, idents: newIdentities(), counts: map[amtshilfe.State]Count{}, words: map[amtshilfe.Status]Count{}}, nil
}

// clear removes the rows of an opening that never became visible.
func (l *Ledger) clear(drop amtshilfe.DropID) error {
	for {
		var left int64
		err := l.write(sqlitedb.Intake, "clear opening", func(tx *sqlitedb.Tx) (err error) {
			if _, err := tx.Exec(`DELETE FROM identities WHERE (uuid, absender) IN (SELECT unhex(replace(uuid,'-','')), absender FROM deliveries
				WHERE drop_id=? ORDER BY seq DESC LIMIT 2000) AND drop_id=?`, drop, drop); err != nil {
				return err
			}
			left, err = tx.Exec(`DELETE FROM deliveries WHERE drop_id=?1 AND seq IN (SELECT seq FROM deliveries WHERE drop_id=?1 ORDER BY seq DESC LIMIT 2000)`, drop)
			return err
		})
		if err != nil || left == 0 {
			return err
		}
	}
}

const insertColumns = `drop_id, seq, account, kind, state, betriebsart, off, len, sha, entry, line, col, uuid, absender, aktenzeichen, kassenzeichen,
	betrag, case_absender, case_uuid, routing, findings, dup_drop, dup_seq, question, rank, updated_at`

const insertWidth = 26

// insertRows is how many rows one INSERT carries: fewer statements, measured best between 20 and 50.
const insertRows = 25

var (
	insertOne  = `INSERT INTO deliveries(` + insertColumns + `) VALUES (` + placeholders(insertWidth) + `)`
	insertMany = insertOne + strings.Repeat(`,(`+placeholders(insertWidth)+`)`, insertRows-1)
)

// Insert writes deliveries in their final state of the intake, at most Chunk at once.
func (o *Opening) Insert(deliveries []Delivery) error {
	now := o.l.now().UnixMicro()
	err := o.l.write(sqlitedb.Intake, "insert deliveries", func(tx *sqlitedb.Tx) error {
		args := make([]any, 0, insertRows*insertWidth)
		for chunk := range slices.Chunk(deliveries, insertRows) {
			args = args[:0]
			for i := range chunk {
				args = appendRow(args, &chunk[i], now)
			}
			if len(chunk) == insertRows {
				if _, err := tx.Exec(insertMany, args...); err != nil {
					return err
				}
				continue
			}
			for ; len(args) > 0; args = args[insertWidth:] {
				if _, err := tx.Exec(insertOne, args[:insertWidth]...); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range deliveries {
		o.note(&deliveries[i])
	}
	return nil
}

func appendRow(args []any, d *Delivery, now int64) []any {
	var question, dupDrop, dupSeq any
	if d.Hold != nil {
		question = encode(d.Hold)
	}
	if !d.DuplicateOf.IsZero() {
		dupDrop, dupSeq = string(d.DuplicateOf.Drop), d.DuplicateOf.Seq
	}
	return append(args, string(d.ID.Drop), d.ID.Seq, d.Account, int(d.Kind), string(d.State), string(d.Betriebsart), d.Offset, d.Length, d.SHA256[:],
		d.Position.Entry, d.Position.Line, d.Position.Column, d.UUID, d.Absender, d.Aktenzeichen, d.Kassenzeichen, int64(d.Betrag),
		d.Case.Absender, d.Case.UUID, encodeRouting(d), encodeFindings(d.Findings), dupDrop, dupSeq, question, d.Rank, now)
}

// encodeRouting is what resolve asks about, nil for a message that asks nothing.
func encodeRouting(d *Delivery) any {
	if d.Einnahmeart.Code == "" && d.Wunschempfaenger == "" && len(d.Anschriften) == 0 {
		return nil
	}
	return encode(routing{d.Einnahmeart, d.Anschriften, d.Wunschempfaenger, d.ErsuchenVom, d.Buchungen})
}

// note keeps what Finish writes.
func (o *Opening) note(d *Delivery) {
	c := o.counts[d.State]
	o.counts[d.State] = Count{c.N + 1, c.Cents + d.Betrag}
	c = o.words[word(d)]
	o.words[word(d)] = Count{c.N + 1, c.Cents + d.Betrag}
	o.n++
	if !d.State.Ended() {
		o.live++
	}
	if foreign(d.Findings) {
		o.foreign++
	}
	if d.State != amtshilfe.Rejected && d.State != amtshilfe.Duplicate {
		o.Take(d) // unless the caller did
		if d.Kind == amtshilfe.KindErsuchen || d.Kind == amtshilfe.KindForderungsaenderung {
			o.volume = Count{o.volume.N + 1, o.volume.Cents + d.Betrag}
		}
	}
}

// Volume is how much the messages written so far want to be sent: the requests and changes that were taken in. A withdrawal, an
// answer or a decision asks for no money and never makes a drop wait.
func (o *Opening) Volume() Count { return o.volume }

// RejectAll turns every row of the opening into refused: the account is all_or_nothing and one message failed.
func (o *Opening) RejectAll(f amtshilfe.Finding) error {
	for from := 0; ; from += Chunk {
		var n int64
		err := o.l.write(sqlitedb.Intake, "reject all", func(tx *sqlitedb.Tx) (err error) {
			n, err = tx.Exec(`UPDATE deliveries SET state='rejected', question=NULL, dup_drop=NULL, dup_seq=NULL, findings=coalesce(findings, ?) WHERE drop_id=? AND seq>? AND seq<=?`,
				encode([]amtshilfe.Finding{f}), o.drop, from, from+Chunk)
			return err
		})
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	var sum Count
	for _, c := range o.counts {
		sum = Count{sum.N + c.N, sum.Cents + c.Cents}
	}
	o.words = map[amtshilfe.Status]Count{amtshilfe.Rejected.Status(false, ""): sum}
	o.counts, o.idents, o.live = map[amtshilfe.State]Count{amtshilfe.Rejected: sum}, newIdentities(), 0
	o.volume = Count{}
	return nil
}

// Finish writes the identities, sorted, and then the one row that makes all of it visible: the drop is open. A used
// uebertragungsID is ErrConflict, a UUID that another drop took meanwhile ErrIdentityTaken; then nothing is visible.
func (o *Opening) Finish(d Drop) error {
	for chunk := range slices.Chunk(o.idents.sorted(), Chunk) {
		if err := o.insertIdentities(chunk); err != nil {
			return err
		}
	}
	now := o.l.now()
	return o.l.write(sqlitedb.Intake, "open drop", func(tx *sqlitedb.Tx) error {
		if err := o.checkKopf(tx, d); err != nil {
			return err
		}
		state, due := amtshilfe.DropOpen, stamp(now)
		n, err := tx.Exec(`UPDATE drops SET state=?, format=?, kopf=?, kopf_absender=?, kopf_verfahren=?, kopf_id=?, findings=?, messages=?, live=?, due_at=?,
			question=?, volume=?, volume_cents=? WHERE id=? AND state='accepted'`, append([]any{state, d.Format}, append(kopfArgs(d), encodeFindings(d.Findings), o.n, o.live, due,
			nonEmpty(d.Question != nil, d.Question), o.volume.N, int64(o.volume.Cents), o.drop)...)...)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("drop %s: not accepted", o.drop)
		}
		for word, c := range o.words {
			if err := countWord(tx, o.drop, word, c.N, c.Cents); err != nil {
				return err
			}
		}
		for state, c := range o.counts {
			if err := count(tx, o.drop, d.Account, state, c.N, c.Cents); err != nil {
				return err
			}
		}
		if o.foreign > 0 || foreign(d.Findings) {
			// One entry per drop says how many: a flood of them must not flood the audit.
			if err := appendAudit(tx, now, d.Account, "security", string(o.drop), fmt.Sprintf("%s, %d messages", codeForeign, o.foreign)); err != nil {
				return err
			}
		}
		return appendAudit(tx, now, "gateway", "open", string(o.drop), fmt.Sprintf("%d messages", o.n))
	})
}

// codeForeign is the finding that is a security entry of the audit as well (profil.md 2).
const codeForeign = "ABS-FREMD"

func foreign(findings []amtshilfe.Finding) bool {
	return slices.ContainsFunc(findings, func(f amtshilfe.Finding) bool { return f.Code == codeForeign })
}

// Resolved moves the drop's cursor after resolve has looked at its messages up to seq; more follow at once.
func (l *Ledger) Resolved(id amtshilfe.DropID, seq int) error {
	return l.moveCursor(id, seq, l.now())
}

// AllResolved moves the drop's cursor to its last message and puts the drop to rest.
func (l *Ledger) AllResolved(id amtshilfe.DropID, seq int) error {
	return l.moveCursor(id, seq, time.Time{})
}

func (l *Ledger) moveCursor(id amtshilfe.DropID, seq int, due time.Time) error {
	return l.write(sqlitedb.Outcome, "move cursor", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE drops SET cursor=max(cursor, ?), due_at=? WHERE id=? AND state='open'`, seq, stamp(due), id)
		return err
	})
}
