package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"damtshilfe/internal/durable"
)

// The reasons why an upload is not taken.
var (
	// ErrHole says that bytes in the middle of an upload were never written.
	ErrHole = errors.New("upload has a hole: bytes are missing")
	// ErrWaiting says that a file of this name still waits in in/ and is never overwritten.
	ErrWaiting = errors.New("a file of this name still waits to be taken in")
	// ErrNeedsRename says that this account takes files only under a temporary name that is renamed afterwards.
	ErrNeedsRename = errors.New("this account takes files by rename: upload under a temporary name (.part) and rename it")
	// ErrFragments says that an upload is written in too many separate pieces.
	ErrFragments = errors.New("upload is too fragmented")
	// ErrEnded says that an upload is over.
	ErrEnded = errors.New("upload has ended")
)

// Upload is a file being uploaded: hidden until Candidate or Publish, gone after Abort. Exactly one of the three ends it;
// Abort after another one does nothing, so it may be deferred. Writes may come concurrently and in any order.
type Upload struct {
	spool   *Spool
	account *account
	name    string
	partial string // its name in .partial
	waits   bool

	mu     sync.Mutex // guards the pieces and the end; writes run beside each other
	pieces ranges
	ended  bool
	writes sync.WaitGroup
	file   *durable.File
}

// NewUpload begins an upload of name. It fails at once if the name waits already or if the account does not take final names.
func (s *Spool) NewUpload(account, name string) (*Upload, error) {
	if s.readOnly {
		return nil, ErrReadOnly
	}
	a, err := s.account(account)
	if err != nil {
		return nil, err
	}
	if !fileName(name) {
		return nil, fmt.Errorf("upload: %w", ErrName)
	}
	u := &Upload{spool: s, account: a, name: name, waits: a.waits(name), partial: "u-" + rand.Text()}
	if !u.waits && a.rule == Rename {
		return nil, ErrNeedsRename
	}
	if err := u.free(); err != nil {
		return nil, err
	}
	s.fly(u.partial, true)
	if u.file, err = s.partial.Create(u.partial); err != nil {
		s.fly(u.partial, false)
		return nil, fmt.Errorf("upload: %w", err)
	}
	return u, nil
}

// fly notes that a name in .partial is, or is no longer, being written by this process.
func (s *Spool) fly(partial string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if on {
		s.inFlight[partial] = true
	} else {
		delete(s.inFlight, partial)
	}
}

// free says whether the name may be published. A name in in/ that does not wait is a file of a local program.
func (u *Upload) free() error {
	if !u.waits || IsMarker(u.name) {
		return nil
	}
	_, err := u.account.in().Root().Lstat(u.name)
	switch {
	case err == nil:
		return ErrWaiting
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("upload: %w", err)
}

// Waits says that the name stays in in/ after Publish; otherwise the upload is claimed through Candidate.
func (u *Upload) Waits() bool { return u.waits }

// Size is how far the upload reaches.
func (u *Upload) Size() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.pieces.end()
}

// WriteAt writes p at off.
func (u *Upload) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("upload: negative offset")
	}
	u.mu.Lock()
	if u.ended {
		u.mu.Unlock()
		return 0, ErrEnded
	}
	u.writes.Add(1)
	u.mu.Unlock()
	defer u.writes.Done()
	n, err := u.file.WriteAt(p, off)
	u.mu.Lock()
	defer u.mu.Unlock()
	if n > 0 && !u.pieces.add(off, off+int64(n)) {
		return n, ErrFragments
	}
	if err != nil {
		return n, fmt.Errorf("upload: %w", err)
	}
	return n, nil
}

// end closes the upload for writing. It reports whether somebody has ended it before.
func (u *Upload) end() error {
	u.mu.Lock()
	if u.ended {
		u.mu.Unlock()
		return ErrEnded
	}
	u.ended = true
	u.mu.Unlock()
	u.writes.Wait()
	return nil
}

