package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"time"

	"damtshilfe/internal/durable"
)

// Kind says what a candidate is.
type Kind int

// The kinds of a candidate.
const (
	File     Kind = iota // a regular file
	NotAFile             // directory, symbolic link, FIFO, socket, device: moved into the store for quarantine, never opened
)

// FromIn is the Source of a candidate that is known to come from the account's in/: it is not looked for in watched folders,
// which may be away.
const FromIn = "in"

// Candidate is a complete file that may be claimed. Account, Name, Device, Inode, Size and ModTime are what the ledger's
// `claiming` row keeps; after a crash a Candidate made of these six alone finds its file again (Find, Take).
type Candidate struct {
	Account string
	Name    string // as the sender called it; any bytes but / and NUL
	Kind    Kind
	Device  uint64
	Inode   uint64
	Size    int64
	ModTime time.Time
	// Source is the configured directory of a watched folder elsewhere; "" = the account's in/. After a crash "" is looked for
	// everywhere, FromIn in in/ only.
	Source string
	// Copies says that Take leaves the file where it is (a source, or a file with several links): after the commit the
	// pipeline calls RemoveSource, and a candidate with the same account, device, inode, size and mtime as an accepted drop
	// is our unfinished removal, not a new drop.
	Copies bool

	// at is where the file lies if it is not called Name in in/ or a source: an upload's partial, or a waiting name.
	at place
}

// place names a file that a claim starts from.
type place struct {
	partial bool   // in .partial, not in in/
	name    string // "" = the candidate's own name
}

// Waiting is a file of in/ that is not complete yet, so that nobody overlooks one that waits for ever.
type Waiting struct {
	Name   string
	Size   int64
	Since  time.Time // when this process first saw it as it is now
	Reason WaitReason
}

// WaitReason says what a file waits for.
type WaitReason string

// The reasons to wait.
const (
	WaitRename  WaitReason = "rename"  // it has a temporary name
	WaitMarker  WaitReason = "marker"  // it has no marker, or one that is older than the file
	WaitSettle  WaitReason = "settle"  // it has not been the same for long enough
	WaitOrphan  WaitReason = "orphan"  // a marker without its file
	WaitUnknown WaitReason = "unknown" // it could not be looked at
)

// folder is a watched directory and what was seen in it.
type folder struct {
	source  string // "" = in/
	seen    map[string]sighting
	waiting []Waiting
}

func newFolder(source string) folder { return folder{source: source, seen: map[string]sighting{}} }

// sighting is how a file looked and since when, by our own clock.
type sighting struct {
	look  look
	since time.Time
}

// look is what must stay the same while a file settles.
type look struct {
	device, inode uint64
	size          int64
	mtime, ctime  time.Time
	links         uint64
	mode          fs.FileMode
}

func lookOf(info fs.FileInfo) look {
	l := look{size: info.Size(), mtime: info.ModTime(), mode: info.Mode()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		l.device, l.inode, l.links = st.Dev, st.Ino, uint64(st.Nlink)
		l.ctime = time.Unix(st.Ctim.Sec, st.Ctim.Nsec)
	}
	return l
}

// is says whether a file that looks like l is the candidate: device, inode, size and mtime.
func (l look) is(c Candidate) bool {
	return l.device == c.Device && l.inode == c.Inode && l.size == c.Size && l.mtime.Equal(c.ModTime)
}

// Scan lists the complete files of the account's in/ and of its sources, oldest first. It is the truth; events are a hint.
// A source that cannot be read does not hide the rest: candidates and an error may come together.
func (s *Spool) Scan(account string) ([]Candidate, error) {
	a, err := s.account(account)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	errs := []error{s.follow(a)}
	found, err := s.scanFolder(a, &a.inbox, a.in())
	errs = append(errs, err)
	for _, f := range a.sources {
		more, err := s.scanSource(a, f)
		found = append(found, more...)
		errs = append(errs, err)
	}
	slices.SortStableFunc(found, func(x, y Candidate) int {
		return cmp.Or(x.ModTime.Compare(y.ModTime), cmp.Compare(x.Name, y.Name))
	})
	return found, errors.Join(errs...)
}

// Waiting lists what the last Scan of the account saw and left alone.
func (s *Spool) Waiting(account string) ([]Waiting, error) {
	a, err := s.account(account)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	list := slices.Clone(a.inbox.waiting)
	for _, f := range a.sources {
		list = append(list, f.waiting...)
	}
	return list, nil
}

// scanFolder looks at every name of one directory.
func (s *Spool) scanFolder(a *account, f *folder, dir *durable.Dir) ([]Candidate, error) {
	entries, err := dir.List()
	if err != nil {
		return nil, fmt.Errorf("scan account %s: %w", a.name, err)
	}
	now := s.now()
	present := make(map[string]look, len(entries))
	for _, e := range entries {
		info, err := dir.Root().Lstat(e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone since the listing
		}
		if err != nil {
			return nil, fmt.Errorf("scan account %s: %w", a.name, err)
		}
		present[e.Name()] = lookOf(info)
	}
	f.waiting = nil
	var found []Candidate
	for _, e := range entries {
		name := e.Name()
		l, ok := present[name]
		if !ok {
			continue
		}
		settled := f.sight(name, l, now, s.settle)
		if why := a.judge(name, l, present, settled); why != "" {
			f.waiting = append(f.waiting, Waiting{name, l.size, f.seen[name].since, why})
			continue
		}
		found = append(found, f.candidate(a.name, name, l))
	}
	for name := range f.seen {
		if _, ok := present[name]; !ok {
			delete(f.seen, name)
		}
	}
	return found, nil
}

// sight notes how a file looks and says whether it has been so since a scan at least settle ago.
func (f *folder) sight(name string, l look, now time.Time, settle time.Duration) bool {
	before, ok := f.seen[name]
	if !ok || before.look != l {
		f.seen[name] = sighting{l, now}
		return false
	}
	return now.Sub(before.since) >= settle
}

// judge says what a file waits for, "" = nothing. Times are compared with each other, never with the clock.
func (a *account) judge(name string, l look, present map[string]look, settled bool) WaitReason {
	if IsTemporary(name) {
		return WaitRename
	}
	if !l.mode.IsRegular() {
		return unless(settled, WaitSettle)
	}
	if IsMarker(name) {
		if _, ok := present[strings.TrimSuffix(name, MarkerSuffix)]; ok {
			return WaitMarker // it goes with its file
		}
		return WaitOrphan
	}
	marker, ok := present[name+MarkerSuffix]
	marked := ok && marker.mode.IsRegular() && !marker.mtime.Before(l.mtime)
	switch {
	case marked, a.rule == Rename:
		return ""
	case a.rule == Marker:
		return WaitMarker
	}
	return unless(settled, WaitSettle)
}

func unless(ok bool, why WaitReason) WaitReason {
	if ok {
		return ""
	}
	return why
}

func (f *folder) candidate(account, name string, l look) Candidate {
	c := Candidate{
		Account: account, Name: name, Device: l.device, Inode: l.inode, Size: l.size, ModTime: l.mtime,
		Source: f.source, Copies: f.source != "" || l.mode.IsRegular() && l.links > 1,
	}
	if !l.mode.IsRegular() {
		c.Kind = NotAFile
	}
	return c
}
