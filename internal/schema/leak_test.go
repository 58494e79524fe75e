package schema_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"damtshilfe/internal/schema"
)

// rss is the memory of a process in MiB.
func rss(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	var kb int
	_, line, _ := bytes.Cut(b, []byte("VmRSS:"))
	if _, err := fmt.Sscan(string(line), &kb); err != nil {
		t.Fatal(err)
	}
	return kb >> 10
}

// 20 000 documents, good, bad and with ever new names, leave nothing behind in the child.
func TestNoLeak(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("20 000 documents")
	}
	v := open(t, schema.Options{})
	good := body(t)
	small := message(t, "004")
	round := func(n int) {
		var docs [][]byte
		for i := range 250 {
			switch {
			case i%25 == 0:
				docs = append(docs, []byte(strings.Replace(good, "2026-11-20<", "2026-13-20<", 1)))
			case i%25 == 1:
				docs = append(docs, []byte(fmt.Sprintf("<n%d_%d a%d_%d=''/>", n, i, n, i)))
			case i%25 == 2:
				docs = append(docs, []byte(good))
			default:
				docs = append(docs, []byte(small))
			}
		}
		if _, err := v.Validate(context.Background(), profil, docs); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 8 {
		round(n)
	}
	pid := v.PIDs()[0]
	before := rss(t, pid)
	for n := range 72 {
		round(100 + n)
	}
	after := rss(t, pid)
	t.Logf("child: %d MiB after 2 000 documents, %d MiB after 20 000", before, after)
	if v.PIDs()[0] != pid {
		t.Error("the child was replaced")
	}
	if after > before+4 {
		t.Errorf("the child grew from %d to %d MiB", before, after)
	}
	if limit := 30; after > limit {
		t.Errorf("the child needs %d MiB, more than %d", after, limit)
	}
}
