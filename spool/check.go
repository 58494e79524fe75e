package spool

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"damtshilfe/internal/durable"
)

func major(dev uint64) uint64 { return uint64(unix.Major(dev)) }
func minor(dev uint64) uint64 { return uint64(unix.Minor(dev)) }

// Level says how bad a line of Check is.
type Level string

// The levels of a line.
const (
	OK      Level = "ok"
	Warning Level = "warning"
	Failure Level = "failure" // the gateway must not start like this
)

// CheckLine is one thing that `gateway check` reports.
type CheckLine struct {
	Level Level
	What  string // short subject: "file system", "rename stadt-a"
	Text  string // one English sentence
}

// fileSystems are those that fs magic numbers name; what is not listed is refused.
var fileSystems = map[int64]struct {
	name  string
	level Level
	text  string
}{
	unix.EXT4_SUPER_MAGIC:      {"ext4", OK, "local file system"},
	unix.XFS_SUPER_MAGIC:       {"xfs", OK, "local file system"},
	unix.BTRFS_SUPER_MAGIC:     {"btrfs", OK, "local file system"},
	unix.TMPFS_MAGIC:           {"tmpfs", Warning, "keeps nothing over a reboot: for tests only"},
	unix.OVERLAYFS_SUPER_MAGIC: {"overlay", Warning, "put data_dir on a volume: a container's own layer is thrown away with it"},
}

// Check probes what the protocols rely on: a local file system, rename from each in/ into the store, rename without replacing,
// leases, DIRSYNC. It leaves nothing behind. Call it after the accounts and profiles were added.
func (s *Spool) Check() []CheckLine {
	lines := []CheckLine{s.checkFileSystem()}
	lines = append(lines, s.checkMount()...)
	for _, name := range s.Accounts() {
		a, err := s.account(name)
		if err == nil {
			err = s.probe(a)
		}
		lines = append(lines, line("claim "+name, err, "files of in/ can be renamed into the store, without replacing, and leases tell who writes"))
		lines = append(lines, s.checkSources(a)...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.profiles))
	for name := range s.profiles {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		l := CheckLine{OK, "print " + name, "publish: durable (the inbox is DIRSYNC)"}
		if err := s.reaches(s.profiles[name]); err != nil {
			l = CheckLine{Failure, "print " + name, err.Error()}
		} else if !s.profiles[name].durable {
			l = CheckLine{Warning, "print " + name, "publish: ask (no DIRSYNC: after a power cut in the middle of publishing a person decides; on xfs mount with dirsync)"}
		}
		lines = append(lines, l)
	}
	return lines
}

// reaches says why no bundle can be put into the inbox of a profile. No probe is: the print centre would see it.
func (s *Spool) reaches(p *profile) error {
	from, err := s.staging.MountID()
	if err != nil {
		return err
	}
	to, err := p.inbox.MountID()
	if err != nil {
		return err
	}
	if from != to {
		return fmt.Errorf("inbox/ of print profile %s is on another mount than data_dir: a bundle appears by one rename, which does not go over to another one", p.name)
	}
	if err := unix.Faccessat(unix.AT_FDCWD, p.inbox.Path(), unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("inbox/ of print profile %s is not writable for the gateway: %w", p.name, err)
	}
	return nil
}

func line(what string, err error, good string) CheckLine {
	if err != nil {
		return CheckLine{Failure, what, err.Error()}
	}
	return CheckLine{OK, what, good}
}

func (s *Spool) checkFileSystem() CheckLine {
	var st unix.Statfs_t
	if err := unix.Statfs(s.data.Path(), &st); err != nil {
		return CheckLine{Failure, "file system", err.Error()}
	}
	known, ok := fileSystems[int64(st.Type)]
	if !ok {
		return CheckLine{Failure, "file system", fmt.Sprintf("type %#x: want a local ext4, xfs or btrfs, not NFS, SMB or FUSE", st.Type)}
	}
	return CheckLine{known.level, "file system", known.name + ": " + known.text}
}

// checkMount finds mount options that break promises.
func (s *Spool) checkMount() []CheckLine {
	options, err := mountOptions(s.data)
	if err != nil {
		return []CheckLine{{Warning, "mount", err.Error()}}
	}
	var lines []CheckLine
	for _, bad := range []string{"data=writeback", "nobarrier", "barrier=0"} {
		if slices.Contains(options, bad) {
			lines = append(lines, CheckLine{Failure, "mount", bad + ": what was acknowledged would not survive a power cut"})
		}
	}
	return lines
}

// probe renames an empty file from in/ into the store and back out of the world.
func (s *Spool) probe(a *account) (err error) {
	if s.readOnly {
		return ErrReadOnly
	}
	name := ".probe-" + rand.Text()
	f, err := a.in().Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.in().Remove(name), s.store.Remove(name)) }()
	if err := errors.Join(leases(a.in(), name), f.Close()); err != nil {
		return err
	}
	if err := s.store.Rename(a.in(), name, name); err != nil {
		return fmt.Errorf("in/ and store must be one file system; name another directory as a source: %w", err)
	}
	if err := a.in().WriteFile(name, nil); err != nil {
		return err
	}
	if err := s.store.Rename(a.in(), name, name); !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("rename without replacing does not hold here: %w", err)
	}
	return nil
}

// leases proves that a file somebody writes is told from one nobody writes.
func leases(dir *durable.Dir, name string) (err error) {
	f, err := dir.OpenRegular(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := durable.Unwritten(f); !errors.Is(err, ErrBusy) {
		return errors.New("no leases on this file system: a file that is still written cannot be told; use marker or rename")
	}
	return nil
}

func (s *Spool) checkSources(a *account) []CheckLine {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var lines []CheckLine
	for _, f := range a.sources {
		what := "source " + a.name
		info, err := os.Stat(f.source)
		switch {
		case err != nil:
			lines = append(lines, CheckLine{Warning, what, "cannot be read now: " + err.Error()})
		case !info.IsDir():
			lines = append(lines, CheckLine{Failure, what, "is not a directory"})
		case strings.HasPrefix(f.source+"/", s.data.Path()+"/"):
			lines = append(lines, CheckLine{Failure, what, "lies below data_dir"})
		default:
			lines = append(lines, CheckLine{OK, what, "readable"})
		}
	}
	return lines
}
