package pipeline

import (
	"context"
	"errors"
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// purgeBatch is how many originals one pass of the run deletes before it looks whether it shall end.
const purgeBatch = 200

// Purge is the run `purge`: originals older than original_keep are deleted, once receipt 1 is published and the segment holds
// every message unharmed (design 2.6). Their hashes stay, so that a duplicate is still recognised.
func (p *Pipeline) Purge(ctx context.Context) (done, failed int, err error) {
	for ctx.Err() == nil {
		drops, listErr := p.Ledger.Purgeable(p.Now().Add(-p.cfg.OriginalKeep), purgeBatch)
		if listErr != nil {
			return done, failed, errors.Join(err, listErr)
		}
		before := done
		for _, d := range drops {
			if purgeErr := p.purge(d); purgeErr != nil {
				failed, err = failed+1, errors.Join(err, purgeErr)
				continue
			}
			done++
		}
		if done == before {
			break
		}
	}
	return done, failed, err
}

func (p *Pipeline) purge(d ledger.Drop) error {
	if !d.Purged && d.State != amtshilfe.DropDuplicate {
		for m, err := range p.Ledger.AllInDrop(d.ID) {
			if err != nil {
				return err
			}
			if m.Length == 0 {
				continue // an entry that could not be read: nothing of it was kept
			}
			if _, err := p.Spool.ReadSegment(d.ID, m.Offset, m.Length, m.SHA256); err != nil {
				return fmt.Errorf("purge %s: the segment is damaged, the original stays: %w", d.ID, err)
			}
		}
	}
	if err := p.Ledger.Purging(d.ID); err != nil {
		return err
	}
	if err := p.Spool.RemoveOriginal(d.ID); err != nil {
		return fmt.Errorf("purge %s: %w", d.ID, err)
	}
	return p.Ledger.Purged(d.ID)
}
