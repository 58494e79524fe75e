package spool

import (
	"errors"
	"fmt"
	"io/fs"

	"damtshilfe/internal/amtshilfe"
)

// Where says in which place a claimed file is.
type Where int

// The places, and what recovery of `claiming` does: Take again for the first two (Take goes on where it was), forget the
// claim for the third.
const (
	Nowhere  Where = iota // the sender took it back, or an upload whose CLOSE was never answered
	InSource              // the same inode still lies where it was dropped
	Stored                // the store has it
)

// String is the place as logs show it.
func (w Where) String() string { return [...]string{"nowhere", "in source", "stored"}[w] }

// SyncTaken makes the names of taken files durable: each directory is fsynced once, those of the store first. Call it once
// per batch, before the transaction that says `accepted`. Batches that come at the same time share their fsyncs.
func (s *Spool) SyncTaken(taken []Candidate, ids []amtshilfe.DropID) error {
	if s.readOnly {
		return ErrReadOnly
	}
	synced := map[string]bool{}
	for _, id := range ids {
		if synced[id.Dir()] {
			continue
		}
		synced[id.Dir()] = true
		day, err := s.days.use(id.Dir(), true)
		if err != nil {
			return fmt.Errorf("sync claims: %w", err)
		}
		err = day.sync.do(day.Sync)
		s.days.release(day)
		if err != nil {
			return fmt.Errorf("sync claims: %w", err)
		}
	}
	return s.syncSources(taken)
}

func (s *Spool) syncSources(taken []Candidate) error {
	partial, accounts := false, map[string]bool{}
	for _, c := range taken {
		switch {
		case c.at.partial:
			partial = true
		case c.Source == "", c.Source == FromIn:
			accounts[c.Account] = true
		}
	}
	if partial {
		if err := s.partialSync.do(s.partial.Sync); err != nil {
			return fmt.Errorf("sync claims: %w", err)
		}
	}
	for name := range accounts {
		a, err := s.account(name)
		if err != nil {
			return err
		}
		if err := a.sync.do(a.in().Sync); err != nil {
			return fmt.Errorf("sync claims: %w", err)
		}
	}
	return nil
}

// Find says where the file of a claim is, after a crash between the `claiming` row and its outcome.
func (s *Spool) Find(c Candidate, id amtshilfe.DropID) (Where, error) {
	stored, err := s.stored(id)
	if err != nil {
		return Nowhere, fmt.Errorf("find %s: %w", id, err)
	}
	if stored {
		return Stored, nil
	}
	at, err := s.locate(c)
	if errors.Is(err, fs.ErrNotExist) {
		return Nowhere, nil
	}
	if err != nil {
		return Nowhere, fmt.Errorf("find %s: %w", id, err)
	}
	at.release()
	return InSource, nil
}

func (s *Spool) stored(id amtshilfe.DropID) (bool, error) {
	day, err := s.days.use(id.Dir(), false)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer s.days.release(day)
	_, err = day.Root().Lstat(original(id))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
