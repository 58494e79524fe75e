package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register/store"
)

type registerCmd struct {
	Serve      registerServeCmd      `cmd:"" help:"Serve the directory of register.serve on its own."`
	Import     registerImportCmd     `cmd:"" help:"Put a file into the directory: official lists, postcodes, reforms, authorities, competences; exit 3 if lines were left out."`
	Export     registerExportCmd     `cmd:"" help:"Write a version of the directory as YAML."`
	Check      registerCheckCmd      `cmd:"" help:"Check a directory file, or the directory in force; exit 3 if it has faults."`
	History    registerHistoryCmd    `cmd:"" help:"List the versions."`
	Rollback   registerRollbackCmd   `cmd:"" help:"Put the content of an earlier version into force again, as a new version."`
	Pending    registerPendingCmd    `cmd:"" help:"Changes that wait for a second person."`
	Key        registerKeyCmd        `cmd:"" help:"Make the key by which a primary signs the versions that its secondaries fetch."`
	Gaps       registerGapsCmd       `cmd:"" help:"What is missing in the directory; exit 3 if anything is."`
	Coverage   registerCoverageCmd   `cmd:"" help:"For how many municipalities somebody answers, Land by Land."`
	Certs      registerCertsCmd      `cmd:"" help:"Certificates: what ends when, import, revoke."`
	Report     registerReportCmd     `cmd:"" help:"Hand in what is new about an own participant, or that the directory is right."`
	Reports    registerReportsCmd    `cmd:"" help:"What participants have handed in: list, show, accept, reject."`
	Retire     registerRetireCmd     `cmd:"" help:"End an authority's participation with a month; --dry-run shows what is under way."`
	Deactivate registerDeactivateCmd `cmd:"" help:"Send nothing to an authority any more, at once."`
	Activate   registerActivateCmd   `cmd:"" help:"Let it be sent to again."`
	Generate   registerGenerateCmd   `cmd:"" help:"Write a directory with fictitious cash offices for every municipality of a list (betriebsart test)."`
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
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	a, err := app.NewAuthority(c, app.Options{Log: e.log})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	defer reloadOn(hangups, e, func(cfg config.Config) { a.Reload(cfg.Register.Serve) })()
	e.log.Info("listening", "server", "register", "address", l.Addr())
	return errors.Join(a.Run(e.ctx, l), a.Close())
}

// storeAt is what every command with the versions of the directory takes.
type storeAt struct {
	Store string `placeholder:"DIR" help:"Folder of the versions (default register.serve.store of the configuration)."`
}

// open opens the store to read it; close it when done. One that is not there is not made. A folder that is named is used as the configuration would be, if there is one.
func (c storeAt) open(e *env) (*store.Store, error) {
	serve, err := c.serve(e)
	if err != nil {
		return nil, err
	}
	return app.OpenExistingStore(serve, app.Options{Log: e.log})
}

// openToChange opens a store that is not a copy of another server's.
func (c storeAt) openToChange(e *env) (*store.Store, error) {
	serve, err := c.serve(e)
	if err == nil && serve.Follow.Primary != "" {
		err = usageError{fmt.Errorf("register.serve.follow: this is a secondary; change the directory of %s", serve.Follow.Primary)}
	}
	if err != nil {
		return nil, err
	}
	return app.OpenStore(serve, app.Options{Log: e.log})
}

func (c storeAt) serve(e *env) (serve config.RegisterServer, err error) {
	if c.Store == "" || e.config != "" {
		cfg, err := e.load()
		if err != nil {
			return serve, err
		}
		serve = cfg.Register.Serve
	}
	if c.Store != "" {
		serve.Store = c.Store
	}
	if serve.Store == "" {
		return serve, usageError{errors.New("register.serve.store: not configured, and no --store")}
	}
	return serve, nil
}

// said tells what became of a change.
func said(e *env, r store.Result) error {
	var err error
	switch {
	case r.Unchanged:
		_, err = fmt.Fprintln(e.out, "nothing changed, no new version")
	case r.Proposed.ID != 0:
		_, err = fmt.Fprintf(e.out, "waits for a second person as change %d: gateway register pending accept %d\n", r.Proposed.ID, r.Proposed.ID)
	default:
		_, err = fmt.Fprintf(e.out, "in force: version %s (%d)\n", r.Fassung.Version, r.Fassung.Seq)
	}
	return err
}

// progress says on a terminal what is being done; in a pipe it is quiet.
func (e *env) progress(text string) {
	if f, ok := e.errOut.(*os.File); ok {
		if i, err := f.Stat(); err == nil && i.Mode()&os.ModeCharDevice != 0 {
			fmt.Fprintf(f, "\r\x1b[K%s", text)
		}
	}
}
