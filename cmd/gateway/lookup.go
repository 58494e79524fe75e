package main

import (
	"fmt"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/register"
)

type lookupCmd struct {
	Einnahmeart string   `required:"" help:"Code of the code list."`
	PLZ         string   `name:"plz" required:"" help:"Postcode."`
	Ort         string   `required:"" help:"Place."`
	Ortsteil    string   `help:"District."`
	Strasse     string   `help:"Street and number."`
	Betriebsart string   `default:"test" enum:"produktion,test,schulung" help:"produktion, test or schulung."`
	Massnahme   []string `help:"A measure asked for; may be repeated."`
	Glaeubiger  string   `help:"Kind of creditor."`
	Land        string   `help:"Land of the requester: BW, BY, ... TH."`
	Betrag      string   `help:"Amount in euros, like 1234.50."`
	Am          string   `help:"Day asked for, like 2026-11-30; default today."`
	Explain     bool     `help:"Say how the answer came about; from the directory of register.serve, or the sample."`
	JSON        bool     `name:"json" help:"As JSON."`
}

// Run asks the authority servers of the configuration, or the embedded sample.
func (c lookupCmd) Run(e *env) error {
	q, err := c.question()
	if err != nil {
		return usageError{err}
	}
	x, err := c.ask(e, q)
	if err != nil {
		return err
	}
	z := x.Zustaendigkeit
	if c.JSON {
		err = printJSON(e, answerOf(x))
	} else {
		printSteps(e, x.Schritte)
		printAnswer(e, z)
	}
	if err == nil && z.Behoerde.Kennung == "" {
		return errOpen
	}
	return err
}

func (c lookupCmd) question() (register.Question, error) {
	q := register.Question{
		Einnahmeart: amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: c.Einnahmeart},
		Anschrift:   amtshilfe.Postanschrift{Postleitzahl: c.PLZ, Ort: c.Ort, Ortsteil: c.Ortsteil, Strasse: c.Strasse},
		Betriebsart: amtshilfe.Betriebsart(c.Betriebsart),
		Umstaende:   register.Umstaende{Massnahmen: c.Massnahme, Glaeubiger: c.Glaeubiger, Land: c.Land},
	}
	if c.Betrag != "" {
		cents, err := amtshilfe.ParseCents(strings.Replace(c.Betrag, ",", ".", 1))
		if err != nil || cents <= 0 {
			return q, fmt.Errorf("--betrag %q is no amount like 1234.50", c.Betrag)
		}
		q.Umstaende.Betrag = int64(cents)
	}
	if c.Am != "" {
		day := register.Datum(c.Am)
		if !day.Valid() {
			return q, fmt.Errorf("--am %q is no day like 2026-11-30", c.Am)
		}
		q.Am = day.End().Add(-time.Hour)
	}
	return q, nil
}

// ask lets the authority servers answer, or a directory that can say why and on what day.
func (c lookupCmd) ask(e *env, q register.Question) (register.Erklaerung, error) {
	if c.Explain || c.Am != "" || e.config == "" {
		d, err := e.directory()
		if err != nil {
			return register.Erklaerung{}, err
		}
		if c.Explain {
			return d.Explain(q), nil
		}
		return register.Erklaerung{Zustaendigkeit: d.Answer(q)}, nil
	}
	cfg, err := e.load()
	if err != nil {
		return register.Erklaerung{}, err
	}
	client, err := app.RegisterClient(cfg.Register, nil)
	if err != nil {
		return register.Erklaerung{}, err
	}
	defer client.Close()
	z, err := client.LookupAll(e.ctx, []register.Question{q})
	if err != nil {
		return register.Erklaerung{}, err
	}
	return register.Erklaerung{Zustaendigkeit: z[0]}, nil
}

