package spool

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
)

// BundlePlace says where a bundle's directory is.
type BundlePlace int

// The places of a bundle, and what recovery of `publishing` concludes (design 4, Print bundle).
const (
	Gone    BundlePlace = iota // neither here nor there: the centre took it
	Staged                     // in spool-staging
	InInbox                    // in the profile's inbox
)

// String is the place as logs show it.
func (p BundlePlace) String() string { return [...]string{"gone", "staged", "in inbox"}[p] }

// BundleFile is one file of a staged or published bundle.
type BundleFile struct {
	Name   string
	Size   int64
	SHA256 [32]byte
}

// StageBundle renders a bundle into spool-staging/<bundle>/ and gives its files' hashes: files are written and fsynced below
// <bundle>.tmp/, that directory is fsynced, renamed and its parent fsynced. What an earlier, crashed try left is thrown away,
// so it must not be called once the bundle's door (`publishing`) is open.
func (s *Spool) StageBundle(id amtshilfe.BundleID, files func(write func(name string, data []byte) error) error) ([]BundleFile, error) {
	if err := s.DropStaged(id); err != nil {
		return nil, err
	}
	list, err := s.stage(string(id), files)
	if err != nil {
		return nil, fmt.Errorf("stage bundle %s: %w", id, err)
	}
	return list, nil
}

func (s *Spool) stage(id string, files func(write func(string, []byte) error) error) (_ []BundleFile, err error) {
	tmp := id + ".tmp"
	dir, err := s.staging.MakeSub(tmp)
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, dir.Close())
		if err != nil {
			err = errors.Join(err, s.staging.RemoveAll(tmp))
		}
	}()
	var list []BundleFile
	err = files(func(name string, data []byte) error {
		if !fileName(name) {
			return ErrName
		}
		list = append(list, BundleFile{name, int64(len(data)), sha256.Sum256(data)})
		return dir.WriteFile(name, data)
	})
	if err != nil {
		return nil, err
	}
	if err := dir.Sync(); err != nil {
		return nil, err
	}
	if err := s.staging.Rename(s.staging, tmp, id); err != nil {
		return nil, err
	}
	return list, s.staging.Sync()
}

// DropStaged removes a staged bundle that has no open door, and what a crashed staging left.
func (s *Spool) DropStaged(id amtshilfe.BundleID) error {
	if s.readOnly {
		return ErrReadOnly
	}
	if !id.Valid() {
		return fmt.Errorf("bundle %q: %w", string(id), ErrName)
	}
	if err := errors.Join(s.staging.RemoveAll(string(id)+".tmp"), s.staging.RemoveAll(string(id))); err != nil {
		return fmt.Errorf("drop staged %s: %w", id, err)
	}
	return s.staging.Sync()
}

// PublishBundle renames the staged bundle into the profile's inbox, never replacing, and fsyncs both directories. The
// transaction `publishing` must be committed before. On fs.ErrExist, fs.ErrNotExist or an I/O error look again with
// BundleWhere, never guess.
//
// That a missing bundle was taken by the centre holds only because the row was committed after StageBundle was durable, nobody
// else reaches spool-staging, Sweep leaves named bundles alone, ledger and spool have the same age, and this is a local file
// system (durability.md, finding 2).
func (s *Spool) PublishBundle(profile string, id amtshilfe.BundleID) error {
	p, err := s.profile(profile)
	if err != nil {
		return err
	}
	if s.readOnly {
		return ErrReadOnly
	}
	if err := p.inbox.Rename(s.staging, string(id), string(id)); err != nil {
		return fmt.Errorf("publish bundle %s: %w", id, errors.Join(err, s.reaches(p)))
	}
	if err := errors.Join(p.inbox.Sync(), s.staging.Sync()); err != nil {
		return fmt.Errorf("publish bundle %s: %w", id, err)
	}
	return nil
}

