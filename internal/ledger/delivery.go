package ledger

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Delivery is a delivery with what only the ledger knows of it.
type Delivery struct {
	amtshilfe.Delivery
	Lane   Lane
	Dest   string    // send: host of the destination; print: profile
	Rank   int       // 0 = ahead of the queue (008, 015, small drops), 1 = in order
	Origin time.Time // XTA Origin, part of the exact bytes
	Bytes  [32]byte  // SHA-256 of the exact bytes of the XTA request, zero before reserved
	// Sealed is what encrypts the message again byte for byte (xenc.Envelope), as secret as the message; nil = in the clear. Save forgets it
	// once the message has left.
	Sealed []byte
	// Final says that a state which is no end of its own ends here: spooled, where the profile has no acknowledgements.
	Final bool
	// Confirmed says that a person released the delivery in spite of a Hindernis, so that the same one does not hold it again.
	Confirmed bool
	Trouble   string    // why the last attempt to send or ask failed: codes and addresses, English; "" = it did not
	Patience  time.Time // the report may stay open until then; zero = as configured
	Replaces  Replaced  // the electronic message in whose place a letter goes
	// Tell says that the next receipt names the delivery although its word stays the same. Not stored; who has news sets it.
	Tell                  bool
	Woke                  bool            // the last Save woke what waited for it in its case. Not stored
	Note                  string          // why, in English, for the event of the next Save; not stored in the row
	reprint               bool            // a person had it printed again: what was tied to a bundle goes into another one
	from                  amtshilfe.State // state as read: what Save compares with
	wasFinal, wasProvided bool
	was                   amtshilfe.Status // word of receipts as read
}

// Replaced is an electronic message that is void for good because a letter goes in its place.
type Replaced struct {
	MessageID string    `json:"id,omitempty"` // "" = none was ever reserved
	At        time.Time `json:"at,omitzero"`  // its Origin, or when the way was changed; zero = nothing is replaced
}

// IsZero says that nothing is replaced.
func (r Replaced) IsZero() bool { return r.At.IsZero() }

// Lane names the workers that a due delivery waits for.
type Lane string

// The lanes of deliveries.
const (
	LaneResolve Lane = "resolve"
	LaneSend    Lane = "send"
	LaneReport  Lane = "report"
	LanePrint   Lane = "print"
)

// Routing is what resolve asks the authority server, kept as JSON.
type routing struct {
	Einnahmeart      amtshilfe.Einnahmeart     `json:"e"`
	Anschriften      []amtshilfe.Postanschrift `json:"a,omitempty"`
	Wunschempfaenger string                    `json:"w,omitempty"`
	Vom              time.Time                 `json:"v,omitzero"`
	Buchungen        []string                  `json:"b,omitempty"`
}

const deliveryColumns = `drop_id, seq, account, kind, state, betriebsart, off, len, sha, entry, line, col, uuid, absender, aktenzeichen, kassenzeichen,
	betrag, case_absender, case_uuid, routing, findings, dup_drop, dup_seq, behoerde, kanal, regel, question, message_id, in_reply_to, origin, bytes_sha,
	bundle, sendung, after_drop, after_seq, attempts, provided, lane, dest, rank, due_at, updated_at, final, confirmed, sealed, trouble, patience, replaces`

