package xsd_test

import (
	"os"
	"testing"

	"damtshilfe/internal/sample"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xsd"
)

// profil compiles the pack of the profile.
func profil(tb testing.TB) *xsd.Grammar {
	tb.Helper()
	g, err := xsd.Compile(os.DirFS("../../mapping/packs/damtshilfe-profil-1.0"), "vollstreckungshilfe.xsd")
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func ersuchen() (doc []byte) {
	for m := range sample.Generate(sample.Options{N: 1, Seed: 1}) {
		doc = append(doc, m.XML...)
	}
	return doc
}

// Judging takes no memory of its own from the second document on.
func TestJudgingDoesNotAllocate(t *testing.T) {
	doc := ersuchen()
	allocations := func(judge xmlgate.Judge) float64 {
		s := xmlgate.NewScanner(xmlgate.Limits{})
		s.Judge = func(xmlgate.Name) xmlgate.Judge { return judge }
		return testing.AllocsPerRun(50, func() { s.Scan(doc, nil, nil) })
	}
	if with, without := allocations(profil(t).Judge()), allocations(nil); with > without {
		t.Errorf("%v allocations with a judge, %v without", with, without)
	}
}

func BenchmarkJudge(b *testing.B) {
	doc, g := ersuchen(), profil(b)
	for name, judge := range map[string]xmlgate.Judge{"gate": nil, "gate and judge": g.Judge()} {
		b.Run(name, func(b *testing.B) {
			s := xmlgate.NewScanner(xmlgate.Limits{})
			s.Judge = func(xmlgate.Name) xmlgate.Judge { return judge }
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				s.Scan(doc, nil, nil)
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		profil(b)
	}
}
