package mapping

import (
	"errors"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// Reader reads messages: the gate and the field map in one pass over the bytes. It is reusable, but not by two goroutines at once.
type Reader struct {
	// Judge makes the judge of a pack, by name; it is asked once for each. nil, or a nil judge = no document is accepted.
	Judge func(pack string) xmlgate.Judge

	judges map[string]xmlgate.Judge
	packs  *Packs
	scan   *xmlgate.Scanner
	cur    cursor
	active *messageMap // of the document being read, nil = no pack
	choose func(xmlgate.Name) *xmlgate.Map
}

// NewReader makes a Reader over the packs; l bounds each document.
func (p *Packs) NewReader(l xmlgate.Limits) *Reader {
	r := &Reader{packs: p, scan: xmlgate.NewScanner(l), judges: map[string]xmlgate.Judge{}}
	r.choose, r.scan.Judge = r.chooseMap, r.chooseJudge
	return r
}

// Accepted says whether the judge of its pack had no objection to the document read last.
func (r *Reader) Accepted() bool { return r.scan.Accepted() }

// Read resets m and fills it from doc. Findings are in the coordinates of doc; nil means fine. A root without installed schema is
// held with PACK-FEHLT. When the gate refuses the document, m keeps what was read up to there, so that a receipt can name the
// message; nothing else may be concluded from it. Strings in m are copies; only Anhang.Inhalt are slices of doc.
func (r *Reader) Read(doc []byte, m *amtshilfe.Message) []amtshilfe.Finding {
	r.cur.reset(m, doc)
	r.active = nil
	root, err := r.scan.Scan(doc, r.choose, (*sink)(r))
	r.cur.release()
	if err != nil {
		f := gateFinding(err)
		if e, ok := errors.AsType[*xmlgate.Error](err); ok {
			f.Path = xmlgate.Path(doc, e.Offset)
		}
		return []amtshilfe.Finding{f}
	}
	if r.active == nil {
		return []amtshilfe.Finding{rootFinding(doc, root)}
	}
	var findings []amtshilfe.Finding
	for _, off := range r.cur.crowds {
		line, column := xmlgate.Position(doc, off)
		findings = append(findings, amtshilfe.Finding{
			Code: "REGEL-PERSONEN", Severity: amtshilfe.SeverityFehler, Line: line, Column: column, Path: xmlgate.Path(doc, off),
			Text: "Ein Schuldner nennt mehrere Personen; bitte für jede Person einen eigenen Schuldner angeben.",
		})
	}
	return findings
}

// chooseMap finds the field map of a root and makes the message of its kind.
func (r *Reader) chooseMap(root xmlgate.Name) *xmlgate.Map {
	m := r.cur.m
	pack := r.packs.ByNamespace(root.Space)
	if pack == nil || pack.maps[root.Local] == nil {
		m.Namespace, m.Root = strings.Clone(root.Space), strings.Clone(root.Local)
		return nil
	}
	r.active = pack.maps[root.Local]
	m.Namespace, m.Root, m.Pack, m.Kind = pack.Namespace, r.active.root, pack.Name, r.active.kind
	if m.Kind == amtshilfe.KindErsuchen || m.Kind == amtshilfe.KindZustaendigkeitAnfrage {
		m.Ersuchen = new(amtshilfe.Ersuchen)
	}
	return r.active.gate
}

// chooseJudge finds the judge of a message whose field map is chosen.
func (r *Reader) chooseJudge(xmlgate.Name) xmlgate.Judge {
	if r.active == nil || r.Judge == nil {
		return nil
	}
	pack := r.cur.m.Pack
	j, known := r.judges[pack]
	if !known {
		j = r.Judge(pack)
		r.judges[pack] = j
	}
	return j
}

// sink takes the scanner's events; a type of its own keeps them out of Reader's methods.
type sink Reader

func (s *sink) Enter(list, off int) { s.active.slots[list].group.enter(&s.cur, off) }

func (s *sink) Leave(list int) {
	if leave := s.active.slots[list].group.leave; leave != nil {
		leave(&s.cur)
	}
}

func (s *sink) Value(field int, text []byte, off int) { s.active.slots[field].set(&s.cur, text, off) }

// gateFinding turns an error of the scanner into a finding.
func gateFinding(err error) amtshilfe.Finding {
	f := amtshilfe.Finding{Code: "XML-FEHLER", Severity: amtshilfe.SeverityFehler, Text: "Die Nachricht ist kein lesbares XML."}
	if e, ok := errors.AsType[*xmlgate.Error](err); ok {
		f.Code, f.Text, f.Line, f.Column = e.Code, e.Text, e.Line, e.Column
	}
	return f
}

// rootFinding says why a well-formed document is no message we know.
func rootFinding(doc []byte, root xmlgate.Name) amtshilfe.Finding {
	f := amtshilfe.Finding{Severity: amtshilfe.SeverityFehler, Line: 1, Column: 1}
	if off, ok := rootOffset(doc); ok {
		f.Line, f.Column = xmlgate.Position(doc, off)
	}
	if root.Space == ProfilNS && (root.Local == "lieferung" || root.Local == "lieferquittung") {
		f.Code, f.Text = "LIEF-FORMAT", "Eine "+root.Local+" ist keine Nachricht; an dieser Stelle wird eine einzelne Nachricht erwartet."
		return f
	}
	f.Code, f.Hold, f.Owner = "PACK-FEHLT", true, amtshilfe.OwnerBetrieb
	f.Text = "Für die Nachricht " + quoted(root.Local) + " im Namensraum " + quoted(root.Space) +
		" ist kein Schema eingespielt; sie wartet, bis das Schemapaket vorliegt."
	return f
}

// quoted shows a name of the sender in a German sentence, bounded and without control characters.
func quoted(s string) string {
	const longest = 80
	if s == "" {
		return "(leer)"
	}
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return "„" + printable(s) + "“"
}
