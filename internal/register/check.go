package register

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"damtshilfe/internal/amtshilfe"
)

// maxFile limits a directory file: all municipalities of Germany need about 4 MB.
const maxFile = 64 << 20

// Error is what is wrong with a directory.
type Error struct {
	Path string // YAML path of the entry, "$.behoerden[3].kennung"; "" if the file is no YAML of this form
	Line int    // from 1; 0 if the directory was not read from a file
	Text string // English, for the operator
}

// Error names line, path and fault.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("directory")
	if e.Line > 0 {
		b.WriteString(" line " + strconv.Itoa(e.Line))
	}
	if e.Path != "" {
		b.WriteString(" " + e.Path)
	}
	return b.String() + ": " + e.Text
}

// Read checks the YAML of a directory. An *Error names the line.
func Read(data []byte) (d *Directory, err error) {
	if len(data) > maxFile {
		return nil, &Error{Text: fmt.Sprintf("larger than %d bytes", maxFile)}
	}
	f, err := decode(data)
	if err != nil {
		return nil, err
	}
	d, err = New(f)
	if e, ok := errors.AsType[*Error](err); ok {
		e.Line = lineOf(data, e.Path)
	}
	return d, err
}

// decode reads the YAML strictly. The library is known to panic on some broken input; for a file of a person that is an error like any other.
func decode(data []byte) (f File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Error{Text: fmt.Sprintf("not readable as YAML: %v", r)}
		}
	}()
	if !utf8.Valid(data) {
		return File{}, &Error{Text: "not UTF-8"}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := dec.Decode(&f); err != nil {
		return File{}, yamlError(err)
	}
	if err := dec.Decode(&File{}); !errors.Is(err, io.EOF) {
		return File{}, &Error{Text: "more than one YAML document"}
	}
	return f, nil
}

func yamlError(err error) error {
	if errors.Is(err, io.EOF) {
		return &Error{Text: "empty file"}
	}
	if y, ok := errors.AsType[yaml.Error](err); ok {
		line := 0
		if t := y.GetToken(); t != nil && t.Position != nil {
			line = t.Position.Line
		}
		return &Error{Line: line, Text: y.GetMessage()}
	}
	return &Error{Text: err.Error()}
}

// lineOf finds the line of a YAML path, or of the nearest node above it that exists.
func lineOf(data []byte, path string) (line int) {
	defer func() { _ = recover() }() // a line is a courtesy
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return 0
	}
	for path != "" && path != "$" {
		if p, err := yaml.PathString(path); err == nil {
			if n, err := p.FilterFile(tree); err == nil && n != nil && n.GetToken() != nil {
				return n.GetToken().Position.Line
			}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 1
}

func encode(f File) ([]byte, error) {
	return yaml.MarshalWithOptions(f, yaml.Indent(2), yaml.IndentSequence(true))
}

// check refuses what answers could not carry: limits are those of the 002's schema.
func check(f *File) error {
	c := &checker{}
	c.line("$.version", f.Version, 100)
	c.that(!f.Stand.IsZero(), "$.stand", "missing")
	c.that(f.Stand.Year() >= 1970 && f.Stand.Year() < 10000 && f.GueltigBis.Year() < 10000, "$.stand", "not in a year people write")
	c.that(f.GueltigBis.IsZero() || f.GueltigBis.After(f.Stand), "$.gueltig_bis", "not after stand")
	seen := map[string]bool{}
	for i, r := range f.Rechenzentren {
		at := fmt.Sprintf("$.rechenzentren[%d]", i)
		c.rechenzentrum(at, r)
		c.that(!seen[r.Kennung], at+".kennung", "twice")
		seen[r.Kennung] = true
	}
	entries := map[[2]string]bool{}
	for i := range f.Behoerden {
		e, at := &f.Behoerden[i], fmt.Sprintf("$.behoerden[%d]", i)
		c.eintrag(at, e, seen)
		key := [2]string{e.Kennung, string(e.Betriebsart)}
		c.that(!entries[key], at+".kennung", "twice in the same betriebsart")
		entries[key] = true
	}
	return c.err
}

// checker keeps the first fault.
type checker struct{ err error }

func (c *checker) that(ok bool, path, text string) {
	if !ok && c.err == nil {
		c.err = &Error{Path: path, Text: text}
	}
}

// line wants one line of 1 to limit characters without control characters, blanks at the ends, or what XML cannot carry.
func (c *checker) line(path, s string, limit int) {
	c.that(s != "", path, "missing")
	c.that(utf8.RuneCountInString(s) <= limit, path, fmt.Sprintf("longer than %d characters", limit))
	c.that(strings.TrimSpace(s) == s && !strings.Contains(s, "  "), path, "blanks at the ends or double")
	bad := strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF })
	c.that(bad < 0 && utf8.ValidString(s), path, "character not allowed")
}

func (c *checker) uri(path, s string, schemes ...string) {
	u, err := url.Parse(s)
	c.that(err == nil && slices.Contains(schemes, u.Scheme) && (u.Host != "" || u.Opaque != ""), path, "not a URI of scheme "+strings.Join(schemes, ", "))
	c.that(!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>\"{}|\\^`", r) }), path, "character not allowed in a URI")
}

func (c *checker) fingerprint(path, s string) {
	ok := len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
	c.that(ok, path, "not a SHA-256 in lower-case hex")
}

