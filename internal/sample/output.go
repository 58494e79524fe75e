package sample

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Expected is one line of FILE.erwartet.json: a message that must be refused, and why.
type Expected struct {
	Position int    `json:"position"`        // in the file, from 1
	Datei    string `json:"datei,omitempty"` // ZIP entry or file in the folder
	UUID     string `json:"uuid"`
	Code     string `json:"code"`
}

// WriteZIP writes a ZIP of messages named after their UUID and says which must be refused.
func WriteZIP(w io.Writer, o Options) ([]Expected, error) {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, fast())
	o = o.withDefaults()
	bad, err := each(o, func(name string, m Message) error {
		e, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: o.Now})
		if err != nil {
			return err
		}
		_, err = e.Write(m.XML)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("write zip: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write zip: %w", err)
	}
	return bad, nil
}

// fast compresses with the lowest effort, since samples are written to be read once. Entries come one after the other, so that
// one compressor does for all.
func fast() zip.Compressor {
	var one *flate.Writer
	return func(w io.Writer) (io.WriteCloser, error) {
		if one != nil {
			one.Reset(w)
			return one, nil
		}
		var err error
		one, err = flate.NewWriter(w, flate.BestSpeed)
		return one, err
	}
}

// WriteLieferung writes a container with lieferkopf and says which messages must be refused.
func WriteLieferung(w io.Writer, o Options) ([]Expected, error) {
	o = o.withDefaults()
	b := bufio.NewWriter(w)
	b.Write(lieferkopf(o))
	bad, err := each(o, func(_ string, m Message) error {
		_, body, _ := bytes.Cut(m.XML, []byte("?>\n"))
		_, err := b.Write(body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("write container: %w", err)
	}
	b.WriteString("</vh:lieferung>\n")
	if err := b.Flush(); err != nil {
		return nil, fmt.Errorf("write container: %w", err)
	}
	for i := range bad {
		bad[i].Datei = ""
	}
	return bad, nil
}

func lieferkopf(o Options) []byte {
	var d doc
	d.b = append(d.b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"...)
	d.open("vh:lieferung", "xmlns:vh", namespaceVH)
	d.open("vh:lieferkopf")
	d.leaf("vh:absender", o.Kennung)
	d.leaf("vh:verfahren", o.Verfahren)
	d.leaf("vh:uebertragungsID", strconv.FormatInt(o.UebertragungsID, 10))
	d.leaf("vh:erstellungszeitpunkt", o.Now.Format(time.RFC3339))
	d.leaf("vh:anzahlNachrichten", strconv.Itoa(o.N))
	d.close("vh:lieferkopf")
	return d.b
}

// WriteFolder writes one file per message, by write, and says which must be refused.
func WriteFolder(o Options, write func(name string, data []byte) error) ([]Expected, error) {
	bad, err := each(o, func(name string, m Message) error { return write(name, m.XML) })
	if err != nil {
		return nil, fmt.Errorf("write folder: %w", err)
	}
	return bad, nil
}

// each hands every message to write under its file name and collects the bad ones.
func each(o Options, write func(name string, m Message) error) ([]Expected, error) {
	bad := []Expected{}
	n := 0
	for m := range Generate(o) {
		n++
		name := m.UUID + ".xml"
		if err := write(name, m); err != nil {
			return nil, err
		}
		if m.Bad != "" {
			bad = append(bad, Expected{n, name, m.UUID, m.Bad})
		}
	}
	return bad, nil
}

// WriteExpected writes the list as JSON (FILE.erwartet.json).
func WriteExpected(w io.Writer, list []Expected) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(list); err != nil {
		return fmt.Errorf("write expected findings: %w", err)
	}
	return nil
}
