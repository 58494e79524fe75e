package mapping

import (
	"bytes"
	"strconv"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// How the text of columns is read: blanks, German dates and amounts.

// trimSide says where blanks are cut off.
type trimSide uint8

const (
	trimBoth trimSide = iota
	trimLeft
	trimRight
	trimNone
)

func (s trimSide) apply(v []byte) []byte {
	if s == trimBoth || s == trimLeft {
		for n := 1; n > 0; v = v[n:] {
			switch {
			case len(v) > 0 && (v[0] == ' ' || v[0] == '\t'):
				n = 1
			case len(v) > 1 && v[0] == 0xc2 && v[1] == 0xa0: // no-break space
				n = 2
			default:
				n = 0
			}
		}
	}
	if s == trimBoth || s == trimRight {
		for n := 1; n > 0; v = v[:len(v)-n] {
			switch last := len(v) - 1; {
			case last >= 0 && (v[last] == ' ' || v[last] == '\t'):
				n = 1
			case last > 0 && v[last-1] == 0xc2 && v[last] == 0xa0:
				n = 2
			default:
				n = 0
			}
		}
	}
	return v
}

// datePattern is a pattern of T (day), M (month), J (year) and what stands between them.
type datePattern struct {
	parts []datePart
	years int // digits of the year: 4 or 2
}

// datePart is a number of a date, or a separator.
type datePart struct {
	letter byte // T, M, J; 0 = separator
	width  int
	text   byte // the separator
}

// parseDatePattern reads a pattern like TT.MM.JJJJ.
func parseDatePattern(s string) (p datePattern, ok bool) {
	seen := map[byte]int{}
	for i := 0; i < len(s); {
		n := i
		for n < len(s) && s[n] == s[i] {
			n++
		}
		switch s[i] {
		case 'T', 'M', 'J':
			if seen[s[i]] > 0 {
				return p, false
			}
			seen[s[i]] = n - i
			p.parts = append(p.parts, datePart{letter: s[i], width: n - i})
		case '.', '-', '/', ' ':
			if n-i > 1 {
				return p, false
			}
			p.parts = append(p.parts, datePart{text: s[i], width: 1})
		default:
			return p, false
		}
		i = n
	}
	p.years = seen['J']
	return p, seen['T'] == 2 && seen['M'] == 2 && (p.years == 2 || p.years == 4)
}

// read appends the date as 2026-11-21. Before a separator day and month may have one digit. A year of two digits below pivot is 20xx.
func (p *datePattern) read(buf, v []byte, pivot int) ([]byte, bool) {
	var year, month, day int
	for i, part := range p.parts {
		if part.letter == 0 {
			if len(v) == 0 || v[0] != part.text {
				return buf, false
			}
			v = v[1:]
			continue
		}
		width := part.width
		if free := part.letter != 'J' && (i+1 < len(p.parts) && p.parts[i+1].letter == 0 || i > 0 && i+1 == len(p.parts) && p.parts[i-1].letter == 0); free && (len(v) == 1 || len(v) > 1 && (v[1] < '0' || v[1] > '9')) {
			width = 1
		}
		if len(v) < width {
			return buf, false
		}
		n, ok := digits(v[:width])
		if !ok {
			return buf, false
		}
		v = v[width:]
		switch part.letter {
		case 'T':
			day = n
		case 'M':
			month = n
		default:
			year = n
		}
	}
	if p.years == 2 {
		if year < pivot {
			year += 100
		}
		year += 1900
	}
	if len(v) > 0 || year == 0 || month < 1 || month > 12 || day < 1 {
		return buf, false
	}
	if day > 28 {
		t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		if t.Day() != day {
			return buf, false // 30 February
		}
	}
	return append(buf, '0'+byte(year/1000), '0'+byte(year/100%10), '0'+byte(year/10%10), '0'+byte(year%10), '-', '0'+byte(month/10), '0'+byte(month%10),
		'-', '0'+byte(day/10), '0'+byte(day%10)), true
}

// amountStyle is how an amount is written.
type amountStyle uint8

const (
	amountComma   amountStyle = iota + 1 // 1.234,56
	amountPoint                          // 1,234.56
	amountImplied                        // 0000123456: the last digits are cents
)

var amountStyles = map[string]amountStyle{"comma": amountComma, "point": amountPoint, "implied": amountImplied}

// maxAmountDigits bounds an amount to what int64 cents hold with room for sums.
const maxAmountDigits = 15

// cents reads an amount. The sign stands before or behind the number, or is missing.
func (c *column) cents(v []byte) (int64, bool) {
	v = bytes.Trim(v, " ")
	negative, signs := false, 0
	for len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		negative, signs, v = v[0] == '-', signs+1, v[1:]
	}
	for len(v) > 0 && (v[len(v)-1] == '-' || v[len(v)-1] == '+') {
		negative, signs, v = v[len(v)-1] == '-', signs+1, v[:len(v)-1]
	}
	v = bytes.Trim(v, " ")
	if signs > 1 || len(v) == 0 {
		return 0, false
	}
	whole, fraction, decimals := v, []byte(nil), c.decimals
	if c.amount != amountImplied {
		comma, point := byte(','), byte('.')
		if c.amount == amountPoint {
			comma, point = point, comma
		}
		var ok bool
		if whole, fraction, ok = splitAmount(v, comma, point); !ok {
			return 0, false
		}
		decimals = len(fraction)
	}
	var n int64
	var count int
	for _, part := range [2][]byte{whole, fraction} {
		for _, b := range part {
			if c.amount != amountImplied && (b == '.' || b == ',') {
				continue // checked by splitAmount
			}
			if b < '0' || b > '9' {
				return 0, false
			}
			if n > 0 || b != '0' {
				count++
			}
			if n = n*10 + int64(b-'0'); count > maxAmountDigits {
				return 0, false
			}
		}
	}
	for ; decimals < 2; decimals++ {
		n *= 10
	}
	if negative {
		n = -n
	}
	return n, true
}

