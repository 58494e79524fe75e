package app

import (
	"path/filepath"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
)

// openRegister makes the client of the authority servers. Its answers are kept under data_dir/register; where that fails it works without.
func (g *Gateway) openRegister() error {
	if len(g.Config.Register.Servers) == 0 {
		return nil
	}
	disk, err := g.openAnswers()
	if err != nil {
		g.opts.Log.Warn("answers of the authority servers are not kept over a restart", "err", err)
	}
	return g.askRegister(disk)
}

// askRegister makes the client; a process beside the gateway has no cache on disk: that belongs to whoever holds the lock.
func (g *Gateway) askRegister(disk *register.Disk) error {
	if len(g.Config.Register.Servers) == 0 {
		return nil
	}
	client, live, err := registerClient(g.Config.Register, register.Options{Disk: disk, Sperren: g.revoked.hear, Revoked: g.revoked.Revoked, Now: g.opts.Now})
	if err != nil {
		return err
	}
	g.register = client
	g.keep.tls("register", live, func() { g.register.Renew(live.Config()) })
	g.onClose("register client", client.Close)
	return nil
}

// openAnswers opens the cache on disk.
func (g *Gateway) openAnswers() (*register.Disk, error) {
	dir, err := g.opts.Disk.MakeDir(filepath.Join(g.Config.DataDir, "register"))
	if err != nil {
		return nil, err
	}
	g.onClose("register directory", dir.Close)
	disk, err := register.OpenDisk(dir, register.DiskOptions{Keep: g.Config.Register.StaleIfError, Now: g.opts.Now})
	if err != nil {
		return nil, err
	}
	g.onClose("register cache", disk.Close)
	return disk, nil
}

// RegisterClient makes a client of the configured authority servers; now may be nil. Close it when done.
func RegisterClient(c config.Register, now func() time.Time) (*register.Client, error) {
	client, _, err := registerClient(c, register.Options{Now: now})
	return client, err
}

func registerClient(c config.Register, o register.Options) (*register.Client, *certs.Live, error) {
	live, err := certs.OpenClient(certs.Files{Cert: c.Cert, Key: c.Key, CA: c.CA}, o.Now)
	if err != nil {
		return nil, nil, err
	}
	o.Servers, o.TLS, o.StaleIfError, o.Poll = c.Servers, live.Config(), c.StaleIfError, c.Poll
	client, err := register.NewClient(o)
	if err != nil {
		return nil, nil, err
	}
	return client, live, nil
}
