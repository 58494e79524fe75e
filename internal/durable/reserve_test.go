package durable_test

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"damtshilfe/internal/durable"
)

// A file written out of order by several goroutines has the bytes it was given and no room behind them.
func TestReserve(t *testing.T) {
	path := t.TempDir()
	dir, err := durable.New(nil).OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	f, err := dir.Create("big")
	if err != nil {
		t.Fatal(err)
	}
	const piece, pieces = 100_000, 200
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < pieces; i += 4 {
				if _, err := f.WriteAt(make([]byte, piece), int64(i)*piece); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(path, "big"))
	if err != nil || info.Size() != piece*pieces || f.Size() != info.Size() {
		t.Fatalf("size %v, %v", info, err)
	}
	if blocks := info.Sys().(*syscall.Stat_t).Blocks * 512; blocks > piece*pieces+1<<20 {
		t.Errorf("%d bytes of room for %d bytes", blocks, piece*pieces)
	}
}
