package spool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"damtshilfe/internal/durable"
)

// profile is the triple of directories that a print centre sees.
type profile struct {
	name                    string
	inbox, quittung, fehler *durable.Dir
	acks                    folder // quittung/, guarded by Spool.mu
	durable                 bool
}

func (p *profile) close() error {
	var errs []error
	for _, d := range []*durable.Dir{p.inbox, p.quittung, p.fehler} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	return errors.Join(errs...)
}

// AddProfile makes print/<name>/{inbox,quittung,fehler}. It says whether a rename into the inbox is durable before anybody
// can see it: the directory has the flag DIRSYNC, or its mount has that option (durability.md 1, facts d and e).
func (s *Spool) AddProfile(name string) (dirSync bool, err error) {
	if !plainName(name) {
		return false, fmt.Errorf("print profile %q: %w", name, ErrName)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.profiles[name]; p != nil {
		return p.durable, nil
	}
	p := &profile{name: name, acks: newFolder("")}
	for _, d := range []struct {
		at  **durable.Dir
		sub string
	}{{&p.inbox, "inbox"}, {&p.quittung, "quittung"}, {&p.fehler, "fehler"}} {
		if *d.at, err = s.sub(s.print, name+"/"+d.sub); err != nil {
			return false, errors.Join(fmt.Errorf("print profile %s: %w", name, err), p.close())
		}
	}
	if p.durable, err = s.proveDirSync(p.inbox); err != nil {
		return false, errors.Join(fmt.Errorf("print profile %s: %w", name, err), p.close())
	}
	s.profiles[name] = p
	return p.durable, nil
}

func (s *Spool) profile(name string) (*profile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.profiles[name]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%q: %w", name, ErrNoProfile)
}

func (s *Spool) proveDirSync(inbox *durable.Dir) (bool, error) {
	if !s.readOnly {
		ok, err := inbox.SetDirSync()
		if ok || err != nil {
			return ok, err
		}
	}
	options, err := mountOptions(inbox)
	return slices.Contains(options, "dirsync") || slices.Contains(options, "sync"), err
}

// mountOptions are the options of the mount that holds the directory; none if /proc does not know it.
func mountOptions(dir *durable.Dir) (_ []string, err error) {
	info, err := dir.Root().Lstat(".")
	if err != nil {
		return nil, fmt.Errorf("mount options: %w", err)
	}
	dev := lookOf(info).device
	id := strconv.FormatUint(major(dev), 10) + ":" + strconv.FormatUint(minor(dev), 10)
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("mount options: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if options, ok := mountLine(lines.Text(), id); ok {
			return options, nil
		}
	}
	return nil, nil
}

// mountLine reads one line of mountinfo (proc(5)): options of the mount and, behind " - ", of the file system.
func mountLine(line, device string) ([]string, bool) {
	mount, super, ok := strings.Cut(line, " - ")
	m, f := strings.Fields(mount), strings.Fields(super)
	if !ok || len(m) < 6 || len(f) < 3 || m[2] != device {
		return nil, false
	}
	return append(strings.Split(m[5], ","), strings.Split(f[2], ",")...), true
}

// Acknowledgements lists the complete files of the profile's quittung/, in order of their names: the print centre writes them, so they
// settle, or have a marker. waiting counts those that may be complete by the next look. What is no file (a directory, a link, a FIFO) is
// among them, so that it does not lie there for ever: ReadAcknowledgement refuses it with durable.ErrNotRegular.
func (s *Spool) Acknowledgements(profile string) (names []string, waiting int, err error) {
	p, err := s.profile(profile)
	if err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.scanFolder(&account{name: "print profile " + profile, rule: Settle}, &p.acks, p.quittung)
	for _, c := range found {
		names = append(names, c.Name)
	}
	for _, w := range p.acks.waiting {
		if w.Reason == WaitSettle {
			waiting++
		}
	}
	slices.Sort(names)
	return names, waiting, err
}

