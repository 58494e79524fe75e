package mapping

import (
	"maps"
	"slices"
	"strings"
)

// The second half of the compiler: what records do with their columns.

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

// part compiles one part of a record.
func (c *flatCompiler) part(r *recordType, in *flatPart) {
	p := part{key: -1, line: in.line}
	opened := nodeErsuchen
	if in.Open != "ersuchen" {
		way, ok := groupOf(nodeErsuchen, in.Open)
		if !ok || len(way) == 0 {
			c.bad(in.line, "open: %q is no part of a message", in.Open)
			return
		}
		p.way, opened = way, way[len(way)-1]
	}
	if in.Key != "" {
		if p.key = r.columnNamed(in.Key); p.key < 0 {
			c.bad(in.line, "key: %q is no column of the record", in.Key)
		}
	}
	if opened == nodeErsuchen {
		r.opens, r.keyed = true, p.key >= 0
		if len(r.parts) > 0 {
			c.bad(in.line, "open: ersuchen must be the first part of its record")
		}
		if len(in.When) > 0 {
			c.bad(in.line, "when: a message cannot depend on a condition")
		}
	}
	p.when = c.conditions(r, in.When)
	p.nodes = []partNode{{kind: opened, always: true}}
	for _, name := range slices.Sorted(maps.Keys(in.Fields)) {
		c.field(r, &p, name, in.Fields[name])
	}
	c.demanded(r, &p)
	r.parts = append(r.parts, p)
}

// field compiles what one field is filled with, and the nodes between it and the part.
func (c *flatCompiler) field(r *recordType, p *part, name string, in flatExpr) {
	way, field, ok := targetOf(p.nodes[0].kind, name)
	if !ok {
		c.bad(in.line, "unknown field %q in %s", name, nodeTypes[p.nodes[0].kind].name)
		return
	}
	at := 0
	for _, kind := range way {
		next := slices.IndexFunc(p.nodes, func(n partNode) bool { return n.kind == kind && n.parent == at })
		if next <= 0 {
			p.nodes = append(p.nodes, partNode{kind: kind, parent: at, always: kind == nodeAbsender})
			next = len(p.nodes) - 1
		}
		at = next
	}
	n := &p.nodes[at]
	t := nodeTypes[n.kind].fields[field]
	rule := c.rule(r, name, t.lex, in)
	rule.field, rule.must = field, t.must
	n.fields = append(n.fields, rule)
}

// rule compiles the alternatives of a field.
func (c *flatCompiler) rule(r *recordType, name string, lex lexis, in flatExpr) fieldRule {
	rule := fieldRule{}
	if len(in.alts) == 0 {
		c.bad(in.line, "%s: nothing to fill it with", name)
	}
	for i := range in.alts {
		a := c.alternative(r, name, lex, &in.alts[i])
		if len(a.cols) > 0 && rule.ref == 0 {
			rule.ref = a.cols[0].column(r).ref
		}
		rule.alts = append(rule.alts, a)
	}
	if len(rule.alts) == 1 && len(rule.alts[0].when) == 0 && len(rule.alts[0].constant) > 0 {
		rule.fixed = rule.alts[0].constant
	}
	if rule.ref == 0 {
		rule.ref = c.name(c.pathOf(r) + "/(" + name + ")")
	}
	return rule
}

// column finds the column that a reference of record r means.
func (ref colRef) column(r *recordType) *column {
	if ref.rec != nil {
		r = ref.rec
	}
	return &r.columns[ref.col]
}

func (c *flatCompiler) alternative(r *recordType, name string, lex lexis, in *flatAlt) alternative {
	a := alternative{from: in.From, length: in.Length, constant: []byte(in.Const), deflt: []byte(in.Default), join: " ", prefix: string(in.Prefix), suffix: string(in.Suffix), when: c.conditions(r, in.When)}
	names := in.Columns
	if in.Column != "" {
		names = append([]string{in.Column}, names...)
	}
	for _, n := range names {
		ref, ok := c.reference(r, n)
		if !ok {
			c.bad(in.line, "%s: %q is no column of record %s, nor of one that is open", name, n, r.name)
			continue
		}
		a.cols = append(a.cols, ref)
		if want := map[lexis]conversion{lexDate: convDate, lexAmount: convAmount}[lex]; ref.column(r).conv != want && (want != convText) && in.Lookup == "" {
			c.bad(in.line, "%s: column %q must say date or amount: how it is written", name, n)
		}
	}
	if in.Join != nil {
		a.join = string(*in.Join)
	}
	for _, text := range []*[]byte{&a.constant, &a.deflt} {
		if v, ok := lex.accept(*text); ok {
			*text = v
		} else if len(*text) > 0 {
			c.bad(in.line, "%s: the const or default is not written as the message needs it (2026-11-21, 1234.50, true)", name)
		}
	}
	switch {
	case (len(names) > 0) == (len(a.constant) > 0):
		c.bad(in.line, "%s: want column (or columns) or const", name)
	case a.from < 0 || a.length < 0:
		c.bad(in.line, "%s: from and length count characters from 1", name)
	}
	if in.Lookup != "" {
		table, ok := c.in.Tables[in.Lookup]
		if !ok {
			c.bad(in.line, "lookup: there is no table %q", in.Lookup)
		}
		a.table = make(map[string][]byte, len(table))
		for value, text := range table {
			a.table[value] = []byte(text)
		}
		a.others, a.hasOthers = a.table["*"]
	}
	return a
}

// reference finds a column by its name, or by record and name: of the record itself, its ancestors, or a header.
func (c *flatCompiler) reference(r *recordType, name string) (colRef, bool) {
	if i := r.columnNamed(name); i >= 0 {
		return colRef{col: i}, true
	}
	record, col, dotted := strings.Cut(name, ".")
	other := c.byName[record]
	if !dotted || other == nil {
		return colRef{}, false
	}
	i := other.columnNamed(col)
	if i < 0 || other.role != roleHeader && !other.above(r) {
		return colRef{}, false
	}
	return colRef{rec: other, col: i}, true
}

// above says whether r is the parent of other, or its parent's parent.
func (r *recordType) above(other *recordType) bool {
	for n := 0; other != nil && n <= maxFlatRecords; n++ {
		if other == r {
			return true
		}
		other = other.parent
	}
	return false
}

func (c *flatCompiler) conditions(r *recordType, in flatWhen) (list []cond) {
	for _, w := range in {
		ref, ok := c.reference(r, w.Column)
		if !ok {
			c.bad(w.line, "when: %q is no column of record %s, nor of one that is open", w.Column, r.name)
			continue
		}
		if w.Is == nil && w.Not == nil && w.Empty == nil {
			c.bad(w.line, "when: want is, not or empty")
		}
		list = append(list, cond{col: ref, is: w.Is, not: w.Not, empty: w.Empty})
	}
	return list
}

// demanded names what the profile demands of a part and the mapping leaves out.
func (c *flatCompiler) demanded(r *recordType, p *part) {
	for _, n := range p.nodes {
		t := nodeTypes[n.kind]
		has := func(name string) bool {
			return slices.ContainsFunc(n.fields, func(f fieldRule) bool { return t.fields[f.field].name == name })
		}
		for _, f := range t.fields {
			if f.must && !has(f.name) {
				c.bad(p.line, "%s in record %s: %q must be filled", t.name, r.name, f.name)
			}
		}
		for _, choice := range t.choices {
			if !slices.ContainsFunc(choice, has) {
				c.bad(p.line, "%s in record %s: one of %q must be filled", t.name, r.name, choice)
			}
		}
	}
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
