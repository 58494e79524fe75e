package mapping

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// ParseFlat compiles a mapping. file names it in errors, which say the line; all semantic faults are named at once.
func ParseFlat(file string, data []byte) (*FlatMapping, error) {
	f, err := decodeFlat(file, data)
	if err != nil {
		return nil, err
	}
	c := &flatCompiler{file: file, in: f, byName: map[string]*recordType{}}
	c.m = &FlatMapping{Name: f.Name, names: []string{""}}
	for _, step := range []func(){c.general, c.streams, c.declare, c.fill, c.whole} {
		if step(); len(c.errs) > 0 {
			break // what follows would only repeat it
		}
	}
	if err := errors.Join(c.errs...); err != nil {
		return nil, err
	}
	return c.m, nil
}

// Bounds of a mapping. Ours have some 40 columns and 90 fields.
const (
	maxFlatRecords = 200
	maxFlatColumns = 2000
	maxFlatErrors  = 20
)

// flatCompiler turns the YAML of a mapping into a FlatMapping.
type flatCompiler struct {
	file   string
	in     *flatFile
	m      *FlatMapping
	byName map[string]*recordType
	errs   []error
}

// bad notes a fault; line 0 = the file as a whole.
func (c *flatCompiler) bad(line int, format string, args ...any) {
	if len(c.errs) >= maxFlatErrors {
		return
	}
	at := c.file
	if line > 0 {
		at = fmt.Sprintf("%s:%d", c.file, line)
	}
	c.errs = append(c.errs, fmt.Errorf(at+": "+format, args...))
}

// general reads what concerns the whole file.
func (c *flatCompiler) general() {
	f, m := c.in, c.m
	if f.Name == "" {
		c.bad(0, "name must be given")
	}
	var w flatWriter
	w.attr("produkt", []byte(zeile(orElse(f.Produkt.Name, f.Name))))
	w.attr("produkthersteller", []byte(zeile(orElse(f.Produkt.Hersteller, "dAmtshilfe-Gateway"))))
	w.attr("produktversion", []byte(zeile(orElse(f.Produkt.Version, "1"))))
	m.produkt = string(w.b)
	m.pivot = 30
	if f.Pivot != nil {
		m.pivot = *f.Pivot
	}
	if m.pivot < 0 || m.pivot > 100 {
		c.bad(0, "pivot: want a year of two digits")
	}
	var err error
	if m.charset, err = charsetNamed(strings.ToLower(orElse(f.Charset, "utf-8"))); err != nil {
		c.bad(0, "charset: %v", err)
		m.charset, _ = charsetNamed("utf-8")
	}
	switch f.Format {
	case "csv":
		c.csv()
	case "fixed":
		c.fixed()
	default:
		c.bad(0, "format: want csv or fixed, got %q", f.Format)
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// csv reads the dialect.
func (c *flatCompiler) csv() {
	m, d := c.m, c.in.Dialect
	m.csv, m.lines = true, true
	m.dialect.header = d.Header == nil || *d.Header
	separator := orElse(string(d.Separator), ";")
	if separator == "tab" {
		separator = "\t"
	}
	m.dialect.separator = c.oneByte("csv.separator", separator)
	quote := `"`
	if d.Quote != nil {
		quote = string(*d.Quote)
	}
	if quote != "" && quote != "none" {
		m.dialect.quote, m.dialect.quoted = c.oneByte("csv.quote", quote), true
	}
	if m.dialect.quoted && m.dialect.quote == m.dialect.separator {
		c.bad(0, "csv: separator and quote are the same")
	}
	if c.in.Fixed != (flatFixed{}) {
		c.bad(0, "fixed: is not for format csv")
	}
}

func (c *flatCompiler) oneByte(key, s string) byte {
	r := []rune(s)
	if len(r) == 1 {
		if b, ok := c.m.charset.encode(r[0]); ok && r[0] != '\n' && r[0] != '\r' {
			return b
		}
	}
	c.bad(0, "%s: want one character of ASCII, got %q", key, s)
	return 0
}

// fixed reads how records end.
func (c *flatCompiler) fixed() {
	m, f := c.m, c.in.Fixed
	m.length = f.Length
	switch orElse(f.End, "line") {
	case "line":
		m.lines = true
	case "none":
		if f.Length <= 0 {
			c.bad(0, "fixed.length: records without line ends need a length")
		}
		if m.charset.table == nil {
			c.bad(0, "fixed.end: none needs a charset of one byte per character, not utf-8")
		}
	default:
		c.bad(0, "fixed.end: want line or none, got %q", f.End)
	}
	if f.Length < 0 || f.Length > maxRecord {
		c.bad(0, "fixed.length: want 1 to %d", maxRecord)
	}
	if d := c.in.Dialect; d.Separator != "" || d.Quote != nil || d.Header != nil || d.Type != "" {
		c.bad(0, "csv: is not for format fixed")
	}
}

// streams reads the files of the mapping and where their record types stand.
func (c *flatCompiler) streams() {
	files := c.in.Files
	if len(files) == 0 {
		files = []flatEntry{{}}
	}
	for i, f := range files {
		s := stream{name: f.Name, pattern: strings.ToLower(f.Entry), at: -1, types: map[string]*recordType{}}
		if len(c.in.Files) > 0 {
			_, err := path.Match(s.pattern, "x")
			if f.Name == "" || f.Entry == "" || err != nil || strings.Contains(f.Entry, "/") {
				c.bad(f.line, "files: each needs a name and entry, the pattern of a file name like *kopf*.csv")
			}
			if slices.ContainsFunc(files[:i], func(o flatEntry) bool { return o.Name == f.Name }) {
				c.bad(f.line, "files: %q is there twice", f.Name)
			}
		}
		if t := string(c.in.Dialect.Type); t != "" && c.m.dialect.header {
			s.at, s.header = 0, t
		} else if t != "" {
			s.at = c.number(t) - 1
		}
		if t := c.in.Fixed.Type; t != (flatSpan{}) {
			if t.At < 1 || t.Length < 1 {
				c.bad(0, "fixed.type: want at (from 1) and length")
			}
			s.at, s.length = t.At-1, t.Length
		}
		c.m.streams = append(c.m.streams, s)
	}
}

// number reads the number of a column of a CSV without header.
func (c *flatCompiler) number(s string) int {
	n, ok := digits([]byte(s))
	if !ok || n < 1 || n > maxFlatColumns {
		c.bad(0, "csv.type: want the number of a column from 1 (there is no header), got %q", s)
		return 1
	}
	return n
}
