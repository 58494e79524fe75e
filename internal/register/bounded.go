package register

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// What a YAML text may be made of. The library calls itself for every nesting, compares every key of a mapping with every other one and
// copies what an alias names: ten kilobytes of aliases became gigabytes, a megabyte of brackets ended the process, one of keys kept it busy
// for minutes. No directory, change or report comes near these.
const (
	maxNesting = 32  // brackets in brackets, indentations in indentations, or dashes on one line
	maxKeys    = 500 // of one mapping
)

// unmarshal reads a YAML or JSON text of somebody else strictly. It bounds what the library is given, and does not panic.
func unmarshal(data []byte, v any) (err error) {
	defer func() {
		if r := recover(); r != nil { // the library is known to panic on some broken input
			err = fmt.Errorf("not readable as YAML: %v", r)
		}
	}()
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	marks := 0
	for _, c := range []string{"[", "]", "{", "}", ",", ":", "\n", "- ", "?", "&", "*", "!"} {
		marks += bytes.Count(data, []byte(c))
	}
	if marks > len(data)/3+1000 {
		return errors.New("more signs than text")
	}
	if e := bounded(lexer.Tokenize(string(data))); e != nil {
		return e
	}
	if err := yaml.UnmarshalWithOptions(data, v, yaml.Strict()); err != nil {
		text, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
		if strings.HasSuffix(text, "already defined at "+text[strings.LastIndex(text, " ")+1:]) { // the library has no type for it
			return fmt.Errorf("%w: %s", errDoubled, text)
		}
		return errors.New("no YAML or JSON of the agreed form: " + text)
	}
	return nil
}

// bounded looks for what no library should be given.
func bounded(tokens token.Tokens) *Error {
	s := &shape{flow: []int{0}}
	for _, t := range tokens {
		if text := s.take(t); text != "" {
			e := &Error{Text: text}
			if t.Position != nil {
				e.Line = t.Position.Line
			}
			return e
		}
	}
	return nil
}

// shape follows the nesting of a YAML text.
type shape struct {
	flow   []int     // keys of each bracket that is open; the first is the text itself
	block  []mapping // mappings by indentation that are open
	line   int       // of the dashes that are counted
	dashes int
	before *token.Token
}

// mapping is a mapping by indentation.
type mapping struct{ column, keys int }

// take gives what is wrong with the text at a token, "" if nothing is.
func (s *shape) take(t *token.Token) (wrong string) {
	before := s.before
	s.before = t
	switch t.Type {
	case token.AliasType, token.AnchorType, token.MergeKeyType:
		return "anchors and aliases are not allowed"
	case token.MappingKeyType, token.TagType, token.DirectiveType:
		return "explicit keys, tags and directives are not allowed"
	case token.SequenceStartType, token.MappingStartType:
		s.flow = append(s.flow, 0)
	case token.SequenceEndType, token.MappingEndType:
		s.flow = s.flow[:max(len(s.flow)-1, 1)]
	case token.SequenceEntryType:
		return s.dash(t)
	case token.MappingValueType:
		return s.key(t, before)
	}
	if len(s.flow) > maxNesting {
		return "nested too deeply"
	}
	return ""
}

func (s *shape) dash(t *token.Token) string {
	if t.Position == nil || len(s.flow) > 1 {
		return ""
	}
	if t.Position.Line != s.line {
		s.line, s.dashes = t.Position.Line, 0
	}
	if s.dashes++; s.dashes > maxNesting {
		return "nested too deeply"
	}
	s.close(t.Position.Column) // an item of a list begins: mappings of the one before end
	return ""
}

// close ends the mappings that stand further to the right.
func (s *shape) close(column int) {
	s.block = slices.DeleteFunc(s.block, func(b mapping) bool { return b.column > column })
}

func (s *shape) key(t, name *token.Token) string {
	if last := len(s.flow) - 1; last > 0 {
		if s.flow[last]++; s.flow[last] > maxKeys {
			return "too many keys"
		}
		return ""
	}
	if name == nil || name.Position == nil {
		return ""
	}
	column := name.Position.Column
	s.close(column)
	if last := len(s.block) - 1; last < 0 || s.block[last].column < column {
		s.block = append(s.block, mapping{column: column})
	}
	last := len(s.block) - 1
	switch s.block[last].keys++; {
	case s.block[last].keys > maxKeys:
		return "too many keys"
	case len(s.block) > maxNesting:
		return "nested too deeply"
	}
	return ""
}
