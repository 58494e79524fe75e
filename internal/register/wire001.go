package register

import (
	"errors"
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// The fields of a 001 that are read, behind those of an address.
const (
	fieldList = anschriftCount + iota
	fieldVersion
	fieldCode
	fieldZusatz
	fieldEinnahmeart // presence
	fieldAnschrift   // presence
	anfrageCount
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
	art, an := element(ns, "einnahmeart"), element(ns, "anschrift")
	return append([]xmlgate.Field{
		{Path: art, ID: fieldEinnahmeart, List: true},
		{Path: an, ID: fieldAnschrift, List: true},
		{Path: below(art, attribute("listURI")), ID: fieldList},
		{Path: below(art, attribute("listVersionID")), ID: fieldVersion},
		{Path: below(art, element("", "code")), ID: fieldCode},
		{Path: below(an, element(types, "hausnummernzusatz")), ID: fieldZusatz},
	}, anschriftFields(an, types)...)
}

// anfrageSink collects the fields of one 001; a field that comes twice makes the question unreadable.
type anfrageSink struct {
	text  [anfrageCount]string
	seen  [anfrageCount]bool
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
func write001(e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift) []byte {
	w := newDocument(rootAnfrage)
	w.Open("v:einnahmeart", "listURI", e.List, "listVersionID", e.Version)
	w.Leaf("code", e.Code)
	w.End("v:einnahmeart")
	w.anschrift(a)
	w.End("v:" + rootAnfrage)
	return w.Out
}
