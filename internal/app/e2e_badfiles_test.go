package app_test

import (
	"archive/zip"
	"bytes"
	"flag"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

var update = flag.Bool("update", false, "write testdata/korpus anew")

// badFile is what must become of one dropped file.
type badFile struct {
	Satz      string              // what it shows
	Datei     string              // its name
	Lieferung amtshilfe.DropState // state of the drop at the end
	Zustand   amtshilfe.State     // of its messages, "" = not looked at
	Ergebnis  string              // of receipt 1
	Code      string              // finding, or question, in receipt 1
}

func replaced(doc []byte, old, with string) []byte {
	if !bytes.Contains(doc, []byte(old)) {
		panic("nothing to spoil: " + old)
	}
	return bytes.Replace(doc, []byte(old), []byte(with), -1)
}

// zipped packs entries, given as name and content in turn.
func zipped(entries ...any) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: entries[i].(string), Method: zip.Deflate, Modified: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = w.Write(entries[i+1].([]byte))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func lieferung(o sample.Options) []byte {
	var b bytes.Buffer
	if _, err := sample.WriteLieferung(&b, o); err != nil {
		panic(err)
	}
	return b.Bytes()
}
