package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Bundle is a print bundle (Stapel).
type Bundle struct {
	ID          amtshilfe.BundleID
	Profile     string // name of the print profile, also its directory
	Account     string // the Mandant whose letters it holds
	Betriebsart amtshilfe.Betriebsart
	State       amtshilfe.BundleState
	CreatedAt   time.Time           // also the date of its letters: rendering again gives the same bytes
	Boot        string              // identity of the boot at the door
	Mount       uint64              // identity of the staging mount at the door
	Hashes      map[string]string   // SHA-256 in hex by file name; nil until staged
	Letters     int                 // tied to it and not taken out
	Pages       int                 // of all letters; 0 until staged
	Sheets      int                 // of paper; 0 until staged
	Day         string              // on which the print centre gets it, 2026-11-24: whose capacity it takes; "" until staged
	Question    *amtshilfe.Question // held only
	UpdatedAt   time.Time           // last change of state: for a published bundle, when it was published
	// Deadline is by when the print centre must have acknowledged every letter; zero = nothing more is expected. Who publishes sets it.
	Deadline time.Time
	Rejected bool // the centre rejected it as a whole
	// Acknowledged says that the centre said something of it, or of one of its letters.
	Acknowledged bool
	Replaces     amtshilfe.BundleID // it was printed again by a person's decision, "" = it was not
	Again        int                // of Letters, those that went out anew in another bundle
	Posted       int                // of Letters, those of which the centre says that they are posted, or came back
	// Shared says, by number of a letter, in which Sendung's envelope it is, for those that share one. Set when the bundle is staged, not read
	// back.
	Shared map[int]int
	// Final says that its letters end when it is published: the profile has no acknowledgements. Not stored; who publishes sets it.
	Final bool
	// Tied are its letters in order of their Sendung, as the process knows that collected them and took some out; nil = they must be read.
	Tied []Delivery `json:"-"`
}

const bundleColumns = `id, profile, account, betriebsart, state, created_at, coalesce(boot,''), coalesce(mount,0), hashes, letters, pages, question, updated_at, due_at, accepted, coalesce(replaces,''), sheets, coalesce(day,''),
	(SELECT count(*) FROM bundle_items i WHERE i.bundle=bundles.id AND removed=2), (SELECT count(*) FROM bundle_items i WHERE i.bundle=bundles.id AND said IN ('posted','returned')),
	EXISTS(SELECT 1 FROM bundle_items i WHERE i.bundle=bundles.id AND said IS NOT NULL)`

func scanBundle(row scanner) (Bundle, error) {
	var b Bundle
	var created, mount, updated int64
	var hashes, question sql.NullString
	var due sql.NullInt64
	var accepted int
	err := row.Scan(&b.ID, &b.Profile, &b.Account, &b.Betriebsart, &b.State, &created, &b.Boot, &mount, &hashes, &b.Letters, &b.Pages, &question, &updated, &due, &accepted, &b.Replaces, &b.Sheets, &b.Day, &b.Again, &b.Posted, &b.Acknowledged)
	if errors.Is(err, sql.ErrNoRows) {
		return b, ErrNotFound
	}
	if err != nil {
		return b, err
	}
	b.CreatedAt, b.Mount, b.UpdatedAt = time.UnixMicro(created), uint64(mount), time.UnixMicro(updated)
	b.Deadline, b.Rejected = unstamp(due), accepted == rejected
	b.Acknowledged = b.Acknowledged || accepted != 0
	return b, errors.Join(decode(hashes, &b.Hashes), decode(question, &b.Question))
}

// PrintQueue is what waits to be collected: one profile's letters of one account.
type PrintQueue struct {
	Profile, Account string
	Betriebsart      amtshilfe.Betriebsart
	UpTo             time.Time // letters that wait since later stay behind; zero = none do
}

// PrintQueues lists what the print run could collect now, the one whose oldest letter waits longest first.
func (l *Ledger) PrintQueues() ([]PrintQueue, error) {
	q := query{"print queues", `SELECT dest, account, betriebsart FROM deliveries WHERE due_at IS NOT NULL AND lane='print' AND due_at<=? GROUP BY 1, 2, 3 ORDER BY min(due_at), 1, 2, 3`, []any{l.now().UnixMicro()}}
	return list(l, q, func(row scanner) (PrintQueue, error) {
		var q PrintQueue
		err := row.Scan(&q.Profile, &q.Account, &q.Betriebsart)
		return q, err
	})
}

