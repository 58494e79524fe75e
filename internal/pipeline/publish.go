package pipeline

import (
	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/printstreet"
	"damtshilfe/spool"
)

// door books, before anything can be seen, what recovery needs to tell "never visible" from "perhaps seen".
func (p *Pipeline) door(b *ledger.Bundle) error {
	var err error
	if b.Boot, b.Mount, err = p.Spool.StagingIdentity(); err != nil {
		return err
	}
	b.State = amtshilfe.BundlePublishing
	return p.Ledger.SetBundle(*b, amtshilfe.BundleStaged)
}

// publish moves the bundle into the print centre's inbox by one rename, and settles what a crash left open (design 4):
// staged there and (the inbox is DIRSYNC, or same boot and mount) = never visible; staged otherwise = a person asks;
// in the inbox, or in neither place (the centre took it) = published.
func (p *Pipeline) publish(b *ledger.Bundle, profile printstreet.Profile) error {
	where, err := p.Spool.BundleWhere(b.Profile, b.ID)
	if err != nil {
		return err
	}
	if where == spool.Staged {
		sure, err := p.neverSeen(b)
		if err != nil {
			return err
		}
		if !sure {
			b.State, b.Question = amtshilfe.BundleHeld, p.question("DRUCK-UNKLAR", questionUnclear, amtshilfe.OwnerBetrieb, amtshilfe.Bundled)
			return p.Ledger.SetBundle(*b, amtshilfe.BundlePublishing)
		}
		if err := p.Spool.PublishBundle(b.Profile, b.ID); err != nil {
			return err // look again, never guess
		}
	} else if err := p.Spool.SyncPublished(b.Profile); err != nil {
		return err
	}
	b.Final, b.Deadline, b.Day = !profile.Acknowledgements, p.deadline(profile), p.today()
	if err := p.Ledger.Published(*b, amtshilfe.BundlePublishing); err != nil {
		return err
	}
	b.State = amtshilfe.BundlePublished
	return nil
}

// neverSeen says that a staged bundle cannot have been visible since its door.
func (p *Pipeline) neverSeen(b *ledger.Bundle) (bool, error) {
	if p.cfg.DurableInbox[b.Profile] {
		return true, nil
	}
	boot, mount, err := p.Spool.StagingIdentity()
	return boot == b.Boot && mount == b.Mount, err
}
