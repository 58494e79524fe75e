package mapping

import (
	"maps"
	"slices"
	"strings"
)

// Of the compiler: which records and columns there are.

// declare makes the records and their columns, so that parts can refer to each of them.
func (c *flatCompiler) declare() {
	if len(c.in.Records) == 0 || len(c.in.Records) > maxFlatRecords {
		c.bad(0, "records: want 1 to %d", maxFlatRecords)
		return
	}
	roles := map[string]role{"": roleData, "data": roleData, "header": roleHeader, "trailer": roleTrailer, "ignore": roleIgnore}
	for i := range c.in.Records {
		in := &c.in.Records[i]
		r := &recordType{index: i, name: orElse(in.Name, string(in.Type))}
		var ok bool
		if r.role, ok = roles[in.Role]; !ok {
			c.bad(in.line, "role: want header, data, trailer or ignore, got %q", in.Role)
		}
		if r.name == "" || r.name == "*" || r.name == "ersuchen" || strings.Contains(r.name, ".") || c.byName[r.name] != nil {
			c.bad(in.line, "record needs a name of its own without a dot, not %q", r.name)
		}
		c.byName[r.name] = r
		c.place(r, in)
		r.name1 = c.name(c.pathOf(r))
		c.columns(r, in)
		c.m.records = append(c.m.records, r)
	}
}

func (c *flatCompiler) name(s string) uint16 {
	if len(c.m.names) > 60_000 {
		return 0
	}
	c.m.names = append(c.m.names, s)
	return uint16(len(c.m.names) - 1)
}

// pathOf is how findings name a record: those of a second file with its name before them.
func (c *flatCompiler) pathOf(r *recordType) string {
	if r.stream > 0 {
		return c.m.streams[r.stream].name + "!" + r.name
	}
	return r.name
}

// place finds the file of a record and enters its type there.
func (c *flatCompiler) place(r *recordType, in *flatRecord) {
	if in.File != "" {
		r.stream = slices.IndexFunc(c.m.streams, func(s stream) bool { return s.name == in.File })
		if r.stream < 0 {
			c.bad(in.line, "file: %q is not among the files", in.File)
			r.stream = 0
		}
	}
	s := &c.m.streams[r.stream]
	switch typ := string(in.Type); {
	case s.at < 0 && typ != "":
		c.bad(in.line, "type: neither fixed.type nor csv.type says where it stands")
	case s.at < 0 && s.only != nil:
		c.bad(in.line, "type: a file with several records needs fixed.type or csv.type")
	case s.at < 0:
		s.only = r
	case typ == "":
		c.bad(in.line, "type: must be given")
	case s.types[typ] != nil:
		c.bad(in.line, "type: %q is there twice", typ)
	default:
		s.types[typ] = r
	}
}

// columns compiles the columns of a record.
func (c *flatCompiler) columns(r *recordType, in *flatRecord) {
	if len(in.Columns) > maxFlatColumns {
		c.bad(in.line, "columns: more than %d", maxFlatColumns)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(in.Columns)) {
		f := in.Columns[name]
		if f.line == 0 {
			f.line = in.line
		}
		col := column{name: name, at: f.At - 1, length: f.Length, header: orElse(f.Header, name), strip: string(f.Strip), empty: f.Empty, decimals: 2}
		col.ref = c.name(c.pathOf(r) + "/" + name)
		switch {
		case !c.m.csv && (f.At < 1 || f.Length < 1):
			c.bad(f.line, "column %q: want at (from 1) and length", name)
		case !c.m.csv && c.m.length > 0 && f.At-1+f.Length > c.m.length:
			c.bad(f.line, "column %q ends behind the record (fixed.length %d)", name, c.m.length)
		case c.m.csv && f.Length != 0:
			c.bad(f.line, "column %q: length is for format fixed", name)
		case c.m.csv && !c.m.dialect.header && f.At < 1:
			c.bad(f.line, "column %q: want at, its number from 1 (there is no header)", name)
		case c.m.csv && c.m.dialect.header && f.At != 0:
			c.bad(f.line, "column %q: at is for files without header", name)
		case f.At > maxRecord || f.Length > maxRecord:
			c.bad(f.line, "column %q: at and length are at most %d", name, maxRecord)
		}
		c.conversion(&col, f)
		r.columns = append(r.columns, col)
	}
}

// conversion compiles how the text of a column is read.
func (c *flatCompiler) conversion(col *column, f flatColumn) {
	trims := map[string]trimSide{"": trimBoth, "both": trimBoth, "left": trimLeft, "right": trimRight, "none": trimNone}
	var ok bool
	if col.trim, ok = trims[f.Trim]; !ok {
		c.bad(f.line, "trim: want both, left, right or none, got %q", f.Trim)
	}
	if f.Date != "" {
		col.conv = convDate
		if col.date, ok = parseDatePattern(f.Date); !ok {
			c.bad(f.line, "date: want a pattern like TT.MM.JJJJ, TTMMJJJJ, JJJJMMTT or TT.MM.JJ, got %q", f.Date)
		}
	}
	if f.Amount != "" {
		if col.conv == convDate {
			c.bad(f.line, "column %q: date and amount exclude each other", col.name)
		}
		col.conv = convAmount
		if col.amount, ok = amountStyles[f.Amount]; !ok {
			c.bad(f.line, "amount: want comma, point or implied, got %q", f.Amount)
		}
	}
	if f.Decimals != nil {
		col.decimals = *f.Decimals
		if col.amount != amountImplied || col.decimals < 0 || col.decimals > 2 {
			c.bad(f.line, "decimals: 0 to 2, and only for amount: implied")
		}
	}
}
