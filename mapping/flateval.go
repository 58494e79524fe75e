package mapping

// How a record becomes values of the message that is being built.

// result is what a rule yields.
type result struct {
	text         []byte // empty = nothing
	line, column int
	ref          uint16
	constant     bool // nothing of it comes from the file
	plain        bool // XML holds it as it is; false = not known
	bad          bool // the file has something here that cannot be read; the finding is noted
}

// scratch is what a part's rules yielded, before it is known which nodes there will be.
type scratch struct {
	results []result
	text    []byte
	live    []bool
	made    []int
	uuid    [36]byte
}

// evaluate fills the tree with one part of a record. at is the node that the part hangs below.
func (s *flatSource) evaluate(rec *recordState, p *part, at int) {
	t, w := &s.tree, &s.scratch
	w.results, w.text, w.live, w.made = w.results[:0], w.text[:0], w.live[:0], w.made[:0]
	for i := range p.nodes {
		n := &p.nodes[i]
		live, own := n.always, false
		for k := range n.fields {
			rule := &n.fields[k]
			if w.results = append(w.results, result{text: rule.fixed, ref: rule.ref, line: rec.line, column: 1, constant: true, plain: rule.plain}); rule.fixed != nil {
				continue
			}
			r := &w.results[len(w.results)-1]
			s.apply(rec, rule, rule.want, r)
			live = live || len(r.text) > 0 && !r.constant || r.bad
			own = own || !r.constant
		}
		w.live = append(w.live, live || !own)
	}
	for i := len(p.nodes) - 1; i > 0; i-- {
		w.live[p.nodes[i].parent] = w.live[p.nodes[i].parent] || w.live[i]
	}
	k := 0
	for i := range p.nodes {
		n := &p.nodes[i]
		rules := len(n.fields)
		k += rules
		if !w.live[i] {
			w.made = append(w.made, -1)
			continue
		}
		if i > 0 {
			at = s.below(rec, n, w.made[n.parent])
		}
		w.made = append(w.made, at)
		for j := range rules {
			r := &w.results[k-rules+j]
			switch {
			case len(r.text) > 0:
				t.set(at, n.fields[j].field, r)
			case r.bad:
				t.values[t.nodes[at].values+n.fields[j].field].bad = true
			case n.fields[j].must:
				t.fault(r, "LIEF-FELD-FEHLT", "ist leer; bitte ausfüllen.")
			}
		}
	}
}

// below makes the node that a part fills below the one it opens, or finds the one that an earlier record made there.
func (s *flatSource) below(rec *recordState, n *partNode, parent int) int {
	t := &s.tree
	for c := t.nodes[parent].child; c != 0; c = t.nodes[c].next {
		if t.nodes[c].kind == n.kind {
			return c
		}
	}
	return t.add(n.kind, parent, rec.line, rec.typ.name1)
}

// apply runs one rule that is not a constant. r says where its findings point to until a column is known.
func (s *flatSource) apply(rec *recordState, rule *fieldRule, want *target, r *result) {
	for i := range rule.alts {
		a := &rule.alts[i]
		if len(a.cols) > 0 {
			r.constant = false
		}
		if !s.holds(rec, a.when) || r.bad {
			continue
		}
		if s.alternative(rec, a, want, r); len(r.text) > 0 || r.bad {
			break
		}
	}
}

// alternative tries one way to fill a field.
func (s *flatSource) alternative(rec *recordState, a *alternative, want *target, r *result) {
	if len(a.cols) == 0 {
		r.text = a.constant
		return
	}
	converted := convText
	for i, ref := range a.cols {
		c, col := s.cell(rec, ref)
		if i == 0 {
			r.line, r.column, r.ref, converted = c.line, c.column, col.ref, col.conv
			r.text = c.text
		}
		if c.fault != nil {
			r.bad = true
			s.blame(c)
			return
		}
		if i > 0 && len(c.text) > 0 {
			start := len(s.scratch.text)
			s.scratch.text = append(s.scratch.text, r.text...)
			if len(r.text) > 0 {
				s.scratch.text = append(s.scratch.text, a.join...)
			}
			s.scratch.text = append(s.scratch.text, c.text...)
			r.text = s.scratch.text[start:len(s.scratch.text):len(s.scratch.text)]
		}
	}
	if a.from > 0 || a.length > 0 {
		r.text = trimBoth.apply(cutText(r.text, a.from, a.length))
		converted = convText
	}
	if a.table != nil && len(r.text) > 0 {
		text, ok := a.table[string(r.text)]
		if !ok && a.hasOthers {
			text, ok = a.others, true
		}
		if !ok {
			r.text, r.bad = nil, true
			s.tree.fault(r, "LIEF-FELD-TABELLE", "hat einen Wert, den die Tabelle der Zuordnung nicht kennt; bitte den Wert berichtigen oder die Tabelle ergänzen lassen.")
			return
		}
		r.text, converted = text, convText
	}
	if len(r.text) == 0 {
		r.text = a.deflt
		return
	}
	if a.prefix != "" || a.suffix != "" {
		start := len(s.scratch.text)
		s.scratch.text = append(append(append(s.scratch.text, a.prefix...), r.text...), a.suffix...)
		r.text, converted = s.scratch.text[start:len(s.scratch.text):len(s.scratch.text)], convText
	}
	s.accept(want, converted, r)
}

// accept holds a value against what the field needs.
func (s *flatSource) accept(want *target, converted conversion, r *result) {
	if converted != convText && (want.lex == lexDate || want.lex == lexAmount) {
		r.plain = true
		return
	}
	text, ok := want.lex.accept(r.text)
	if !ok {
		r.text, r.bad = nil, true
		s.tree.fault(r, "LIEF-FELD-WERT", "hat einen Wert, der an dieser Stelle nicht möglich ist; bitte berichtigen.")
		return
	}
	r.text = text
}

// cutText cuts characters out of v; from counts from 1, length 0 = the rest.
func cutText(v []byte, from, length int) []byte {
	if from > 1 {
		v = v[byteAt(v, from-1):]
	}
	if length > 0 {
		v = v[:byteAt(v, length)]
	}
	return v
}

// cell finds the value of a column, of the record itself or of one above it.
func (s *flatSource) cell(rec *recordState, ref colRef) (*cell, *column) {
	if ref.rec != nil {
		rec = &s.states[ref.rec.index]
	}
	col := &rec.typ.columns[ref.col]
	if rec.seen == 0 {
		return &noCell, col
	}
	return s.m.value(rec, ref.col), col
}

// noCell stands for a record that has not come, a header that the file does without.
var noCell = cell{state: cellGood}

// blame notes the fault of a cell in the message that needs it.
func (s *flatSource) blame(c *cell) {
	f := *c.fault
	f.Line, f.Column = c.line, c.column
	s.tree.note(f)
}

// holds says whether all conditions hold.
func (s *flatSource) holds(rec *recordState, when []cond) bool {
	for i := range when {
		w := &when[i]
		c, _ := s.cell(rec, w.col)
		if c.fault != nil {
			s.blame(c)
		}
		if w.is != nil && !among(w.is, c.text) || w.not != nil && among(w.not, c.text) || w.empty != nil && *w.empty != (len(c.text) == 0) {
			return false
		}
	}
	return true
}

// among says whether v is one of the values, without making a string of it.
func among(values []string, v []byte) bool {
	for _, s := range values {
		if s == string(v) {
			return true
		}
	}
	return false
}
