package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
)

type registerGapsCmd struct {
	storeAt
	Land        string `placeholder:"LAND" help:"Only this Land: BW, BY, ... TH."`
	Kind        string `help:"Only this kind: no-authority, shared-place, no-place, ended-ags, no-channel, tenant, address, certificate or unconfirmed."`
	Betriebsart string `help:"Only what concerns produktion, test or schulung."`
	JSON        bool   `name:"json" help:"As JSON."`
}

// Run lists what is missing in the directory; exit 3 if anything is.
func (c registerGapsCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	d, err := c.directory(e)
	if err != nil {
		return err
	}
	fits, err := e.addressCheck()
	if err != nil {
		return err
	}
	gaps := slices.DeleteFunc(d.Gaps(register.GapOptions{Now: time.Now(), Fits: fits}), func(g register.Gap) bool {
		return c.Land != "" && g.Land != c.Land || c.Kind != "" && string(g.Kind) != c.Kind || c.Betriebsart != "" && g.Betriebsart != "" && string(g.Betriebsart) != c.Betriebsart
	})
	if c.JSON {
		err = printJSON(e, slices.Concat([]register.Gap{}, gaps)) // an empty list, not null
	} else {
		printGaps(e, gaps)
	}
	if err == nil && len(gaps) > 0 {
		return errOpen
	}
	return err
}

func (c registerGapsCmd) check() error {
	if c.Kind != "" && !slices.Contains(register.GapKinds, register.GapKind(c.Kind)) {
		return usageError{fmt.Errorf("--kind: %q is none of %v", c.Kind, register.GapKinds)}
	}
	if b := amtshilfe.Betriebsart(c.Betriebsart); b != "" && !b.Valid() {
		return usageError{fmt.Errorf("--betriebsart: %q is none of produktion, test, schulung", b)}
	}
	return nil
}

func printGaps(e *env, gaps []register.Gap) {
	kind := register.GapKind("")
	for _, g := range gaps {
		if g.Kind != kind {
			kind = g.Kind
			n := 0
			for _, o := range gaps {
				if o.Kind == kind {
					n++
				}
			}
			fmt.Fprintf(e.out, "%s: %d\n", kind, n)
		}
		fmt.Fprintf(e.out, "  %-2s  %-10s  %s%s  %s: %s\n", g.Land, g.Betriebsart, g.AGS, g.Kennung, g.Name, g.Detail)
	}
	if len(gaps) == 0 {
		fmt.Fprintln(e.out, "no gaps")
	}
}

type registerCoverageCmd struct {
	storeAt
	Betriebsart string `default:"produktion" enum:"produktion,test,schulung" help:"produktion, test or schulung."`
	JSON        bool   `name:"json" help:"As JSON."`
}

// Run says for how many municipalities somebody answers, Land by Land.
func (c registerCoverageCmd) Run(e *env) error {
	d, err := c.directory(e)
	if err != nil {
		return err
	}
	all := d.Survey(amtshilfe.Betriebsart(c.Betriebsart), time.Now()).Coverage()
	if c.JSON {
		return printJSON(e, all)
	}
	if all.Total.Gemeinden == 0 {
		fmt.Fprintln(e.out, "the directory names no municipalities: nothing to cover")
		return nil
	}
	const row = "%-5s %9v %7v %7v %7v   %7v %7v %7v %7v\n"
	fmt.Fprintf(e.out, row, "Land", "Gemeinden", "all", "some", "none", "xta", "post", "egvp", "keiner")
	for _, l := range append(slices.Clone(all.Laender), all.Total) {
		name := l.Land
		if name == "" {
			name = "DE"
		}
		fmt.Fprintf(e.out, row, name, l.Gemeinden, l.Full, l.Part, l.None,
			l.Kanal[amtshilfe.KanalXTA], l.Kanal[amtshilfe.KanalPost], l.Kanal[amtshilfe.KanalEGVP], l.Kanal[amtshilfe.KanalKeiner])
	}
	return nil
}

// directory is what the named store has in force, else that of the configuration.
func (c storeAt) directory(e *env) (*register.Directory, error) {
	if c.Store == "" {
		return e.directory()
	}
	return app.ReadDirectory(config.RegisterServer{Store: c.Store})
}

// directory is what the configuration's own authority server answers from, or the embedded sample.
func (e *env) directory() (*register.Directory, error) {
	if e.config == "" {
		return register.Sample()
	}
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	d, err := app.ReadDirectory(cfg.Register.Serve)
	if err == nil && d == nil {
		return nil, errors.New("there is no version of the directory yet: this server follows another one")
	}
	return d, err
}

// addressCheck goes by the print profiles of the configuration, without one by the built-in profile.
func (e *env) addressCheck() (app.AddressCheck, error) {
	if e.config == "" {
		return app.NewAddressCheck(config.Print{})
	}
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	return app.NewAddressCheck(cfg.Print)
}