// upTo is until when a letter must have been due to be collected now, in microseconds.
func (q PrintQueue) upTo(now time.Time) int64 {
	if q.UpTo.IsZero() || q.UpTo.After(now) {
		return now.UnixMicro()
	}
	return q.UpTo.UnixMicro()
}

// collectable selects what Collect takes, the oldest first.
const collectable = `SELECT ` + deliveryColumns + ` FROM deliveries WHERE due_at IS NOT NULL AND lane='print' AND dest=? AND due_at<=? AND account=? AND betriebsart=? AND state='resolved' AND NOT (` + stopped + `)` +
	visible + ` ORDER BY due_at, drop_id, seq LIMIT ?`

// Candidates lists what Collect would take now. Nothing is tied by it.
func (l *Ledger) Candidates(q PrintQueue, limit int) ([]Delivery, error) {
	return l.deliveries(collectable, q.Profile, q.upTo(l.now()), q.Account, q.Betriebsart, limit)
}

// Collect ties up to limit waiting letters, the oldest ones, to a new bundle, for ever: step 1 of the protocol (design 4). The profile's
// Betriebsart is compared with every letter's in this transaction, and a request whose 008 is there stays behind. ErrNotFound if nothing
// waits.
func (l *Ledger) Collect(q PrintQueue, profile amtshilfe.Betriebsart, limit int) (Bundle, error) {
	return l.collect(q, profile, limit, nil)
}

// CollectOnly is Collect for these letters, as far as they still wait.
func (l *Ledger) CollectOnly(q PrintQueue, profile amtshilfe.Betriebsart, ids []amtshilfe.DeliveryID) (Bundle, error) {
	only := map[amtshilfe.DeliveryID]bool{}
	for _, id := range ids {
		only[id] = true
	}
	return l.collect(q, profile, len(ids), only)
}

func (l *Ledger) collect(q PrintQueue, profile amtshilfe.Betriebsart, limit int, only map[amtshilfe.DeliveryID]bool) (Bundle, error) {
	now := l.now()
	b := Bundle{ID: amtshilfe.NewBundleID(now), Profile: q.Profile, Account: q.Account, Betriebsart: q.Betriebsart, State: amtshilfe.BundleCollected, CreatedAt: time.UnixMicro(now.UnixMicro())}
	if profile != q.Betriebsart {
		return b, fmt.Errorf("ledger: collect: letters of Betriebsart %s may not be printed by a profile of %s", q.Betriebsart, profile)
	}
	err := l.write(sqlitedb.Intent, "collect", func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(collectable, q.Profile, q.upTo(now), q.Account, q.Betriebsart, limit)
		if err != nil {
			return err
		}
		letters, err := collect(rows, scanDelivery)
		if err != nil {
			return err
		}
		if only != nil {
			letters = slices.DeleteFunc(letters, func(d Delivery) bool { return !only[d.ID] })
		}
		letters = bounded(letters)
		if len(letters) == 0 {
			return ErrNotFound
		}
		b.Letters = len(letters)
		if _, err := tx.Exec(`INSERT INTO bundles(id, profile, account, betriebsart, state, created_at, letters, updated_at) VALUES(?,?,?,?,?,?,?,?)`,
			b.ID, b.Profile, b.Account, b.Betriebsart, b.State, now.UnixMicro(), b.Letters, now.UnixMicro()); err != nil {
			return err
		}
		b.Tied = letters
		return newBulk(tx, now).tie(letters, b.ID)
	})
	for i := range b.Tied {
		b.Tied[i].read()
	}
	return b, unwrapNotFound(err)
}

// bundleBytes bounds the documents of a bundle: all of it is in memory while it is rendered, several times over. Only attachments are that
// large; what is left goes into the next bundle.
const bundleBytes = 48 << 20

