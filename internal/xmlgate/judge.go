package xmlgate

// Judge follows the elements of a document during the scan and says whether it has no objection. It is told nothing more of a
// document after its first objection, or after a fault of the gate.
type Judge interface {
	// Symbol numbers element names, always alike. It is not asked for each element; local must not be kept.
	Symbol(space string, local []byte) int32
	// Start judges a start tag, whose name has the number sym. The first one of a document is that of the root.
	Start(sym int32, t Tag) bool
	// End judges the end of the element that was started last and has not ended yet.
	End(t Tag) bool
}

// Accepted says whether the document scanned last passed the gate and had a Judge that never objected.
func (s *Scanner) Accepted() bool { return s.accepted }

// Tag is a start or end tag, for the duration of one call of a Judge.
type Tag struct {
	x  *core
	at int // its '<'; behind an empty-element tag when its element ends
}

// Offset is where the tag begins: its '<' in the document.
func (t Tag) Offset() int { return t.at }

// Size is that of the whole document in bytes.
func (t Tag) Size() int { return len(t.x.b) }

// Root says whether the element is the root.
func (t Tag) Root() bool { return len(t.x.stack) == 1 }

// Blank says that between the tag before and this one there is nothing but white space, written as such, and comments.
func (t Tag) Blank() bool { return t.x.solid < t.x.gap }

// Bare says of an end tag that the start tag of its element ends right before it.
func (t Tag) Bare() bool { return int(t.top().from) == t.at }

// Text is the text of an element that ends, as a Sink gets it (Value).
func (t Tag) Text() []byte { return t.x.elementText(int(t.top().from), t.at) }

func (t Tag) top() *frame { return &t.x.stack[len(t.x.stack)-1] }

// Attributes is the number of attributes of a start tag, namespace declarations counted.
func (t Tag) Attributes() int { return len(t.x.attrs) }

// Attribute gives attribute i of a start tag. For a namespace declaration declares is true, local its prefix ("" for the default)
// and value the namespace. value is normalised as XML 1.0 wants it and valid until Scan returns.
func (t Tag) Attribute(i int) (space string, local, value []byte, declares bool) {
	a := &t.x.attrs[i]
	value = t.x.attrText(a)
	switch {
	case a.decl && a.colon == none:
		return "", nil, value, true
	case a.colon != none && !a.decl:
		space, _ = t.x.space(a) // was checked
	}
	return space, t.x.local(a), value, a.decl
}

// Namespace gives the namespace that prefix is bound to in the element; "" is the default namespace.
func (t Tag) Namespace(prefix string) (space string, ok bool) { return t.x.lookup([]byte(prefix)) }

// started lets the Judge see the start tag at i.
func (x *core) started(sym int32, i int) {
	if x.judge != nil && !x.judge.Start(sym, Tag{x, i}) {
		x.judge = nil
	}
}

// ended lets the Judge see the end of the innermost element at i.
func (x *core) ended(i int) {
	if x.judge != nil && !x.judge.End(Tag{x, i}) {
		x.judge = nil
	}
}
