package xsd

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// What a schema may cost: states of one automaton, and attributes of one type, which are bits of a word.
const (
	maxStates     = 5000
	maxAttributes = 64
)

// model is the automaton of a content model. State 0 is the first.
type model struct {
	local  []uint16 // by symbol: number of the element in this model, from 1; 0 = none
	width  int      // elements in this model
	next   []int16  // state * width + element - 1: the state behind it, or -1
	accept []bool   // by state: the content may end here
	decls  []*element
}

// step gives the state behind an element and its declaration; ok is false when it may not stand here.
func (m *model) step(state int16, sym int32) (next int16, decl *element, ok bool) {
	if sym < 0 || int(sym) >= len(m.local) || m.local[sym] == 0 {
		return 0, nil, false
	}
	at := int(m.local[sym]) - 1
	next = m.next[int(state)*m.width+at]
	return next, m.decls[at], next >= 0
}

// nondeterministic automaton: every state has empty steps, and at most one step over an element.
type states []struct {
	free []int
	over *particle // nil = no step over an element
	to   int
}

func (s *states) add() int {
	*s = append(*s, struct {
		free []int
		over *particle
		to   int
	}{})
	return len(*s) - 1
}

func (s states) join(from, to int) { s[from].free = append(s[from].free, to) }

// build adds p behind the state from, as often as it may occur, and gives the state behind it.
func (s *states) build(p *particle, from int) int {
	for range p.min {
		from = s.once(p, from)
		if len(*s) > 4*maxStates {
			return from
		}
	}
	if p.max < 0 {
		begin := s.add()
		s.join(from, begin)
		s.join(s.once(p, begin), begin)
		return begin
	}
	end := s.add()
	for i := p.min; i < p.max && len(*s) <= 4*maxStates; i++ {
		s.join(from, end)
		from = s.once(p, from)
	}
	s.join(from, end)
	return end
}

// once adds p behind from, one time.
func (s *states) once(p *particle, from int) int {
	switch p.kind {
	case pElement:
		begin, end := s.add(), s.add()
		s.join(from, begin)
		(*s)[begin].over, (*s)[begin].to = p, end
		return end
	case pChoice:
		end := s.add()
		for _, k := range p.kids {
			s.join(s.build(k, from), end)
		}
		return end
	case pWildcard:
		return s.add() // nothing leads there
	}
	for _, k := range p.kids {
		from = s.build(k, from)
	}
	return from
}

// closure gives the states that are reached from set without an element, sorted.
func (s states) closure(set []int) []int {
	seen := map[int]bool{}
	for len(set) > 0 {
		at := set[len(set)-1]
		set = set[:len(set)-1]
		if !seen[at] {
			seen[at] = true
			set = append(set, s[at].free...)
		}
	}
	out := make([]int, 0, len(seen))
	for at := range seen {
		out = append(out, at)
	}
	slices.Sort(out)
	return out
}

// model makes the automaton of content; n is the type, for what is refused.
func (c *compiler) model(n *node, content *particle) *model {
	m := &model{}
	if content == nil {
		content = sequence()
	}
	c.number(m, n, content)
	var s states
	start := s.add()
	end := s.build(content, start)
	if len(s) > 4*maxStates {
		c.refuse(n, "a content model of more than "+strconv.Itoa(maxStates)+" states")
		return m
	}
	m.width = len(m.decls)
	sets := [][]int{s.closure([]int{start})}
	numbers := map[string]int{keyOf(sets[0]): 0}
	for i := 0; i < len(sets) && c.err == nil; i++ {
		m.accept = append(m.accept, slices.Contains(sets[i], end))
		row := make([]int16, m.width)
		for at := range row {
			row[at] = -1
		}
		for sym, to := range c.steps(n, s, sets[i]) {
			set := s.closure(to)
			number, ok := numbers[keyOf(set)]
			if !ok {
				number = len(sets)
				numbers[keyOf(set)] = number
				sets = append(sets, set)
			}
			row[m.local[sym]-1] = int16(number)
		}
		m.next = append(m.next, row...)
		if len(sets) > maxStates {
			c.refuse(n, "a content model of more than "+strconv.Itoa(maxStates)+" states")
		}
	}
	return m
}

// steps gives, by symbol, the states that elements lead to from set. Two particles that want the same element make the model
// ambiguous: XML Schema forbids it.
func (c *compiler) steps(n *node, s states, set []int) map[int32][]int {
	to, by := map[int32][]int{}, map[int32]*particle{}
	for _, at := range set {
		p := s[at].over
		if p == nil {
			continue
		}
		if q := by[p.sym]; q != nil && q != p {
			c.refuse(n, "an ambiguous content model")
		}
		by[p.sym] = p
		to[p.sym] = append(to[p.sym], s[at].to)
	}
	return to
}

// number gives the elements of p their numbers in m. Elements of one name must have one type.
func (c *compiler) number(m *model, n *node, p *particle) {
	for _, k := range p.kids {
		c.number(m, n, k)
	}
	if p.kind != pElement || p.decl == nil {
		return
	}
	for len(m.local) <= int(p.sym) {
		m.local = append(m.local, 0)
	}
	if at := m.local[p.sym]; at > 0 {
		if q := m.decls[at-1]; q != p.decl && (q.typ != p.decl.typ || q.fixed != nil || p.decl.fixed != nil || len(q.keys)+len(p.decl.keys) > 0) {
			c.refuse(n, "two different elements of one name")
		}
		return
	}
	m.decls = append(m.decls, p.decl)
	m.local[p.sym] = uint16(len(m.decls))
}

func keyOf(set []int) string {
	var b []byte
	for _, at := range set {
		b = binary.AppendUvarint(b, uint64(at))
	}
	return string(b)
}
