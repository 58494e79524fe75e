package pages

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// answerPage is what answer.html shows.
type answerPage struct {
	frame
	Ask      asked
	Betriebe []amtshilfe.Betriebsart
	Arten    []einnahmeart
	Laender  []land
	Measures []string
	Missing  string // German: what the question lacks; "" = nothing
	Answered bool
	Z        amtshilfe.Zustaendigkeit
	Steps    []step
	Links    map[string]string // to the pages of authorities, by kennung
	Expanded bool              // the further facts are filled in
	Versandt amtshilfe.Kanalart
}

// asked is the question as the form has it.
type asked struct {
	Betriebsart amtshilfe.Betriebsart
	Einnahmeart string
	PLZ, Ort, Ortsteil,
	Strasse, Hausnummer string
	Tag        string // 2006-01-02, "" = today
	Land       string // of the requester
	Betrag     string // euros
	Glaeubiger string
	Massnahmen []string
}

type einnahmeart struct{ Code, Name string }

// step is one of the explanation; what it looked at may have a page.
type step struct {
	register.Schritt
	Hits []stepHit
}

type stepHit struct {
	register.Treffer
	Link string
}

// measures are the codes of the list of measures (urn:damtshilfe:codeliste:massnahme).
var measures = []string{"sachpfaendung", "forderungspfaendung", "vermoegensauskunft", "ratenzahlung", "kfz-parkkralle", "durchsuchung", "arbeitgeberermittlung", "kontenabruf"}

// maxHits is how many things a step shows that were looked at.
const maxHits = 60

// answer shows the form, and with POST what a gateway would be told, with the reasons. Nothing of the question is kept or logged.
func (s *site) answer(v *view) error {
	p := answerPage{frame: v.frame, Betriebe: betriebsarten, Laender: laender, Measures: measures, Links: map[string]string{}}
	p.Title = "Auskunft"
	for _, c := range register.Einnahmearten() {
		p.Arten = append(p.Arten, einnahmeart{c, einnahmeartWords[c]})
	}
	if err := v.r.ParseForm(); err != nil {
		p.Missing = "Die Anfrage kam nicht vollständig an."
	}
	p.Ask = v.asked()
	p.Expanded = p.Ask.Tag != "" || p.Ask.Land != "" || p.Ask.Betrag != "" || p.Ask.Glaeubiger != "" || len(p.Ask.Massnahmen) > 0
	if v.r.Method == http.MethodPost && p.Missing == "" {
		var q register.Question
		if q, p.Missing = p.Ask.question(v.Now); p.Missing == "" {
			v.explain(&p, q)
		}
	}
	s.render(v, http.StatusOK, "answer.html", p)
	return nil
}

func (v *view) explain(p *answerPage, q register.Question) {
	e := v.cat.dir.Explain(q)
	p.Answered, p.Z = true, e.Zustaendigkeit
	for _, b := range append([]amtshilfe.Behoerde{p.Z.Behoerde}, p.Z.Kandidaten...) {
		if known := v.cat.entry(b.Kennung, q.Betriebsart); known != nil {
			p.Links[b.Kennung] = v.authorityLink(known)
		}
	}
	for _, one := range e.Schritte {
		st := step{Schritt: one}
		for _, t := range one.Treffer[:min(len(one.Treffer), maxHits)] {
			h := stepHit{Treffer: t}
			kennung, _, _ := strings.Cut(t.Name, ", ")
			if t.AGS != "" {
				h.Link = v.link("/gemeinde", "ags", t.AGS, "betriebsart", string(q.Betriebsart))
			} else if known := v.cat.entry(kennung, q.Betriebsart); known != nil {
				h.Link = v.authorityLink(known)
			}
			st.Hits = append(st.Hits, h)
		}
		p.Steps = append(p.Steps, st)
	}
}

func (v *view) asked() asked {
	field := func(name string) string {
		r := []rune(strings.TrimSpace(v.r.Form.Get(name)))
		return string(r[:min(len(r), 250)])
	}
	a := asked{Betriebsart: amtshilfe.Betriebsart(field("betriebsart")), Einnahmeart: field("einnahmeart"), PLZ: field("plz"), Ort: field("ort"),
		Ortsteil: field("ortsteil"), Strasse: field("strasse"), Hausnummer: field("hausnummer"),
		Tag: field("tag"), Land: field("land"), Betrag: field("betrag"), Glaeubiger: field("glaeubiger")}
	if list := v.r.Form["massnahme"]; len(list) <= len(measures) {
		a.Massnahmen = list
	}
	if !a.Betriebsart.Valid() {
		a.Betriebsart = v.betriebsart()
	}
	if a.Einnahmeart == "" {
		a.Einnahmeart = register.Einnahmearten()[0]
	}
	return a
}

// question makes the question, or says in German what is wrong with it.
func (a asked) question(now time.Time) (q register.Question, wrong string) {
	q = register.Question{Einnahmeart: amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: a.Einnahmeart},
		Anschrift: a.anschrift(), Betriebsart: a.Betriebsart, Am: now,
		Umstaende: register.Umstaende{Massnahmen: a.Massnahmen, Glaeubiger: a.Glaeubiger, Land: a.Land}}
	for _, f := range []struct{ name, value string }{{"die Postleitzahl", a.PLZ}, {"der Ort", a.Ort}} {
		if f.value == "" {
			return q, fmt.Sprintf("Bitte angeben: %s fehlt.", f.name)
		}
	}
	if a.Tag != "" {
		day := register.Datum(a.Tag)
		if !day.Valid() {
			return q, "Der Tag ist kein Datum."
		}
		q.Am = day.End().Add(-12 * time.Hour)
	}
	if a.Betrag != "" {
		cents, err := amtshilfe.ParseCents(strings.Replace(a.Betrag, ",", ".", 1))
		if err != nil || cents < 0 {
			return q, "Der Betrag ist keine Zahl in Euro, etwa 1250,50."
		}
		q.Umstaende.Betrag = int64(cents)
	}
	return q, ""
}

func (a asked) anschrift() amtshilfe.Postanschrift {
	return amtshilfe.Postanschrift{Strasse: a.Strasse, Hausnummer: a.Hausnummer, Postleitzahl: a.PLZ, Ort: a.Ort, Ortsteil: a.Ortsteil}
}
