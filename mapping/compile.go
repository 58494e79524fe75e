package mapping

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"damtshilfe/internal/xmlgate"
)

// slot is what a field ID of a compiled map stands for: a value or a group.
type slot struct {
	set   setter // nil: a group
	group group
}

// maxPartDepth ends parts that use each other in a circle.
const maxPartDepth = 8

// maxFields bounds a field map after all parts are put in; ours has some 200.
const maxFields = 4096

// compiler turns the field map of one message into paths of the scanner and slots. It is used once per message.
type compiler struct {
	file string // for errors
	pack *packFile

	root   string // local name of the message's root element
	fields []xmlgate.Field
	slots  []slot
	places []FieldPlace
	seen   map[string]bool // paths already mapped
}

// compile builds the map of the message with the given root.
func (c compiler) compile(ns, root string, line int, g groupFile) (*messageMap, error) {
	c.seen, c.root = map[string]bool{}, root
	if err := c.group(nil, inMessage, g, 0); err != nil {
		return nil, err
	}
	gate, err := xmlgate.CompileMap(xmlgate.Name{Space: ns, Local: root}, c.fields)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: %s: %w", c.file, line, root, err)
	}
	return &messageMap{root: root, gate: gate, slots: c.slots, places: c.places}, nil
}

// group adds the fields and lists of g, whose paths start at base and whose names belong to scope in.
func (c *compiler) group(base []xmlgate.Step, in scope, g groupFile, depth int) error {
	for _, u := range g.Use {
		part, ok := c.pack.Parts[u.text]
		if !ok {
			return fmt.Errorf("%s:%d: unknown part %q", c.file, u.line, u.text)
		}
		if depth == maxPartDepth {
			return fmt.Errorf("%s:%d: parts nested deeper than %d", c.file, u.line, maxPartDepth)
		}
		if err := c.group(base, in, part, depth+1); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Fields)) {
		set, ok := vocabulary[in].fields[name]
		set = translated(set, g.Fields[name].Values)
		for _, at := range g.Fields[name].At {
			if !ok {
				return fmt.Errorf("%s:%d: unknown field %q", c.file, at.line, name)
			}
			if err := c.add(base, at.text, at.line, slot{set: set}); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Lists)) {
		if err := c.list(base, in, name, g.Lists[name], depth); err != nil {
			return err
		}
	}
	return nil
}

// translated turns words of the messages into those of the profile before set takes them.
func translated(set setter, values map[string]string) setter {
	if len(values) == 0 {
		return set
	}
	return func(c *cursor, v []byte, off int) {
		if word, ok := values[string(bytes.TrimSpace(v))]; ok {
			v = []byte(word)
		}
		set(c, v, off)
	}
}

// list adds a list and what is in it, once per place where it occurs.
func (c *compiler) list(base []xmlgate.Step, in scope, name string, g groupFile, depth int) error {
	if len(g.At) == 0 {
		return fmt.Errorf("%s: list %q has no at", c.file, name)
	}
	if depth == maxPartDepth {
		return fmt.Errorf("%s:%d: lists nested deeper than %d", c.file, g.At[0].line, maxPartDepth)
	}
	grp, ok := vocabulary[in].groups[name]
	if !ok {
		return fmt.Errorf("%s:%d: unknown list %q", c.file, g.At[0].line, name)
	}
	for _, at := range g.At {
		if strings.Contains(at.text, "@") {
			return fmt.Errorf("%s:%d: list %q: an attribute opens no list", c.file, at.line, name)
		}
		if err := c.add(base, at.text, at.line, slot{group: grp}); err != nil {
			return err
		}
		if err := c.group(c.fields[len(c.fields)-1].Path, grp.in, g, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// add appends one field of the scanner and its slot.
func (c *compiler) add(base []xmlgate.Step, at string, line int, s slot) error {
	steps, err := c.steps(at)
	if err != nil {
		return fmt.Errorf("%s:%d: %w", c.file, line, err)
	}
	full := slices.Concat(base, steps)
	key := placeKey(full, s.set == nil)
	if c.seen[key] {
		return fmt.Errorf("%s:%d: path %q is mapped twice", c.file, line, at)
	}
	if len(c.fields) == maxFields {
		return fmt.Errorf("%s:%d: more than %d fields", c.file, line, maxFields)
	}
	c.seen[key] = true
	c.fields = append(c.fields, xmlgate.Field{Path: full, ID: len(c.slots), List: s.set == nil})
	c.slots = append(c.slots, s)
	c.places = append(c.places, FieldPlace{Root: c.root, At: at, Path: full, List: s.set == nil, Line: line})
	return nil
}

// placeKey tells the places of a map apart. A start spends much of its time here: there are thousands.
func placeKey(path []xmlgate.Step, list bool) string {
	var b strings.Builder
	for _, s := range path {
		b.WriteString(s.Name.Space)
		if b.WriteByte(0); s.Attr {
			b.WriteByte('@')
		}
		b.WriteString(s.Name.Local)
		b.WriteByte(0)
	}
	if list {
		b.WriteByte('*')
	}
	return b.String()
}

// steps reads a path like v:titel/v:datum or code/@listURI.
func (c *compiler) steps(at string) ([]xmlgate.Step, error) {
	var steps []xmlgate.Step
	for part := range strings.SplitSeq(at, "/") {
		if len(steps) > 0 && steps[len(steps)-1].Attr {
			return nil, fmt.Errorf("path %q: an attribute must be the last step", at)
		}
		local, attr := strings.CutPrefix(part, "@")
		prefix, rest, prefixed := strings.Cut(local, ":")
		var space string
		if prefixed {
			var ok bool
			if space, ok = c.pack.Prefixes[prefix]; !ok {
				return nil, fmt.Errorf("path %q: unknown prefix %q", at, prefix)
			}
			local = rest
		}
		if !ncName(local) {
			return nil, fmt.Errorf("path %q: %q is no name", at, part)
		}
		steps = append(steps, xmlgate.Step{Name: xmlgate.Name{Space: space, Local: local}, Attr: attr})
	}
	return steps, nil
}

// ncName accepts the names of elements and attributes without prefix; stricter than XML, which nobody needs here.
func ncName(s string) bool {
	for i, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_' || r > 0x7f
		if !letter && (i == 0 || !('0' <= r && r <= '9' || r == '-' || r == '.')) {
			return false
		}
	}
	return s != ""
}