// splitAmount cuts an amount at its decimal sign; groups of thousands must be groups of three.
func splitAmount(v []byte, comma, point byte) (whole, fraction []byte, ok bool) {
	whole = v
	if i := bytes.IndexByte(v, comma); i >= 0 {
		whole, fraction = v[:i], v[i+1:]
		if len(fraction) == 0 || len(fraction) > 2 || bytes.IndexByte(fraction, point) >= 0 || bytes.IndexByte(fraction, comma) >= 0 {
			return nil, nil, false
		}
	}
	if len(whole) == 0 {
		return nil, nil, false
	}
	for i := bytes.IndexByte(whole, point); i >= 0; {
		if i == 0 || i > 3 && i == bytes.IndexByte(whole, point) {
			return nil, nil, false
		}
		next := bytes.IndexByte(whole[i+1:], point)
		if next < 0 {
			return whole, fraction, len(whole)-i-1 == 3
		}
		if next != 3 {
			return nil, nil, false
		}
		i += next + 1
	}
	return whole, fraction, bytes.IndexByte(whole, comma) < 0
}

// truths are the ways to write a truth value, in either case.
var truths = map[string]string{"true": "true", "1": "true", "j": "true", "ja": "true", "false": "false", "0": "false", "n": "false", "nein": "false"}

// accept brings a value into the lexical form that the message needs; false: it is none.
func (l lexis) accept(v []byte) ([]byte, bool) {
	switch l {
	case lexDate:
		return v, !parseDate(v).IsZero() && len(v) == 10
	case lexYear:
		_, ok := digits(v)
		return v, ok && len(v) == 4
	case lexBool:
		for text, value := range truths {
			if bytes.EqualFold(v, []byte(text)) {
				return []byte(value), true
			}
		}
		return v, false
	case lexAmount:
		_, err := parseCents(v)
		return v, err == nil
	}
	return v, true
}

// appendCents appends an amount as xs:decimal.
func appendCents(b []byte, n int64) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/100, 10)
	return append(b, '.', '0'+byte(n/10%10), '0'+byte(n%10))
}

func parseCents(v []byte) (amtshilfe.Cents, error) { return amtshilfe.ParseCents(string(v)) }
