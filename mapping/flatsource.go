package mapping

import (
	"io"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// flatInput is one file of the drop.
type flatInput struct {
	reader *recordReader
	entry  string
	check  func() error // at the end of the file: of a ZIP entry, its checksum
	at     [][]int      // per record type: the field of each column
	fields int          // CSV: number of columns of each line; 0 = they differ
	typeAt int
	ahead  *recordState // joined files: the record that was read and not used yet
	ended  bool         // the trailer was there
}

// flatSource yields the messages of a flat file. It holds one message, one record per kind and one buffer per file.
type flatSource struct {
	m        *FlatMapping
	test     bool
	limits   xmlgate.Limits
	inputs   []*flatInput
	states   []recordState
	counters []int64
	seen     int // records of the first file so far
	tree     tree
	scratch  scratch
	building bool
	pending  *recordState // opens the next message, once this one is out
	kopf     *amtshilfe.Lieferkopf
	writer   flatWriter
	places   []*flatPlace // memory of documents that were given back
	yielded  int
}

func newFlatSource(m *FlatMapping, test bool, l xmlgate.Limits, inputs []*flatInput) *flatSource {
	s := &flatSource{m: m, test: test, limits: l, inputs: inputs, states: make([]recordState, len(m.records)), counters: make([]int64, m.counters())}
	s.tree.names = m.names
	for i, r := range m.records {
		s.states[i] = recordState{typ: r, cells: make([]cell, len(r.columns))}
	}
	return s
}

// begin reads the headers of all files, and of the first one its header record.
func (s *flatSource) begin() error {
	for i, in := range s.inputs {
		in.reader.start()
		if err := s.bind(i, in); err != nil {
			return err
		}
	}
	// The Lieferkopf must be known before the first message.
	rec, err := s.read(0)
	for err == nil && rec.typ.role == roleHeader {
		if err = s.header(rec); err == nil {
			rec, err = s.read(0)
		}
	}
	if err == io.EOF {
		return nil // next says what is missing
	}
	s.pending = rec
	return err
}

// next yields the next message.
func (s *flatSource) next(buf []byte) (Document, []byte, error) {
	for {
		rec, err := s.pending, error(nil)
		if s.pending = nil; rec == nil {
			rec, err = s.read(0)
		}
		switch {
		case err == io.EOF && s.building:
			return s.emit(buf)
		case err == io.EOF:
			return Document{}, buf, s.finish()
		case err != nil:
			return Document{}, buf, err
		case s.building && s.ends(rec):
			s.pending = rec
			return s.emit(buf)
		}
		if err := s.take(rec); err != nil {
			return Document{}, buf, err
		}
	}
}

// ends says whether a record ends the message that is being built.
func (s *flatSource) ends(rec *recordState) bool {
	if !rec.typ.opens || !rec.typ.keyed {
		return rec.typ.opens || rec.typ.role != roleData
	}
	key := s.m.value(rec, rec.typ.parts[0].key)
	root := s.tree.nodes
	return s.tree.lost != nil || len(root) == 0 || string(key.text) != string(s.tree.text[root[0].key[0]:root[0].key[1]])
}

// take uses a record.
func (s *flatSource) take(rec *recordState) error {
	switch r := rec.typ; {
	case r.role == roleTrailer:
		s.inputs[0].ended = true
		return s.totals(rec)
	case r.role == roleHeader:
		return s.broken("LIEF-SATZFOLGE", "Ein Vorsatz steht nicht am Anfang der Datei; bitte jede Datei für sich einliefern.", rec.line)
	case !r.opens && !s.open(r):
		return s.broken("LIEF-SATZFOLGE", "Dem Satz "+quoted(r.name)+" fehlt der Satz "+quoted(r.parent.name)+" davor, die Datei wird nicht verarbeitet; bitte vollständig neu einliefern.", rec.line)
	case r.opens && r.parent != nil && !s.open(r):
		return s.broken("LIEF-SATZFOLGE", "Vor dem ersten Satz "+quoted(r.name)+" fehlt der Satz "+quoted(r.parent.name)+"; bitte vollständig neu einliefern.", rec.line)
	}
	if rec.typ.opens && !s.building {
		s.tree.reset()
		s.building = true
		s.tree.line, s.tree.lost = rec.line, rec.fault
	} else if rec.fault != nil {
		s.tree.note(*rec.fault)
	}
	if rec.fault == nil && s.tree.lost == nil {
		s.parts(rec)
	}
	return s.joined(rec)
}

// open says whether the parents of a record are open: each was read after its own parent.
func (s *flatSource) open(r *recordType) bool {
	for p := r.parent; p != nil; p = p.parent {
		if s.states[p.index].seen == 0 || p.parent != nil && p.parent.stream == p.stream && s.states[p.index].seen < s.states[p.parent.index].seen {
			return false
		}
	}
	return true
}

// joined takes the records of the other files that belong to a record of the first one.
func (s *flatSource) joined(rec *recordState) error {
	for i := 1; i < len(s.inputs); i++ {
		in := s.inputs[i]
		for {
			if in.ahead == nil {
				next, err := s.read(i)
				if err == io.EOF {
					break
				}
				if err != nil {
					return s.inFile(in, err)
				}
				in.ahead = next
			}
			j := in.ahead.typ.join
			if j == nil || j.parent != rec.typ || string(s.m.value(in.ahead, j.own).text) != string(s.m.value(rec, j.column).text) {
				break
			}
			if s.tree.lost == nil {
				s.parts(in.ahead)
			}
			in.ahead = nil
		}
	}
	return nil
}

// inFile says in a finding in which file of a ZIP it is.
func (s *flatSource) inFile(in *flatInput, err error) error {
	if e, ok := err.(*DropError); ok && e.Finding.Path == "" {
		e.Finding.Path = in.entry
	}
	return err
}
