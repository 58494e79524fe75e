package mapping

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
)

// The YAML of a mapping. docs/flachdateien.md explains every key; a test holds that page against these structs.

// maxFlatYAML bounds a mapping file; our examples have 8 KB.
const maxFlatYAML = 1 << 20

// flatFile is a mapping.
type flatFile struct {
	Name    string               `yaml:"name"`
	Format  string               `yaml:"format"`
	Charset string               `yaml:"charset"`
	Produkt flatProdukt          `yaml:"produkt"`
	Dialect flatDialect          `yaml:"csv"`
	Fixed   flatFixed            `yaml:"fixed"`
	Pivot   *int                 `yaml:"pivot"`
	Files   []flatEntry          `yaml:"files"`
	Tables  map[string]flatTable `yaml:"tables"`
	Records []flatRecord         `yaml:"records"`
}

// flatProdukt names the sender's program.
type flatProdukt struct {
	Name       string `yaml:"name"`
	Hersteller string `yaml:"hersteller"`
	Version    string `yaml:"version"`
}

// flatDialect is how a CSV file is written.
type flatDialect struct {
	Separator flatText  `yaml:"separator"`
	Quote     *flatText `yaml:"quote"`
	Header    *bool     `yaml:"header"`
	Type      flatText  `yaml:"type"`
}

// flatFixed is how a file of fixed width is written.
type flatFixed struct {
	Length int      `yaml:"length"`
	End    string   `yaml:"end"`
	Type   flatSpan `yaml:"type"`
}

// flatSpan is a place in a record.
type flatSpan struct {
	At     int `yaml:"at"`
	Length int `yaml:"length"`
}

// flatEntry is one file of a ZIP.
type flatEntry struct {
	Name  string `yaml:"name"`
	Entry string `yaml:"entry"`
	line  int
}

// flatRecord is one kind of record (Satzart).
type flatRecord struct {
	Name       string                `yaml:"name"`
	Role       string                `yaml:"role"`
	Type       flatText              `yaml:"type"`
	Parent     string                `yaml:"parent"`
	File       string                `yaml:"file"`
	Join       flatJoin              `yaml:"join"`
	Columns    map[string]flatColumn `yaml:"columns"`
	Parts      []flatPart            `yaml:"parts"`
	Lieferkopf map[string]flatExpr   `yaml:"lieferkopf"`
	Totals     []flatTotal           `yaml:"totals"`
	line       int
}

// flatJoin says to which record of the first file a record of another one belongs.
type flatJoin struct {
	Column string `yaml:"column"`
	Parent string `yaml:"parent"`
}

// flatColumn is one field of a record.
type flatColumn struct {
	At       int        `yaml:"at"`
	Length   int        `yaml:"length"`
	Header   string     `yaml:"header"`
	Trim     string     `yaml:"trim"`
	Strip    flatText   `yaml:"strip"`
	Empty    flatValues `yaml:"empty"`
	Date     string     `yaml:"date"`
	Amount   string     `yaml:"amount"`
	Decimals *int       `yaml:"decimals"`
	line     int
}

// flatPart is one part of the message that a record opens.
type flatPart struct {
	Open   string              `yaml:"open"`
	Key    string              `yaml:"key"`
	When   flatWhen            `yaml:"when"`
	Fields map[string]flatExpr `yaml:"fields"`
	line   int
}

// flatExpr is what a field is filled with: alternatives, the first that yields something counts.
type flatExpr struct {
	alts []flatAlt
	line int
}

// flatAlt is one way to fill a field.
type flatAlt struct {
	Column  string    `yaml:"column"`
	Columns []string  `yaml:"columns"`
	Join    *flatText `yaml:"join"`
	From    int       `yaml:"from"`
	Length  int       `yaml:"length"`
	Lookup  string    `yaml:"lookup"`
	Prefix  flatText  `yaml:"prefix"`
	Suffix  flatText  `yaml:"suffix"`
	Const   flatText  `yaml:"const"`
	Default flatText  `yaml:"default"`
	When    flatWhen  `yaml:"when"`
	line    int
}

// flatWhen are conditions; all must hold.
type flatWhen []flatCond

// flatCond is one condition.
type flatCond struct {
	Column string     `yaml:"column"`
	Is     flatValues `yaml:"is"`
	Not    flatValues `yaml:"not"`
	Empty  *bool      `yaml:"empty"`
	line   int
}

// flatValues is one value, or several.
type flatValues []string

// flatText is a scalar as it is written: 007 stays 007, no is no truth value.
type flatText string

// flatTable is a lookup table; the value * stands for all others.
type flatTable map[string]string

// flatTotal is one control total of a trailer or header.
type flatTotal struct {
	Count  string `yaml:"count"`
	Sum    string `yaml:"sum"`
	Column string `yaml:"column"`
	line   int
}

// decodeFlat reads the YAML of a mapping. goccy/go-yaml 1.19.2 panics on some tags: that is an error like any other.
func decodeFlat(file string, data []byte) (f *flatFile, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("%s: not readable as YAML: %v", file, r)
		}
	}()
	if len(data) > maxFlatYAML {
		return nil, fmt.Errorf("%s is larger than %d bytes", file, maxFlatYAML)
	}
	f = new(flatFile)
	if err := yaml.UnmarshalWithOptions(data, f, yaml.Strict()); err != nil {
		if e, ok := errors.AsType[yaml.Error](err); ok && e.GetToken() != nil {
			return nil, fmt.Errorf("%s:%d: %s", file, e.GetToken().Position.Line, e.GetMessage())
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return f, nil
}
