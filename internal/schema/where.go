package schema

import (
	"bytes"
	"strconv"
	"strings"

	"damtshilfe/internal/xmlgate"
)

// mark asks for a place in a document.
type mark struct {
	tag       int    // offset in the element's start tag, behind its attributes; -1 = the root
	exact     bool   // the place is tag itself
	value     bool   // the first character of the value, not the tag
	attribute string // the attribute of this local name
	element   string // with key: an element of this name that refers to key by an attribute
	key       string
}

// place is the answer: position from 1, column in characters, and the path in the form of xmlgate.Path.
type place struct {
	line, column int
	path         string
	off          int
}

// locate answers marks on doc. It walks the tags of doc once and without judging them; of a document that is not well-formed it
// gives some place.
func locate(doc []byte, marks []mark) []place {
	l := make(locator, len(marks))
	end := 0
	for i, m := range marks {
		l[i] = located{mark: m, off: m.tag}
		if end = max(end, m.tag); m.key != "" {
			end = len(doc)
		}
		if m.exact {
			l[i].path = xmlgate.Path(doc, m.tag)
		}
	}
	for w := (walker{doc: doc}); w.next() && w.start <= end; {
		l.visit(&w)
	}
	places := make([]place, len(marks))
	for i := range l {
		places[i].line, places[i].column = xmlgate.Position(doc, l[i].off)
		places[i].path, places[i].off = l[i].path, l[i].off
	}
	return places
}

type locator []located

// located is a mark and what is known of its place so far.
type located struct {
	mark
	off  int
	path string
	done bool // the element with the key is found
}

// visit looks whether the tag of w is what a mark asks for.
func (l locator) visit(w *walker) {
	referred := false // one element answers one mark; the next mark with its key takes the next element
	for i := range l {
		m := &l[i]
		switch {
		case m.exact || m.done:
		case m.key != "" && !referred && w.local == m.element && w.refers(m.key):
			m.off, m.path, m.done = w.start, w.path(), true
			referred = true
		case w.start < m.tag && m.tag <= w.end || m.tag < 0 && len(w.open) == 1:
			m.off, m.path = w.resolve(m.mark)
		}
	}
}

// walker goes from start tag to start tag.
type walker struct {
	doc        []byte
	pos        int
	start, end int    // of the tag: '<' and '>'
	local      string // its local name
	open       []step
}

// step is an open element: how often it came among its siblings, and what its children were called so far.
type step struct {
	local    string
	index    int
	children map[string]int
	closed   bool // the tag was <empty/>
}

// next moves to the next start tag.
func (w *walker) next() bool {
	if n := len(w.open); n > 0 && w.open[n-1].closed {
		w.open = w.open[:n-1]
	}
	for {
		i := bytes.IndexByte(w.doc[w.pos:], '<')
		if i < 0 {
			return false
		}
		w.pos += i
		rest := w.doc[w.pos:]
		switch {
		case w.skip(rest, "<!--", "-->"), w.skip(rest, "<![CDATA[", "]]>"), w.skip(rest, "<?", "?>"):
		case bytes.HasPrefix(rest, []byte("</")):
			w.pos += 2
			if n := len(w.open); n > 0 {
				w.open = w.open[:n-1]
			}
		case bytes.HasPrefix(rest, []byte("<!")):
			w.pos += 2
		default:
			return w.enter()
		}
	}
}

// skip moves over what starts with open and ends with end.
func (w *walker) skip(rest []byte, open, end string) bool {
	if !bytes.HasPrefix(rest, []byte(open)) {
		return false
	}
	if i := bytes.Index(rest[len(open):], []byte(end)); i >= 0 {
		w.pos += len(open) + i + len(end)
	} else {
		w.pos = len(w.doc)
	}
	return true
}

