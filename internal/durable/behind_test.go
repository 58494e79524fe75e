package durable_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"damtshilfe/internal/durable"
)

// TestStream: a streamed file holds what was written, and the page cache only its beginning.
func TestStream(t *testing.T) {
	const step, keep = 8 << 20, 8 << 20
	path := t.TempDir()
	dir, err := durable.New(nil).MakeDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	f, err := dir.Create("large")
	if err != nil {
		t.Fatal(err)
	}
	f.Stream(keep)
	want := bytes.Repeat([]byte("ein Ersuchen nach dem anderen, "), (4*step+12345)/31)
	for at := 0; at < len(want); {
		n, err := f.Write(want[at:min(at+1<<20+17, len(want))])
		if err != nil {
			t.Fatal(err)
		}
		at += n
	}
	cached := resident(t, filepath.Join(path, "large"), len(want))
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(filepath.Join(path, "large"))
	if err != nil || !bytes.Equal(have, want) {
		t.Fatalf("%d bytes of %d are not those that were written: %v", len(have), len(want), err)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		t.Fatal(err)
	}
	if fs.Type == unix.EXT4_SUPER_MAGIC && cached > 3*step { // a tmpfs has nothing but its page cache
		t.Errorf("%d of %d MiB are in the page cache", cached>>20, len(want)>>20)
	}
}

// resident is how many bytes of a file the page cache holds.
func resident(t *testing.T, name string, size int) (n int) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(data) //nolint:errcheck // read only
	pages := make([]byte, (size+4095)/4096)
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&data[0])), uintptr(size), uintptr(unsafe.Pointer(&pages[0]))); errno != 0 {
		t.Fatal(errno)
	}
	for _, p := range pages {
		n += int(p&1) << 12
	}
	return n
}
