// Package source reads the files that a directory of authorities is made from, and puts what they say into a directory: official lists of
// municipalities (genericode XML as XRepository publishes it, CSV, GV100AD of Destatis), tables of postcodes, lists of reforms, and
// authorities and competences as CSV or YAML (docs/verzeichnis.md has all columns).
//
// In reading order: lines.go and table.go cut files into lines and cells, csv.go, gv100.go, genericode.go and yaml.go make Rows of them,
// edit.go puts Rows into a File, plan.go judges the result. A line that cannot be taken is a Rejection with its number and the reason;
// what becomes of the others is for the caller to decide. The package is pure: it touches no disk and keeps nothing.
package source

import (
	"fmt"
	"io"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// Format names what a file is.
type Format string

// The formats.
const (
	Genericode       Format = "genericode"       // all municipalities, XML
	AGS              Format = "ags"              // all municipalities, CSV
	GV100AD          Format = "gv100"            // all municipalities and what is above them, fixed width
	PLZ              Format = "plz"              // postcodes and places of municipalities, CSV
	Reformen         Format = "reformen"         // municipalities that became part of others, CSV
	Behoerden        Format = "behoerden"        // authorities, CSV
	Zustaendigkeiten Format = "zustaendigkeiten" // what authorities are competent for, CSV
	YAML             Format = "yaml"             // entries of a directory, which replace those of the same key
	Verzeichnis      Format = "verzeichnis"      // a whole directory, YAML
)

// Formats lists all formats.
func Formats() []Format {
	return []Format{Genericode, AGS, GV100AD, PLZ, Reformen, Behoerden, Zustaendigkeiten, YAML, Verzeichnis}
}

// Limits bound what a file may have; zero is the default.
type Limits struct {
	Bytes int64 // default 64 MiB
	Line  int   // bytes of a line, default 64 KiB
	Rows  int   // default 500 000
}

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 64 << 20
	}
	if l.Line == 0 {
		l.Line = 64 << 10
	}
	if l.Rows == 0 {
		l.Rows = 500_000
	}
	return l
}

// Options say what a file does not.
type Options struct {
	Limits  Limits
	Charset string // utf-8, windows-1252, iso-8859-1; "" = UTF-8, for GV100AD whichever of UTF-8 and Windows-1252 it is
	// Betriebsart of authorities and competences whose line names none.
	Betriebsart amtshilfe.Betriebsart
	// Stand is the state of the data where the file does not say it: municipalities that a list lacks ended on the day before.
	Stand register.Datum
}

// Rows is what a file says.
type Rows struct {
	Stand    register.Datum // state of the data, as the file or else the Options say; "" = unknown
	Lines    int            // lines with data, the rejected ones among them
	Rejected []Rejection    // lines that say nothing, in the order of the file
	LeftOut  int            // parts of towns, which are no municipalities
	all      bool           // the municipalities are all there are: those that are missing have ended
	rows     []row
	whole    *register.File // instead of rows: a whole directory
	data     []byte         // of a YAML file, for lines of its faults
}

// Len is how many rows can be put into a directory.
func (r *Rows) Len() int { return len(r.rows) }

// Rejection is a line that is not taken.
type Rejection struct {
	Line   int // from 1; 0 = not known
	Reason string
}

// String is the rejection for the operator.
func (r Rejection) String() string { return fmt.Sprintf("line %d: %s", r.Line, r.Reason) }

// row is one line in the words of the directory.
type row struct {
	line int
	change
}

// change is what a row does to a directory; it says why it cannot, or "".
type change interface {
	to(e *editor, line int) string
}

func (r *Rows) add(line int, c change) { r.rows = append(r.rows, row{line, c}) }

func (r *Rows) reject(line int, format string, args ...any) {
	r.Rejected = append(r.Rejected, Rejection{line, fmt.Sprintf(format, args...)})
}

// Read reads a file. The error says that the file as a whole is not usable: not of this format, too large, not readable.
func Read(in io.Reader, f Format, o Options) (*Rows, error) {
	o.Limits = o.Limits.withDefaults()
	data, err := io.ReadAll(io.LimitReader(in, o.Limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f, err)
	}
	if int64(len(data)) > o.Limits.Bytes {
		return nil, fmt.Errorf("read %s: larger than %d bytes", f, o.Limits.Bytes)
	}
	if !slices.Contains(charsets(), o.Charset) {
		return nil, fmt.Errorf("read %s: unknown charset %q", f, o.Charset)
	}
	r := &Rows{Stand: o.Stand}
	switch f {
	case Genericode:
		err = readGenericode(r, data, o)
	case GV100AD:
		err = readGV100(r, data, o)
	case YAML:
		err = readEntries(r, data)
	case Verzeichnis:
		err = readDirectory(r, data)
	case AGS, PLZ, Reformen, Behoerden, Zustaendigkeiten:
		err = readTable(r, data, tables[f], o)
	default:
		err = fmt.Errorf("unknown format")
	}
	if err == nil && r.whole == nil && r.Lines == 0 {
		err = fmt.Errorf("no line with data")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f, err)
	}
	return r, nil
}
