package schema_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/beevik/etree"
)

// generator writes random instances of schemas: most of them valid, values at the edges of their types on purpose.
type generator struct {
	rnd     *rand.Rand
	globals map[string]*etree.Element // kind and name: "element v:x"
	ids     int                       // of the document at hand
	out     strings.Builder
}

// The prefixes of instances, by namespace.
var prefixes = map[string]string{
	"urn:damtshilfe:vollstreckungshilfe:1": "v", "xFinanz310": "x", "xAmtshilfe110": "v", "xFinanz320": "x", "http://xoev.de/schemata/code/1_0": "c", "": "",
}

// newGenerator reads the schema files of a folder.
func newGenerator(t testing.TB, seed uint64, dir string) *generator {
	t.Helper()
	g := &generator{rnd: rand.New(rand.NewPCG(seed, 7)), globals: map[string]*etree.Element{}}
	files, err := filepath.Glob(filepath.Join(dir, "*.xsd"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no schemas in %s: %v", dir, err)
	}
	for _, file := range files {
		d := etree.NewDocument()
		if err := d.ReadFromFile(file); err != nil {
			t.Fatal(err)
		}
		prefix := prefixes[d.Root().SelectAttrValue("targetNamespace", "")]
		for _, e := range d.Root().ChildElements() {
			if name := e.SelectAttrValue("name", ""); name != "" {
				g.globals[kindOf(e)+" "+prefix+":"+name] = e
			}
		}
	}
	return g
}

func kindOf(e *etree.Element) string {
	if strings.HasSuffix(e.Tag, "Type") {
		return "type"
	}
	return e.Tag
}

// messages are the roots, by name.
func (g *generator) messages() (roots []string) {
	for key := range g.globals {
		if name, ok := strings.CutPrefix(key, "element v:vollstreckungshilfe."); ok {
			roots = append(roots, "vollstreckungshilfe."+name)
		}
	}
	slices.Sort(roots)
	return roots
}

// document writes a message.
func (g *generator) document(root string) string {
	return g.instance(root, g.globals["element v:"+root])
}

// instance writes a document whose root, in the namespace of messages, is declared by decl.
func (g *generator) instance(root string, decl *etree.Element) string {
	g.out.Reset()
	g.ids = 0
	declared := ` xmlns:v="urn:damtshilfe:vollstreckungshilfe:1" xmlns:x="xFinanz310"`
	if schemaOf(decl).SelectAttrValue("targetNamespace", "") == "xAmtshilfe110" {
		declared = ` xmlns:v="xAmtshilfe110" xmlns:x="xFinanz320"`
	}
	g.element("v:"+root, declared, decl, 0)
	return g.out.String()
}

func (g *generator) element(tag, declared string, decl *etree.Element, depth int) {
	g.out.WriteString("<" + tag + declared)
	typ, simple := g.typeOf(decl)
	if typ == nil {
		g.out.WriteString(">" + escape(g.value(decl, simple)) + "</" + tag + ">")
		return
	}
	for _, a := range g.attributesOf(typ) {
		if a.SelectAttrValue("use", "") != "required" && g.rnd.IntN(2) == 0 {
			continue
		}
		name := a.SelectAttrValue("name", "")
		if ref := a.SelectAttrValue("ref", ""); ref != "" {
			name = resolve(a, ref)
			a = g.globals["attribute "+name]
		} else if a.SelectAttrValue("form", "") == "qualified" {
			name = "v:" + name
		}
		_, simple := g.typeOf(a)
		fmt.Fprintf(&g.out, ` %s="%s"`, name, escape(g.attribute(name, a, simple)))
	}
	g.out.WriteString(">")
	if child(typ, "simpleContent") != nil {
		g.out.WriteString(escape(g.simpleContent(typ)))
	} else {
		g.content(typ, depth+1)
	}
	g.out.WriteString("</" + tag + ">")
}

// attribute gives a value; those of keys fit together more often than not.
func (g *generator) attribute(name string, a *etree.Element, simple string) string {
	switch name {
	case "id":
		g.ids++
		return "T" + strconv.Itoa(g.ids)
	case "titel":
		return "T1"
	}
	return g.value(a, simple)
}

// typeOf gives the complex type of a declaration, or the name or the definition of a simple one.
func (g *generator) typeOf(decl *etree.Element) (complexType *etree.Element, simple string) {
	if c := child(decl, "complexType"); c != nil {
		return c, ""
	}
	name := resolve(decl, decl.SelectAttrValue("type", ""))
	if t := g.globals["type "+name]; t != nil && t.Tag == "complexType" {
		return t, ""
	}
	return nil, name
}

// resolve gives a reference in a schema the prefix of instances.
func resolve(e *etree.Element, ref string) string {
	prefix, local, ok := strings.Cut(ref, ":")
	if !ok {
		return ref
	}
	space := schemaOf(e).SelectAttrValue("xmlns:"+prefix, "")
	if strings.HasSuffix(space, "XMLSchema") {
		return "xs:" + local
	}
	return prefixes[space] + ":" + local
}

// schemaOf gives the xs:schema that e stands in.
func schemaOf(e *etree.Element) *etree.Element {
	for e.Tag != "schema" {
		e = e.Parent()
	}
	return e
}

func child(e *etree.Element, tags ...string) *etree.Element {
	for _, c := range e.ChildElements() {
		if slices.Contains(tags, c.Tag) {
			return c
		}
	}
	return nil
}

// derivation gives how a complex type is derived, and its base.
func (g *generator) derivation(typ *etree.Element) (how, base *etree.Element) {
	if c := child(typ, "complexContent", "simpleContent"); c != nil {
		how = child(c, "extension", "restriction")
		return how, g.globals["type "+resolve(how, how.SelectAttrValue("base", ""))]
	}
	return typ, nil
}

func (g *generator) attributesOf(typ *etree.Element) (attrs []*etree.Element) {
	how, base := g.derivation(typ)
	own := how.SelectElements("attribute")
	for _, r := range how.SelectElements("attributeGroup") {
		own = append(own, g.globals["attributeGroup "+resolve(r, r.SelectAttrValue("ref", ""))].SelectElements("attribute")...)
	}
	if base != nil {
		for _, a := range g.attributesOf(base) {
			if !slices.ContainsFunc(own, func(o *etree.Element) bool { return o.SelectAttrValue("name", "") == a.SelectAttrValue("name", "") }) {
				attrs = append(attrs, a)
			}
		}
	}
	return append(attrs, own...)
}

// simpleContent gives a value of a type with simple content.
func (g *generator) simpleContent(typ *etree.Element) string {
	how, base := g.derivation(typ)
	if base != nil && base.Tag == "complexType" {
		return g.simpleContent(base)
	}
	return g.value(etree.NewElement("none"), resolve(how, how.SelectAttrValue("base", "")))
}

func (g *generator) content(typ *etree.Element, depth int) {
	how, base := g.derivation(typ)
	if base != nil && how.Tag == "extension" {
		g.content(base, depth)
	}
	if group := child(how, "sequence", "choice", "group"); group != nil {
		g.particle(group, depth)
	}
}

// particle writes it as often as it may occur: deep down as rarely as possible.
func (g *generator) particle(p *etree.Element, depth int) {
	least, _ := strconv.Atoi(p.SelectAttrValue("minOccurs", "1"))
	most, err := strconv.Atoi(p.SelectAttrValue("maxOccurs", "1"))
	if err != nil {
		most = least + 2
	}
	n := least
	if room := min(most-least, 2); room > 0 && g.rnd.IntN(10) > depth {
		n += g.rnd.IntN(room + 1)
	}
	for range n {
		switch p.Tag {
		case "sequence":
			for _, c := range p.ChildElements() {
				g.particle(c, depth)
			}
		case "choice":
			all := p.ChildElements()
			g.particle(all[g.rnd.IntN(len(all))], depth)
		case "group":
			g.particle(g.globals["group "+resolve(p, p.SelectAttrValue("ref", ""))].ChildElements()[0], depth)
		case "element":
			g.child(p, depth)
		}
	}
}

func (g *generator) child(p *etree.Element, depth int) {
	decl, prefix := p, prefixes[schemaOf(p).SelectAttrValue("targetNamespace", "")]
	if ref := p.SelectAttrValue("ref", ""); ref != "" {
		decl = g.globals["element "+resolve(p, ref)]
	} else if p.SelectAttrValue("form", "qualified") == "unqualified" {
		prefix = ""
	}
	tag := decl.SelectAttrValue("name", "")
	if prefix != "" {
		tag = prefix + ":" + tag
	}
	if g.rnd.IntN(4) == 0 {
		g.out.WriteString("\n  ")
	}
	g.element(tag, "", decl, depth)
}
