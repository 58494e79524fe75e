package certs_test

import (
	"slices"
	"strings"
	"testing"

	"damtshilfe/internal/certs"
)

func TestRevoked(t *testing.T) {
	a, b := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	var none *certs.Revoked
	if none.Has(a) || none.List() != nil {
		t.Error("nothing has a member")
	}
	r := certs.NewRevoked()
	var told []string
	r.Tell(func(added []string) {
		if !r.Has(added[0]) {
			t.Error("told before it counts")
		}
		told = append(told, added...)
	})
	if r.Has(a) || r.Has("") {
		t.Error("an empty set has a member")
	}
	r.Replace([]string{colons(strings.ToUpper(a)), a})
	r.Replace([]string{a})
	if !r.Has(a) || !r.Has(colons(strings.ToUpper(a))) || r.Has(b) {
		t.Error("written as openssl prints it, or as we do, it is the same")
	}
	r.Replace([]string{a, b})
	if !slices.Equal(told, []string{a, b}) {
		t.Errorf("told of %v, each once is right", told)
	}
	r.Replace([]string{b}) // taken back: it was revoked by mistake
	if r.Has(a) || !slices.Equal(r.List(), []string{b}) {
		t.Errorf("%v", r.List())
	}
}
