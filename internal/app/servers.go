package app

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sftpd"
	"damtshilfe/internal/status"
	"damtshilfe/internal/xta"

	"golang.org/x/crypto/ssh"
)

// grace is how long a server lets requests under way finish.
const grace = 5 * time.Second

func (g *Gateway) openMailbox() error {
	if g.Config.XTA.Server.Listen == "" && g.opts.Listeners["xta"] == nil {
		return nil
	}
	dir, err := g.opts.Disk.MakeDir(g.Config.MailboxDir())
	if err != nil {
		return err
	}
	g.onClose("xta directory", dir.Close)
	zone, err := time.LoadLocation(g.Config.Runs.Zone)
	if err != nil {
		return err
	}
	if g.Mailbox, err = xta.OpenMailbox(dir, xta.MailboxOptions{Now: g.opts.Now, Hook: g.opts.Disk.Hook, Zone: zone}); err != nil {
		return err
	}
	g.onClose("xta mailbox", g.Mailbox.Close)
	return nil
}

func (g *Gateway) openXTAServer() error {
	if g.Mailbox == nil {
		return nil
	}
	c := g.Config.XTA.Server
	live, err := certs.OpenServer(certs.Files{Cert: c.Cert, Key: c.Key, CA: c.ClientCA}, g.opts.Now)
	if err != nil {
		return err
	}
	g.keep.tls("xta.server", live, nil)
	tenants, err := readTenants(g.Config)
	if err != nil {
		return err
	}
	book, err := newAccountFiles(c, tenants)
	if err != nil {
		return err
	}
	s, err := xta.NewServer(xta.ServerOptions{Name: c.Name, Mailbox: g.Mailbox, Accounts: book.accounts, Readers: g.reader, Route: g.route(),
		Logger: g.opts.Log, Now: g.opts.Now, Hook: g.opts.Disk.Hook, Revoked: g.revoked.Revoked})
	if err != nil {
		return err
	}
	book.set, g.accounts = s.SetAccounts, book
	g.keep.add("xta.server.accounts", book.reload)
	return g.listen("xta", c.Listen, func(ctx context.Context, l net.Listener) error { return s.Serve(ctx, l, live.Listener("http/1.1")) })
}

// reader says which mailboxes this gateway has: one for each kennung of a participant.
func (g *Gateway) reader(kennung string) (xta.Reader, bool) {
	for _, p := range g.Config.Participants {
		for _, k := range p.Kennungen {
			if k == kennung && k != "*" {
				return xta.Reader{Kennung: k, Betriebsart: p.Betriebsart, Services: []string{xta.ServiceURI}, Certificates: g.encryptFor(p.Account)}, true
			}
		}
	}
	return xta.Reader{}, false
}

// LoadDirectory reads a directory file; "" is the embedded sample.
func LoadDirectory(path string) (*register.Directory, error) {
	if path == "" {
		return register.Sample()
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return register.Read(data)
}

func (g *Gateway) openSFTP() error {
	c := g.Config.SFTP
	if c.Listen == "" && g.opts.Listeners["sftp"] == nil {
		return nil
	}
	o := sftpd.Options{Files: g.Spool, Intake: sftpIntake{g}, Log: g.opts.Log, Now: g.opts.Now, Limits: sftpd.Limits{MaxUpload: int64(g.Config.Intake.MaxDrop)}}
	for _, path := range c.HostKeys {
		key, err := sftpd.ReadHostKey(path)
		if err != nil {
			return err
		}
		o.HostKeys = append(o.HostKeys, key)
	}
	for _, p := range g.Config.Participants {
		var keys []ssh.PublicKey
		for _, path := range p.SFTPKeys {
			k, err := sftpd.ReadKeys(path)
			if err != nil {
				return err
			}
			keys = append(keys, k...)
		}
		if len(keys) > 0 {
			o.Accounts = append(o.Accounts, sftpd.Account{Name: p.Account, Keys: keys})
		}
	}
	s, err := sftpd.New(o)
	if err != nil {
		return err
	}
	return g.listen("sftp", c.Listen, func(ctx context.Context, l net.Listener) error {
		stop := context.AfterFunc(ctx, func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
			defer cancel()
			if err := s.Close(ctx); err != nil {
				g.opts.Log.Warn("sftp server did not end cleanly", "err", err)
			}
		})
		defer stop()
		return serving(s.Serve(l))
	})
}

func (g *Gateway) openStatus() error {
	if g.Config.Status.Listen == "" && g.opts.Listeners["status"] == nil {
		return nil
	}
	handler, err := status.Handler(statusSource{g}, g.Config.Status.Hosts...)
	if err != nil {
		return err
	}
	return g.listen("status", g.Config.Status.Listen, serveHTTP(handler, g.opts))
}

// sftpIntake turns uploads into claims: CLOSE answers OK only after the drop is durable and booked.
type sftpIntake struct{ g *Gateway }

// Create begins an upload.
func (i sftpIntake) Create(account, name string) (sftpd.Upload, error) {
	if err := i.g.Pipeline.Room(); err != nil {
		return nil, i.refusal(err)
	}
	u, err := i.g.Spool.NewUpload(account, name)
	if err != nil {
		return nil, i.refusal(err)
	}
	return &sftpUpload{i, u}, nil
}

// Rename gives a waiting file another name, or claims it under its final one.
func (i sftpIntake) Rename(account, from, to string) error {
	waits, err := i.g.Spool.Waits(account, to)
	if err != nil {
		return i.refusal(err)
	}
	if waits {
		return i.refusal(i.g.Spool.RenameWaiting(account, from, to))
	}
	c, err := i.g.Spool.RenameCandidate(account, from, to)
	if err != nil {
		return i.refusal(err)
	}
	_, err = i.g.Pipeline.Claim([]candidate{c})
	return i.refusal(err)
}

type sftpUpload struct {
	intake sftpIntake
	upload
}

// Finish publishes a name that waits, or claims the file.
func (u *sftpUpload) Finish() error {
	if u.Waits() {
		return u.intake.refusal(u.Publish())
	}
	c, err := u.Candidate()
	if err != nil {
		return u.intake.refusal(err)
	}
	ids, err := u.intake.g.Pipeline.Claim([]candidate{c})
	if err == nil && len(ids) == 0 {
		err = errVanished
	}
	return u.intake.refusal(errors.Join(err, u.Discard()))
}
