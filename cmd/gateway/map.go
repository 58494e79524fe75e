package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/mapping"
)

type mapCmd struct {
	Mapping         string   `required:"" placeholder:"FILE" type:"existingfile" help:"How the flat file is read (docs/flachdateien.md)."`
	File            string   `arg:"" help:"A flat file, or the ZIP of a pair."`
	Output          string   `short:"o" required:"" placeholder:"OUT" help:"A container (name ending in .xml), or a folder with one XML file per message."`
	Betriebsart     string   `enum:"produktion,test,schulung" default:"test" help:"Of the account that is to drop the messages: all but those of produktion are marked as test."`
	UebertragungsID int64    `name:"uebertragungsid" default:"1" help:"Of the container, if the file has none."`
	JSON            bool     `name:"json" help:"Findings as one JSON object per message."`
	Kennung         []string `help:"Also check the sender binding against these kennungen."`
	Datum           string   `placeholder:"JJJJ-MM-TT" help:"Judge as of this day (default today)."`
}

// Run turns a flat file into messages. Findings are printed like a compiler's; messages that would be refused are left out, and
// of a file that would be refused as a whole nothing is written. Exit 3 if there is a finding of severity fehler.
func (c mapCmd) Run(e *env) error {
	v, err := validateCmd{JSON: c.JSON, Kennung: c.Kennung, Datum: c.Datum, Mapping: []string{c.Mapping}}.validation(e)
	if err != nil {
		return err
	}
	defer v.schema.Close()
	defer v.attachments.Close()
	v.flat.Test = amtshilfe.Betriebsart(c.Betriebsart) != amtshilfe.Produktion
	chosen := chosen{c: c, flat: v.flat}
	v.good = chosen.add
	if err := v.file(c.File); err != nil {
		return err
	}
	switch {
	case v.source != nil && v.source.Format() != amtshilfe.FormatFlach:
		return usageError{fmt.Errorf("%s: XML, or a ZIP that is not the mapping's pair: there is nothing to map", c.File)}
	case v.unusable || chosen.n == 0:
		fmt.Fprintln(e.errOut, "nothing was written")
		return errOpen
	}
	if head := v.source.Head(); head != nil {
		chosen.kopf = *head
	}
	if err := chosen.write(); err != nil {
		return err
	}
	fmt.Fprintf(e.errOut, "%d messages written to %s\n", chosen.n, c.Output)
	if v.faulty {
		return errOpen
	}
	return nil
}

// chosen are the messages of a flat file that are to be written.
type chosen struct {
	c         mapCmd
	flat      mapping.Flat
	positions []bool // by position - 1
	n         int
	kopf      amtshilfe.Lieferkopf
}

// add notes a message that is not refused.
func (o *chosen) add(n int, m *amtshilfe.Message) {
	for len(o.positions) < n {
		o.positions = append(o.positions, false)
	}
	o.positions[n-1] = true
	if o.n++; o.n == 1 {
		k := m.Kopf
		o.kopf = amtshilfe.Lieferkopf{Absender: k.Absender.Kennung, Verfahren: k.Absender.Verfahren, UebertragungsID: o.c.UebertragungsID, Erstellt: k.Erstellt}
	}
}

// messages reads the file once more and yields the chosen ones.
func (o *chosen) messages() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f, info, err := openFile(o.c.File)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		source, err := mapping.OpenDropWith(f, info.Size(), o.flat, mapping.DropLimits{})
		if err != nil {
			yield(nil, err)
			return
		}
		var buf []byte
		for n := 0; n < len(o.positions); n++ {
			doc, out, err := source.Next(buf[:0])
			if errors.Is(err, io.EOF) {
				return
			}
			if buf = out; err != nil || o.positions[n] {
				if !yield(out[doc.Start:doc.End], err) || err != nil {
					return
				}
			}
		}
	}
}

// write writes the container or the folder.
func (o *chosen) write() error {
	dir, err := durable.New(nil).MakeDir(filepath.Dir(filepath.Clean(o.c.Output)))
	if err != nil {
		return err
	}
	defer dir.Close()
	name := filepath.Base(o.c.Output)
	if !strings.HasSuffix(strings.ToLower(name), ".xml") {
		return o.folder(dir, name)
	}
	if err := dir.Remove(name); err != nil {
		return err
	}
	f, err := dir.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	o.kopf.Anzahl = o.n
	if err = errors.Join(mapping.WriteLieferung(w, o.kopf, o.messages()), w.Flush()); err != nil {
		return errors.Join(err, f.Abort())
	}
	return f.Commit()
}

func (o *chosen) folder(dir *durable.Dir, name string) error {
	sub, err := dir.MakeSub(name)
	if err != nil {
		return err
	}
	defer sub.Close()
	if old, err := sub.List(); err != nil || len(old) > 0 {
		return errors.Join(err, usageError{fmt.Errorf("%s: not empty", o.c.Output)})
	}
	n := 0
	for doc, err := range o.messages() {
		if err != nil {
			return err
		}
		n++
		if err := sub.WriteFile(fmt.Sprintf("%06d.xml", n), doc); err != nil {
			return err
		}
	}
	return nil
}