func scanDelivery(row scanner) (Delivery, error) {
	var d Delivery
	var sha, bytesSHA []byte
	var route, findings, dupDrop, behoerde, kanal, regel, question, messageID, inReplyTo, bundle, afterDrop, lane, dest, trouble, replaces sql.NullString
	var dupSeq, origin, sendung, afterSeq, rank, due, updated, patience sql.NullInt64
	err := row.Scan(&d.ID.Drop, &d.ID.Seq, &d.Account, &d.Kind, &d.State, &d.Betriebsart, &d.Offset, &d.Length, &sha, &d.Position.Entry,
		&d.Position.Line, &d.Position.Column, &d.UUID, &d.Absender, &d.Aktenzeichen, &d.Kassenzeichen, &d.Betrag, &d.Case.Absender, &d.Case.UUID,
		&route, &findings, &dupDrop, &dupSeq, &behoerde, &kanal, &regel, &question, &messageID, &inReplyTo, &origin, &bytesSHA,
		&bundle, &sendung, &afterDrop, &afterSeq, &d.Attempts, &d.Provided, &lane, &dest, &rank, &due, &updated, &d.Final, &d.Confirmed, &d.Sealed, &trouble, &patience, &replaces)
	if errors.Is(err, sql.ErrNoRows) {
		return d, ErrNotFound
	}
	if err != nil {
		return d, err
	}
	copy(d.SHA256[:], sha)
	copy(d.Bytes[:], bytesSHA)
	d.DuplicateOf = amtshilfe.DeliveryID{Drop: amtshilfe.DropID(dupDrop.String), Seq: int(dupSeq.Int64)}
	d.After = amtshilfe.DeliveryID{Drop: amtshilfe.DropID(afterDrop.String), Seq: int(afterSeq.Int64)}
	d.Sendung = amtshilfe.SendungID{Bundle: amtshilfe.BundleID(bundle.String), N: int(sendung.Int64)}
	d.Regel, d.MessageID, d.InReplyTo = regel.String, messageID.String, inReplyTo.String
	d.Lane, d.Dest, d.Rank = Lane(lane.String), dest.String, int(rank.Int64)
	d.Origin, d.DueAt, d.UpdatedAt = unstamp(origin), unstamp(due), unstamp(updated)
	d.Trouble, d.Patience = trouble.String, unstamp(patience)
	var r routing
	err = errors.Join(decode(route, &r), decode(findings, &d.Findings), decode(behoerde, &d.Behoerde), decode(kanal, &d.Kanal), decode(question, &d.Hold), decode(replaces, &d.Replaces))
	d.Einnahmeart, d.Anschriften, d.Wunschempfaenger, d.ErsuchenVom, d.Buchungen = r.Einnahmeart, r.Anschriften, r.Wunschempfaenger, r.Vom, r.Buchungen
	d.read()
	return d, err
}

// read remembers what the next Save is compared with.
func (d *Delivery) read() {
	d.from, d.wasFinal, d.wasProvided, d.was, d.Tell, d.Note = d.State, d.Final, d.Provided, word(d), false, ""
}

// visible restricts a query to deliveries whose drop is open: before that nothing of it is seen by any stage.
const visible = ` AND EXISTS(SELECT 1 FROM drops o WHERE o.id=deliveries.drop_id AND o.state IN ('open','ended'))`

// moving restricts a query further, to deliveries whose drop does not wait as a whole.
const moving = ` AND EXISTS(SELECT 1 FROM drops o WHERE o.id=deliveries.drop_id AND o.state IN ('open','ended') AND o.question IS NULL)`

// Delivery reads one delivery; ErrNotFound if there is none.
func (l *Ledger) Delivery(id amtshilfe.DeliveryID) (Delivery, error) {
	d, err := scanDelivery(l.db.Reader().QueryRow(`SELECT `+deliveryColumns+` FROM deliveries WHERE drop_id=? AND seq=?`, id.Drop, id.Seq))
	if err != nil {
		return d, fmt.Errorf("ledger: delivery %s: %w", id, err)
	}
	return d, nil
}

