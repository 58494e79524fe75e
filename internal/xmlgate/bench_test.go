package xmlgate_test

import (
	"bytes"
	"io"
	"testing"

	"damtshilfe/internal/xmlgate"
)

// nothing is a Sink that costs nothing.
type nothing struct{ n int }

func (s *nothing) Enter(int, int)         { s.n++ }
func (s *nothing) Leave(int)              { s.n++ }
func (s *nothing) Value(int, []byte, int) { s.n++ }

func BenchmarkScan(b *testing.B) {
	doc := []byte(ersuchen(1))
	m := ersuchenMap(b)
	for _, bb := range []struct {
		name   string
		choose func(xmlgate.Name) *xmlgate.Map
	}{
		{"gate", nil},
		{"fields", func(xmlgate.Name) *xmlgate.Map { return m }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			s, sink := xmlgate.NewScanner(xmlgate.DefaultLimits()), &nothing{}
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Scan(doc, bb.choose, sink); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSplit streams 700 MB, 100 000 messages, per operation.
func BenchmarkSplit(b *testing.B) {
	const messages = 100_000
	l := xmlgate.DefaultLimits()
	for b.Loop() {
		s := xmlgate.NewSplitter(containerOf(messages), l, rootName("lieferung"), rootName("lieferkopf"))
		var buf []byte
		var bytes int64
		for n := 0; ; n++ {
			_, out, err := s.Next(buf[:0])
			if err == io.EOF && n == messages {
				break
			}
			if err != nil {
				b.Fatal(n, err)
			}
			bytes, buf = bytes+int64(len(out)), out
		}
		b.SetBytes(bytes)
	}
	b.ReportAllocs()
}

// containerOf generates a container without holding it.
func containerOf(messages int) io.Reader {
	message := []byte(ersuchen(7) + "\n")
	parts := []io.Reader{bytes.NewReader([]byte(containerStart))}
	for range messages {
		parts = append(parts, bytes.NewReader(message))
	}
	return io.MultiReader(append(parts, bytes.NewReader([]byte(containerEnd)))...)
}

const (
	containerStart = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<l:lieferung xmlns:l=\"" + nsV + "\" xmlns=\"" + nsV + "\">\n<lieferkopf>\n  <l:nummer>1</l:nummer>\n</lieferkopf>\n"
	containerEnd   = "</l:lieferung>\n"
)
