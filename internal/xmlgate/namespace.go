package xmlgate

import (
	"bytes"
	"unicode/utf8"
)

// The two namespaces that are bound by definition.
const (
	spaceXML   = "http://www.w3.org/XML/1998/namespace"
	spaceXMLNS = "http://www.w3.org/2000/xmlns/"
)

// maxBindings bounds the declarations in force at once, so that looking one up stays cheap in a document made to hurt.
const maxBindings = 256

// binding is a namespace declaration in force.
type binding struct {
	prefix string // "" = the default namespace
	uri    string // "" = the default namespace is taken back
}

// cached is what a raw element name means in the present scope.
type cached struct {
	name, nameEnd int32
	gen           uint32 // counts only if it is the core's
	sym, number   int32  // as expanded
}

// forget empties the cache, because names may mean something else from here on.
func (x *core) forget() {
	if x.gen++; x.gen == 0 { // once in four thousand million: old lines must not look new
		x.cache = [256]cached{}
		x.gen = 1
	}
}

// declare brings the declaration a into force.
func (x *core) declare(a *attr) *Error {
	var prefix []byte
	if a.colon != none {
		prefix = x.b[a.colon+1 : a.nameEnd]
	}
	text := x.attrText(a)
	if err := declarable(prefix, text, a.colon != none); err != nil {
		err.Offset = int(a.name)
		return err
	}
	if len(x.ns) >= maxBindings {
		return fail(CodeAttribute, int(a.name), textManyDecl)
	}
	x.ns = append(x.ns, binding{x.intern(prefix), x.intern(text)})
	x.own++
	x.forget()
	return nil
}

// declarable are the constraints of Namespaces in XML 1.0 on what may be bound to what.
func declarable(prefix, uri []byte, prefixed bool) *Error {
	isXML := string(prefix) == "xml"
	switch {
	case prefixed && !ncName(prefix):
		return fail(CodeNamensraum, 0, textQName)
	case prefixed && len(uri) == 0:
		return fail(CodeNamensraum, 0, textUnbind)
	case string(prefix) == "xmlns", string(uri) == spaceXMLNS, isXML != (string(uri) == spaceXML):
		return fail(CodeNamensraum, 0, textReserved)
	}
	return nil
}

// ncName says whether a part of a name, itself made of name characters, is a name without a colon.
func ncName(b []byte) bool {
	if len(b) == 0 || bytes.IndexByte(b, ':') >= 0 {
		return false
	}
	if b[0] < utf8.RuneSelf {
		return classes[b[0]]&clStart != 0
	}
	r, _ := utf8.DecodeRune(b)
	_, start := nameRune(r)
	return start
}

// lookup gives the namespace that prefix is bound to.
func (x *core) lookup(prefix []byte) (string, bool) {
	for i := len(x.ns) - 1; i >= 0; i-- {
		if x.ns[i].prefix == string(prefix) {
			return x.ns[i].uri, true
		}
	}
	if string(prefix) == "xml" {
		return spaceXML, true
	}
	return "", len(prefix) == 0
}

// qualify gives the namespace of the name b[i:end] with its colon at colon.
func (x *core) qualify(i, colon, end int) (string, *Error) {
	prefix, local := x.b[i:colon], x.b[colon+1:end]
	if len(prefix) == 0 || !ncName(local) {
		return "", fail(CodeNamensraum, i, textQName)
	}
	if string(prefix) == "xmlns" {
		return "", fail(CodeNamensraum, i, textReserved)
	}
	uri, ok := x.lookup(prefix)
	if !ok {
		return "", fail(CodeNamensraum, i, textPrefix)
	}
	return uri, nil
}

// resolve says what the element name b[i:end] means to Map and Judge; that its prefix is declared is checked on the way.
func (x *core) resolve(i, end int) (*cached, *Error) {
	raw := x.b[i:end]
	c := &x.cache[uint8(hash(raw)>>24)]
	if c.gen == x.gen && bytes.Equal(x.b[c.name:c.nameEnd], raw) {
		return c, nil
	}
	uri, local := "", raw
	if colon := bytes.IndexByte(raw, ':'); colon >= 0 {
		var err *Error
		if uri, err = x.qualify(i, i+colon, end); err != nil {
			err.Offset = i - 1 // the whole tag
			return nil, err
		}
		local = raw[colon+1:]
	} else {
		uri, _ = x.lookup(nil)
	}
	*c = cached{int32(i), int32(end), x.gen, none, none}
	if x.m != nil || x.judge != nil {
		k := x.known(uri, local)
		c.sym, c.number = k.sym, k.number
	}
	return c, nil
}

// expanded is what an expanded name means to a Map and a Judge. It is kept from one document to the next.
type expanded struct {
	uri, local string
	m          *Map
	judge      Judge
	sym        int32 // in the Map, or none
	number     int32 // the Judge's
}

// known says what an expanded name means to the Map and the Judge in force.
func (x *core) known(uri string, local []byte) *expanded {
	k := &x.memo[hash(local)>>22]
	if k.local == string(local) && k.uri == uri && k.m == x.m && k.judge == x.judge && k.local != "" {
		return k
	}
	*k = expanded{uri: uri, local: x.intern(local), m: x.m, judge: x.judge, sym: none, number: none}
	if x.m != nil {
		if y, ok := x.m.syms[Name{uri, string(local)}]; ok {
			k.sym = y
		}
	}
	if x.judge != nil {
		k.number = x.judge.Symbol(uri, local)
	}
	return k
}

// hash spreads names over the slots of a cache by its upper bits. Long names, which share their beginnings, are told apart by a few
// bytes.
func hash(raw []byte) uint32 {
	n := len(raw)
	h := uint32(n) * 31
	if n >= 8 {
		h ^= uint32(raw[n-1]) | uint32(raw[n-2])<<8 | uint32(raw[n-4])<<16 | uint32(raw[n/2])<<24
		h = h*2654435761 ^ uint32(raw[n-6])<<3 ^ uint32(raw[2])
	} else {
		for _, c := range raw {
			h = h*33 ^ uint32(c)
		}
	}
	return h * 2654435761
}
