package mapping

import "damtshilfe/internal/amtshilfe"

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
