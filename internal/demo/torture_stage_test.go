package demo_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"damtshilfe/internal/demo"
)

// stage is a world in which a scenario is played, with everybody who stays up while gateways die: the sender's program, the
// authorities' programs and the print centre. What they saw is kept in memory, out of the reach of a power cut.
type stage struct {
	*demo.World
	scenario *scenario
	power    sync.RWMutex // everybody pauses while the power is away

	mu       sync.Mutex
	dropped  map[string]bool     // files whose drop was acknowledged
	retried  map[string]bool     // files that were dropped more than once: each further time may be a duplicate
	bundles  map[string]*printed // what the print centre saw, by bundle
	outputs  map[string]output   // what the sender saw in its out folder
	problems []string            // seen while playing
}

// printed is a bundle that the print centre saw.
type printed struct {
	deliveries []string
	sum        [32]byte // of its index
	taken      bool     // it was moved away, durably
}

func newStage(w *demo.World, s *scenario) *stage {
	return &stage{World: w, scenario: s, dropped: map[string]bool{}, retried: map[string]bool{}, bundles: map[string]*printed{}, outputs: map[string]output{}}
}

func (st *stage) problem(format string, args ...any) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.problems = append(st.problems, fmt.Sprintf(format, args...))
}

// play lets everybody do their part until ctx ends.
func (st *stage) play(ctx context.Context) {
	offices := st.Authorities()
	var wg sync.WaitGroup
	for _, actor := range []struct {
		pause time.Duration
		act   func()
	}{
		{20 * time.Millisecond, func() { st.drop(ctx) }},
		{50 * time.Millisecond, func() {
			if err := offices.Answer(); err != nil {
				return // its folder lost its power: again next time
			}
		}},
		{3 * time.Millisecond, st.takeBundles},
		{20 * time.Millisecond, st.watchReceipts},
	} {
		wg.Go(func() {
			for ctx.Err() == nil {
				st.power.RLock()
				actor.act()
				st.power.RUnlock()
				time.Sleep(actor.pause)
			}
		})
	}
	wg.Wait()
}

// drop drops the files whose time has come. What is not acknowledged is dropped again.
func (st *stage) drop(ctx context.Context) {
	for _, f := range st.scenario.files {
		if st.isDropped(f.name) || f.after != nil && !f.after(st) || ctx.Err() != nil {
			continue
		}
		put := st.putLocal
		if f.sftp {
			put = func(f file) error { return st.Upload(ctx, f.name, f.data) }
		}
		if _, err := os.Stat(st.Sender.In); err != nil {
			return // the gateway has not made its folders yet
		}
		err := put(f)
		st.mu.Lock()
		if err != nil {
			st.retried[f.name] = true
		} else {
			st.dropped[f.name] = true
		}
		st.mu.Unlock()
	}
}

func (st *stage) isDropped(name string) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.dropped[name]
}

func (st *stage) allDropped() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return len(st.dropped) == len(st.scenario.files)
}

// putLocal writes into the sender's in folder as a careful program does: another name, fsync, rename, fsync.
func (st *stage) putLocal(f file) error {
	in := st.Sender.In
	if f.watched {
		in = st.Watched()
	}
	dir, err := os.Open(in)
	if err != nil {
		return err
	}
	defer dir.Close()
	tmp := filepath.Join(in, f.name+".tmp")
	out, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := out.Write(f.data); err != nil {
		return errors.Join(err, out.Close())
	}
	if err := errors.Join(out.Sync(), out.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(in, f.name)); err != nil {
		return err
	}
	return dir.Sync()
}

// arrived says that a request lies in an authority's out folder.
func (st *stage) arrived(uuid string) bool {
	for _, o := range st.Offices {
		found, _ := filepath.Glob(filepath.Join(o.Out, "003_I*.xml"))
		for _, f := range found {
			if data, err := os.ReadFile(f); err == nil && bytes.Contains(data, []byte(uuid)) {
				return true
			}
		}
	}
	return false
}

// receipted says that the sender has a receipt of the drop.
func (st *stage) receipted(name string) bool {
	found, _ := filepath.Glob(filepath.Join(st.Sender.Out, name+".D*.1.quittung.xml"))
	return len(found) > 0
}

func (st *stage) centre() string { return filepath.Join(filepath.Dir(st.Printed()), "taken") }

// takeBundles is the print centre: it takes every bundle at first sight.
func (st *stage) takeBundles() {
	entries, err := os.ReadDir(st.Printed())
	if err != nil {
		return
	}
	for _, e := range entries {
		if err := st.takeBundle(e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			continue // the power is away: looked at again after the next start
		}
	}
}

// takeBundle notes what the bundle holds before it moves it away: what was seen counts as printed.
func (st *stage) takeBundle(id string) error {
	deliveries, sum, err := readIndex(filepath.Join(st.Printed(), id))
	if err != nil {
		return err
	}
	st.mu.Lock()
	b, again := st.bundles[id]
	if !again {
		b = &printed{deliveries: deliveries, sum: sum}
		st.bundles[id] = b
	}
	taken := b.taken
	st.mu.Unlock()
	switch {
	case taken:
		st.problem("bundle %s came to the print centre a second time", id)
	case again && b.sum != sum:
		st.problem("bundle %s came again with other letters", id)
	}
	if err := os.MkdirAll(st.centre(), 0o700); err != nil {
		return err
	}
	to := filepath.Join(st.centre(), id)
	if taken {
		to += "-again"
	}
	if err := os.Rename(filepath.Join(st.Printed(), id), to); err != nil {
		return err
	}
	if err := errors.Join(syncDir(st.centre()), syncDir(st.Printed())); err != nil {
		return err
	}
	st.mu.Lock()
	b.taken = true
	st.mu.Unlock()
	return nil
}

func readIndex(bundle string) (deliveries []string, sum [32]byte, err error) {
	data, err := os.ReadFile(filepath.Join(bundle, filepath.Base(bundle)+"_index.csv"))
	if err != nil {
		return nil, sum, err
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, sum, err
	}
	for _, row := range rows[1:] {
		for i, column := range rows[0] {
			if column == "uebermittlung" {
				deliveries = append(deliveries, row[i])
			}
		}
	}
	return deliveries, sha256.Sum256(data), nil
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// watchReceipts notes the bytes of every file for the sender at first sight: the same name must never come with others.
func (st *stage) watchReceipts() {
	entries, _ := os.ReadDir(st.Sender.Out)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue
		}
		st.mu.Lock()
		seen, again := st.outputs[e.Name()]
		st.mu.Unlock()
		if again && os.SameFile(seen.info, info) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(st.Sender.Out, e.Name()))
		if err != nil {
			continue
		}
		sum := sha256.Sum256(data)
		if again && seen.sum != sum {
			st.problem("%s came again with other bytes", e.Name())
		}
		st.mu.Lock()
		st.outputs[e.Name()] = output{info, sum}
		st.mu.Unlock()
	}
}

// output is a file in the sender's out folder.
type output struct {
	info fs.FileInfo
	sum  [32]byte
}

func (st *stage) problemsSoFar() []string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return append([]string(nil), st.problems...)
}
