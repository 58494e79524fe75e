package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
)

// attempt is a sendMessage under way; it lasts until the test lets it end.
type attempt struct {
	url, uuid string
	end       chan error
}

// counter is a partner whose sendMessage lasts until the test lets it end.
type counter struct {
	*partner
	begun chan attempt
	once  sync.Once
	over  chan struct{} // closed: all of them end at once
}

func (c *counter) Send(ctx context.Context, r xta.Request) error {
	a := attempt{r.URL, read(r.Body).uuid, make(chan error, 1)}
	c.begun <- a
	select {
	case err := <-a.end:
		if err != nil {
			return err
		}
	case <-c.over:
	}
	return c.partner.Send(ctx, r)
}

// slotWorld is a world whose sends last until the test lets them end.
func slotWorld(t *testing.T, change ...func(*pipeline.Config)) (*world, *counter) {
	w := newWorld(t, change...)
	c := &counter{partner: w.xta, begun: make(chan attempt, 1000), over: make(chan struct{})}
	w.close()
	w.post = c
	w.open()
	t.Cleanup(func() { // before the ledger is closed
		c.once.Do(func() { close(c.over) })
		w.Wait()
	})
	return w, c
}

// next gives the attempt that begins next.
func (w *world) next(c *counter) attempt {
	w.t.Helper()
	for range 2000 {
		must(w.t, w.SendDue(w.t.Context()))
		select {
		case a := <-c.begun:
			return a
		case <-time.After(5 * time.Millisecond):
		}
	}
	w.t.Fatal("nothing is sent any more")
	return attempt{}
}

// quiet says that no other attempt begins.
func (w *world) quiet(c *counter, when string) {
	w.t.Helper()
	must(w.t, w.SendDue(w.t.Context()))
	select {
	case a := <-c.begun:
		w.t.Fatalf("%s: one more to %s", when, a.url)
	case <-time.After(50 * time.Millisecond):
	}
}

// large drops a container of n requests: too large to go ahead of the queue.
func (w *world) large(seed int64, n int) {
	w.t.Helper()
	var b bytes.Buffer
	_, err := sample.WriteLieferung(&b, sample.Options{N: n, Seed: seed, Now: w.now, UebertragungsID: seed})
	must(w.t, err)
	w.put(b.Bytes())
}

// Those ahead of the queue get half of a destination's slots although a long queue takes every slot that falls free, and no more than
// half while it waits (design 2.4).
func TestAheadOfTheQueue(t *testing.T) {
	w, c := slotWorld(t)
	w.large(1, 30)
	must(t, w.OpenAll(t.Context()))
	var running []attempt
	for range 4 {
		running = append(running, w.next(c))
	}
	w.quiet(c, "four slots are all")
	small := map[string]bool{}
	for n := range 5 {
		w.put(w.ersuchen(100 + n))
		small[sample.UUID(int64(100+n), 0)] = true
	}
	must(t, w.OpenAll(t.Context()))
	var got []bool
	for n := range 4 { // of the large drop one after the other ends
		running[n].end <- nil
		a := w.next(c)
		running, got = append(running, a), append(got, small[a.uuid])
	}
	if want := []bool{true, true, false, false}; !slices.Equal(got, want) {
		t.Errorf("ahead of the queue: %v, want %v", got, want)
	}
}

// Sixty-four in all, four for each destination, and whoever got nothing is first when a slot falls free.
func TestRoundRobin(t *testing.T) {
	w, c := slotWorld(t)
	w.several(20)
	w.large(1, 200)
	must(t, w.OpenAll(t.Context()))
	each := map[string]int{}
	var first attempt
	for n := range 64 {
		a := w.next(c)
		if each[a.url]++; n == 0 {
			first = a
		}
	}
	w.quiet(c, "64 slots are all")
	for url, n := range each {
		if n > 4 {
			t.Errorf("%s has %d slots", url, n)
		}
	}
	first.end <- nil
	if a := w.next(c); each[a.url] != 0 {
		t.Errorf("the slot went to %s, which has %d, while %d destinations have none", a.url, each[a.url], 20-len(each))
	}
}

// several gives the requests of a drop in turn to n destinations.
func (w *world) several(n int) {
	asked := 0
	w.reg.answer = func(register.Question) amtshilfe.Zustaendigkeit {
		asked++
		kanal := electronic
		kanal.Rechenzentrum.Send = fmt.Sprintf("https://rz%02d.example/send", asked%n)
		z := w.reg.all()
		z.Kanaele = []amtshilfe.Kanal{kanal}
		return z
	}
}
