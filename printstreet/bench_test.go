package printstreet_test

import (
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// BenchmarkBundle renders bundles of 500 letters. "one title" is the usual request (one debtor, one title, three claims), "two
// titles" that of the fixtures. letters/cpu-s is per core, whatever else the machine does.
func BenchmarkBundle(b *testing.B) {
	b.Run("one title", func(b *testing.B) {
		m := ersuchen()
		e := m.Ersuchen
		e.Schuldner, e.Titel, e.Forderungen = e.Schuldner[:1], e.Titel[:1], e.Forderungen[:3]
		benchmark(b, m, printstreet.ContainerStapel)
	})
	b.Run("single PDFs", func(b *testing.B) {
		m := ersuchen()
		m.Ersuchen.Schuldner, m.Ersuchen.Titel, m.Ersuchen.Forderungen = m.Ersuchen.Schuldner[:1], m.Ersuchen.Titel[:1], m.Ersuchen.Forderungen[:3]
		benchmark(b, m, printstreet.ContainerEinzeln)
	})
	b.Run("two titles", func(b *testing.B) { benchmark(b, ersuchen(), printstreet.ContainerStapel) })
}

func benchmark(b *testing.B, m *amtshilfe.Message, c printstreet.Container) {
	letters := make([]printstreet.Letter, 500)
	for i := range letters {
		letters[i] = letter(i+1, m)
	}
	j := production(job(letters...))
	j.Profile.Container = c
	j.Profile.SheetControl = printstreet.SheetControl{Art: "datamatrix", X: 12, Y: 235, Module: 0.5, Quiet: 1}
	b.ReportAllocs()
	pages, start := 0, cpu(b)
	for b.Loop() {
		out, err := printstreet.Render(j)
		if err != nil {
			b.Fatal(err)
		}
		pages = out.Pages
	}
	b.ReportMetric(float64(500*b.N)/b.Elapsed().Seconds(), "letters/s")
	b.ReportMetric(float64(500*b.N)/(cpu(b)-start).Seconds(), "letters/cpu-s")
	b.ReportMetric(float64(pages)/500, "pages/letter")
}

// cpu is the CPU time of this process so far, in user mode and kernel: other work on the machine does not count.
func cpu(b testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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
