package xsd

import "damtshilfe/internal/xmlgate"

// libxml2 refuses values of more than 10 MB and names of more than 50 000 bytes, in some places. What is larger than this is left to it.
const (
	maxDocument = 8 << 20
	maxPrefix   = 1000
)

// Judge follows a document through the automata of a Grammar (xmlgate.Judge). It keeps its memory from one document to the
// next; it is not for concurrent use.
type Judge struct {
	grammar *Grammar
	stack   []frame
	keys    []keyed
	buf     []byte // a value being normalised
}

// frame is an open element.
type frame struct {
	decl  *element
	keys  int32 // values that constraints of elements around it have selected
	state int16 // of the automaton of its content
}

// Symbol numbers an element name; -1 = it is in no schema.
func (j *Judge) Symbol(space string, local []byte) int32 {
	if y, ok := j.grammar.symbols[name{Space: space, Local: string(local)}]; ok {
		return y
	}
	return -1
}

// Start judges where the element stands, and its attributes.
func (j *Judge) Start(sym int32, tag xmlgate.Tag) bool {
	var decl *element
	if tag.Root() {
		j.stack, j.keys = j.stack[:0], j.keys[:0]
		if sym < 0 || j.grammar.roots[sym] == nil || tag.Size() > maxDocument {
			return false
		}
		decl = j.grammar.roots[sym]
	} else {
		up := &j.stack[len(j.stack)-1]
		t := up.decl.typ
		if t.simple != nil || !t.mixed && !tag.Blank() {
			return false
		}
		var ok bool
		if up.state, decl, ok = t.model.step(up.state, sym); !ok {
			return false
		}
		if len(up.decl.keys) > 0 && !j.selectKeys(up.decl, sym, tag) {
			return false
		}
	}
	j.stack = append(j.stack, frame{decl: decl, keys: int32(len(j.keys))})
	return !decl.typ.abstract && j.attributes(decl.typ, tag)
}

// attributes judges the attributes of a start tag, and the namespaces that it declares: libxml2 wants them to be URIs.
func (j *Judge) attributes(t *typ, tag xmlgate.Tag) bool {
	required := 0
	for i := range tag.Attributes() {
		space, local, value, declares := tag.Attribute(i)
		if declares {
			if !isURI(value) || len(local) > maxPrefix {
				return false
			}
			continue
		}
		if space == spaceXSI && isHint(local, value) {
			continue
		}
		a := t.attribute(space, local)
		if a == nil {
			return false
		}
		v, ok := a.simple.accepts(value, &j.buf)
		if !ok || a.fixed != nil && *a.fixed != string(v) {
			return false
		}
		if a.required {
			required++
		}
	}
	return required == t.required
}

// spaceXSI is the namespace of attributes that any element may have. Of those only hints where schemas are to be found are known.
const spaceXSI = "http://www.w3.org/2001/XMLSchema-instance"

// isHint says whether an attribute of that namespace says where schemas are, in good form. Nobody follows it.
func isHint(local, value []byte) bool {
	words := 0
	for rest := value; len(trim(rest)) > 0; words++ {
		rest = trim(rest)
		end := 0
		for end < len(rest) && !isSpace(rest[end]) {
			end++
		}
		if !isURI(rest[:end]) {
			return false
		}
		rest = rest[end:]
	}
	return string(local) == "schemaLocation" && words > 0 && words%2 == 0 || string(local) == "noNamespaceSchemaLocation" && words == 1
}

// attribute gives the attribute of a name, or nil.
func (t *typ) attribute(space string, local []byte) *attribute {
	for i := range t.attrs {
		if a := &t.attrs[i]; a.local == string(local) && a.space == space {
			return a
		}
	}
	return nil
}

// End judges the content of the element as a whole.
func (j *Judge) End(tag xmlgate.Tag) bool {
	f := j.stack[len(j.stack)-1]
	j.stack = j.stack[:len(j.stack)-1]
	t := f.decl.typ
	switch {
	case t.simple != nil:
		v, ok := t.simple.accepts(tag.Text(), &j.buf)
		return ok && (f.decl.fixed == nil || *f.decl.fixed == string(v))
	case t.empty:
		return tag.Bare()
	case !t.model.accept[f.state] || !t.mixed && !tag.Blank():
		return false
	}
	return len(f.decl.keys) == 0 || j.keysOK(f.decl, int(f.keys))
}
