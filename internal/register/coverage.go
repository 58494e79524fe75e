package register

import (
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Coverage says for how many of the municipalities in force somebody answers, in one Betriebsart.
type Coverage struct {
	Betriebsart amtshilfe.Betriebsart `json:"betriebsart"`
	Laender     []LandCoverage        `json:"laender"` // all sixteen, in the order of the AGS
	Total       LandCoverage          `json:"total"`
	// Answers are the municipalities that each authority, by its kennung, answers for: AGS in their order. For pages.
	Answers map[string][]string `json:"-"`
}

// LandCoverage counts the municipalities of one Land.
type LandCoverage struct {
	Land      string `json:"land,omitempty"` // "SH"; "" = all
	Gemeinden int    `json:"gemeinden"`      // in force
	Full      int    `json:"full"`           // somebody answers for every Einnahmeart everywhere in them
	Part      int    `json:"part"`           // somebody answers for some
	None      int    `json:"none"`           // nobody answers for any
	// Kanal counts the municipalities with an answer by how a request reaches whoever is competent; where several are, by the weakest.
	Kanal map[amtshilfe.Kanalart]int `json:"kanal"`
}

// landNumbers are the Laender by the first two digits of an AGS.
var landNumbers = []string{"SH", "HH", "NI", "HB", "NW", "HE", "RP", "BW", "BY", "SL", "BE", "BB", "MV", "SN", "ST", "TH"}

// landOfAGS is the Land of an AGS, "" if there is none of that number.
func landOfAGS(ags string) string {
	if len(ags) < 2 {
		return ""
	}
	n := int(ags[0]-'0')*10 + int(ags[1]-'0')
	if n < 1 || n > len(landNumbers) {
		return ""
	}
	return landNumbers[n-1]
}

// Coverage counts.
func (s *Survey) Coverage() Coverage {
	c := Coverage{Betriebsart: s.b, Answers: map[string][]string{}, Total: LandCoverage{Kanal: map[amtshilfe.Kanalart]int{}}}
	by := map[string]*LandCoverage{}
	for _, l := range landNumbers {
		c.Laender = append(c.Laender, LandCoverage{Land: l, Kanal: map[amtshilfe.Kanalart]int{}})
	}
	for i := range c.Laender {
		by[c.Laender[i].Land] = &c.Laender[i]
	}
	reached := s.reached()
	for i := range s.d.file.Gemeinden {
		g := &s.d.file.Gemeinden[i]
		l := by[landOfAGS(g.AGS)]
		if l == nil || s.ended(g) {
			continue
		}
		f := s.finding(g)
		for _, k := range f.who {
			c.Answers[k] = append(c.Answers[k], g.AGS)
		}
		l.count(f, reached)
		c.Total.count(f, reached)
	}
	for _, list := range c.Answers {
		slices.Sort(list)
	}
	return c
}

// finding is what one municipality adds to the count.
type finding struct {
	open   []string // codes for which a question may find nobody somewhere in it
	nobody bool     // for all codes, everywhere
	who    []string // kennungen, each once
}

func (s *Survey) finding(g *Gemeinde) finding {
	f := finding{nobody: true}
	for _, c := range s.competences(g) {
		for _, w := range c.Who {
			f.nobody = false
			if !slices.Contains(f.who, w.Kennung) {
				f.who = append(f.who, w.Kennung)
			}
		}
		if !c.Open() {
			continue
		}
		for _, code := range c.Codes {
			if !slices.Contains(f.open, code) {
				f.open = append(f.open, code)
			}
		}
	}
	slices.Sort(f.open)
	return f
}

func (l *LandCoverage) count(f finding, reached map[string]amtshilfe.Kanalart) {
	l.Gemeinden++
	switch {
	case f.nobody:
		l.None++
		return
	case len(f.open) > 0:
		l.Part++
	default:
		l.Full++
	}
	weakest := 0
	for _, k := range f.who {
		weakest = max(weakest, slices.Index(kanalOrder, reached[k]))
	}
	l.Kanal[kanalOrder[weakest]]++
}

// kanalOrder is from the best to none.
var kanalOrder = []amtshilfe.Kanalart{amtshilfe.KanalXTA, amtshilfe.KanalPost, amtshilfe.KanalEGVP, amtshilfe.KanalKeiner}

func (s *Survey) reached() map[string]amtshilfe.Kanalart {
	out := map[string]amtshilfe.Kanalart{}
	for i := range s.d.file.Behoerden {
		if e := &s.d.file.Behoerden[i]; e.Betriebsart == s.b {
			out[e.Kennung] = Reached(e, s.now)
		}
	}
	return out
}

// Reached is the best way by which a new message reaches an authority: xta while it takes part, else post, else what is left.
func Reached(e *Eintrag, now time.Time) amtshilfe.Kanalart {
	if e.Gesperrt != "" {
		return amtshilfe.KanalKeiner
	}
	for _, art := range kanalOrder {
		if art == amtshilfe.KanalXTA && e.Ende.Versand != "" && e.Ende.Versand < Day(now) {
			continue
		}
		if slices.ContainsFunc(e.Kanaele, func(k Kanal) bool { return k.Art == art }) {
			return art
		}
	}
	return amtshilfe.KanalKeiner
}
