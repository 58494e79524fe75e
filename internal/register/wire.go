package register

import (
	"slices"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// Namespaces of the two packs that know the question: our profile, and xAmtshilfe 1.1.0 with the types of its XFinanz.
const (
	nsProfil     = "urn:damtshilfe:vollstreckungshilfe:1"
	nsFinanz     = "xFinanz310"
	nsAmtshilfe  = "xAmtshilfe110"
	nsFinanz320  = "xFinanz320"
	rootAnfrage  = "vollstreckungshilfe.ZustaendigkeitAnfrage.001"
	rootAntwort  = "vollstreckungshilfe.ZustaendigkeitAntwort.002"
	maxAnfrage   = 256 << 10
	maxAntwort   = 1 << 20
	maxFieldRune = 250 // longer text of a question cannot name a place
)

// element is a path of one step.
func element(space, local string) []xmlgate.Step {
	return []xmlgate.Step{{Name: xmlgate.Name{Space: space, Local: local}}}
}

// attribute is a path that ends there.
func attribute(local string) []xmlgate.Step {
	return []xmlgate.Step{{Name: xmlgate.Name{Local: local}, Attr: true}}
}

// below joins paths.
func below(paths ...[]xmlgate.Step) []xmlgate.Step { return slices.Concat(paths...) }

// The fields of an x:Postanschrift that are read; a message's own follow.
const (
	fieldStrasse = iota
	fieldPLZ
	fieldOrt
	fieldOrtsteil
	fieldStaat
	fieldHausnummer
	anschriftCount
)

// anschriftFields are those of the address at path, whose types are of that XFinanz.
func anschriftFields(path []xmlgate.Step, types string) []xmlgate.Field {
	return []xmlgate.Field{
		{Path: below(path, element(types, "strasse")), ID: fieldStrasse},
		{Path: below(path, element(types, "postleitzahl")), ID: fieldPLZ},
		{Path: below(path, element(types, "ort")), ID: fieldOrt},
		{Path: below(path, element(types, "ortsteil")), ID: fieldOrtsteil},
		{Path: below(path, element(types, "staat"), element(types, "staat"), element("", "code")), ID: fieldStaat},
		{Path: below(path, element(types, "hausnummer")), ID: fieldHausnummer},
	}
}

// gate keeps scanners with their buffers from one document to the next. The zero gate works once limit is set.
type gate struct {
	limit int64
	pool  sync.Pool
}

// scan passes doc through the gate.
func (g *gate) scan(doc []byte, choose func(xmlgate.Name) *xmlgate.Map, sink xmlgate.Sink) (xmlgate.Name, error) {
	s, ok := g.pool.Get().(*xmlgate.Scanner)
	if !ok {
		limits := xmlgate.DefaultLimits()
		limits.MaxBytes = g.limit
		s = xmlgate.NewScanner(limits)
	}
	defer g.pool.Put(s)
	return s.Scan(doc, choose, sink)
}

// document is a message being written, with the prefix v for the profile and x for XFinanz.
type document struct{ xmlgate.Writer }

func newDocument(root string) *document {
	d := &document{xmlgate.Writer{Out: make([]byte, 0, 1500)}}
	d.Out = append(d.Out, `<?xml version="1.0" encoding="UTF-8"?>`...)
	d.Open("v:"+root, "xmlns:v", nsProfil, "xmlns:x", nsFinanz)
	return d
}

// anschrift writes an x:Postanschrift, in the order of its type.
func (d *document) anschrift(a amtshilfe.Postanschrift) {
	d.Open("v:anschrift")
	d.Maybe("x:hausnummer", a.Hausnummer)
	d.Maybe("x:ort", a.Ort)
	d.Maybe("x:ortsteil", a.Ortsteil)
	d.Maybe("x:postleitzahl", a.Postleitzahl)
	d.Maybe("x:strasse", a.Strasse)
	if a.Staat != "" {
		d.Open("x:staat")
		d.Open("x:staat", "listVersionID", "unbekannt")
		d.Leaf("code", a.Staat)
		d.End("x:staat")
		d.End("x:staat")
	}
	d.End("v:anschrift")
}

func (d *document) time(tag string, t time.Time) {
	if !t.IsZero() {
		d.Leaf(tag, t.UTC().Format(time.RFC3339))
	}
}
