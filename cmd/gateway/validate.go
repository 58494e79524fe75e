package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/config"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

type validateCmd struct {
	Files   []string `arg:"" help:"Messages, ZIPs, containers, or with --mapping flat files."`
	JSON    bool     `name:"json" help:"One JSON object per message; position 0 is the file as a whole."`
	Packs   string   `placeholder:"DIR" type:"existingdir" help:"Folder with schema packs beside the built-in ones (default: packs.dir of --config)."`
	Kennung []string `help:"Also check the sender binding against these kennungen."`
	Datum   string   `placeholder:"JJJJ-MM-TT" help:"Judge as of this day (default today)."`
	Mapping []string `placeholder:"FILE" type:"existingfile" help:"How flat files are read (docs/flachdateien.md); may be given several times."`
}

// Run validates files and prints findings like a compiler.
func (c validateCmd) Run(e *env) error {
	v, err := c.validation(e)
	if err != nil {
		return err
	}
	defer v.schema.Close()
	defer v.attachments.Close()
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

func (c validateCmd) validation(e *env) (*validation, error) {
	v := &validation{c: c, e: e, context: rules.Context{Kennungen: c.Kennung, Now: time.Now()}, flat: mapping.Flat{Test: true}}
	for _, path := range c.Mapping {
		m, err := config.ReadMapping(path)
		if err != nil {
			return nil, usageError{err}
		}
		v.flat.Mappings = append(v.flat.Mappings, m)
	}
	if c.Kennung == nil {
		v.context.Kennungen = []string{"*"}
	}
	if c.Datum != "" {
		day, err := time.ParseInLocation(time.DateOnly, c.Datum, time.Local)
		if err != nil {
			return nil, usageError{fmt.Errorf("--datum: %w", err)}
		}
		v.context.Now = day.Add(12 * time.Hour)
	}
	packs, err := e.packs(c.Packs)
	if err != nil {
		return nil, err
	}
	if v.context.Massnahmen, err = packs.Codes("urn:damtshilfe:codeliste:massnahme"); err != nil {
		return nil, err
	}
	v.reader = packs.NewReader(xmlgate.DefaultLimits())
	v.attachments = attachment.NewReader()
	v.context.Inspect = func(pdf []byte) (attachment.Report, error) { return v.attachments.Inspect(context.Background(), pdf) }
	v.schema, err = schema.Start(app.SchemaSets(packs), schema.Options{})
	return v, err
}

// judgement is one message of --json (design 6): these keys, always.
type judgement struct {
	Datei    string   `json:"datei"` // for an entry of a ZIP: file!entry
	Position int      `json:"position"`
	UUID     string   `json:"uuid"`
	OK       bool     `json:"ok"`
	Befunde  []befund `json:"befunde"`
}

type befund struct {
	Code    string             `json:"code"`
	Schwere amtshilfe.Severity `json:"schwere"`
	Text    string             `json:"text"`
	Zeile   int                `json:"zeile"`
	Spalte  int                `json:"spalte"`
	Pfad    string             `json:"pfad"`
}

// validation is one call of the command; seen and tests are those of the file being read.
type validation struct {
	c       validateCmd
	e       *env
	context rules.Context
	reader  *mapping.Reader
	schema  *schema.Validator

	attachments *attachment.Reader
	flat        mapping.Flat
	good        func(n int, m *amtshilfe.Message) // told of each message that is not refused; may be nil
	source      *mapping.DropReader               // of the file being read, nil = it could not be opened
	faulty      bool
	unusable    bool // a file yielded no message, or none that may be trusted

	seen  map[string][sha256.Size]byte // UUIDs of the file, for those that come twice
	tests [2]bool                      // messages without and with the test flag were seen
}

func (v *validation) file(name string) error {
	f, info, err := openFile(name)
	if err != nil {
		return err
	}
	defer f.Close()
	v.seen, v.tests = map[string][sha256.Size]byte{}, [2]bool{}
	source, err := mapping.OpenDropWith(f, info.Size(), v.flat, mapping.DropLimits{})
	if v.source = source; err != nil {
		return v.broken(name, err)
	}
	var buf []byte
	for n := 1; ; n++ {
		doc, out, err := source.Next(buf[:0])
		if errors.Is(err, io.EOF) {
			return v.whole(name, source.Head(), n-1)
		}
		if err != nil {
			return v.broken(name, err)
		}
		buf = out
		if err := v.message(name, n, doc, out[doc.Start:doc.End]); err != nil {
			return err
		}
	}
}

// broken tells of a file that yields no message, or whose messages may not be trusted.
func (v *validation) broken(name string, err error) error {
	if e, ok := errors.AsType[*mapping.DropError](err); ok {
		v.unusable = true
		return v.print(judgement{Datei: name}, []amtshilfe.Finding{e.Finding})
	}
	return err
}

// whole tells what concerns the file as a whole: the head's count, test messages among others.
func (v *validation) whole(name string, head *amtshilfe.Lieferkopf, n int) error {
	var findings []amtshilfe.Finding
	if head != nil && head.Anzahl != n {
		findings = append(findings, rules.Count())
	}
	if v.tests[0] && v.tests[1] {
		findings = append(findings, rules.Mixed())
	}
	if findings == nil {
		return nil
	}
	return v.print(judgement{Datei: name}, findings)
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
	j := judgement{Datei: name, Position: n}
	if doc.Position.Entry != "" {
		j.Datei += "!" + doc.Position.Entry
	}
	if doc.Finding != nil {
		return v.print(j, []amtshilfe.Finding{*doc.Finding})
	}
	var m amtshilfe.Message
	findings := v.reader.Read(bytes, &m)
	context := v.context
	context.Doc = bytes
	j.UUID = m.Kopf.UUID
	switch {
	case m.Pack == "" || rules.Unreadable(findings):
	case amtshilfe.Failed(doc.Findings): // what could not be read out of the flat file is missing in the message
		findings = rules.Judge(findings, nil, rules.Sender(rules.Check(&m, context)))
	default:
		violations, err := v.schema.Validate(v.e.ctx, m.Pack, [][]byte{bytes})
		if err != nil {
			return err
		}
		var invalid []amtshilfe.Finding
		for _, x := range violations[0] {
			invalid = append(invalid, x.Finding)
		}
		findings = rules.Judge(findings, invalid, append(rules.Check(&m, context), pipeline.ChoiceFindings(&m)...))
		if !amtshilfe.Failed(findings) {
			findings = append(findings, v.again(&m, sha256.Sum256(bytes))...)
		}
	}
	mapping.Place(bytes, doc, findings)
	findings = append(slices.Clip(doc.Findings), findings...)
	if v.good != nil && !amtshilfe.Failed(findings) {
		v.good(n, &m)
	}
	return v.print(j, findings)
}

// again remembers the message, and says whether its UUID stood in the file before, with other bytes.
func (v *validation) again(m *amtshilfe.Message, sum [sha256.Size]byte) []amtshilfe.Finding {
	if m.Kopf.UUID == "" {
		return nil
	}
	v.tests[map[bool]int{true: 1}[m.Kopf.Test]] = true
	first, twice := v.seen[m.Kopf.UUID]
	if twice && first != sum {
		return []amtshilfe.Finding{rules.Duplicate()}
	}
	v.seen[m.Kopf.UUID] = sum
	return nil
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
	for _, b := range j.Befunde {
		// A place that is not known is left out, as compilers do.
		where := j.Datei
		if b.Zeile > 0 {
			where = fmt.Sprintf("%s:%d:%d", j.Datei, b.Zeile, b.Spalte)
		}
		text := b.Text
		if b.Pfad != "" && b.Pfad[0] != '/' {
			text += " [" + b.Pfad + "]" // record and column of a flat file
		}
		if _, err := fmt.Fprintf(v.e.out, "%s: %s %s: %s\n", where, b.Schwere, b.Code, text); err != nil {
			return err
		}
	}
	return nil
}
