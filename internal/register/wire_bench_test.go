package register_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// askersAtOnce is how many clients ask in TestBenchAsk.
const askersAtOnce = 8

// TestBenchAsk lets eight clients ask single questions (001 and 002) over mutual TLS on loopback about all of Germany, none of them from
// a cache, with server and clients in one process. At 50 questions a second each, 400 together, 99 of 100 answers come within a
// millisecond; without pauses the processors decide, which both sides share. These are times of the clock: a busy machine spoils them,
// cpu is what both sides used.
func TestBenchAsk(t *testing.T) {
	if os.Getenv("DAMT_BENCH") == "" {
		t.Skip("DAMT_BENCH: not set")
	}
	d, pairs := benchDirectory(t)
	for _, mode := range []struct {
		name  string
		pause time.Duration
		n     int
		limit time.Duration // of p99; 0 = none
	}{{"50 a second each", 20 * time.Millisecond, 4000, time.Millisecond}, {"without pause", 0, 20_000, 0}} {
		w := newWorld(t)
		s := w.serve(register.ServerOptions{Directory: d, Limit: register.Limit{Rate: 1 << 30}})
		clients := make([]*register.Client, askersAtOnce)
		for i := range clients {
			clients[i] = w.ask(register.Options{Servers: []string{s.url}})
			if _, err := clients[i].ByKennung(t.Context(), "x", amtshilfe.Test); err != nil { // the handshake
				t.Fatal(err)
			}
		}
		runtime.GC()
		before, began := cpu(t), time.Now()
		took := askAtOnce(t, clients, pairs, mode.n, mode.pause)
		elapsed, used := time.Since(began), cpu(t)-before
		p := func(part float64) time.Duration { return took[int(float64(len(took)-1)*part)].Round(time.Microsecond) }
		t.Logf("%s: p50 %v, p99 %v, longest %v, %.0f questions/s, cpu of both sides %v a question", mode.name, p(0.5), p(0.99), p(1),
			float64(len(took))/elapsed.Seconds(), (used / time.Duration(len(took))).Round(time.Microsecond))
		if mode.limit > 0 && p(0.99) > mode.limit {
			t.Errorf("%s: p99 %v, want under %v", mode.name, p(0.99), mode.limit)
		}
	}
}

// askAtOnce asks n questions and gives how long each took, the shortest first.
func askAtOnce(t *testing.T, clients []*register.Client, pairs []pair, n int, pause time.Duration) []time.Duration {
	t.Helper()
	took := make([][]time.Duration, len(clients))
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			for k := i; k < n; k += len(clients) {
				p := pairs[random.IntN(len(pairs))]
				a := at(p.plz, p.ort)
				a.Strasse = fmt.Sprintf("Weg %d", k) // never asked before
				began := time.Now()
				if _, err := c.Lookup(t.Context(), grundsteuer, a, amtshilfe.Test); err != nil {
					t.Error(err)
					return
				}
				took[i] = append(took[i], time.Since(began))
				time.Sleep(pause)
			}
		})
	}
	wg.Wait()
	all := slices.Concat(took...)
	slices.Sort(all)
	return all
}

// benchDirectory is all of Germany, or the sample.
func benchDirectory(t *testing.T) (*register.Directory, []pair) {
	t.Helper()
	if err := germanyOnce().err; os.IsNotExist(err) {
		return sample(t), []pair{{"01067", "Dresden", ""}, {"24937", "Flensburg", ""}, {"60311", "Frankfurt am Main", ""}}
	}
	f, pairs, _ := germany(t)
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return d, pairs
}
