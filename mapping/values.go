package mapping

import (
	"bytes"
	"strconv"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// The makers of setters: one per lexical type. A value that does not parse stays zero; the XSD says what is wrong with it.

// text keeps the characters as sent; the business rules look at blanks and control characters.
func text(at func(*cursor) *string) setter {
	return func(c *cursor, v []byte, _ int) { *at(c) = c.str(v) }
}

// token collapses white space as xs:token does.
func token(at func(*cursor) *string) setter {
	return func(c *cursor, v []byte, _ int) { *at(c) = c.str(collapse(v)) }
}

// lower is a token in lower case: UUIDs compare without regard to case.
func lower(at func(*cursor) *string) setter {
	return func(c *cursor, v []byte, _ int) {
		v = collapse(v)
		for _, b := range v {
			if 'A' <= b && b <= 'Z' {
				v = bytes.ToLower(v)
				break
			}
		}
		*at(c) = c.str(v)
	}
}

func texts(at func(*cursor) *[]string) setter {
	return func(c *cursor, v []byte, _ int) { l := at(c); *l = append(*l, c.str(v)) }
}

func tokens(at func(*cursor) *[]string) setter {
	return func(c *cursor, v []byte, _ int) { l := at(c); *l = append(*l, c.str(collapse(v))) }
}

func boolean(at func(*cursor) *bool) setter {
	return func(c *cursor, v []byte, _ int) {
		v = collapse(v)
		*at(c) = string(v) == "true" || string(v) == "1"
	}
}

func cents(at func(*cursor) *amtshilfe.Cents) setter {
	return func(c *cursor, v []byte, _ int) {
		*at(c), _ = amtshilfe.ParseCents(c.str(collapse(v)))
	}
}

func date(at func(*cursor) *time.Time) setter {
	return func(c *cursor, v []byte, _ int) { *at(c) = parseDate(collapse(v)) }
}

func dateTime(at func(*cursor) *time.Time) setter {
	return func(c *cursor, v []byte, _ int) { *at(c) = parseDateTime(collapse(v)) }
}

// collapse is the white space facet of xs:token. Nearly all values need no change and are returned as they are.
func collapse(v []byte) []byte {
	v = bytes.Trim(v, " \t\r\n")
	for i, b := range v {
		if b == '\t' || b == '\r' || b == '\n' || b == ' ' && v[i-1] == ' ' {
			return bytes.Join(bytes.FieldsFunc(v, isSpace), []byte(" "))
		}
	}
	return v
}

// isSpace knows the four blanks of XML; a no-break space is a character like any other.
func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' }

// parseDate reads an xs:date as midnight UTC of that day; a time zone is ignored, for a day is a day. Zero if it is no date.
func parseDate(v []byte) time.Time {
	if len(v) < 10 || v[4] != '-' || v[7] != '-' || !zone(v[10:]) {
		return time.Time{}
	}
	y, ok1 := digits(v[0:4])
	m, ok2 := digits(v[5:7])
	d, ok3 := digits(v[8:10])
	if !ok1 || !ok2 || !ok3 || y == 0 {
		return time.Time{}
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d || t.Month() != time.Month(m) {
		return time.Time{} // 30 February
	}
	return t
}

// parseDateTime reads an xs:dateTime; without time zone it counts as UTC. Zero if it is none.
func parseDateTime(v []byte) time.Time {
	s := string(v)
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t
	}
	t, _ := time.Parse("2006-01-02T15:04:05.999999999", s)
	return t
}

// zone says whether v is an XSD time zone or nothing.
func zone(v []byte) bool {
	if len(v) == 0 || string(v) == "Z" {
		return true
	}
	if len(v) != 6 || v[0] != '+' && v[0] != '-' || v[3] != ':' {
		return false
	}
	_, ok1 := digits(v[1:3])
	_, ok2 := digits(v[4:6])
	return ok1 && ok2
}

func digits(v []byte) (n int, ok bool) {
	for _, b := range v {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = n*10 + int(b-'0')
	}
	return n, true
}

// aenderung is the group of one booking of a 007.
func aenderung(art amtshilfe.Buchungsart) group {
	return group{in: inBuchung, enter: func(c *cursor, _ int) {
		c.buchung = add(&c.m.Aenderung.Buchungen)
		c.buchung.Art = art
	}}
}

// claim notes that the value which it sets names a claim of the 003.
func claim(set setter) setter {
	return func(c *cursor, v []byte, off int) {
		set(c, v, off)
		c.m.Named = append(c.m.Named, amtshilfe.Named{Buchungsnummer: c.str(v), Offset: off})
	}
}

// number is a whole number from 1 on; anything else, and what does not fit, is 0.
func number(at func(*cursor) *int64) setter {
	return func(c *cursor, v []byte, _ int) {
		n, err := strconv.ParseInt(string(collapse(v)), 10, 64)
		if err != nil || n < 0 {
			n = 0
		}
		*at(c) = n
	}
}
