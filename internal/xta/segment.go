package xta

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"damtshilfe/internal/durable"
)

// place says where a content lies.
type place struct {
	segment, offset, length int64
	sum                     [32]byte
}

var (
	errClosed  = errors.New("mailbox is closed")
	errDamaged = errors.New("content does not have its recorded hash")
)

// segments keeps contents in numbered files. Small ones are appended to one file: one write each, one fsync for all that wait. After
// a failed write or fsync the file is never appended to again; what was acknowledged in it was fsynced before (durability.md 17).
// A large one has a file of its own, in which it came in: nobody waits for it, and one that is not acknowledged leaves nothing.
type segments struct {
	dir     *durable.Dir
	max     int64
	jobs    chan *job
	done    chan struct{}
	mu      sync.RWMutex // guards closed against sends on jobs
	closed  bool
	last    atomic.Int64  // number given out last
	current *durable.File // only the writer goroutine touches it
	number  int64         // of current

	appending atomic.Int64 // number, for who removes files
}

type job struct {
	chunks []Bytes
	at     place
	err    error
	done   chan struct{}
}

const (
	segmentName = ".seg"
	trayName    = ".tray" // of a content that is coming in
	maxJobs     = 128     // of one fsync
)

func segmentFile(number int64) string { return strconv.FormatInt(number, 10) + segmentName }

// openSegments opens the segments; beside another process that serves them nothing is tidied.
func openSegments(dir *durable.Dir, size int64, beside bool) (*segments, error) {
	entries, err := dir.List()
	if err != nil {
		return nil, err
	}
	s := &segments{dir: dir, max: size, jobs: make(chan *job, maxJobs), done: make(chan struct{})}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), trayName) && !beside { // never acknowledged
			if err := dir.Remove(e.Name()); err != nil {
				return nil, err
			}
		}
		base, ok := strings.CutSuffix(e.Name(), segmentName)
		if n, err := strconv.ParseInt(base, 10, 64); ok && err == nil {
			s.last.Store(max(s.last.Load(), n))
		}
	}
	go s.run()
	return s, nil
}

func (s *segments) close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.jobs)
	s.mu.Unlock()
	<-s.done
	if s.current == nil {
		return nil
	}
	return s.current.Close()
}

// tray takes up to limit bytes of contents that come in.
func (s *segments) tray(limit int64) *tray {
	return &tray{dir: s.dir, limit: limit, names: func() string { return uuid() + trayName }}
}

// keep makes the contents durable, one after the other.
func (s *segments) keep(contents []Octets) (place, error) {
	t := only(contents)
	switch size := joined(contents).Size(); {
	case t != nil && t.holds(contents):
	case size <= trayMemory:
		var chunks []Bytes
		for _, o := range contents {
			data, err := ReadAll(o)
			if err != nil {
				return place{}, err
			}
			chunks = append(chunks, data)
		}
		return s.append(chunks)
	default: // they came in another order, or with something between
		t = s.tray(size)
		t.begin()
		if err := Copy(t, joined(contents)); err != nil {
			return place{}, errors.Join(err, t.discard())
		}
	}
	at := place{segment: s.last.Add(1), length: t.size}
	var err error
	at.sum, err = t.adopt(segmentFile(at.segment))
	return at, err
}

// append stores the chunks one after the other and returns when they are durable.
func (s *segments) append(chunks []Bytes) (place, error) {
	j := &job{chunks: chunks, done: make(chan struct{})}
	h := sha256.New()
	for _, c := range chunks {
		h.Write(c)
		j.at.length += int64(len(c))
	}
	h.Sum(j.at.sum[:0])
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return place{}, errClosed
	}
	s.jobs <- j
	s.mu.RUnlock()
	<-j.done
	return j.at, j.err
}

func (s *segments) run() {
	defer close(s.done)
	for j := range s.jobs {
		group := []*job{j}
		for len(group) < maxJobs && len(s.jobs) > 0 {
			group = append(group, <-s.jobs)
		}
		err := s.write(group)
		if err != nil && s.current != nil {
			err = errors.Join(err, s.current.Close())
			s.current = nil
		}
		for _, j := range group {
			j.err = err
			close(j.done)
		}
	}
}

func (s *segments) write(group []*job) error {
	if err := s.rotate(); err != nil {
		return err
	}
	for _, j := range group {
		j.at.segment, j.at.offset = s.number, s.current.Size()
		for _, c := range j.chunks {
			if len(c) == 0 {
				continue
			}
			if _, err := s.current.Write(c); err != nil {
				return fmt.Errorf("write content: %w", err)
			}
		}
	}
	return s.current.Sync()
}

// rotate starts a new file when there is none or the present one is full. A restart never appends to an old file.
func (s *segments) rotate() error {
	if s.current != nil && s.current.Size() < s.max {
		return nil
	}
	if s.current != nil {
		err := s.current.Close()
		s.current = nil
		if err != nil {
			return fmt.Errorf("close segment: %w", err)
		}
	}
	s.number = s.last.Add(1)
	s.appending.Store(s.number)
	f, err := s.dir.Create(segmentFile(s.number))
	if err != nil {
		return err
	}
	s.current = f
	return s.dir.Sync()
}

// open gives n bytes at off of what was kept.
func (s *segments) open(at place, off, n int64) (io.ReadCloser, error) {
	f, err := s.dir.OpenRegular(segmentFile(at.segment))
	if err != nil {
		return nil, err
	}
	return section{io.NewSectionReader(f, at.offset+off, n), f}, nil
}

// section is a reader of a part of a file.
type section struct {
	*io.SectionReader
	io.Closer
}

// kept is a content, or a part of one, in a segment.
type kept struct {
	in     *segments
	at     place
	off, n int64 // within at
}

// Size is the content's length.
func (k kept) Size() int64 { return k.n }

// Open reads the content from its segment.
func (k kept) Open() (io.ReadCloser, error) { return k.in.open(k.at, k.off, k.n) }

// read gives a content back and proves that it is unchanged. A small one is read once, into memory.
func (s *segments) read(at place) (Octets, error) {
	var o Octets = kept{s, at, 0, at.length}
	if at.length <= trayMemory {
		data, err := ReadAll(o)
		if err != nil {
			return nil, err
		}
		o = Bytes(data)
	}
	sum, err := sumOf(o)
	if err != nil {
		return nil, err
	}
	if sum != at.sum {
		return nil, errDamaged
	}
	return o, nil
}

// cut gives n bytes at off of octets that were read.
func cut(o Octets, off, n int64) Octets {
	switch o := o.(type) {
	case Bytes:
		return o[off : off+n]
	case kept:
		return kept{o.in, o.at, off, n}
	}
	return nil
}
