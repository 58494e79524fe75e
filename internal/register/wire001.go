package register

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/beevik/etree"

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

// The fields of a 001 that are read.
const (
	fieldList = iota
	fieldVersion
	fieldCode
	fieldStrasse
	fieldPLZ
	fieldOrt
	fieldOrtsteil
	fieldStaat
	fieldHausnummer
	fieldZusatz
	fieldEinnahmeart // presence
	fieldAnschrift   // presence
	fieldCount
)

// anfrageMaps gives the field maps of the two 001.
func anfrageMaps() (map[xmlgate.Name]*xmlgate.Map, error) {
	maps := map[xmlgate.Name]*xmlgate.Map{}
	for ns, types := range map[string]string{nsProfil: nsFinanz, nsAmtshilfe: nsFinanz320} {
		root := xmlgate.Name{Space: ns, Local: rootAnfrage}
		m, err := xmlgate.CompileMap(root, anfrageFields(ns, types))
		if err != nil {
			return nil, fmt.Errorf("compile the field map of a 001: %w", err)
		}
		maps[root] = m
	}
	return maps, nil
}

func anfrageFields(ns, types string) []xmlgate.Field {
	child := func(space, local string) xmlgate.Step {
		return xmlgate.Step{Name: xmlgate.Name{Space: space, Local: local}}
	}
	attr := func(local string) xmlgate.Step {
		return xmlgate.Step{Name: xmlgate.Name{Local: local}, Attr: true}
	}
	art, an := child(ns, "einnahmeart"), child(ns, "anschrift")
	field := func(id int, path ...xmlgate.Step) xmlgate.Field { return xmlgate.Field{Path: path, ID: id} }
	return []xmlgate.Field{
		{Path: []xmlgate.Step{art}, ID: fieldEinnahmeart, List: true},
		{Path: []xmlgate.Step{an}, ID: fieldAnschrift, List: true},
		field(fieldList, art, attr("listURI")),
		field(fieldVersion, art, attr("listVersionID")),
		field(fieldCode, art, child("", "code")),
		field(fieldStrasse, an, child(types, "strasse")),
		field(fieldPLZ, an, child(types, "postleitzahl")),
		field(fieldOrt, an, child(types, "ort")),
		field(fieldOrtsteil, an, child(types, "ortsteil")),
		field(fieldHausnummer, an, child(types, "hausnummer")),
		field(fieldZusatz, an, child(types, "hausnummernzusatz")),
		field(fieldStaat, an, child(types, "staat"), child(types, "staat"), child("", "code")),
	}
}

// anfrageSink collects the fields of one 001; a field that comes twice makes the question unreadable.
type anfrageSink struct {
	text  [fieldCount]string
	seen  [fieldCount]bool
	twice bool
}

func (s *anfrageSink) mark(id int) { s.twice, s.seen[id] = s.twice || s.seen[id], true }

// Enter notes that einnahmeart or anschrift is there.
func (s *anfrageSink) Enter(list, _ int) { s.mark(list) }

// Leave does nothing: there is one question only.
func (s *anfrageSink) Leave(int) {}

// Value keeps a field.
func (s *anfrageSink) Value(field int, text []byte, _ int) {
	s.mark(field)
	s.text[field] = strings.TrimSpace(string(text))
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

// read001 reads a question of either pack. The error is a Fault whose Text tells the asker what is wrong.
func (g *gate) read001(doc []byte, maps map[xmlgate.Name]*xmlgate.Map) (amtshilfe.Einnahmeart, amtshilfe.Postanschrift, error) {
	var s anfrageSink
	root, err := g.scan(doc, func(n xmlgate.Name) *xmlgate.Map { return maps[n] }, &s)
	if x, ok := errors.AsType[*xmlgate.Error](err); ok {
		return amtshilfe.Einnahmeart{}, amtshilfe.Postanschrift{}, &amtshilfe.Fault{Verdict: amtshilfe.Reject, Code: x.Code, Text: x.Text}
	}
	if err != nil {
		return amtshilfe.Einnahmeart{}, amtshilfe.Postanschrift{}, fmt.Errorf("read 001: %w", err)
	}
	switch {
	case maps[root] == nil:
		err = badQuestion("Die Nachricht ist keine Zuständigkeitsanfrage (001).")
	case s.twice:
		err = badQuestion("Ein Element der Zuständigkeitsanfrage kommt mehrfach vor.")
	case !s.seen[fieldEinnahmeart] || !s.seen[fieldAnschrift]:
		err = badQuestion("Der Zuständigkeitsanfrage fehlt die Einnahmeart oder die Anschrift.")
	case s.text[fieldList] == "" || s.text[fieldVersion] == "" || s.text[fieldCode] == "":
		err = badQuestion("Der Einnahmeart fehlt listURI, listVersionID oder code.")
	}
	return amtshilfe.Einnahmeart{List: s.text[fieldList], Version: s.text[fieldVersion], Code: s.text[fieldCode]},
		amtshilfe.Postanschrift{Strasse: s.text[fieldStrasse], Postleitzahl: s.text[fieldPLZ], Ort: s.text[fieldOrt],
			Ortsteil: s.text[fieldOrtsteil], Staat: s.text[fieldStaat], Hausnummer: s.text[fieldHausnummer], HausnummerZusatz: s.text[fieldZusatz]}, err
}

func badQuestion(text string) error {
	return &amtshilfe.Fault{Verdict: amtshilfe.Reject, Code: "ZUST-ANFRAGE", Text: text}
}

// write001 writes a question in the profile's namespace (profil.md 3, message 001).
func write001(e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift) ([]byte, error) {
	doc := newDocument()
	root := doc.CreateElement("v:" + rootAnfrage)
	root.CreateAttr("xmlns:v", nsProfil)
	root.CreateAttr("xmlns:x", nsFinanz)
	art := root.CreateElement("v:einnahmeart")
	art.CreateAttr("listURI", e.List)
	art.CreateAttr("listVersionID", e.Version)
	text(art, "code", e.Code)
	writeAnschrift(root, a)
	data, err := doc.WriteToBytes()
	if err != nil {
		return nil, fmt.Errorf("write 001: %w", err)
	}
	return data, nil
}

func newDocument() *etree.Document {
	doc := etree.NewDocument()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	return doc
}

// writeAnschrift writes an x:Postanschrift, in the order of its type.
func writeAnschrift(parent *etree.Element, a amtshilfe.Postanschrift) {
	el := parent.CreateElement("v:anschrift")
	optional(el, "x:hausnummer", a.Hausnummer)
	optional(el, "x:ort", a.Ort)
	optional(el, "x:ortsteil", a.Ortsteil)
	optional(el, "x:postleitzahl", a.Postleitzahl)
	optional(el, "x:strasse", a.Strasse)
	if a.Staat != "" {
		code := el.CreateElement("x:staat").CreateElement("x:staat")
		code.CreateAttr("listVersionID", "unbekannt")
		text(code, "code", a.Staat)
	}
}

func text(parent *etree.Element, tag, s string) { parent.CreateElement(tag).SetText(s) }

func optional(parent *etree.Element, tag, s string) {
	if s != "" {
		text(parent, tag, s)
	}
}
