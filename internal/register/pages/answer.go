package pages

import (
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// answerPage is what answer.html shows.
type answerPage struct {
	frame
	Ask      asked
	Betriebe []amtshilfe.Betriebsart
	Arten    []einnahmeart
	Missing  string // German: what the question lacks; "" = nothing
	Answered bool
	Z        amtshilfe.Zustaendigkeit
	Regel    string // without the name of the version
	Links    map[string]string
}

// asked is the question as the form has it.
type asked struct {
	Betriebsart amtshilfe.Betriebsart
	Einnahmeart string
	PLZ, Ort, Ortsteil,
	Strasse, Hausnummer string
}

type einnahmeart struct{ Code, Name string }

// answer shows the form, and with POST what a gateway would be told. Nothing of the question is kept or logged.
func (s *site) answer(v *view) error {
	p := answerPage{frame: v.frame, Betriebe: betriebsarten, Links: map[string]string{}}
	p.Title = "Auskunft"
	for _, c := range register.Einnahmearten() {
		p.Arten = append(p.Arten, einnahmeart{c, einnahmeartWords[c]})
	}
	if err := v.r.ParseForm(); err != nil {
		p.Missing = "Die Anfrage kam nicht vollständig an."
	}
	p.Ask = v.asked()
	if v.r.Method == "POST" && p.Missing == "" {
		p.Missing = p.Ask.missing()
		p.Answered = p.Missing == ""
	}
	if p.Answered {
		p.Z = v.cat.dir.Lookup(amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: p.Ask.Einnahmeart}, p.Ask.anschrift(), p.Ask.Betriebsart)
		p.Regel, _, _ = strings.Cut(p.Z.Regel, "; Verzeichnis ")
		for _, b := range append([]amtshilfe.Behoerde{p.Z.Behoerde}, p.Z.Kandidaten...) {
			if e := v.cat.entry(b.Kennung, p.Ask.Betriebsart); e != nil {
				p.Links[b.Kennung] = v.authorityLink(e)
			}
		}
	}
	s.render(v, 200, "answer.html", p)
	return nil
}

func (v *view) asked() asked {
	field := func(name string) string {
		r := []rune(strings.TrimSpace(v.r.Form.Get(name)))
		return string(r[:min(len(r), 250)])
	}
	a := asked{Betriebsart: amtshilfe.Betriebsart(field("betriebsart")), Einnahmeart: field("einnahmeart"), PLZ: field("plz"), Ort: field("ort"),
		Ortsteil: field("ortsteil"), Strasse: field("strasse"), Hausnummer: field("hausnummer")}
	if !a.Betriebsart.Valid() {
		a.Betriebsart = v.betriebsart()
	}
	if a.Einnahmeart == "" {
		a.Einnahmeart = register.Einnahmearten()[0]
	}
	return a
}

// missing says what a question needs and this one lacks.
func (a asked) missing() string {
	for _, f := range []struct{ name, value string }{{"die Postleitzahl", a.PLZ}, {"der Ort", a.Ort}} {
		if f.value == "" {
			return fmt.Sprintf("Bitte angeben: %s fehlt.", f.name)
		}
	}
	return ""
}

func (a asked) anschrift() amtshilfe.Postanschrift {
	return amtshilfe.Postanschrift{Strasse: a.Strasse, Hausnummer: a.Hausnummer, Postleitzahl: a.PLZ, Ort: a.Ort, Ortsteil: a.Ortsteil}
}
