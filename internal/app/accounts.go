package app

import (
	"context"
	"errors"
	"time"

	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

// XTAAccount is an account of the own XTA server, with what its certificates did.
type XTAAccount struct {
	Kennungen    []string         `json:"kennungen"`
	Locked       bool             `json:"locked"`
	Certificates []XTACertificate `json:"certificates"` // during a renewal the old one and the new one
}

// XTACertificate is a client certificate of an account.
type XTACertificate struct {
	Fingerprint string    `json:"fingerprint"`
	NotAfter    time.Time `json:"not_after,omitzero"` // end; zero while it was never used here and only its fingerprint is configured
	File        string    `json:"file,omitempty"`     // name in certificates_dir; "" = its fingerprint is in config.yaml
	LastUsed    time.Time `json:"last_used,omitzero"` // at most an hour too early; zero = never
}

// XTAAccounts lists the accounts of the own XTA server with the last use of their certificates, so that an old one can be taken out
// when it rests. It may run beside a serving gateway.
func XTAAccounts(ctx context.Context, cfg config.Config) ([]XTAAccount, error) {
	uses := map[string]xta.CertificateUse{}
	err := withMailbox(cfg, func(m *xta.Mailbox) error {
		list, err := m.CertificateUses(ctx)
		for _, u := range list {
			uses[u.Fingerprint] = u
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	tenants, err := readTenants(cfg)
	if err != nil {
		return nil, err
	}
	book, err := newAccountFiles(cfg.XTA.Server, tenants)
	if err != nil {
		return nil, err
	}
	return book.list(uses), nil
}

// withMailbox opens the mailbox of the data directory for f; there may be a serving gateway beside it.
func withMailbox(cfg config.Config, f func(*xta.Mailbox) error) (err error) {
	dir, err := durable.New(nil).OpenDir(cfg.MailboxDir())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	m, err := xta.OpenMailbox(dir, xta.MailboxOptions{Beside: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	return f(m)
}
