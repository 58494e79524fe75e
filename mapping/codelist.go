package mapping

import (
	"encoding/xml"
	"fmt"
	"io/fs"
	"path"
	"slices"
)

// genericode is the part of an OASIS genericode 1.0 code list that we read: whose list it is, and its codes.
type genericode struct {
	Identification struct {
		CanonicalURI string `xml:"CanonicalUri"`
		Version      string
	}
	Rows []struct {
		Values []struct {
			Column string `xml:"ColumnRef,attr"`
			Value  string `xml:"SimpleValue"`
		} `xml:"Value"`
	} `xml:"SimpleCodeList>Row"`
}

// Codes gives the values of the code list uri from the packs' folders codelists, of all versions; nil = no pack brings it. A list of a
// pack in use comes before one of a shadowed pack, which is not looked at.
func (p *Packs) Codes(uri string) ([]string, error) {
	var codes []string
	for _, pack := range p.all {
		if pack.Shadowed {
			continue
		}
		lists, err := fs.Glob(pack.Files, "codelists/*.gc.xml")
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", pack.Name, err)
		}
		for _, name := range lists {
			more, err := pack.codes(name, uri)
			if err != nil {
				return nil, fmt.Errorf("pack %s: %s: %w", pack.Name, path.Base(name), err)
			}
			codes = append(codes, more...)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes), nil
}

// codes reads the code list in the file name, if it is uri.
func (p *Pack) codes(name, uri string) ([]string, error) {
	data, err := fs.ReadFile(p.Files, name)
	if err != nil {
		return nil, err
	}
	var list genericode
	if err := xml.Unmarshal(data, &list); err != nil {
		return nil, err
	}
	if list.Identification.CanonicalURI != uri {
		return nil, nil
	}
	var codes []string
	for _, row := range list.Rows {
		for _, v := range row.Values {
			if v.Column == "code" && v.Value != "" {
				codes = append(codes, v.Value)
			}
		}
	}
	return codes, nil
}
