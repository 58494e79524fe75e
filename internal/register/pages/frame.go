package pages

import (
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/register"
)

//go:embed *.html
var pageFiles embed.FS

//go:embed style.css
var styleSheet []byte

// frame is what every page shows around its content.
type frame struct {
	Title   string
	Base    string
	Version string    // of the directory
	Stand   time.Time // of its data
	State   State
	Nav     []link
	Now     time.Time
}

// link leads to another page; Here says that it leads to this one.
type link struct {
	Path, Text string
	Here       bool
}

// tab is a link that chooses between views of one page.
type tab struct {
	Link, Text string
	Here       bool
}

// errorPage is what error.html shows.
type errorPage struct {
	frame
	Text string
}

var sections = []link{{Path: "/", Text: "Übersicht"}, {Path: "/suche", Text: "Suche"}, {Path: "/auskunft", Text: "Auskunft"}, {Path: "/luecken", Text: "Lücken"},
	{Path: "/zertifikate", Text: "Zertifikate"}, {Path: "/aenderungen", Text: "Änderungen"}, {Path: "/fassungen", Text: "Fassungen"}}

func (s *site) frame(r *http.Request, c *catalog) frame {
	f := frame{Base: s.at.Base, Version: c.file.Version, Stand: c.file.Stand, State: s.o.State(), Now: s.o.Now(), Nav: slices.Clone(sections)}
	for i := range f.Nav {
		f.Nav[i].Here = r.URL.Path == f.Nav[i].Path
	}
	return f
}

// label is a word with the colour of what it means.
type label struct{ Text, Group string }

var kanalLabels = map[amtshilfe.Kanalart]label{amtshilfe.KanalXTA: {kanalWords[amtshilfe.KanalXTA], "done"}, amtshilfe.KanalPost: {kanalWords[amtshilfe.KanalPost], "moving"},
	amtshilfe.KanalEGVP: {kanalWords[amtshilfe.KanalEGVP], "waiting"}, amtshilfe.KanalKeiner: {kanalWords[amtshilfe.KanalKeiner], "alarm"}}

func kanalLabel(a amtshilfe.Kanalart) label {
	if l, ok := kanalLabels[a]; ok {
		return l
	}
	return label{string(a), "refused"}
}

// expiry says how urgently a certificate must be renewed.
func expiry(until, now time.Time) label {
	switch certs.UrgencyOf(until, now) {
	case certs.Expired:
		return label{"abgelaufen", "alarm"}
	case certs.Urgent:
		return label{"in weniger als 7 Tagen", "alarm"}
	case certs.Near:
		return label{"in weniger als 30 Tagen", "waiting"}
	case certs.Soon:
		return label{"in weniger als 90 Tagen", "waiting"}
	}
	return label{"gültig", "done"}
}

func roleText(s State) string {
	switch {
	case s.Role == Primary:
		return "Primärserver"
	case s.Role == Secondary:
		return "Sekundärserver"
	case s.Seq == 0:
		return "aus einer Datei"
	}
	return "einziger Server"
}

func parse(zone *time.Location) (*template.Template, error) {
	format := func(layout string) func(time.Time) string {
		return func(t time.Time) string {
			if t.IsZero() {
				return "–"
			}
			return t.In(zone).Format(layout)
		}
	}
	return template.New("").Funcs(template.FuncMap{
		"n": number, "share": share, "kanal": kanalLabel, "role": roleText, "expiry": expiry,
		"day": format("02.01.2006"), "time": format("02.01.2006 15:04"), "clock": format("02.01.2006 15:04:05"),
		"ago":  func(now, t time.Time) string { return span(now.Sub(t)) },
		"art":  func(b amtshilfe.Betriebsart) string { return or(betriebsartWords, b) },
		"gap":  func(k register.GapKind) string { return or(gapWords, k) },
		"land": landName, "codes": codes, "datum": register.Datum.German,
		"has": slices.Contains[[]string],
		"inc": func(i int) int { return i + 1 },
		"who": func(p answerPage, b amtshilfe.Behoerde) claimant {
			return claimant{Name: b.Name, Kennung: b.Kennung, Link: p.Links[b.Kennung]}
		},
		"waiting": func(base, heading string, list []Change) waitingPart { return waitingPart{base, heading, list} },
	}).ParseFS(pageFiles, "*.html")
}

// link builds a link within the pages; empty values are left out.
func (f frame) link(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return f.Base + path
	}
	return f.Base + path + "?" + q.Encode()
}

// pager cuts a list into pages.
type pager struct {
	Page, Pages, Total int
	First              int // index of the page's first row in the list
	Back, Next         string
}

const pageRows = 50

// paged gives the page that the request asks for (seite, from 1), and what of list stands on it. The links keep the other values.
func paged[T any](v *view, list []T) ([]T, pager) {
	p := pager{Total: len(list), Pages: max(1, (len(list)+pageRows-1)/pageRows)}
	n, _ := strconv.Atoi(v.r.URL.Query().Get("seite")) // what is no number is page 1
	p.Page = min(max(n, 1), p.Pages)
	p.First = (p.Page - 1) * pageRows
	to := func(n int) string {
		if n < 1 || n > p.Pages {
			return ""
		}
		q := v.r.URL.Query()
		q.Set("seite", strconv.Itoa(n))
		return v.Base + v.r.URL.Path + "?" + q.Encode()
	}
	p.Back, p.Next = to(p.Page-1), to(p.Page+1)
	return list[p.First:min(p.First+pageRows, len(list))], p
}

// value is a parameter of the request, cut to what a person would write.
func (v *view) value(name string) string {
	s := []rune(v.r.URL.Query().Get(name))
	return string(s[:min(len(s), 250)])
}

// betriebsart is the one the request asks for, else the first of which the directory has entries.
func (v *view) betriebsart() amtshilfe.Betriebsart {
	if b := amtshilfe.Betriebsart(v.value("betriebsart")); b.Valid() {
		return b
	}
	for _, b := range betriebsarten {
		if v.cat.count[b] > 0 {
			return b
		}
	}
	return amtshilfe.Produktion
}

// choose gives one tab per Betriebsart for the page at path.
func (v *view) choose(path string, here amtshilfe.Betriebsart, pairs ...string) []tab {
	var tabs []tab
	for _, b := range betriebsarten {
		tabs = append(tabs, tab{v.link(path, append([]string{"betriebsart", string(b)}, pairs...)...), betriebsartWords[b], b == here})
	}
	return tabs
}
