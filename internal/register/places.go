package register

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Places says which places belong to which postcodes. It knows nothing of authorities and decides nothing: a place that does not fit
// is a warning. Read-only, for any number of goroutines.
type Places struct{ byPLZ map[string][]place }

// ReadPlaces reads a table of postcodes: CSV in UTF-8 with commas or semicolons, whose first line names the columns; plz and ort are
// used, in any order.
func ReadPlaces(r io.Reader) (*Places, error) {
	buf := bufio.NewReader(r)
	head, _ := buf.Peek(4096) // what is wrong with the file the CSV reader tells
	table := csv.NewReader(buf)
	if first, _, _ := strings.Cut(string(head), "\n"); strings.Count(first, ";") > strings.Count(first, ",") {
		table.Comma = ';'
	}
	columns, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	plz, ort := column(columns, "plz"), column(columns, "ort")
	if plz < 0 || ort < 0 {
		return nil, errors.New("read places: the first line must name the columns plz and ort")
	}
	p := &Places{byPLZ: map[string][]place{}}
	for {
		row, err := table.Read()
		if err == io.EOF {
			return p, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read places: %w", err)
		}
		p.byPLZ[row[plz]] = append(p.byPLZ[row[plz]], newPlace(row[ort], nil))
	}
}

func column(names []string, want string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(strings.Trim(n, " \ufeff"), want) })
}

// Fits says whether ort is a place of the postcode as people write places: in any spelling that a Lookup would accept. A postcode that
// the table does not know fits every place.
func (p *Places) Fits(postleitzahl, ort string) bool {
	known := p.byPLZ[cleanPLZ(postleitzahl)]
	if len(known) == 0 {
		return true
	}
	q := readOrt(ort, cleanPLZ(postleitzahl))
	bare, _ := q.withoutKind()
	return slices.ContainsFunc(known, func(at place) bool { return q.fits(at, nil) != none || bare.fits(at, nil) != none })
}
