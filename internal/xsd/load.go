package xsd

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"damtshilfe/internal/xmlgate"
)

const spaceXSD = "http://www.w3.org/2001/XMLSchema"

// Unknown says which construct of a schema keeps it from being compiled.
type Unknown struct {
	Construct string // in words, without values of messages
	File      string
	Line      int // from 1; 0 = the file as a whole
}

// Error names construct, file and line.
func (u *Unknown) Error() string {
	return fmt.Sprintf("%s:%d: %s is not compiled", u.File, u.Line, u.Construct)
}

// name is an expanded name.
type name = xmlgate.Name

// file is one schema document.
type file struct {
	name                string
	data                []byte
	root                *node
	target              string // namespace of its components
	elements, attribute bool   // local ones are in the target namespace by default
}

// node is an element of a schema document; annotations and what stands in them are left out.
type node struct {
	file  *file
	kind  string // its local name
	off   int    // of its '<'
	attrs []property
	kids  []*node
}

// property is an attribute of a node.
type property struct {
	local, value string
	space        string // the namespace of value, read as a name
	bound        bool   // that namespace is declared
}

// component is a global declaration or definition; kind is the local name of its node, but "type" for both kinds of type.
type component struct {
	kind string
	name
}

// loader reads a schema document and all that it includes or imports.
type loader struct {
	dir     fs.FS
	files   map[string]*file
	globals map[component]*node
}

// load gives the global components of entry and of all that it refers to.
func load(dir fs.FS, entry string) (map[component]*node, error) {
	l := &loader{dir: dir, files: map[string]*file{}, globals: map[component]*node{}}
	if _, err := l.read(entry); err != nil {
		return nil, err
	}
	return l.globals, nil
}

func (l *loader) read(name string) (*file, error) {
	if f := l.files[name]; f != nil {
		return f, nil
	}
	data, err := fs.ReadFile(l.dir, name)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	f := &file{name: name, data: data}
	l.files[name] = f
	t := treeBuilder{file: f}
	scanner := xmlgate.NewScanner(xmlgate.Limits{})
	scanner.Judge = func(xmlgate.Name) xmlgate.Judge { return &t }
	if _, err := scanner.Scan(data, nil, nil); err != nil {
		return nil, fmt.Errorf("read schema %s: %w", name, err)
	}
	if f.root == nil || f.root.kind != "schema" {
		return nil, &Unknown{"a root other than xs:schema", name, 1}
	}
	if err := f.header(); err != nil {
		return nil, err
	}
	for _, n := range f.root.kids {
		if err := l.add(n); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// header reads the attributes of xs:schema.
func (f *file) header() error {
	for _, a := range f.root.attrs {
		switch {
		case a.local == "targetNamespace":
			f.target = a.value
		case a.local == "elementFormDefault" && (a.value == "qualified" || a.value == "unqualified"):
			f.elements = a.value == "qualified"
		case a.local == "attributeFormDefault" && (a.value == "qualified" || a.value == "unqualified"):
			f.attribute = a.value == "qualified"
		case a.local == "version", a.local == "id":
		default:
			return f.root.unknown("attribute " + a.local)
		}
	}
	return nil
}

// add takes in a child of xs:schema.
func (l *loader) add(n *node) error {
	kind := n.kind
	switch n.kind {
	case "include", "import":
		return l.refer(n)
	case "complexType", "simpleType":
		kind = "type"
	case "element", "attribute", "group", "attributeGroup":
	default:
		return n.unknown("xs:" + n.kind)
	}
	local, _ := n.value("name")
	c := component{kind, name{Space: n.file.target, Local: local}}
	if l.globals[c] != nil || local == "" {
		return n.unknown("a second or nameless xs:" + n.kind)
	}
	l.globals[c] = n
	return nil
}

// refer reads the file that an include or import names.
func (l *loader) refer(n *node) error {
	if a, ok := n.only("namespace", "schemaLocation", "id"); !ok {
		return n.unknown("attribute " + a)
	}
	location, ok := n.value("schemaLocation")
	if !ok || strings.ContainsAny(location, ":%#?\\") || len(n.kids) > 0 {
		return n.unknown("xs:" + n.kind + " without a file of the pack")
	}
	f, err := l.read(path.Join(path.Dir(n.file.name), location))
	if err != nil {
		return err
	}
	want := n.file.target
	if n.kind == "import" {
		want, _ = n.value("namespace")
	}
	if f.target != want || n.kind == "import" && want == n.file.target {
		return n.unknown("xs:" + n.kind + " of another namespace")
	}
	return nil
}

// value gives an attribute of the node.
func (n *node) value(local string) (string, bool) {
	for _, a := range n.attrs {
		if a.local == local {
			return a.value, true
		}
	}
	return "", false
}

// reference gives the name that an attribute of the node refers to.
func (n *node) reference(local string) (name, bool) {
	for _, a := range n.attrs {
		if a.local == local && a.bound {
			return name{Space: a.space, Local: a.value[strings.IndexByte(a.value, ':')+1:]}, true
		}
	}
	return name{}, false
}

// only says whether the node has none but these attributes; if not, it names one that it has.
func (n *node) only(locals ...string) (string, bool) {
	known := " " + strings.Join(locals, " ") + " "
	for _, a := range n.attrs {
		if !strings.Contains(known, " "+a.local+" ") {
			return a.local, false
		}
	}
	return "", true
}

func (n *node) unknown(construct string) *Unknown {
	line, _ := xmlgate.Position(n.file.data, n.off)
	return &Unknown{construct, n.file.name, line}
}

// treeBuilder is a Judge that makes nodes of what it sees.
type treeBuilder struct {
	file  *file
	open  []*node // nil for what is left out
	names []name
}

// Symbol numbers every name.
func (t *treeBuilder) Symbol(space string, local []byte) int32 {
	t.names = append(t.names, name{Space: space, Local: string(local)})
	return int32(len(t.names) - 1)
}

// Start adds a node below the innermost one.
func (t *treeBuilder) Start(sym int32, tag xmlgate.Tag) bool {
	var up *node
	if !tag.Root() {
		up = t.open[len(t.open)-1]
	}
	q := t.names[sym]
	if q.Local == "annotation" && q.Space == spaceXSD || up == nil && !tag.Root() {
		t.open = append(t.open, nil)
		return true
	}
	n := &node{file: t.file, kind: q.Local, off: tag.Offset()}
	if q.Space != spaceXSD {
		n.kind = "{" + q.Space + "}" + q.Local
	}
	for i := range tag.Attributes() {
		space, local, value, declares := tag.Attribute(i)
		if declares || space != "" { // an attribute of somebody else says nothing about validity
			continue
		}
		p := property{local: string(local), value: string(value)}
		prefix, _, prefixed := strings.Cut(p.value, ":")
		if !prefixed {
			prefix = ""
		}
		p.space, p.bound = tag.Namespace(prefix)
		n.attrs = append(n.attrs, p)
	}
	if up != nil {
		up.kids = append(up.kids, n)
	} else {
		t.file.root = n
	}
	t.open = append(t.open, n)
	return true
}

// End goes back to the node above.
func (t *treeBuilder) End(xmlgate.Tag) bool {
	t.open = t.open[:len(t.open)-1]
	return true
}
