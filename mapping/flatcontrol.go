package mapping

import (
	"strconv"

	"damtshilfe/internal/amtshilfe"
)

func (s *flatSource) count(r *recordType) {
	for _, c := range r.counted {
		s.counters[c]++
	}
}

// add adds the record's amounts to the control totals.
func (s *flatSource) add(rec *recordState) error {
	for _, a := range rec.typ.sums {
		c := s.m.value(rec, a.column)
		if c.fault != nil { // of its message alone, but then the sum of the file proves nothing
			f := *c.fault
			f.Line, f.Column = c.line, c.column
			return &DropError{Finding: f}
		}
		n := c.cents
		sum := s.counters[a.counter] + n
		if n > 0 && sum < s.counters[a.counter] || n < 0 && sum > s.counters[a.counter] {
			return s.broken("LIEF-SUMME", "Die Summe der Beträge ist größer, als sich rechnen lässt; bitte auf mehrere Lieferungen verteilen.", rec.line)
		}
		s.counters[a.counter] = sum
	}
	return nil
}

// totals holds the control totals of a record against what was counted.
func (s *flatSource) totals(rec *recordState) error {
	for _, c := range s.m.messages {
		s.counters[c] = int64(s.yielded)
	}
	for _, t := range rec.typ.totals {
		cell := s.m.value(rec, t.column)
		said, ok := cell.cents, cell.fault == nil && len(cell.text) > 0
		if !t.amount && ok {
			var n int
			n, ok = digits(cell.text)
			said, ok = int64(n), ok && len(cell.text) < 16
		}
		if !ok || said != s.counters[t.counter] {
			have := strconv.FormatInt(s.counters[t.counter], 10)
			if t.amount {
				have = amtshilfe.Cents(s.counters[t.counter]).String() + " Euro"
			}
			f := fehler("LIEF-SUMME", "Die Kontrollangabe "+quoted(rec.typ.columns[t.column].name)+" ("+t.what+") stimmt nicht mit der Datei überein, sie ergibt "+have+
				", die Datei ist unvollständig oder verändert; bitte ganz neu einliefern.")
			f.Line, f.Column, f.Path = rec.line, max(cell.column, 1), s.m.names[rec.typ.columns[t.column].ref]
			return &DropError{Finding: f}
		}
	}
	return nil
}
