package mapping

import (
	"io"
	"strconv"
)

// recordFault is the error of a file that cannot be cut into records.
func (s *flatSource) recordFault(err error, line int) error {
	text := map[error][2]string{
		errLongRecord:  {"LIEF-SATZLAENGE", "Ein Satz ist länger als " + mib(maxRecord) + ", das Satzende fehlt; bitte die Übertragung prüfen."},
		errOpenQuote:   {"LIEF-ANFUEHRUNG", "Ein Anführungszeichen wird nicht geschlossen; der Rest der Datei lässt sich nicht lesen, bitte berichtigen."},
		errAfterQuote:  {"LIEF-ANFUEHRUNG", "Hinter einem schließenden Anführungszeichen steht noch Text; bitte Anführungszeichen im Text verdoppeln."},
		errShortRecord: {"LIEF-SATZLAENGE", "Der letzte Satz ist kürzer als die vereinbarten " + strconv.Itoa(s.m.length) + " Zeichen, die Datei ist unvollständig; bitte ganz neu einliefern."},
	}[err]
	if text[0] == "" {
		return err
	}
	return s.broken(text[0], text[1], line)
}

// broken is the error of a file that must not be used as a whole.
func (s *flatSource) broken(code, text string, line int) error {
	f := fehler(code, text)
	f.Line, f.Column = line, 1
	return &DropError{Finding: f}
}

// read reads the next record of a file. A record that cannot be used comes with a fault, unless it is unknown to whom it belongs.
func (s *flatSource) read(i int) (*recordState, error) {
	in := s.inputs[i]
	for {
		raw, line, err := in.reader.next()
		if err == io.EOF && in.check != nil {
			check := in.check
			in.check = nil
			if err := check(); err != nil {
				return nil, err
			}
		}
		if err != nil && err != errAfterQuote {
			return nil, s.recordFault(err, line)
		}
		if i == 0 {
			s.seen++
		}
		if in.ended {
			return nil, s.broken("LIEF-SATZFOLGE", "Hinter dem Endesatz folgen weitere Sätze; bitte jede Datei für sich einliefern.", line)
		}
		typ, terr := s.typeOf(in, i, raw, line)
		if terr != nil {
			return nil, terr
		}
		if typ.role == roleIgnore {
			s.count(typ)
			continue
		}
		rec := &s.states[typ.index]
		rec.line = line
		if fault := s.load(in, rec, raw, err); fault != nil {
			return nil, fault
		}
		s.count(typ)
		return rec, s.add(rec)
	}
}

// typeOf tells the kind of a record.
func (s *flatSource) typeOf(in *flatInput, i int, raw []byte, line int) (*recordType, error) {
	stream := &s.m.streams[i]
	if stream.only != nil {
		return stream.only, nil
	}
	var field []byte
	switch {
	case s.m.csv && in.typeAt < len(in.reader.fields):
		field = in.reader.fields[in.typeAt].bytes
	case !s.m.csv && s.m.charset.table == nil:
		field = cutText(raw, stream.at+1, stream.length)
	case !s.m.csv && stream.at < len(raw):
		field = raw[stream.at:min(len(raw), stream.at+stream.length)]
	}
	s.scratch.text, _, _ = s.m.charset.decode(s.scratch.text[:0], field)
	if typ := stream.types[string(s.scratch.text)]; typ != nil {
		return typ, nil
	}
	if typ := stream.types[string(trimBoth.apply(s.scratch.text))]; typ != nil {
		return typ, nil
	}
	return nil, s.broken("LIEF-SATZART", "Die Satzart dieses Satzes ist nach der Zuordnung nicht bekannt, die Datei wird nicht verarbeitet; bitte prüfen.", line)
}

// load cuts a record into its columns. A fault of its form concerns its message alone where it is certain which one that is.
func (s *flatSource) load(in *flatInput, rec *recordState, raw []byte, err error) error {
	code, text := "", ""
	switch n := s.m.charset.length(raw); {
	case err == errAfterQuote:
		code, text = "LIEF-ANFUEHRUNG", "Hinter einem schließenden Anführungszeichen steht noch Text; bitte Anführungszeichen im Text verdoppeln."
	case s.m.csv && !s.columnsFit(in, rec.typ):
		code, text = "LIEF-SPALTEN", "Der Satz hat "+strconv.Itoa(len(in.reader.fields))+" Spalten, es müssen "+strconv.Itoa(in.fields)+" sein; bitte Text mit Trennzeichen in Anführungszeichen setzen."
	case !s.m.csv && s.m.length > 0 && n != s.m.length:
		code, text = "LIEF-SATZLAENGE", "Der Satz hat "+strconv.Itoa(n)+" Zeichen statt "+strconv.Itoa(s.m.length)+"; bitte die Übertragung prüfen."
	}
	if s.states[rec.typ.index].seen = s.seen; code == "" {
		if s.m.csv {
			rec.loadFields(in.reader.fields, in.at[rec.typ.index])
		} else {
			rec.loadFixed(raw, &s.m.charset)
		}
		rec.fault = nil
		return nil
	}
	alone := len(s.inputs) == 1 && !rec.typ.keyed && (rec.typ.opens || !s.m.csv && rec.typ.role == roleData)
	if !alone || len(rec.typ.sums) > 0 {
		return s.broken(code, text, rec.line)
	}
	f := fehler(code, text)
	f.Line, f.Column, f.Path = rec.line, 1, rec.typ.name
	rec.fault = &f
	return nil
}

// columnsFit says whether a record has as many columns as the header, or as the first record where there is one kind only.
func (s *flatSource) columnsFit(in *flatInput, r *recordType) bool {
	have := len(in.reader.fields)
	if in.fields == 0 {
		need := 0
		for _, at := range in.at[r.index] {
			need = max(need, at+1)
		}
		if s.m.streams[r.stream].only == nil {
			return have >= need
		}
		in.fields = max(have, need)
	}
	return have == in.fields
}
