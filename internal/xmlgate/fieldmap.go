package xmlgate

import (
	"fmt"
	"math"
)

// Name is an expanded name.
type Name struct {
	Space string // namespace name; "" = in no namespace
	Local string
}

// Step is one step of a path.
type Step struct {
	Name Name // of a child element, or of an attribute
	Attr bool // an attribute; only the last step may be one
}

// Field is a place in a document that a Sink hears of.
type Field struct {
	Path []Step // from below the root: the first step is a child (or an attribute) of the root; at least one
	ID   int    // what the Sink is given, from 0; several paths may share one
	// List makes every occurrence of the element a group: Enter and Leave are called around it, and the fields whose paths
	// run through it belong to it. The same path may be a Field without List as well, for lists of plain values.
	List bool
}

// Sink receives what a Map asks for, in document order. What it received is worth nothing if Scan returns an error.
type Sink interface {
	// Enter begins a group; off is the offset of its element's '<'.
	Enter(list int, off int)
	// Leave ends the innermost group, after all of its values.
	Leave(list int)
	// Value hands out the text of an element or attribute: references resolved, comments left out, line ends made "\n"
	// (in attributes: white space made blanks), nothing trimmed, of an element with children only the text beside them.
	// It is called for empty ones too. text is valid until Scan returns and must not be changed; off is the offset of its
	// first byte in the document.
	Value(field int, text []byte, off int)
}

// none stands for no node, no field, no symbol.
const none = -1

// Map is a compiled set of fields for documents with one root. It is read-only and may be shared.
type Map struct {
	root  Name
	syms  map[Name]int32 // element names of all paths
	nodes []node         // 0 is the root
	next  []int16        // nodes x syms: the node below, or none
}

// node is an element that a path runs through.
type node struct {
	field, list int32 // IDs, or none
	attrs       []attrField
	kids        map[Name]int // only while compiling
}

type attrField struct {
	name  Name
	field int32
}

// Root is the root element the Map is for.
func (m *Map) Root() Name { return m.root }

// CompileMap makes the Map of documents whose root element is root. The fields come from a pack, so their faults are told.
func CompileMap(root Name, fields []Field) (*Map, error) {
	m := &Map{root: root, syms: map[Name]int32{}, nodes: []node{newNode()}}
	for _, f := range fields {
		if err := m.add(f); err != nil {
			return nil, fmt.Errorf("field map of %s: path %s: %w", root.Local, pathOf(f.Path), err)
		}
	}
	for _, n := range m.nodes {
		if n.field != none && len(n.kids) > 0 {
			return nil, fmt.Errorf("field map of %s: field %d is a value and has elements below it", root.Local, n.field)
		}
	}
	if len(m.nodes) > math.MaxInt16 {
		return nil, fmt.Errorf("field map of %s: too many paths", root.Local)
	}
	m.next = make([]int16, len(m.nodes)*len(m.syms))
	for i := range m.next {
		m.next[i] = none
	}
	for i := range m.nodes {
		for name, to := range m.nodes[i].kids {
			m.next[i*len(m.syms)+int(m.syms[name])] = int16(to)
		}
		m.nodes[i].kids = nil
	}
	return m, nil
}

func newNode() node { return node{field: none, list: none, kids: map[Name]int{}} }

func (m *Map) add(f Field) error {
	if len(f.Path) == 0 {
		return fmt.Errorf("want at least one step")
	}
	if f.ID < 0 || f.ID > math.MaxInt32 {
		return fmt.Errorf("id %d out of range", f.ID)
	}
	at := 0
	for i, step := range f.Path {
		switch last := i == len(f.Path)-1; {
		case step.Name.Local == "":
			return fmt.Errorf("step %d has no name", i+1)
		case step.Attr && (!last || f.List):
			return fmt.Errorf("an attribute can only be the last step of a value")
		case step.Attr:
			return m.nodes[at].addAttr(step.Name, f.ID)
		}
		at = m.child(at, step.Name)
	}
	slot := &m.nodes[at].field
	if f.List {
		slot = &m.nodes[at].list
	}
	if *slot != none {
		return fmt.Errorf("given twice")
	}
	*slot = int32(f.ID)
	return nil
}

func (n *node) addAttr(name Name, id int) error {
	for _, a := range n.attrs {
		if a.name == name {
			return fmt.Errorf("given twice")
		}
	}
	n.attrs = append(n.attrs, attrField{name, int32(id)})
	return nil
}

// child gives the node below at, made if it is missing.
func (m *Map) child(at int, name Name) int {
	if _, ok := m.syms[name]; !ok {
		m.syms[name] = int32(len(m.syms))
	}
	to, ok := m.nodes[at].kids[name]
	if !ok {
		to = len(m.nodes)
		m.nodes[at].kids[name] = to
		m.nodes = append(m.nodes, newNode())
	}
	return to
}

func pathOf(steps []Step) (s string) {
	for _, step := range steps {
		s += "/"
		if step.Attr {
			s += "@"
		}
		s += step.Name.Local
	}
	return s
}
