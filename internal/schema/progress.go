package schema

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// progress is a word of memory that parent and child share: how many documents the child has begun. It costs nothing per document,
// and when the child dies it names the culprit, even though answers may be lost in the child's buffer.
type progress struct {
	n   *atomic.Uint32
	mem []byte
}

// newProgress makes the memory and a file to hand to the child.
func newProgress() (*progress, *os.File, error) {
	fd, err := unix.MemfdCreate("schema-progress", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, nil, fmt.Errorf("create shared memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), "schema-progress")
	if err := f.Truncate(int64(os.Getpagesize())); err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("size shared memory: %w", err)
	}
	p, err := mapFile(fd)
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return p, f, nil
}

// mapProgress maps what the parent handed over, and closes the descriptor.
func mapProgress(fd int) (*progress, error) {
	p, err := mapFile(fd)
	unix.Close(fd)
	return p, err
}

func mapFile(fd int) (*progress, error) {
	mem, err := unix.Mmap(fd, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map shared memory: %w", err)
	}
	return &progress{(*atomic.Uint32)(unsafe.Pointer(unsafe.SliceData(mem))), mem}, nil
}

func (p *progress) add()         { p.n.Add(1) }
func (p *progress) sub()         { p.n.Add(^uint32(0)) }
func (p *progress) load() uint32 { return p.n.Load() }
func (p *progress) close() error { return unix.Munmap(p.mem) }
