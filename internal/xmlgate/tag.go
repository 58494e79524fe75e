package xmlgate

import (
	"bytes"
	"strings"
)

// attr is an attribute of the start tag read last.
type attr struct {
	name, nameEnd int32
	colon         int32 // offset of the name's colon, or none
	val, valEnd   int32
	decl          bool // a namespace declaration
	verbatim      bool // the value stands in the document as it is meant
}

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

// attribute reads the attribute at i; a namespace declaration comes into force.
func (x *core) attribute(i int) (int, *Error) {
	b := x.b
	j := nameEnd(b, i)
	if j == i {
		return i, odd(b, j, textAttr)
	}
	a := attr{name: int32(i), nameEnd: int32(j), colon: none, verbatim: true}
	if c := bytes.IndexByte(b[i:j], ':'); c >= 0 {
		a.colon = int32(i + c)
	}
	if j = spaceEnd(b, j); j >= len(b) || b[j] != '=' {
		return i, odd(b, j, textAttr)
	}
	if j = spaceEnd(b, j+1); j >= len(b) || b[j] != '"' && b[j] != '\'' {
		return i, odd(b, j, textAttr)
	}
	if len(x.attrs) >= x.limits.MaxAttrs {
		return i, fail(CodeAttribute, i, textMany)
	}
	a.val = int32(j + 1)
	end, err := x.attrValue(&a, b[j])
	if err != nil {
		return i, err
	}
	name := b[a.name:a.nameEnd]
	a.decl = bytes.HasPrefix(name, []byte("xmlns")) && (len(name) == 5 || name[5] == ':')
	for k := range x.attrs {
		if o := &x.attrs[k]; bytes.Equal(b[o.name:o.nameEnd], name) {
			return i, twice(i, a.decl)
		}
	}
	x.attrs = append(x.attrs, a)
	if a.decl {
		return end, x.declare(&a)
	}
	return end, nil
}

func twice(i int, decl bool) *Error {
	if decl {
		return fail(CodeDoppelt, i, textTwiceNS)
	}
	return fail(CodeDoppelt, i, textTwice)
}

// attrValue reads the value of a up to its quote and gives the offset behind that.
func (x *core) attrValue(a *attr, quote byte) (int, *Error) {
	b := x.b
	i := int(a.val)
	for {
		for i < len(b) && classes[b[i]]&clValue != 0 {
			i++
		}
		if i >= len(b) {
			return i, cut(b)
		}
		var err *Error
		switch c := b[i]; {
		case c == quote:
			a.valEnd = int32(i)
			return i + 1, nil
		case c == '"' || c == '\'':
			i++
		case c == '<':
			return i, fail(CodeSyntax, i, textLess)
		case c == '&':
			a.verbatim = false
			i, _, err = reference(b, i)
		default:
			a.verbatim = a.verbatim && c >= 0x80
			i, err = char(b, i)
		}
		if err != nil {
			return i, err
		}
	}
}

// local gives the part of an attribute's name behind its colon.
func (x *core) local(a *attr) []byte {
	if a.colon == none {
		return x.b[a.name:a.nameEnd]
	}
	return x.b[a.colon+1 : a.nameEnd]
}

// prefixes checks the prefixes of the attributes, and that no two of them have the same expanded name.
func (x *core) prefixes() *Error {
	for k := range x.attrs {
		a := &x.attrs[k]
		if a.decl || a.colon == none {
			continue
		}
		space, err := x.space(a)
		if err != nil {
			return err
		}
		for o := range x.attrs[:k] {
			other := &x.attrs[o]
			if other.decl || other.colon == none || !bytes.Equal(x.local(other), x.local(a)) {
				continue
			}
			if s, _ := x.space(other); s == space {
				return twice(int(a.name), false)
			}
		}
	}
	return nil
}

// space gives the namespace of a prefixed attribute.
func (x *core) space(a *attr) (string, *Error) {
	uri, err := x.qualify(int(a.name), int(a.colon), int(a.nameEnd))
	if err != nil {
		err.Offset = int(a.name)
	}
	return uri, err
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
