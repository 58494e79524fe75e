package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/spool"
)

// Decider carries what people decide from a process of its own into the ledger. It writes intents only: the process that holds
// the lock sees due work within a second and does the rest.
type Decider struct {
	pipeline *pipeline.Pipeline
	gateway  *Gateway
}

// NewDecider opens the ledger beside a gateway that may serve.
func NewDecider(cfg config.Config) (_ *Decider, err error) {
	o := Options{Now: clock(time.Now, cfg), Disk: durable.New(nil), Log: slog.New(slog.DiscardHandler)}
	g := &Gateway{Config: cfg, opts: o, keep: newKeeper(o), revoked: newRevocations(o.Log)} // what is revoked is for the gateway to keep
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	if g.Spool, err = spool.OpenReadOnly(spool.Options{DataDir: cfg.DataDir}); err != nil {
		return nil, err
	}
	g.onClose("spool", g.Spool.Close)
	if err := addFolders(g.Spool, cfg); err != nil {
		return nil, err
	}
	if g.profiles, err = loadProfiles(cfg.Print); err != nil {
		return nil, err
	}
	if g.Ledger, err = ledger.Open(cfg.LedgerFile(), nil, g.opts.Now); err != nil {
		return nil, err
	}
	g.onClose("ledger", g.Ledger.Close)
	if err := g.askRegister(nil); err != nil {
		return nil, err
	}
	deps := pipeline.Deps{Ledger: g.Ledger, Spool: g.Spool, Now: g.opts.Now}
	if g.register != nil {
		deps.Register = g.register
	}
	return &Decider{pipeline: pipeline.New(g.pipelineConfig(), deps), gateway: g}, nil
}

// Close gives the ledger back.
func (d *Decider) Close() error { return d.gateway.Close() }

// Release lets a held delivery or inbound message go on, or a drop that waits whole.
func (d *Decider) Release(ctx context.Context, id string, by pipeline.Decision) error {
	if in := amtshilfe.InboxID(id); in.Valid() {
		return d.pipeline.ReleaseInbound(in, by)
	}
	if drop := amtshilfe.DropID(id); drop.Valid() {
		return d.pipeline.ReleaseDrop(drop, by)
	}
	delivery, err := amtshilfe.ParseDeliveryID(id)
	if err != nil {
		return err
	}
	return d.pipeline.Release(ctx, delivery, by)
}

// Reject ends a held delivery or inbound message, or a drop that waits whole: that is carried out by the process that holds the lock.
func (d *Decider) Reject(id string, by pipeline.Decision) error {
	if in := amtshilfe.InboxID(id); in.Valid() {
		return d.pipeline.RejectInbound(in, by)
	}
	if drop := amtshilfe.DropID(id); drop.Valid() {
		return d.pipeline.RejectDrop(drop, by)
	}
	delivery, err := amtshilfe.ParseDeliveryID(id)
	if err != nil {
		return err
	}
	return d.pipeline.Reject(delivery, by)
}

// Retry asks again, about a delivery or an inbound message.
func (d *Decider) Retry(ctx context.Context, id string, by pipeline.Decision) error {
	if in := amtshilfe.InboxID(id); in.Valid() {
		return d.pipeline.RetryInbound(in, by)
	}
	delivery, err := amtshilfe.ParseDeliveryID(id)
	if err != nil {
		return err
	}
	return d.pipeline.Retry(ctx, delivery, by)
}

// Confirm says that the print centre has a bundle.
func (d *Decider) Confirm(id string, by pipeline.Decision) error {
	return d.pipeline.ConfirmBundle(amtshilfe.BundleID(id), by)
}

// Republish says that the print centre never saw a bundle.
func (d *Decider) Republish(id string, by pipeline.Decision) error {
	return d.pipeline.RepublishBundle(amtshilfe.BundleID(id), by)
}

// Recall wants a bundle back that the print centre has not taken yet.
func (d *Decider) Recall(id string, by pipeline.Decision) error {
	return d.pipeline.RecallBundle(amtshilfe.BundleID(id), by)
}

// Reprint has a letter or a bundle printed again.
func (d *Decider) Reprint(id string, by pipeline.Decision) (ledger.Bundle, error) {
	return d.pipeline.Reprint(id, by)
}

// ReleasePrint releases a print profile and the form of the letters for production.
func (d *Decider) ReleasePrint(profile string, by pipeline.Decision) error {
	return d.pipeline.ReleasePrint(profile, by)
}

// addFolders tells a spool that is open for reading which accounts and print profiles there are.
func addFolders(s *spool.Spool, cfg config.Config) error {
	for _, p := range cfg.Participants {
		if err := s.AddAccount(p.Account, spool.Completeness(p.Completeness)); err != nil {
			return err
		}
	}
	profiles, err := loadProfiles(cfg.Print)
	if err != nil {
		return err
	}
	for name := range profiles {
		if _, err := s.AddProfile(name); err != nil {
			return err
		}
	}
	return nil
}

// clock is the gateway's clock on the wall of its zone: rules, letters and receipts speak of German days.
func clock(now func() time.Time, cfg config.Config) func() time.Time {
	zone, err := time.LoadLocation(cfg.Runs.Zone)
	if err != nil {
		return now // Validate has refused such a configuration
	}
	return func() time.Time { return now().In(zone) }
}
