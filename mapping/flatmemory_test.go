package mapping_test

import (
	"bytes"
	"io"
	"path/filepath"
	"runtime"
	"testing"

	"damtshilfe/mapping"
)

// endless is a CSV file of any length that nobody has in memory: a header, then the same line over and over.
type endless struct{ head, line []byte }

func (e endless) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		var from []byte
		if at < int64(len(e.head)) {
			from = e.head[at:]
		} else {
			from = e.line[(at-int64(len(e.head)))%int64(len(e.line)):]
		}
		n += copy(p[n:], from)
	}
	return n, nil
}

// TestFlatMemory: the memory of the reader does not grow with the file.
func TestFlatMemory(t *testing.T) {
	lines := bytes.SplitAfter(flatSample(t, filepath.Join(flatDir, "stadt.csv")), []byte("\r\n"))
	const n = 8_000
	file := endless{lines[0], lines[1]}
	size := int64(len(lines[0]) + n*len(lines[1]))
	d, err := mapping.OpenDropWith(file, size, mapping.Flat{Mappings: []*mapping.FlatMapping{flatMapping(t, "stadt.yaml")}}, mapping.DropLimits{})
	if err != nil {
		t.Fatal(err)
	}
	var stats runtime.MemStats
	var buf []byte
	var early, late uint64
	for i := 0; ; i++ {
		if _, buf, err = d.Next(buf[:0]); err == io.EOF {
			if i != n {
				t.Errorf("%d messages of %d", i, n)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if i == n/100 || i == n-1 {
			runtime.GC()
			runtime.ReadMemStats(&stats)
			if late = stats.HeapAlloc; early == 0 {
				early = late
			}
		}
	}
	if late > early+1<<20 {
		t.Errorf("%d KiB after one hundredth of the file, %d KiB at its end", early>>10, late>>10)
	}
}