// InDrop reads up to limit deliveries of a drop with seq > after, in order.
func (l *Ledger) InDrop(drop amtshilfe.DropID, after, limit int) ([]Delivery, error) {
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE drop_id=? AND seq>? ORDER BY seq LIMIT ?+0`, drop, after, limit)
}

// AllInDrop reads the deliveries of a drop in order, in pages, so that no read stays open for long.
func (l *Ledger) AllInDrop(drop amtshilfe.DropID) iter.Seq2[Delivery, error] {
	return func(yield func(Delivery, error) bool) {
		for after := 0; ; {
			page, err := l.InDrop(drop, after, Chunk)
			if err != nil {
				yield(Delivery{}, err)
				return
			}
			for _, d := range page {
				if !yield(d, nil) {
					return
				}
				after = d.ID.Seq
			}
			if len(page) < Chunk {
				return
			}
		}
	}
}

// Due lists deliveries of a lane whose time has come, at most limit for each destination: ahead-of-queue first, then the longest
// due. It asks destination by destination, so that each answer is the head of an index, however long the lane is.
func (l *Ledger) Due(lane Lane, limit int) ([]Delivery, error) {
	dests, err := l.Destinations(lane)
	if err != nil {
		return nil, err
	}
	var list []Delivery
	for _, dest := range dests {
		left := limit
		for rank := 0; rank < 2 && left > 0; rank++ {
			some, err := l.DueAt(lane, dest, rank, left)
			if err != nil {
				return nil, err
			}
			list, left = append(list, some...), left-len(some)
		}
	}
	slices.SortStableFunc(list, func(a, b Delivery) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), a.DueAt.Compare(b.DueAt))
	})
	return list, nil
}

// DueAt lists deliveries of a lane for one destination and rank whose time has come, the longest due first.
func (l *Ledger) DueAt(lane Lane, dest string, rank, limit int) ([]Delivery, error) {
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE due_at IS NOT NULL AND lane=CAST(? AS TEXT) AND dest=? AND rank=? AND due_at<=?`+moving+
		` ORDER BY due_at LIMIT ?+0`, lane, dest, rank, l.now().UnixMicro(), limit)
}

// Destinations lists the destinations of a lane that anything is, or will be, due for, in order. The recursion jumps from one to the
// next in the index; DISTINCT would read every entry of the lane.
func (l *Ledger) Destinations(lane Lane) ([]string, error) {
	q := query{"destinations", `WITH RECURSIVE each_dest(dest) AS (
		SELECT min(dest) FROM deliveries WHERE due_at IS NOT NULL AND lane=CAST(?1 AS TEXT) UNION ALL
		SELECT (SELECT min(dest) FROM deliveries WHERE due_at IS NOT NULL AND lane=CAST(?1 AS TEXT) AND dest>each_dest.dest) FROM each_dest WHERE each_dest.dest IS NOT NULL)
		SELECT dest FROM each_dest WHERE dest IS NOT NULL`, []any{lane}}
	return list(l, q, scanText[string])
}

// HeldList lists what waits for a person, the oldest first.
func (l *Ledger) HeldList(limit int) ([]Delivery, error) {
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE question IS NOT NULL AND state IN ('held','returned')`+visible+
		` ORDER BY updated_at LIMIT ?`, limit)
}

// ByUUID finds the delivery that carries a sender's nachrichtenUUID; ErrNotFound if no accepted message of this sender has it.
func (l *Ledger) ByUUID(absender, uuid string) (Delivery, error) {
	key, err := uuidKey(uuid)
	if err != nil {
		return Delivery{}, ErrNotFound
	}
	d, err := scanDelivery(l.db.Reader().QueryRow(`SELECT `+deliveryColumns+` FROM deliveries WHERE (drop_id, seq) =
		(SELECT drop_id, seq FROM identities WHERE uuid=? AND absender=?)`+visible, key, absender))
	if err != nil {
		return d, fmt.Errorf("ledger: message %s: %w", uuid, err)
	}
	return d, nil
}

// AllByUUID finds the deliveries that carry a nachrichtenUUID, of every sender and account: two senders may use the same.
func (l *Ledger) AllByUUID(uuid string) ([]Delivery, error) {
	key, err := uuidKey(uuid)
	if err != nil {
		return nil, nil //nolint:nilerr // what is no UUID names nothing
	}
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE (drop_id, seq) IN (SELECT drop_id, seq FROM identities WHERE uuid=?)`+visible+` LIMIT 50`, key)
}

// ByMessageID finds what was reserved under an XTA message id: ids are issued by other servers, so two may issue the same.
func (l *Ledger) ByMessageID(id string) ([]Delivery, error) {
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE message_id IS NOT NULL AND message_id=? LIMIT 10`, id)
}

// Search finds deliveries by UUID, MessageID or Aktenzeichen for `trace`.
func (l *Ledger) Search(text string, limit int) ([]Delivery, error) {
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE uuid=lower(?1) OR message_id=?1 OR aktenzeichen=?1 LIMIT ?2`, text, limit)
}

func (l *Ledger) deliveries(sql string, args ...any) ([]Delivery, error) {
	return list(l, query{"list deliveries", sql, args}, scanDelivery)
}
