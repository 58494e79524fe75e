package demo_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// point is where a gateway is killed: at the n-th point of all, or the n-th of its key.
type point struct {
	site string
	key  string // "" = any
	n    int
}

func (p point) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", p.site, p.n, p.key))
}

func (p point) env() []string {
	if p.key == "" {
		return []string{fmt.Sprintf("DAMT_KILL_AT=%d", p.n)}
	}
	return []string{"DAMT_KILL_KEY=" + p.key, fmt.Sprintf("DAMT_KILL_HIT=%d", p.n)}
}

// kills are the points of one world, at most one of each gateway.
type kills []point

func (k kills) String() string {
	var words []string
	for _, p := range k {
		words = append(words, p.String())
	}
	return strings.Join(words, " + ")
}

func (k kills) env() map[string][]string {
	env := map[string][]string{}
	for _, p := range k {
		env[p.site] = p.env()
	}
	return env
}

// alone gives each point a world of its own.
func alone(points []point) (worlds []kills) {
	for _, p := range points {
		worlds = append(worlds, kills{p})
	}
	return worlds
}

// together puts the points into as few worlds as it can, in their order.
func together(points []point) (worlds []kills) {
	used := map[string]int{} // by site: worlds in which it is killed
	for _, p := range points {
		if used[p.site] == len(worlds) {
			worlds = append(worlds, nil)
		}
		worlds[used[p.site]] = append(worlds[used[p.site]], p)
		used[p.site]++
	}
	return worlds
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
