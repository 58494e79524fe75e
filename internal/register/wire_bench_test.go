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

// askers of the benchmark.
const askersAtOnce = 8

// BenchmarkAskMTLS lets eight clients ask single questions (001 and 002) over mutual TLS on loopback about all of Germany (without the
// originals: the sample), none of them from the cache. "without pause" is what two sides on one machine can do at all; "50 a second" is
// how a data centre asks at its busiest, eight at once: 400 a second. Waits for a processor that others use count as well; cpu-us is what
// both sides used for one question.
func BenchmarkAskMTLS(b *testing.B) {
	d, pairs := benchDirectory(b)
	for _, mode := range []struct {
		name  string
		pause time.Duration
	}{{"without-pause", 0}, {"50-a-second", 20 * time.Millisecond}} {
		b.Run(mode.name, func(b *testing.B) {
			w := newWorld(b)
			s := w.serve(register.ServerOptions{Directory: d, Limit: register.Limit{Rate: 1 << 30}})
			clients := make([]*register.Client, askersAtOnce)
			for i := range clients {
				clients[i] = w.ask(register.Options{Servers: []string{s.url}})
				if _, err := clients[i].ByKennung(b.Context(), "x", amtshilfe.Test); err != nil { // the handshake
					b.Fatal(err)
				}
			}
			runtime.GC()
			before := cpu(b)
			b.ResetTimer()
			took := make([][]time.Duration, askersAtOnce)
			var wg sync.WaitGroup
			for i, c := range clients {
				wg.Go(func() {
					random := rand.New(rand.NewPCG(uint64(i), 1))
					for n := i; n < b.N; n += askersAtOnce {
						p := pairs[random.IntN(len(pairs))]
						a := at(p.plz, p.ort)
						a.Strasse = fmt.Sprintf("Weg %d", n) // never asked before
						began := time.Now()
						if _, err := c.Lookup(b.Context(), grundsteuer, a, amtshilfe.Test); err != nil {
							b.Error(err)
							return
						}
						took[i] = append(took[i], time.Since(began))
						time.Sleep(mode.pause)
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			all := slices.Concat(took...)
			slices.Sort(all)
			for name, part := range map[string]float64{"p50-us": 0.5, "p99-us": 0.99} {
				b.ReportMetric(float64(all[int(float64(len(all)-1)*part)].Microseconds()), name)
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "questions/s")
		})
	}
}

// benchDirectory is all of Germany, or the sample.
func benchDirectory(b *testing.B) (*register.Directory, []pair) {
	b.Helper()
	if err := germanyOnce().err; os.IsNotExist(err) {
		return sample(b), []pair{{"01067", "Dresden", ""}, {"24937", "Flensburg", ""}, {"60311", "Frankfurt am Main", ""}}
	}
	f, pairs, _ := germany(b)
	d, err := register.New(f)
	if err != nil {
		b.Fatal(err)
	}
	return d, pairs
}
