package sample_test

import (
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/sample"
)

// TestEveryMessageFindsItsAuthority: with the directory that the gateway brings along, exactly one, and not the sender.
func TestEveryMessageFindsItsAuthority(t *testing.T) {
	directory, err := register.Sample()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		s := sample.New(sample.Options{Seed: 5, Now: now}, i)
		addrs, findings := rules.RoutingAddresses(&s.Ersuchen, now)
		if len(addrs) != 1 || len(findings) > 0 {
			t.Fatalf("message %d routes to %v, %v", i, addrs, findings)
		}
		z := directory.Lookup(s.Einnahmeart, addrs[0], amtshilfe.Test)
		if z.IsZero() || len(z.Kandidaten) > 0 || z.Behoerde.Kennung == sample.DefaultKennung {
			t.Errorf("message %d, Einnahmeart %s in %s %s: %+v", i, s.Einnahmeart.Code, addrs[0].Postleitzahl, addrs[0].Ort, z)
		}
	}
}
