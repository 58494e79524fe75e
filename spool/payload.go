package spool

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
)

// ErrHash says that bytes on disk are not the ones that were written: a damaged disk or a foreign hand.
var ErrHash = errors.New("bytes on disk do not match their hash")

func segment(id amtshilfe.DropID) string { return string(id) + ".seg" }

// inDay runs f on the store's directory of an id.
func (s *Spool) inDay(what, id, dir string, write bool, f func(*durable.Dir) error) error {
	day, err := s.days.use(dir, write)
	if err == nil {
		err = f(day.Dir)
		s.days.release(day)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, id, err)
	}
	return nil
}

// OpenOriginal opens a claimed file. For a drop of kind NotAFile it is durable.ErrNotRegular.
func (s *Spool) OpenOriginal(id amtshilfe.DropID) (f *os.File, err error) {
	err = s.inDay("open original", string(id), id.Dir(), false, func(d *durable.Dir) error {
		f, err = d.OpenRegular(original(id))
		return err
	})
	return f, err
}

// WriteOriginal keeps the document of a drop that the gateway makes itself, durably, before its row is written. It may be repeated.
func (s *Spool) WriteOriginal(id amtshilfe.DropID, data []byte) error {
	return s.inDay("write original", string(id), id.Dir(), true, func(d *durable.Dir) error {
		_, err := s.publish(d, original(id), func(w io.Writer) error { _, err := w.Write(data); return err })
		return err
	})
}

// RemoveOriginal deletes a claimed file whose time is over, durably. It may be repeated.
func (s *Spool) RemoveOriginal(id amtshilfe.DropID) error {
	return s.inDay("remove original", string(id), id.Dir(), true, func(d *durable.Dir) error {
		return errors.Join(d.RemoveAll(original(id)), d.Sync())
	})
}

// ReplaceOriginal gives a drop whose payload is lost the payload of a later drop with the same hash (design 2.2): the later
// drop's file moves. The damaged file, if there is one, is replaced.
func (s *Spool) ReplaceOriginal(id, from amtshilfe.DropID) error {
	return s.inDay("replace original", string(id), id.Dir(), true, func(to *durable.Dir) error {
		return s.inDay("from", string(from), from.Dir(), true, func(d *durable.Dir) error {
			if err := to.Replace(d, original(from), original(id)); err != nil {
				return err
			}
			return errors.Join(to.Sync(), d.Sync())
		})
	})
}

// HashOriginal reads a claimed file again and gives its SHA-256, for `gateway verify` and before a drop counts as verified.
func (s *Spool) HashOriginal(id amtshilfe.DropID) (sum [32]byte, size int64, err error) {
	f, err := s.OpenOriginal(id)
	if err != nil {
		return sum, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return sum, 0, fmt.Errorf("hash original %s: %w", id, err)
	}
	h.Sum(sum[:0])
	return sum, size, nil
}

// WriteReason keeps beside a quarantined drop why it is there.
func (s *Spool) WriteReason(id amtshilfe.DropID, json []byte) error {
	return s.inDay("write reason", string(id), id.Dir(), true, func(d *durable.Dir) error {
		_, err := s.publish(d, string(id)+".reason.json", func(w io.Writer) error { _, err := w.Write(json); return err })
		return err
	})
}

// ReadReason reads what WriteReason wrote.
func (s *Spool) ReadReason(id amtshilfe.DropID) (json []byte, err error) {
	err = s.inDay("read reason", string(id), id.Dir(), false, func(d *durable.Dir) error {
		json, err = readAll(d, string(id)+".reason.json")
		return err
	})
	return json, err
}

func readAll(d *durable.Dir, name string) (_ []byte, err error) {
	f, err := d.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(f)
}

// Segment is a drop's segment being written: one standalone document behind the other. Commit or Abort ends it.
type Segment struct {
	spool *Spool
	day   *day
	file  *durable.File
	buf   *bufio.Writer
	size  int64
}

// segmentBuffer makes few, large writes.
const segmentBuffer = 1 << 20

// segmentKeep is how much of a segment stays in the page cache: what is resolved and sent at once is read from there, and of a large
// drop the rest waits for hours.
const segmentKeep = 32 << 20

