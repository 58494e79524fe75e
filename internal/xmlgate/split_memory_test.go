package xmlgate_test

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"damtshilfe/internal/xmlgate"
)

// A child larger than the first window makes the window grow, no further than it must.
func TestSplitLargeChild(t *testing.T) {
	large := "<v:a><b>" + strings.Repeat("0123456789abcdef", 200_000) + "</b></v:a>"
	file := openV + "<v:a/>" + large + "<v:a/>" + large + "</v:lieferung>"
	docs, _, err := split(strings.NewReader(file), xmlgate.Limits{})
	if err != nil || len(docs) != 5 || len(docs[2]) < len(large) {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	_, _, err = split(strings.NewReader(file), xmlgate.Limits{MaxBytes: 2 << 20})
	if e := asError(t, err); e == nil || e.Code != xmlgate.CodeZuGross {
		t.Errorf("got %v, want %s", err, xmlgate.CodeZuGross)
	}
	endless := io.MultiReader(strings.NewReader(openV+"<v:a>"), zeros{})
	_, _, err = split(endless, xmlgate.Limits{MaxBytes: 2 << 20})
	if e := asError(t, err); e == nil || e.Code != xmlgate.CodeZuGross {
		t.Errorf("got %v, want %s", err, xmlgate.CodeZuGross)
	}
}

// zeros is a text that never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// The memory in use does not depend on the number of messages.
func TestSplitIsBounded(t *testing.T) {
	if _, _, err := split(io.MultiReader(strings.NewReader(openV), io.LimitReader(blanks{}, 5<<20), strings.NewReader("</v:lieferung>")), xmlgate.Limits{MaxBytes: 1 << 20}); err != nil {
		t.Errorf("a lot of white space: %v", err)
	}
	s := xmlgate.NewSplitter(containerOf(5000), xmlgate.Limits{}, lieferung, lieferkopf)
	var buf []byte
	var most uint64
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	for n := 0; ; n++ {
		_, out, err := s.Next(buf[:0])
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		buf = out
		if n%1000 == 999 {
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if most > before+2<<20 {
		t.Errorf("34 MB of messages took %d KB of memory", (most-before)>>10)
	}
}

// blanks is white space that never ends.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	copy(p, bytes.Repeat([]byte{'\n'}, len(p)))
	return len(p), nil
}
