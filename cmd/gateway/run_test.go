package main

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/spool"
)

// A run beside a process that ends without doing it is done all the same: two people asked for one at once, and neither serves.
func TestRunBesideOneThatEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	at, listeners, err := demo.Free()
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range listeners {
		for _, l := range of {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	w, err := demo.Build(t.TempDir(), at, demo.Timing{Settle: time.Second, Scan: time.Second, XTATimeout: time.Second, Reports: []time.Duration{time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	conf, data := w.A.Config, filepath.Join(filepath.Dir(w.A.Config), "var")
	call := func() (int, string) {
		var out, errOut bytes.Buffer
		code := run(ctx, []string{"-q", "-c", conf, "run", "quittung"}, &out, &errOut)
		return code, out.String() + errOut.String()
	}
	if code, said := call(); code != exitDone {
		t.Fatal(code, said)
	}
	holder, err := spool.Open(spool.Options{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, 1)
	go func() {
		_, said := call()
		ended <- said
	}()
	l, err := ledger.Open(filepath.Join(data, "ledger.db"), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for wishes := 0; wishes == 0 && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		list, err := l.Wishes()
		if err != nil {
			t.Fatal(err)
		}
		wishes = len(list)
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	said := <-ended
	open, err := l.Wishes()
	if !bytes.Contains([]byte(said), []byte("quittung: 0 done, 0 failed")) || len(open) > 0 || err != nil {
		t.Errorf("%q, %d runs are still to be done, %v", said, len(open), err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
