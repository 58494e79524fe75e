package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/spool"
)

// claimBatch is how many files share the two transactions and the directory fsyncs of a claim.
const claimBatch = 200

// ErrNoSpace says that the disk is too full to take anything in; what is there already is worked on.
var ErrNoSpace = errors.New("less than min_free left on the disk: nothing is taken in")

// errUnknownAccount says that a file belongs to no configured account.
var errUnknownAccount = errors.New("unknown account")

// Scan claims what lies complete in the account's in folder and its watched folders, and gives the number of drops.
func (p *Pipeline) Scan(_ context.Context, account string) (int, error) {
	candidates, scanErr := p.Spool.Scan(account)
	n := 0
	for batch := range slices.Chunk(candidates, claimBatch) {
		ids, err := p.Claim(batch)
		n += len(ids)
		if err != nil {
			return n, errors.Join(scanErr, err)
		}
	}
	return n, scanErr
}

// Claim takes complete files into the store (design 2.2): the intent in one transaction, the moves, one fsync per directory,
// the outcome in one transaction. It returns when the drops are durable, so an SFTP server may answer OK. Files that
// changed meanwhile are left for the next scan and have no id in the answer.
func (p *Pipeline) Claim(candidates []spool.Candidate) ([]amtshilfe.DropID, error) {
	if err := p.Room(); err != nil {
		return nil, err
	}
	drops := make([]ledger.Drop, 0, len(candidates))
	fresh := candidates[:0:0]
	for _, c := range candidates {
		account, ok := p.accounts[c.Account]
		if !ok {
			return nil, fmt.Errorf("claim: %w", errUnknownAccount)
		}
		if c.Copies {
			// Seen before under the same four: the removal after its copy is what is missing (design 2.1).
			taken, err := p.Ledger.TakenFrom(c.Account, sourceOf(c), c.Device, c.Inode, c.Size, c.ModTime)
			if err != nil {
				return nil, err
			}
			if taken {
				if err := p.Spool.RemoveSource(c); err != nil && !errors.Is(err, spool.ErrChanged) {
					return nil, fmt.Errorf("claim: %w", err)
				}
				continue
			}
		}
		now := p.Now()
		drops = append(drops, ledger.Drop{Source: sourceOf(c), Drop: amtshilfe.Drop{ID: amtshilfe.NewDropID(now), Account: c.Account, Name: c.Name,
			Device: c.Device, Inode: c.Inode, Size: c.Size, ModTime: c.ModTime, Betriebsart: account.Betriebsart, ReceivedAt: now}})
		fresh = append(fresh, c)
	}
	if len(drops) == 0 {
		return nil, nil
	}
	if err := p.Ledger.Claiming(drops); err != nil {
		return nil, err
	}
	return p.take(fresh, drops)
}

// Room says ErrNoSpace while the disk is too full to take anything in; an upload is refused before it begins.
func (p *Pipeline) Room() error {
	free, err := p.Spool.Free()
	if err == nil && free < p.cfg.MinFree {
		err = ErrNoSpace
	}
	return err
}

func sourceOf(c spool.Candidate) string {
	if c.Source == "" {
		return spool.FromIn
	}
	return c.Source
}

// take moves claimed files into the store and books the outcome; recovery calls it as well.
func (p *Pipeline) take(candidates []spool.Candidate, drops []ledger.Drop) ([]amtshilfe.DropID, error) {
	var taken []spool.Candidate
	var done, odd []ledger.Drop
	var ids []amtshilfe.DropID
	for i, c := range candidates {
		payload, err := p.Spool.Take(c, drops[i].ID)
		switch {
		case errors.Is(err, spool.ErrBusy), errors.Is(err, spool.ErrChanged), errors.Is(err, fs.ErrNotExist):
			if err := p.Ledger.Forget(drops[i].ID); err != nil {
				return nil, err
			}
			continue
		case err != nil:
			return nil, fmt.Errorf("claim %s: %w", drops[i].ID, err)
		}
		d := drops[i]
		d.Size, d.SHA256, d.ModTime = payload.Size, payload.SHA256, payload.ModTime
		if c.Copies = c.Copies || payload.Copied; payload.Kind == spool.NotAFile {
			odd = append(odd, d)
		} else {
			done = append(done, d)
		}
		taken, ids = append(taken, c), append(ids, d.ID)
	}
	if len(taken) == 0 {
		return nil, nil
	}
	if err := p.Spool.SyncTaken(taken, ids); err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	if len(done) > 0 {
		if err := p.Ledger.Accepted(done); err != nil {
			return nil, err
		}
	}
	for _, d := range odd {
		if err := p.quarantine(d, notAFile); err != nil {
			return nil, err
		}
	}
	for _, c := range taken {
		if c.Copies {
			if err := p.Spool.RemoveSource(c); err != nil && !errors.Is(err, spool.ErrChanged) {
				return ids, fmt.Errorf("claim: %w", err)
			}
		}
	}
	p.kick(laneOpen, laneDrop)
	return ids, nil
}

var notAFile = amtshilfe.Finding{Code: "LIEF-KEINE-DATEI", Severity: amtshilfe.SeverityFehler,
	Text: "Der Eintrag ist keine gewöhnliche Datei (sondern zum Beispiel ein Ordner); bitte nur Dateien in den Eingang legen."}

// recoverClaims finishes what a crash left between the two transactions of a claim.
func (p *Pipeline) recoverClaims() error {
	claims, err := p.Ledger.Claims()
	if err != nil {
		return err
	}
	for _, d := range claims {
		c := spool.Candidate{Account: d.Account, Name: d.Name, Device: d.Device, Inode: d.Inode, Size: d.Size, ModTime: d.ModTime}
		c.Source, c.Copies = d.Source, d.Source != spool.FromIn
		where, err := p.Spool.Find(c, d.ID)
		if err != nil && c.Copies {
			// A watched folder that is away must not keep the gateway from starting; the next start looks again.
			p.Log.Error("claim not recovered", "drop", d.ID, "err", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("recover claim %s: %w", d.ID, err)
		}
		if where == spool.Nowhere {
			if err := p.Ledger.Forget(d.ID); err != nil {
				return err
			}
			continue
		}
		if _, err := p.take([]spool.Candidate{c}, []ledger.Drop{d}); err != nil {
			return err
		}
	}
	return nil
}
