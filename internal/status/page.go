package status

import (
	"embed"
	"html/template"
	"time"

	"damtshilfe/internal/amtshilfe"
)

//go:embed page.html drop.html error.html parts.html
var pageFiles embed.FS

//go:embed status.css
var styleSheet []byte

// How many rows the lists of the overview and of a drop show.
const (
	listRows    = 20
	heldRows    = 50
	messageRows = 500
)

// overviewPage is what page.html shows.
type overviewPage struct {
	O       Overview
	Drops   []Drop
	Held    []Held
	Bundles []Bundle
	Runs    []Run
	Bar     []segment
	Now     time.Time
}

// segment is a part of the bar: one group of states. X and Width are in thousandths of it.
type segment struct {
	Group    group
	Text     string
	Count    int
	X, Width int
}

// dropPage is what drop.html shows.
type dropPage struct {
	D    DropDetail
	Name string
	Now  time.Time
	More int // messages not shown
}

// errorPage is what error.html shows.
type errorPage struct {
	Title, Text string
	Now         time.Time
}

func parse(zone *time.Location) (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{
		"n":       number,
		"size":    size,
		"state":   func(s amtshilfe.State) label { return labelOf(stateLabels, s) },
		"drop":    func(s amtshilfe.DropState) label { return labelOf(dropLabels, s) },
		"bundle":  func(s amtshilfe.BundleState) label { return labelOf(bundleLabels, s) },
		"status":  func(s amtshilfe.Status) string { return or(statusLabels, s) },
		"owner":   func(o amtshilfe.Owner) string { return or(ownerLabels, o) },
		"trigger": func(s string) string { return or(triggerLabels, s) },
		"states":  func() []amtshilfe.State { return amtshilfe.States },
		"time":    func(t time.Time) string { return format(t, zone, "02.01.2006 15:04") },
		"day":     func(t time.Time) string { return format(t, zone, "02.01.2006") },
		"clock":   func(t time.Time) string { return format(t, zone, "02.01.2006 15:04:05") },
		"iso":     func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"ago":     func(now, t time.Time) string { return span(now.Sub(t)) },
		"seconds": func(n int) string { return span(time.Duration(n) * time.Second) },
		"took":    func(r Run) string { return took(r) },
	}).ParseFS(pageFiles, "*.html")
}

func format(t time.Time, zone *time.Location, layout string) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(zone).Format(layout)
}

func took(r Run) string {
	switch d := r.Ended.Sub(r.Started); {
	case r.Ended.IsZero():
		return "läuft"
	case d < time.Minute:
		return comma(d.Seconds()) + " s"
	default:
		return comma(d.Minutes()) + " min"
	}
}

// bar splits the messages by what became of them. It goes by the counts of the cards and not by states: a letter in print has come
// to its end where the print centre sends no acknowledgements.
func bar(o Overview) []segment {
	counts := map[group]int{groupMoving: o.InFlight, groupWaiting: o.Held, groupDone: o.Ended}
	for s, n := range o.States {
		if labelOf(stateLabels, s).Group == groupRefused {
			counts[groupRefused] += n
			counts[groupDone] -= n
		}
	}
	total := o.InFlight + o.Held + o.Ended
	out := []segment{{Group: groupDone, Text: "übermittelt"}, {Group: groupMoving, Text: "unterwegs"},
		{Group: groupWaiting, Text: "Rückfragen"}, {Group: groupRefused, Text: "ohne Übermittlung beendet"}}
	x := 0
	for i := range out {
		out[i].Count = counts[out[i].Group]
		out[i].X = x
		if total > 0 {
			out[i].Width = out[i].Count * 1000 / total
		}
		x += out[i].Width
	}
	return out
}
