package pipeline_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

// TestBenchPrint measures a print run alone: 4 000 letters in bundles of 500, collected, read back from the segment, rendered, staged,
// published and booked. Nothing else runs in the process, and the files lie in memory where there is such a file system. Run it with
// -cpuprofile to see where the time goes; taking the drop in is in the profile, too.
func TestBenchPrint(t *testing.T) {
	if os.Getenv("DAMT_BENCH") != "1" {
		t.Skip("measures only: DAMT_BENCH=1, make bench")
	}
	const n = 4000
	w := newWorld(t)
	w.reg.kanal = postal
	var zip bytes.Buffer
	_, err := sample.WriteZIP(&zip, sample.Options{N: n, Seed: 7, Now: w.now})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(w.dir, "accounts", account, "in", "ersuchen.zip"), zip.Bytes(), 0o600))
	for range 2 {
		_, err := w.Scan(t.Context(), account)
		must(t, err)
		w.later(2 * time.Second)
	}
	for range 30 {
		w.work()
	}
	before, begun := ownCPU(t), time.Now()
	w.print()
	spent, took := ownCPU(t)-before, time.Since(begun)
	list, err := w.ledger.Bundles(100)
	must(t, err)
	letters, pages := 0, 0
	for _, b := range list {
		if b.State != amtshilfe.BundlePublished {
			t.Errorf("bundle %s is %s", b.ID, b.State)
		}
		letters, pages = letters+b.Letters, pages+b.Pages
	}
	if letters < n*9/10 {
		t.Errorf("%d of %d letters printed", letters, n)
	}
	t.Logf("%d letters with %d pages in %d bundles: %.0f/s, %.0f per CPU second (aim 2000/s per core)",
		letters, pages, len(list), float64(letters)/took.Seconds(), float64(letters)/spent.Seconds())
}

// ownCPU is the CPU time of this process, in user mode and kernel.
func ownCPU(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
