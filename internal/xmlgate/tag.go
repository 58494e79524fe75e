package xmlgate

import (
	"bytes"
	"strings"
)

// open reads the start tag at i ('<') and enters its element; an empty-element tag leaves it at once.
func (x *core) open(i int) (int, *Error) {
	b := x.b
	if len(x.stack) >= x.limits.MaxDepth {
		return i, fail(CodeTiefe, i, textDeep)
	}
	end := nameEnd(b, i+1)
	if end == i+1 || end >= len(b) {
		return i, x.noName(i, end)
	}
	f := frame{name: int32(i + 1), nameEnd: int32(end), ns: int32(len(x.ns)), node: none}
	x.attrs, x.own = x.attrs[:0], 0
	j, empty := end+1, false
	if b[end] != '>' {
		var err *Error
		if j, empty, err = x.tail(end); err != nil {
			return i, err
		}
	}
	known, err := x.resolve(i+1, end)
	if err != nil {
		return i, err
	}
	if len(x.attrs) > x.own {
		if err := x.prefixes(); err != nil {
			return i, err
		}
	}
	f.from = int32(j)
	number := known.number
	if len(x.stack) == 0 {
		number = x.begun(&f)
	} else {
		x.place(&f, known.sym)
	}
	x.stack = append(x.stack, f)
	if f.node != none {
		x.enter(&f, i)
	}
	x.started(number, i)
	x.gap = j
	if x.watch != nil && !x.watch.opened(x, i) {
		return i, stopped
	}
	if !empty {
		return j, nil
	}
	if f.node != none {
		x.leave(&f, j)
	}
	x.ended(j)
	return j, x.pop(j)
}

// noName is the fault of a '<' at i whose name ends at end: not at all begun, or cut off with the document.
func (x *core) noName(i, end int) *Error {
	if end >= len(x.b) {
		return cut(x.b)
	}
	if e := odd(x.b, end, textMarkup); e.Code != CodeSyntax {
		return e
	}
	return fail(CodeSyntax, i, textMarkup)
}

// tail reads a start tag from the end of its name on: its attributes and its bracket.
func (x *core) tail(i int) (end int, empty bool, err *Error) {
	b := x.b
	for {
		j := spaceEnd(b, i)
		switch {
		case j >= len(b):
			return j, false, cut(b)
		case b[j] == '>':
			return j + 1, false, nil
		case b[j] == '/':
			if j+1 >= len(b) || b[j+1] != '>' {
				return j, false, odd(b, j+1, textTag)
			}
			return j + 2, true, nil
		case j == i:
			return j, false, odd(b, j, textTag)
		}
		if i, err = x.attribute(j); err != nil {
			return j, false, err
		}
	}
}

// place finds the node of an element below the root in the Map.
func (x *core) place(f *frame, sym int32) {
	if up := x.stack[len(x.stack)-1].node; up != none && sym != none {
		f.node = int32(x.m.next[int(up)*len(x.m.syms)+int(sym)])
	}
}

// begun learns from the first element of all which Map and which Judge are in force, and gives the Judge's number of its name.
func (x *core) begun(f *frame) int32 {
	raw := x.b[f.name:f.nameEnd]
	prefix, local, ok := bytes.Cut(raw, []byte(":"))
	if !ok {
		prefix, local = nil, raw
	}
	uri, _ := x.lookup(prefix)
	x.root = Name{uri, x.intern(local)}
	if x.choose != nil && x.sink != nil {
		if m := x.choose(x.root); m != nil && m.root == x.root {
			x.m, f.node = m, 0
		}
	}
	if x.judges != nil {
		x.judge = x.judges(x.root)
	}
	if x.m != nil || x.judge != nil {
		x.forget() // the numbers of names are theirs
	}
	return x.known(uri, local).number
}

// enter tells the sink of an element at offset i that begins, and of its attributes.
func (x *core) enter(f *frame, i int) {
	n := &x.m.nodes[f.node]
	if n.list != none {
		x.sink.Enter(int(n.list), i)
	}
	if len(n.attrs) == 0 {
		return
	}
	for k := range x.attrs {
		a := &x.attrs[k]
		if a.decl {
			continue
		}
		uri := ""
		if a.colon != none {
			uri, _ = x.space(a) // was checked
		}
		for _, want := range n.attrs {
			if want.name.Space == uri && want.name.Local == string(x.local(a)) {
				x.sink.Value(int(want.field), x.attrText(a), int(a.val))
			}
		}
	}
}

// leave tells the sink of an element whose content ends at i.
func (x *core) leave(f *frame, i int) {
	n := &x.m.nodes[f.node]
	if n.field != none {
		x.sink.Value(int(n.field), x.elementText(int(f.from), i), int(f.from))
	}
	if n.list != none {
		x.sink.Leave(int(n.list))
	}
}

// intern makes a string of b that is allocated once for as long as it keeps coming back.
func (x *core) intern(b []byte) string {
	if s, ok := x.names[string(b)]; ok {
		return s
	}
	const most, longest = 1024, 512 // what strangers may make us remember
	if len(b) > longest {
		return string(b)
	}
	if x.names == nil || len(x.names) >= most {
		x.names = make(map[string]string)
	}
	s := strings.Clone(string(b))
	x.names[s] = s
	return s
}
