package mapping_test

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

// FuzzFlat: whatever a flat file holds, the reader ends, and what it writes is a message that the gate reads, the same twice.
func FuzzFlat(f *testing.F) {
	var flats []mapping.Flat
	for _, name := range []string{"stadt.yaml", "zentral.yaml", "avviso.yaml", "klein.yaml"} {
		flats = append(flats, mapping.Flat{Mappings: []*mapping.FlatMapping{flatMapping(f, name)}, Test: true})
	}
	for i, dir := range []string{"stadt", "zentral", "avviso", "klein"} {
		files, err := filepath.Glob(filepath.Join(flatDir, "fehler", dir+"-*"))
		if err != nil {
			f.Fatal(err)
		}
		more, err := filepath.Glob(filepath.Join(flatDir, dir+".[^y]*"))
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range append(files, more...) {
			f.Add(i, flatSample(f, file))
		}
	}
	packs, err := mapping.Builtin()
	if err != nil {
		f.Fatal(err)
	}
	reader := packs.NewReader(xmlgate.DefaultLimits())
	f.Fuzz(func(t *testing.T, which int, data []byte) {
		flat := flats[((which%4)+4)%4]
		first, second := everything(t, reader, flat, data), everything(t, reader, flat, data)
		if !bytes.Equal(first, second) {
			t.Error("the same file became other messages")
		}
	})
}

// everything reads a flat file to its end; the gate must read each message.
func everything(t *testing.T, reader *mapping.Reader, flat mapping.Flat, data []byte) (all []byte) {
	d, err := mapping.OpenDropWith(bytes.NewReader(data), int64(len(data)), flat, mapping.DropLimits{})
	if err != nil {
		return []byte(err.Error())
	}
	for n := 0; ; n++ {
		start := len(all)
		doc, out, err := d.Next(all)
		if err == io.EOF {
			return all
		}
		if err != nil {
			return append(all, err.Error()...)
		}
		if n > len(data)+1 {
			t.Fatal("more messages than bytes")
		}
		all = out
		if d.Format() != "flach" || doc.Finding != nil {
			continue
		}
		if doc.Start != start || doc.End != len(out) {
			t.Fatalf("document at %d:%d of %d", doc.Start, doc.End, len(out))
		}
		var one amtshilfe.Message
		findings := reader.Read(out[doc.Start:doc.End], &one)
		for _, f := range findings {
			t.Fatalf("message %d: %s %d:%d %s", n, f.Code, f.Line, f.Column, f.Text)
		}
		mapping.Place(out[doc.Start:doc.End], doc, findings)
		if one.Ersuchen == nil {
			t.Fatal("no Ersuchen")
		}
	}
}
