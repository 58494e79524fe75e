package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
)

// following keeps a secondary at the version of its primary.
type following struct {
	*register.Follower
	dir  *durable.Dir // of the store
	log  *slog.Logger
	zone *time.Location
}

func newFollowing(c config.RegisterServer, o Options, a *Authority) (_ *following, err error) {
	f := &following{log: o.Log, zone: time.Local}
	if zone, err := time.LoadLocation("Europe/Berlin"); err == nil {
		f.zone = zone
	}
	data, err := os.ReadFile(c.Follow.PublicKey)
	if err != nil {
		return nil, err
	}
	key, err := register.ParsePublicKey(data)
	if err != nil {
		return nil, err
	}
	live, err := certs.OpenClient(certs.Files{Cert: c.Follow.Cert, Key: c.Follow.Key, CA: c.Follow.CA}, o.Now)
	if err != nil {
		return nil, err
	}
	disk := o.Disk
	if disk == nil {
		disk = durable.New(nil)
	}
	if f.dir, err = disk.MakeDir(c.Store); err != nil {
		return nil, err
	}
	store := a.versions()
	f.Follower, err = register.NewFollower(register.FollowOptions{Primary: c.Follow.Primary, TLS: live.Config(), Key: key, Every: c.Follow.Every,
		Current: store.current, Adopt: store.adopt, Sperren: a.adoptSperren,
		Heard: f.lastHeard(), Log: o.Log, Now: o.Now})
	if err != nil {
		return nil, errors.Join(err, f.dir.Close())
	}
	a.keep.tls("register.serve.follow", live, func() { f.Renew(live.Config()) })
	return f, nil
}

// run follows, and notes now and then when it last did: after a restart without the primary answers must not look younger than they are.
func (f *following) run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { f.Run(ctx) })
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if err := f.note(); err != nil {
			f.log.Warn("register: not noted when the primary was last followed", "err", err)
		}
	}
	wg.Wait()
}

// heardFile says, as RFC 3339, when the store was last known to have the primary's newest version.
const heardFile = "heard"

func (f *following) lastHeard() time.Time {
	data, err := os.ReadFile(filepath.Join(f.dir.Path(), heardFile))
	if err != nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(string(data)))
	if err != nil {
		return time.Time{}
	}
	return t
}

func (f *following) note() error {
	heard := f.State().Heard
	if heard.IsZero() || heard.Equal(f.lastHeard()) {
		return nil
	}
	if err := f.dir.Remove(heardFile + ".tmp"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := f.dir.WriteFile(heardFile+".tmp", []byte(heard.UTC().Format(time.RFC3339)+"\n")); err != nil {
		return err
	}
	return errors.Join(f.dir.Replace(f.dir, heardFile+".tmp", heardFile), f.dir.Sync())
}

// state is what the server says of itself in its answers.
func (f *following) state() (behind time.Duration, trouble string) {
	return f.Behind(), f.State().Text(f.zone)
}

func (f *following) close() error { return errors.Join(f.Follower.Close(), f.note(), f.dir.Close()) }
