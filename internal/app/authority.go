package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/pages"
)

// Authority is an authority server: a primary, or a secondary that follows one. Run serves until its context ends.
type Authority struct {
	o      Options
	data   *directoryData
	server *register.Server
	live   *certs.Live
	follow *following // nil: a primary
	keep   *keeper    // its own, or that of the gateway which it is part of
	tally  *tally     // nil without a store
	pages  *pages.Pages
	fits   AddressCheck // for the pages: set before it serves
	alone  bool         // it has a process of its own
	own    config.Pages // where the pages are served beside /pflege/
}

func (g *Gateway) openRegisterServer() error {
	if g.Config.Register.Serve.Listen == "" && g.opts.Listeners["register"] == nil {
		return nil
	}
	a, err := newAuthority(g.Config.Register.Serve, g.opts, g.keep)
	if err != nil {
		return err
	}
	g.authority = a
	g.onClose("authority server", a.Close)
	if a.fits, err = NewAddressCheck(g.Config.Print); err != nil {
		return err
	}
	if a.own.Listen != "" || g.opts.Listeners["pages"] != nil {
		if err := g.listen("pages", a.own.Listen, a.servePages); err != nil {
			return err
		}
	}
	return g.listen("register", g.Config.Register.Serve.Listen, a.run)
}

// NewAuthority opens what an authority server works with. Close gives it back.
func NewAuthority(c config.RegisterServer, o Options) (*Authority, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return newAuthority(c, o, newKeeper(o))
}

// RegisterServer makes an authority server from its configuration; the result serves a listener until ctx ends.
func RegisterServer(c config.RegisterServer, o Options) (func(ctx context.Context, l net.Listener) error, error) {
	a, err := NewAuthority(c, o)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, l net.Listener) error { return errors.Join(a.Run(ctx, l), a.Close()) }, nil
}

func newAuthority(c config.RegisterServer, o Options, keep *keeper) (_ *Authority, err error) {
	a := &Authority{o: o, keep: keep, own: c.Pages}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.data, err = openDirectory(c, o); err != nil {
		return nil, err
	}
	if a.live, err = certs.OpenServer(certs.Files{Cert: c.Cert, Key: c.Key, CA: c.ClientCA}, o.Now); err != nil {
		return nil, err
	}
	so, err := a.serverOptions(c)
	if err != nil {
		return nil, err
	}
	if a.fits, err = NewAddressCheck(config.Print{}); err != nil {
		return nil, err
	}
	if a.pages, err = a.newPages(so.Key != nil); err != nil {
		return nil, err
	}
	so.Pages = a.pages.Handler(pages.Mount{Base: register.PagesPath, AnyHost: true})
	if a.server, err = register.NewServer(so); err != nil {
		return nil, err
	}
	a.data.directory = nil // the server has it, until it has another one
	if err = a.openSperren(); err != nil {
		return nil, err
	}
	keep.tls("register.serve", a.live, nil)
	return a, nil
}

// serverOptions is what the configuration says of the server: a primary with a store, a secondary, or a plain file.
func (a *Authority) serverOptions(c config.RegisterServer) (so register.ServerOptions, err error) {
	so = register.ServerOptions{Directory: a.data.directory, Version: a.data.version, Remember: a.data.remember(), Askers: askersOf(c),
		Limit: register.Limit(c.Limit), Log: a.o.Log, Now: a.o.Now}
	if a.data.store != nil {
		so.Store = a.versions()
		a.tally = &tally{store: a.data.store, now: a.o.Now}
		so.Record = a.tally.add
		if c.Follow.Primary == "" {
			so.Meldestelle = a.versions()
		}
	}
	if c.SigningKey != "" {
		data, err := os.ReadFile(c.SigningKey)
		if err != nil {
			return so, fmt.Errorf("signing_key: %w", err)
		}
		if so.Key, err = register.ParseSigningKey(data); err != nil {
			return so, err
		}
	}
	if c.Follow.Primary != "" {
		if a.follow, err = newFollowing(c, a.o, a); err != nil {
			return so, fmt.Errorf("follow: %w", err)
		}
		so.Following = a.follow.state
	}
	return so, nil
}

func (a *Authority) versions() versions { return versions{a.data.store, a.o.Now, a.refresh} }

// refresh lets the server answer from the version in force now.
func (a *Authority) refresh() {
	if dir, v, err := a.data.store.Current(); err == nil {
		a.server.ReplaceVersion(dir, versionOf(v))
	}
}

func askersOf(c config.RegisterServer) (list []register.Asker) {
	for _, a := range c.Askers {
		list = append(list, register.Asker{Name: a.Name, Fingerprint: a.Certificate, Role: register.Role(a.Rolle), Betriebsarten: a.Betriebsarten})
	}
	return list
}

// Run serves the listener and the maintainers' pages, and looks after files and certificates, until ctx ends.
func (a *Authority) Run(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a.alone = true
	debug.SetMemoryLimit(softMemory)
	var wg sync.WaitGroup
	if a.own.Listen != "" {
		own, err := net.Listen("tcp", a.own.Listen)
		if err != nil {
			return err
		}
		wg.Go(func() {
			if err := a.servePages(ctx, own); err != nil { // that nothing can be shown does not end the answers
				a.o.Log.Error("maintainers' pages ended", "err", err)
			}
		})
	}
	wg.Go(func() { a.keep.run(ctx) })
	wg.Go(func() {
		a.keep.watchExpiry(ctx, time.Now, func(context.Context) ([]Certificate, error) { return append(a.keep.certificates(), a.ending()...), nil })
	})
	err := a.run(ctx, l)
	cancel()
	wg.Wait()
	return err
}

// run serves the listener, follows the primary and writes what was asked, until ctx ends.
func (a *Authority) run(ctx context.Context, l net.Listener) error {
	beside, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	if a.follow != nil {
		wg.Go(func() { a.follow.run(beside) })
	}
	if a.tally != nil {
		wg.Go(func() { a.tally.run(beside, a.o.Log) })
	}
	if a.data.store != nil {
		wg.Go(func() { a.data.store.WatchSperren(beside, a.server.SetSperren) })
	}
	wg.Go(func() { a.preparePages(beside) })
	err := a.data.serve(ctx, a.server, func(ctx context.Context) error { return a.server.Serve(ctx, l, a.live.Listener("h2", "http/1.1")) })
	stop()
	wg.Wait()
	return err
}

// Close gives everything back. It may be called twice.
func (a *Authority) Close() error {
	var err error
	if a.follow != nil {
		err = a.follow.close()
		a.follow = nil
	}
	if a.tally != nil {
		err = errors.Join(err, a.tally.flush())
		a.tally = nil
	}
	if a.data != nil {
		err = errors.Join(err, a.data.close())
		a.data = nil
	}
	return err
}

// Reload is what SIGHUP asks for: the askers of the new configuration come into force, and certificates are looked at now.
func (a *Authority) Reload(c config.RegisterServer) {
	a.use(c)
	a.keep.look(true)
	a.o.Log.Info("reloaded")
}

// use puts the askers of a new configuration into force.
func (a *Authority) use(c config.RegisterServer) {
	err := a.server.SetAskers(askersOf(c))
	if err == nil {
		a.o.Log.Info("askers read again", "askers", len(c.Askers))
	}
	a.keep.judge("register.serve.askers", err, true)
}
