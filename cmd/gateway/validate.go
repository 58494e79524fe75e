package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

type validateCmd struct {
	Files   []string `arg:"" help:"Messages, ZIPs or containers."`
	JSON    bool     `name:"json" help:"One JSON object per message."`
	Kennung []string `help:"Also check the sender binding against these kennungen."`
}

// Run validates files and prints findings like a compiler.
func (c validateCmd) Run(e *env) error {
	packs, err := mapping.Builtin()
	if err != nil {
		return err
	}
	var sets []schema.Set
	for _, p := range packs.List() {
		sets = append(sets, schema.Set{Name: p.Name, Files: p.Files, Entry: p.Entry})
	}
	validator, err := schema.Start(sets, schema.Options{})
	if err != nil {
		return err
	}
	defer validator.Close()
	v := &validation{c: c, e: e, reader: packs.NewReader(xmlgate.DefaultLimits()), schema: validator}
	for _, name := range c.Files {
		if err := v.file(name); err != nil {
			return err
		}
	}
	if v.faulty {
		return errOpen
	}
	return nil
}

// judgement is one message of --json.
type judgement struct {
	Datei    string   `json:"datei"`
	Position int      `json:"position"`
	Eintrag  string   `json:"eintrag,omitempty"`
	UUID     string   `json:"uuid"`
	OK       bool     `json:"ok"`
	Befunde  []befund `json:"befunde"`
}

type befund struct {
	Code    string             `json:"code"`
	Schwere amtshilfe.Severity `json:"schwere"`
	Text    string             `json:"text"`
	Zeile   int                `json:"zeile,omitempty"`
	Spalte  int                `json:"spalte,omitempty"`
	Pfad    string             `json:"pfad,omitempty"`
}

type validation struct {
	c      validateCmd
	e      *env
	reader *mapping.Reader
	schema *schema.Validator
	faulty bool
}

func (v *validation) file(name string) error {
	f, info, err := openFile(name)
	if err != nil {
		return err
	}
	defer f.Close()
	source, err := mapping.OpenDrop(f, info.Size(), filepath.Base(name), mapping.DropLimits{})
	if broken, ok := errors.AsType[*mapping.DropError](err); ok {
		return v.print(judgement{Datei: name}, []amtshilfe.Finding{broken.Finding})
	}
	if err != nil {
		return err
	}
	var buf []byte
	for n := 1; ; n++ {
		doc, out, err := source.Next(buf[:0])
		if errors.Is(err, io.EOF) {
			return nil
		}
		if broken, ok := errors.AsType[*mapping.DropError](err); ok {
			return v.print(judgement{Datei: name, Position: n}, []amtshilfe.Finding{broken.Finding})
		}
		if err != nil {
			return err
		}
		buf = out
		if err := v.message(name, n, doc, out[doc.Start:doc.End]); err != nil {
			return err
		}
	}
}

// openFile opens a regular file; a FIFO or a device is refused and not waited for.
func openFile(name string) (*os.File, fs.FileInfo, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = usageError{fmt.Errorf("%s: not a file", name)}
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}

func (v *validation) message(name string, n int, doc mapping.Document, bytes []byte) error {
	j := judgement{Datei: name, Position: n, Eintrag: doc.Position.Entry}
	if doc.Finding != nil {
		return v.print(j, []amtshilfe.Finding{*doc.Finding})
	}
	var m amtshilfe.Message
	findings := v.reader.Read(bytes, &m)
	j.UUID = m.Kopf.UUID
	if findings == nil && m.Pack != "" {
		violations, err := v.schema.Validate(v.e.ctx, m.Pack, [][]byte{bytes})
		if err != nil {
			return err
		}
		for _, x := range violations[0] {
			findings = append(findings, x.Finding)
		}
		if !amtshilfe.Failed(findings) {
			kennungen := v.c.Kennung
			if kennungen == nil {
				kennungen = []string{"*"}
			}
			findings = append(findings, rules.Check(&m, rules.Context{Kennungen: kennungen, Now: time.Now()})...)
		}
	}
	mapping.Place(bytes, doc, findings)
	return v.print(j, findings)
}

func (v *validation) print(j judgement, findings []amtshilfe.Finding) error {
	j.OK, j.Befunde = true, []befund{}
	for _, f := range findings {
		if f.Severity != amtshilfe.SeverityWarnung {
			j.OK, v.faulty = false, true
		}
		j.Befunde = append(j.Befunde, befund{f.Code, f.Severity, f.Text, f.Line, f.Column, f.Path})
	}
	if v.c.JSON {
		return json.NewEncoder(v.e.out).Encode(j)
	}
	where := j.Datei
	if j.Eintrag != "" {
		where += "!" + j.Eintrag
	}
	for _, b := range j.Befunde {
		if _, err := fmt.Fprintf(v.e.out, "%s:%d:%d: %s: %s [%s]\n", where, b.Zeile, b.Spalte, b.Schwere, b.Text, b.Code); err != nil {
			return err
		}
	}
	return nil
}
