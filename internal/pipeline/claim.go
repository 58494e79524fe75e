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
	n, errs := 0, scanErr
	for batch := range slices.Chunk(candidates, claimBatch) {
		ids, err := p.Claim(batch)
		n, errs = n+len(ids), errors.Join(errs, err)
		if errors.Is(err, ErrNoSpace) || p.Ledger.Failed() != nil {
			break
		}
	}
	return n, errs
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
	var stuck error
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
				if err := p.removeSource(c); err != nil {
					stuck = err
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
		return nil, stuck
	}
	for _, d := range drops {
		p.claims.take(d.ID)
	}
	defer p.claims.give(drops...)
	if err := p.Ledger.Claiming(drops); err != nil {
		return nil, err
	}
	ids, err := p.take(fresh, drops)
	return ids, errors.Join(stuck, err)
}

// removeSource removes what was copied in from a watched folder. Until it works the same four say that the file is no new drop.
func (p *Pipeline) removeSource(c spool.Candidate) error {
	if err := p.Spool.RemoveSource(c); err != nil && !errors.Is(err, spool.ErrChanged) {
		return fmt.Errorf("account %s: taken, but still in its watched folder: %w", c.Account, err)
	}
	return nil
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

// take moves claimed files into the store and books the outcome; recovery calls it as well. A file that cannot be taken (nobody
// may read it, say) keeps no other waiting: the error tells of the first, the next scan tries again.
func (p *Pipeline) take(candidates []spool.Candidate, drops []ledger.Drop) ([]amtshilfe.DropID, error) {
	var taken []spool.Candidate
	var done, odd []ledger.Drop
	var ids []amtshilfe.DropID
	var failed failures
	for i, c := range candidates {
		payload, err := p.Spool.Take(c, drops[i].ID)
		switch {
		case errors.Is(err, spool.ErrBusy), errors.Is(err, spool.ErrChanged), errors.Is(err, fs.ErrNotExist):
			if err := p.Ledger.Forget(drops[i].ID); err != nil {
				return nil, err
			}
			continue
		case err != nil:
			failed.add(errors.Join(fmt.Errorf("account %s: %w", c.Account, err), p.leave(c, drops[i].ID)))
			continue
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
		return nil, failed.err()
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
			if err := p.removeSource(c); err != nil {
				failed.add(err)
			}
		}
	}
	p.kick(laneOpen, laneDrop)
	return ids, failed.err()
}

// leave ends the claim of a file that could not be taken and still lies where it was. What the store has already keeps its row,
// for recovery.
func (p *Pipeline) leave(c spool.Candidate, id amtshilfe.DropID) error {
	if where, err := p.Spool.Find(c, id); err != nil || where == spool.Stored {
		return err
	}
	return p.Ledger.Forget(id)
}

// failures counts what went wrong in a batch: the log gets one line, not thousands.
type failures struct {
	first error
	n     int
}

func (f *failures) add(err error) {
	if f.n++; f.first == nil {
		f.first = err
	}
}

func (f *failures) err() error {
	if f.n < 2 {
		return f.first
	}
	return fmt.Errorf("%d failures, the first: %w", f.n, f.first)
}

var notAFile = amtshilfe.Finding{Code: "LIEF-KEINE-DATEI", Severity: amtshilfe.SeverityFehler,
	Text: "Der Eintrag ist keine gewöhnliche Datei (sondern zum Beispiel ein Ordner); bitte nur Dateien in den Eingang legen."}
