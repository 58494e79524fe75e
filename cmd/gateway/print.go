package main

import (
	"fmt"

	"damtshilfe/internal/app"
)

type printCmd struct {
	Proof   printProofCmd   `cmd:"" help:"Write the test bundle of 12 letters of a profile into a directory."`
	Release printReleaseCmd `cmd:"" help:"Release a profile and the form of the letters for production."`
}

type printProofCmd struct {
	Profile string `required:"" help:"Print profile."`
	Output  string `short:"o" required:"" placeholder:"DIR" help:"New directory, not below data_dir."`
}

// Run writes the proof.
func (c printProofCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	b, err := app.PrintProof(cfg, c.Profile, c.Output)
	if err == nil {
		fmt.Fprintf(e.out, "%d letters, %d sheets in %s: look at them, have the print centre produce them, then gateway print release\n", b.Letters(), b.Sheets, c.Output)
	}
	return err
}

type printReleaseCmd struct {
	Profile string `required:"" help:"Print profile."`
	decision
}

// Run releases a profile.
func (c printReleaseCmd) Run(e *env) error {
	return e.decide(func(d *app.Decider) error { return d.ReleasePrint(c.Profile, c.by()) })
}