func printSteps(e *env, steps []register.Schritt) {
	for i, s := range steps {
		fmt.Fprintf(e.out, "%d. %s\n", i+1, s.Text)
		for _, t := range s.Treffer {
			mark, name := "-", t.Name
			if t.Gilt {
				mark = "+"
			}
			if t.AGS != "" {
				name += " (AGS " + t.AGS + ")"
			}
			fmt.Fprintf(e.out, "   %s %s: %s", mark, name, t.Warum)
			if t.Pfad != "" {
				fmt.Fprintf(e.out, "  [%s]", t.Pfad)
			}
			fmt.Fprintln(e.out)
		}
	}
}

func printAnswer(e *env, z amtshilfe.Zustaendigkeit) {
	switch {
	case len(z.Kandidaten) > 0:
		fmt.Fprintln(e.out, "ambiguous, candidates:")
		for _, b := range z.Kandidaten {
			fmt.Fprintf(e.out, "  %s  %s\n", b.Kennung, b.Name)
		}
		fmt.Fprintf(e.out, "  rule: %s\n", z.Regel)
		return
	case z.IsZero():
		fmt.Fprintf(e.out, "nobody is competent (%s)\n", z.Regel)
		return
	}
	fmt.Fprintf(e.out, "%s  %s\n  %s\n", z.Behoerde.Kennung, z.Behoerde.Name, strings.Join(z.Behoerde.Anschriftzeilen, ", "))
	for _, k := range z.Kanaele {
		fmt.Fprintf(e.out, "  by %s", k.Art)
		if k.Art == amtshilfe.KanalXTA {
			fmt.Fprintf(e.out, " to %s at %s", k.Adresse, k.Rechenzentrum.Kennung)
		}
		if k.Grund != "" {
			fmt.Fprintf(e.out, " (%s)", k.Grund)
		}
		fmt.Fprintln(e.out)
	}
	fmt.Fprintf(e.out, "  rule: %s\n", z.Regel)
	if !z.GueltigBis.IsZero() {
		fmt.Fprintf(e.out, "  valid until: %s\n", z.GueltigBis.Format(time.RFC3339))
	}
}

// The JSON of an answer.
type (
	answerJSON struct {
		Behoerde   *officeJSON        `json:"behoerde,omitempty"`
		Kanaele    []wayJSON          `json:"kanaele,omitempty"`
		Kandidaten []officeJSON       `json:"kandidaten,omitempty"`
		Regel      string             `json:"regel"`
		Stand      time.Time          `json:"stand"`
		GueltigBis time.Time          `json:"gueltigBis,omitzero"`
		Schritte   []register.Schritt `json:"schritte,omitempty"`
	}
	officeJSON struct {
		Kennung string   `json:"kennung"`
		Name    string   `json:"name"`
		Zeilen  []string `json:"anschriftzeilen"`
	}
	wayJSON struct {
		Art           amtshilfe.Kanalart `json:"art"`
		Adresse       string             `json:"adresse,omitempty"`
		Rechenzentrum string             `json:"rechenzentrum,omitempty"`
		Grund         string             `json:"grund,omitempty"`
	}
)

func answerOf(x register.Erklaerung) answerJSON {
	z := x.Zustaendigkeit
	a := answerJSON{Regel: z.Regel, Stand: z.Stand, GueltigBis: z.GueltigBis, Schritte: x.Schritte}
	if z.Behoerde.Kennung != "" {
		a.Behoerde = &officeJSON{z.Behoerde.Kennung, z.Behoerde.Name, z.Behoerde.Anschriftzeilen}
	}
	for _, b := range z.Kandidaten {
		a.Kandidaten = append(a.Kandidaten, officeJSON{b.Kennung, b.Name, b.Anschriftzeilen})
	}
	for _, k := range z.Kanaele {
		a.Kanaele = append(a.Kanaele, wayJSON{k.Art, k.Adresse, k.Rechenzentrum.Kennung, k.Grund})
	}
	return a
}

// addresses is the directory of the configuration, or the embedded sample.
func (e *env) addresses() (app.Addresses, error) {
	if e.config == "" {
		return app.SampleAddresses()
	}
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	return app.OpenAddresses(cfg)
}
