package xsd

import (
	"fmt"
	"io/fs"
	"strconv"

	"damtshilfe/internal/xmlgate"
)

// Grammar is a compiled schema. It is read-only and may be shared; judging takes a Judge of its own for each goroutine.
type Grammar struct {
	symbols map[name]int32
	roots   []*element // by symbol; nil = no global element of this name
}

// element is an element declaration.
type element struct {
	typ   *typ
	fixed *string // normalised
	keys  []constraint
}

// typ is what an element may hold.
type typ struct {
	simple   *simple // text; nil = elements
	model    *model
	attrs    []attribute
	required int  // how many of attrs are
	mixed    bool // text between the elements
	empty    bool // not even white space
	abstract bool // no element has it without xsi:type
}

// attribute is an attribute use.
type attribute struct {
	space, local string
	simple       *simple
	fixed        *string // normalised
	required     bool
	defaulted    bool
}

// definition is a complex type before its automaton is made, as another type may extend it.
type definition struct {
	content                *particle // nil = nothing
	simple                 *simple
	attrs                  []attribute
	mixed, abstract, ready bool
}

// compiler turns components into a Grammar. Its first fault stays in err; after it only the end is reached.
type compiler struct {
	globals     map[component]*node
	grammar     *Grammar
	elements    map[*node]*element
	types       map[*node]*typ
	simples     map[*node]*simple
	builtins    map[string]*simple
	plain       map[*simple]*typ // types of elements with these
	nesting     int              // of groups that refer to each other
	definitions map[*node]*definition
	pending     []*node // complex types whose tables are still to be made
	constrained []constrained
	err         error
}

// constrained is an element with keys, to be linked once all tables are there.
type constrained struct {
	node *node
	decl *element
}

// Compile compiles the schema file entry of dir with all that it includes and imports. An *Unknown error says what of it is not
// compiled.
func Compile(dir fs.FS, entry string) (*Grammar, error) {
	globals, err := load(dir, entry)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	c := &compiler{globals: globals, grammar: &Grammar{symbols: map[name]int32{}}, elements: map[*node]*element{}, types: map[*node]*typ{},
		simples: map[*node]*simple{}, builtins: map[string]*simple{}, plain: map[*simple]*typ{}, definitions: map[*node]*definition{}}
	roots := map[int32]*element{}
	for g, n := range globals {
		switch g.kind {
		case "element":
			roots[c.symbol(g.name)] = c.element(n)
		case "type":
			c.typeOf(n) // also those that nobody uses: a pack is compiled as a whole
		case "attributeGroup":
			c.attributes(n, n.kids, nil)
		case "group":
			c.group(n)
		case "attribute":
			c.attribute(n)
		}
	}
	for len(c.pending) > 0 && c.err == nil {
		n := c.pending[len(c.pending)-1]
		c.pending = c.pending[:len(c.pending)-1]
		c.complete(n)
	}
	for _, k := range c.constrained {
		c.link(k)
	}
	if c.err != nil {
		return nil, fmt.Errorf("compile schema: %w", c.err)
	}
	c.grammar.roots = make([]*element, len(c.grammar.symbols))
	for sym, e := range roots {
		c.grammar.roots[sym] = e
	}
	return c.grammar, nil
}

// refuse notes that the schema cannot be compiled.
func (c *compiler) refuse(n *node, construct string) {
	if c.err == nil {
		c.err = n.unknown(construct)
	}
}

// only refuses attributes other than these.
func (c *compiler) only(n *node, locals ...string) {
	if a, ok := n.only(append(locals, "id")...); !ok {
		c.refuse(n, "attribute "+a+" of xs:"+n.kind)
	}
}

// symbol numbers an element name.
func (c *compiler) symbol(q name) int32 {
	y, ok := c.grammar.symbols[q]
	if !ok {
		y = int32(len(c.grammar.symbols))
		c.grammar.symbols[q] = y
	}
	return y
}

