package demo_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"damtshilfe/internal/demo"
)

// The crash tests read these variables:
//
//	DAMT_TORTURE=all    everything, not a sample (make torture)
//	DAMT_SEED           seed of all that is random
//	DAMT_POINT          one world of TestKill only, as a failure names it: "rz-a 17", "rz-a 3 rename spool.(*Spool).moveIn after", or two of
//	                    these with " + " between them
//	DAMT_MAX_POINTS     at most so many points of TestKill
//	DAMT_UNTIL          TestKill ends at this time (RFC 3339)
//	DAMT_WORLDS         how many worlds TestKill plays at once
//	DAMT_TORTURE_DIR    where the worlds are built; those that failed stay there
//	DAMT_KEEP           folder that failed worlds of TestPowerCut are copied to; the other tests then keep every world

// torture says that everything is to be tried, not a sample: make torture.
func torture() bool { return os.Getenv("DAMT_TORTURE") == "all" }

// seed is that of all that is random; DAMT_SEED repeats a run.
func seed(t *testing.T) int64 {
	s := int64(20261121)
	if text := os.Getenv("DAMT_SEED"); text != "" {
		var err error
		if s, err = strconv.ParseInt(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d (DAMT_SEED=%d repeats it)", s, s)
	return s
}

// TestKill kills a gateway with SIGKILL before and after steps of durable, commits and socket writes while both move the mixed
// scenario, starts it again and judges from outside. The sample takes every kind of step, and kills both gateways of a world; make
// torture takes every point, alone.
func TestKill(t *testing.T) {
	s := seed(t)
	worlds := 4
	if n, err := strconv.Atoi(os.Getenv("DAMT_WORLDS")); err == nil && n > 0 {
		worlds = n
	}
	arenas := make([]*arena, worlds)
	for i := range arenas {
		arenas[i] = newArena(t, i)
	}
	logs := countPoints(t, arenas[0])
	var points []point
	asWorlds, budget := together, 30*time.Second
	switch {
	case os.Getenv("DAMT_POINT") != "":
		for text := range strings.SplitSeq(os.Getenv("DAMT_POINT"), " + ") {
			points = append(points, parsePoint(t, text))
		}
	case testing.Short():
		points = spread(logs, s)[:5]
	case torture():
		points, asWorlds, budget = every(logs, s), alone, 0
	default:
		points = spread(logs, s)
	}
	if n, err := strconv.Atoi(os.Getenv("DAMT_MAX_POINTS")); err == nil && n < len(points) {
		points = points[:n]
	}
	killAll(t, arenas, asWorlds(points), budget)
}

// countPoints plays the scenario without a kill and lists the points of each gateway.
func countPoints(t *testing.T, a *arena) map[string][]string {
	t.Helper()
	env, files := map[string][]string{}, map[string]string{}
	for _, site := range []string{"rz-a", "rz-b"} {
		files[site] = filepath.Join(a.dir, site+".points")
		env[site] = []string{"DAMT_POINTS=" + files[site]}
	}
	start := time.Now()
	problems, _ := a.scenario(t.Context(), "count", env)
	if len(problems) > 0 {
		t.Fatalf("without any kill:\n%s", strings.Join(problems, "\n"))
	}
	logs := map[string][]string{}
	for site, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			logs[site] = append(logs[site], lines.Text())
		}
	}
	t.Logf("without a kill: %d points at A, %d at B, %.1f s", len(logs["rz-a"]), len(logs["rz-b"]), time.Since(start).Seconds())
	return logs
}

// scenario plays the mixed scenario once in a fresh world and judges it. It says how often a gateway was killed.
func (a *arena) scenario(ctx context.Context, name string, env map[string][]string) (problems []string, killed int) {
	return a.play(ctx, name, env, mixed, patience)
}

func (a *arena) play(ctx context.Context, name string, env map[string][]string, script func(*demo.World) (*scenario, error), patience time.Duration) ([]string, int) {
	w, err := a.fresh(name)
	if err != nil {
		return []string{err.Error()}, 0
	}
	s, err := script(w)
	if err != nil {
		return []string{err.Error()}, 0
	}
	r := &run{stage: newStage(w, s), env: env}
	err = r.toTheEnd(ctx, patience)
	problems := judge(ctx, r.stage)
	if err != nil {
		problems = append([]string{err.Error()}, problems...)
	}
	if len(problems) == 0 && os.Getenv("DAMT_KEEP") == "" {
		if err := os.RemoveAll(w.Dir); err != nil {
			problems = append(problems, err.Error())
		}
	}
	return problems, r.restarted["rz-a"] + r.restarted["rz-b"]
}

// killAll plays the scenario in each world, in several arenas at once. With a budget it stops early, but never before each
// kind of step was taken.
func killAll(t *testing.T, arenas []*arena, worlds []kills, budget time.Duration) {
	start := time.Now()
	points := slices.Concat(worlds...)
	enough := func(i int) bool {
		return budget > 0 && i > 0 && time.Since(start) > budget && kindsDone(slices.Concat(worlds[:i]...), points)
	}
	if text := os.Getenv("DAMT_UNTIL"); text != "" { // RFC 3339: the sample ends there
		until, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		enough = func(int) bool { return time.Now().After(until) }
	}
	var next, reached, failed atomic.Int64
	var wg sync.WaitGroup
	for _, a := range arenas {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(worlds) || enough(i) || failed.Load() >= 10 {
					next.Add(-1)
					return
				}
				problems, killed := a.scenario(t.Context(), fmt.Sprintf("kill-%d", i), worlds[i].env())
				reached.Add(int64(killed))
				if len(problems) > 0 {
					failed.Add(1)
					t.Errorf("killed at %s (world kill-%d, %d reached):\n  %s", worlds[i], i, killed, strings.Join(problems, "\n  "))
				}
				if i%100 == 99 {
					fmt.Printf("TestKill: %d of %d worlds, %d failed, %s\n", i+1, len(worlds), failed.Load(), time.Since(start).Round(time.Second))
				}
			}
		})
	}
	wg.Wait()
	taken := len(slices.Concat(worlds[:next.Load()]...))
	t.Logf("%d of %d points taken in %s, %d of them reached, %d worlds failed", taken, len(points), time.Since(start).Round(time.Second), reached.Load(), failed.Load())
}
