package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// table is a kind of CSV file: its first line names the columns, in any order and by any of their names; unknown columns are refused
// for files of ours (strict), and passed over in those of others.
type table struct {
	columns [][]string // the first name is ours; the others are those of published files
	need    int        // how many of columns must be there
	strict  bool
	all     bool // the file has all municipalities
	row     func(r *Rows, c *cells)
}

// cells is one line of a table.
type cells struct {
	line   int
	fields []string
	at     map[string]int // column by our name
	comma  byte
	width  int // fields of the first line
	o      Options
}

func (c *cells) has(column string) bool { _, ok := c.at[column]; return ok }

// is gives the cell of a column without blanks around it; "" if the file does not have the column.
func (c *cells) is(column string) string {
	if i, ok := c.at[column]; ok && i < len(c.fields) {
		return strings.TrimSpace(c.fields[i])
	}
	return ""
}

// list gives the words of a cell.
func (c *cells) list(column string) []string {
	words := strings.FieldsFunc(c.is(column), func(r rune) bool { return r == ' ' || r == '|' })
	if len(words) == 0 {
		return nil
	}
	return words
}

// readTable reads CSV: fields by semicolon, comma or tab (whichever the first line has most of), in quotation marks where needed, one
// record a line.
func readTable(r *Rows, data []byte, t table, o Options) (err error) {
	var c *cells
	r.all = t.all
	lines(data, o, func(l line) bool {
		if c == nil {
			c, err = t.head(l, o)
			return err == nil
		}
		if r.Lines++; r.Lines > o.Limits.Rows {
			err = fmt.Errorf("more than %d lines", o.Limits.Rows)
			return false
		}
		if l.bad == "" {
			l.bad = c.read(l)
		}
		if l.bad != "" {
			r.reject(l.no, "%s", l.bad)
			return true
		}
		t.row(r, c)
		return true
	})
	if err == nil && c == nil {
		err = errors.New("empty file")
	}
	return err
}

// head finds the columns in the first line.
func (t table) head(l line, o Options) (*cells, error) {
	c := &cells{at: map[string]int{}, o: o, comma: ';'}
	for _, b := range []byte(",\t") {
		if strings.Count(l.text, string(b)) > strings.Count(l.text, string(c.comma)) {
			c.comma = b
		}
	}
	if l.bad == "" {
		c.fields, l.bad = split(l.text, c.comma)
	}
	if l.bad != "" {
		return nil, fmt.Errorf("line %d: %s", l.no, l.bad)
	}
	c.width = len(c.fields)
	for i, f := range c.fields {
		f = strings.ToLower(strings.TrimSpace(f))
		k := slices.IndexFunc(t.columns, func(names []string) bool { return slices.Contains(names, f) })
		switch {
		case k < 0 && t.strict:
			return nil, fmt.Errorf("line %d: unknown column %q", l.no, f)
		case k < 0:
		case c.has(t.columns[k][0]):
			return nil, fmt.Errorf("line %d: column %q twice", l.no, t.columns[k][0])
		default:
			c.at[t.columns[k][0]] = i
		}
	}
	for _, names := range t.columns[:t.need] {
		if !c.has(names[0]) {
			return nil, fmt.Errorf("line %d: column missing: %s", l.no, strings.Join(names, " or "))
		}
	}
	return c, nil
}

// read puts a line into the cells; it says what is wrong with it, or "".
func (c *cells) read(l line) (bad string) {
	c.line = l.no
	if c.fields, bad = split(l.text, c.comma); bad == "" && len(c.fields) != c.width {
		bad = fmt.Sprintf("%d fields, the first line has %d", len(c.fields), c.width)
	}
	return bad
}

// split cuts a line into fields. It is strict: a quotation mark in the middle of a field without them, or one that is not closed, is
// more often a shifted column than a wish.
func split(s string, comma byte) (fields []string, bad string) {
	for {
		if !strings.HasPrefix(s, `"`) {
			f, rest, more := strings.Cut(s, string(comma))
			if strings.Contains(f, `"`) {
				return nil, "a quotation mark within a field that does not begin with one"
			}
			if fields = append(fields, f); !more {
				return fields, ""
			}
			s = rest
			continue
		}
		var b strings.Builder
		s = s[1:]
		for {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				return nil, "a quotation mark that is not closed in its line"
			}
			b.WriteString(s[:i])
			s = s[i+1:]
			if !strings.HasPrefix(s, `"`) {
				break
			}
			b.WriteByte('"')
			s = s[1:]
		}
		fields = append(fields, b.String())
		switch {
		case s == "":
			return fields, ""
		case s[0] != comma:
			return nil, "text behind a closing quotation mark"
		}
		s = s[1:]
	}
}