// find gives the global component that an attribute of n refers to.
func (c *compiler) find(n *node, kind, attr string) *node {
	q, ok := n.reference(attr)
	if !ok {
		c.refuse(n, attr+" with an undeclared prefix")
		return nil
	}
	g := c.globals[component{kind, q}]
	if g == nil {
		c.refuse(n, "reference to "+q.Local+" ("+kind+")")
	}
	return g
}

// element compiles a global or local declaration, not a reference to one.
func (c *compiler) element(n *node) *element {
	if e := c.elements[n]; e != nil {
		return e
	}
	e := &element{typ: &typ{empty: true}}
	c.elements[n] = e
	c.only(n, "name", "type", "minOccurs", "maxOccurs", "form", "default", "fixed", "nillable")
	inline := 0
	for _, k := range n.kids {
		switch k.kind {
		case "complexType", "simpleType":
			inline++
			e.typ = c.typeOf(k)
		case "key", "keyref", "unique":
			if len(e.keys) == 0 {
				c.constrained = append(c.constrained, constrained{n, e})
			}
			e.keys = append(e.keys, constraint{})
		default:
			c.refuse(n, "xs:"+k.kind+" in xs:element")
		}
	}
	_, named := n.value("type")
	switch {
	case named && inline == 0:
		e.typ = c.typeByName(n, "type")
	case inline != 1 || named:
		c.refuse(n, "an element without exactly one type")
	}
	e.fixed = c.fixed(n, e.typ.simple)
	return e
}

// fixed gives the normalised fixed value of an element or attribute of type s.
func (c *compiler) fixed(n *node, s *simple) *string {
	v, ok := n.value("fixed")
	if !ok {
		return nil
	}
	if s == nil {
		c.refuse(n, "a fixed value without simple type")
		return nil
	}
	v = string(s.space.apply([]byte(v), new([]byte)))
	return &v
}

// typeByName gives the type that an attribute of n names.
func (c *compiler) typeByName(n *node, attr string) *typ {
	if q, ok := n.reference(attr); ok && q.Space == spaceXSD {
		s := c.builtin(n, q.Local)
		if c.plain[s] == nil {
			c.plain[s] = &typ{simple: s}
		}
		return c.plain[s]
	}
	if g := c.find(n, "type", attr); g != nil {
		return c.typeOf(g)
	}
	return &typ{empty: true}
}

// typeOf gives the type that n defines; the tables of a complex one are made later, because types may hold each other.
func (c *compiler) typeOf(n *node) *typ {
	if t := c.types[n]; t != nil {
		return t
	}
	t := &typ{}
	c.types[n] = t
	if n.kind == "simpleType" {
		t.simple = c.simpleOf(n)
	} else {
		if hasSimpleContent(n) { // who fixes a value asks for it at once
			t.simple = c.define(n).simple
		}
		c.pending = append(c.pending, n)
	}
	return t
}

func hasSimpleContent(n *node) bool { return len(n.kids) > 0 && n.kids[0].kind == "simpleContent" }

// complete makes the tables of a complex type.
func (c *compiler) complete(n *node) {
	t, d := c.types[n], c.define(n)
	t.simple, t.attrs, t.mixed, t.abstract = d.simple, d.attrs, d.mixed, d.abstract
	for _, a := range t.attrs {
		if a.required {
			t.required++
		}
	}
	if len(t.attrs) > maxAttributes {
		c.refuse(n, "a type with more than "+strconv.Itoa(maxAttributes)+" attributes")
	}
	if t.simple == nil {
		t.model = c.model(n, d.content)
		t.empty = d.content.leaves() == 0 && !d.mixed
	}
}

// Judge makes a judge for one goroutine.
func (g *Grammar) Judge() *Judge { return &Judge{grammar: g, stack: make([]frame, 0, 64)} }

// Knows says whether documents with this root can be judged.
func (g *Grammar) Knows(root xmlgate.Name) bool {
	y, ok := g.symbols[root]
	return ok && g.roots[y] != nil
}
