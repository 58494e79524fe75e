package register_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// BenchmarkAskMTLS asks single questions (001 and 002) over mutual TLS on loopback, none of them from the cache.
func BenchmarkAskMTLS(b *testing.B) {
	w := newWorld(b)
	s := w.serve(register.ServerOptions{})
	c := w.ask(register.Options{Servers: []string{s.url}})
	var took []time.Duration
	i := 0
	for b.Loop() {
		began := time.Now()
		if _, err := c.Lookup(b.Context(), grundsteuer, at("01067", fmt.Sprintf("Dresden %d", i)), amtshilfe.Test); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
		i++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}