// CreateSegment begins the drop's segment anew; one that a crashed opener left is thrown away. Only for a drop that is not
// open yet: nothing may refer to the older segment.
func (s *Spool) CreateSegment(id amtshilfe.DropID) (*Segment, error) {
	day, err := s.days.use(id.Dir(), true)
	if err != nil {
		return nil, fmt.Errorf("create segment %s: %w", id, err)
	}
	if err := day.Remove(segment(id)); err != nil {
		s.days.release(day)
		return nil, fmt.Errorf("create segment %s: %w", id, err)
	}
	f, err := day.Create(segment(id))
	if err != nil {
		s.days.release(day)
		return nil, fmt.Errorf("create segment %s: %w", id, err)
	}
	f.Stream(segmentKeep)
	return &Segment{spool: s, day: day, file: f, buf: bufio.NewWriterSize(f, segmentBuffer)}, nil
}

// Write appends p.
func (g *Segment) Write(p []byte) (int, error) {
	n, err := g.buf.Write(p)
	g.size += int64(n)
	if err != nil {
		return n, fmt.Errorf("write segment: %w", err)
	}
	return n, nil
}

// Size is the offset at which the next Write begins.
func (g *Segment) Size() int64 { return g.size }

// Commit makes the segment durable: one fsync of the file, one of the directory. After an error there is no segment.
func (g *Segment) Commit() error {
	defer g.spool.days.release(g.day)
	if err := g.buf.Flush(); err != nil {
		return errors.Join(fmt.Errorf("write segment: %w", err), g.file.Abort())
	}
	if err := g.file.Commit(); err != nil {
		return err
	}
	return g.day.Sync()
}

// Abort throws the segment away.
func (g *Segment) Abort() error {
	defer g.spool.days.release(g.day)
	return g.file.Abort()
}

// ReadSegment reads the document of n bytes at off and checks it against its hash: the bytes validated are the bytes sent.
// ErrHash if they differ, io.ErrUnexpectedEOF if they are not there.
func (s *Spool) ReadSegment(id amtshilfe.DropID, off, n int64, sum [32]byte) (data []byte, err error) {
	err = s.inDay("read segment", string(id), id.Dir(), false, func(d *durable.Dir) error {
		data, err = readChecked(d, segment(id), off, n, sum)
		return err
	})
	return data, err
}

func readChecked(d *durable.Dir, name string, off, n int64, sum [32]byte) (_ []byte, err error) {
	f, err := d.OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if off < 0 || n < 0 || off > info.Size() || n > info.Size()-off {
		return nil, io.ErrUnexpectedEOF
	}
	data := make([]byte, n)
	if _, err := f.ReadAt(data, off); err != nil {
		return nil, err
	}
	if sha256.Sum256(data) != sum {
		return nil, ErrHash
	}
	return data, nil
}

// PunchSegment deletes one document's bytes for good and leaves the rest of the segment as it is. It may be repeated.
func (s *Spool) PunchSegment(id amtshilfe.DropID, off, n int64) error {
	return s.inDay("punch segment", string(id), id.Dir(), true, func(d *durable.Dir) error {
		return d.Punch(segment(id), off, n)
	})
}

// RemoveSegment deletes a drop's segment whose time is over, durably. It may be repeated.
func (s *Spool) RemoveSegment(id amtshilfe.DropID) error {
	return s.inDay("remove segment", string(id), id.Dir(), true, func(d *durable.Dir) error {
		return errors.Join(d.Remove(segment(id)), d.Sync())
	})
}

func inbound(id amtshilfe.InboxID) string { return string(id) + ".msg" }

// WriteInbound keeps an inbound message, durably, before its row is written, and gives its hash. It may be repeated.
func (s *Spool) WriteInbound(id amtshilfe.InboxID, write func(io.Writer) error) (sum [32]byte, err error) {
	err = s.inDay("write inbound", string(id), id.Dir(), true, func(d *durable.Dir) (err error) {
		sum, err = s.publish(d, inbound(id), write)
		return err
	})
	return sum, err
}

// ReadInbound reads an inbound message and checks its hash.
func (s *Spool) ReadInbound(id amtshilfe.InboxID, n int64, sum [32]byte) (data []byte, err error) {
	err = s.inDay("read inbound", string(id), id.Dir(), false, func(d *durable.Dir) error {
		data, err = readChecked(d, inbound(id), 0, n, sum)
		return err
	})
	return data, err
}

// RemoveInbound deletes an inbound message whose time is over, durably. It may be repeated.
func (s *Spool) RemoveInbound(id amtshilfe.InboxID) error {
	return s.inDay("remove inbound", string(id), id.Dir(), true, func(d *durable.Dir) error {
		return errors.Join(d.Remove(inbound(id)), d.Sync())
	})
}
