package register

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile limits a directory file: all municipalities of Germany need about 4 MB.
const maxFile = 64 << 20

// Error is what is wrong with a directory.
type Error struct {
	Path string // YAML path of the entry, "$.behoerden[3].kennung"; "" if the file is no YAML of this form
	Line int    // from 1; 0 if the directory was not read from a file
	Text string // English, for the operator
}

// Error names line, path and fault.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("directory")
	if e.Line > 0 {
		b.WriteString(" line " + strconv.Itoa(e.Line))
	}
	if e.Path != "" {
		b.WriteString(" " + e.Path)
	}
	return b.String() + ": " + e.Text
}

// Read checks the YAML of a directory and builds it. An *Error names the line.
func Read(data []byte) (d *Directory, err error) {
	f, err := Parse(data)
	if err != nil {
		return nil, err
	}
	d, err = New(f)
	if e, ok := errors.AsType[*Error](err); ok {
		Lines(data, []*Error{e})
	}
	return d, err
}

// Parse reads the YAML of a directory strictly, without judging what it says: see Check and New. The library is known to panic on some
// broken input; for a file of a person that is an error like any other.
func Parse(data []byte) (f File, err error) {
	if len(data) > maxFile {
		return File{}, &Error{Text: fmt.Sprintf("larger than %d bytes", maxFile)}
	}
	if f, ok := parseParts(data); ok {
		return f, nil
	}
	return parseWhole(data)
}

func parseWhole(data []byte) (f File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Error{Text: fmt.Sprintf("not readable as YAML: %v", r)}
		}
	}()
	if !utf8.Valid(data) {
		return File{}, &Error{Text: "not UTF-8"}
	}
	if e := lossy(data); e != nil {
		return File{}, e
	}
	dec := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := dec.Decode(&f); err != nil {
		return File{}, yamlError(err)
	}
	if err := dec.Decode(&File{}); !errors.Is(err, io.EOF) {
		return File{}, &Error{Text: "more than one YAML document"}
	}
	return f, nil
}

// lossy finds a number without quotes that YAML would read as another one: 020 is 16, and a Schluessel of Hamburg would be one of
// Thuringia.
func lossy(data []byte) *Error {
	tokens := lexer.Tokenize(string(data))
	if e := bounded(tokens); e != nil {
		return e
	}
	for _, t := range tokens {
		bad := false
		switch t.Type {
		case token.IntegerType:
			bad = strings.Contains(t.Value, "_") || len(t.Value) > 1 && t.Value[0] == '0'
		case token.OctetIntegerType, token.HexIntegerType, token.BinaryIntegerType:
			bad = true
		case token.FloatType:
			v, err := strconv.ParseFloat(t.Value, 64)
			bad = err != nil || strconv.FormatFloat(v, 'f', -1, 64) != t.Value
		}
		if bad && t.Position != nil {
			return &Error{Line: t.Position.Line, Text: fmt.Sprintf("%s is read as another number: write it in quotes", cut(t.Value, 40))}
		}
	}
	return nil
}

func yamlError(err error) error {
	if errors.Is(err, io.EOF) {
		return &Error{Text: "empty file"}
	}
	if y, ok := errors.AsType[yaml.Error](err); ok {
		line := 0
		if t := y.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
		return &Error{Line: line, Text: y.GetMessage()}
	}
	return &Error{Text: err.Error()}
}

// Lines sets the lines of faults found in what was parsed from data.
func Lines(data []byte, faults []*Error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return
	}
	for _, e := range faults {
		e.Line = lineOf(tree, e.Path)
	}
}

// lineOf finds the line of a YAML path, or of the nearest node above it that exists.
func lineOf(tree *ast.File, path string) (line int) {
	defer func() { _ = recover() }() // a line is a courtesy
	for path != "" && path != "$" {
		if p, err := yaml.PathString(path); err == nil {
			if n, err := p.FilterFile(tree); err == nil && n != nil && n.GetToken() != nil {
				return n.GetToken().Position.Line
			}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 1
}