func (c *checker) rechenzentrum(at string, r Rechenzentrum) {
	c.line(at+".kennung", r.Kennung, 100)
	c.uri(at+".management", r.Management, "https", "http")
	c.uri(at+".send", r.Send, "https", "http")
	for i, fp := range r.TLS {
		c.fingerprint(fmt.Sprintf("%s.tls[%d]", at, i), fp)
	}
}

func (c *checker) eintrag(at string, e *Eintrag, rz map[string]bool) {
	c.line(at+".kennung", e.Kennung, 100)
	c.line(at+".name", e.Name, 250)
	c.that(e.Land == "" || laender[e.Land], at+".land", "not one of BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH")
	c.that(e.Betriebsart.Valid(), at+".betriebsart", "not produktion, test or schulung")
	c.that(isPLZ(e.Anschrift.Postleitzahl), at+".anschrift.postleitzahl", "not five digits")
	c.line(at+".anschrift.ort", e.Anschrift.Ort, 250)
	if e.Anschrift.Strasse != "" {
		c.line(at+".anschrift.strasse", e.Anschrift.Strasse, 250)
	}
	if e.Anschrift.Hausnummer != "" {
		c.line(at+".anschrift.hausnummer", e.Anschrift.Hausnummer, 20)
	}
	n := len(e.Anschriftzeilen)
	c.that(n >= 1 && n <= 5, at+".anschriftzeilen", "needs 1 to 5 lines")
	for i, z := range e.Anschriftzeilen {
		c.line(fmt.Sprintf("%s.anschriftzeilen[%d]", at, i), z, 250)
	}
	c.that(len(e.Kanaele) > 0, at+".kanaele", "missing; an authority nobody can reach has art keiner")
	for i, k := range e.Kanaele {
		c.kanal(fmt.Sprintf("%s.kanaele[%d]", at, i), k, rz)
	}
	for i, g := range e.Gebiete {
		c.gebiet(fmt.Sprintf("%s.gebiete[%d]", at, i), g)
	}
}

func (c *checker) kanal(at string, k Kanal, rz map[string]bool) {
	switch k.Art {
	case amtshilfe.KanalXTA:
		c.line(at+".adresse", k.Adresse, 250)
		c.that(rz[k.Rechenzentrum], at+".rechenzentrum", "not one of rechenzentren")
		c.uri(at+".dienst", k.Dienst, "urn", "https", "http")
		if k.Zertifikat != "" {
			c.fingerprint(at+".zertifikat", k.Zertifikat)
		}
	case amtshilfe.KanalPost, amtshilfe.KanalEGVP, amtshilfe.KanalKeiner:
		c.that(k.Rechenzentrum == "" && k.Dienst == "" && k.Zertifikat == "", at, "rechenzentrum, dienst and zertifikat are for xta only")
		c.that(k.Adresse == "" || k.Art == amtshilfe.KanalEGVP, at+".adresse", "only for xta and egvp")
		if k.Adresse != "" {
			c.line(at+".adresse", k.Adresse, 250)
		}
	default:
		c.that(false, at+".art", "not xta, post, egvp or keiner")
	}
}

func (c *checker) gebiet(at string, g Gebiet) {
	for i, l := range g.Einnahmearten {
		c.line(fmt.Sprintf("%s.einnahmearten[%d].list", at, i), l.List, 250)
		c.line(fmt.Sprintf("%s.einnahmearten[%d].version", at, i), l.Version, 250)
	}
	c.that(len(g.Orte) > 0, at+".orte", "missing")
	for i, o := range g.Orte {
		p := fmt.Sprintf("%s.orte[%d]", at, i)
		c.line(p+".ort", o.Ort, 250)
		c.that(spell(o.Ort).all != "", p+".ort", "has no letter")
		c.that(len(o.PLZ) > 0, p+".plz", "missing")
		for j, plz := range o.PLZ {
			c.that(isPLZ(plz), fmt.Sprintf("%s.plz[%d]", p, j), "not five digits")
		}
	}
}

func isPLZ(s string) bool { return len(s) == 5 && strings.Trim(s, "0123456789") == "" }

var laender = map[string]bool{"BW": true, "BY": true, "BE": true, "BB": true, "HB": true, "HH": true, "HE": true, "MV": true,
	"NI": true, "NW": true, "RP": true, "SL": true, "SN": true, "ST": true, "SH": true, "TH": true}

// clone is a deep copy, so that nobody changes a Directory through the File it was made from.
func (f File) clone() File {
	f.Rechenzentren = copied(f.Rechenzentren)
	for i := range f.Rechenzentren {
		f.Rechenzentren[i].TLS = copied(f.Rechenzentren[i].TLS)
	}
	f.Behoerden = copied(f.Behoerden)
	for i := range f.Behoerden {
		e := &f.Behoerden[i]
		e.Anschriftzeilen, e.Kanaele, e.Gebiete = copied(e.Anschriftzeilen), copied(e.Kanaele), copied(e.Gebiete)
		for j := range e.Gebiete {
			e.Gebiete[j] = e.Gebiete[j].clone()
		}
	}
	return f
}

func (g Gebiet) clone() Gebiet {
	g.Einnahmearten, g.Orte = copied(g.Einnahmearten), copied(g.Orte)
	for i := range g.Einnahmearten {
		g.Einnahmearten[i].Codes = copied(g.Einnahmearten[i].Codes)
	}
	for i := range g.Orte {
		g.Orte[i].PLZ, g.Orte[i].Auch = copied(g.Orte[i].PLZ), copied(g.Orte[i].Auch)
	}
	return g
}

// copied is a copy; an empty list and none are the same.
func copied[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return slices.Clone(s)
}
