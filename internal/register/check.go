package register

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFaults is how many faults of one directory are told.
const maxFaults = 1000

// CheckOptions says what is wanted of a directory beyond what answers need.
type CheckOptions struct {
	// LineBudget is how many characters an address line may have so that every print profile prints it whole; 0 = not checked.
	LineBudget int
	// Like is a directory that has much in common with the one that is checked, see Making.
	Like *Directory
}

// Check gives what is wrong with f, in the order of the file and at most 1 000 faults; none means that New accepts it. What only
// building shows (overlapping competences) is found when the entries alone are right.
func Check(f File, o CheckOptions) []*Error {
	if faults := check(&f, o); len(faults) > 0 {
		return faults
	}
	_, faults := build(f, o.Like)
	return faults
}

// check refuses what answers could not carry: limits are those of the 002's schema.
func check(f *File, o CheckOptions) []*Error {
	c := &checker{f: f, o: o, rz: map[string]bool{}, entries: map[entryKey]bool{}, gemeinden: map[string]*Gemeinde{}}
	c.line("$.version", f.Version, 100)
	c.that(!f.Stand.IsZero(), "$.stand", "missing")
	c.that(f.Stand.Year() >= 1970 && f.Stand.Year() < 10000 && f.GueltigBis.Year() < 10000, "$.stand", "not in a year people write")
	c.that(f.GueltigBis.IsZero() || f.GueltigBis.After(f.Stand), "$.gueltig_bis", "not after stand")
	for i, r := range f.Rechenzentren {
		at := item("$.rechenzentren", i)
		c.rechenzentrum(at, r)
		c.that(!c.rz[r.Kennung], at+".kennung", "twice")
		c.rz[r.Kennung] = true
	}
	c.places()
	for i := range f.Behoerden {
		e, at := &f.Behoerden[i], item("$.behoerden", i)
		c.eintrag(at, e)
		key := entryKey{e.Kennung, e.Betriebsart}
		c.that(!c.entries[key], at+".kennung", "twice in the same betriebsart")
		c.entries[key] = true
	}
	c.zertifikate()
	c.mandanten()
	return c.faults
}

// checker collects faults.
type checker struct {
	f         *File
	o         CheckOptions
	rz        map[string]bool
	entries   map[entryKey]bool
	gemeinden map[string]*Gemeinde // by AGS
	covered   map[string]bool      // every beginning of an AGS or ARS that a Gemeinde has
	faults    []*Error
}

func (c *checker) that(ok bool, path, text string) {
	if !ok && len(c.faults) < maxFaults {
		c.faults = append(c.faults, &Error{Path: path, Text: text})
	}
}

// item is the path of an element of a list.
func item(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

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

func (c *checker) datum(path string, d Datum) { c.that(d.Valid(), path, "not a day like 2026-11-30") }

// span wants two days in order.
func (c *checker) span(at string, from, to Datum) {
	c.datum(at+".gueltig_ab", from)
	c.datum(at+".gueltig_bis", to)
	c.that(from == "" || to == "" || from <= to, at+".gueltig_bis", "before gueltig_ab")
}

// optional checks a line that may be missing.
func (c *checker) optional(path, s string, limit int) {
	if s != "" {
		c.line(path, s, limit)
	}
}
