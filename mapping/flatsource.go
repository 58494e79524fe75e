package mapping

import (
	"io"
	"strconv"

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

// parts evaluates the parts of a record.
func (s *flatSource) parts(rec *recordState) {
	t := &s.tree
	for i := range rec.typ.parts {
		p := &rec.typ.parts[i]
		if !s.holds(rec, p.when) {
			continue
		}
		if len(t.text) > int(s.limits.MaxBytes) || len(t.nodes) > maxNodes {
			t.note(s.tooLarge(rec.line))
			return
		}
		at, ok := s.openPart(rec, p)
		if !ok {
			f := fehler("LIEF-SATZFOLGE", "Der Satz "+quoted(rec.typ.name)+" ergänzt etwas, das in diesem Ersuchen fehlt; bitte vollständig neu einliefern.")
			f.Line, f.Column, f.Path = rec.line, 1, rec.typ.name
			t.note(f)
			continue
		}
		s.evaluate(rec, p, at)
	}
}

// maxNodes bounds one message; 30 MiB hold fewer.
const maxNodes = 1 << 17

func (s *flatSource) tooLarge(line int) amtshilfe.Finding {
	f := fehler("LIEF-ZU-GROSS", "Das Ersuchen ist größer als "+mib(s.limits.MaxBytes)+"; bitte auf mehrere verteilen.")
	f.Line, f.Column = line, 1
	return f
}

// openPart opens the node of a part, or finds the one with the same key.
func (s *flatSource) openPart(rec *recordState, p *part) (at int, ok bool) {
	t := &s.tree
	var key []byte
	if p.key >= 0 {
		c := s.m.value(rec, p.key)
		if c.fault != nil {
			s.blame(c)
		}
		key = c.text
	}
	if len(p.way) == 0 {
		if len(t.nodes) == 0 {
			t.add(nodeErsuchen, 0, rec.line, rec.typ.name1)
			t.key(0, key)
		}
		return 0, true
	}
	for _, kind := range p.way[:len(p.way)-1] {
		last := t.last[kind]
		if last == 0 || t.nodes[last].parent != at {
			return 0, false
		}
		at = last
	}
	kind := p.way[len(p.way)-1]
	if p.key >= 0 || nodeTypes[kind].single {
		for n := t.nodes[at].child; n != 0; n = t.nodes[n].next {
			if o := &t.nodes[n]; o.kind == kind && (nodeTypes[kind].single || string(t.text[o.key[0]:o.key[1]]) == string(key)) {
				t.last[kind] = n
				return n, true
			}
		}
	}
	at = t.add(kind, at, rec.line, rec.typ.name1)
	t.key(at, key)
	return at, true
}

// key remembers the key of a node.
func (t *tree) key(n int, key []byte) {
	if key != nil {
		from := len(t.text)
		t.text = append(t.text, key...)
		t.nodes[n].key = [2]int{from, len(t.text)}
	}
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
