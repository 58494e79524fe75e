package printstreet_test

import (
	"testing"

	"damtshilfe/printstreet"
)

// BenchmarkBundle renders bundles of 500 realistic letters; letters/s is per core.
func BenchmarkBundle(b *testing.B) {
	letters := make([]printstreet.Letter, 500)
	for i := range letters {
		letters[i] = letter(i+1, ersuchen())
	}
	j := production(job(letters...))
	b.ReportAllocs()
	pages := 0
	for b.Loop() {
		out, err := printstreet.Render(j)
		if err != nil {
			b.Fatal(err)
		}
		pages = out.Pages
	}
	b.ReportMetric(float64(500*b.N)/b.Elapsed().Seconds(), "letters/s")
	b.ReportMetric(float64(pages)/500, "pages/letter")
}

// BenchmarkLetter renders one letter in a document of its own, as `gateway render` does.
func BenchmarkLetter(b *testing.B) {
	l, p := letter(1, ersuchen()), printstreet.TestProfile()
	for b.Loop() {
		if _, err := printstreet.RenderLetter(l, p); err != nil {
			b.Fatal(err)
		}
	}
}