// Candidate ends the writing and gives the partial to a claim: Take renames it into the store. If the claim fails, Discard
// removes it. An upload with a hole is removed at once.
func (u *Upload) Candidate() (Candidate, error) {
	if err := u.end(); err != nil {
		return Candidate{}, err
	}
	if u.pieces.holes() {
		return Candidate{}, errors.Join(ErrHole, u.drop(u.file.Abort()))
	}
	if err := u.file.Close(); err != nil {
		return Candidate{}, fmt.Errorf("upload: %w", u.drop(errors.Join(err, u.spool.partial.Remove(u.partial))))
	}
	info, err := u.spool.partial.Root().Lstat(u.partial)
	if err != nil {
		return Candidate{}, fmt.Errorf("upload: %w", u.drop(err))
	}
	l := lookOf(info)
	return Candidate{
		Account: u.account.name, Name: u.name, Device: l.device, Inode: l.inode, Size: l.size, ModTime: l.mtime,
		at: place{partial: true, name: u.partial},
	}, nil
}

// Discard removes the partial after Candidate and is to be called whether or not the claim went well: after a Take there is
// nothing left to remove.
func (u *Upload) Discard() error { return u.drop(u.spool.partial.Remove(u.partial)) }

// drop takes the partial off the list of names in flight.
func (u *Upload) drop(err error) error {
	u.spool.fly(u.partial, false)
	return err
}

// Publish ends the upload of a name that waits: file and directory are durable when it returns. ErrWaiting if another file
// took the name meanwhile; only markers are replaced, for they have no content.
func (u *Upload) Publish() error {
	if err := u.end(); err != nil {
		return err
	}
	if u.pieces.holes() {
		return errors.Join(ErrHole, u.drop(u.file.Abort()))
	}
	if err := u.file.Commit(); err != nil {
		return fmt.Errorf("upload: %w", u.drop(err))
	}
	err := u.account.in().Rename(u.spool.partial, u.partial, u.name)
	if errors.Is(err, fs.ErrExist) {
		err = ErrWaiting
		if IsMarker(u.name) {
			err = u.account.in().Replace(u.spool.partial, u.partial, u.name)
		}
	}
	if err != nil {
		return u.drop(errors.Join(err, u.spool.partial.Remove(u.partial)))
	}
	return u.drop(errors.Join(u.account.in().Sync(), u.spool.partial.Sync()))
}

// Abort removes the upload: nothing of it was ever visible. After an end it does nothing.
func (u *Upload) Abort() error {
	if err := u.end(); err != nil {
		return nil
	}
	return u.drop(u.file.Abort())
}

// RenameCandidate is the candidate of a file that lies in in/ under the waiting name from and is to be claimed under its final name:
// the client's rename is the claim. fs.ErrNotExist if from is not there.
func (s *Spool) RenameCandidate(account, from, final string) (Candidate, error) {
	a, err := s.account(account)
	if err != nil {
		return Candidate{}, err
	}
	if !fileName(from) || !fileName(final) {
		return Candidate{}, fmt.Errorf("rename: %w", ErrName)
	}
	info, err := a.in().Root().Lstat(from)
	if err != nil {
		return Candidate{}, fmt.Errorf("rename: %w", err)
	}
	l := lookOf(info)
	if !l.mode.IsRegular() {
		return Candidate{}, fmt.Errorf("rename: %w", durable.ErrNotRegular)
	}
	return Candidate{
		Account: account, Name: final, Device: l.device, Inode: l.inode, Size: l.size, ModTime: l.mtime,
		Copies: l.links > 1, at: place{name: from},
	}, nil
}

// RenameWaiting renames a file in in/ to another name that waits, durably. ErrWaiting if that name is in use.
func (s *Spool) RenameWaiting(account, from, to string) error {
	if s.readOnly {
		return ErrReadOnly
	}
	a, err := s.account(account)
	if err != nil {
		return err
	}
	if !fileName(from) || !fileName(to) {
		return fmt.Errorf("rename: %w", ErrName)
	}
	err = a.in().Rename(a.in(), from, to)
	if errors.Is(err, fs.ErrExist) {
		err = ErrWaiting
		if IsMarker(to) {
			err = a.in().Replace(a.in(), from, to)
		}
	}
	if err != nil {
		return err
	}
	return a.in().Sync()
}

// fileName says whether a file may have this name: one path element of at most 255 bytes.
func fileName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= 255 && !strings.ContainsAny(name, "/\x00")
}
