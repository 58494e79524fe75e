package xta

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

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

// segments appends contents to numbered files: one write each, one fsync for all that wait. After a failed write or fsync
// the file is never appended to again; what was acknowledged in it was fsynced before (durability.md 17).
type segments struct {
	dir     *durable.Dir
	max     int64
	jobs    chan *job
	done    chan struct{}
	mu      sync.RWMutex // guards closed against sends on jobs
	closed  bool
	current *durable.File // only the writer goroutine touches it
	number  int64
}

type job struct {
	chunks [][]byte
	at     place
	err    error
	done   chan struct{}
}

const (
	segmentName = ".seg"
	maxJobs     = 128 // of one fsync
)

func openSegments(dir *durable.Dir, size int64) (*segments, error) {
	entries, err := dir.List()
	if err != nil {
		return nil, err
	}
	s := &segments{dir: dir, max: size, jobs: make(chan *job, maxJobs), done: make(chan struct{})}
	for _, e := range entries {
		base, ok := strings.CutSuffix(e.Name(), segmentName)
		if n, err := strconv.ParseInt(base, 10, 64); ok && err == nil {
			s.number = max(s.number, n)
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

// append stores the chunks one after the other and returns when they are durable.
func (s *segments) append(chunks [][]byte) (place, error) {
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
	s.number++
	f, err := s.dir.Create(strconv.FormatInt(s.number, 10) + segmentName)
	if err != nil {
		return err
	}
	s.current = f
	return s.dir.Sync()
}

// read gives a content back and proves that it is unchanged.
func (s *segments) read(at place) ([]byte, error) {
	f, err := s.dir.OpenRegular(strconv.FormatInt(at.segment, 10) + segmentName)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, at.length)
	if _, err := io.ReadFull(io.NewSectionReader(f, at.offset, at.length), data); err != nil {
		return nil, fmt.Errorf("read content: %w", err)
	}
	if sha256.Sum256(data) != at.sum {
		return nil, errDamaged
	}
	return data, nil
}
