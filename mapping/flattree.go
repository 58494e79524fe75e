package mapping

import (
	"bytes"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// maxFlatFindings bounds the findings of one message.
const maxFlatFindings = 50

// tree is the message that is being built: nodes, their values, and where each of them comes from. It is used again for the next one.
type tree struct {
	nodes    []node
	values   []nodeValue
	text     []byte         // of the values
	last     [nodeKinds]int // the node of each kind that was opened last, 0 = none
	titel    int            // number of titel so far
	names    []string       // of the mapping, for findings
	findings []amtshilfe.Finding
	line     int                // of the record that opened it
	lost     *amtshilfe.Finding // the record that opened it cannot be read at all: there is nothing to write
}

// node is one part of the message.
type node struct {
	kind   nodeKind
	values int // index of its first value
	line   int
	ref    uint16 // the record it comes from
	child  int    // first child, 0 = none
	tail   int    // last child
	next   int    // sibling
	parent int
	key    [2]int // of tree.text
	titel  int    // titel: its number in the message; forderung: that of the titel it belongs to; from 1
}

// nodeValue is one value of a node; from = to: none.
type nodeValue struct {
	from, to     uint32 // of tree.text
	line, column int32
	ref          uint16
	bad          bool // the file has something here that cannot be read, which was said
	plain        bool // XML holds it as it is
}

// reset begins a message.
func (t *tree) reset() {
	t.nodes, t.values, t.text, t.findings = t.nodes[:0], t.values[:0], t.text[:0], t.findings[:0]
	t.last, t.lost, t.titel, t.line = [nodeKinds]int{}, nil, 0, 0
}

// add hangs a node below parent; the first node is the root.
func (t *tree) add(kind nodeKind, parent, line int, ref uint16) int {
	i := len(t.nodes)
	t.nodes = append(t.nodes, node{kind: kind, values: len(t.values), line: line, ref: ref, parent: parent})
	from := len(t.values)
	t.values = slices.Grow(t.values, len(nodeTypes[kind].fields))[:from+len(nodeTypes[kind].fields)]
	clear(t.values[from:])
	if i > 0 {
		p := &t.nodes[parent]
		if p.child == 0 {
			p.child = i
		} else {
			t.nodes[p.tail].next = i
		}
		p.tail = i
	}
	t.last[kind] = i
	switch last := t.last[nodeTitel]; {
	case kind == nodeTitel:
		t.titel++
		t.nodes[i].titel = t.titel
	case kind == nodeForderung && last > 0:
		t.nodes[i].titel = t.nodes[last].titel
	}
	return i
}

// get is a value of a node.
func (t *tree) get(n, field int) []byte {
	v := &t.values[t.nodes[n].values+field]
	return t.text[v.from:v.to]
}

// set fills a value. A value that is there already must be the same.
func (t *tree) set(n, field int, r *result) {
	v := &t.values[t.nodes[n].values+field]
	if v.from < v.to {
		if !bytes.Equal(t.text[v.from:v.to], r.text) {
			t.fault(r, "LIEF-FELD-WIDERSPRUCH", "hat einen anderen Wert als in einem früheren Satz desselben Ersuchens; bitte berichtigen.")
		}
		return
	}
	from := len(t.text)
	t.text = append(t.text, r.text...)
	*v = nodeValue{from: uint32(from), to: uint32(len(t.text)), line: int32(r.line), column: int32(r.column), ref: r.ref, plain: r.plain || plain(r.text)}
}

// replace puts another text in the place of a value.
func (t *tree) replace(n, field int, text []byte) {
	v := &t.values[t.nodes[n].values+field]
	v.from = uint32(len(t.text))
	t.text = append(t.text, text...)
	v.to, v.plain = uint32(len(t.text)), plain(text)
}

// fault notes a finding about a field; what follows its name in the sentence.
func (t *tree) fault(r *result, code, what string) {
	path := t.names[r.ref]
	name := strings.Trim(path[strings.IndexByte(path, '/')+1:], "()")
	f := fehler(code, "Das Feld "+quoted(name)+" "+what)
	f.Line, f.Column, f.Path = r.line, r.column, path
	t.note(f)
}

// note adds a finding unless it is there already.
func (t *tree) note(f amtshilfe.Finding) {
	same := func(o amtshilfe.Finding) bool {
		return o.Code == f.Code && o.Line == f.Line && o.Column == f.Column && o.Path == f.Path
	}
	if len(t.findings) < maxFlatFindings && !slices.ContainsFunc(t.findings, same) {
		t.findings = append(t.findings, f)
	}
}
