package xta

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Limits of an envelope; its size is bounded by whoever reads the bytes.
const (
	maxDepth    = 48
	maxElements = 100_000
	maxAttrs    = 64
)

// node is one element of an envelope.
type node struct {
	name  xml.Name // Space is the namespace URI
	attrs []xml.Attr
	kids  []*node
	text  []byte // character data directly inside, comments left out

	from, inner, last, to int       // in the document: start tag, what is behind it, end tag, what is behind it
	scope                 []binding // around an xenc:EncryptedData, the innermost last
}

type binding struct{ prefix, uri string }

var xmlBinding = binding{"xml", "http://www.w3.org/XML/1998/namespace"}

// nodeReader builds the tree from raw tokens, so that namespaces are ours to judge: encoding/xml lets undeclared prefixes
// and repeated attributes pass.
type nodeReader struct {
	d        *xml.Decoder
	bindings []binding
	marks    []int // length of bindings before each open element
	open     []*node
	raw      []xml.Name // the open elements' names as written
	root     *node
	elements int
	before   int // where the token that is taken begins
}

// byteOrderMark may stand before a document and is none of its characters.
var byteOrderMark = []byte("\xef\xbb\xbf")

// parseXML reads one document: UTF-8, no DOCTYPE, no processing instruction, one root.
func parseXML(doc []byte) (*node, error) {
	return parseIn(bytes.TrimPrefix(doc, byteOrderMark), []binding{xmlBinding})
}

// parseIn reads a document in whose surroundings namespaces are declared.
func parseIn(doc []byte, scope []binding) (*node, error) {
	r := &nodeReader{d: xml.NewDecoder(bytes.NewReader(doc)), bindings: scope}
	for first := true; ; first = false {
		r.before = int(r.d.InputOffset())
		token, err := r.d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.New("envelope is not well-formed") // the decoder's text quotes the document
		}
		if err := r.take(token, first); err != nil {
			return nil, err
		}
	}
	if r.root == nil || len(r.open) > 0 {
		return nil, errors.New("envelope ends early")
	}
	return r.root, nil
}

func (r *nodeReader) take(token xml.Token, first bool) error {
	switch t := token.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		return r.end(t)
	case xml.CharData:
		return r.chars(t)
	case xml.ProcInst:
		if !first || t.Target != "xml" {
			return errors.New("envelope holds a processing instruction")
		}
	case xml.Directive:
		return errors.New("envelope holds a DOCTYPE")
	}
	return nil
}

func (r *nodeReader) start(t xml.StartElement) error {
	r.elements++
	switch {
	case len(r.open) == 0 && r.root != nil:
		return errors.New("envelope has two roots")
	case len(r.open) >= maxDepth, r.elements > maxElements, len(t.Attr) > maxAttrs:
		return errors.New("envelope is too deep or too large")
	}
	r.marks = append(r.marks, len(r.bindings))
	if err := r.declare(t.Attr); err != nil {
		return err
	}
	n := &node{from: r.before, inner: int(r.d.InputOffset())}
	var err error
	if n.name, err = r.resolve(t.Name, true); err != nil {
		return err
	}
	if n.is(nsXEnc, "EncryptedData") {
		n.scope = slices.Clone(r.bindings)
	}
	if n.attrs, err = r.attributes(t.Attr); err != nil {
		return err
	}
	if r.root == nil {
		r.root = n
	} else {
		parent := r.open[len(r.open)-1]
		parent.kids = append(parent.kids, n)
	}
	r.open = append(r.open, n)
	r.raw = append(r.raw, t.Name)
	return nil
}

func (r *nodeReader) declare(attrs []xml.Attr) error {
	from := len(r.bindings)
	for _, a := range attrs {
		b := binding{uri: a.Value}
		switch {
		case a.Name.Space == "" && a.Name.Local == "xmlns":
		case a.Name.Space == "xmlns" && a.Value != "" && a.Name.Local != "xml" && a.Name.Local != "xmlns":
			b.prefix = a.Name.Local
		case a.Name.Space == "xmlns":
			return errors.New("envelope holds a bad namespace declaration")
		default:
			continue
		}
		if slices.ContainsFunc(r.bindings[from:], func(o binding) bool { return o.prefix == b.prefix }) {
			return errors.New("envelope declares a namespace prefix twice")
		}
		r.bindings = append(r.bindings, b)
	}
	return nil
}

func (r *nodeReader) resolve(name xml.Name, element bool) (xml.Name, error) {
	if strings.Contains(name.Local, ":") || name.Local == "" {
		return name, errors.New("envelope holds a bad name")
	}
	if name.Space == "" && !element {
		return name, nil
	}
	for i := len(r.bindings) - 1; i >= 0; i-- {
		if r.bindings[i].prefix == name.Space {
			return xml.Name{Space: r.bindings[i].uri, Local: name.Local}, nil
		}
	}
	if name.Space == "" {
		return name, nil
	}
	return name, errors.New("envelope uses an undeclared namespace prefix")
}

func (r *nodeReader) attributes(raw []xml.Attr) ([]xml.Attr, error) {
	var attrs []xml.Attr
	for _, a := range raw {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		name, err := r.resolve(a.Name, false)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(attrs, func(o xml.Attr) bool { return o.Name == name }) {
			return nil, errors.New("envelope repeats an attribute")
		}
		attrs = append(attrs, xml.Attr{Name: name, Value: a.Value})
	}
	return attrs, nil
}

func (r *nodeReader) end(t xml.EndElement) error {
	last := len(r.open) - 1
	if last < 0 || r.raw[last] != t.Name {
		return errors.New("envelope is not well-formed")
	}
	r.open[last].last, r.open[last].to = r.before, int(r.d.InputOffset())
	r.bindings = r.bindings[:r.marks[last]]
	r.open, r.raw, r.marks = r.open[:last], r.raw[:last], r.marks[:last]
	return nil
}

func (r *nodeReader) chars(t xml.CharData) error {
	if len(r.open) == 0 {
		if len(bytes.TrimSpace(t)) > 0 {
			return errors.New("envelope has text outside its root")
		}
		return nil
	}
	n := r.open[len(r.open)-1]
	n.text = append(n.text, t...)
	return nil
}

// is says whether the element has this name.
func (n *node) is(space, local string) bool { return n.name.Space == space && n.name.Local == local }

// all gives the children of this name.
func (n *node) all(space, local string) (found []*node) {
	for _, k := range n.kids {
		if k.is(space, local) {
			found = append(found, k)
		}
	}
	return found
}

// opt gives the only child of this name, or nil; two are an error.
func (n *node) opt(space, local string) (*node, error) {
	found := n.all(space, local)
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("element %s occurs twice", local)
}

// value is the element's text without white space around it; "" for nil.
func (n *node) value() string {
	if n == nil {
		return ""
	}
	return string(bytes.TrimSpace(n.text))
}

// attr is the value of an attribute without namespace, "" if it is missing.
func (n *node) attr(local string) string { return n.attrNS("", local) }

func (n *node) attrNS(space, local string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.attrs {
		if a.Name.Space == space && a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
