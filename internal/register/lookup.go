package register

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Lookup is Answer for a question of today without Umstaende.
func (d *Directory) Lookup(e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift, b amtshilfe.Betriebsart) amtshilfe.Zustaendigkeit {
	return d.Answer(Question{Einnahmeart: e, Anschrift: a, Betriebsart: b})
}

// Answer says who is competent for a kind of revenue at an address: one authority; several (Kandidaten) if address, Umstaende or
// data do not decide; or nobody. First the address leads to municipalities, by postcode and place, then district, then street; then
// the narrowest Gebiet that covers them decides. The postcode alone never does: it may reach into municipalities that the directory
// does not know.
func (d *Directory) Answer(q Question) amtshilfe.Zustaendigkeit { return d.inquire(q, nil).run() }

// inquiry is one question under way.
type inquiry struct {
	d        *Directory
	x        *index // of the question's Betriebsart; empty if there is none
	q        Question
	now      time.Time
	day      Datum
	plz      string
	ort      asked
	address  address
	unlisted bool // the street is written, and none of the postcode is called so
	trace    *trace
	changing time.Time // when the answer may become another one; zero = never
}

func (d *Directory) inquire(q Question, t *trace) *inquiry {
	n := &inquiry{d: d, x: d.all[q.Betriebsart], q: q, now: q.Am, trace: t}
	if n.x == nil {
		n.x = &index{}
	}
	if n.now.IsZero() {
		n.now = time.Now()
	}
	n.day = Day(n.now)
	return n
}

func (n *inquiry) run() amtshilfe.Zustaendigkeit {
	if rule := n.read(); rule != "" {
		return n.nobody(rule)
	}
	spots, locals := n.d.atlas.byPLZ[n.plz], n.relevant()
	if len(spots)+len(n.x.byPLZ[n.plz]) == 0 {
		return n.nobody(ruleNoPLZ)
	}
	if len(spots)+len(locals) == 0 {
		return n.nobody(n.otherwise())
	}
	n.unlisted = len(n.address) > 0 && !n.listed(spots)
	s := search{n: n, spots: spots, locals: locals}
	s.find()
	return n.decide(&s)
}

// read takes the address apart; the rule says why nobody can be competent for it.
func (n *inquiry) read() (rule string) {
	a := n.q.Anschrift
	if !germany(a.Staat) {
		return ruleAbroad
	}
	n.plz = cleanPLZ(a.Postleitzahl)
	street := strings.ToLower(strings.TrimSpace(a.Strasse[:min(len(a.Strasse), maxName)]))
	switch {
	case street == "" && a.Postfach != "", strings.HasPrefix(street, "postfach"), strings.HasPrefix(street, "pf "):
		return rulePostfach
	case n.plz == "":
		return rulePLZFehlt
	case !isPLZ(n.plz):
		return ruleBadPLZ
	}
	n.ort = readOrt(a.Ort, n.plz)
	if len(a.Ortsteil) <= maxName && a.Ortsteil != "" {
		n.ort.part = spell(a.Ortsteil)
	}
	n.address = readAddress(a.Strasse, a.Hausnummer, a.HausnummerZusatz)
	n.trace.address(n)
	return ""
}

// relevant are the claims on places of the postcode that are for this kind of revenue, on this day.
func (n *inquiry) relevant() []*local {
	var out []*local
	for _, l := range n.x.byPLZ[n.plz] {
		if n.applies(l.claim) {
			out = append(out, l)
		}
	}
	return out
}

// applies says whether kind of revenue and day are those of a claim, and notes when that changes.
func (n *inquiry) applies(c *claim) bool {
	if !c.revenue.has(n.q.Einnahmeart) {
		return false
	}
	switch {
	case c.from > n.day:
		n.changing = earlier(n.changing, c.from.begin())
		return false
	case c.to != "" && c.to < n.day:
		return false
	case c.to != "":
		n.changing = earlier(n.changing, c.to.End())
	}
	return true
}

// target is a municipality that the address may lie in.
type target struct {
	in     *gemeinde
	ended  *gemeinde // in has come after it, or is it
	gone   bool      // in has ended and nobody is known to follow: only claims on places count
	unsure bool      // the address may lie in none of the municipalities found
}

// option is a claim that may decide.
type option struct {
	*claim
	verdict verdict
	missing string // the fact that the question does not say
}

