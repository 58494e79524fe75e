package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/spool"
)

// Recover finishes the claims that a crash left between intent and outcome, and removes what is left half-made. It runs before
// anything else that claims, SFTP included: a claim under way looks like one that was interrupted. Bundles and all else are
// taken on by their lanes. A file that nobody can get at now (a watched folder that is away, a file that may not be read) must not
// keep the gateway from starting: the scan looks again.
func (p *Pipeline) Recover() error {
	if err := p.recoverOutages(); err != nil {
		return err
	}
	if err := p.recoverClaims(); err != nil {
		if p.Ledger.Failed() != nil {
			return err
		}
		p.Log.Error("will be tried again", "err", err)
	}
	// Only now is what lies half-made older than this process and without a row.
	if _, err := p.Spool.Sweep(); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

// claims are the drops whose claim a goroutine of this process has in its hands.
type claims struct {
	mu  sync.Mutex
	ids map[amtshilfe.DropID]bool
}

// take says whether nobody has the claim, and has it from now on.
func (c *claims) take(id amtshilfe.DropID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ids[id] {
		return false
	}
	if c.ids == nil {
		c.ids = map[amtshilfe.DropID]bool{}
	}
	c.ids[id] = true
	return true
}

func (c *claims) give(drops ...ledger.Drop) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range drops {
		delete(c.ids, d.ID)
	}
}

// recoverClaims finishes claims that nobody has in his hands: a crash left them between their two transactions, or a failure of this
// process did.
func (p *Pipeline) recoverClaims() error {
	list, err := p.Ledger.Claims()
	if err != nil {
		return err
	}
	var failed failures
	for _, d := range list {
		if !p.claims.take(d.ID) {
			continue
		}
		if err := p.recoverClaim(d); err != nil {
			failed.add(fmt.Errorf("recover claim %s: %w", d.ID, err))
		}
		p.claims.give(d)
	}
	return failed.err()
}

func (p *Pipeline) recoverClaim(d ledger.Drop) error {
	// Whoever had it in his hands when the list was made may have finished it.
	switch now, err := p.Ledger.Drop(d.ID); {
	case errors.Is(err, ledger.ErrNotFound), err == nil && now.State != amtshilfe.DropClaiming:
		return nil
	case err != nil:
		return err
	}
	c := spool.Candidate{Account: d.Account, Name: d.Name, Device: d.Device, Inode: d.Inode, Size: d.Size, ModTime: d.ModTime}
	c.Source, c.Copies = d.Source, d.Source != spool.FromIn
	where, err := p.Spool.Find(c, d.ID)
	// The store has nothing, and a file of an account that is gone stays where it is.
	if errors.Is(err, spool.ErrNoAccount) || err == nil && where == spool.Nowhere {
		return p.Ledger.Forget(d.ID)
	}
	if err != nil {
		return err
	}
	_, err = p.take([]spool.Candidate{c}, []ledger.Drop{d})
	return err
}

// openTwin gives a drop whose payload is lost the payload of a duplicate of it (design 2.2) and opens that.
func (p *Pipeline) openTwin(drop ledger.Drop) (*os.File, error) {
	twins, err := p.Ledger.Twins(drop)
	if err != nil {
		return nil, err
	}
	for _, twin := range twins {
		sum, _, err := p.Spool.HashOriginal(twin.ID)
		if err != nil || sum != drop.SHA256 {
			continue // lost as well
		}
		if err := p.Spool.ReplaceOriginal(drop.ID, twin.ID); err != nil {
			return nil, err
		}
		if err := p.Ledger.Adopted(drop.ID, twin.ID); err != nil {
			return nil, err
		}
		return p.Spool.OpenOriginal(drop.ID)
	}
	return nil, fmt.Errorf("the payload is missing, the next file with its bytes will replace it: %w", fs.ErrNotExist)
}
