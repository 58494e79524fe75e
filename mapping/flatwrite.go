package mapping

import "strconv"

// flatWriter writes the message of a tree: a 003 in the order of the profile's schema. Every element that a value of the file
// becomes leaves a mark that leads back to it.
type flatWriter struct {
	t       *tree
	b       []byte
	base    int // where the document starts in b
	marks   []flatMark
	produkt string // attributes of the nachrichtenkopf
}

// leaf is an element that holds the value of one field, with its tags ready to be copied.
type leaf struct {
	open, close string
	lead        int // bytes of open in front of the element that findings point to
	field       int
	oneLine     bool
}

// leaves are elements of the profile or XFinanz: pairs of an element and the field that fills it.
func leaves(kind nodeKind, pairs ...string) (list []leaf) {
	for i := 0; i < len(pairs); i += 2 {
		field := fieldOf(kind, pairs[i+1])
		list = append(list, leaf{open: "<" + pairs[i] + ">", close: "</" + pairs[i] + ">\n", field: field, oneLine: nodeTypes[kind].fields[field].lex != lexText})
	}
	return list
}

// coded is an XFinanz code: its children are in no namespace.
func coded(kind nodeKind, name, attrs, field string) leaf {
	return leaf{open: "<" + name + attrs + "><code>", close: "</code></" + name + ">\n", field: fieldOf(kind, field), oneLine: true}
}

// inside puts elements around a leaf, which are there only with it.
func (l leaf) inside(name string) leaf {
	tag := "<" + name + ">\n"
	l.open, l.close, l.lead = tag+l.open, l.close+"</"+name+">\n", l.lead+len(tag)
	return l
}

// named is an XFinanz AllgemeinerName.
func named(kind nodeKind, name, field string) leaf {
	return leaves(kind, "x:name", field)[0].inside(name)
}

// raw writes tags of our own.
func (w *flatWriter) raw(tags string) { w.b = append(w.b, tags...) }

// node writes the start tag of an element that stands for a node.
func (w *flatWriter) node(tag string, n int) {
	w.markNode(n)
	w.raw(tag)
}

func (w *flatWriter) markNode(n int) {
	o := &w.t.nodes[n]
	w.marks = append(w.marks, flatMark{off: uint32(len(w.b) - w.base), line: int32(o.line), column: 1, ref: o.ref})
}

// values writes those leaves of a node that have a value.
func (w *flatWriter) values(n int, list []leaf) {
	values := w.t.values[w.t.nodes[n].values:]
	for i := range list {
		if v := &values[list[i].field]; v.from < v.to {
			w.value(&list[i], v)
		}
	}
}

// value writes one leaf.
func (w *flatWriter) value(l *leaf, v *nodeValue) {
	w.marks = append(w.marks, flatMark{off: uint32(len(w.b) - w.base + l.lead), line: v.line, column: v.column, ref: v.ref})
	b := append(w.b, l.open...)
	if text := w.t.text[v.from:v.to]; v.plain {
		b = append(b, text...)
	} else {
		b = escape(b, text, l.oneLine)
	}
	w.b = append(b, l.close...)
}

// special are the bytes that escape writes in another way.
var special = [256]bool{'&': true, '<': true, '>': true, '"': true, '\r': true, '\t': true, '\n': true}

// plain says that escape would write text as it is.
func plain(text []byte) bool {
	for _, c := range text {
		if special[c] {
			return false
		}
	}
	return true
}

// escape appends text. A line break in what must be one line becomes a blank.
func escape(b, text []byte, oneLine bool) []byte {
	from := 0
	for i, c := range text {
		if !special[c] {
			continue
		}
		var as string
		switch c {
		case '&':
			as = "&amp;"
		case '<':
			as = "&lt;"
		case '>':
			as = "&gt;"
		case '"':
			as = "&quot;"
		case '\r':
			as = "" // the other half of a line end
		case '\t':
			as = " "
		case '\n':
			if as = "\n"; oneLine {
				as = " "
			}
		}
		b = append(append(b, text[from:i]...), as...)
		from = i + 1
	}
	return append(b, text[from:]...)
}

// tokens writes one element per code of a list with commas.
func (w *flatWriter) tokens(n int, l *leaf) {
	v := w.t.values[w.t.nodes[n].values+l.field]
	for from := v.from; from < v.to; {
		end := from
		for end < v.to && w.t.text[end] != ',' {
			end++
		}
		one := v
		code := trimLeft.apply(w.t.text[from:end])
		one.from = end - uint32(len(code))
		if code = trimRight.apply(code); len(code) > 0 {
			one.to = one.from + uint32(len(code))
			w.value(l, &one)
		}
		from = end + 1
	}
}

// each calls write for the children of a kind.
func (w *flatWriter) each(n int, kind nodeKind, write func(n int)) {
	for c := w.t.nodes[n].child; c != 0; c = w.t.nodes[c].next {
		if w.t.nodes[c].kind == kind {
			write(c)
		}
	}
}

func (w *flatWriter) has(n, field int) bool {
	v := &w.t.values[w.t.nodes[n].values+field]
	return v.from < v.to
}

// attr writes an attribute with a value of ours.
func (w *flatWriter) attr(name string, value []byte) {
	w.b = append(append(append(w.b, ' '), name...), `="`...)
	w.b = append(escape(w.b, value, true), '"')
}

// id ends a start tag with the id of a titel, or of the titel of a forderung, as its last attribute.
func (w *flatWriter) id(n int) {
	w.b = strconv.AppendInt(append(w.b, 'T'), int64(w.t.nodes[n].titel), 10)
	w.b = append(w.b, "\">\n"...)
}
