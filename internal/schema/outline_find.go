package schema

import (
	"errors"
	"fmt"
	"strings"

	"damtshilfe/internal/xmlgate"

	"github.com/beevik/etree"
)

// ErrPath says that a path leads to nothing in the schema.
var ErrPath = errors.New("no such place in the schema")

// Check follows a path from below root. list says that it opens a group; other paths must end at an attribute or at an element
// that has text. What lies below an xs:any or in xs:anyType is taken for granted. The error wraps ErrPath.
func (o *Outline) Check(root xmlgate.Name, steps []xmlgate.Step, list bool) error {
	at, ok := o.elements[root]
	if !ok {
		return fmt.Errorf("%w: no element {%s}%s", ErrPath, root.Space, root.Local)
	}
	parent := root
	for _, s := range steps {
		t := o.typeOf(at)
		if t == nil {
			return nil // anything goes
		}
		var next *decl
		var open bool
		if s.Attr {
			next, open = o.attribute(t, s.Name)
		} else {
			next, open = o.child(t, s.Name)
		}
		switch {
		case next == nil && open:
			return nil
		case next == nil && s.Attr:
			return fmt.Errorf("%w: element %s has no attribute %s", ErrPath, parent.Local, show(s.Name))
		case next == nil:
			return fmt.Errorf("%w: element %s has no child %s", ErrPath, parent.Local, show(s.Name))
		case s.Attr:
			return nil
		}
		at, parent = next, s.Name
	}
	if t := o.typeOf(at); t != nil && !list && !o.hasText(t, 0) {
		return fmt.Errorf("%w: element %s has no text of its own", ErrPath, parent.Local)
	}
	return nil
}

func show(n xmlgate.Name) string {
	if n.Space == "" {
		return n.Local + " (in no namespace)"
	}
	return "{" + n.Space + "}" + n.Local
}

// maxNesting ends types, groups and extensions that refer to each other in a circle.
const maxNesting = 64

// typeOf gives the type of an element: a complexType or simpleType, or nil for a built-in type or none.
func (o *Outline) typeOf(e *decl) *decl {
	if e.el.SelectAttr("ref") != nil {
		if e = o.elements[e.refers("ref")]; e == nil {
			return nil
		}
	}
	for _, tag := range []string{"complexType", "simpleType"} {
		if t := childOf(e.el, tag); t != nil {
			return &decl{t, e.file}
		}
	}
	n := e.refers("type")
	if t := o.types[n]; t != nil {
		return t
	}
	if n.Space == xsdNS && n.Local != "anyType" {
		return simpleBuiltin
	}
	return nil
}

// simpleBuiltin stands for all built-in simple types.
var simpleBuiltin = &decl{el: etree.NewElement("simpleType"), file: &xsdFile{}}

// child finds an element declaration of a type's content; open says that a wildcard may allow it as well.
func (o *Outline) child(t *decl, want xmlgate.Name) (found *decl, open bool) {
	found, open = o.search(t, 0, func(d *decl) bool {
		return d.el.Tag == "element" && o.standsFor(want, d.name(d.file.qualified), 0)
	}, wildcard{"any", want})
	if found != nil && found.name(found.file.qualified) != want {
		return o.elements[want], false
	}
	return found, open
}

// standsFor says that an element may stand where one of name head is declared: itself, or a member of its substitution group.
func (o *Outline) standsFor(want, head xmlgate.Name, depth int) bool {
	if want == head {
		return true
	}
	e := o.elements[want]
	if e == nil || e.el.SelectAttr("substitutionGroup") == nil || depth > maxNesting {
		return false
	}
	return o.standsFor(e.refers("substitutionGroup"), head, depth+1)
}

// attribute finds an attribute declaration of a type.
func (o *Outline) attribute(t *decl, want xmlgate.Name) (found *decl, open bool) {
	return o.search(t, 0, func(d *decl) bool { return d.el.Tag == "attribute" && d.name(d.file.attrQual) == want }, wildcard{"anyAttribute", want})
}

// wildcard is an xs:any or xs:anyAttribute that may allow a name.
type wildcard struct {
	tag  string
	want xmlgate.Name
}

func (w wildcard) allows(d *decl) bool {
	if d.el.Tag != w.tag {
		return false
	}
	for _, space := range strings.Fields(d.el.SelectAttrValue("namespace", "##any")) {
		switch {
		case space == "##any", space == w.want.Space,
			space == "##other" && w.want.Space != "" && w.want.Space != d.file.target,
			space == "##local" && w.want.Space == "", space == "##targetNamespace" && w.want.Space == d.file.target:
			return true
		}
	}
	return false
}

// search walks particles and attributes below t, through groups and base types, until match is true.
func (o *Outline) search(t *decl, depth int, match func(*decl) bool, any wildcard) (found *decl, open bool) {
	if depth > maxNesting {
		return nil, false
	}
	for _, el := range t.el.ChildElements() {
		d := &decl{el, t.file}
		if match(d) {
			return d, false
		}
		below := []*decl{}
		switch el.Tag {
		case any.tag:
			open = open || any.allows(d)
		case "sequence", "choice", "all", "complexContent", "simpleContent":
			below = append(below, d)
		case "restriction":
			// Its content is told again, its attributes are inherited.
			if below = append(below, d); any.tag == "anyAttribute" {
				below = append(below, o.types[d.refers("base")])
			}
		case "extension":
			below = append(below, d, o.types[d.refers("base")])
		case "group":
			below = append(below, o.groups[d.refers("ref")])
		case "attributeGroup":
			below = append(below, o.attrGroups[d.refers("ref")])
		}
		for _, b := range below {
			if b == nil {
				continue
			}
			f, more := o.search(b, depth+1, match, any)
			if open = open || more; f != nil {
				return f, false
			}
		}
	}
	return nil, open
}

// hasText says that elements of the type have text of their own: simple types, simple content, mixed.
func (o *Outline) hasText(t *decl, depth int) bool {
	if t == nil || depth > maxNesting {
		return true
	}
	if t.el.Tag == "simpleType" || childOf(t.el, "simpleContent") != nil || t.el.SelectAttrValue("mixed", "") == "true" {
		return true
	}
	content := childOf(t.el, "complexContent")
	if content == nil {
		return false
	}
	if ext := childOf(content, "extension"); ext != nil {
		return content.SelectAttrValue("mixed", "") == "true" || o.hasText(o.types[(&decl{ext, t.file}).refers("base")], depth+1)
	}
	return false
}
