package ledger

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Acknowledgement is what a print centre says about a bundle of a profile (printstreet.Quittung in the words of states).
type Acknowledgement struct {
	Profile string
	ID      string   // the centre's, used once per profile
	Sum     [32]byte // of its content: the same ID with another one contradicts
	Bundle  amtshilfe.BundleID
	Art     string
	Letters int // EINGANG: how many Sendungen the centre counts in the bundle
	// Accepted and Refusal belong to an EINGANG. Refusal is what is asked about each letter of a bundle that was rejected.
	Accepted bool
	Refusal  *amtshilfe.Question
	Said     []Said // of its letters; empty for an EINGANG
}

// Said is what the centre says of one Sendung: of all letters in its envelope.
type Said struct {
	N int // of the Sendung in the bundle
	// State is Printed, Enclosed, Posted, Returned, or Held for a letter that the centre deleted.
	State    amtshilfe.State
	Question *amtshilfe.Question // for Returned and Held: what is asked about it
	Note     string              // for `trace`, in English
}

// Why an acknowledgement is not booked; nothing of it is then.
var (
	ErrRepeated    = errors.New("this acknowledgement is booked already")
	ErrUnknown     = errors.New("it names a bundle or a letter that the print centre was never sent")
	ErrContradicts = errors.New("it contradicts what was said before")
	ErrSums        = errors.New("its totals are not those of the bundle")
)

// accepted and rejected are what an EINGANG said, in bundles.accepted.
const (
	accepted = 1
	rejected = 2
)

// said orders what a centre says of a letter: it only goes forward. A letter that was deleted goes nowhere.
var said = map[string]int{"": 0, "printed": 1, "enclosed": 2, "posted": 3, "returned": 4, "deleted": 9}

func (s Said) word() string {
	if s.State == amtshilfe.Held {
		return "deleted"
	}
	return string(s.State)
}

// Acknowledge books what the print centre said in one file, all of it or nothing, in one transaction: the file's content, what became of each
// letter, and the deliveries that are still these letters. What is late (printed, when it is posted already) is booked and moves nothing
// back. The bundles must be published. ErrRepeated (all of it is booked already), ErrUnknown, ErrContradicts and ErrSums change nothing.
func (l *Ledger) Acknowledge(list ...Acknowledgement) error {
	now := l.now()
	err := l.write(sqlitedb.Outcome, "acknowledge", func(tx *sqlitedb.Tx) error {
		repeated := 0
		for _, a := range list {
			err := acknowledge(tx, a, now)
			if errors.Is(err, ErrRepeated) {
				repeated++
			} else if err != nil {
				return err
			}
		}
		if repeated == len(list) {
			return ErrRepeated
		}
		return nil
	})
	for _, known := range []error{ErrRepeated, ErrUnknown, ErrContradicts, ErrSums} {
		if errors.Is(err, known) {
			return known
		}
	}
	return err
}

