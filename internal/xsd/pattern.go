package xsd

import (
	"errors"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// maxPatternStates bounds the automaton of one pattern; that of DIN 91379 has 14.
const maxPatternStates = 2000

// pattern is the automaton of a pattern facet, over classes of characters that it does not tell apart.
type pattern struct {
	first  []rune // where each class from the second one on begins
	ascii  [utf8.RuneSelf]uint16
	width  int
	next   []int16 // state * width + class, or -1
	accept []bool
}

// matches says whether the whole of v, which is UTF-8, fits.
func (p *pattern) matches(v []byte) bool {
	state := 0
	for i := 0; i < len(v); {
		class, size := 0, 1
		if v[i] < utf8.RuneSelf {
			class = int(p.ascii[v[i]])
		} else {
			var r rune
			r, size = utf8.DecodeRune(v[i:])
			class = p.class(r)
		}
		next := p.next[state*p.width+class]
		if next < 0 {
			return false
		}
		state = int(next)
		i += size
	}
	return p.accept[state]
}

func (p *pattern) class(r rune) int {
	at, found := slices.BinarySearch(p.first, r)
	if found {
		at++
	}
	return at
}

// compilePattern makes the automaton. It knows what XML Schema and package regexp mean alike; the rest is an error.
func compilePattern(xsd string) (*pattern, error) {
	t := translator{in: []rune(xsd)}
	if err := t.run(); err != nil {
		return nil, err
	}
	re, err := syntax.Parse(t.out.String(), syntax.Perl)
	if err != nil {
		return nil, errors.New("a form that is not known")
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, errors.New("a form that is not known")
	}
	return determine(prog)
}

// determine makes a deterministic automaton of prog.
func determine(prog *syntax.Prog) (*pattern, error) {
	p := &pattern{first: classes(prog)}
	p.width = len(p.first) + 1
	for c := range p.ascii {
		p.ascii[c] = uint16(p.class(rune(c)))
	}
	sets := [][]int{closure(prog, []int{prog.Start})}
	numbers := map[string]int{keyOf(sets[0]): 0}
	for i := 0; i < len(sets); i++ {
		p.accept = append(p.accept, slices.ContainsFunc(sets[i], func(pc int) bool { return prog.Inst[pc].Op == syntax.InstMatch }))
		for class := range p.width {
			r := rune(0)
			if class > 0 {
				r = p.first[class-1]
			}
			set := closure(prog, behind(prog, sets[i], r))
			if len(set) == 0 {
				p.next = append(p.next, -1)
				continue
			}
			number, ok := numbers[keyOf(set)]
			if !ok {
				number = len(sets)
				numbers[keyOf(set)] = number
				sets = append(sets, set)
			}
			p.next = append(p.next, int16(number))
		}
		if len(sets) > maxPatternStates || len(p.next) > 1<<22 {
			return nil, errors.New("too many states")
		}
	}
	return p, nil
}

// classes gives the characters at which some instruction begins or ceases to match.
func classes(prog *syntax.Prog) []rune {
	var first []rune
	for i := range prog.Inst {
		switch in := &prog.Inst[i]; in.Op {
		case syntax.InstRune, syntax.InstRune1:
			for k := 0; k < len(in.Rune); k += 2 {
				high := in.Rune[k]
				if k+1 < len(in.Rune) {
					high = in.Rune[k+1]
				}
				first = append(first, in.Rune[k], high+1)
			}
		case syntax.InstRuneAnyNotNL:
			first = append(first, '\n', '\n'+1)
		}
	}
	slices.Sort(first)
	first = slices.Compact(first)
	return slices.DeleteFunc(first, func(r rune) bool { return r == 0 })
}

// closure gives the instructions that wait for a character, or match, reached from set; sorted.
func closure(prog *syntax.Prog, set []int) []int {
	seen := map[int]bool{}
	var out []int
	for len(set) > 0 {
		pc := set[len(set)-1]
		set = set[:len(set)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := &prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			set = append(set, int(in.Out), int(in.Arg))
		case syntax.InstNop, syntax.InstCapture:
			set = append(set, int(in.Out))
		case syntax.InstFail:
		default:
			out = append(out, pc)
		}
	}
	slices.Sort(out)
	return out
}

// behind gives the instructions behind those of set that match r.
func behind(prog *syntax.Prog, set []int, r rune) (out []int) {
	for _, pc := range set {
		switch in := &prog.Inst[pc]; in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if in.MatchRune(r) {
				out = append(out, int(in.Out))
			}
		}
	}
	return out
}
