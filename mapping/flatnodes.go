package mapping

import (
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// How the YAML of a mapping is decoded: with the line of each part, and with short forms for what is usual.

func lineOf(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}

// strictly decodes node into v; unknown keys are an error.
func strictly(node ast.Node, v any) error { return yaml.NodeToValue(node, v, yaml.Strict()) }

// firstLine is the line of a mapping's first key: the token of a mapping node is a colon.
func firstLine(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return lineOf(m.Values[0].Key)
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		return lineOf(m.Key)
	}
	return lineOf(n)
}

func (e *flatEntry) UnmarshalYAML(n ast.Node) error {
	type plain flatEntry
	e.line = firstLine(n)
	return strictly(n, (*plain)(e))
}

func (r *flatRecord) UnmarshalYAML(n ast.Node) error {
	type plain flatRecord
	r.line = firstLine(n)
	return strictly(n, (*plain)(r))
}

func (c *flatColumn) UnmarshalYAML(n ast.Node) error {
	type plain flatColumn
	c.line = firstLine(n)
	if _, null := n.(*ast.NullNode); null {
		return nil // a column of a CSV with header may have nothing to say
	}
	return strictly(n, (*plain)(c))
}

func (p *flatPart) UnmarshalYAML(n ast.Node) error {
	type plain flatPart
	p.line = firstLine(n)
	return strictly(n, (*plain)(p))
}

func (t *flatTotal) UnmarshalYAML(n ast.Node) error {
	type plain flatTotal
	t.line = firstLine(n)
	return strictly(n, (*plain)(t))
}

func (c *flatCond) UnmarshalYAML(n ast.Node) error {
	type plain flatCond
	c.line = firstLine(n)
	return strictly(n, (*plain)(c))
}

func (a *flatAlt) UnmarshalYAML(n ast.Node) error {
	type plain flatAlt
	a.line = firstLine(n)
	if _, ok := n.(ast.ScalarNode); ok {
		text, err := scalarText(n)
		a.Column = text
		return err
	}
	return strictly(n, (*plain)(a))
}

func (e *flatExpr) UnmarshalYAML(n ast.Node) error {
	e.line = firstLine(n)
	if s, ok := n.(*ast.SequenceNode); ok {
		e.line = lineOf(s)
		return strictly(n, &e.alts)
	}
	e.alts = make([]flatAlt, 1)
	return e.alts[0].UnmarshalYAML(n)
}

func (w *flatWhen) UnmarshalYAML(n ast.Node) error {
	if _, ok := n.(*ast.SequenceNode); ok {
		return strictly(n, (*[]flatCond)(w))
	}
	*w = make(flatWhen, 1)
	return (*w)[0].UnmarshalYAML(n)
}

func (v *flatValues) UnmarshalYAML(n ast.Node) error {
	nodes := []ast.Node{n}
	if s, ok := n.(*ast.SequenceNode); ok {
		nodes = s.Values
	}
	for _, n := range nodes {
		text, err := scalarText(n)
		if err != nil {
			return err
		}
		*v = append(*v, text)
	}
	return nil
}

func (t *flatText) UnmarshalYAML(n ast.Node) error {
	text, err := scalarText(n)
	*t = flatText(text)
	return err
}

func (t *flatTable) UnmarshalYAML(n ast.Node) error {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = append(values, m)
	default:
		return &yaml.SyntaxError{Message: "want a table of values", Token: n.GetToken()}
	}
	*t = flatTable{}
	for _, v := range values {
		key, err := scalarText(v.Key)
		if err != nil {
			return err
		}
		text, err := scalarText(v.Value)
		if err != nil {
			return err
		}
		if _, twice := (*t)[key]; twice {
			return &yaml.SyntaxError{Message: "the value stands twice in the table", Token: v.Key.GetToken()}
		}
		(*t)[key] = text
	}
	return nil
}

// scalarText is a scalar as it is written: 007 stays 007.
func scalarText(n ast.Node) (string, error) {
	s, ok := n.(ast.ScalarNode)
	if !ok {
		return "", &yaml.SyntaxError{Message: "want a single value", Token: n.GetToken()}
	}
	if text, ok := s.GetValue().(string); ok {
		return text, nil
	}
	return s.GetToken().Value, nil
}
