package ledger

import (
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// FromGateway is the Source of a drop that the gateway made itself: a 014 that goes back. Nobody dropped it, so nobody gets a
// receipt for it.
const FromGateway = "gateway"

// Consequence is what follows from the judgement of an inbound message; it is booked in the same transaction.
type Consequence interface {
	apply(tx *sqlitedb.Tx, now time.Time) error
}

// Moved is a 006: from now on Holder has the case, or nobody has.
type Moved struct {
	Request  Delivery // the 003 of the case
	Holder   string   // kennung
	Returned bool     // given back; Holder is of no account then
}

// apply books the holder, and lets what is on its way to the former one, and not reserved yet, be resolved again.
func (m Moved) apply(tx *sqlitedb.Tx, now time.Time) error {
	r := m.Request
	if _, err := tx.Exec(`INSERT INTO cases(absender, uuid, holder, head_drop, head_seq, returned) VALUES(?,?,?,?,?,?)
		ON CONFLICT(absender, uuid) DO UPDATE SET holder=excluded.holder, returned=excluded.returned`,
		r.Absender, r.UUID, m.Holder, string(r.ID.Drop), r.ID.Seq, m.Returned); err != nil {
		return err
	}
	list, err := successors(tx, r.ID)
	if err != nil {
		return err
	}
	for i := range list {
		d := &list[i]
		d.State, d.Lane, d.DueAt = amtshilfe.Valid, LaneResolve, now
		if err := save(tx, d, now); err != nil {
			return err
		}
	}
	return appendAudit(tx, now, "gateway", "case moved", r.ID.String(), m.Holder)
}

// successors are the messages that follow a request and wait to be reserved or collected.
func successors(tx *sqlitedb.Tx, id amtshilfe.DeliveryID) ([]Delivery, error) {
	rows, err := tx.Query(`WITH RECURSIVE chain(d, s) AS (SELECT drop_id, seq FROM deliveries WHERE after_drop IS NOT NULL AND after_drop=?1 AND after_seq=?2 UNION
		SELECT x.drop_id, x.seq FROM deliveries x JOIN chain ON x.after_drop=chain.d AND x.after_seq=chain.s WHERE x.after_drop IS NOT NULL)
		SELECT `+deliveryColumns+` FROM deliveries WHERE (drop_id, seq) IN (SELECT d, s FROM chain) AND state='resolved' ORDER BY drop_id, seq`, string(id.Drop), id.Seq)
	if err != nil {
		return nil, err
	}
	return collect(rows, scanDelivery)
}

// SentBack is a 014: these deliveries were refused by the receiving side.
type SentBack []*Delivery

func (s SentBack) apply(tx *sqlitedb.Tx, now time.Time) error {
	for _, d := range s {
		if err := save(tx, d, now); err != nil {
			return err
		}
	}
	return nil
}

// Reply is the drop of a 014 that goes back: its file lies in the store already.
type Reply Drop

func (r Reply) apply(tx *sqlitedb.Tx, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO drops(id, account, name, source, device, inode, size, mtime, sha, state, betriebsart, received_at, due_at)
		VALUES(?,?,?,?,0,0,?,?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING`, r.ID, r.Account, []byte(r.Name), FromGateway, r.Size, r.ReceivedAt.UnixNano(), r.SHA256[:],
		amtshilfe.DropAccepted, r.Betriebsart, now.UnixMicro(), now.UnixMicro())
	return err
}
