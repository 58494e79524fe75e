package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/status"
	"damtshilfe/internal/xta"
)

// Certificate is one that must be renewed in time.
type Certificate struct {
	Name        string // "xta.server" or the like; of an account "xta.server.accounts" and its first kennung
	Fingerprint string
	NotAfter    time.Time // zero = not known: only a fingerprint is configured, and it was never used
	LastUsed    time.Time // of an account; zero = never
	Account     bool      // belongs to another: its owner renews it
}

// Certificates lists those that a configuration names, without starting anything. A file that cannot be read is an error.
func Certificates(ctx context.Context, c config.Config) (list []Certificate, err error) {
	for _, own := range []struct{ name, file string }{{"xta.server", c.XTA.Server.Cert}, {"xta.client", c.XTA.Client.Cert},
		{"register", c.Register.Cert}, {"register.serve", c.Register.Serve.Cert}, {"register.serve.follow", c.Register.Serve.Follow.Cert}} {
		if own.file == "" {
			continue
		}
		cert, err := certs.ReadCert(own.file)
		if err != nil {
			return list, fmt.Errorf("%s.cert: %w", own.name, err)
		}
		list = append(list, Certificate{Name: own.name, Fingerprint: certs.Fingerprint(cert), NotAfter: cert.NotAfter})
	}
	if _, err := os.Stat(c.MailboxDir()); err != nil {
		return list, nil // no mailbox yet, so nobody has called
	}
	accounts, err := XTAAccounts(ctx, c)
	return append(list, ofAccounts(accounts)...), err
}

func ofAccounts(accounts []XTAAccount) (list []Certificate) {
	for _, a := range accounts {
		name := "xta.server.accounts"
		if len(a.Kennungen) > 0 {
			name += " " + a.Kennungen[0]
		}
		if n := len(a.Kennungen); n > 1 {
			name += fmt.Sprintf(" (+%d)", n-1)
		}
		for _, c := range a.Certificates {
			list = append(list, Certificate{Name: name, Fingerprint: c.Fingerprint, NotAfter: c.NotAfter, LastUsed: c.LastUsed, Account: true})
		}
	}
	return list
}

// certificates lists the own ones in force.
func (k *keeper) certificates() (list []Certificate) {
	for _, i := range k.items {
		if i.live != nil {
			leaf := i.live.Leaf()
			list = append(list, Certificate{Name: i.name, Fingerprint: certs.Fingerprint(leaf), NotAfter: leaf.NotAfter})
		}
	}
	return list
}

// certificates lists those in force, and those of the accounts.
func (g *Gateway) certificates(ctx context.Context) ([]Certificate, error) {
	list := append(g.keep.certificates(), g.keys.expiring()...)
	if g.authority != nil {
		list = append(list, g.authority.ending()...)
	}
	if g.accounts == nil {
		return list, nil
	}
	uses := map[string]xta.CertificateUse{}
	all, err := g.Mailbox.CertificateUses(ctx)
	for _, u := range all {
		uses[u.Fingerprint] = u
	}
	return append(list, ofAccounts(g.accounts.list(uses))...), err
}

// watchExpiry says in the log at the start and once a day what must be renewed.
func (k *keeper) watchExpiry(ctx context.Context, now func() time.Time, list func(context.Context) ([]Certificate, error)) {
	tick := time.NewTicker(24 * time.Hour)
	defer tick.Stop()
	for {
		found, err := list(ctx)
		if err != nil && ctx.Err() == nil {
			k.log.Warn("uses of certificates not read", "err", err)
		}
		for _, c := range found {
			k.warnExpiry(c, now())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// rests says that nobody would miss the certificate: one of an account that was not used for a month, after a renewal.
func (c Certificate) rests(now time.Time) bool {
	return c.NotAfter.IsZero() || c.Account && now.Sub(c.LastUsed) > 30*24*time.Hour
}

func (k *keeper) warnExpiry(c Certificate, now time.Time) {
	if c.rests(now) {
		return
	}
	level, text := slog.LevelWarn, "certificate ends soon: renew it"
	switch u := certs.UrgencyOf(c.NotAfter, now); {
	case u == certs.Fine:
		return
	case u == certs.Expired:
		level, text = slog.LevelError, "certificate has ended"
	case u == certs.Urgent:
		level = slog.LevelError
	}
	k.log.Log(context.Background(), level, text, "what", c.Name, "until", c.NotAfter.Format(time.DateOnly),
		"days", int(c.NotAfter.Sub(now).Hours()/24), "sha256", c.Fingerprint)
}

// showCertificates puts them on the page, and what cannot wait into its notices.
func (g *Gateway) showCertificates(ctx context.Context, o *status.Overview) error {
	list, err := g.certificates(ctx)
	for _, c := range list {
		u := certs.Fine
		if !c.NotAfter.IsZero() {
			u = certs.UrgencyOf(c.NotAfter, o.At)
		}
		o.Certificates = append(o.Certificates, status.Certificate{Name: c.Name, Fingerprint: c.Fingerprint, NotAfter: c.NotAfter,
			LastUsed: c.LastUsed, Account: c.Account, Urgency: u.String()})
		switch {
		case g.revoked.Has(c.Fingerprint):
			o.Notices = append(o.Notices, fmt.Sprintf("Das Zertifikat %s (%.16s) ist gesperrt und gilt nicht mehr; bitte ersetzen.", c.Name, c.Fingerprint))
		case c.rests(o.At):
		case u == certs.Expired:
			o.Notices = append(o.Notices, fmt.Sprintf("Das Zertifikat %s ist am %s abgelaufen.", c.Name, c.NotAfter.Format("02.01.2006")))
		case u >= certs.Near:
			o.Notices = append(o.Notices, fmt.Sprintf("Das Zertifikat %s läuft am %s ab; bitte erneuern.", c.Name, c.NotAfter.Format("02.01.2006")))
		}
	}
	o.Notices = append(o.Notices, g.keep.notices()...)
	return err
}

// Line is what `gateway check` prints of a certificate; ok is false if it has ended.
func (c Certificate) Line(now time.Time) (line string, ok bool) {
	var b strings.Builder
	u := certs.UrgencyOf(c.NotAfter, now)
	days := int(c.NotAfter.Sub(now).Hours() / 24)
	switch {
	case c.NotAfter.IsZero():
		fmt.Fprintf(&b, "its end is not known")
		u = certs.Fine
	case u == certs.Expired:
		fmt.Fprintf(&b, "expired on %s", c.NotAfter.Format(time.DateOnly))
	case u == certs.Fine:
		fmt.Fprintf(&b, "valid until %s", c.NotAfter.Format(time.DateOnly))
	default:
		fmt.Fprintf(&b, "expires soon, on %s, in %d days (%s)", c.NotAfter.Format(time.DateOnly), days, u)
	}
	if c.Account {
		used := "never used"
		if !c.LastUsed.IsZero() {
			used = "last used " + c.LastUsed.Format("2006-01-02 15:04")
		}
		fmt.Fprintf(&b, ", %s", used)
	}
	return b.String(), u != certs.Expired || c.Account
}
