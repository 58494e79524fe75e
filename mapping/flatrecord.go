package mapping

import (
	"bytes"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
)

// cell is one column of the last record of a kind. Its text is converted when it is first asked for.
type cell struct {
	raw          []byte
	text         []byte
	cents        int64
	line, column int
	state        cellState
	cut          bool // the record ends inside of the column
	fault        *amtshilfe.Finding
}

// cellState says what is known of a cell.
type cellState uint8

const (
	cellRaw cellState = iota
	cellGood
	cellBad
)

// recordState is the last record of a kind. Its values stay until the next of its kind: records below it may use them.
type recordState struct {
	typ   *recordType
	seen  int // number of the record in the drop, 0 = none yet
	line  int
	cells []cell
	raw   []byte
	text  []byte
	fault *amtshilfe.Finding // its form is wrong: the cells are those of the record before
}

// loadFixed takes over a record of fixed width. A column behind its end is empty.
func (s *recordState) loadFixed(record []byte, c *charset) {
	s.raw, s.text = append(s.raw[:0], record...), s.text[:0]
	plain := c.table != nil || isASCII(s.raw)
	for i := range s.cells {
		col := &s.typ.columns[i]
		from, to := col.at, col.at+col.length
		if !plain {
			from, to = byteAt(s.raw, from), byteAt(s.raw, to)
		}
		cut := from < len(s.raw) && characters(s.raw, plain) < col.at+col.length
		from, to = min(from, len(s.raw)), min(to, len(s.raw))
		s.cells[i] = cell{raw: s.raw[from:to], line: s.line, column: col.at + 1, cut: cut}
	}
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func characters(b []byte, plain bool) int {
	if plain {
		return len(b)
	}
	return utf8.RuneCount(b)
}

// byteAt is the offset of character n of b.
func byteAt(b []byte, n int) int {
	for i := range string(b) {
		if n == 0 {
			return i
		}
		n--
	}
	return len(b)
}

// loadFields takes over a record of a CSV file; at says which field a column is.
func (s *recordState) loadFields(fields []rawField, at []int) {
	s.raw, s.text = s.raw[:0], s.text[:0]
	for i := range s.cells {
		f := fields[at[i]]
		start := len(s.raw)
		s.raw = append(s.raw, f.bytes...)
		s.cells[i] = cell{raw: s.raw[start:len(s.raw):len(s.raw)], line: f.line, column: f.column}
	}
}

// value gives the text of a column; a value that cannot be read is empty and has a fault.
func (m *FlatMapping) value(s *recordState, i int) *cell {
	c := &s.cells[i]
	if c.state == cellRaw {
		m.convert(s, &s.typ.columns[i], c)
	}
	return c
}

func (m *FlatMapping) convert(s *recordState, col *column, c *cell) {
	start := len(s.text)
	var at int
	var ok bool
	if s.text, at, ok = m.charset.decode(s.text, c.raw); !ok {
		s.text = s.text[:start]
		m.spoil(c, col, "LIEF-ZEICHENSATZ", "enthält ein Zeichen, das es im vereinbarten Zeichensatz nicht gibt; bitte den Zeichensatz der Datei prüfen.")
		c.column += m.charset.length(c.raw[:at])
		return
	}
	text := col.trim.apply(s.text[start:len(s.text):len(s.text)])
	if col.strip != "" {
		text = bytes.TrimLeft(text, col.strip)
	}
	for _, e := range col.empty {
		if string(text) == e {
			text = nil
		}
	}
	c.text, c.state = text, cellGood
	switch col.conv {
	case convDate:
		m.convertDate(s, col, c)
	case convAmount:
		m.convertAmount(s, col, c)
	}
}

func (m *FlatMapping) convertDate(s *recordState, col *column, c *cell) {
	if len(bytes.Trim(c.text, "0 .-/")) == 0 {
		c.text = nil // 00000000 is how host programs write no date
		return
	}
	start := len(s.text)
	text, ok := col.date.read(s.text, c.text, m.pivot)
	if !ok || c.cut {
		m.spoil(c, col, "LIEF-FELD-DATUM", "ist kein Datum in der vereinbarten Schreibweise; bitte berichtigen.")
		return
	}
	s.text, c.text = text, text[start:len(text):len(text)]
}

func (m *FlatMapping) convertAmount(s *recordState, col *column, c *cell) {
	if len(c.text) == 0 {
		return
	}
	n, ok := col.cents(c.text)
	if !ok || c.cut {
		m.spoil(c, col, "LIEF-FELD-BETRAG", "ist kein Betrag in der vereinbarten Schreibweise; bitte berichtigen.")
		return
	}
	start := len(s.text)
	c.cents = n
	s.text = appendCents(s.text, n)
	c.text = s.text[start:len(s.text):len(s.text)]
}

// spoil marks a cell that cannot be read.
func (m *FlatMapping) spoil(c *cell, col *column, code, what string) {
	f := fehler(code, "Das Feld "+quoted(col.name)+" "+what)
	f.Path = m.names[col.ref]
	c.text, c.state, c.fault = nil, cellBad, &f
}
