package demo_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
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
//	DAMT_POINT          one point of TestKill only, as a failure names it: "rz-a 17" or "rz-a 3 rename spool.(*Spool).moveIn after"
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

// point is where a gateway is killed: at the n-th point of all, or the n-th of its key.
type point struct {
	site string
	key  string // "" = any
	n    int
}

func (p point) String() string {
	if p.key == "" {
		return fmt.Sprintf("%s point %d", p.site, p.n)
	}
	return fmt.Sprintf("%s %q number %d", p.site, p.key, p.n)
}

func (p point) env() []string {
	if p.key == "" {
		return []string{fmt.Sprintf("DAMT_KILL_AT=%d", p.n)}
	}
	return []string{"DAMT_KILL_KEY=" + p.key, fmt.Sprintf("DAMT_KILL_HIT=%d", p.n)}
}

// TestKill kills a gateway with SIGKILL before and after steps of durable, commits and socket writes while both move the mixed
// scenario, starts it again and judges from outside. The sample takes every kind of step; make torture takes every point.
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
	budget := 60 * time.Second
	switch {
	case os.Getenv("DAMT_POINT") != "":
		points = []point{parsePoint(t, os.Getenv("DAMT_POINT"))}
	case testing.Short():
		points = spread(logs, s)[:5]
	case torture():
		points, budget = every(logs, s), 0
	default:
		points = spread(logs, s)
	}
	if n, err := strconv.Atoi(os.Getenv("DAMT_MAX_POINTS")); err == nil && n < len(points) {
		points = points[:n]
	}
	killAll(t, arenas, points, budget)
}

// parsePoint reads "rz-a 17" or "rz-a 3 rename spool.Take after".
func parsePoint(t *testing.T, text string) point {
	site, rest, _ := strings.Cut(text, " ")
	n, key, _ := strings.Cut(rest, " ")
	number, err := strconv.Atoi(n)
	if err != nil {
		t.Fatal(err)
	}
	return point{site, key, number}
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

// scenario plays the mixed scenario once in a fresh world and judges it. It says whether a gateway was killed.
func (a *arena) scenario(ctx context.Context, name string, env map[string][]string) (problems []string, killed bool) {
	return a.play(ctx, name, env, mixed, patience)
}

func (a *arena) play(ctx context.Context, name string, env map[string][]string, script func(*demo.World) (*scenario, error), patience time.Duration) ([]string, bool) {
	w, err := a.fresh(name)
	if err != nil {
		return []string{err.Error()}, false
	}
	s, err := script(w)
	if err != nil {
		return []string{err.Error()}, false
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
	return problems, r.restarted["rz-a"]+r.restarted["rz-b"] > 0
}

// kind is a key without who does the step.
func kind(key string) string {
	words := strings.Fields(key)
	return words[0] + " " + words[len(words)-1]
}

// spread takes each kind of step of each gateway once, before and after, and then each place in the code that does one, as
// far as time allows.
func spread(logs map[string][]string, seed int64) []point {
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	var first, more []point
	for _, site := range []string{"rz-a", "rz-b"} {
		count, kinds := map[string]int{}, map[string][]string{}
		for _, key := range logs[site] {
			if count[key]++; count[key] == 1 {
				kinds[kind(key)] = append(kinds[kind(key)], key)
			}
		}
		for _, k := range sorted(kinds) {
			keys := kinds[k]
			rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			for i, key := range keys {
				p := point{site, key, 1 + rng.IntN(count[key])}
				if i == 0 {
					first = append(first, p)
				} else {
					more = append(more, p)
				}
			}
			for range 3 { // commits and socket writes have no place in the code: some more of them
				if key := keys[0]; strings.Contains(key, " - ") {
					more = append(more, point{site, key, 1 + rng.IntN(count[key])})
				}
			}
		}
	}
	for _, list := range [][]point{first, more} {
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return append(first, more...)
}

func sorted(m map[string][]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// every takes every point of both gateways, in random order, so that an early end is a fair sample.
func every(logs map[string][]string, seed int64) []point {
	var points []point
	for _, site := range []string{"rz-a", "rz-b"} {
		for n := range logs[site] {
			points = append(points, point{site: site, n: n + 1})
		}
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 2))
	rng.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	return points
}

// killAll plays the scenario for each point, in several arenas at once. With a budget it stops early, but never before each
// kind of step was taken.
func killAll(t *testing.T, arenas []*arena, points []point, budget time.Duration) {
	start := time.Now()
	enough := func(i int) bool {
		return budget > 0 && i > 0 && time.Since(start) > budget && kindsDone(points[:i], points)
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
				if i >= len(points) || enough(i) || failed.Load() >= 10 {
					next.Add(-1)
					return
				}
				p := points[i]
				problems, killed := a.scenario(t.Context(), fmt.Sprintf("kill-%d", i), map[string][]string{p.site: p.env()})
				if killed {
					reached.Add(1)
				}
				if len(problems) > 0 {
					failed.Add(1)
					t.Errorf("killed at %s (world kill-%d, reached: %v):\n  %s", p, i, killed, strings.Join(problems, "\n  "))
				}
				if i%100 == 99 {
					fmt.Printf("TestKill: %d of %d points, %d failed, %s\n", i+1, len(points), failed.Load(), time.Since(start).Round(time.Second))
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d of %d points taken in %s, %d of them reached, %d failed", next.Load(), len(points), time.Since(start).Round(time.Second), reached.Load(), failed.Load())
}

func kindsDone(taken, all []point) bool {
	have := map[string]bool{}
	for _, p := range taken {
		have[p.site+kind(p.key)] = true
	}
	for _, p := range all {
		if !have[p.site+kind(p.key)] {
			return false
		}
	}
	return true
}
