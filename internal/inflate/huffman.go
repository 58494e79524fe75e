package inflate

import "math/bits"

// A huffman table is looked up by the next tableBits bits. An entry has the length of the code in its lowest byte, its kind and the
// number of its extra bits in the next, and a value above them; 0 = no code begins like this. For longer codes it points to
// another table behind, looked up by the bits that follow.
const (
	tableBits   = 10
	longest     = 15
	kindLiteral = 1 << 8  // value: the byte
	kindMatch   = 1 << 9  // value: length or distance, the extra bits come on top
	kindEnd     = 1 << 10 // of the block
	kindTable   = 1 << 11 // value: where the other table begins
	extraShift  = 12
	valueShift  = 16
)

// code reads the next code.
func (d *Decoder) code(table []uint32) uint32 {
	e := table[d.hold&(1<<tableBits-1)]
	if e&kindTable != 0 {
		e = table[uint64(e>>valueShift)+d.hold>>tableBits&(1<<(longest-tableBits)-1)]
	}
	d.hold >>= e & 15
	d.held -= uint(e & 15)
	return e
}

// build makes the table of codes of these lengths, in place of an old one; entry gives what symbols mean. It says no to more codes
// than there is room for, and to fewer, but for none at all or a single one of one bit.
func build(table []uint32, lengths []uint8, entry func(symbol int) uint32) ([]uint32, bool) {
	var counts, next [longest + 2]int
	for _, l := range lengths {
		counts[l]++
	}
	counts[0] = 0
	code, codes := 0, 0
	for l := 1; l <= longest; l++ {
		next[l] = code
		code = (code + counts[l]) << 1
		codes += counts[l]
	}
	if full := code>>1 == 1<<longest; !full && codes > 0 && (codes > 1 || counts[1] != 1) {
		return table, false
	}
	if cap(table) < 1<<tableBits {
		table = make([]uint32, 0, 4<<tableBits)
	}
	table = table[:1<<tableBits]
	clear(table)
	for symbol, l := range lengths {
		if l == 0 {
			continue
		}
		reversed := int(bits.Reverse16(uint16(next[l])) >> (16 - l))
		next[l]++
		table = enter(table, reversed, int(l), entry(symbol)|uint32(l))
	}
	return table, true
}

// enter puts the entry of a code of l bits, the first one lowest, wherever a look-up may find it.
func enter(table []uint32, code, l int, e uint32) []uint32 {
	if l <= tableBits {
		for i := code; i < 1<<tableBits; i += 1 << l {
			table[i] = e
		}
		return table
	}
	const more = 1 << (longest - tableBits)
	first := code & (1<<tableBits - 1)
	if table[first] == 0 {
		table[first] = kindTable | uint32(len(table))<<valueShift
		for range more {
			table = append(table, 0)
		}
	}
	at := int(table[first] >> valueShift)
	for i := code >> tableBits; i < more; i += 1 << (l - tableBits) {
		table[at+i] = e
	}
	return table
}

// plain is for the codes of lengths: only the symbol counts.
func plain(symbol int) uint32 { return kindLiteral | uint32(symbol)<<valueShift }

// literal is for bytes, the end of the block, and lengths of matches.
func literal(symbol int) uint32 {
	switch {
	case symbol < 256:
		return kindLiteral | uint32(symbol)<<valueShift
	case symbol == 256:
		return kindEnd
	case symbol == 285:
		return kindMatch | 258<<valueShift
	case symbol > 285:
		return 0
	}
	n := symbol - 257
	if n < 8 {
		return kindMatch | uint32(3+n)<<valueShift
	}
	extra := n/4 - 1
	return kindMatch | uint32(extra)<<extraShift | uint32(3+(4+n%4)<<extra)<<valueShift
}

// distance is for distances of matches.
func distance(symbol int) uint32 {
	switch {
	case symbol > 29:
		return 0
	case symbol < 4:
		return kindMatch | uint32(1+symbol)<<valueShift
	}
	extra := symbol/2 - 1
	return kindMatch | uint32(extra)<<extraShift | uint32(1+(2+symbol%2)<<extra)<<valueShift
}
