// Package inflate unpacks DEFLATE (RFC 1951) from one slice into another whose length is known. Entries of a ZIP are small, and
// compress/flate, which reads byte by byte through an interface, was the largest part of the intake.
//
// It gives up on whatever is not in order; compress/flate then says what is wrong. So nothing depends on it but speed, and the
// checksum of the ZIP covers what it makes. It is held against compress/flate by test and fuzzing.
package inflate

import "encoding/binary"

// Decoder unpacks one block of data after the other, in the same memory. The zero value is ready; not for concurrent use.
type Decoder struct {
	src  []byte // with padding behind it
	size int    // of src without the padding
	pos  int    // src is read up to here
	hold uint64 // bits read and not used, the next one lowest
	held uint   // how many

	lengths             [maxLiterals + maxDistances]uint8 // of codes
	literals, distances []uint32                          // huffman tables
}

const (
	padding      = 16
	maxLiterals  = 288
	maxDistances = 32
)

// Unpack fills dst with what src unpacks to. It says no if src is not in order, unpacks to another length, or has bytes left over.
func (d *Decoder) Unpack(dst, src []byte) bool {
	d.src = append(append(d.src[:0], src...), make([]byte, padding)...)
	d.size, d.pos, d.hold, d.held = len(src), 0, 0, 0
	at, ok := 0, true
	for last := false; !last; {
		d.refill()
		last = d.take(1) == 1
		switch d.take(2) {
		case 0:
			at, ok = d.stored(dst, at)
		case 1:
			ok = d.fixed()
			if ok {
				at, ok = d.block(dst, at)
			}
		case 2:
			ok = d.dynamic()
			if ok {
				at, ok = d.block(dst, at)
			}
		default:
			ok = false
		}
		if !ok || d.used() > d.size {
			return false
		}
	}
	return at == len(dst) && d.used() == d.size
}

// refill makes sure that at least 56 bits are held; behind the end of src they are zero.
func (d *Decoder) refill() {
	if d.pos+8 > len(d.src) {
		d.held |= 56 // what was taken too much shows in used
		d.pos = len(d.src) + 8
		return
	}
	d.hold |= binary.LittleEndian.Uint64(d.src[d.pos:]) << d.held
	d.pos += int(63-d.held) >> 3
	d.held |= 56
}

// take gives the next n bits, which are held.
func (d *Decoder) take(n uint) int {
	v := d.hold & (1<<n - 1)
	d.hold >>= n
	d.held -= n
	return int(v)
}

// used is the number of bytes of src that were used, the last one perhaps in part.
func (d *Decoder) used() int { return d.pos - int(d.held>>3) }

// stored copies a block that is not packed.
func (d *Decoder) stored(dst []byte, at int) (int, bool) {
	from := d.used()
	if from+4 > d.size {
		return at, false
	}
	n := int(binary.LittleEndian.Uint16(d.src[from:]))
	if n^0xffff != int(binary.LittleEndian.Uint16(d.src[from+2:])) || from+4+n > d.size || at+n > len(dst) {
		return at, false
	}
	copy(dst[at:], d.src[from+4:from+4+n])
	d.pos, d.hold, d.held = from+4+n, 0, 0
	return at + n, true
}

// block unpacks a block with the present tables.
func (d *Decoder) block(dst []byte, at int) (int, bool) {
	for {
		d.refill()
		e := d.code(d.literals)
		if e&kindLiteral != 0 && at < len(dst) { // two more fit into what is held
			dst[at] = byte(e >> valueShift)
			at++
			if e = d.code(d.literals); e&kindLiteral != 0 && at < len(dst) {
				dst[at] = byte(e >> valueShift)
				at++
				continue
			}
			d.refill()
		}
		if e&kindMatch == 0 {
			return at, e&kindEnd != 0
		}
		length := int(e>>valueShift) + d.take(uint(e>>extraShift)&15)
		e = d.code(d.distances)
		if e&kindMatch == 0 {
			return at, false
		}
		distance := int(e>>valueShift) + d.take(uint(e>>extraShift)&15)
		if distance > at || at+length > len(dst) || d.pos > len(d.src) {
			return at, false
		}
		repeat(dst, at, distance, length)
		at += length
	}
}

// repeat copies length bytes from distance before at; the two may overlap.
func repeat(dst []byte, at, distance, length int) {
	from := at - distance
	if distance >= 8 && at+length+8 <= len(dst) { // may write up to seven bytes too many: they are written again
		for end := at + length; at < end; at, from = at+8, from+8 {
			binary.LittleEndian.PutUint64(dst[at:], binary.LittleEndian.Uint64(dst[from:]))
		}
		return
	}
	for i := range length {
		dst[at+i] = dst[from+i]
	}
}

// order is how the lengths of the codes of lengths are sent.
var order = [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the tables of a block.
func (d *Decoder) dynamic() bool {
	literals, distances, n := d.take(5)+257, d.take(5)+1, d.take(4)+4
	if literals > 286 || distances > 30 {
		return false
	}
	clear(d.lengths[:19])
	for _, symbol := range order[:n] {
		d.refill()
		d.lengths[symbol] = uint8(d.take(3))
	}
	var ok bool
	if d.distances, ok = build(d.distances, d.lengths[:19], plain); !ok { // the table is free
		return false
	}
	for i := 0; i < literals+distances; {
		d.refill()
		e := d.code(d.distances)
		symbol := int(e >> valueShift)
		if e == 0 || d.pos > len(d.src) {
			return false
		}
		if symbol < 16 {
			d.lengths[i] = uint8(symbol)
			i++
			continue
		}
		value, count := uint8(0), 0
		switch symbol {
		case 16:
			if i == 0 {
				return false
			}
			value, count = d.lengths[i-1], 3+d.take(2)
		case 17:
			count = 3 + d.take(3)
		default:
			count = 11 + d.take(7)
		}
		if i+count > literals+distances {
			return false
		}
		for range count {
			d.lengths[i] = value
			i++
		}
	}
	return d.tables(literals, distances)
}

// fixed makes the tables that need not be sent.
func (d *Decoder) fixed() bool {
	for i := range maxLiterals {
		d.lengths[i] = 8
		switch {
		case i >= 144 && i < 256:
			d.lengths[i] = 9
		case i >= 256 && i < 280:
			d.lengths[i] = 7
		}
	}
	for i := range maxDistances {
		d.lengths[maxLiterals+i] = 5
	}
	return d.tables(maxLiterals, maxDistances)
}

// tables builds both from the lengths of their codes.
func (d *Decoder) tables(literals, distances int) (ok bool) {
	if d.literals, ok = build(d.literals, d.lengths[:literals], literal); !ok {
		return false
	}
	d.distances, ok = build(d.distances, d.lengths[literals:literals+distances], distance)
	return ok
}
