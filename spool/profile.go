package spool

import (
	"bufio"
	"errors"
	"fmt"
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
	acks                    folder          // quittung/, guarded by Spool.mu
	read                    map[string]look // how the acknowledgements looked that were read, by name; guarded by Spool.mu
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
	p := &profile{name: name, acks: newFolder(""), read: map[string]look{}}
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
