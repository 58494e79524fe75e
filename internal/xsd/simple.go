package xsd

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// simple is a simple type: an atomic built-in one and what restricts it.
type simple struct {
	kind      *builtin
	space     whitespace
	min, max  int // length; max < 0 = unbounded
	total     int // digits, < 0 = any number
	fraction  int
	low, high *bound
	enums     []map[string]bool // one per step of derivation; a value must be in each
	patterns  [][]*pattern      // the same; one of each must match
}

// bound is a limit of a number.
type bound struct {
	value     number
	exclusive bool
}

// builtin gives a built-in type by its local name.
func (c *compiler) builtin(n *node, local string) *simple {
	if s := c.builtins[local]; s != nil {
		return s
	}
	k, ok := builtins[local]
	if !ok {
		c.refuse(n, "type xs:"+local)
		k = builtins["string"]
	}
	s := &simple{kind: &k, space: k.space, max: -1, total: -1, fraction: -1}
	for i, limit := range []string{k.low, k.high} {
		v, ok := readNumber([]byte(limit))
		if !ok {
			continue
		}
		if i == 0 {
			s.low = &bound{value: v}
		} else {
			s.high = &bound{value: v}
		}
	}
	c.builtins[local] = s
	return s
}

// simpleOf gives the type that a simpleType defines.
func (c *compiler) simpleOf(n *node) *simple {
	if s := c.simples[n]; s != nil {
		if s.kind == nil && c.err == nil {
			c.refuse(n, "a type that is based on itself")
		}
		return s
	}
	s := &simple{}
	c.simples[n] = s
	c.only(n, "name")
	if len(n.kids) != 1 || n.kids[0].kind != "restriction" {
		construct := "an empty xs:simpleType"
		if len(n.kids) > 0 {
			construct = "xs:" + n.kids[0].kind + " in xs:simpleType"
		}
		c.refuse(n, construct)
		return s
	}
	how, facets := n.kids[0], n.kids[0].kids
	c.only(how, "base")
	var base *simple
	if _, ok := how.value("base"); ok {
		base = c.simpleByBase(how)
	} else if len(facets) > 0 && facets[0].kind == "simpleType" {
		base, facets = c.simpleOf(facets[0]), facets[1:]
	}
	if base == nil || base.kind == nil {
		c.refuse(how, "a restriction without simple base")
		return s
	}
	*s = *base
	s.enums, s.patterns = slices.Clip(s.enums), slices.Clip(s.patterns)
	c.facets(s, facets)
	return s
}

func (c *compiler) simpleByBase(how *node) *simple {
	if q, _ := how.reference("base"); q.Space == spaceXSD {
		return c.builtin(how, q.Local)
	}
	if g := c.find(how, "type", "base"); g != nil && g.kind == "simpleType" {
		return c.simpleOf(g)
	}
	return nil
}

// facets applies one step of derivation to s.
func (c *compiler) facets(s *simple, nodes []*node) {
	enum, patterns := map[string]bool{}, []*pattern(nil)
	for _, f := range nodes {
		c.only(f, "value", "fixed")
		v, _ := f.value("value")
		switch f.kind {
		case "enumeration":
			enum[string(s.space.apply([]byte(v), new([]byte)))] = true
		case "pattern":
			p, err := compilePattern(v)
			if err != nil {
				c.refuse(f, "a pattern with "+err.Error())
				return
			}
			patterns = append(patterns, p)
		case "whiteSpace":
			c.whitespace(s, f, v)
		default:
			c.numericFacet(s, f, v)
		}
	}
	if len(enum) > 0 {
		s.enums = append(s.enums, enum)
	}
	if patterns != nil {
		s.patterns = append(s.patterns, patterns)
	}
}

func (c *compiler) whitespace(s *simple, f *node, v string) {
	w, ok := map[string]whitespace{"preserve": preserve, "replace": replace, "collapse": collapse}[v]
	if !ok || w < s.space || !s.kind.text {
		c.refuse(f, "xs:whiteSpace "+v+" here")
	}
	s.space = w
}