// options are the claims on a municipality that this question can fulfil, the most special first.
func (n *inquiry) options(s *search, t target) []option {
	var all []option
	for _, l := range s.at(t.in) {
		v, missing := l.cond.holds(n.q.Umstaende)
		if in := n.inStreets(l.streets); in < v || in == open && v == open {
			v, missing = in, n.missing()
		}
		n.trace.claim(l.claim, v, missing)
		all = append(all, option{l.claim, v, missing})
	}
	for i := len(t.in.keys) - 1; i >= 0 && !t.gone; i-- {
		for _, c := range n.x.byKey[t.in.keys[i]] {
			if !n.applies(c) || c.excludes(t.in) {
				n.trace.passed(c, n, t.in)
				continue
			}
			v, missing := c.cond.holds(n.q.Umstaende)
			n.trace.claim(c, v, missing)
			all = append(all, option{c, v, missing})
		}
	}
	all = slices.DeleteFunc(all, func(o option) bool { return o.verdict == no })
	slices.SortStableFunc(all, func(a, b option) int { return cmp.Compare(b.rank(), a.rank()) })
	return all
}

// ruling is what the claims on one municipality come to.
type ruling struct {
	who     []*authority
	by      *claim // the first that decides; nil = nobody
	sure    bool   // one of them decides whatever the question did not say
	missing string
}

// judge lets the narrowest claim decide; those before it that a fact not said would let decide come along.
func judge(options []option) (f ruling) {
	rank := -1
	for _, o := range options {
		if f.sure && o.rank() < rank {
			break
		}
		if o.verdict == open {
			f.missing = cmp.Or(f.missing, o.missing)
		} else {
			f.sure, rank = true, o.rank()
		}
		if f.by == nil {
			f.by = o.claim
		}
		if !slices.Contains(f.who, o.who) {
			f.who = append(f.who, o.who)
		}
	}
	return f
}

// decide joins what the municipalities come to: one authority for all of them is the answer.
func (n *inquiry) decide(s *search) amtshilfe.Zustaendigkeit {
	var all ruling
	all.sure, all.missing = true, s.missing
	var lead target
	for _, t := range s.targets {
		f := judge(n.options(s, t))
		for _, w := range f.who {
			if !slices.Contains(all.who, w) {
				all.who = append(all.who, w)
			}
		}
		all.sure = all.sure && f.sure && !t.unsure
		all.missing = cmp.Or(all.missing, f.missing)
		if all.by == nil && f.by != nil {
			all.by, lead = f.by, t
		}
	}
	switch {
	case len(all.who) > 1 && s.rule != "":
		return n.many(s.rule, all.who)
	case len(all.who) > 1 && all.missing != "":
		return lacking(n.many(ruleMany+": es fehlt "+all.missing, all.who), all.missing)
	case len(all.who) > 1:
		return n.many(ruleMany, all.who)
	case s.rule != "":
		return n.nobody(s.rule)
	case len(all.who) == 0:
		return n.nobody(n.why(s))
	case !all.sure:
		return lacking(n.nobody(ruleNotAll+missing(all.missing)), all.missing)
	}
	return n.found(s, all.by, lead)
}

func (n *inquiry) nobody(rule string) amtshilfe.Zustaendigkeit {
	z := n.d.answer(rule)
	z.GueltigBis = earlier(z.GueltigBis, n.changing)
	n.trace.end(rule, z)
	return z
}

func (n *inquiry) many(rule string, who []*authority) amtshilfe.Zustaendigkeit {
	z := n.d.answer(rule)
	for _, a := range who[:min(len(who), maxCandidates)] {
		z.Kandidaten = append(z.Kandidaten, a.behoerde)
	}
	z.GueltigBis = earlier(z.GueltigBis, n.changing)
	n.trace.end(rule, z)
	return z
}

func (n *inquiry) found(s *search, by *claim, t target) amtshilfe.Zustaendigkeit {
	rule := s.how
	if by.level == levelStrasse || s.street {
		rule += " und Straße"
	}
	if by.key != "" {
		rule += "; " + by.level.area(by.key)
	}
	if t.ended != nil {
		rule += "; Nachfolger von " + t.ended.ags
	}
	if !by.cond.IsZero() {
		rule += "; Bedingung"
	}
	z := n.d.give(rule, by.who, n.day, false)
	z.GueltigBis = earlier(z.GueltigBis, n.changing)
	n.trace.end(rule, z)
	return z
}
