package mapping

import "io"

// bind finds the columns of a CSV file by its header line, or by their numbers.
func (s *flatSource) bind(i int, in *flatInput) error {
	in.at, in.typeAt = make([][]int, len(s.m.records)), s.m.streams[i].at
	var header []rawField
	if s.m.csv && s.m.dialect.header {
		if _, line, err := in.reader.next(); err == io.EOF {
			return &DropError{Finding: fehler("LIEF-LEER", "Die Datei ist leer.")}
		} else if err != nil {
			return s.recordFault(err, line)
		}
		header = in.reader.fields
		in.fields = len(header)
	}
	for k, r := range s.m.records {
		if r.stream != i || !s.m.csv {
			continue
		}
		in.at[k] = make([]int, len(r.columns))
		for c := range r.columns {
			at := r.columns[c].at
			if s.m.dialect.header {
				if at = s.headed(header, r.columns[c].header); at < 0 {
					return s.missing(in, r.columns[c].header)
				}
			}
			in.at[k][c] = at
		}
	}
	if name := s.m.streams[i].header; name != "" {
		if in.typeAt = s.headed(header, name); in.typeAt < 0 {
			return s.missing(in, name)
		}
	}
	return nil
}

// headed finds a column by its name in the header line.
func (s *flatSource) headed(header []rawField, name string) int {
	for i, f := range header {
		text, _, ok := s.m.charset.decode(nil, f.bytes)
		if ok && string(trimBoth.apply(text)) == name {
			return i
		}
	}
	return -1
}

func (s *flatSource) missing(in *flatInput, column string) error {
	f := fehler("LIEF-SPALTE-FEHLT", "Die Kopfzeile der Datei nennt die Spalte "+quoted(column)+" nicht; sie ist nach der Zuordnung nötig, bitte mit ausgeben.")
	f.Line, f.Column, f.Path = 1, 1, in.entry
	return &DropError{Finding: f}
}
