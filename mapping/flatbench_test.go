package mapping_test

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"damtshilfe/mapping"
)

// manyRecords is a sample file with n requests: those of the sample over and over, each with a number of its own.
func manyRecords(tb testing.TB, name string, n int) []byte {
	tb.Helper()
	if name == "zentral" {
		return manyZentral(tb, n)
	}
	lines := strings.SplitAfter(string(flatSample(tb, filepath.Join(flatDir, "stadt.csv"))), "\r\n")
	var b bytes.Buffer
	b.WriteString(lines[0])
	for i := range n {
		b.WriteString(strings.Replace(lines[1], "0000471101", fmt.Sprintf("%010d", 500_000_000+i), 1))
	}
	return b.Bytes()
}

// manyZentral repeats the three cases of the central creditor; header and trailer fit.
func manyZentral(tb testing.TB, n int) []byte {
	records := zentralRecords()
	first := ebcdic(tb, strings.Join(records[1:8], ""))
	out := bytes.NewBuffer(ebcdic(tb, records[0]))
	for i := range n {
		one := bytes.Clone(first)
		copy(one[2:14], ebcdic(tb, fmt.Sprintf("%012d", 900_000_000+i)))
		out.Write(one)
	}
	trailer := []rune(records[len(records)-1])
	copy(trailer[2:], []rune(fmt.Sprintf("%08d%08d%015d", 7*n+2, n, n*(2*5508+800))))
	out.Write(ebcdic(tb, string(trailer)))
	return out.Bytes()
}

// cpu is what the process has used so far.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFlat reads flat files and builds their messages. Bytes are those of the flat file; MB/cpu-s counts CPU instead of waiting.
func BenchmarkFlat(b *testing.B) {
	for _, name := range []string{"stadt", "zentral"} {
		b.Run(name, func(b *testing.B) {
			const n = 2000
			data, m := manyRecords(b, name, n), flatMapping(b, name+".yaml")
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			var buf []byte
			start := cpu()
			for b.Loop() {
				d, err := mapping.OpenDropWith(bytes.NewReader(data), int64(len(data)), mapping.Flat{Mappings: []*mapping.FlatMapping{m}, Test: true}, mapping.DropLimits{})
				if err != nil {
					b.Fatal(err)
				}
				count := 0
				for doc := (mapping.Document{}); err == nil; count++ {
					d.Reuse(&doc)
					doc, buf, err = d.Next(buf[:0])
				}
				if err != io.EOF || count != n+1 {
					b.Fatalf("%d messages: %v", count-1, err)
				}
			}
			b.ReportMetric(float64(len(data))*float64(b.N)/1e6/(cpu()-start).Seconds(), "MB/cpu-s")
			b.ReportMetric(float64(len(data))/n, "B/message")
		})
	}
}
