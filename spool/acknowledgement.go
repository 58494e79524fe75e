package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"damtshilfe/internal/durable"
)

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

// ReadAcknowledgement reads one of them, at most limit bytes; durable.ErrNotRegular says that it is no file, ErrBusy that somebody still
// writes it (known only if it belongs to the gateway's user).
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
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if err := durable.Unwritten(f); err != nil {
		return nil, err
	}
	s.mu.Lock()
	p.read[name] = lookOf(info)
	s.mu.Unlock()
	return io.ReadAll(io.LimitReader(f, limit))
}

// asRead gives the profile of an acknowledgement that may be taken away: ErrBusy if it is no longer the same file with the same content
// that was read, because somebody went on writing it.
func (s *Spool) asRead(profile, name string) (*profile, error) {
	p, err := s.profile(profile)
	if err != nil {
		return nil, err
	}
	if s.readOnly {
		return nil, ErrReadOnly
	}
	s.mu.Lock()
	was, ok := p.read[name]
	delete(p.read, name)
	s.mu.Unlock()
	info, err := p.quittung.Root().Lstat(name)
	if !ok || errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	if is := lookOf(info); is.inode != was.inode || is.size != was.size || !is.mtime.Equal(was.mtime) {
		return nil, ErrBusy
	}
	return p, nil
}

// RemoveAcknowledgement removes one whose content is in the ledger, its marker last. It may be repeated. One that was written to since it
// was read stays, with ErrBusy: what is new in it must be read as well.
func (s *Spool) RemoveAcknowledgement(profile, name string) error {
	p, err := s.asRead(profile, name)
	if err != nil {
		return err
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
// behind it. It may be repeated: the reason is there before its file. ErrBusy as for RemoveAcknowledgement.
func (s *Spool) FailAcknowledgement(profile, name, reason string) error {
	p, err := s.asRead(profile, name)
	if err != nil {
		return err
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
	return without(p.quittung, MarkerSuffix)
}

// without counts the entries of dir whose names do not end like that.
func without(dir *durable.Dir, suffix string) (n int, err error) {
	entries, err := dir.List()
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), suffix) {
			n++
		}
	}
	return n, err
}

// Mentioned says whether any file of the profile's quittung/, complete or not, has this text in its first limit bytes.
func (s *Spool) Mentioned(profile, text string, limit int64) (bool, error) {
	p, err := s.profile(profile)
	if err != nil {
		return false, err
	}
	entries, err := p.quittung.List()
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		f, err := p.quittung.OpenRegular(e.Name())
		if errors.Is(err, durable.ErrNotRegular) || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		data, err := io.ReadAll(io.LimitReader(f, limit))
		if err = errors.Join(err, f.Close()); err != nil {
			return false, err
		}
		if bytes.Contains(data, []byte(text)) {
			return true, nil
		}
	}
	return false, nil
}

// Failed counts the acknowledgements in the profile's fehler/: somebody has to look at each and take it away.
func (s *Spool) Failed(profile string) (int, error) {
	p, err := s.profile(profile)
	if err != nil {
		return 0, err
	}
	return without(p.fehler, ReasonSuffix)
}
