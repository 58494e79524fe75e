package spool

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
)

// Payload is what a claim found in the store. It is on disk; its name is so after SyncTaken.
type Payload struct {
	Kind    Kind
	Size    int64
	SHA256  [32]byte // zero for NotAFile
	ModTime time.Time
	// Copied says that the file still lies where it was: after the commit comes RemoveSource.
	Copied bool
}

func original(id amtshilfe.DropID) string { return string(id) + ".orig" }

// Take moves the candidate's file into the store under the drop's id and makes its bytes durable: open below the os.Root
// without following links, regular, nobody writes (lease), marker away, rename without replacing, fsync, SHA-256, unchanged.
// A file with several links and one of a source is copied. Take may be repeated after a crash and goes on where it was.
//
// ErrBusy: somebody writes, leave it for the next scan. ErrChanged or fs.ErrNotExist: forget the claim.
func (s *Spool) Take(c Candidate, id amtshilfe.DropID) (Payload, error) {
	day, err := s.days.use(id.Dir(), true)
	if err != nil {
		return Payload{}, fmt.Errorf("take %s: %w", id, err)
	}
	defer s.days.release(day)
	p, err := s.take(c, id, day.Dir)
	if err != nil {
		return Payload{}, fmt.Errorf("take %s: %w", id, err)
	}
	return p, nil
}

func (s *Spool) take(c Candidate, id amtshilfe.DropID, day *durable.Dir) (Payload, error) {
	switch info, err := day.Root().Lstat(original(id)); {
	case err == nil:
		return s.resume(c, id, day, lookOf(info))
	case !errors.Is(err, fs.ErrNotExist):
		return Payload{}, err
	}
	from, err := s.locate(c)
	if err != nil {
		return Payload{}, err
	}
	defer from.release()
	info, err := from.dir.Root().Lstat(from.name)
	if err != nil {
		return Payload{}, err
	}
	l := lookOf(info)
	switch {
	case !l.is(c):
		return Payload{}, ErrChanged
	case l.mode.IsRegular():
		return s.takeFile(c, from, id, day)
	case from.foreign:
		return Payload{}, durable.ErrNotRegular
	}
	return s.takeOdd(from, id, day, l)
}

// resume ends a Take whose rename a crash has outlived.
func (s *Spool) resume(c Candidate, id amtshilfe.DropID, day *durable.Dir, l look) (Payload, error) {
	if !l.mode.IsRegular() {
		return Payload{Kind: NotAFile, ModTime: l.mtime}, nil
	}
	f, err := day.OpenRegular(original(id))
	if err != nil {
		return Payload{}, err
	}
	p, err := s.secure(f)
	p.Copied = l.inode != c.Inode || l.device != c.Device
	return p, errors.Join(err, f.Close())
}

// takeOdd moves something that is no regular file, without opening it.
func (s *Spool) takeOdd(from spot, id amtshilfe.DropID, day *durable.Dir, l look) (Payload, error) {
	if err := day.Rename(from.dir, from.name, original(id)); err != nil {
		return Payload{}, err
	}
	return Payload{Kind: NotAFile, ModTime: l.mtime}, nil
}

func (s *Spool) takeFile(c Candidate, from spot, id amtshilfe.DropID, day *durable.Dir) (_ Payload, err error) {
	f, err := from.dir.OpenRegular(from.name)
	if err != nil {
		return Payload{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return Payload{}, err
	}
	l := lookOf(info)
	if !l.is(c) {
		return Payload{}, ErrChanged
	}
	if err := durable.Unwritten(f); err != nil {
		return Payload{}, err
	}
	if from.foreign || l.links > 1 {
		return s.copyIn(f, l, id, day)
	}
	return s.moveIn(f, l, from, id, day)
}

// moveIn renames the open file f into the store. Only after the rename can nobody open it any more by its name, so the lease
// and the look are asked again; whoever was quicker gets the file back.
func (s *Spool) moveIn(f *os.File, l look, from spot, id amtshilfe.DropID, day *durable.Dir) (Payload, error) {
	marked, err := takeMarker(from)
	if err != nil {
		return Payload{}, err
	}
	if err := day.Rename(from.dir, from.name, original(id)); err != nil {
		return Payload{}, err
	}
	p, err := s.settleIn(f, l, id, day)
	if errors.Is(err, ErrBusy) || errors.Is(err, ErrChanged) {
		return Payload{}, errors.Join(err, giveBack(from, marked, id, day))
	}
	return p, err
}

func (s *Spool) settleIn(f *os.File, l look, id amtshilfe.DropID, day *durable.Dir) (Payload, error) {
	info, err := day.Root().Lstat(original(id))
	if err != nil {
		return Payload{}, err
	}
	if now := lookOf(info); now.inode != l.inode || now.device != l.device {
		return Payload{}, ErrChanged // the name was given to another file between open and rename
	}
	if err := durable.Unwritten(f); err != nil {
		return Payload{}, err
	}
	p, err := s.secure(f)
	if err != nil {
		return Payload{}, err
	}
	if p.Size != l.size || !p.ModTime.Equal(l.mtime) {
		return Payload{}, ErrChanged
	}
	return p, nil
}

// secure fsyncs the file and reads its hash; a file that changes meanwhile is ErrChanged.
func (s *Spool) secure(f *os.File) (Payload, error) {
	before, err := f.Stat()
	if err != nil {
		return Payload{}, err
	}
	if err := s.disk.SyncFile(f); err != nil {
		return Payload{}, err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return Payload{}, fmt.Errorf("read payload: %w", err)
	}
	after, err := f.Stat()
	if err != nil {
		return Payload{}, err
	}
	if n != after.Size() || after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime()) {
		return Payload{}, ErrChanged
	}
	p := Payload{Size: n, ModTime: after.ModTime()}
	h.Sum(p.SHA256[:0])
	return p, nil
}

// takeMarker removes a file's marker before the file: one left over would make tomorrow's half file of that name complete.
func takeMarker(from spot) (bool, error) {
	marker := from.name + MarkerSuffix
	if from.private || !fileName(marker) {
		return false, nil
	}
	if there, err := present(from.dir, marker); !there {
		return false, err
	}
	return true, from.dir.Remove(marker)
}

// giveBack undoes the rename. A marker is made anew: it counts unless the file is written after it.
func giveBack(from spot, marked bool, id amtshilfe.DropID, day *durable.Dir) error {
	if err := from.dir.Rename(day, original(id), from.name); err != nil {
		return fmt.Errorf("give back: %w", err)
	}
	if marked {
		return from.dir.WriteFile(from.name+MarkerSuffix, nil)
	}
	return nil
}
