package spool

import "slices"

// maxPieces bounds the separate pieces of one upload: clients that write out of order are a few packets apart.
const maxPieces = 4096

// ranges are the byte ranges of an upload that were written: sorted, disjoint, not touching.
type ranges []span

// span is the bytes from (included) to (excluded).
type span struct{ from, to int64 }

// add notes that [from, to) was written; false if there are too many pieces.
func (r *ranges) add(from, to int64) bool {
	s := *r
	// The usual case: the next bytes of the last piece.
	if n := len(s); n > 0 && from >= s[n-1].from {
		if from <= s[n-1].to {
			s[n-1].to = max(s[n-1].to, to)
			return true
		}
		*r = append(s, span{from, to})
		return len(*r) <= maxPieces
	}
	i, _ := slices.BinarySearchFunc(s, from, func(x span, from int64) int {
		if x.to < from {
			return -1
		}
		return 1
	})
	j := i
	for ; j < len(s) && s[j].from <= to; j++ {
		from, to = min(from, s[j].from), max(to, s[j].to)
	}
	*r = slices.Replace(s, i, j, span{from, to})
	return len(*r) <= maxPieces
}

// holes says whether bytes before the end are missing.
func (r ranges) holes() bool { return len(r) > 1 || len(r) == 1 && r[0].from > 0 }

// end is the offset behind the last byte.
func (r ranges) end() int64 {
	if len(r) == 0 {
		return 0
	}
	return r[len(r)-1].to
}
