package xsd

import "slices"

// define reads a complex type.
func (c *compiler) define(n *node) *definition {
	if d := c.definitions[n]; d != nil {
		if !d.ready && c.err == nil {
			c.refuse(n, "a type that is based on itself")
		}
		return d
	}
	d := &definition{}
	c.definitions[n] = d
	c.only(n, "name", "mixed", "abstract")
	d.mixed, d.abstract = c.flag(n, "mixed"), c.flag(n, "abstract")
	if len(n.kids) > 0 && (n.kids[0].kind == "complexContent" || n.kids[0].kind == "simpleContent") {
		if len(n.kids) > 1 {
			c.refuse(n, "xs:"+n.kids[1].kind+" beside "+n.kids[0].kind)
		}
		c.derive(d, n.kids[0])
	} else {
		d.content, d.attrs = c.body(n, nil)
	}
	d.ready = true
	return d
}

// flag reads a boolean attribute of a schema element.
func (c *compiler) flag(n *node, attr string) bool {
	v, ok := n.value(attr)
	switch {
	case v == "true", v == "1":
		return true
	case ok && v != "false" && v != "0":
		c.refuse(n, attr+" that is not true or false")
	}
	return false
}

// derive reads complexContent or simpleContent.
func (c *compiler) derive(d *definition, n *node) {
	c.only(n)
	if len(n.kids) != 1 || n.kids[0].kind != "extension" && n.kids[0].kind != "restriction" {
		c.refuse(n, "xs:"+n.kind+" without exactly one derivation")
		return
	}
	how := n.kids[0]
	c.only(how, "base")
	if n.kind == "simpleContent" {
		c.deriveSimple(d, how)
		return
	}
	base := c.find(how, "type", "base")
	if base == nil || base.kind != "complexType" || hasSimpleContent(base) {
		c.refuse(how, "a base that has no complex content")
		return
	}
	b := c.define(base)
	if b.mixed != d.mixed {
		c.refuse(how, "mixed content of the base only")
	}
	d.content, d.attrs = c.body(how, b.attrs)
	if how.kind == "extension" {
		d.content = sequence(b.content, d.content)
	}
}

// deriveSimple reads the extension of a simple type, or of a type with simple content, by attributes.
func (c *compiler) deriveSimple(d *definition, how *node) {
	if how.kind != "extension" {
		c.refuse(how, "xs:restriction of simple content")
		return
	}
	var inherited []attribute
	if q, ok := how.reference("base"); ok && q.Space == spaceXSD {
		d.simple = c.builtin(how, q.Local)
	} else if base := c.find(how, "type", "base"); base != nil && base.kind == "simpleType" {
		d.simple = c.simpleOf(base)
	} else if base != nil {
		b := c.define(base)
		d.simple, inherited = b.simple, b.attrs
	}
	if d.simple == nil {
		c.refuse(how, "a base that has no simple content")
		d.simple = &simple{}
	}
	var content *particle
	if content, d.attrs = c.body(how, inherited); content != nil {
		c.refuse(how, "elements in simple content")
	}
}

// body reads the content and the attributes of a type or of a derivation.
func (c *compiler) body(n *node, inherited []attribute) (*particle, []attribute) {
	var content *particle
	kids := n.kids
	if len(kids) > 0 && isGroup(kids[0].kind) {
		content = c.particle(kids[0])
		kids = kids[1:]
	}
	return content, c.attributes(n, kids, slices.Clone(inherited))
}

func isGroup(kind string) bool {
	return kind == "sequence" || kind == "choice" || kind == "group" || kind == "all"
}

// attributes adds the attributes that nodes declare to attrs. Only a restriction may replace one that is there.
func (c *compiler) attributes(whose *node, nodes []*node, attrs []attribute) []attribute {
	for _, n := range nodes {
		switch n.kind {
		case "attribute":
			a, prohibited := c.attribute(n)
			if whose.kind != "restriction" && slices.ContainsFunc(attrs, a.same) {
				c.refuse(n, "an attribute that is there already")
			}
			attrs = slices.DeleteFunc(attrs, a.same)
			if !prohibited {
				attrs = append(attrs, a)
			}
		case "attributeGroup":
			c.only(n, "ref", "name")
			if c.nesting++; c.nesting > maxNesting {
				c.refuse(n, "an attribute group that holds itself")
			} else if g := c.find(n, "attributeGroup", "ref"); g != nil {
				attrs = c.attributes(whose, g.kids, attrs)
			}
			c.nesting--
		case "anyAttribute": // matches nothing here
		default:
			c.refuse(n, "xs:"+n.kind+" among attributes")
		}
	}
	return attrs
}

func (a attribute) same(b attribute) bool { return a.space == b.space && a.local == b.local }

// attribute compiles a declaration or a reference to one.
func (c *compiler) attribute(n *node) (a attribute, prohibited bool) {
	decl := n
	if _, ok := n.value("ref"); ok {
		c.only(n, "ref", "use", "default", "fixed")
		if decl = c.find(n, "attribute", "ref"); decl == nil || len(n.kids) > 0 {
			c.refuse(n, "a reference to no attribute")
			return a, false
		}
		a.space = decl.file.target
	} else {
		c.only(n, "name", "type", "use", "default", "fixed", "form")
		a.space = c.space(n, n.file.attribute)
	}
	a.local, _ = decl.value("name")
	a.simple = c.simpleFor(decl)
	if a.fixed = c.fixed(n, a.simple); a.fixed == nil {
		a.fixed = c.fixed(decl, a.simple)
	}
	_, own := n.value("default")
	_, general := decl.value("default")
	a.defaulted = own || general
	use, ok := n.value("use")
	switch {
	case use == "required":
		a.required = true
	case ok && use != "optional" && use != "prohibited":
		c.refuse(n, "use "+use)
	}
	return a, use == "prohibited"
}

// space gives the namespace of a declaration: global ones are always in that of their file.
func (c *compiler) space(n *node, qualified bool) string {
	form, ok := n.value("form")
	switch {
	case ok && form != "qualified" && form != "unqualified":
		c.refuse(n, "form "+form)
	case ok:
		qualified = form == "qualified"
	}
	if qualified || slices.Contains(n.file.root.kids, n) {
		return n.file.target
	}
	return ""
}

// simpleFor gives the simple type of an attribute.
func (c *compiler) simpleFor(n *node) *simple {
	_, named := n.value("type")
	switch {
	case named && len(n.kids) == 0:
		if q, ok := n.reference("type"); ok && q.Space == spaceXSD {
			return c.builtin(n, q.Local)
		}
		if g := c.find(n, "type", "type"); g != nil && g.kind == "simpleType" {
			return c.simpleOf(g)
		}
	case !named && len(n.kids) == 1 && n.kids[0].kind == "simpleType":
		return c.simpleOf(n.kids[0])
	}
	c.refuse(n, "an attribute without exactly one simple type")
	return &simple{}
}
