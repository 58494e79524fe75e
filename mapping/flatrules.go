package mapping

import (
	"maps"
	"slices"
	"strings"
)

// Of the compiler: what a record does with its columns, part by part and field by field.

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
	t := &nodeTypes[n.kind].fields[field]
	rule := c.rule(r, name, t.lex, in)
	rule.field, rule.must, rule.want = field, t.must, t
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
		rule.fixed, rule.plain = rule.alts[0].constant, plain(rule.alts[0].constant)
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
