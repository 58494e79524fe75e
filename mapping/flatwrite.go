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

// split cuts "<v:art></v:art>\n" between its tags: the second one is two bytes longer.
func split(tags string) (open, close string) {
	n := (len(tags) - 2) / 2
	return tags[:n], tags[n:]
}

// leaf writes an element with a text of our own making.
func (w *flatWriter) leaf(tags, text string) {
	open, close := split(tags)
	w.b = append(append(append(w.b, open...), text...), close...)
}

// value writes a value of a node as an element, or nothing. The element is given with both tags: one string instead of five.
func (w *flatWriter) value(tags string, n int, field string) {
	w.numbered(tags, n, fieldOf(w.t.nodes[n].kind, field))
}

func (w *flatWriter) numbered(tags string, n, field int) {
	o := &w.t.nodes[n]
	v := &w.t.values[o.values+field]
	if v.from == v.to {
		return
	}
	w.mark(v)
	w.element(tags, w.t.text[v.from:v.to], nodeTypes[o.kind].fields[field].lex != lexText)
}

func (w *flatWriter) mark(v *nodeValue) {
	w.marks = append(w.marks, flatMark{off: uint32(len(w.b) - w.base), line: int32(v.line), column: int32(v.column), ref: v.ref})
}

func (w *flatWriter) element(tags string, text []byte, oneLine bool) {
	open, close := split(tags)
	w.b = append(w.b, open...)
	w.escape(text, oneLine)
	w.b = append(w.b, close...)
}

// special are the bytes that escape writes in another way.
var special = [256]bool{'&': true, '<': true, '>': true, '"': true, '\r': true, '\t': true, '\n': true}

// escape writes text. A line break in what must be one line becomes a blank.
func (w *flatWriter) escape(text []byte, oneLine bool) {
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
		w.b = append(append(w.b, text[from:i]...), as...)
		from = i + 1
	}
	w.b = append(w.b, text[from:]...)
}

// code writes an XFinanz code: its children are in no namespace.
func (w *flatWriter) code(name, attrs string, n int, field string) {
	f := fieldOf(w.t.nodes[n].kind, field)
	v := &w.t.values[w.t.nodes[n].values+f]
	if v.from == v.to {
		return
	}
	w.mark(v)
	w.coded(name, attrs, w.t.text[v.from:v.to])
}

func (w *flatWriter) coded(name, attrs string, code []byte) {
	w.b = append(append(append(append(w.b, '<'), name...), attrs...), "><code>"...)
	w.escape(code, true)
	w.b = append(append(append(w.b, "</code></"...), name...), ">\n"...)
}

// tokens writes one element per code of a list with commas.
func (w *flatWriter) tokens(n int, field string, write func(code []byte)) {
	v := &w.t.values[w.t.nodes[n].values+fieldOf(w.t.nodes[n].kind, field)]
	rest := w.t.text[v.from:v.to]
	for len(rest) > 0 {
		end := 0
		for end < len(rest) && rest[end] != ',' {
			end++
		}
		if code := trimBoth.apply(rest[:end]); len(code) > 0 {
			w.mark(v)
			write(code)
		}
		rest = rest[min(end+1, len(rest)):]
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

func (w *flatWriter) has(n int, field string) bool {
	return len(w.t.get(n, fieldOf(w.t.nodes[n].kind, field))) > 0
}

// attr writes an attribute with a value of ours.
func (w *flatWriter) attr(name, value string) {
	w.b = append(append(append(w.b, ' '), name...), `="`...)
	w.escape([]byte(value), true)
	w.b = append(w.b, '"')
}

// id is the id of a titel, or of the titel of a forderung.
func (w *flatWriter) id(n int) string { return "T" + strconv.Itoa(w.t.nodes[n].titel) }
