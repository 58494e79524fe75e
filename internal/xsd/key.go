package xsd

import (
	"bytes"
	"strings"

	"damtshilfe/internal/xmlgate"
)

// constraint is a key, a unique or a keyref of an element: children of one name, told apart by one attribute.
type constraint struct {
	name, refer name
	sym         int32 // of the children
	attr        string
	required    bool // key: each child has the attribute
	unique      bool // key and unique
	target      int  // of a keyref: the constraint it refers to, in the same element
}

// maxKeyed bounds the keys of one element that are compared here, because they are compared one by one.
const maxKeyed = 256

// keyed is a value that a constraint has selected.
type keyed struct {
	constraint int
	value      []byte
}

// link compiles the constraints of an element; by now the content of its children is known.
func (c *compiler) link(k constrained) {
	i := 0
	for _, n := range k.node.kids {
		if n.kind == "key" || n.kind == "keyref" || n.kind == "unique" {
			k.decl.keys[i] = c.constraint(n, k.decl)
			i++
		}
	}
	for i := range k.decl.keys {
		if r := &k.decl.keys[i]; !r.unique && c.err == nil {
			c.resolve(k, r)
		}
	}
}

// constraint reads one of them: a selector of children by name, and one attribute as field.
func (c *compiler) constraint(n *node, e *element) constraint {
	c.only(n, "name", "refer")
	r := constraint{required: n.kind == "key", unique: n.kind != "keyref", target: -1}
	r.name.Space = n.file.target
	r.name.Local, _ = n.value("name")
	r.refer, _ = n.reference("refer")
	if len(n.kids) != 2 || n.kids[0].kind != "selector" || n.kids[1].kind != "field" || e.typ.model == nil {
		c.refuse(n, "xs:"+n.kind+" with another form than one selector and one field")
		return r
	}
	c.only(n.kids[0], "xpath")
	c.only(n.kids[1], "xpath")
	step, _ := n.kids[0].value("xpath")
	field, _ := n.kids[1].value("xpath")
	child, bound := n.kids[0].reference("xpath")
	local, prefixed := strings.CutPrefix(field, "@")
	if !strings.Contains(step, ":") {
		child.Space = "" // the default namespace does not count in a path
	}
	if !bound || !prefixed || !isNCName([]byte(local)) || !isNCName([]byte(child.Local)) {
		c.refuse(n, "xs:"+n.kind+" with another path than one child and one attribute")
		return r
	}
	r.attr = local
	sym, ok := c.grammar.symbols[child]
	if !ok || int(sym) >= len(e.typ.model.local) || e.typ.model.local[sym] == 0 {
		c.refuse(n, "a selector that finds nothing")
		return r
	}
	r.sym = sym
	for _, a := range e.typ.model.decls[e.typ.model.local[sym]-1].typ.attrs {
		if a.space == "" && a.local == local && a.simple.kind.text && a.simple.space == collapse && !a.defaulted {
			return r
		}
	}
	c.refuse(n, "a field that is not a name or token")
	return r
}

// resolve finds the key that a keyref refers to.
func (c *compiler) resolve(k constrained, r *constraint) {
	for i := range k.decl.keys {
		if o := &k.decl.keys[i]; o.unique && o.name == r.refer {
			r.target = i
			return
		}
	}
	c.refuse(k.node, "xs:keyref to a key of another element")
}

// select notes the values that the constraints of up find at the child whose tag this is. It says no when a key has none, or one
// with white space inside, or when there are too many.
func (j *Judge) selectKeys(up *element, sym int32, tag xmlgate.Tag) bool {
	for i := range up.keys {
		k := &up.keys[i]
		if k.sym != sym {
			continue
		}
		found := false
		for a := range tag.Attributes() {
			space, local, value, declares := tag.Attribute(a)
			if declares || space != "" || string(local) != k.attr {
				continue
			}
			value = trim(value)
			if bytes.ContainsAny(value, " \t\r\n") || len(j.keys) >= maxKeyed {
				return false
			}
			j.keys = append(j.keys, keyed{i, value})
			found = true
		}
		if k.required && !found {
			return false
		}
	}
	return true
}

// keysOK compares what the constraints of e have selected, and forgets it.
func (j *Judge) keysOK(e *element, from int) bool {
	selected := j.keys[from:]
	j.keys = j.keys[:from]
	for i, s := range selected {
		k := &e.keys[s.constraint]
		if k.unique {
			if holds(selected[:i], s.constraint, s.value) {
				return false
			}
		} else if !holds(selected, k.target, s.value) {
			return false
		}
	}
	return true
}

// holds says whether a constraint has selected a value.
func holds(list []keyed, constraint int, value []byte) bool {
	for _, s := range list {
		if s.constraint == constraint && bytes.Equal(s.value, value) {
			return true
		}
	}
	return false
}
