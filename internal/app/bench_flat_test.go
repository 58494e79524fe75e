package app_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"damtshilfe/internal/config"
	"damtshilfe/mapping"
)

// minFlatRate is the aim: megabytes of flat file that one core reads per second, messages built.
const minFlatRate = 20.0

// TestBenchFlat measures flat files of 100 000 records: how fast they become messages, and the whole intake of one, from the claim to
// receipt 1.
func TestBenchFlat(t *testing.T) {
	if !benching() {
		took := intake(t, saved(t, "stadt.csv", manyLines(t, 200)), 200)
		t.Logf("smoke: 200 messages out of a flat file in %s", took)
		return
	}
	for _, f := range []struct {
		mapping string
		data    []byte
		n       int
	}{{"stadt.yaml", manyLines(t, 100_000), 100_000}, {"zentral.yaml", manyCases(t, 15_000), 15_000}} {
		rates := []float64{flatRate(t, f.mapping, f.data, f.n), flatRate(t, f.mapping, f.data, f.n), flatRate(t, f.mapping, f.data, f.n)}
		slices.Sort(rates)
		t.Logf("%s: %d bytes, %d messages: %.1f MB per CPU second (%.1f to %.1f), %.1f us CPU per message", f.mapping, len(f.data), f.n, rates[1], rates[0], rates[2],
			float64(len(f.data))/float64(f.n)/rates[1])
		if rates[1] < minFlatRate {
			t.Errorf("%s: %.1f MB per CPU second, want %.0f", f.mapping, rates[1], minFlatRate)
		}
	}
	file := saved(t, "stadt.csv", manyLines(t, 10_000))
	runs := []intakeFigures{intake(t, file, 10_000), intake(t, file, 10_000), intake(t, file, 10_000)}
	slices.SortFunc(runs, func(a, b intakeFigures) int { return cmp.Compare(a.CPU(), b.CPU()) })
	large := intake(t, saved(t, "stadt.csv", manyLines(t, 100_000)), 100_000)
	t.Logf("intake of 10 000: %s", runs[1])
	t.Logf("intake of 100 000: %s", large)
	growth := large.CPU() / 10 / runs[1].CPU()
	if t.Logf("CPU per message, 100 000 against 10 000: %.2fx (at most %.1fx)", growth, maxGrowth); growth > maxGrowth {
		t.Errorf("a message of 100 000 takes %.2f times that of 10 000", growth)
	}
	for _, f := range append(runs, large) {
		if f.Memory() > maxMemory {
			t.Errorf("%d messages: peak memory %d MiB, want less than %d", f.N, f.Memory()>>20, maxMemory>>20)
		}
	}
}

// flatRate reads a flat file to its end and gives the megabytes per CPU second.
func flatRate(t *testing.T, name string, data []byte, n int) float64 {
	t.Helper()
	m, err := config.ReadMapping(filepath.Join(flatDir, name))
	if err != nil {
		t.Fatal(err)
	}
	before := cpu(t, syscall.RUSAGE_SELF)
	d, err := mapping.OpenDropWith(bytes.NewReader(data), int64(len(data)), mapping.Flat{Mappings: []*mapping.FlatMapping{m}}, mapping.DropLimits{})
	if err != nil {
		t.Fatal(err)
	}
	var buf []byte
	count := 0
	for doc := (mapping.Document{}); err == nil; count++ {
		d.Reuse(&doc) // as the intake does with its batches
		doc, buf, err = d.Next(buf[:0])
	}
	if err != io.EOF || count != n+1 {
		t.Fatalf("%s: %d messages, %v", name, count-1, err)
	}
	return float64(len(data)) / 1e6 / (cpu(t, syscall.RUSAGE_SELF) - before).Seconds()
}

// manyLines is the city's CSV with n requests of today, each with a number of its own.
func manyLines(t *testing.T, n int) []byte {
	lines := bytes.SplitAfter(flatSample(t, "stadt.csv"), []byte("\r\n"))
	out := bytes.NewBuffer(bytes.Clone(lines[0]))
	for i := range n {
		out.Write(bytes.Replace(lines[1], []byte("0000471101"), fmt.Appendf(nil, "%010d", 500_000_000+i), 1))
	}
	return out.Bytes()
}

// manyCases is the central creditor's file with n cases of seven records; digits of EBCDIC are 0xF0 and up.
func manyCases(t *testing.T, n int) []byte {
	sample := flatSample(t, "zentral.ebc")
	record := func(i int) []byte { return sample[i*240 : (i+1)*240] }
	number := func(at []byte, format string, v int) {
		for i, digit := range fmt.Appendf(nil, format, v) {
			at[i] = 0xf0 + digit - '0'
		}
	}
	out, one := bytes.NewBuffer(bytes.Clone(record(0))), bytes.Clone(sample[240:8*240])
	for i := range n {
		number(one[2:], "%012d", 900_000_000+i)
		out.Write(one)
	}
	end := bytes.Clone(record(15))
	number(end[2:], "%08d", 7*n+2)
	number(end[10:], "%08d", n)
	number(end[18:], "%015d", n*(2*5508+800))
	out.Write(end)
	return out.Bytes()
}

// saved writes a file for a measured process.
func saved(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
