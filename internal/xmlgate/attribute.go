package xmlgate

import "bytes"

// attr is an attribute of the start tag read last.
type attr struct {
	name, nameEnd int32
	colon         int32 // offset of the name's colon, or none
	val, valEnd   int32
	decl          bool // a namespace declaration
	verbatim      bool // the value stands in the document as it is meant
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
