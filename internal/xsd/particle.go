package xsd

import "strconv"

// particle is a part of a content model.
type particle struct {
	kind     int
	min, max int // occurrences; max < 0 = unbounded
	sym      int32
	decl     *element
	kids     []*particle
}

// The kinds of particles.
const (
	pElement = iota
	pSequence
	pChoice
	pWildcard // is never matched here: a document that needs it is left to libxml2
)

// maxNesting bounds groups that refer to each other, which can only end in a circle.
const maxNesting = 100

// sequence puts particles one behind the other; nil ones are nothing.
func sequence(parts ...*particle) *particle {
	s := &particle{kind: pSequence, min: 1, max: 1}
	for _, p := range parts {
		if p != nil {
			s.kids = append(s.kids, p)
		}
	}
	return s
}

// leaves counts the elements and wildcards of p.
func (p *particle) leaves() int {
	switch {
	case p == nil || p.max == 0:
		return 0
	case p.kind == pElement || p.kind == pWildcard:
		return 1
	}
	n := 0
	for _, k := range p.kids {
		n += k.leaves()
	}
	return n
}

// particle compiles an element, a group, or a reference to one.
func (c *compiler) particle(n *node) *particle {
	p := &particle{}
	p.min, p.max = c.occurs(n)
	if c.nesting++; c.nesting > maxNesting {
		c.refuse(n, "a group that holds itself")
		return p
	}
	defer func() { c.nesting-- }()
	switch n.kind {
	case "element":
		c.elementParticle(p, n)
	case "sequence", "choice":
		c.only(n, "minOccurs", "maxOccurs")
		if p.kind = pSequence; n.kind == "choice" {
			p.kind = pChoice
		}
		for _, k := range n.kids {
			p.kids = append(p.kids, c.particle(k))
		}
	case "group":
		c.only(n, "ref", "minOccurs", "maxOccurs")
		p.kind = pSequence
		if g := c.find(n, "group", "ref"); g != nil {
			p.kids = append(p.kids, c.group(g))
		}
	case "any":
		p.kind = pWildcard
	default:
		c.refuse(n, "xs:"+n.kind)
	}
	return p
}

// group compiles the definition of a group.
func (c *compiler) group(n *node) *particle {
	c.only(n, "name")
	if len(n.kids) != 1 || n.kids[0].kind == "group" {
		c.refuse(n, "a group without exactly one model")
		return &particle{kind: pSequence, min: 1, max: 1}
	}
	return c.particle(n.kids[0])
}

func (c *compiler) elementParticle(p *particle, n *node) {
	p.kind = pElement
	decl, space := n, ""
	if _, ok := n.value("ref"); ok {
		c.only(n, "ref", "minOccurs", "maxOccurs")
		if decl = c.find(n, "element", "ref"); decl == nil {
			return
		}
		space = decl.file.target
	} else {
		space = c.space(n, n.file.elements)
	}
	local, ok := decl.value("name")
	if !ok {
		c.refuse(n, "an element without name")
	}
	p.sym = c.symbol(name{Space: space, Local: local})
	p.decl = c.element(decl)
}

// occurs reads minOccurs and maxOccurs.
func (c *compiler) occurs(n *node) (least, most int) {
	read := func(attr string) int {
		v, ok := n.value(attr)
		if !ok {
			return 1
		}
		i, err := strconv.Atoi(v)
		if err != nil || i < 0 || i > maxStates {
			c.refuse(n, attr+" "+v)
		}
		return i
	}
	least = read("minOccurs")
	if v, _ := n.value("maxOccurs"); v == "unbounded" {
		return least, -1
	}
	if most = read("maxOccurs"); most < least {
		c.refuse(n, "maxOccurs below minOccurs")
	}
	return least, most
}
