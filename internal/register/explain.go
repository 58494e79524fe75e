package register

import (
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// Erklaerung is an answer with the steps that led to it, for maintainers. It repeats the address of the question.
type Erklaerung struct {
	Zustaendigkeit amtshilfe.Zustaendigkeit
	Schritte       []Schritt
}

// Schritt is one step of the search.
type Schritt struct {
	Was     string    `json:"was"`  // anschrift, orte, nachfolger, gebiete, ergebnis
	Text    string    `json:"text"` // a German sentence
	Treffer []Treffer `json:"treffer,omitempty"`
}

// Treffer is something the search looked at.
type Treffer struct {
	Name  string `json:"name"`           // of a municipality or an authority
	AGS   string `json:"ags,omitempty"`  // of a municipality
	Pfad  string `json:"pfad,omitempty"` // of a Gebiet in the directory's YAML
	Gilt  bool   `json:"gilt"`           // it counts
	Warum string `json:"warum"`          // why, or why not
}

// Explain is Answer with its reasons.
func (d *Directory) Explain(q Question) Erklaerung {
	t := &trace{}
	z := d.inquire(q, t).run()
	return Erklaerung{Zustaendigkeit: z, Schritte: t.steps}
}

// trace collects the steps of an inquiry. A nil trace takes nothing and costs nothing.
type trace struct {
	steps []Schritt
	seen  map[*claim]bool
}

func (t *trace) step(what, format string, args ...any) *Schritt {
	t.steps = append(t.steps, Schritt{Was: what, Text: fmt.Sprintf(format, args...)})
	return &t.steps[len(t.steps)-1]
}

// address tells how the address was read.
func (t *trace) address(n *inquiry) {
	if t == nil {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Gelesen als Postleitzahl „%s“, Ort „%s“", n.plz, words(n.ort.core))
	if n.ort.part.all != "" {
		fmt.Fprintf(&b, ", Ortsteil „%s“", n.ort.part.all)
	}
	if len(n.ort.region) > 0 {
		fmt.Fprintf(&b, ", Zusatz „%s“", words(n.ort.region))
	}
	if len(n.address) > 0 {
		r := n.address[len(n.address)-1]
		for _, o := range n.address {
			if len(r.numbers) == 0 {
				r = o
			}
		}
		fmt.Fprintf(&b, ", Straße „%s“", r.name)
		for _, no := range r.numbers {
			fmt.Fprintf(&b, ", Hausnummer %d%s", no.number, no.letter)
		}
	}
	t.step("anschrift", "%s; gefragt ist der %s.", b.String(), n.day.German())
}

func words(list []word) string {
	var out []string
	for _, w := range list {
		out = append(out, w.text)
	}
	return strings.Join(out, " ")
}

// places tells what the directory knows at the postcode, and how well the written place fits.
func (t *trace) places(s *search) {
	if t == nil {
		return
	}
	found := map[*gemeinde]bool{}
	for _, f := range s.targets {
		found[f.in] = s.rule == ""
	}
	what := "Zur Postleitzahl passt der Ort zu keinem Eintrag"
	if s.rule == "" {
		what = fmt.Sprintf("Zur Postleitzahl passen %d Gemeinden oder Orte", len(s.targets))
		if len(s.targets) == 1 {
			what = "Zur Postleitzahl passt genau eine Gemeinde oder ein Ort"
		}
	}
	step := t.step("orte", "%s (%s).", what, firstOf(s.rule, s.how))
	for _, p := range s.spots {
		step.Treffer = append(step.Treffer, Treffer{Name: p.place.name, AGS: p.in.ags, Gilt: found[p.in], Warum: s.n.ort.fits(p.place, p.in).String()})
	}
	for _, l := range s.locals {
		step.Treffer = append(step.Treffer, Treffer{Name: l.place.name + " (" + l.who.behoerde.Kennung + ")", Pfad: l.path,
			Gilt: len(l.in) > 0 && found[l.in[0]], Warum: s.n.ort.fits(l.place, l.in[0]).String()})
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// String is the German word for how well a name fits.
func (c closeness) String() string {
	return [...]string{none: "passt nicht", loose: "passt in Teilen", short: "passt abgekürzt", exact: "passt genau"}[c]
}

// successors tells which municipalities took over.
func (t *trace) successors(s *search, now []target) {
	if t == nil {
		return
	}
	var list []Treffer
	for _, n := range now {
		switch {
		case n.gone:
			list = append(list, Treffer{Name: n.in.name, AGS: n.in.ags, Warum: "aufgelöst zum " + n.in.bis.German() + ", Nachfolger nicht bekannt"})
		case n.ended != nil:
			list = append(list, Treffer{Name: n.in.name, AGS: n.in.ags, Gilt: true, Warum: "Nachfolger von " + n.ended.name + " (" + n.ended.ags + "), aufgelöst zum " + n.ended.bis.German()})
		}
	}
	if len(list) > 0 {
		t.step("nachfolger", "Eine Gemeinde besteht am gefragten Tag nicht mehr.").Treffer = list
	}
}

// claim tells what a Gebiet that covers the municipality comes to.
func (t *trace) claim(c *claim, v verdict, missing string) {
	if t == nil {
		return
	}
	why := [...]string{no: "Straße oder Bedingung trifft nicht zu", open: "offen, es fehlt " + missing, yes: "trifft zu"}[v]
	t.hit(c, v != no, why)
}

// passed tells why a Gebiet with a key of the municipality does not count.
func (t *trace) passed(c *claim, n *inquiry, g *gemeinde) {
	if t == nil {
		return
	}
	why := "gilt an diesem Tag nicht"
	switch {
	case c.excludes(g):
		why = "die Gemeinde ist ausgenommen"
	case !c.revenue.has(n.q.Einnahmeart):
		why = "gilt nicht für die Einnahmeart"
	}
	t.hit(c, false, why)
}

func (t *trace) hit(c *claim, counts bool, why string) {
	if t.seen[c] {
		return
	}
	if t.seen == nil {
		t.seen = map[*claim]bool{}
		t.step("gebiete", "Gebiete, die die Gemeinde oder den Ort umfassen; das speziellste, das zutrifft, entscheidet.")
	}
	t.seen[c] = true
	step := &t.steps[len(t.steps)-1]
	step.Treffer = append(step.Treffer, Treffer{Name: c.who.behoerde.Kennung + ", " + c.where(), Pfad: c.path, Gilt: counts, Warum: why})
}

// where names the area of a claim.
func (c *claim) where() string {
	switch c.level {
	case levelStrasse:
		return "Straßen eines Ortes"
	case levelOrt:
		return "Ort"
	}
	return c.level.area(c.key)
}

// end tells the answer.
func (t *trace) end(rule string, z amtshilfe.Zustaendigkeit) {
	if t == nil {
		return
	}
	switch {
	case len(z.Kandidaten) > 0:
		t.step("ergebnis", "Mehrdeutig, %d Behörden kommen in Betracht: %s.", len(z.Kandidaten), rule)
	case z.IsZero():
		t.step("ergebnis", "Niemand ist zuständig: %s.", rule)
	default:
		t.step("ergebnis", "Zuständig ist %s (%s): %s.", z.Behoerde.Name, z.Behoerde.Kennung, rule)
	}
}
