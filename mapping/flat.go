package mapping

import (
	"path"
	"slices"
	"strings"
)

// Flat says how flat files of an account are read. The zero value knows none: a drop is then XML or ZIP.
type Flat struct {
	Mappings []*FlatMapping // the first one that recognises a file reads it; a single one reads every flat file
	Test     bool           // messages are marked test="true": the account is not of Betriebsart produktion
}

// FlatMapping is a compiled mapping: how records of a flat file become messages 003. It is read only and may be shared.
type FlatMapping struct {
	Name string // of the mapping

	csv      bool
	charset  charset
	dialect  dialect
	length   int    // fixed: of a record in characters, 0 = any
	lines    bool   // fixed: records end with a line
	pivot    int    // years of two digits below it are 20xx
	produkt  string // attributes of the nachrichtenkopf, as XML
	streams  []stream
	records  []*recordType
	messages []int    // counters of the totals that count messages
	names    []string // what the marks of a document point to: "record/COLUMN"
}

// dialect is how a CSV file is written, in bytes of its charset.
type dialect struct {
	separator, quote byte
	quoted           bool // there is a quote
	header           bool // the first line names the columns
}

// stream is one file of a mapping: the flat file itself, or one entry of a ZIP.
type stream struct {
	name    string
	pattern string // of the entry's base name, lower case; "" = no ZIP
	at      int    // place of the record type: fixed: characters before it; CSV: number of the column from 0; -1 = there is one type only
	length  int    // fixed: characters of the record type
	header  string // CSV with header: name of the column of the record type
	types   map[string]*recordType
	only    *recordType
}

// role is what a record is for.
type role uint8

const (
	roleData role = iota
	roleHeader
	roleTrailer
	roleIgnore
)

// recordType is one kind of record (Satzart).
type recordType struct {
	index   int
	name    string
	role    role
	stream  int
	parent  *recordType
	join    *colPair // to the record of the first file that it belongs to
	columns []column
	parts   []part
	kopf    []kopfField
	totals  []total
	counted []int  // totals of the mapping that this record counts for
	sums    []sum  // totals that it adds to
	opens   bool   // one of its parts opens a message
	keyed   bool   // the message goes on while the key stays the same
	name1   uint16 // its own name among the names
}

// colPair joins a record of a second file to one of the first.
type colPair struct {
	own    int
	parent *recordType
	column int
}

// conversion is how a column's text is read.
type conversion uint8

const (
	convText conversion = iota
	convDate
	convAmount
)

// column is one field of a record.
type column struct {
	name     string
	at       int // fixed: characters before it; CSV without header: its number from 0; with header: found in the file
	length   int
	header   string
	trim     trimSide
	strip    string
	empty    []string
	conv     conversion
	date     datePattern
	amount   amountStyle
	decimals int
	ref      uint16 // its name among the names
}

// part opens a part of the message and fills it.
type part struct {
	way   []nodeKind // from the message down to the node that is opened; empty: the message itself
	key   int        // column whose value tells whether it is the same node again, -1 = always a new one
	when  []cond
	nodes []partNode // the opened node first, then what lies below it
	line  int
}

// partNode is one node that a part fills.
type partNode struct {
	kind   nodeKind
	parent int // among the nodes of the part
	always bool
	fields []fieldRule
}

// fieldRule fills one field.
type fieldRule struct {
	field int
	must  bool
	alts  []alternative
	want  *target
	fixed []byte // the one constant that it is; nil = something else
	plain bool   // XML holds fixed as it is
	ref   uint16 // where findings about an empty or constant value point: its first column, or its own name
}

// alternative is one way to fill a field.
type alternative struct {
	when         []cond
	cols         []colRef
	join         string
	from, length int
	table        map[string][]byte
	others       []byte // what the table says of all other values
	hasOthers    bool
	prefix       string
	suffix       string
	constant     []byte
	deflt        []byte
}

// colRef is a column of the record itself or of one that is still open.
type colRef struct {
	rec *recordType
	col int
}

// cond is one condition.
type cond struct {
	col     colRef
	is, not []string
	empty   *bool
}

// kopfField is one field of the Lieferkopf that a header record fills.
type kopfField struct {
	field int // kopfAbsender ...
	rule  fieldRule
}

// total is a control total: a counter of the reader and the column that must agree with it.
type total struct {
	counter int
	column  int
	amount  bool
	what    string // for the finding: what is counted or added up
}

// sum is a column that is added to a counter.
type sum struct{ counter, column int }

// Trailer says whether files of the mapping carry their own end: a trailer record, or the ZIP around them.
func (m *FlatMapping) Trailer() bool {
	if m.streams[0].pattern != "" {
		return true
	}
	for _, r := range m.records {
		if r.role == roleTrailer && r.stream == 0 {
			return true
		}
	}
	return false
}

// reads says whether the entries of a ZIP are those of the mapping: one for each of its files, and no other. It returns them in the
// order of the files, or says that at least some are.
func (m *FlatMapping) reads(entries []entry) (sorted []entry, some bool) {
	for _, s := range m.streams {
		n := len(sorted)
		for _, e := range entries {
			base := strings.ToLower(path.Base(strings.ReplaceAll(e.name, `\`, "/")))
			if ok, err := path.Match(s.pattern, base); err == nil && ok && !strings.HasSuffix(base, ".xml") {
				some = true
				if len(sorted) == n && !slices.ContainsFunc(sorted, func(o entry) bool { return o.offset == e.offset }) {
					sorted = append(sorted, e)
				}
			}
		}
	}
	if len(sorted) != len(m.streams) || len(sorted) != len(entries) {
		return nil, some
	}
	return sorted, true
}