// RecallBundle takes a published bundle back from the inbox into staging; fs.ErrNotExist if the centre has it already.
func (s *Spool) RecallBundle(profile string, id amtshilfe.BundleID) error {
	p, err := s.profile(profile)
	if err != nil {
		return err
	}
	if s.readOnly {
		return ErrReadOnly
	}
	if err := s.staging.Rename(p.inbox, string(id), string(id)); err != nil {
		return fmt.Errorf("recall bundle %s: %w", id, err)
	}
	return errors.Join(s.staging.Sync(), p.inbox.Sync())
}

// SyncPublished makes a rename durable that a process may not have outlived: recovery calls it before it believes that a bundle which
// is no longer staged is out. After a kill the rename is there, and a power cut could still undo it.
func (s *Spool) SyncPublished(profile string) error {
	p, err := s.profile(profile)
	if err != nil {
		return err
	}
	if s.readOnly {
		return ErrReadOnly
	}
	return errors.Join(p.inbox.Sync(), s.staging.Sync())
}

// BundleWhere looks for a bundle. Only a bundle in `publishing` may be judged by it: after `published` absence means nothing.
// If both places hold one, somebody else put a directory under our name into the inbox: that is an error.
func (s *Spool) BundleWhere(profile string, id amtshilfe.BundleID) (BundlePlace, error) {
	p, err := s.profile(profile)
	if err != nil {
		return Gone, err
	}
	staged, err := present(s.staging, string(id))
	if err != nil {
		return Gone, fmt.Errorf("bundle %s: %w", id, err)
	}
	taken, err := present(p.inbox, string(id))
	switch {
	case err != nil:
		return Gone, fmt.Errorf("bundle %s: %w", id, err)
	case staged && taken:
		return Gone, fmt.Errorf("bundle %s: staged and in the inbox of %s: a stranger has its name: %w", id, profile, fs.ErrExist)
	case staged:
		return Staged, nil
	case taken:
		return InInbox, nil
	}
	return Gone, nil
}

func present(d *durable.Dir, name string) (bool, error) {
	_, err := d.Root().Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// HashBundle reads the files of a bundle where it is: another hash under our name means hold.
func (s *Spool) HashBundle(profile string, id amtshilfe.BundleID, place BundlePlace) ([]BundleFile, error) {
	at := s.staging
	if place == InInbox {
		p, err := s.profile(profile)
		if err != nil {
			return nil, err
		}
		at = p.inbox
	}
	list, err := hashDir(at, string(id))
	if err != nil {
		return nil, fmt.Errorf("hash bundle %s: %w", id, err)
	}
	return list, nil
}

func hashDir(at *durable.Dir, name string) (_ []BundleFile, err error) {
	dir, err := at.Sub(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	entries, err := dir.List()
	if err != nil {
		return nil, err
	}
	var list []BundleFile
	for _, e := range entries {
		b, err := hashFile(dir, e.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

func hashFile(dir *durable.Dir, name string) (b BundleFile, err error) {
	f, err := dir.OpenRegular(name)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	b.Name = name
	if b.Size, err = io.Copy(h, f); err != nil {
		return b, fmt.Errorf("read: %w", err)
	}
	h.Sum(b.SHA256[:0])
	return b, nil
}

// StagedBundles lists the directories in spool-staging, without the unfinished ones.
func (s *Spool) StagedBundles() ([]amtshilfe.BundleID, error) {
	entries, err := s.staging.List()
	if err != nil {
		return nil, err
	}
	var ids []amtshilfe.BundleID
	for _, e := range entries {
		if id := amtshilfe.BundleID(e.Name()); e.IsDir() && id.Valid() {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// StagingIdentity is the boot and the mount that a door is opened under: while both are the same, a rename that did not
// happen was never visible, because only a power cut undoes one.
func (s *Spool) StagingIdentity() (bootID string, mountID uint64, err error) {
	if bootID, err = durable.BootID(); err != nil {
		return "", 0, err
	}
	mountID, err = s.staging.MountID()
	return bootID, mountID, err
}
