package mapping

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

const packYAML = "pack.yaml"

// maxPackYAML bounds a pack.yaml; ours has 8 KB.
const maxPackYAML = 1 << 20

// packFile is a pack.yaml.
type packFile struct {
	Name      string               `yaml:"name"`
	Version   located              `yaml:"version"` // as written: 1.10 is no number
	Namespace string               `yaml:"namespace"`
	Entry     string               `yaml:"entry"`
	Prefixes  map[string]string    `yaml:"prefixes"`
	Parts     map[string]groupFile `yaml:"parts"`
	Messages  []messageFile        `yaml:"messages"`
}

// groupFile is a field map: of a message, of a list, or a part that others use.
type groupFile struct {
	At     located              `yaml:"at"`  // lists only: the elements that open the group
	Use    located              `yaml:"use"` // names of parts
	Fields map[string]fieldFile `yaml:"fields"`
	Lists  map[string]groupFile `yaml:"lists"`
}

// messageFile is one message of a pack.yaml.
type messageFile struct {
	Root       located              `yaml:"root"`
	Kind       int                  `yaml:"kind"`
	Direction  Direction            `yaml:"direction"`
	AnsweredBy []int                `yaml:"answered_by"`
	Use        located              `yaml:"use"`
	Fields     map[string]fieldFile `yaml:"fields"`
	Lists      map[string]groupFile `yaml:"lists"`
}

// fieldFile says where a field stands: one path, several, or {at, values} with the field's own words for those of the messages.
type fieldFile struct {
	At     located
	Values map[string]string // a word of the messages -> the profile's; other words stay as they are
}

// UnmarshalYAML reads a path, a list of paths, or a mapping with at and values.
func (f *fieldFile) UnmarshalYAML(node ast.Node) error {
	if _, ok := node.(ast.MapNode); !ok {
		return f.At.UnmarshalYAML(node)
	}
	var long struct {
		At     located           `yaml:"at"`
		Values map[string]string `yaml:"values"`
	}
	if err := yaml.NodeToValue(node, &long, yaml.Strict()); err != nil {
		return err
	}
	if len(long.At) == 0 || len(long.Values) == 0 {
		return &yaml.SyntaxError{Message: "want at and values", Token: node.GetToken()}
	}
	*f = fieldFile(long)
	return nil
}

// located is a string, or a sequence of strings, with the lines they stand in: errors name the line.
type located []struct {
	text string
	line int
}

// UnmarshalYAML reads a scalar or a sequence of scalars.
func (l *located) UnmarshalYAML(node ast.Node) error {
	values := []ast.Node{node}
	if s, ok := node.(*ast.SequenceNode); ok {
		values = s.Values
	}
	for _, v := range values {
		s, ok := v.(ast.ScalarNode)
		if !ok {
			return &yaml.SyntaxError{Message: "want a string or a list of strings", Token: v.GetToken()}
		}
		text, ok := s.GetValue().(string)
		if !ok {
			text = s.GetToken().Value
		}
		*l = append(*l, struct {
			text string
			line int
		}{text, s.GetToken().Position.Line})
	}
	return nil
}

// decodePack reads the YAML. goccy/go-yaml 1.19.2 panics on some tags ("key: !00"): that is an error like any other.
func decodePack(file string, data []byte) (f *packFile, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("%s: not readable as YAML: %v", file, r)
		}
	}()
	f = new(packFile)
	if err := yaml.UnmarshalWithOptions(data, f, yaml.Strict()); err != nil {
		if e, ok := errors.AsType[yaml.Error](err); ok && e.GetToken() != nil {
			return nil, fmt.Errorf("%s:%d: %s", file, e.GetToken().Position.Line, e.GetMessage())
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return f, nil
}