// ReadAcknowledgement reads one of them, at most limit bytes; durable.ErrNotRegular says that it is no file.
func (s *Spool) ReadAcknowledgement(profile, name string, limit int64) (_ []byte, err error) {
	p, err := s.profile(profile)
	if err != nil {
		return nil, err
	}
	info, err := p.quittung.Root().Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = durable.ErrNotRegular // a link is not followed to a better error
	}
	if err != nil {
		return nil, fmt.Errorf("read acknowledgement: %w", err)
	}
	f, err := p.quittung.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, limit))
}

// RemoveAcknowledgement removes one whose content is in the ledger, its marker last. It may be repeated.
func (s *Spool) RemoveAcknowledgement(profile, name string) error {
	p, err := s.profile(profile)
	if err != nil {
		return err
	}
	if s.readOnly {
		return ErrReadOnly
	}
	return errors.Join(p.quittung.Remove(name), p.removeAckMarker(name), p.quittung.Sync())
}

// removeAckMarker removes the marker of an acknowledgement; a name that leaves no room for one has none.
func (p *profile) removeAckMarker(name string) error {
	if len(name)+len(MarkerSuffix) > maxName {
		return nil
	}
	return p.quittung.Remove(name + MarkerSuffix)
}

// maxName is how many bytes a file name may have (NAME_MAX of Linux).
const maxName = 255

// failedName is what an acknowledgement is called in fehler/: its own name, cut where it leaves no room for a number and for the reason's
// suffix. Reason and file belong together by it.
func failedName(name string) string {
	room := maxName - len(ReasonSuffix) - len(".1001")
	if len(name) <= room {
		return name
	}
	return strings.ToValidUTF8(name[:room], "")
}

// ReasonSuffix is what the reason is called behind the name of a file in fehler/.
const ReasonSuffix = ".grund.txt"

// FailAcknowledgement moves one that cannot be booked into fehler/, with the reason in a file beside it; a name in use there gets a number
// behind it. It may be repeated: the reason is there before its file.
func (s *Spool) FailAcknowledgement(profile, name, reason string) error {
	p, err := s.profile(profile)
	if err != nil {
		return err
	}
	if s.readOnly {
		return ErrReadOnly
	}
	first := failedName(name)
	to := first
	for n := 2; ; n++ {
		err := s.failAs(p, name, to, reason)
		if err == nil {
			return errors.Join(p.fehler.Sync(), p.removeAckMarker(name), p.quittung.Sync())
		}
		if !errors.Is(err, fs.ErrExist) || n > 1000 {
			return fmt.Errorf("print profile %s: %w", profile, err)
		}
		to = first + "." + strconv.Itoa(n)
	}
}

func (s *Spool) failAs(p *profile, name, to, reason string) error {
	taken, err := present(p.fehler, to)
	if err == nil && taken {
		err = fs.ErrExist
	}
	if err == nil {
		err = p.fehler.Remove(to + ReasonSuffix) // of a try that a crash ended
	}
	if err == nil {
		err = p.fehler.WriteFile(to+ReasonSuffix, []byte(reason))
	}
	if err != nil {
		return err
	}
	return p.fehler.Rename(p.quittung, name, to)
}

// Unbooked counts what lies in the profile's quittung/ and is not booked yet, complete or not; markers do not count.
func (s *Spool) Unbooked(profile string) (int, error) {
	p, err := s.profile(profile)
	if err != nil {
		return 0, err
	}
	entries, err := p.quittung.List()
	n := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), MarkerSuffix) {
			n++
		}
	}
	return n, err
}

// Failed counts the acknowledgements in the profile's fehler/: somebody has to look at each and take it away.
func (s *Spool) Failed(profile string) (int, error) {
	p, err := s.profile(profile)
	if err != nil {
		return 0, err
	}
	entries, err := p.fehler.List()
	n := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ReasonSuffix) {
			n++
		}
	}
	return n, err
}
