package printstreet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"damtshilfe/internal/xmlgate"
)

var (
	quittungHead    = []string{"id", "stapel", "art", "erstellt", "anzahl", "ergebnis", "code"}
	quittungLetter  = []string{"id", "stand", "datum", "grund"}
	quittungRoot    = xmlgate.Name{Space: Namespace, Local: "quittung"}
	quittungSendung = xmlgate.Name{Space: Namespace, Local: "sendung"}
	// quittungColumns are those of the CSV twin: the head in every line, so that every line tells where it belongs.
	quittungColumns = []string{"quittung", "stapel", "art", "erstellt", "anzahl", "ergebnis", "code", "sendung", "stand", "datum", "grund"}
)

// quittungMap knows the places of xsd/quittung.xsd: the head's attributes have the field numbers from 0, a letter's follow.
func quittungMap() (*xmlgate.Map, error) {
	var fields []xmlgate.Field
	attr := func(name string) xmlgate.Step { return xmlgate.Step{Name: xmlgate.Name{Local: name}, Attr: true} }
	for i, name := range quittungHead {
		fields = append(fields, xmlgate.Field{ID: i, Path: []xmlgate.Step{attr(name)}})
	}
	fields = append(fields, xmlgate.Field{ID: len(fields), Path: []xmlgate.Step{{Name: quittungSendung}}, List: true})
	for _, name := range quittungLetter {
		fields = append(fields, xmlgate.Field{ID: len(fields), Path: []xmlgate.Step{{Name: quittungSendung}, attr(name)}})
	}
	return xmlgate.CompileMap(quittungRoot, fields)
}

// quittungSink collects the values.
type quittungSink struct{ rawQuittung }

// Enter begins a letter.
func (s *quittungSink) Enter(int, int) { s.letters = append(s.letters, map[string]string{}) }

// Leave ends it.
func (s *quittungSink) Leave(int) {}

// Value takes an attribute.
func (s *quittungSink) Value(field int, text []byte, _ int) {
	value := strings.TrimSpace(string(text))
	if field < len(quittungHead) {
		s.head[quittungHead[field]] = value
		return
	}
	s.letters[len(s.letters)-1][quittungLetter[field-len(quittungHead)-1]] = value
}

// quittungJudge objects to everything that the schema does not name: a word that nobody reads must not look as if it counted.
type quittungJudge struct{ depth int }

// Symbol is 1 for the root, 2 for a letter, 0 for anything else.
func (*quittungJudge) Symbol(space string, local []byte) int32 {
	switch (xmlgate.Name{Space: space, Local: string(local)}) {
	case quittungRoot:
		return 1
	case quittungSendung:
		return 2
	}
	return 0
}

// Start admits the root with its attributes, and letters with theirs directly below it.
func (j *quittungJudge) Start(sym int32, t xmlgate.Tag) bool {
	j.depth++
	allowed := quittungHead
	if sym == 2 {
		allowed = quittungLetter
	}
	if int(sym) != j.depth {
		return false
	}
	for i := range t.Attributes() {
		space, local, _, declares := t.Attribute(i)
		if !declares && space != "http://www.w3.org/2001/XMLSchema-instance" && (space != "" || !slices.Contains(allowed, string(local))) {
			return false
		}
	}
	return true
}

// End admits no text but white space.
func (j *quittungJudge) End(t xmlgate.Tag) bool {
	j.depth--
	return t.Blank()
}

func readQuittungXML(data []byte) (rawQuittung, error) {
	m, err := quittungMap()
	if err != nil {
		return rawQuittung{}, err
	}
	scan := xmlgate.NewScanner(xmlgate.Limits{MaxBytes: MaxQuittung, MaxDepth: 4, MaxAttrs: 12})
	scan.Judge = func(xmlgate.Name) xmlgate.Judge { return &quittungJudge{} }
	sink := &quittungSink{rawQuittung{head: map[string]string{}}}
	root, err := scan.Scan(data, func(xmlgate.Name) *xmlgate.Map { return m }, sink)
	switch e, gate := errors.AsType[*xmlgate.Error](err); {
	case gate:
		return rawQuittung{}, quittungFault("Zeile %d: %s", e.Line, e.Text)
	case err != nil:
		return rawQuittung{}, err
	case root != quittungRoot:
		return rawQuittung{}, quittungFault("das Wurzelelement ist nicht quittung aus %s", Namespace)
	case !scan.Accepted():
		return rawQuittung{}, quittungFault("ein Element, ein Attribut oder Text, den das Schema nicht kennt")
	}
	return sink.rawQuittung, nil
}

// csvRows gives the lines behind the head line, which must name these columns; format is what it is called.
func csvRows(data []byte, columns []string, format string) ([][]string, error) {
	if !utf8.Valid(data) {
		return nil, quittungFault("sie ist weder XML noch CSV in UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.Comma, r.FieldsPerRecord = ';', len(columns)
	first, err := r.Read()
	if err != nil || !slices.Equal(first, columns) {
		return nil, quittungFault("sie ist %s mit der Kopfzeile %s", format, strings.Join(columns, ";"))
	}
	var rows [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil || len(rows) == maxRueckmeldungen {
			return nil, quittungFault("Zeile %d: falsche Zahl von Spalten, oder zu viele Zeilen", len(rows)+2)
		}
		rows = append(rows, row)
	}
}

func readQuittungCSV(data []byte) (rawQuittung, error) {
	raw := rawQuittung{head: map[string]string{}}
	rows, err := csvRows(data, quittungColumns, "weder XML noch CSV")
	for i, row := range rows {
		if fault := raw.row(row, i == 0); fault != "" {
			return raw, quittungFault("Zeile %d: %s", i+2, fault)
		}
	}
	return raw, err
}

// row takes one line; it gives what is wrong with it, "" = nothing.
func (r *rawQuittung) row(row []string, first bool) string {
	for i, name := range quittungHead {
		if value := strings.TrimSpace(row[i]); first {
			r.head[name] = value
		} else if r.head[name] != value {
			return "die Spalte " + quittungColumns[i] + " sagt etwas anderes als die erste Zeile"
		}
	}
	letter, empty := map[string]string{}, true
	for i, name := range quittungLetter {
		letter[name] = strings.TrimSpace(row[len(quittungHead)+i])
		empty = empty && letter[name] == ""
	}
	if !empty {
		r.letters = append(r.letters, letter)
	} else if r.head["art"] != string(ArtEingang) || !first {
		return "sie nennt keine Sendung"
	}
	return ""
}