func bounded(letters []Delivery) []Delivery {
	size := int64(0)
	for i := range letters {
		if size += letters[i].Length; size > bundleBytes && i > 0 {
			return letters[:i]
		}
	}
	return letters
}

// addItem ties a letter to the bundle of its Sendung. If it was printed before, the item names the latest Sendung that it takes the place of.
func addItem(tx *sqlitedb.Tx, d *Delivery) error {
	_, err := tx.Exec(`INSERT INTO bundle_items(bundle, n, drop_id, seq, replaces) VALUES(?1,?2,?3,?4,
		(SELECT i.bundle || '.' || `+itsSendung+` FROM bundle_items i JOIN bundles b ON b.id=i.bundle WHERE i.drop_id=?3 AND i.seq=?4 AND i.removed=2 ORDER BY b.created_at DESC, i.bundle LIMIT 1))`,
		d.Sendung.Bundle, d.Sendung.N, d.ID.Drop, d.ID.Seq)
	return err
}

// Earlier gives, by number of the Sendung in the bundle, the Sendungen that its letters take the place of.
func (l *Ledger) Earlier(id amtshilfe.BundleID) (map[int]amtshilfe.SendungID, error) {
	rows, err := l.db.Reader().Query(`SELECT n, replaces FROM bundle_items WHERE bundle=? AND removed=0 AND replaces IS NOT NULL`, id)
	if err != nil {
		return nil, fmt.Errorf("ledger: earlier letters of %s: %w", id, err)
	}
	m := map[int]amtshilfe.SendungID{}
	err = each(rows, func(rows *sql.Rows) error {
		var n int
		var text string
		if err := rows.Scan(&n, &text); err != nil {
			return err
		}
		m[n], err = amtshilfe.ParseSendungID(text)
		return err
	})
	return m, err
}

// BundleDeliveries gives the deliveries of a bundle in order of their Sendung number, without those taken out and those that went out
// anew in another bundle.
func (l *Ledger) BundleDeliveries(id amtshilfe.BundleID) ([]Delivery, error) {
	return l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE (drop_id, seq) IN
		(SELECT drop_id, seq FROM bundle_items WHERE bundle=? AND removed=0) ORDER BY sendung`, id)
}

// TakeOut removes a letter that cannot be set from a bundle that has not been staged: the delivery is held with the fault.
func (l *Ledger) TakeOut(b Bundle, d *Delivery, q amtshilfe.Question) error {
	now := l.now()
	return l.write(sqlitedb.Outcome, "take letter out", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE bundles SET letters=letters-1, updated_at=? WHERE id=? AND state='collected'`, now.UnixMicro(), b.ID)
		if err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("bundle %s: not collected", b.ID))
		}
		if _, err := tx.Exec(`UPDATE bundle_items SET removed=1 WHERE bundle=? AND n=?`, b.ID, d.Sendung.N); err != nil {
			return err
		}
		q.From = amtshilfe.Resolved
		d.State, d.Hold, d.Sendung = amtshilfe.Held, &q, amtshilfe.SendungID{}
		return save(tx, d, now)
	})
}

// SetBundle books the bundle's state with what belongs to it; from is the state it must be in.
func (l *Ledger) SetBundle(b Bundle, from amtshilfe.BundleState) error {
	return l.setBundle(b, from, "gateway", "bundle "+string(b.State), b.Profile)
}

// Republish opens the door of a held bundle again: a person says that the centre never saw it. Who, and why, is in the same transaction.
func (l *Ledger) Republish(b Bundle, who, grund string) error {
	b.State, b.Question = amtshilfe.BundlePublishing, nil
	return l.setBundle(b, amtshilfe.BundleHeld, who, "bundle republish", grund)
}

