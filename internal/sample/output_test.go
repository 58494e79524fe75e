package sample_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/sample"
)

func TestWriteZIP(t *testing.T) {
	var b bytes.Buffer
	bad, err := sample.WriteZIP(&b, sample.Options{N: 20, Seed: 2, Bad: 4, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != 20 || len(bad) != 4 {
		t.Fatalf("%d entries, %d bad; want 20 and 4", len(z.File), len(bad))
	}
	for _, e := range bad {
		if got := z.File[e.Position-1].Name; got != e.Datei || got != e.UUID+".xml" {
			t.Errorf("entry %d is %s, expected list says %s", e.Position, got, e.Datei)
		}
	}
}

func TestWriteLieferung(t *testing.T) {
	var b bytes.Buffer
	bad, err := sample.WriteLieferung(&b, sample.Options{N: 20, Seed: 2, Bad: 3, Now: now, UebertragungsID: 17})
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b.Bytes(), []byte("<vh:vollstreckungshilfe.Ersuchen.003 ")); n != 20 || len(bad) != 3 {
		t.Errorf("%d messages, %d bad; want 20 and 3", n, len(bad))
	}
	for _, want := range []string{"<vh:uebertragungsID>17<", "<vh:anzahlNachrichten>20<", "<vh:absender>kka:01001000<"} {
		if !bytes.Contains(b.Bytes(), []byte(want)) {
			t.Errorf("the header lacks %s", want)
		}
	}
	dir := t.TempDir()
	save(t, dir, "lieferung", b.Bytes())
	xmllint(t, dir)
}

func TestWriteFolder(t *testing.T) {
	files := map[string]bool{}
	bad, err := sample.WriteFolder(sample.Options{N: 5, Seed: 2, Bad: 1}, func(name string, data []byte) error {
		files[name] = true
		return nil
	})
	if err != nil || len(files) != 5 || len(bad) != 1 || !files[bad[0].Datei] {
		t.Errorf("%v, %v, %v", files, bad, err)
	}
}

func TestWriteExpected(t *testing.T) {
	bad, err := sample.WriteFolder(sample.Options{N: 4, Seed: 2, Bad: 2}, func(string, []byte) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := sample.WriteExpected(&b, bad); err != nil {
		t.Fatal(err)
	}
	var back []sample.Expected
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(bad, back); diff != "" {
		t.Error(diff)
	}
	if bad[0].Code == "" || bad[0].Position != 2 || bad[1].Position != 4 {
		t.Errorf("bad messages are not spread evenly: %+v", bad)
	}
}

func TestIBAN(t *testing.T) {
	// The example of the IBAN registry.
	if got := sample.IBAN("37040044", "532013000"); got != "DE89370400440532013000" {
		t.Errorf("IBAN = %s", got)
	}
}

func BenchmarkWriteZIP(b *testing.B) {
	if _, err := sample.WriteZIP(io.Discard, sample.Options{N: b.N, Seed: 1, Now: now}); err != nil {
		b.Fatal(err)
	}
}
