package ledger

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// identity is a message's claim to its UUID. It is small and holds no pointer: an opening keeps one for each of its messages.
type identity struct {
	uuid     [16]byte
	sha      [32]byte
	absender int32 // index in identities.absender
	seq      int32
}

// identities are the UUIDs that the messages of one drop use, of each sender apart.
type identities struct {
	list     []identity
	at       map[identityKey]int32 // index in list
	absender []string
	numbers  map[string]int32 // index in absender
}

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
		return s.list[i], true
	}
	s.at[key] = int32(len(s.list))
	s.list = append(s.list, identity{uuid, sha, n, int32(seq)})
	return identity{}, false
}

// sorted gives all identities in the order of the table's key: inserting them in it touches each page once. It ends the taking.
func (s *identities) sorted() []identity {
	s.at = nil
	slices.SortFunc(s.list, func(a, b identity) int {
		return cmp.Or(bytes.Compare(a.uuid[:], b.uuid[:]), strings.Compare(s.absender[a.absender], s.absender[b.absender]))
	})
	return s.list
}
