package mapping

import (
	"maps"
	"slices"
	"strings"
)

// Of the compiler: what ties records together, and what must hold of the file as a whole.

// fill compiles parents, joins, parts, head and totals of every record.
func (c *flatCompiler) fill() {
	for i := range c.in.Records {
		in, r := &c.in.Records[i], c.m.records[i]
		if in.Parent != "" {
			r.parent = c.byName[in.Parent]
			if r.parent == nil || r.parent == r || r.parent.role == roleTrailer || r.parent.role == roleIgnore {
				c.bad(in.line, "parent: %q is no record that could be one", in.Parent)
				r.parent = nil
			}
		}
		if r.role != roleData && len(in.Parts) > 0 {
			c.bad(in.line, "parts are for records with role data")
		}
		if in.Join != (flatJoin{}) {
			c.join(r, in)
		}
	}
	for i := range c.in.Records {
		in, r := &c.in.Records[i], c.m.records[i]
		if c.circle(r) {
			c.bad(in.line, "parent: records are parents of each other")
			return
		}
		for k := range in.Parts {
			c.part(r, &in.Parts[k])
		}
		c.kopf(r, in)
		for _, t := range in.Totals {
			c.total(r, t)
		}
	}
}

func (c *flatCompiler) circle(r *recordType) bool {
	p := r.parent
	for n := 0; p != nil; n++ {
		if n > maxFlatRecords {
			return true
		}
		p = p.parent
	}
	return false
}

// join compiles to which record of the first file a record of another one belongs.
func (c *flatCompiler) join(r *recordType, in *flatRecord) {
	if r.stream == 0 || r.parent == nil || r.parent.stream != 0 {
		c.bad(in.line, "join: is for records of a second file whose parent is in the first")
		return
	}
	own, theirs := r.columnNamed(in.Join.Column), r.parent.columnNamed(orElse(in.Join.Parent, in.Join.Column))
	if own < 0 || theirs < 0 {
		c.bad(in.line, "join: %q is no column of both records", orElse(in.Join.Parent, in.Join.Column))
		return
	}
	r.join = &colPair{own: own, parent: r.parent, column: theirs}
}

func (r *recordType) columnNamed(name string) int {
	return slices.IndexFunc(r.columns, func(c column) bool { return c.name == name })
}

// kopf compiles the Lieferkopf of a header record.
func (c *flatCompiler) kopf(r *recordType, in *flatRecord) {
	if in.Lieferkopf == nil {
		return
	}
	fields := map[string]int{"absender": kopfAbsender, "verfahren": kopfVerfahren, "uebertragungsID": kopfID, "erstellungszeitpunkt": kopfErstellt}
	if r.role != roleHeader || r.stream != 0 {
		c.bad(in.line, "lieferkopf: is for a record with role header")
	}
	for _, name := range slices.Sorted(maps.Keys(in.Lieferkopf)) {
		field, ok := fields[name]
		if !ok {
			c.bad(in.Lieferkopf[name].line, "lieferkopf: unknown field %q", name)
			continue
		}
		lex := lexLine
		if field == kopfErstellt {
			lex = lexDate
		}
		r.kopf = append(r.kopf, kopfField{field, c.rule(r, name, lex, in.Lieferkopf[name])})
	}
	if len(in.Lieferkopf) < len(fields) {
		c.bad(in.line, "lieferkopf: absender, verfahren, uebertragungsID and erstellungszeitpunkt must be filled")
	}
}

// total compiles a control total.
func (c *flatCompiler) total(r *recordType, in flatTotal) {
	t := total{counter: c.m.counters(), column: r.columnNamed(in.Column)}
	switch {
	case r.role != roleTrailer && r.role != roleHeader:
		c.bad(in.line, "totals: are for records with role trailer or header")
	case t.column < 0:
		c.bad(in.line, "totals: %q is no column of the record", in.Column)
	case (in.Count == "") == (in.Sum == ""):
		c.bad(in.line, "totals: want count or sum")
	case in.Count != "":
		t.what = "Anzahl " + in.Count
		c.count(in, t.counter)
	default:
		t.what, t.amount = "Summe "+in.Sum, true
		record, col, _ := strings.Cut(in.Sum, ".")
		if other := c.byName[record]; other == nil || other.columnNamed(col) < 0 || other.columns[other.columnNamed(col)].conv != convAmount || r.columns[t.column].conv != convAmount {
			c.bad(in.line, "totals: sum %q: want record.COLUMN, both columns with amount", in.Sum)
		} else {
			other.sums = append(other.sums, sum{t.counter, other.columnNamed(col)})
		}
	}
	r.totals = append(r.totals, t)
}

func (c *flatCompiler) count(in flatTotal, counter int) {
	if in.Count == "ersuchen" {
		c.m.messages = append(c.m.messages, counter)
		return
	}
	other := c.byName[in.Count]
	if other == nil && in.Count != "*" {
		c.bad(in.line, "totals: count %q: want a record, ersuchen or *", in.Count)
	}
	for _, r := range c.m.records {
		if other == r || other == nil {
			r.counted = append(r.counted, counter)
		}
	}
}

// counters is how many counters the totals need so far.
func (m *FlatMapping) counters() (n int) {
	for _, r := range m.records {
		n += len(r.totals)
	}
	return n
}

// whole checks what only the whole mapping can show.
func (c *flatCompiler) whole() {
	if !slices.ContainsFunc(c.m.records, func(r *recordType) bool { return r.opens }) {
		c.bad(0, "no part opens ersuchen: there would be no message")
		return
	}
	filled := map[nodeKind]bool{}
	for i, r := range c.m.records {
		line := c.in.Records[i].line
		if r.role == roleData && !r.opens && r.parent == nil {
			c.bad(line, "record %s opens no message and has no parent", r.name)
		}
		if r.stream > 0 && (r.opens || r.role == roleData && r.join == nil) {
			c.bad(line, "record %s of a second file needs join and opens no message", r.name)
		}
		for _, p := range r.parts {
			for _, n := range p.nodes {
				filled[n.kind] = true
			}
		}
	}
	for _, k := range []nodeKind{nodeAbsender, nodeSchuldner, nodeTitel, nodeForderung} {
		if !filled[k] {
			c.bad(0, "no part fills %s: no message would be valid", nodeTypes[k].name)
		}
	}
}
