package demo_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/demo"
	"damtshilfe/internal/sample"
)

// bulk is n requests in ZIPs, electronic and post by turns; each ZIP is dropped when the one before was receipted.
func bulk(n, perZIP int) func(*demo.World) (*scenario, error) {
	return func(w *demo.World) (*scenario, error) {
		s := &scenario{fates: map[string]fate{}, requests: map[string]bool{}, twin: map[string]string{}}
		p := placesOf(w)
		for i := 0; i*perZIP < n; i++ {
			f, err := s.zip(w, fmt.Sprintf("menge-%02d.zip", i), 1000+int64(i), perZIP, perZIP/20, func(k int) (sample.Place, fate) { return p.at(k + i) })
			if err != nil {
				return nil, err
			}
			if f.sftp = i%2 == 0; i > 0 {
				f.after = told(s.files[i-1].name)
			}
			s.files = append(s.files, f)
		}
		return s, nil
	}
}

// TestRandomKills kills both gateways again and again while they move many messages: 2 000 and ten kills under make torture.
func TestRandomKills(t *testing.T) {
	if testing.Short() {
		t.Skip("TestKill has the short sample")
	}
	s := seed(t)
	n, perZIP, kills := 200, 100, 2
	if torture() {
		n, perZIP, kills = 2000, 200, 10
	}
	a := newArena(t, 7)
	w, err := a.fresh("random")
	if err != nil {
		t.Fatal(err)
	}
	script, err := bulk(n, perZIP)(w)
	if err != nil {
		t.Fatal(err)
	}
	plan := killPlan(s, n, kills)
	t.Logf("%d messages, kills at points after the start of each process: %v", n, plan)
	next := func(site string) []string {
		if len(plan[site]) == 0 {
			return nil
		}
		at := plan[site][0]
		plan[site] = plan[site][1:]
		return []string{fmt.Sprintf("DAMT_KILL_AT=%d", at)}
	}
	r := &run{stage: newStage(w, script), env: map[string][]string{"rz-a": next("rz-a"), "rz-b": next("rz-b")},
		revive: func(site string) ([]string, error) { return next(site), nil }}
	start := time.Now()
	err = r.toTheEnd(t.Context(), time.Minute+time.Duration(n)*500*time.Millisecond)
	problems := judge(t.Context(), r.stage)
	if err != nil {
		problems = append([]string{err.Error()}, problems...)
	}
	if len(problems) > 0 {
		t.Errorf("%d problems:\n  %s", len(problems), strings.Join(problems[:min(len(problems), 40)], "\n  "))
		return
	}
	got := r.restarted["rz-a"] + r.restarted["rz-b"]
	t.Logf("%d messages, %d kills (A %d, B %d) in %s", n, got, r.restarted["rz-a"], r.restarted["rz-b"], time.Since(start).Round(time.Second))
	if got < kills {
		t.Errorf("only %d of %d kills happened: the points lie too far out", got, kills)
	}
	if os.Getenv("DAMT_KEEP") == "" {
		if err := os.RemoveAll(w.Dir); err != nil {
			t.Error(err)
		}
	}
}

// killPlan spreads the kills over both gateways, two at A for one at B, each at a point of the process that is started then.
func killPlan(seed int64, messages, kills int) map[string][]int {
	rng := rand.New(rand.NewPCG(uint64(seed), 3))
	plan := map[string][]int{}
	for i := range kills {
		site, points := "rz-a", 40*messages/kills
		if i%3 == 2 || kills == 2 && i == 1 {
			site, points = "rz-b", 15*messages/kills
		}
		plan[site] = append(plan[site], 300+rng.IntN(points))
	}
	return plan
}
