package pages

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// catalog is what the pages look up in one directory. It is made once per directory and never changes, but for what it computes when
// it is first asked for.
type catalog struct {
	dir       *register.Directory
	file      *register.File // the directory's own
	count     map[amtshilfe.Betriebsart]int
	entries   map[string][]*register.Eintrag // by kennung, in the order of the file
	gemeinden map[string]*register.Gemeinde  // by AGS
	names     map[string]string              // of Kreise and Verbaende, by key
	rows      []row                          // by title

	mu       sync.Mutex
	day      register.Datum // that what follows was computed for
	surveys  map[amtshilfe.Betriebsart]*register.Survey
	coverage map[amtshilfe.Betriebsart]register.Coverage
	gaps     []register.Gap // nil = not computed yet
}

// row is an authority or a municipality, as the search sees it.
type row struct {
	entry   *register.Eintrag  // nil for a municipality
	place   *register.Gemeinde // nil for an authority
	title   string
	folded  string   // of the title
	text    string   // folded: everything that is searched
	keys    []string // kennung or AGS, and postcodes: what is found exactly
	land    string
	betrieb amtshilfe.Betriebsart
}

func newCatalog(d *register.Directory) *catalog {
	c := &catalog{dir: d, file: d.View(), count: map[amtshilfe.Betriebsart]int{}, entries: map[string][]*register.Eintrag{},
		gemeinden: map[string]*register.Gemeinde{}, names: map[string]string{}}
	for i := range c.file.Behoerden {
		e := &c.file.Behoerden[i]
		c.count[e.Betriebsart]++
		c.entries[e.Kennung] = append(c.entries[e.Kennung], e)
		c.rows = append(c.rows, authorityRow(e))
	}
	for i := range c.file.Gemeinden {
		g := &c.file.Gemeinden[i]
		c.gemeinden[g.AGS] = g
		c.rows = append(c.rows, municipalityRow(g))
	}
	for _, v := range c.file.Verbaende {
		c.names[v.Schluessel] = v.Name
	}
	slices.SortStableFunc(c.rows, func(a, b row) int { return cmp.Compare(a.folded, b.folded) })
	return c
}

func authorityRow(e *register.Eintrag) row {
	r := row{entry: e, title: e.Name, folded: register.Fold(e.Name), land: e.Land, betrieb: e.Betriebsart, keys: []string{e.Kennung, e.Anschrift.Postleitzahl}}
	r.text = r.folded + " " + register.Fold(e.Kennung+" "+e.Anschrift.Postleitzahl+" "+e.Anschrift.Ort)
	return r
}

func municipalityRow(g *register.Gemeinde) row {
	r := row{place: g, title: g.Name, folded: register.Fold(g.Name), land: landOf(g.AGS), keys: []string{g.AGS}}
	var b strings.Builder
	b.WriteString(r.folded + " " + g.AGS + " " + g.ARS)
	for _, o := range g.Orte {
		r.keys = append(r.keys, o.PLZ...)
		b.WriteString(" " + register.Fold(o.Ort))
		for _, also := range o.Auch {
			b.WriteString(" " + register.Fold(also))
		}
		for _, plz := range o.PLZ {
			b.WriteString(" " + plz)
		}
	}
	r.text = b.String()
	return r
}

// query is what a search wants; the zero value wants everything.
type query struct {
	text    string
	land    string
	kind    string // "behoerde", "gemeinde", "" = both
	betrieb amtshilfe.Betriebsart
}

// find gives the rows that have every word of the query: those whose kennung, AGS or postcode it is come first, then those whose name
// begins with it.
func (c *catalog) find(q query) []row {
	folded := register.Fold(q.text)
	words, key := strings.Fields(folded), strings.TrimSpace(q.text)
	var first, begin, rest []row
	for _, r := range c.rows {
		switch {
		case q.kind == "behoerde" && r.entry == nil || q.kind == "gemeinde" && r.place == nil || q.land != "" && r.land != q.land:
		case q.betrieb != "" && r.entry != nil && r.betrieb != q.betrieb:
		case key != "" && slices.Contains(r.keys, key):
			first = append(first, r)
		case slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(r.text, w) }):
		case strings.HasPrefix(r.folded, folded):
			begin = append(begin, r)
		default:
			rest = append(rest, r)
		}
	}
	return slices.Concat(first, begin, rest)
}

// entry is the authority of that kennung in that Betriebsart, else in another; nil if there is none.
func (c *catalog) entry(kennung string, b amtshilfe.Betriebsart) *register.Eintrag {
	all := c.entries[kennung]
	if i := slices.IndexFunc(all, func(e *register.Eintrag) bool { return e.Betriebsart == b }); i >= 0 {
		return all[i]
	}
	if len(all) > 0 && b == "" {
		return all[0]
	}
	return nil
}

// keyName says what an AGS or ARS prefix stands for: "Land Hessen", "Kreis Kassel", "Stadt Kassel"; "" if the directory does not name it.
func (c *catalog) keyName(key string) string {
	switch {
	case key == "DE":
		return "Deutschland"
	case len(key) == 2:
		return "Land " + landName(landOf(key))
	case c.names[key] != "":
		return c.names[key]
	}
	if g := c.gemeinden[key]; g != nil {
		return g.Name
	}
	if len(key) == 12 {
		if g := c.gemeinden[key[:5]+key[9:]]; g != nil {
			return g.Name
		}
	}
	return ""
}

// today throws away what was computed for another day. The caller holds mu.
func (c *catalog) today(now time.Time) {
	if day := register.Day(now); c.day != day {
		c.day, c.gaps = day, nil
		c.surveys, c.coverage = map[amtshilfe.Betriebsart]*register.Survey{}, map[amtshilfe.Betriebsart]register.Coverage{}
	}
}

func (c *catalog) surveyOf(b amtshilfe.Betriebsart, now time.Time) *register.Survey {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.today(now)
	return c.survey(b, now)
}

// survey is surveyOf for callers that hold mu.
func (c *catalog) survey(b amtshilfe.Betriebsart, now time.Time) *register.Survey {
	if c.surveys[b] == nil {
		c.surveys[b] = c.dir.Survey(b, now)
	}
	return c.surveys[b]
}

// coverageOf computes once a day how much of Germany is covered.
func (c *catalog) coverageOf(b amtshilfe.Betriebsart, now time.Time) register.Coverage {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.today(now)
	if _, ok := c.coverage[b]; !ok {
		c.coverage[b] = c.survey(b, now).Coverage()
	}
	return c.coverage[b]
}

// allGaps computes once a day what is missing.
func (c *catalog) allGaps(now time.Time, fits func(register.Eintrag) string) []register.Gap {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.today(now)
	if c.gaps == nil {
		c.gaps = slices.Concat([]register.Gap{}, c.dir.Gaps(register.GapOptions{Now: now, Fits: fits,
			Survey: func(b amtshilfe.Betriebsart) *register.Survey { return c.survey(b, now) }}))
	}
	return c.gaps
}
