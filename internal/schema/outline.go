package schema

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"damtshilfe/internal/xmlgate"

	"github.com/beevik/etree"
)

// xsdNS is the namespace of XML Schema itself.
const xsdNS = "http://www.w3.org/2001/XMLSchema"

// Outline says which elements and attributes a schema allows where. It knows names and structure only, so that the paths of a
// field map can be checked; what a document must look like is the validator's business. What it does not know (redefine, xsi:type)
// widens nothing: a path through it is told as a fault.
type Outline struct {
	elements, types, groups, attrGroups, attrs map[xmlgate.Name]*decl
}

// decl is a schema component with what is needed to read it: the names of its file.
type decl struct {
	el   *etree.Element
	file *xsdFile
}

// xsdFile is one document of a schema. An included file without a namespace of its own takes that of whoever includes it.
type xsdFile struct {
	name                string
	target              string
	inherited           string // target if it comes from the including file
	qualified, attrQual bool   // local elements, attributes are in the target namespace
}

// maxOutline bounds how many files a schema may have.
const maxOutline = 1000

// NewOutline reads the schema of a set. Errors name the file.
func NewOutline(s Set) (*Outline, error) {
	o := &Outline{map[xmlgate.Name]*decl{}, map[xmlgate.Name]*decl{}, map[xmlgate.Name]*decl{}, map[xmlgate.Name]*decl{}, map[xmlgate.Name]*decl{}}
	seen := map[string]bool{}
	if err := o.read(s.Files, s.Entry, "", seen); err != nil {
		return nil, fmt.Errorf("schema set %s: %w", s.Name, err)
	}
	return o, nil
}

// read takes a file and what it includes and imports. inherited is the namespace of the including file, "" for an import.
func (o *Outline) read(files fs.FS, name, inherited string, seen map[string]bool) error {
	key := name + "\x00" + inherited
	if seen[key] {
		return nil
	}
	if seen[key] = true; len(seen) > maxOutline {
		return fmt.Errorf("more than %d files", maxOutline)
	}
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "schema" || root.NamespaceURI() != xsdNS {
		return fmt.Errorf("%s: not an XML Schema", name)
	}
	f := &xsdFile{name: name, target: root.SelectAttrValue("targetNamespace", inherited),
		qualified: root.SelectAttrValue("elementFormDefault", "") == "qualified", attrQual: root.SelectAttrValue("attributeFormDefault", "") == "qualified"}
	if root.SelectAttr("targetNamespace") == nil {
		f.inherited = inherited
	}
	for _, el := range root.ChildElements() {
		if err := o.top(files, f, el, seen); err != nil {
			return err
		}
	}
	return nil
}

// top takes one child of xs:schema.
func (o *Outline) top(files fs.FS, f *xsdFile, el *etree.Element, seen map[string]bool) error {
	tables := map[string]map[xmlgate.Name]*decl{"element": o.elements, "complexType": o.types, "simpleType": o.types, "group": o.groups,
		"attributeGroup": o.attrGroups, "attribute": o.attrs}
	if table, ok := tables[el.Tag]; ok {
		table[xmlgate.Name{Space: f.target, Local: el.SelectAttrValue("name", "")}] = &decl{el, f}
		return nil
	}
	at := el.SelectAttrValue("schemaLocation", "")
	if at == "" || el.Tag != "include" && el.Tag != "import" {
		return nil
	}
	inherited := ""
	if el.Tag == "include" {
		inherited = f.target
	}
	if err := o.read(files, path.Join(path.Dir(f.name), at), inherited, seen); err != nil {
		return fmt.Errorf("%s: %s: %w", f.name, el.Tag, err)
	}
	return nil
}

// name is the expanded name of a local declaration or of a reference.
func (d *decl) name(qualified bool) xmlgate.Name {
	if d.el.SelectAttr("ref") != nil {
		return d.refers("ref")
	}
	n := xmlgate.Name{Local: d.el.SelectAttrValue("name", "")}
	if form := d.el.SelectAttrValue("form", ""); form == "qualified" || form == "" && qualified {
		n.Space = d.file.target
	}
	return n
}

// refers gives the component that an attribute with a QName refers to. A name without prefix takes the default namespace; where
// there is none, that of the file, if the file has none of its own.
func (d *decl) refers(attr string) xmlgate.Name {
	qname := d.el.SelectAttrValue(attr, "")
	prefix, local, found := strings.Cut(qname, ":")
	if !found {
		prefix, local = "", qname
	}
	for e := d.el; e != nil; e = e.Parent() {
		for _, a := range e.Attr {
			if prefix != "" && a.Space == "xmlns" && a.Key == prefix || prefix == "" && a.Space == "" && a.Key == "xmlns" {
				return xmlgate.Name{Space: a.Value, Local: local}
			}
		}
	}
	return xmlgate.Name{Space: d.file.inherited, Local: local}
}

func childOf(el *etree.Element, tag string) *etree.Element {
	for _, c := range el.ChildElements() {
		if c.Tag == tag {
			return c
		}
	}
	return nil
}