func (l *Ledger) setBundle(b Bundle, from amtshilfe.BundleState, who, action, grund string) error {
	now := l.now()
	return l.write(sqlitedb.Outcome, "bundle "+string(b.State), func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE bundles SET state=?, boot=?, mount=?, hashes=?, pages=?, sheets=?, day=?, question=?, updated_at=? WHERE id=? AND state=?`,
			b.State, null(b.Boot), int64(b.Mount), nonEmpty(b.Hashes != nil, b.Hashes), b.Pages, b.Sheets, null(b.Day), nonEmpty(b.Question != nil, b.Question), now.UnixMicro(), b.ID, from)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("bundle %s: not %s", b.ID, from)
		}
		if b.State == amtshilfe.BundleStaged {
			if err := share(tx, b); err != nil {
				return err
			}
		}
		return appendAudit(tx, now, who, action, string(b.ID), grund)
	})
}

// share books which letters share an envelope.
func share(tx *sqlitedb.Tx, b Bundle) error {
	for n, sendung := range b.Shared {
		if _, err := tx.Exec(`UPDATE bundle_items SET sendung=? WHERE bundle=? AND n=?`, sendung, b.ID, n); err != nil {
			return err
		}
	}
	return nil
}

// itsSendung is the Sendung of a letter i: what the print centre knows it by.
const itsSendung = `coalesce(i.sendung, i.n)`

// SharedIn gives, by number of a letter, in which Sendung's envelope it is, for the letters of a bundle that share one.
func (l *Ledger) SharedIn(id amtshilfe.BundleID) (map[int]int, error) {
	rows, err := l.db.Reader().Query(`SELECT n, sendung FROM bundle_items WHERE bundle=? AND sendung IS NOT NULL`, id)
	if err != nil {
		return nil, fmt.Errorf("ledger: envelopes of %s: %w", id, err)
	}
	m := map[int]int{}
	err = each(rows, func(rows *sql.Rows) error {
		var n, sendung int
		err := rows.Scan(&n, &sendung)
		m[n] = sendung
		return err
	})
	return m, err
}

// Published books that the bundle is out and its letters with it: step 5. Whether they end here, the
// bundle says.
func (l *Ledger) Published(b Bundle, from amtshilfe.BundleState) error {
	return l.published(b, from, "gateway", "bundle published", b.Profile)
}

// Confirm books a held bundle as out: a person says that the centre has it. Who, and why, is in the same transaction.
func (l *Ledger) Confirm(b Bundle, who, grund string) error {
	return l.published(b, amtshilfe.BundleHeld, who, "bundle confirm", grund)
}

func (l *Ledger) published(b Bundle, from amtshilfe.BundleState, who, action, grund string) error {
	now := l.now()
	letters := slices.Clone(b.Tied)
	if letters == nil {
		var err error
		if letters, err = l.BundleDeliveries(b.ID); err != nil {
			return err
		}
	}
	return l.write(sqlitedb.Outcome, "bundle published", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE bundles SET state='published', question=NULL, updated_at=?, due_at=?, day=? WHERE id=? AND state=?`, now.UnixMicro(), stamp(b.Deadline), null(b.Day), b.ID, from)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("bundle %s: not %s", b.ID, from)
		}
		if err := newBulk(tx, now).spool(letters, b.ID, b.Final); err != nil {
			return err
		}
		return appendAudit(tx, now, who, action, string(b.ID), grund)
	})
}

// OpenBundles lists the bundles that are on their way to the print centre, the oldest first.
func (l *Ledger) OpenBundles() ([]Bundle, error) {
	return l.bundles(`SELECT ` + bundleColumns + ` FROM bundles WHERE state NOT IN ('published','recalled') ORDER BY created_at`)
}

// Bundles lists the newest bundles.
func (l *Ledger) Bundles(limit int) ([]Bundle, error) {
	return l.bundles(`SELECT `+bundleColumns+` FROM bundles ORDER BY created_at DESC LIMIT ?`, limit)
}

// Bundle reads one bundle; ErrNotFound if there is none.
func (l *Ledger) Bundle(id amtshilfe.BundleID) (Bundle, error) {
	b, err := scanBundle(l.db.Reader().QueryRow(`SELECT `+bundleColumns+` FROM bundles WHERE id=?`, id))
	if err != nil {
		return b, fmt.Errorf("ledger: bundle %s: %w", id, err)
	}
	return b, nil
}

func (l *Ledger) bundles(sql string, args ...any) ([]Bundle, error) {
	return list(l, query{"list bundles", sql, args}, scanBundle)
}
