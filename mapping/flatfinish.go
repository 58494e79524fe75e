package mapping

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// header takes over a header record, and with it the Lieferkopf.
func (s *flatSource) header(rec *recordState) error {
	if len(rec.typ.kopf) == 0 {
		return nil
	}
	s.tree.reset()
	var v kopfSink
	for i := range rec.typ.kopf {
		k := &rec.typ.kopf[i]
		lex := lexLine
		if k.field == kopfErstellt {
			lex = lexDate
		}
		r := result{text: k.rule.fixed, ref: k.rule.ref, line: rec.line, column: 1, constant: true}
		if k.rule.fixed == nil {
			s.apply(rec, &k.rule, &target{name: "lieferkopf", lex: lex}, &r)
		}
		if len(r.text) == 0 && !r.bad {
			s.tree.fault(&r, "LIEF-KOPF", "ist leer; es gehört zum Lieferkopf, bitte ausfüllen.")
		}
		v[k.field] = string(r.text)
	}
	id, err := strconv.ParseInt(v[kopfID], 10, 64)
	switch {
	case len(s.tree.findings) > 0:
		return &DropError{Finding: s.tree.findings[0]}
	case err != nil || id < 1:
		return s.broken("LIEF-KOPF", "Die uebertragungsID im Vorsatz ist keine Zahl ab 1; bitte berichtigen.", rec.line)
	}
	s.kopf = &amtshilfe.Lieferkopf{Absender: v[kopfAbsender], Verfahren: v[kopfVerfahren], UebertragungsID: id, Erstellt: parseDate([]byte(v[kopfErstellt]))}
	return nil
}

// finish checks what only the end of the drop can show. io.EOF is the clean end.
func (s *flatSource) finish() error {
	first := s.inputs[0]
	for _, r := range s.m.records {
		rec := &s.states[r.index]
		switch {
		case r.role == roleTrailer && r.stream == 0 && !first.ended:
			return s.broken("LIEF-ENDE", "Der Endesatz fehlt, die Datei ist unvollständig; bitte ganz neu einliefern.", first.reader.line)
		case r.role == roleHeader && rec.seen == 0 && (len(r.kopf) > 0 || len(r.totals) > 0):
			return s.broken("LIEF-SATZFOLGE", "Der Vorsatz fehlt; bitte die Datei ganz neu einliefern.", 1)
		case r.role == roleHeader && rec.seen > 0:
			if err := s.totals(rec); err != nil {
				return err
			}
		}
	}
	for i := 1; i < len(s.inputs); i++ {
		if err := s.leftOver(i); err != nil {
			return s.inFile(s.inputs[i], err)
		}
	}
	if s.yielded == 0 {
		return &DropError{Finding: fehler("LIEF-LEER", "Die Datei enthält kein Ersuchen; bitte mit Inhalt neu einliefern.")}
	}
	if s.kopf != nil {
		s.kopf.Anzahl = s.yielded
	}
	return io.EOF
}

