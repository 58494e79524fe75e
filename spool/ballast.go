package spool

import (
	"errors"
	"fmt"
	"io/fs"
)

const (
	ballastName = "ballast"
	ballastSize = 64 << 20
	// ballastAt is how little room makes the ballast go: the ledger still needs some to book outcomes and receipts.
	ballastAt = 16 << 20
)

// Ballast keeps 64 MB of the disk in reserve while there is more than enough room (minFree and the ballast itself), and gives
// them back when almost nothing is left, so that the ledger can still be written (design 4, Disk). Call it every second or so.
// It says whether the reserve is there.
func (s *Spool) Ballast(minFree int64) (held bool, err error) {
	if s.readOnly {
		return false, ErrReadOnly
	}
	free, err := s.Free()
	if err != nil {
		return false, err
	}
	info, err := s.data.Root().Lstat(ballastName)
	switch held = err == nil; {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("ballast: %w", err)
	case held && info.Size() < ballastSize: // a crash came between its making and its growing
		return false, s.data.Remove(ballastName)
	case held && free < ballastAt:
		return false, errors.Join(s.data.Remove(ballastName), s.data.Sync())
	case held || free < minFree+2*ballastSize:
		return held, nil
	}
	f, err := s.data.Create(ballastName)
	if err != nil {
		return false, err
	}
	if err := f.Allocate(ballastSize); err != nil {
		return false, errors.Join(err, f.Abort())
	}
	return true, f.Commit()
}
