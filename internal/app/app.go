// Package app wires a gateway together from its configuration, starts it and stops it in reverse order.
//
// It owns no logic of the pipeline: it opens what others own, hands it over through interfaces, and adapts one package's words
// to another's (SFTP uploads to claims, the ledger to the status page, the ledger to the run table).
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/register"
	"damtshilfe/internal/runs"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/sftpd"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xta"
	"damtshilfe/mapping"
	"damtshilfe/printstreet"
	"damtshilfe/spool"
)

// Version is the program's version, in the header of its own messages and on the page.
const Version = "0.1.0"

// Options are what a gateway takes from outside its configuration; the zero value is production.
type Options struct {
	Log  *slog.Logger     // nil = nothing is logged
	Now  func() time.Time // nil = time.Now
	Disk *durable.Disk    // nil = one without a hook
	// Listeners, by "sftp", "xta", "register" or "status", are used instead of opening the configured address.
	Listeners map[string]net.Listener
	Poll      time.Duration // between two looks for due work, 0 = 1 s
	Backoff   time.Duration // first pause after a failure, 0 = 30 s
}

// Gateway is a wired gateway. New opens everything, Run works until its context ends, Close gives everything back.
type Gateway struct {
	Config   config.Config
	Ledger   *ledger.Ledger
	Spool    *spool.Spool
	Pipeline *pipeline.Pipeline
	Runs     *runs.Scheduler
	Mailbox  *xta.Mailbox // nil without an own XTA server

	opts     Options
	packs    *mapping.Packs
	register *register.Client
	profiles map[string]printstreet.Profile
	durable  map[string]bool
	servers  []server
	closers  []closer
}

// server is something that listens; run blocks until ctx ends.
type server struct {
	name     string
	listener net.Listener
	run      func(ctx context.Context, l net.Listener) error
}

type closer struct {
	name  string
	close func() error
}

