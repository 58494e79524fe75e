package inflate_test

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"testing"

	"damtshilfe/internal/inflate"
)

// packed packs data at a level of compress/flate.
func packed(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// texts are contents of every kind: empty, tiny, runs, XML, noise, and mixtures.
func texts(r *rand.Rand) [][]byte {
	noise := make([]byte, 40_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	letters := make([]byte, 30_000)
	for i := range letters {
		letters[i] = "aaaaabcdefghijklmnop \n"[r.IntN(22)]
	}
	xml := bytes.Repeat([]byte("<vh:forderung titel=\"T1\"><xfn:brutto>412.50</xfn:brutto></vh:forderung>\n"), 300)
	all := [][]byte{{}, []byte("x"), bytes.Repeat([]byte("y"), 5000), bytes.Repeat([]byte("abc"), 700), noise, letters, xml, append(bytes.Clone(xml), noise[:3000]...)}
	for range 20 {
		n := r.IntN(4000)
		from := r.IntN(len(letters) - n)
		all = append(all, append(bytes.Clone(letters[from:from+n]), noise[:r.IntN(300)]...))
	}
	return all
}

func TestUnpack(t *testing.T) {
	var f inflate.Decoder
	for i, data := range texts(rand.New(rand.NewPCG(1, 1))) {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, 1, 9} {
			src := packed(t, data, level)
			dst := make([]byte, len(data))
			if !f.Unpack(dst, src) || !bytes.Equal(dst, data) {
				t.Errorf("text %d, level %d: not unpacked", i, level)
			}
			for what, no := range map[string]bool{
				"a byte more":      f.Unpack(make([]byte, len(data)+1), src),
				"a byte less":      len(data) > 0 && f.Unpack(make([]byte, len(data)-1), src),
				"a byte behind it": f.Unpack(make([]byte, len(data)), append(bytes.Clone(src), 0)),
				"cut off":          f.Unpack(make([]byte, len(data)), src[:len(src)-1]),
			} {
				if no {
					t.Errorf("text %d, level %d: accepted with %s", i, level, what)
				}
			}
		}
	}
}

// agree unpacks src both ways: what the Decoder takes must be what compress/flate makes of it.
func agree(t *testing.T, f *inflate.Decoder, src []byte) {
	t.Helper()
	in := bytes.NewReader(src)
	want, err := io.ReadAll(io.LimitReader(flate.NewReader(in), 1<<20))
	whole := err == nil && in.Len() == 0 && len(want) < 1<<20
	dst := make([]byte, len(want))
	switch ok := f.Unpack(dst, src); {
	case ok && !whole:
		t.Errorf("taken although compress/flate says %v with %d bytes left: %x", err, in.Len(), src)
	case ok && !bytes.Equal(dst, want):
		t.Errorf("unpacked otherwise: %x", src)
	case !ok && whole:
		t.Errorf("not taken: %x", src)
	}
}

func TestAgainstFlate(t *testing.T) {
	var f inflate.Decoder
	r := rand.New(rand.NewPCG(2, 2))
	var all [][]byte
	for i, data := range texts(r)[8:] {
		all = append(all, packed(t, data, 1+i%9))
	}
	for range 3000 {
		src := bytes.Clone(all[r.IntN(len(all))])
		for range r.IntN(4) {
			src[r.IntN(min(len(src), 100))] ^= 1 << r.IntN(8)
		}
		agree(t, &f, src)
	}
}

func FuzzAgainstFlate(f *testing.F) {
	for _, data := range texts(rand.New(rand.NewPCG(3, 3))) {
		f.Add(packed(f, data, 9))
	}
	var in inflate.Decoder
	f.Fuzz(func(t *testing.T, src []byte) { agree(t, &in, src) })
}

func BenchmarkUnpack(b *testing.B) {
	data := bytes.Repeat([]byte("<vh:forderung titel=\"T1\"><xfn:brutto>412.50</xfn:brutto></vh:forderung>\n"), 20)
	for i := range 1500 {
		data = append(data, byte('a'+i*i%7*i%19))
	}
	src := packed(b, data, 6)
	b.Run("own", func(b *testing.B) {
		var f inflate.Decoder
		dst := make([]byte, len(data))
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			f.Unpack(dst, src)
		}
	})
	b.Run("flate", func(b *testing.B) {
		r := flate.NewReader(nil)
		dst := make([]byte, len(data))
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			r.(flate.Resetter).Reset(bytes.NewReader(src), nil)
			io.ReadFull(r, dst)
		}
	})
}