func acknowledge(tx *sqlitedb.Tx, a Acknowledgement, now time.Time) error {
	if err := firstTime(tx, a); err != nil {
		return err
	}
	b, err := openBundle(tx, a)
	if err != nil {
		return err
	}
	if len(a.Said) == 0 {
		err = entrance(tx, a, b, now)
	} else if b.accepted == rejected {
		err = ErrContradicts
	}
	for i := range a.Said {
		if err == nil {
			err = sayOf(tx, a.Bundle, &a.Said[i], now)
		}
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO acknowledgements(profile, id, bundle, art, sha, at, letters) VALUES(?,?,?,?,?,?,?)`,
		a.Profile, a.ID, a.Bundle, a.Art, a.Sum[:], now.UnixMicro(), max(len(a.Said), a.Letters)); err != nil {
		return err
	}
	return balance(tx, a.Bundle)
}

func firstTime(tx *sqlitedb.Tx, a Acknowledgement) error {
	var sum []byte
	err := tx.QueryRow(`SELECT sha FROM acknowledgements WHERE profile=? AND id=?`, []any{a.Profile, a.ID}, &sum)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err == nil && bytes.Equal(sum, a.Sum[:]):
		return ErrRepeated
	case err == nil:
		return ErrContradicts
	}
	return err
}

// acked is a bundle as acknowledgements see it.
type acked struct {
	state    amtshilfe.BundleState
	accepted int
	letters  int // Sendungen that it was published with
	told     int // of them, those that the centre said anything about
}

func openBundle(tx *sqlitedb.Tx, a Acknowledgement) (acked, error) {
	var b acked
	err := tx.QueryRow(`SELECT state, accepted, (SELECT count(DISTINCT `+itsSendung+`) FROM bundle_items i WHERE i.bundle=bundles.id AND removed<>1),
		(SELECT count(*) FROM bundle_items i WHERE i.bundle=bundles.id AND said IS NOT NULL) FROM bundles WHERE id=? AND profile=?`,
		[]any{a.Bundle, a.Profile}, &b.state, &b.accepted, &b.letters, &b.told)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return b, ErrUnknown
	case err != nil:
		return b, err
	case b.state == amtshilfe.BundleRecalled:
		return b, ErrContradicts
	case b.state != amtshilfe.BundlePublished:
		return b, ErrUnknown
	}
	return b, nil
}

// entrance books that the bundle was accepted, or rejected: then each of its letters waits for a person.
func entrance(tx *sqlitedb.Tx, a Acknowledgement, b acked, now time.Time) error {
	word := rejected
	if a.Accepted {
		word = accepted
	}
	switch {
	case a.Letters != b.letters:
		return ErrSums
	case b.accepted != 0 && b.accepted != word, word == rejected && b.accepted == 0 && b.told > 0:
		return ErrContradicts
	case b.accepted == word:
		return nil
	}
	if _, err := tx.Exec(`UPDATE bundles SET accepted=? WHERE id=?`, word, a.Bundle); err != nil || word == accepted {
		return err
	}
	rows, err := tx.Query(`SELECT DISTINCT `+itsSendung+` FROM bundle_items i WHERE bundle=? AND removed<>1`, a.Bundle)
	if err != nil {
		return err
	}
	letters, err := collect(rows, scanNumber)
	for _, n := range letters {
		if err == nil {
			err = sayOf(tx, a.Bundle, &Said{N: n, State: amtshilfe.Held, Question: a.Refusal, Note: "bundle rejected by the print centre"}, now)
		}
	}
	return err
}

func scanNumber(row scanner) (n int, err error) {
	err = row.Scan(&n)
	return n, err
}

// sayOf books what was said of a Sendung for every letter in its envelope. The caller's transaction books all or
// nothing.
func sayOf(tx *sqlitedb.Tx, bundle amtshilfe.BundleID, s *Said, now time.Time) error {
	const columns = `SELECT n, coalesce(said,''), drop_id, seq FROM bundle_items WHERE removed<>1 AND bundle=?1 AND `
	rows, err := tx.Query(columns+`n=?2 AND sendung IS NULL UNION ALL `+columns+`sendung=?2`, bundle, s.N)
	if err != nil {
		return err
	}
	letters, err := collect(rows, scanEnclosed)
	if err == nil && len(letters) == 0 {
		err = ErrUnknown
	}
	for _, e := range letters {
		if err == nil {
			err = sayOfLetter(tx, bundle, e, s, now)
		}
	}
	return err
}

// enclosed is one letter of an envelope.
type enclosed struct {
	n      int
	before string // said of it
	drop   string
	seq    int
}

func scanEnclosed(row scanner) (e enclosed, err error) {
	err = row.Scan(&e.n, &e.before, &e.drop, &e.seq)
	return e, err
}

// sayOfLetter books what was said of one letter and moves its delivery, unless that has gone out anew since.
func sayOfLetter(tx *sqlitedb.Tx, bundle amtshilfe.BundleID, e enclosed, s *Said, now time.Time) error {
	was, is := said[e.before], said[s.word()]
	switch {
	case was == is, was < said["deleted"] && is <= was:
		return nil // told already, or late
	case was == said["deleted"], is == said["deleted"] && was >= said["posted"]:
		return ErrContradicts
	}
	if _, err := tx.Exec(`UPDATE bundle_items SET said=? WHERE bundle=? AND n=?`, s.word(), bundle, e.n); err != nil {
		return err
	}
	rows, err := tx.Query(`SELECT `+deliveryColumns+` FROM deliveries WHERE drop_id=? AND seq=?`, e.drop, e.seq)
	if err != nil {
		return err
	}
	list, err := collect(rows, scanDelivery)
	if err != nil || len(list) == 0 {
		return err
	}
	d := list[0]
	if d.Sendung != (amtshilfe.SendungID{Bundle: bundle, N: e.n}) || !out(d.State) {
		return nil
	}
	d.State, d.Hold, d.Note = s.State, s.Question, s.Note
	return save(tx, &d, now)
}

// out says that a letter is with the print centre or beyond.
func out(s amtshilfe.State) bool {
	switch s {
	case amtshilfe.Spooled, amtshilfe.Printed, amtshilfe.Enclosed, amtshilfe.Posted:
		return true
	}
	return false
}

// openItem is a letter that the centre owes an acknowledgement of its end.
const openItem = `removed=0 AND coalesce(said,'') NOT IN ('posted','returned','deleted')`

// balance ends the waiting once as many letters are acknowledged as were sent.
func balance(tx *sqlitedb.Tx, id amtshilfe.BundleID) error {
	_, err := tx.Exec(`UPDATE bundles SET due_at=NULL, question=NULL WHERE id=? AND state='published' AND NOT EXISTS(SELECT 1 FROM bundle_items i WHERE i.bundle=bundles.id AND `+openItem+`)`, id)
	return err
}

// Missing is a bundle whose acknowledgements are overdue.
type Missing struct {
	ID      amtshilfe.BundleID
	Letters int // that it was published with, without those that went out anew
	Open    int // of them, those that are neither posted, nor came back, nor were deleted
}

// Overdue lists the bundles whose deadline is over and about which nobody is asked yet.
func (l *Ledger) Overdue() ([]Missing, error) {
	q := query{"overdue bundles", `SELECT id, (SELECT count(*) FROM bundle_items i WHERE i.bundle=bundles.id AND removed=0), (SELECT count(*) FROM bundle_items i WHERE i.bundle=bundles.id AND ` + openItem + `)
		FROM bundles WHERE due_at IS NOT NULL AND due_at<=? AND state='published' AND question IS NULL`, []any{l.now().UnixMicro()}}
	return list(l, q, func(row scanner) (Missing, error) {
		var m Missing
		err := row.Scan(&m.ID, &m.Letters, &m.Open)
		return m, err
	})
}

// AskBundle asks a person about a published bundle whose deadline is over; it stays published.
func (l *Ledger) AskBundle(id amtshilfe.BundleID, q amtshilfe.Question) error {
	return l.write(sqlitedb.Outcome, "ask about bundle", func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE bundles SET question=? WHERE id=? AND state='published' AND due_at IS NOT NULL`, encode(q), id)
		return err
	})
}

// Patience gives the print centre of a published bundle about which a person is asked another term.
func (l *Ledger) Patience(id amtshilfe.BundleID, until time.Time, by Who) error {
	now := l.now()
	return l.write(sqlitedb.Intent, "bundle confirm", func(tx *sqlitedb.Tx) error {
		n, err := tx.Exec(`UPDATE bundles SET question=NULL, due_at=? WHERE id=? AND state='published' AND question IS NOT NULL`, until.UnixMicro(), id)
		if err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("bundle %s: nobody is asked about it", id))
		}
		return appendAudit(tx, now, by.Wer, "bundle confirm", string(id), by.Grund)
	})
}

// AskedBundles lists the bundles that a person is asked about: of which nobody knows, and those that the centre does not acknowledge.
func (l *Ledger) AskedBundles() ([]Bundle, error) {
	return l.bundles(`SELECT ` + bundleColumns + ` FROM bundles WHERE question IS NOT NULL ORDER BY created_at`)
}
