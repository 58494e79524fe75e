package main

import (
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/register"
)

type lookupCmd struct {
	Einnahmeart string `required:"" help:"Code of the code list."`
	PLZ         string `name:"plz" required:"" help:"Postcode."`
	Ort         string `required:"" help:"Place."`
	Strasse     string `help:"Street and number."`
	Betriebsart string `default:"test" enum:"produktion,test,schulung" help:"produktion, test or schulung."`
}

// Run asks the authority servers of the configuration, or the embedded sample.
func (c lookupCmd) Run(e *env) error {
	art := amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: c.Einnahmeart}
	address := amtshilfe.Postanschrift{Postleitzahl: c.PLZ, Ort: c.Ort, Strasse: c.Strasse}
	z, err := c.ask(e, art, address)
	if err != nil {
		return err
	}
	if len(z.Kandidaten) > 0 {
		fmt.Fprintln(e.out, "ambiguous, candidates:")
		for _, b := range z.Kandidaten {
			fmt.Fprintf(e.out, "  %s  %s\n", b.Kennung, b.Name)
		}
		return errOpen
	}
	if z.IsZero() {
		fmt.Fprintf(e.out, "nobody is competent (%s)\n", z.Regel)
		return errOpen
	}
	fmt.Fprintf(e.out, "%s  %s\n  %s\n", z.Behoerde.Kennung, z.Behoerde.Name, strings.Join(z.Behoerde.Anschriftzeilen, ", "))
	for _, k := range z.Kanaele {
		fmt.Fprintf(e.out, "  by %s", k.Art)
		if k.Art == amtshilfe.KanalXTA {
			fmt.Fprintf(e.out, " to %s at %s", k.Adresse, k.Rechenzentrum.Kennung)
		}
		fmt.Fprintln(e.out)
	}
	fmt.Fprintf(e.out, "  rule: %s\n", z.Regel)
	return nil
}

func (c lookupCmd) ask(e *env, art amtshilfe.Einnahmeart, a amtshilfe.Postanschrift) (amtshilfe.Zustaendigkeit, error) {
	b := amtshilfe.Betriebsart(c.Betriebsart)
	if e.config == "" {
		d, err := register.Sample()
		if err != nil {
			return amtshilfe.Zustaendigkeit{}, err
		}
		return d.Lookup(art, a, b), nil
	}
	cfg, err := e.load()
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, err
	}
	client, err := app.RegisterClient(cfg.Register, nil)
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, err
	}
	defer client.Close()
	return client.Lookup(e.ctx, art, a, b)
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