// enter reads the start tag at pos.
func (w *walker) enter() bool {
	w.start = w.pos
	w.end = tagEnd(w.doc, w.start)
	w.pos = min(w.end+1, len(w.doc))
	name := w.doc[w.start+1 : w.end]
	if i := bytes.IndexAny(name, " \t\r\n/>"); i >= 0 {
		name = name[:i]
	}
	w.local = string(name[bytes.IndexByte(name, ':')+1:])
	s := step{local: w.local, index: 1, closed: w.end > w.start && w.doc[w.end-1] == '/'}
	if n := len(w.open); n > 0 {
		p := &w.open[n-1]
		if p.children == nil {
			p.children = map[string]int{}
		}
		p.children[w.local]++
		s.index = p.children[w.local]
	}
	w.open = append(w.open, s)
	return true
}

// tagEnd finds the '>' of the tag at start; quoted values may hold one.
func tagEnd(doc []byte, start int) int {
	var quote byte
	for i := start + 1; i < len(doc); i++ {
		switch c := doc[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return len(doc)
}

// path is the path of the tag: local names, with an index from the second sibling of the same name on.
func (w *walker) path() string {
	var b strings.Builder
	for _, s := range w.open {
		b.WriteString("/" + s.local)
		if s.index > 1 {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		}
	}
	return b.String()
}

// attributes calls f for each attribute of the tag with the offsets of its name and value, until f says stop.
func (w *walker) attributes(f func(local string, name, value, end int) (stop bool)) {
	i := w.start + 1
	for i < w.end && !isSpace(w.doc[i]) {
		i++
	}
	for {
		for i < w.end && isSpace(w.doc[i]) {
			i++
		}
		name := i
		eq := bytes.IndexByte(w.doc[i:w.end], '=')
		if eq < 0 {
			return
		}
		local := strings.TrimSpace(string(w.doc[i : i+eq]))
		i += eq + 1
		for i < w.end && isSpace(w.doc[i]) {
			i++
		}
		if i >= w.end {
			return
		}
		quote := w.doc[i]
		n := bytes.IndexByte(w.doc[i+1:w.end], quote)
		if n < 0 || f(local[strings.IndexByte(local, ':')+1:], name, i+1, i+1+n) {
			return
		}
		i += n + 2
	}
}

// refers says whether an attribute of the tag has the value key.
func (w *walker) refers(key string) (yes bool) {
	w.attributes(func(_ string, _, value, end int) bool {
		yes = string(bytes.TrimSpace(w.doc[value:end])) == key
		return yes
	})
	return yes
}

// resolve finds the place m asks for in the tag.
func (w *walker) resolve(m mark) (off int, path string) {
	off, path = w.start, w.path()
	switch {
	case m.attribute != "":
		w.attributes(func(local string, name, value, _ int) bool {
			if local != m.attribute {
				return false
			}
			if off = name; m.value {
				off = value
			}
			return true
		})
		path += "/@" + m.attribute
	case m.value && w.end < len(w.doc) && w.doc[w.end-1] != '/':
		if at, ok := firstText(w.doc, w.end+1); ok {
			off = at
		}
	}
	return off, path
}

// firstText finds the first character that is no blank in the element whose content starts at pos, past comments and children.
func firstText(doc []byte, pos int) (off int, ok bool) {
	w := walker{doc: doc, pos: pos}
	for depth := 0; w.pos < len(doc); {
		rest := doc[w.pos:]
		switch {
		case rest[0] != '<':
			if depth == 0 && !isSpace(rest[0]) {
				return w.pos, true
			}
			w.pos++
		case bytes.HasPrefix(rest, []byte("<![CDATA[")) && depth == 0:
			return w.pos, true
		case w.skip(rest, "<!--", "-->"), w.skip(rest, "<![CDATA[", "]]>"), w.skip(rest, "<?", "?>"):
		default:
			end := tagEnd(doc, w.pos)
			switch {
			case bytes.HasPrefix(rest, []byte("</")):
				if depth--; depth < 0 {
					return 0, false
				}
			case end < len(doc) && doc[end-1] != '/':
				depth++
			}
			w.pos = end + 1
		}
	}
	return 0, false
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
