package xsd

import "bytes"

// maxDigits is how long a number may be that is judged here.
const maxDigits = 18

// number is a decimal number as it was written.
type number struct {
	negative    bool
	whole, part []byte // digits before and behind the point
}

// readNumber reads an optional minus, digits, and digits behind a point. Zero has no sign: not every type takes one.
func readNumber(v []byte) (n number, ok bool) {
	if len(v) > 0 && v[0] == '-' {
		n.negative, v = true, v[1:]
	}
	var pointed bool
	n.whole, n.part, pointed = bytes.Cut(v, []byte("."))
	if len(n.whole) == 0 || pointed && len(n.part) == 0 || len(n.whole)+len(n.part) > maxDigits {
		return n, false
	}
	if !all(n.whole, chDigit) || !all(n.part, chDigit) {
		return n, false
	}
	return n, !n.negative || len(bytes.Trim(n.whole, "0"))+len(bytes.Trim(n.part, "0")) > 0
}

func isInteger(v []byte) bool { return bytes.IndexByte(v, '.') < 0 }

// compare gives -1, 0 or 1 for n below, equal to or above o.
func (n number) compare(o number) int {
	a, b := n.trimmed(), o.trimmed()
	switch {
	case a.negative != b.negative && a.negative:
		return -1
	case a.negative != b.negative:
		return 1
	}
	c := len(a.whole) - len(b.whole)
	if c == 0 {
		c = bytes.Compare(a.whole, b.whole)
	}
	if c == 0 {
		c = bytes.Compare(a.part, b.part)
	}
	if a.negative {
		c = -c
	}
	return min(1, max(-1, c))
}

// trimmed is n without zeros that say nothing.
func (n number) trimmed() number {
	n.whole, n.part = bytes.TrimLeft(n.whole, "0"), bytes.TrimRight(n.part, "0")
	return n
}
