package demo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/demo"
)

// image is an ext4 file system of its own that can lose its power.
type image struct{ file, mount string }

func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// newImage formats and mounts an image; its room covers what a gateway wants to have free.
func newImage(file, mount string) (*image, error) {
	i := &image{file, mount}
	if err := os.MkdirAll(mount, 0o700); err != nil {
		return nil, err
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Truncate(512<<20), f.Close()); err != nil {
		return nil, err
	}
	if err := command("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1", file); err != nil {
		return nil, err
	}
	return i, i.on()
}

func (i *image) on() error { return command("mount", "-o", "loop", i.file, i.mount) }

// off unmounts; whoever still has a file open there is waited for.
func (i *image) off() error {
	err := syscall.Unmount(i.mount, 0)
	for range 100 {
		if !errors.Is(err, syscall.EBUSY) {
			break
		}
		time.Sleep(50 * time.Millisecond)
		err = syscall.Unmount(i.mount, 0)
	}
	if errors.Is(err, syscall.EINVAL) { // not mounted
		return nil
	}
	return err
}

// powered is a world whose data centre A lies on images.
type powered struct {
	*run
	images []*image
}

// power builds the world: the data directory on an image, the ledger on the same or on a second one.
func (a *arena) power(name string, apart bool) (_ *powered, err error) {
	w, err := a.fresh(name)
	if err != nil {
		return nil, err
	}
	p := &powered{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.off())
		}
	}()
	for k, mount := range []string{filepath.Join(w.Dir, "rz-a", "var"), filepath.Join(w.Dir, "rz-a", "ledger")}[:1+bit(apart)] {
		i, err := newImage(filepath.Join(w.Dir, fmt.Sprintf("image-%d", k)), mount)
		if err != nil {
			return p, err
		}
		p.images = append(p.images, i)
	}
	if apart {
		if err := ledgerApart(w); err != nil {
			return p, err
		}
	}
	s, err := mixed(w)
	if err != nil {
		return p, err
	}
	p.run = &run{stage: newStage(w, s), revive: func(site string) ([]string, error) { return p.again() }}
	return p, nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func ledgerApart(w *demo.World) error {
	f, err := os.OpenFile(w.A.Config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("ledger: ledger/ledger.db\n")
	return errors.Join(err, f.Close())
}

func (p *powered) off() error {
	var errs []error
	for _, i := range p.images {
		errs = append(errs, i.off())
	}
	return errors.Join(errs...)
}

// again brings the power back: what the print centre saw must still be where it was seen, before any gateway runs.
func (p *powered) again() ([]string, error) {
	p.power.Lock()
	defer p.power.Unlock()
	if err := p.off(); err != nil {
		return nil, err
	}
	for _, i := range p.images {
		if err := i.on(); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range p.bundles {
		_, inbox := os.Stat(filepath.Join(p.Printed(), id))
		_, taken := os.Stat(filepath.Join(p.centre(), id))
		if inbox != nil && taken != nil {
			p.problems = append(p.problems, fmt.Sprintf("bundle %s was seen by the print centre and is not there after the power cut", id))
		}
	}
	return nil, nil
}

// cut plays the scenario with a power cut at point n (0 = none) and judges it.
func (a *arena) cut(ctx context.Context, name string, apart bool, n int, env ...string) (problems []string, cut bool, err error) {
	p, err := a.power(name, apart)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, p.off(), os.RemoveAll(p.Dir)) }()
	if n > 0 {
		var mounts []string
		for _, i := range p.images {
			mounts = append(mounts, i.mount)
		}
		env = append(env, fmt.Sprintf("DAMT_KILL_AT=%d", n), "DAMT_CUT="+strings.Join(mounts, ":"))
	}
	p.env = map[string][]string{"rz-a": env}
	endErr := p.toTheEnd(ctx, patience)
	problems = judge(ctx, p.stage)
	if endErr != nil {
		problems = append([]string{endErr.Error()}, problems...)
	}
	if kept := os.Getenv("DAMT_KEEP"); kept != "" && len(problems) > 0 {
		err = command("cp", "-a", p.Dir, filepath.Join(kept, name))
	}
	return problems, p.restarted["rz-a"] > 0, err
}

// TestPowerCut takes the power from data centre A's disk at random points of the mixed scenario: what the file system did not
// write is lost, as in reality and other than by a kill. The broken build, which never fsyncs a directory, must be caught.
func TestPowerCut(t *testing.T) {
	switch {
	case !torture():
		t.Skip("needs root and loop devices: make torture runs it (DAMT_TORTURE=all)")
	case os.Getuid() != 0:
		t.Fatal("the power cut needs root for mount and EXT4_IOC_SHUTDOWN: run make torture as root")
	}
	s := seed(t)
	a, b, c := newArena(t, 9), newArena(t, 10), newArena(t, 11)
	if err := tryMount(filepath.Join(a.dir, "probe")); err != nil {
		t.Fatalf("cannot mount an image here: %v", err)
	}
	points := countUnderPower(t, a)
	for _, tt := range []struct {
		name  string
		apart bool
		*arena
	}{{"ledger on the same image", false, a}, {"ledger on a second image", true, b}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(uint64(s), 4+uint64(bit(tt.apart))))
			reached := 0
			for i := range 30 {
				n := 1 + rng.IntN(points)
				problems, cut, err := tt.cut(t.Context(), fmt.Sprintf("power-%d-%d", bit(tt.apart), i), tt.apart, n)
				if reached += bit(cut); err != nil {
					t.Fatal(err)
				}
				if len(problems) > 0 {
					t.Errorf("power cut %d at point %d (reached: %v):\n  %s", i, n, cut, strings.Join(problems, "\n  "))
				}
			}
			t.Logf("30 power cuts, %d reached", reached)
		})
	}
	t.Run("a build without fsync of directories is caught", func(t *testing.T) {
		t.Parallel()
		rng := rand.New(rand.NewPCG(uint64(s), 6))
		for i := range 60 {
			n := 1 + rng.IntN(points)
			problems, cut, err := c.cut(t.Context(), fmt.Sprintf("broken-%d", i), true, n, "DAMT_NO_DIRSYNC=1")
			if err != nil {
				t.Fatal(err)
			}
			if cut && len(problems) > 0 {
				t.Logf("caught at the power cut number %d, point %d:\n  %s", i+1, n, strings.Join(problems, "\n  "))
				return
			}
		}
		t.Error("60 power cuts did not catch it: the test cannot fail")
	})
}

func tryMount(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	i, err := newImage(filepath.Join(dir, "image"), filepath.Join(dir, "mount"))
	if err != nil {
		return err
	}
	return errors.Join(i.off(), os.Remove(i.file))
}

// countUnderPower plays the scenario on images without a cut and gives the number of points.
func countUnderPower(t *testing.T, a *arena) int {
	path := filepath.Join(a.dir, "power.points")
	problems, _, err := a.cut(t.Context(), "power-count", true, 0, "DAMT_POINTS="+path)
	if err != nil {
		t.Fatal(err)
	}
	if len(problems) > 0 {
		t.Fatalf("without a power cut:\n  %s", strings.Join(problems, "\n  "))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n := strings.Count(string(data), "\n")
	t.Logf("%d points without a cut", n)
	return n
}
