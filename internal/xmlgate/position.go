package xmlgate

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// lineCol is a position in a file.
type lineCol struct {
	line, column int // from 1; columns in characters
}

// after moves p over text, which begins at it.
func (p lineCol) after(text []byte) lineCol {
	if last := bytes.LastIndexByte(text, '\n'); last >= 0 {
		p.line += bytes.Count(text, []byte{'\n'})
		p.column, text = 1, text[last+1:]
	}
	p.column += runes(text)
	return p
}

// runes counts characters by the bytes that begin one, eight at a time: a container may be a single line.
func runes(text []byte) (n int) {
	n = len(text)
	for ; len(text) >= 8; text = text[8:] {
		w := binary.LittleEndian.Uint64(text)
		n -= bits.OnesCount64(w >> 7 &^ (w >> 6) & 0x0101010101010101) // 10xxxxxx continues one
	}
	for _, c := range text {
		if !utf8.RuneStart(c) {
			n--
		}
	}
	return n
}

// Position gives line and column of the character at or around off. An off outside of doc counts as its nearest end.
func Position(doc []byte, off int) (line, column int) {
	off = max(0, min(off, len(doc)))
	for back := 0; back < utf8.UTFMax && off > 0 && off < len(doc) && !utf8.RuneStart(doc[off]); back++ {
		off--
	}
	from := 0
	if bytes.HasPrefix(doc, []byte(byteOrderMark)) {
		from = min(len(byteOrderMark), off)
		if off < len(byteOrderMark) {
			return 1, 1
		}
	}
	p := lineCol{1, 1}.after(doc[from:off])
	return p.line, p.column
}

// slowPath makes a core for a walk that is not the gate: a finding may lie beyond every limit.
func slowPath(w watcher) *core {
	return &core{limits: Limits{MaxBytes: math.MaxInt32, MaxDepth: math.MaxInt32, MaxAttrs: math.MaxInt32}, watch: w}
}

// Path gives the path of the innermost element around off, like "/a/b[2]/c": local names, with an index from the second
// sibling of the same local name on. It is "" outside of the root. In a document that is not well-formed it knows the
// elements before the fault.
func Path(doc []byte, off int) string {
	t := &tracer{off: off, seen: make([]map[string]int, 1)}
	slowPath(t).document(doc)
	return strings.Join(t.steps, "")
}

// tracer keeps the path of the element that is open.
type tracer struct {
	off   int
	steps []string         // "/name" or "/name[2]" of each open element
	seen  []map[string]int // per level, how often each name came; nil as long as none did
}

func (t *tracer) opened(x *core, at int) bool {
	if at > t.off {
		return false
	}
	name := x.topName()
	level := &t.seen[len(t.steps)]
	if *level == nil {
		*level = map[string]int{}
	}
	(*level)[name]++
	step := "/" + name
	if n := (*level)[name]; n > 1 {
		step += "[" + strconv.Itoa(n) + "]"
	}
	t.steps = append(t.steps, step)
	t.seen = append(t.seen, nil)
	return true
}

func (t *tracer) closed(end int) bool {
	if t.off < end {
		return false
	}
	t.steps = t.steps[:len(t.steps)-1]
	t.seen = t.seen[:len(t.seen)-1]
	return true
}

// topName is the local name of the element opened last.
func (x *core) topName() string {
	f := x.stack[len(x.stack)-1]
	return localName(string(x.b[f.name:f.nameEnd]))
}

func localName(raw string) string {
	if _, local, ok := strings.Cut(raw, ":"); ok {
		return local
	}
	return raw
}

// Find gives the offset of the element that path names in the form of Path, or of its attribute if the last step is "@name".
// Prefixes in path are ignored, and "[1]" may be given.
func Find(doc []byte, path string) (off int, ok bool) {
	f, ok := newFinder(path)
	if !ok {
		return 0, false
	}
	slowPath(f).document(doc)
	return f.at, f.found
}

// finder walks down the steps of a path.
type finder struct {
	steps   []findStep
	attr    string // local name of an attribute, "" = the element is wanted
	depth   int    // of the open element
	matched int    // steps whose element is open
	count   int    // elements that carried the next step's name
	at      int
	found   bool
}

type findStep struct {
	name  string
	index int
}

func newFinder(path string) (*finder, bool) {
	parts := strings.Split(path, "/")
	if len(parts) < 2 || parts[0] != "" {
		return nil, false
	}
	f := &finder{}
	for i, part := range parts[1:] {
		if name, ok := strings.CutPrefix(part, "@"); ok && i > 0 && i == len(parts)-2 && name != "" {
			f.attr = localName(name)
			return f, true
		}
		step := findStep{localName(part), 1}
		if name, index, ok := strings.Cut(step.name, "["); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err != nil || n < 1 || !strings.HasSuffix(index, "]") {
				return nil, false
			}
			step = findStep{name, n}
		}
		if step.name == "" {
			return nil, false
		}
		f.steps = append(f.steps, step)
	}
	return f, true
}

func (f *finder) opened(x *core, at int) bool {
	f.depth++
	if f.depth != f.matched+1 || x.topName() != f.steps[f.matched].name {
		return true
	}
	if f.count++; f.count < f.steps[f.matched].index {
		return true
	}
	if f.matched, f.count = f.matched+1, 0; f.matched < len(f.steps) {
		return true
	}
	f.at, f.found = at, f.attr == ""
	for k := range x.attrs {
		if a := &x.attrs[k]; f.attr != "" && !a.decl && string(x.local(a)) == f.attr {
			f.at, f.found = int(a.name), true
			break
		}
	}
	return false
}

func (f *finder) closed(int) bool {
	f.depth--
	return f.depth >= f.matched // else the last chance has passed
}

// Sniff gives the root of the document that begins with head, if its start tag is whole in there. Nothing is checked but that
// tag; document types and instructions before it are passed over, so that Scan can refuse the document for them.
func Sniff(head []byte) (root Name, ok bool) {
	x := slowPath(nil)
	i := 0
	if bytes.HasPrefix(head, []byte(byteOrderMark)) {
		i = len(byteOrderMark)
	}
	for {
		i = spaceEnd(head, i)
		if i+1 >= len(head) || head[i] != '<' {
			return Name{}, false
		}
		if head[i+1] != '!' && head[i+1] != '?' {
			break
		}
		n := skip(head[i:])
		if n < 0 {
			return Name{}, false
		}
		i += n
	}
	x.begin(head, 0)
	if _, err := x.open(i); err != nil {
		return Name{}, false
	}
	return x.root, true
}

// skip gives the length of the comment, instruction or document type that b begins with, or -1.
func skip(b []byte) int {
	end := ">"
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		end = "-->"
	case bytes.HasPrefix(b, []byte("<?")):
		end = "?>"
	case bytes.IndexByte(b, '[') >= 0 && bytes.IndexByte(b, '[') < bytes.IndexByte(b, '>'):
		end = "]>"
	}
	n := bytes.Index(b, []byte(end))
	if n < 0 {
		return -1
	}
	return n + len(end)
}
