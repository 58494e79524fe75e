package app

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// OpenStore opens the store of an authority server; close it when done.
func OpenStore(c config.RegisterServer, o Options) (*store.Store, error) {
	return openStore(c, o, false)
}

// OpenExistingStore opens it for those who only read: what is not there is not made.
func OpenExistingStore(c config.RegisterServer, o Options) (*store.Store, error) {
	return openStore(c, o, true)
}

func openStore(c config.RegisterServer, o Options, must bool) (*store.Store, error) {
	so := store.Options{Now: o.Now, Log: o.Log, SecondPerson: c.SecondPerson, MustExist: must, Keep: store.Keep(c.Keep)}
	if o.Disk != nil {
		so.Hook = o.Disk.Hook
	}
	return store.Open(c.Store, so)
}

// directoryData is where an authority server's answers come from: a file, or a store that is looked at all the time.
type directoryData struct {
	directory *register.Directory // nil: the empty store of a secondary
	store     *store.Store        // nil: a file
	version   register.Version    // of directory in the store
}

// openDirectory does not open an empty store, unless it is a secondary's: a server that knows nobody would answer that nobody is competent.
func openDirectory(c config.RegisterServer, o Options) (d *directoryData, err error) {
	d = &directoryData{}
	if c.Store == "" {
		d.directory, err = LoadDirectory(c.Directory)
		return d, err
	}
	if d.store, err = openStore(c, o, c.Follow.Primary == ""); err != nil {
		return nil, err
	}
	dir, v, err := d.store.Current()
	if errors.Is(err, store.ErrEmpty) {
		if c.Follow.Primary != "" {
			return d, nil
		}
		err = fmt.Errorf("%s: %w: begin with gateway register import", c.Store, err)
	}
	if err != nil {
		return nil, errors.Join(err, d.store.Close())
	}
	d.directory, d.version = dir, versionOf(v)
	return d, nil
}

// ReadDirectory is what an authority server of this configuration would answer from now.
func ReadDirectory(c config.RegisterServer) (*register.Directory, error) {
	d, err := openDirectory(c, Options{})
	if err != nil {
		return nil, err
	}
	return d.directory, d.close()
}

func (d *directoryData) close() error {
	if d.store == nil {
		return nil
	}
	return d.store.Close()
}

// remember is nil for a file: it has nothing to compare answers with.
func (d *directoryData) remember() func(amtshilfe.Einnahmeart, amtshilfe.Postanschrift, amtshilfe.Betriebsart) {
	if d.store == nil {
		return nil
	}
	return func(e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift, b amtshilfe.Betriebsart) {
		d.store.RememberQuestion(store.Question{Betriebsart: b, Einnahmeart: e, PLZ: a.Postleitzahl, Ort: a.Ort})
	}
}

// serve runs the server, and lets it answer from every version that comes into force meanwhile.
func (d *directoryData) serve(ctx context.Context, s *register.Server, run func(context.Context) error) error {
	if d.store == nil {
		return run(ctx)
	}
	watched, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		d.store.Watch(watched, d.version.Seq, func(dir *register.Directory, v store.Fassung) { s.ReplaceVersion(dir, versionOf(v)) })
	})
	err := run(ctx)
	stop()
	wg.Wait()
	return err
}
