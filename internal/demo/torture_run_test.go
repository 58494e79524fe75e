package demo_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
)

// arena is where worlds are built one after the other: with ports, keys and an authority server of its own.
type arena struct {
	dir string
	at  demo.Addresses
	pki string
}

var timing = demo.Timing{Settle: 100 * time.Millisecond, Scan: 100 * time.Millisecond, XTATimeout: 1500 * time.Millisecond, Reports: []time.Duration{200 * time.Millisecond}}

// newArena reserves ports below the ephemeral ones, so that no outgoing connection takes one while a gateway is dead.
func newArena(t *testing.T, number int) *arena {
	t.Helper()
	a := &arena{dir: filepath.Join(tortureDir(t), fmt.Sprintf("arena-%d", number))}
	port := 20000 + (os.Getpid()*31+number*400)%11000
	for _, to := range []*string{&a.at.Register, &a.at.SFTPA, &a.at.XTAA, &a.at.StatusA, &a.at.SFTPB, &a.at.XTAB, &a.at.StatusB} {
		for *to == "" {
			port++
			if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
				*to = l.Addr().String()
				l.Close()
			}
		}
	}
	w, err := demo.Build(filepath.Join(a.dir, "template"), a.at, timing)
	if err != nil {
		t.Fatal(err)
	}
	a.pki = filepath.Join(w.Dir, "pki")
	c := w.RegisterConfig()
	serve, err := app.RegisterServer(config.RegisterServer{Directory: c.Directory, Cert: c.Cert, Key: c.Key, ClientCA: c.ClientCA}, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", a.at.Register)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("authority server: %v", err)
		}
	})
	return a
}

// tortureDir is on a real disk: what is tested is what it keeps.
func tortureDir(t *testing.T) string {
	if dir := os.Getenv("DAMT_TORTURE_DIR"); dir != "" {
		return dir
	}
	return t.TempDir()
}

// fresh builds a new world with the arena's ports and keys.
func (a *arena) fresh(name string) (*demo.World, error) {
	dir := filepath.Join(a.dir, name)
	for _, sub := range []string{"pki", "watched"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	keys, err := os.ReadDir(a.pki)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if err := os.Link(filepath.Join(a.pki, k.Name()), filepath.Join(dir, "pki", k.Name())); err != nil {
			return nil, err
		}
	}
	w, err := demo.Build(dir, a.at, timing)
	if err != nil {
		return nil, err
	}
	return w, w.Keep(4, timing)
}

// run is one scenario with two gateways.
type run struct {
	*stage
	env       map[string][]string // environment of the first start, by site
	gateways  map[string]*process
	restarted map[string]int
	// revive prepares the restart of a killed gateway; nil = just start it again.
	revive func(site string) ([]string, error)
}

const settled = 3 // how often in a row both gateways must say that nothing is left to do

func (r *run) sites() []demo.Site { return []demo.Site{r.A, r.B} }

// toTheEnd plays the scenario: gateways that are killed are started again, until nothing is left to do; then both are stopped.
// One that is killed while it stops is no different: both come to rest once more.
func (r *run) toTheEnd(ctx context.Context, patience time.Duration) error {
	r.gateways, r.restarted = map[string]*process{}, map[string]int{}
	for _, s := range r.sites() {
		var err error
		if r.gateways[s.Name], err = startGateway(s, r.env[s.Name]...); err != nil {
			return errors.Join(err, r.stop())
		}
	}
	playing, cancel := context.WithCancel(ctx)
	played := make(chan struct{})
	go func() { defer close(played); r.play(playing) }()
	defer func() { cancel(); <-played }()
	err := errors.Join(r.settle(patience), r.stop())
	if err == nil && r.killedStopping() {
		err = errors.Join(r.startAgain(r.sites()...), r.settle(patience), r.stop())
	}
	return err
}

// stop ends both gateways. One that is killed on the way out is none of its errors.
func (r *run) stop() (err error) {
	for name, p := range r.gateways {
		if stopErr := p.stop(); stopErr != nil && (errors.Is(stopErr, errStuck) || !p.killed()) {
			err = errors.Join(err, fmt.Errorf("%s: stop: %w", name, stopErr))
		}
	}
	return err
}

func (r *run) killedStopping() bool {
	for _, p := range r.gateways {
		if p.killed() {
			return true
		}
	}
	return false
}

// settle waits until nothing is left to do.
func (r *run) settle(patience time.Duration) error {
	for deadline := time.Now().Add(patience); !r.resting(); {
		if err := r.restart(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("still at work after %s: %s", patience, r.words())
		}
		time.Sleep(40 * time.Millisecond)
	}
	return nil
}

// restart starts gateways that were killed again; one that ended by itself is an error.
func (r *run) restart() error {
	for _, s := range r.sites() {
		p := r.gateways[s.Name]
		if !p.over() {
			continue
		}
		if !p.killed() {
			return fmt.Errorf("%s ended by itself: %v", s.Name, p.err)
		}
		if err := r.startAgain(s); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) startAgain(sites ...demo.Site) error {
	for _, s := range sites {
		var env []string
		var err error
		if r.gateways[s.Name].killed() {
			r.restarted[s.Name]++
			if r.revive != nil {
				if env, err = r.revive(s.Name); err != nil {
					return fmt.Errorf("revive %s: %w", s.Name, err)
				}
			}
		}
		next, err := startGateway(s, env...)
		if err != nil {
			return err
		}
		r.gateways[s.Name] = next
	}
	return nil
}

// resting says that everything was dropped, the folders are empty and both gateways said for a while that nothing is left.
func (r *run) resting() bool {
	least := settled
	for _, p := range r.gateways {
		n, _ := p.quiet()
		least = min(least, n)
	}
	if least == 0 {
		return false
	}
	r.power.RLock()
	defer r.power.RUnlock()
	if r.allDropped() && r.FoldersEmpty() {
		return least == settled
	}
	for _, p := range r.gateways {
		p.restless()
	}
	return false
}

func (r *run) words() string {
	text := ""
	for name, p := range r.gateways {
		_, line := p.quiet()
		text += fmt.Sprintf("%s: %s; ", name, line)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return text + fmt.Sprintf("%d of %d files dropped", len(r.dropped), len(r.scenario.files))
}
