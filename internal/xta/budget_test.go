package xta_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"damtshilfe/internal/xta"
)

func TestBudgetServesInTurnAndForgetsWhoLeaves(t *testing.T) {
	b := xta.NewBudget(10)
	if n, err := b.Take(t.Context(), 50); n != 10 || err != nil {
		t.Fatalf("more than all = %d, %v; want all", n, err)
	}
	ctx, leave := context.WithCancel(t.Context())
	left, served := make(chan error, 1), make(chan int64, 1)
	go func() { _, err := b.Take(ctx, 9); left <- err }()
	waitFor(func() bool { return b.Waiting() == 1 })
	go func() { n, _ := b.Take(context.Background(), 2); served <- n }()
	waitFor(func() bool { return b.Waiting() == 2 })
	b.Give(5)
	if b.Waiting() != 2 {
		t.Error("a small one overtook a large one")
	}
	leave()
	if err := <-left; err == nil {
		t.Error("who left was served")
	}
	if n := <-served; n != 2 {
		t.Errorf("the next got %d", n)
	}
	b.Give(5)
	b.Give(2)
	if b.Used() != 0 {
		t.Errorf("%d bytes are lost", b.Used())
	}
}

func TestBudgetHoldsUnderLoad(t *testing.T) {
	b := xta.NewBudget(100)
	var now atomic.Int64
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if i%3 == 0 {
				go cancel()
			}
			n, err := b.Take(ctx, int64(i%40)+1)
			if err != nil {
				return
			}
			if now.Add(n) > 100 {
				t.Error("over the budget")
			}
			runtime.Gosched()
			now.Add(-n)
			b.Give(n)
		})
	}
	wg.Wait()
	if b.Used() != 0 || b.Waiting() != 0 {
		t.Errorf("used %d, waiting %d", b.Used(), b.Waiting())
	}
}

func waitFor(f func() bool) {
	for !f() {
		runtime.Gosched()
	}
}