// leftOver finds a record of another file that belonged to nothing where it stands.
func (s *flatSource) leftOver(i int) error {
	rec := s.inputs[i].ahead
	if rec == nil {
		var err error
		if rec, err = s.read(i); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
	return s.broken("LIEF-ZUORDNUNG", "Dieser Satz der Datei "+quoted(s.m.streams[i].name)+" gehört zu keinem Satz der ersten Datei; bitte beide Dateien in derselben Reihenfolge neu einliefern.", rec.line)
}

// emit writes the message that was built.
func (s *flatSource) emit(buf []byte) (Document, []byte, error) {
	s.building = false
	s.yielded++
	t, start := &s.tree, len(buf)
	d := Document{Start: start, End: start, Position: amtshilfe.Position{Entry: s.inputs[0].entry, Line: t.line, Column: 1}}
	if t.lost != nil {
		d.Finding = t.lost
		return d, buf, nil
	}
	s.choices()
	if v := t.get(0, fVorgaenger); len(v) > 0 {
		t.replace(0, fVorgaenger, s.reference(v))
	}
	w, place := &s.writer, s.place()
	w.t, w.base, w.b, w.produkt, w.marks = t, start, buf, s.m.produkt, place.marks
	w.message(s.uuid(), s.test)
	place.marks = w.marks
	if int64(len(w.b)-start) > s.limits.MaxBytes {
		f := s.tooLarge(t.line)
		d.Finding = &f
		return d, buf, nil
	}
	d.End, d.flat = len(w.b), place
	if len(t.findings) > 0 {
		d.Findings = append(d.Findings, t.findings...)
	}
	return d, w.b, nil
}

// place is the place of the next message, in memory that a document gave back where there is some.
func (s *flatSource) place() *flatPlace {
	if n := len(s.places); n > 0 {
		p := s.places[n-1]
		s.places, p.marks = s.places[:n-1], p.marks[:0]
		return p
	}
	return &flatPlace{marks: make([]flatMark, 0, len(s.writer.marks)+8), names: s.m.names}
}

// choices notes nodes of which none of several fields is filled although the profile demands one.
func (s *flatSource) choices() {
	for _, kind := range [...]nodeKind{nodeSchuldner, nodeTitel, nodeForderung} {
		if s.tree.last[kind] == 0 {
			f := fehler("LIEF-SATZ-FEHLT", "Dem Ersuchen fehlt der Satz mit den Angaben zu: "+nodeTypes[kind].name+"; bitte vollständig liefern.")
			f.Line, f.Column, f.Path = s.tree.line, 1, s.m.names[s.tree.nodes[0].ref]
			s.tree.note(f)
		}
	}
	for i := range s.tree.nodes {
		n := &s.tree.nodes[i]
		for k, choice := range choiceFields[n.kind] {
			if !s.anyFilled(n, choice) {
				t := &nodeTypes[n.kind]
				f := fehler("LIEF-FELD-FEHLT", "Bitte eines dieser Felder ausfüllen ("+t.name+"): "+strings.Join(t.choices[k], ", ")+".")
				f.Line, f.Column, f.Path = n.line, 1, s.m.names[n.ref]
				s.tree.note(f)
			}
		}
	}
}

func (s *flatSource) anyFilled(n *node, fields []int) bool {
	for _, field := range fields {
		if v := &s.tree.values[n.values+field]; v.from < v.to || v.bad {
			return true
		}
	}
	return false
}

// uuid is the nachrichtenUUID: the one the file brings, or else one made of the reference it brings, or else of everything the message says.
// The same content gives the same UUID, in whatever file and how often it comes: a repetition is recognised.
func (s *flatSource) uuid() []byte {
	t := &s.tree
	if own := t.get(0, fUUID); len(own) > 0 {
		return s.reference(own)
	}
	all := s.scratch.text[:0]
	for i := range t.nodes {
		n := &t.nodes[i]
		all = append(all, 1, byte(n.kind))
		names := fieldMarks[n.kind]
		for k, v := range t.values[n.values : n.values+len(names)] {
			if v.from < v.to {
				all = append(append(append(all, names[k]...), t.text[v.from:v.to]...), 0)
			}
		}
	}
	if s.test {
		all = append(all, "test"...)
	}
	s.scratch.text = all
	return s.uuid8(sha256.Sum256(all))
}

// reference makes the UUID of a reference of the sender; what is a UUID already stays. It is valid until the next call.
func (s *flatSource) reference(v []byte) []byte {
	if isUUID(v) {
		return bytes.ToLower(v)
	}
	t := &s.tree
	all := s.scratch.text[:0]
	if a := t.last[nodeAbsender]; a > 0 {
		all = append(append(all, t.get(a, fKennung)...), 0)
		all = append(append(all, t.get(a, fVerfahren)...), 0)
	}
	if s.test {
		all = append(all, "test\x00"...)
	}
	s.scratch.text = append(all, v...)
	return s.uuid8(sha256.Sum256(s.scratch.text))
}

// uuid8 is a UUID of version 8 (RFC 9562: made by rules of one's own) out of a hash. It is valid until the next call.
func (s *flatSource) uuid8(sum [sha256.Size]byte) []byte {
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	out, rest := s.scratch.uuid[:0], sum[:16]
	for i, n := range [5]int{4, 2, 2, 2, 6} {
		if i > 0 {
			out = append(out, '-')
		}
		out, rest = hex.AppendEncode(out, rest[:n]), rest[n:]
	}
	return out
}

// isUUID knows the form of the profile's type UUID.
func isUUID(v []byte) bool {
	if len(v) != 36 {
		return false
	}
	for i, c := range v {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f') {
			return false
		}
	}
	return true
}
