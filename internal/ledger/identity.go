package ledger

import (
	"bytes"
	"cmp"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// identity is a message's claim to its UUID. It is small and holds no pointer: an opening keeps one for each of its messages.
type identity struct {
	uuid     [16]byte
	sha      [32]byte
	absender int32 // index in identities.absender
	seq      int32
}

// identities are the UUIDs that the messages of one drop use, of each sender apart. They lie in blocks, because a slice that grows
// needs the memory twice.
type identities struct {
	blocks   [][]identity
	at       map[identityKey]int32 // number of the identity
	absender []string
	numbers  map[string]int32 // index in absender
}

const identityBlock = 4096

type identityKey struct {
	uuid     [16]byte
	absender int32
}

func newIdentities() identities {
	return identities{at: map[identityKey]int32{}, numbers: map[string]int32{}}
}

// take adds an identity, or gives the one that has the UUID already.
func (s *identities) take(uuid [16]byte, absender string, seq int, sha [32]byte) (identity, bool) {
	n, ok := s.numbers[absender]
	if !ok {
		absender = strings.Clone(absender) // the sender's name must not keep its whole message in memory
		n = int32(len(s.absender))
		s.absender, s.numbers[absender] = append(s.absender, absender), n
	}
	key := identityKey{uuid, n}
	if i, ok := s.at[key]; ok {
		return *s.get(i), true
	}
	if len(s.at)%identityBlock == 0 {
		s.blocks = append(s.blocks, make([]identity, 0, identityBlock))
	}
	last := &s.blocks[len(s.blocks)-1]
	s.at[key] = int32(len(s.at))
	*last = append(*last, identity{uuid, sha, n, int32(seq)})
	return identity{}, false
}

func (s *identities) get(i int32) *identity { return &s.blocks[i/identityBlock][i%identityBlock] }

// sorted gives the numbers of all identities in the order of the table's key: inserted in it, each page is touched once. It ends
// the taking.
func (s *identities) sorted() []int32 {
	order := make([]int32, len(s.at))
	for i := range order {
		order[i] = int32(i)
	}
	s.at = nil
	slices.SortFunc(order, func(i, k int32) int {
		a, b := s.get(i), s.get(k)
		return cmp.Or(bytes.Compare(a.uuid[:], b.uuid[:]), strings.Compare(s.absender[a.absender], s.absender[b.absender]))
	})
	return order
}

// ErrIdentityTaken says that another drop took one of the UUIDs meanwhile: open again, now it shows as a duplicate.
var ErrIdentityTaken = errors.New("nachrichtenUUID taken meanwhile")

// Known is a message that the sender had accepted before.
type Known struct {
	ID     amtshilfe.DeliveryID
	SHA256 [32]byte
}

// Take books the UUID of a message that will be accepted for the drop. If an earlier message of the drop has it, that one is the
// answer and nothing is booked. UUIDs of refused messages are free again (profil.md 4) and must not be taken.
func (o *Opening) Take(d *Delivery) (first Known, taken bool) {
	key, err := uuidKey(d.UUID)
	if err != nil {
		return Known{}, false
	}
	i, taken := o.idents.take([16]byte(key), d.Absender, d.ID.Seq, d.SHA256)
	return Known{ID: amtshilfe.DeliveryID{Drop: o.drop, Seq: int(i.seq)}, SHA256: i.sha}, taken
}

// knownAtOnce is how many UUIDs one query looks up: always as many, so that it is compiled once.
const knownAtOnce = 50

var queryKnown = `SELECT uuid, drop_id, seq, sha FROM identities WHERE absender=? AND uuid IN (` + placeholders(knownAtOnce) + `) AND ` + taken

// Known looks up which of the UUIDs the sender has used in accepted messages; the key of the answer is the UUID as given.
func (l *Ledger) Known(absender string, uuids []string) (map[string]Known, error) {
	found := map[string]Known{}
	args := make([]any, 1+knownAtOnce)
	for chunk := range slices.Chunk(uuids, knownAtOnce) {
		args = append(args[:0], absender)
		byKey := map[[16]byte]string{}
		for _, u := range chunk {
			if key, err := uuidKey(u); err == nil {
				args = append(args, key)
				byKey[[16]byte(key)] = u
			}
		}
		for len(args) <= knownAtOnce {
			args = append(args, nil)
		}
		rows, err := l.db.Reader().Query(queryKnown, args...)
		if err != nil {
			return nil, fmt.Errorf("ledger: known messages: %w", err)
		}
		err = each(rows, func(rows *sql.Rows) error {
			var key, sha []byte
			var k Known
			if err := rows.Scan(&key, &k.ID.Drop, &k.ID.Seq, &sha); err != nil {
				return err
			}
			copy(k.SHA256[:], sha)
			found[byKey[[16]byte(key)]] = k
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("ledger: known messages: %w", err)
		}
	}
	return found, nil
}

// taken says that an identity belongs to a message that is visible and was not refused: UUIDs of refused ones are free again, also
// when the refusal came after the intake (profil.md 4).
const taken = `EXISTS(SELECT 1 FROM drops o WHERE o.id=identities.drop_id AND o.state IN ('open','ended'))
	AND EXISTS(SELECT 1 FROM deliveries d WHERE d.drop_id=identities.drop_id AND d.seq=identities.seq AND d.state<>'rejected')`

func uuidKey(uuid string) ([]byte, error) {
	key, err := hex.DecodeString(strings.ReplaceAll(uuid, "-", ""))
	if err != nil || len(key) != 16 {
		return nil, fmt.Errorf("no UUID")
	}
	return key, nil
}

func (o *Opening) insertIdentities(chunk []int32) error {
	return o.l.write(sqlitedb.Intake, "insert identities", func(tx *sqlitedb.Tx) error {
		for _, number := range chunk {
			i := o.idents.get(number)
			// Rows of a refused or discarded opening may be in the way; those of a visible drop may not be replaced.
			n, err := tx.Exec(`INSERT INTO identities VALUES(?,?,?,?,?) ON CONFLICT(uuid, absender) DO UPDATE SET drop_id=excluded.drop_id, seq=excluded.seq, sha=excluded.sha
				WHERE NOT (`+taken+`)`,
				i.uuid[:], o.idents.absender[i.absender], string(o.drop), i.seq, i.sha[:])
			if err != nil {
				return err
			}
			if n == 0 {
				return ErrIdentityTaken
			}
		}
		return nil
	})
}
