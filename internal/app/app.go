// Package app wires a gateway together from its configuration, starts it and stops it in reverse order.
//
// It owns no logic of the pipeline: it opens what others own, hands it over through interfaces, and adapts one package's words
// to another's (SFTP uploads to claims, the ledger to the status page, the ledger to the run table).
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/register"
	"damtshilfe/internal/runs"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/sftpd"
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
	// Listeners, by "sftp", "xta", "register", "pages" or "status", are used instead of opening the configured address.
	Listeners map[string]net.Listener
	Poll      time.Duration // between two looks for due work, 0 = 1 s
	Backoff   time.Duration // first pause after a failure, 0 = 30 s; else it is that between attempts at a data centre, too
	Keep      time.Duration // between two looks at certificates and accounts that may be replaced, 0 = 2 s
}

// Gateway is a wired gateway. New opens everything, Run works until its context ends, Close gives everything back.
type Gateway struct {
	Config   config.Config
	Ledger   *ledger.Ledger
	Spool    *spool.Spool
	Pipeline *pipeline.Pipeline
	Runs     *runs.Scheduler
	Mailbox  *xta.Mailbox // nil without an own XTA server

	opts      Options
	packs     *mapping.Packs
	validator *schema.Validator
	mappings  map[string][]*mapping.FlatMapping  // by account
	letters   map[string]*printstreet.Stationery // by account
	keys      *keyFiles                          // decryption keys of the accounts
	register  *register.Client
	revoked   *revocations  // certificates that count no longer
	authority *Authority    // nil: another process serves the directory
	xtaClient *xta.Client   // nil if nothing is sent by XTA
	keep      *keeper       // of files that may be replaced in use
	accounts  *accountFiles // of the own XTA server; nil without one
	states    accountStates
	profiles  map[string]printstreet.Profile
	durable   map[string]bool
	servers   []server
	closers   []closer
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
	g := &Gateway{Config: cfg, opts: o, keep: newKeeper(o), states: accountStates{wake: make(chan struct{}, 1)}}
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
		{"packs", g.openPacks}, {"mappings", g.openMappings}, {"letters", g.openLetters}, {"keys", g.openKeys}, {"spool", g.openSpool}, {"ledger", g.openLedger}, {"revocations", g.openRevocations}, {"register client", g.openRegister},
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

// Address is where a server of the gateway listens: "sftp", "xta", "register", "pages" or "status"; "" if it does not.
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
	if err := g.Pipeline.Recover(); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
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
	start("mailbox", g.tidyMailbox)
	start("relay", g.relay)
	start("health", g.health)
	start("files", func(ctx context.Context) error { g.keep.run(ctx); return nil })
	start("accounts", g.checkAccounts)
	start("tenants", g.followTenants)
	start("certificates", func(ctx context.Context) error { g.keep.watchExpiry(ctx, g.opts.Now, g.certificates); return nil })
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
