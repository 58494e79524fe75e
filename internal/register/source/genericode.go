package source

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"damtshilfe/internal/xmlgate"
)

// genericodeSpace is the namespace of OASIS genericode 1.0; only the root is in it.
const genericodeSpace = "http://docs.oasis-open.org/codelist/ns/genericode/1.0/"

// What the sink hears of.
const (
	gcVersion = iota
	gcColumn
	gcColumnID
	gcRow
	gcValue
	gcRef
	gcText
)

func genericodeMap() (*xmlgate.Map, error) {
	path := func(names ...string) (steps []xmlgate.Step) {
		for _, n := range names {
			local, attr := strings.CutPrefix(n, "@")
			steps = append(steps, xmlgate.Step{Name: xmlgate.Name{Local: local}, Attr: attr})
		}
		return steps
	}
	value := []string{"SimpleCodeList", "Row", "Value"}
	return xmlgate.CompileMap(xmlgate.Name{Space: genericodeSpace, Local: "CodeList"}, []xmlgate.Field{
		{Path: path("Identification", "Version"), ID: gcVersion},
		{Path: path("ColumnSet", "Column"), ID: gcColumn, List: true},
		{Path: path("ColumnSet", "Column", "@Id"), ID: gcColumnID},
		{Path: path(value[:2]...), ID: gcRow, List: true},
		{Path: path(value...), ID: gcValue, List: true},
		{Path: path(append(value, "@ColumnRef")...), ID: gcRef},
		{Path: path(append(value, "SimpleValue")...), ID: gcText},
	})
}

// readGenericode reads a code list of municipalities (XRepository, urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:ags). Its columns
// are known by their Id, in the spellings that CSV has as well; its version is the state of the data.
func readGenericode(r *Rows, data []byte, o Options) error {
	m, err := genericodeMap()
	if err != nil {
		return err
	}
	g := &genericode{rows: r, doc: data, line: 1, limit: o.Limits.Rows, cells: map[string]string{}}
	s := xmlgate.NewScanner(xmlgate.Limits{MaxBytes: o.Limits.Bytes, MaxDepth: 16, MaxAttrs: 24})
	root, err := s.Scan(data, func(xmlgate.Name) *xmlgate.Map { return m }, g)
	switch {
	case err != nil:
		return err
	case root != m.Root():
		return fmt.Errorf("the root is %s, not CodeList of genericode 1.0", short(root.Local))
	case r.Lines > o.Limits.Rows:
		return fmt.Errorf("more than %d rows", o.Limits.Rows)
	case r.Lines > 0 && !g.known:
		return errors.New("no column for the AGS and the name (Id SCHLUESSEL and Bezeichnung, or ags and name)")
	}
	r.all = true
	if d, ok := date(g.version); ok && d != "" {
		r.Stand = d
	}
	return nil
}

// genericode is the sink of a code list.
type genericode struct {
	rows    *Rows
	doc     []byte
	limit   int
	known   bool // the columns are found
	version string
	columns []string // Ids in their order
	column  string   // of the value that is open
	next    int      // column of a value that names none
	cells   map[string]string
	from    int // offset where line begins to count
	line    int
}

// Enter notes where a row begins.
func (g *genericode) Enter(list, off int) {
	switch list {
	case gcRow:
		g.line += bytes.Count(g.doc[g.from:off], []byte("\n"))
		g.from, g.next = off, 0
		clear(g.cells)
		if !g.known {
			g.known = g.find(agsNames) != "" && g.find(gemeindeNames) != ""
		}
	case gcValue:
		g.column = ""
		if g.next < len(g.columns) {
			g.column = g.columns[g.next]
		}
	}
}

// Leave takes a row, or steps to the next column.
func (g *genericode) Leave(list int) {
	switch list {
	case gcValue:
		g.next = slices.Index(g.columns, g.column) + 1
	case gcRow:
		g.rows.Lines++
		if !g.known || g.rows.Lines > g.limit {
			return
		}
		if bad := g.faulty(); bad != "" {
			g.rows.reject(g.line, "%s", bad)
			return
		}
		g.rows.gemeinde(g.line, g.cells[g.find(agsNames)], g.cells[g.find([]string{"ars"})], g.cells[g.find(gemeindeNames)], g.cells[g.find([]string{"hinweis"})])
	}
}

func (g *genericode) faulty() string {
	for _, text := range g.cells {
		if bad := unreadable(text); bad != "" {
			return bad
		}
	}
	return ""
}

// Value takes a text.
func (g *genericode) Value(field int, text []byte, _ int) {
	s := strings.Join(strings.Fields(string(text)), " ")
	switch field {
	case gcVersion:
		g.version = s
	case gcColumnID:
		if len(g.columns) < 100 {
			g.columns = append(g.columns, s)
		}
	case gcRef:
		g.column = s
	case gcText:
		if len(g.cells) < 100 {
			g.cells[g.column] = s
		}
	}
}

// find gives the Id of the first column that has one of these names.
func (g *genericode) find(names []string) string {
	for _, c := range g.columns {
		if slices.Contains(names, strings.ToLower(c)) {
			return c
		}
	}
	return ""
}