// New opens data, databases, validator and listeners. What was opened is closed again when something fails.
func New(cfg config.Config, o Options) (_ *Gateway, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Disk == nil {
		o.Disk = durable.New(nil)
	}
	o.Now = clock(o.Now, cfg)
	g := &Gateway{Config: cfg, opts: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	// The straight line of a start: each resource registers its own end at once.
	steps := []struct {
		name string
		open func() error
	}{
		{"packs", g.openPacks}, {"spool", g.openSpool}, {"ledger", g.openLedger}, {"register client", g.openRegister},
		{"xta mailbox", g.openMailbox}, {"pipeline", g.openPipeline}, {"runs", g.openRuns}, {"register server", g.openRegisterServer},
		{"xta server", g.openXTAServer}, {"sftp", g.openSFTP}, {"status", g.openStatus},
	}
	for _, s := range steps {
		if err := s.open(); err != nil {
			return nil, fmt.Errorf("start %s: %w", s.name, err)
		}
	}
	return g, nil
}

func (g *Gateway) onClose(name string, f func() error) {
	g.closers = append(g.closers, closer{name, f})
}

// Close gives everything back, last opened first. It may be called twice.
func (g *Gateway) Close() error {
	var errs []error
	for len(g.closers) > 0 {
		c := g.closers[len(g.closers)-1]
		g.closers = g.closers[:len(g.closers)-1]
		if err := c.close(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", c.name, err))
		}
	}
	return errors.Join(errs...)
}

func (g *Gateway) openPacks() (err error) {
	g.packs, err = mapping.Builtin()
	return err
}

func (g *Gateway) openSpool() error {
	s, err := spool.Open(spool.Options{DataDir: g.Config.DataDir, Disk: g.opts.Disk, Now: g.opts.Now, Settle: g.Config.Intake.Settle})
	if err != nil {
		return err
	}
	g.Spool = s
	g.onClose("spool", s.Close)
	for _, p := range g.Config.Participants {
		if err := s.AddAccount(p.Account, spool.Completeness(p.Completeness)); err != nil {
			return err
		}
		for _, dir := range p.Watch {
			if err := s.AddSource(p.Account, dir); err != nil {
				return err
			}
		}
	}
	if g.profiles, err = loadProfiles(g.Config.Print.ProfilesDir); err != nil {
		return err
	}
	g.durable = map[string]bool{}
	for name := range g.profiles {
		if g.durable[name], err = s.AddProfile(name); err != nil {
			return err
		}
	}
	for _, p := range g.Config.Participants {
		if _, ok := g.profiles[p.PrintProfile]; !ok {
			return fmt.Errorf("account %s: no print profile %q", p.Account, p.PrintProfile)
		}
	}
	return nil
}

func loadProfiles(dir string) (map[string]printstreet.Profile, error) {
	if dir == "" {
		p := printstreet.TestProfile()
		return map[string]printstreet.Profile{p.Name: p}, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	profiles := map[string]printstreet.Profile{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		p, err := printstreet.ParseProfile(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		profiles[p.Name] = p
	}
	return profiles, nil
}

func (g *Gateway) openLedger() (err error) {
	g.Ledger, err = ledger.Open(g.Config.LedgerFile(), g.opts.Disk.Hook, g.opts.Now)
	if err != nil {
		return err
	}
	g.onClose("ledger", g.Ledger.Close)
	return nil
}

func (g *Gateway) openRegister() error {
	if len(g.Config.Register.Servers) == 0 {
		return nil
	}
	r := g.Config.Register
	conf, err := clientTLS(r.Cert, r.Key, r.CA)
	if err != nil {
		return err
	}
	g.register, err = register.NewClient(register.Options{Servers: r.Servers, TLS: conf, StaleIfError: r.StaleIfError, Now: g.opts.Now})
	if err != nil {
		return err
	}
	g.onClose("register client", g.register.Close)
	return nil
}

func clientTLS(cert, key, ca string) (*tls.Config, error) {
	pair, err := certs.LoadPair(cert, key)
	if err != nil {
		return nil, err
	}
	roots, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("read CA: %w", err)
	}
	return certs.ClientTLS(pair, roots)
}

func serverTLS(cert, key, ca string) (*tls.Config, error) {
	pair, err := certs.LoadPair(cert, key)
	if err != nil {
		return nil, err
	}
	roots, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("read CA: %w", err)
	}
	return certs.ServerTLS(pair, roots)
}

func (g *Gateway) openPipeline() error {
	var sets []schema.Set
	for _, p := range g.packs.List() {
		sets = append(sets, schema.Set{Name: p.Name, Files: p.Files, Entry: p.Entry})
	}
	validator, err := schema.Start(sets, schema.Options{})
	if err != nil {
		return err
	}
	g.onClose("schema validator", validator.Close)
	deps := pipeline.Deps{Ledger: g.Ledger, Spool: g.Spool, Packs: g.packs, Schema: validator, Log: g.opts.Log, Now: g.opts.Now}
	if g.register != nil {
		deps.Register = g.register
	}
	x := g.Config.XTA.Client
	if x.Cert != "" {
		conf, err := clientTLS(x.Cert, x.Key, x.CA)
		if err != nil {
			return err
		}
		client := xta.NewClient(xta.ClientOptions{TLS: conf, Timeout: x.Timeout, Hook: g.opts.Disk.Hook, Now: g.opts.Now})
		g.onClose("xta client", func() error { client.Close(); return nil })
		deps.Sender, deps.Fetcher = client, client
	}
	g.Pipeline = pipeline.New(g.pipelineConfig(), deps)
	return nil
}

func (g *Gateway) pipelineConfig() pipeline.Config {
	c := g.Config
	limits := xmlgate.DefaultLimits()
	limits.MaxBytes = int64(c.Intake.MaxMessage)
	cfg := pipeline.Config{
		Operator: amtshilfe.Akteur{Kennung: c.Operator.Kennung, Verfahren: "dAmtshilfe-Gateway", Aktenzeichen: "-", Person: operatorPerson(c.Operator)},
		Produkt:  mapping.Produkt{Name: "dAmtshilfe-Gateway", Hersteller: c.Operator.Name, Version: Version},
		Limits:   mapping.DropLimits{Message: limits, MaxBytes: int64(c.Intake.MaxDrop), MaxEntries: c.Intake.ZIP.MaxEntries, MaxRatio: c.Intake.ZIP.MaxRatio},
		MinFree:  int64(c.Intake.MinFree), Profiles: g.profiles, DurableInbox: g.durable,
		SendTimeout: c.XTA.Client.Timeout, ReportSchedule: c.XTA.Client.ReportSchedule, ReportDeadline: c.XTA.Client.ReportDeadline,
		ResendWindow: c.XTA.Client.ResendWindow, OriginalKeep: c.OriginalKeep, ScanEvery: c.Intake.ScanEvery, Poll: g.opts.Poll, Backoff: g.opts.Backoff,
	}
	if c.XTA.Client.Cert != "" {
		cfg.MailboxURL = c.XTA.Client.Mailbox
	}
	for _, p := range c.Participants {
		cfg.Accounts = append(cfg.Accounts, pipeline.Account{Name: p.Account, Title: p.Name, Betriebsart: p.Betriebsart, Kennungen: p.Kennungen,
			AllOrNothing: p.AllOrNothing, PrintProfile: p.PrintProfile, Infos: p.Infos == "container", IBANs: p.IBANs})
	}
	return cfg
}

func operatorPerson(o config.Operator) amtshilfe.Person {
	p := amtshilfe.Person{Firma: o.Name}
	if len(o.Anschriftzeilen) > 0 {
		p.Anschriften = []amtshilfe.Postanschrift{{Zusatz: o.Anschriftzeilen[0]}}
	}
	return p
}

// Address is where a server of the gateway listens: "sftp", "xta", "register" or "status"; "" if it does not.
func (g *Gateway) Address(name string) string {
	for _, s := range g.servers {
		if s.name == name {
			return s.listener.Addr().String()
		}
	}
	return ""
}

// listen opens a configured address, or takes the listener that was given for it.
func (g *Gateway) listen(name, address string, run func(ctx context.Context, l net.Listener) error) error {
	l, given := g.opts.Listeners[name]
	if !given {
		var err error
		if l, err = net.Listen("tcp", address); err != nil {
			return err
		}
	}
	g.onClose(name+" listener", func() error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	g.servers = append(g.servers, server{name, l, run})
	return nil
}

// Run recovers and works until ctx ends, or until something fails that the process must not survive.
func (g *Gateway) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	start := func(name string, f func(context.Context) error) {
		wg.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	// The own XTA server first: lanes of this very process send to it and fetch from it.
	for _, s := range g.servers {
		start(s.name, func(ctx context.Context) error { return s.run(ctx, s.listener) })
	}
	start("pipeline", g.Pipeline.Run)
	start("runs", g.Runs.Run)
	start("wishes", g.grantWishes)
	start("watch", g.watch)
	start("health", g.health)
	<-ctx.Done()
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// health keeps room for the ledger, and ends the process when a database can no longer be trusted: recovery reads the disk
// again (design 4, Disk).
func (g *Gateway) health(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if _, err := g.Spool.Ballast(int64(g.Config.Intake.MinFree)); err != nil {
			g.opts.Log.Warn("no reserve on the disk", "err", err)
		}
		if err := g.Ledger.Failed(); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		if g.Mailbox == nil {
			continue
		}
		if err := g.Mailbox.Failed(); err != nil {
			return fmt.Errorf("mailbox: %w", err)
		}
	}
}

// watch wakes the scan when the file system says that something changed; the periodic scan is the truth.
func (g *Gateway) watch(ctx context.Context) error {
	hints, err := g.Spool.Watch(ctx)
	if err != nil {
		g.opts.Log.Warn("no file system events, folders are only scanned", "err", err)
		<-ctx.Done()
		return nil
	}
	for range hints {
		g.Pipeline.KickScan()
	}
	<-ctx.Done()
	return nil
}

// serving is how a server that ends by a closed listener reports it.
func serving(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, sftpd.ErrClosed) {
		return nil
	}
	return err
}
