package main

import (
	"errors"
	"os/user"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/pipeline"
)

// decision is what every decision of a person takes.
type decision struct {
	Wer   string `help:"Who decides (default: the user of the operating system)."`
	Grund string `required:"" help:"Why; goes to the audit."`
}

// Validate refuses a reason without a word: who reads the audit later has nothing else.
func (d decision) Validate() error {
	if strings.TrimSpace(d.Grund) == "" {
		return errors.New("--grund: wants a reason")
	}
	return nil
}

// by is the decision in the words of the pipeline.
func (d decision) by() pipeline.Decision { return pipeline.Decision{Wer: d.who(), Grund: d.Grund} }

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
	ID string `arg:"" help:"Delivery, or an inbound message."`
	decision
}

// Run asks again.
func (c retryCmd) Run(e *env) error {
	return e.decide(func(d *app.Decider) error { return d.Retry(e.ctx, c.ID, c.by()) })
}

type releaseCmd struct {
	ID       string `arg:"" help:"Delivery, a drop that waits whole, or an inbound message that is held because of who sent it or of a claim that it names."`
	Behoerde string `help:"kennung of the authority to use instead of the directory's answer."`
	Kanal    string `enum:",xta,post" default:"" help:"xta or post: this way, to the authority named or to the same as before."`
	decision
}

// Run releases a held delivery, or a drop.
func (c releaseCmd) Run(e *env) error {
	by := c.by()
	by.Behoerde, by.Kanal = c.Behoerde, amtshilfe.Kanalart(c.Kanal)
	return e.decide(func(d *app.Decider) error { return d.Release(e.ctx, c.ID, by) })
}

type rejectCmd struct {
	ID string `arg:"" help:"Delivery, a drop that waits whole, or an inbound message."`
	decision
}

// Run ends a held delivery, or a drop.
func (c rejectCmd) Run(e *env) error {
	return e.decide(func(d *app.Decider) error { return d.Reject(c.ID, c.by()) })
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
