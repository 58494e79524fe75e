package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sort"
	"syscall"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"
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
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // from here on: one that comes while it starts must not end it
	defer signal.Stop(hangups)
	g, err := app.New(cfg, app.Options{Log: e.log})
	if err != nil {
		return err
	}
	for _, name := range []string{"sftp", "xta", "register", "pages", "status"} {
		if a := g.Address(name); a != "" {
			e.log.Info("listening", "server", name, "address", a)
		}
	}
	defer reloadOn(hangups, e, g.Reload)()
	daemon.SdNotify(false, daemon.SdNotifyReady) //nolint:errcheck // nobody to tell where there is no systemd
	return errors.Join(g.Run(e.ctx), g.Close())
}

// reloadOn reads config.yaml again at each hangup, until the function it gives is called. One with faults changes nothing.
func reloadOn(hangups <-chan os.Signal, e *env, reload func(config.Config)) (stop func()) {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-hangups:
			}
			cfg, err := e.load()
			if err != nil {
				e.log.Error("configuration is not reloaded, the old one stays in force", "err", err)
				continue
			}
			reload(cfg)
		}
	}()
	return func() { close(done) }
}

type runCmd struct {
	Name string `arg:"" enum:"scan,fetch,print,quittung,receipts,purge,deliver" help:"scan, fetch, print, quittung, receipts, purge or deliver"`
}

// Run does one run: in the process that serves, or in this one if none does.
func (c runCmd) Run(e *env) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	r, err := c.alone(e, cfg, func(g *app.Gateway) (app.RunResult, error) {
		run, err := g.Runs.Trigger(e.ctx, c.Name)
		return app.RunResult{Run: run}, err
	})
	if errors.Is(err, spool.ErrLocked) {
		r, err = c.beside(e, cfg)
	}
	if err != nil {
		return err
	}
	return c.report(e, r)
}

// alone is a gateway in this process for as long as f takes.
func (runCmd) alone(e *env, cfg config.Config, f func(*app.Gateway) (app.RunResult, error)) (app.RunResult, error) {
	// This process does not serve: the addresses belong to the one that does.
	cfg.SFTP.Listen, cfg.Status.Listen, cfg.Register.Serve.Listen = "", "", ""
	g, err := app.New(cfg, app.Options{Log: e.log})
	if err != nil {
		return app.RunResult{}, err
	}
	ctx, cancel := context.WithCancel(e.ctx)
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	r, err := f(g)
	cancel()
	return r, errors.Join(err, <-ended, g.Close())
}

// beside asks the process that holds the data directory for the run. If that ends first, which `gateway run` does as soon as it has its own
// result, this one takes its place.
func (c runCmd) beside(e *env, cfg config.Config) (r app.RunResult, err error) {
	l, err := ledger.Open(cfg.LedgerFile(), nil, time.Now)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	id, err := app.AskRun(l, c.Name)
	for err == nil {
		ctx, cancel := context.WithTimeout(e.ctx, time.Second)
		r, err = app.AwaitRun(ctx, l, id)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			break
		}
		r, err = c.alone(e, cfg, func(g *app.Gateway) (app.RunResult, error) { return app.AwaitRun(e.ctx, g.Ledger, id) })
		if !errors.Is(err, spool.ErrLocked) {
			break
		}
		err = nil
	}
	if e.ctx.Err() != nil {
		err = errors.Join(err, app.WithdrawRun(l, id)) // nobody waits for it any more
	}
	return r, err
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
	failed, err := checkCertificates(e, cfg)
	if err != nil {
		return err
	}
	checkAccounts(e, cfg)
	checkTenants(e, cfg)
	for _, k := range app.CheckKeys(e.ctx, cfg, time.Now()) {
		fmt.Fprintf(e.out, "%s: %s\n", k.What, k.Text)
		failed = failed || k.Bad
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

// checkCertificates says how long certificates last. One of the own that cannot be read or has ended is a fault.
func checkCertificates(e *env, cfg config.Config) (failed bool, err error) {
	list, err := app.Certificates(e.ctx, cfg)
	for _, c := range list {
		line, ok := c.Line(time.Now())
		failed = failed || !ok
		fmt.Fprintf(e.out, "%s: %s, sha256 %.16s...\n", c.Name, line, c.Fingerprint)
	}
	if err != nil {
		fmt.Fprintln(e.out, err)
	}
	return failed || err != nil, e.ctx.Err()
}

// checkTenants says where config.yaml and directory differ about who may act for whom, and how long a revocation takes.
func checkTenants(e *env, cfg config.Config) {
	if len(cfg.Register.Servers) == 0 {
		return
	}
	most := app.RevokedWithin(cfg.Register)
	if most > time.Minute {
		fmt.Fprintf(e.out, "warning: register.poll %s: a revoked certificate may count for %s\n", cfg.Register.Poll, most)
	}
	list, err := app.TenantConflicts(e.ctx, cfg)
	if err != nil {
		fmt.Fprintln(e.out, "warning: xta.server.accounts:", err)
	}
	for _, one := range list {
		fmt.Fprintln(e.out, "warning: xta.server.accounts:", one)
	}
}

// checkAccounts asks the own XTA server about the participants' accounts: what is wrong is a warning, as it is when the gateway starts.
func checkAccounts(e *env, cfg config.Config) {
	if cfg.XTA.Client.Cert == "" || cfg.XTA.Client.Management == "" {
		return
	}
	client, _, err := app.XTAClient(cfg.XTA.Client, nil, nil)
	if err != nil {
		return // the files were complained of above
	}
	defer client.Close()
	list := app.CheckAccounts(e.ctx, cfg, client)
	active := 0
	for _, s := range list {
		switch _, answered := errors.AsType[*xta.Fault](s.Err); {
		case s.Err == nil:
			active++
		case answered:
			fmt.Fprintf(e.out, "warning: xta account %s of %s: %v\n", s.Kennung, s.Account, explain("not usable", s.Err))
		default:
			fmt.Fprintf(e.out, "warning: xta accounts: %s does not answer, not checked: %v\n", cfg.XTA.Client.Management, s.Err)
		}
	}
	fmt.Fprintf(e.out, "xta accounts: %d active\n", active)
}

func printJSON(e *env, v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
