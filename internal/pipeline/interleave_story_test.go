package pipeline_test

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
)

// story is one 003 and one message about it, as they are dropped, with the copies of the world at the moments of its deaths.
type story struct {
	*world
	situation
	kind  amtshilfe.Kind
	first bool // the message comes before its 003
	files []file
	post  *server
	rng   *rand.Rand
	share float64 // of the steps that kill

	mu       sync.Mutex
	dying    bool
	points   int
	watching bool // the ledger is open
	stopped  bool // the 008 was taken in before the 003's point of no return
	deaths   []death
}

// file is what the sender drops.
type file struct {
	name string
	data []byte
}

// death is the world at one moment: kill -9 leaves the files as they are, and those around see nothing but what reached them.
type death struct {
	point   string
	dir     string
	now     time.Time
	post    *server
	stopped bool
}

func newStory(t *testing.T, s situation, kind amtshilfe.Kind, first bool) *story {
	st := &story{situation: s, kind: kind, first: first, post: &server{}}
	w := &world{t: t, dir: fast(t), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), xta: &partner{}, reg: &directory{kanal: electronic}, box: &mailbox{}, hook: st.step, post: st.post}
	w.cfg = worldConfig()
	st.world, st.post.hook = w, st.step
	if s.prepare != nil {
		s.prepare(w, st.post)
	}
	st.files = []file{{"a-003.xml", w.ersuchen(1)}, {"b-follow.xml", w.follow(kind, 1)}}
	st.start()
	t.Cleanup(st.stop)
	return st
}

func (st *story) start() {
	st.world.open()
	st.mu.Lock()
	defer st.mu.Unlock()
	st.watching = true
}

func (st *story) stop() {
	st.mu.Lock()
	st.watching = false
	st.mu.Unlock()
	st.world.close()
}

// step is told of every durable step. Before and after it the gateway may die.
func (st *story) step(p durable.Point) {
	st.mu.Lock()
	defer st.mu.Unlock()
	was, share := st.stopped, st.share
	if p.Op == "commit" && p.After && st.watching {
		st.watch()
	}
	if st.stopped && !was {
		share = max(share, 0.7) // the moment that matters most
	}
	if st.points++; !st.dying || st.rng.Float64() >= share {
		return
	}
	dir := fast(st.t)
	copyDir(st.t, st.dir, dir)
	st.deaths = append(st.deaths, death{fmt.Sprintf("%s after=%v, number %d", p.Op, p.After, st.points), dir, st.now, st.post.clone(), st.stopped})
}

// watch sees, without the pipeline's help, whether the 008 is there while the 003 can still be stopped.
func (st *story) watch() {
	if st.kind != amtshilfe.KindEinstellung || st.stopped {
		return
	}
	request, follow := st.find(0), st.find(1)
	if follow == nil {
		return
	}
	st.stopped = request == nil || request.MessageID == "" && request.Sendung.Bundle == "" && !request.State.OnItsWay() && request.State != amtshilfe.Sending
}

// find gives the message of a file, nil while its drop is not open.
func (st *story) find(i int) *ledger.Delivery {
	drops, err := st.ledger.Drops(10)
	if err != nil {
		st.t.Error(err)
	}
	for _, d := range drops {
		if d.Name == st.files[i].name && (d.State == amtshilfe.DropOpen || d.State == amtshilfe.DropEnded) {
			list, err := st.ledger.InDrop(d.ID, 0, 1)
			if err == nil && len(list) == 1 {
				return &list[0]
			}
		}
	}
	return nil
}

func copyDir(t *testing.T, from, to string) {
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if e.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		if strings.HasSuffix(rel, "-shm") {
			return nil // memory of the process that died
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run plays the story without a death and then again from each death on, and judges every end. It gives the number of deaths.
func (st *story) run() int {
	st.dying = true
	st.play()
	st.finish()
	st.dying = false
	st.judge("no kill")
	for _, d := range st.deaths {
		st.revive(d)
		st.play()
		st.finish()
		st.judge("killed at " + d.point)
		os.RemoveAll(d.dir)
	}
	return len(st.deaths)
}

// revive starts a gateway on what a death left.
func (st *story) revive(d death) {
	st.stop()
	// It takes a second to start again, or until all that waits is due; and no lane waits for another.
	pause := []time.Duration{time.Second, 10 * time.Minute}[st.rng.IntN(2)]
	w := &world{t: st.t, dir: d.dir, now: d.now.Add(pause), shuffle: func() []int { return st.rng.Perm(7) }, cfg: st.cfg, xta: st.xta, reg: st.reg, box: st.box, hook: st.step, post: d.post}
	st.post, st.stopped, st.world = d.post, d.stopped, w
	st.start()
	must(st.t, w.Recover())
	if st.rng.IntN(2) == 0 {
		st.printAll() // a print run of the clock, before anything else
		st.later(time.Second)
	}
}

// play drops what is not there yet, in the story's order.
func (st *story) play() {
	order := []int{0, 1}
	if st.first {
		order = []int{1, 0}
	}
	for n, i := range order {
		st.putOnce(st.files[i])
		if n == 1 {
			break
		}
		if !st.idle {
			st.work()
		}
		if st.then != nil {
			st.then(st.world)
		}
	}
	st.work()
}

// putOnce lays a file into the in folder unless it came in already, and lets it be claimed.
func (st *story) putOnce(f file) {
	drops, err := st.ledger.Drops(10)
	must(st.t, err)
	for _, d := range drops {
		if d.Name == f.name && d.State != amtshilfe.DropClaiming {
			return
		}
	}
	must(st.t, os.WriteFile(filepath.Join(st.dir, "accounts", account, "in", f.name), f.data, 0o600))
	for range 2 {
		_, err := st.Scan(context.Background(), account)
		must(st.t, err)
		st.later(2 * time.Second)
	}
}

// finish lets time pass until nothing moves any more; a person lets go what is held, and it moves again.
func (st *story) finish() {
	for round, again := 0, true; again && round < 5; round++ {
		for n := 0; n < 30 && (n < 2 || !st.quiet()); n++ {
			st.work()
			st.printAll()
			st.later(10 * time.Minute)
		}
		if st.reg.kanal.Art == amtshilfe.KanalKeiner {
			st.reg.kanal = postal
		}
		again = false
		for i := range st.files {
			if d := st.find(i); d != nil && d.State == amtshilfe.Held {
				must(st.t, st.Release(context.Background(), d.ID, pipeline.Decision{Wer: "meier", Grund: "-"}))
				again = true
			}
		}
	}
	st.situate()
}

// situate puts the directory back for the next death.
func (st *story) situate() {
	if st.prepare != nil {
		st.prepare(st.world, &server{})
	}
}
