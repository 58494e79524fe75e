package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sort"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/spool"

	"github.com/coreos/go-systemd/v22/daemon"
)

type demoCmd struct {
	Dir  string `default:"./demo" help:"Folder of the demo world; kept, so that a second run shows duplicates."`
	Once bool   `help:"End when nothing is in flight any more."`
}

// Run plays the demo.
func (c demoCmd) Run(e *env) error {
	log := e.log
	open, err := demo.Run(e.ctx, demo.Options{Dir: c.Dir, Once: c.Once, Out: e.out, Log: log})
	if err == nil && open {
		return errOpen
	}
	return err
}

type serveCmd struct{}

// Run serves until a signal.
func (serveCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	g, err := app.New(cfg, app.Options{Log: e.log})
	if err != nil {
		return err
	}
	for _, name := range []string{"sftp", "xta", "register", "status"} {
		if a := g.Address(name); a != "" {
			e.log.Info("listening", "server", name, "address", a)
		}
	}
	daemon.SdNotify(false, daemon.SdNotifyReady) //nolint:errcheck // nobody to tell where there is no systemd
	return errors.Join(g.Run(e.ctx), g.Close())
}

type runCmd struct {
	Name string `arg:"" enum:"scan,fetch,print,receipts,purge,deliver" help:"scan, fetch, print, receipts, purge or deliver"`
}

// Run does one run: in the process that serves, or in this one if none does.
func (c runCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	// This process does not serve: the addresses belong to the one that does.
	alone := cfg
	alone.SFTP.Listen, alone.Status.Listen, alone.Register.Serve.Listen = "", "", ""
	g, err := app.New(alone, app.Options{Log: e.log})
	if errors.Is(err, spool.ErrLocked) {
		return c.beside(e, cfg)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(e.ctx)
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	run, err := g.Runs.Trigger(e.ctx, c.Name)
	cancel()
	err = errors.Join(err, <-ended, g.Close())
	if err != nil {
		return err
	}
	return c.report(e, app.RunResult{Run: run})
}

func (c runCmd) beside(e *env, cfg config.Config) error {
	l, err := ledger.Open(cfg.LedgerFile(), nil, time.Now)
	if err != nil {
		return err
	}
	defer l.Close()
	r, err := app.WishRun(e.ctx, l, c.Name)
	if err != nil {
		return err
	}
	return c.report(e, r)
}

func (c runCmd) report(e *env, r app.RunResult) error {
	if r.Error != "" {
		return fmt.Errorf("run %s: %s", c.Name, r.Error)
	}
	fmt.Fprintf(e.out, "%s %s: %d done, %d failed\n", r.Run.ID, c.Name, r.Run.Done, r.Run.Failed)
	if r.Run.Error != "" {
		return fmt.Errorf("run %s: %s", c.Name, r.Run.Error)
	}
	return nil
}

type checkCmd struct{}

// Run checks what can be known without starting.
func (checkCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	fmt.Fprintln(e.out, "configuration: ok")
	failed := false
	x, r := cfg.XTA, cfg.Register
	for name, file := range map[string]string{"xta.client.cert": x.Client.Cert, "xta.server.cert": x.Server.Cert, "register.cert": r.Cert, "register.serve.cert": r.Serve.Cert} {
		if file == "" {
			continue
		}
		line, ok := expiry(file)
		failed = failed || !ok
		fmt.Fprintf(e.out, "%s: %s\n", name, line)
	}
	g, err := app.New(quiet(cfg), app.Options{})
	if errors.Is(err, spool.ErrLocked) {
		fmt.Fprintln(e.out, "data directory: in use by a running gateway, not probed")
		return failure(failed)
	}
	if err != nil {
		return err
	}
	lines := g.Spool.Check()
	sort.SliceStable(lines, func(i, k int) bool { return lines[i].Level > lines[k].Level })
	for _, l := range lines {
		fmt.Fprintf(e.out, "%s: %s: %s\n", l.Level, l.What, l.Text)
		failed = failed || l.Level == spool.Failure
	}
	return errors.Join(failure(failed), g.Close())
}

// quiet is the configuration without anything that listens.
func quiet(c config.Config) config.Config {
	c.SFTP.Listen, c.Status.Listen, c.Register.Serve.Listen, c.XTA.Server.Listen = "", "", "", ""
	return c
}

func failure(failed bool) error {
	if failed {
		return errors.New("check found faults")
	}
	return nil
}

func expiry(file string) (string, bool) {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error(), false
	}
	until, err := certs.Expiry(data)
	if err != nil {
		return err.Error(), false
	}
	left := time.Until(until)
	switch {
	case left < 0:
		return "expired on " + until.Format(time.DateOnly), false
	case left < 30*24*time.Hour:
		return "expires soon, on " + until.Format(time.DateOnly), true
	}
	return "valid until " + until.Format(time.DateOnly), true
}

type registerCmd struct {
	Serve registerServeCmd `cmd:"" help:"Serve the directory of register.serve on its own."`
}

type registerServeCmd struct{}

// Run serves the directory until a signal.
func (registerServeCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	c := cfg.Register.Serve
	if c.Listen == "" {
		return usageError{errors.New("register.serve.listen: must be given")}
	}
	serve, err := app.RegisterServer(c, app.Options{Log: e.log})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	e.log.Info("listening", "server", "register", "address", l.Addr())
	return serve(e.ctx, l)
}

func printJSON(e *env, v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
