package main

import (
	"errors"
	"os/user"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
)

// decision is what every decision of a person takes.
type decision struct {
	Wer   string `help:"Who decides (default: the user of the operating system)."`
	Grund string `required:"" help:"Why; goes to the audit."`
}

func (d decision) who() string {
	if d.Wer != "" {
		return d.Wer
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

type retryCmd struct {
	ID string `arg:"" help:"Delivery."`
	decision
}

// Run asks again.
func (c retryCmd) Run(e *env) error {
	return e.decide(func(d *app.Decider) error { return d.Retry(e.ctx, c.ID, c.who(), c.Grund) })
}

type releaseCmd struct {
	ID       string `arg:"" help:"Delivery."`
	Behoerde string `help:"kennung of the authority to use instead of the directory's answer."`
	Kanal    string `enum:",xta,post" default:"" help:"xta or post (with --behoerde)."`
	decision
}

// Run releases a held delivery.
func (c releaseCmd) Run(e *env) error {
	if c.Kanal != "" && c.Behoerde == "" {
		return usageError{errors.New("--kanal: only together with --behoerde")}
	}
	return e.decide(func(d *app.Decider) error {
		return d.Release(e.ctx, c.ID, c.who(), c.Grund, c.Behoerde, amtshilfe.Kanalart(c.Kanal))
	})
}

type rejectCmd struct {
	ID string `arg:"" help:"Delivery."`
	decision
}

// Run ends a held delivery.
func (c rejectCmd) Run(e *env) error {
	return e.decide(func(d *app.Decider) error { return d.Reject(c.ID, c.who(), c.Grund) })
}

func (e *env) decide(f func(*app.Decider) error) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	d, err := app.NewDecider(cfg)
	if err != nil {
		return err
	}
	return errors.Join(f(d), d.Close())
}