// numericFacet applies a facet whose value is a number; it can only make the type narrower.
func (c *compiler) numericFacet(s *simple, f *node, v string) {
	value, ok := readNumber([]byte(v))
	count, err := strconv.Atoi(v)
	count = min(count, 1<<30)
	length, digits := s.kind.length != nil, s.kind.numeric
	switch {
	case f.kind == "length" && length && err == nil:
		s.min, s.max = max(s.min, count), least(s.max, count)
	case f.kind == "minLength" && length && err == nil:
		s.min = max(s.min, count)
	case f.kind == "maxLength" && length && err == nil:
		s.max = least(s.max, count)
	case f.kind == "totalDigits" && digits && err == nil:
		s.total = least(s.total, count)
	case f.kind == "fractionDigits" && digits && err == nil:
		s.fraction = least(s.fraction, count)
	case (f.kind == "minInclusive" || f.kind == "minExclusive") && digits && ok:
		s.low = s.low.tighter(bound{value, f.kind == "minExclusive"}, 1)
	case (f.kind == "maxInclusive" || f.kind == "maxExclusive") && digits && ok:
		s.high = s.high.tighter(bound{value, f.kind == "maxExclusive"}, -1)
	default:
		c.refuse(f, "xs:"+f.kind+" of a value of this type")
	}
}

// least is the smaller limit, where a negative one is none.
func least(a, b int) int {
	if a < 0 {
		return b
	}
	return min(a, b)
}

// tighter gives the limit that lets less through; sign is 1 for lower limits.
func (b *bound) tighter(o bound, sign int) *bound {
	if b != nil {
		if c := b.value.compare(o.value) * sign; c > 0 || c == 0 && b.exclusive {
			return b
		}
	}
	return &o
}

// accepts judges a value and gives it normalised. buf is for values that are not normalised yet.
func (s *simple) accepts(v []byte, buf *[]byte) ([]byte, bool) {
	n := s.space.apply(v, buf)
	if !s.kind.valid(n) || s.kind.length != nil && !s.lengthOK(n) || s.kind.numeric && !s.numberOK(n) {
		return n, false
	}
	for _, e := range s.enums {
		if !e[string(n)] {
			return n, false
		}
	}
	for _, alternatives := range s.patterns {
		if !slices.ContainsFunc(alternatives, func(p *pattern) bool { return p.matches(n) }) {
			return n, false
		}
	}
	return n, true
}

// lengthOK holds the length facets against the value, and against what would be left of it with all white space collapsed: that is
// what libxml2 counts for some of the types.
func (s *simple) lengthOK(n []byte) bool {
	if s.min == 0 && s.max < 0 {
		return true
	}
	length := s.kind.length(n)
	if s.max >= 0 && length > s.max || length < s.min {
		return false
	}
	return s.space == collapse || length-surplus(n) >= s.min
}

func (s *simple) numberOK(v []byte) bool {
	n, ok := readNumber(v)
	return ok && (s.total < 0 || len(n.whole)+len(n.part) <= s.total) && (s.fraction < 0 || len(n.part) <= s.fraction) &&
		(s.low == nil || beyond(n.compare(s.low.value), s.low.exclusive)) && (s.high == nil || beyond(s.high.value.compare(n), s.high.exclusive))
}

// beyond says whether a comparison with a limit came out well.
func beyond(c int, exclusive bool) bool { return c > 0 || c == 0 && !exclusive }

// surplus counts the characters that collapsing white space takes away.
func surplus(v []byte) int {
	n, space := 0, true
	for _, c := range v {
		blank := isSpace(c)
		if blank && space {
			n++
		}
		space = blank
	}
	if space && n < len(v) {
		n++ // the last one
	}
	return n
}

// characters counts those of UTF-8.
func characters(v []byte) (n int) {
	for _, c := range v {
		if utf8.RuneStart(c) {
			n++
		}
	}
	return n
}
