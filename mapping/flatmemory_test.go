package mapping_test

import (
	"bytes"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"damtshilfe/internal/amtshilfe"
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

// TestFlatReuse: a document whose memory was another's before leads to the same places.
func TestFlatReuse(t *testing.T) {
	for _, e := range flatExamples {
		data, flat := flatSample(t, filepath.Join(flatDir, e.file)), mapping.Flat{Mappings: []*mapping.FlatMapping{flatMapping(t, e.mapping)}}
		places := func(reuse bool) (all []amtshilfe.Finding) {
			d, err := mapping.OpenDropWith(bytes.NewReader(data), int64(len(data)), flat, mapping.DropLimits{})
			if err != nil {
				t.Fatal(err)
			}
			for {
				doc, out, err := d.Next(nil)
				if err == io.EOF {
					return all
				}
				if err != nil {
					t.Fatal(err)
				}
				var findings []amtshilfe.Finding
				for line := 1; line <= bytes.Count(out, []byte("\n")); line++ {
					findings = append(findings, amtshilfe.Finding{Line: line, Column: 1})
				}
				mapping.Place(out, doc, findings)
				if all = append(all, findings...); reuse {
					d.Reuse(&doc)
				}
			}
		}
		if fresh := places(false); len(fresh) < 100 || !slices.EqualFunc(fresh, places(true), func(a, b amtshilfe.Finding) bool {
			return a.Line == b.Line && a.Column == b.Column && a.Path == b.Path
		}) {
			t.Errorf("%s: %d places are others when memory is used again", e.file, len(fresh))
		}
	}
}
