package schema_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/schema"
)

// BenchmarkValidate reports the CPU time of parent and child together, per message of 6 KB.
func BenchmarkValidate(b *testing.B) {
	doc := []byte(message(b, "003"))
	for _, size := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			v := open(b, schema.Options{})
			docs := make([][]byte, size)
			for i := range docs {
				docs[i] = doc
			}
			child := v.PIDs()[0]
			before := cpu(b, child)
			b.SetBytes(int64(len(doc)))
			for n := 0; n < b.N; n += size {
				if _, err := v.Validate(context.Background(), profil, docs[:min(size, b.N-n)]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b, child)-before).Microseconds())/float64(b.N), "cpu-us/op")
		})
	}
}

// cpu is the CPU time of this process and of pid.
func cpu(t testing.TB, pid int) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	var threads time.Duration
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, task.Name()))
		if err != nil {
			continue
		}
		var ns int64
		fmt.Sscan(strings.Fields(string(stat))[0], &ns)
		threads += time.Duration(ns)
	}
	return time.Duration(u.Utime.Nano()+u.Stime.Nano()) + threads
}
