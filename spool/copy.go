package spool

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
)

// copyIn copies f into the store; the file itself stays until RemoveSource.
func (s *Spool) copyIn(f *os.File, l look, id amtshilfe.DropID, day *durable.Dir) (Payload, error) {
	tmp := original(id) + ".tmp"
	if err := day.Remove(tmp); err != nil { // left over by a crash
		return Payload{}, err
	}
	to, err := day.Create(tmp)
	if err != nil {
		return Payload{}, err
	}
	h := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(to, h), onlyReader{f}, make([]byte, 1<<20))
	if err != nil {
		return Payload{}, errors.Join(fmt.Errorf("copy: %w", err), to.Abort())
	}
	info, err := f.Stat()
	if err == nil && (n != l.size || !lookOf(info).same(l)) {
		err = ErrChanged
	}
	if err != nil {
		return Payload{}, errors.Join(err, to.Abort())
	}
	if err := to.Commit(); err != nil {
		return Payload{}, err
	}
	if err := day.Rename(day, tmp, original(id)); err != nil {
		return Payload{}, errors.Join(err, day.Remove(tmp))
	}
	p := Payload{Size: n, ModTime: l.mtime, Copied: true}
	h.Sum(p.SHA256[:0])
	return p, nil
}

// onlyReader hides WriteTo, so that io.CopyBuffer uses our buffer.
type onlyReader struct{ io.Reader }

func (l look) same(m look) bool {
	return l.device == m.device && l.inode == m.inode && l.size == m.size && l.mtime.Equal(m.mtime)
}
