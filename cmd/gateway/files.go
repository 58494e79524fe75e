package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
	"damtshilfe/printstreet"
)

type sampleCmd struct {
	N       int    `short:"n" name:"n" default:"1" help:"Number of messages."`
	Seed    int64  `default:"1" help:"Same seed, same bytes (with the same --now)."`
	Bad     int    `help:"How many of them are faulty; writes FILE.erwartet.json."`
	Format  string `enum:"zip,lieferung,xml" default:"xml" help:"zip, lieferung (container) or xml (with N>1: a folder)."`
	Kennung string `help:"kennung of the absender." default:"kka:01001000"`
	ID      int64  `name:"uebertragungsid" default:"1" help:"uebertragungsID of a container."`
	Now     string `help:"Day the messages are written, YYYY-MM-DD (default today)."`
	Output  string `short:"o" required:"" placeholder:"FILE" help:"File (or folder) to write."`
}

// Run writes messages.
func (c sampleCmd) Run(e *env) error {
	now := time.Now().Truncate(24 * time.Hour).Add(8 * time.Hour)
	if c.Now != "" {
		day, err := time.Parse(time.DateOnly, c.Now)
		if err != nil {
			return usageError{fmt.Errorf("--now: want YYYY-MM-DD")}
		}
		now = day.Add(8 * time.Hour)
	}
	o := sample.Options{N: c.N, Seed: c.Seed, Bad: c.Bad, Kennung: c.Kennung, Now: now, UebertragungsID: c.ID}
	dir, err := durable.New(nil).MakeDir(filepath.Dir(c.Output))
	if err != nil {
		return err
	}
	defer dir.Close()
	name := filepath.Base(c.Output)
	var expected []sample.Expected
	switch {
	case c.Format == "xml" && c.N > 1:
		expected, err = c.folder(dir, name, o)
	case c.Format == "xml":
		for m := range sample.Generate(o) {
			err = dir.WriteFile(name, m.XML)
		}
	default:
		expected, err = c.file(dir, name, o)
	}
	if err == nil && c.Bad > 0 {
		var b bytes.Buffer
		if err = sample.WriteExpected(&b, expected); err == nil {
			err = dir.WriteFile(name+".erwartet.json", b.Bytes())
		}
	}
	return err
}

func (c sampleCmd) folder(dir *durable.Dir, name string, o sample.Options) ([]sample.Expected, error) {
	sub, err := dir.MakeSub(name)
	if err != nil {
		return nil, err
	}
	defer sub.Close()
	return sample.WriteFolder(o, sub.WriteFile)
}

func (c sampleCmd) file(dir *durable.Dir, name string, o sample.Options) (expected []sample.Expected, err error) {
	f, err := dir.Create(name)
	if err != nil {
		return nil, err
	}
	w := newBuffered(f)
	if c.Format == "zip" {
		expected, err = sample.WriteZIP(w, o)
	} else {
		expected, err = sample.WriteLieferung(w, o)
	}
	if err = errors.Join(err, w.Flush()); err != nil {
		return nil, errors.Join(err, f.Abort())
	}
	return expected, f.Commit()
}

type validateCmd struct {
	Files   []string `arg:"" help:"Messages, ZIPs or containers."`
	JSON    bool     `name:"json" help:"One JSON object per message."`
	Kennung []string `help:"Also check the sender binding against these kennungen."`
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

type validation struct {
	c      validateCmd
	e      *env
	reader *mapping.Reader
	schema *schema.Validator
	faulty bool
}

func (v *validation) file(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return usageError{fmt.Errorf("%s: not a file", name)}
	}
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

type renderCmd struct {
	File     string `arg:"" help:"A message."`
	Output   string `short:"o" required:"" placeholder:"PDF" help:"File to write."`
	Datum    string `help:"Date of the letter, YYYY-MM-DD (default today)."`
	Behoerde string `help:"kennung of the addressee; default: the directory's answer."`
}

// Run makes the letter of a message, addressed as the directory says.
func (c renderCmd) Run(e *env) error {
	doc, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	date := time.Now()
	if c.Datum != "" {
		if date, err = time.Parse(time.DateOnly, c.Datum); err != nil {
			return usageError{errors.New("--datum: want YYYY-MM-DD")}
		}
	}
	packs, err := mapping.Builtin()
	if err != nil {
		return err
	}
	var m amtshilfe.Message
	if findings := packs.NewReader(xmlgate.DefaultLimits()).Read(doc, &m); amtshilfe.Failed(findings) {
		return fmt.Errorf("%s:%d:%d: %s [%s]", c.File, findings[0].Line, findings[0].Column, findings[0].Text, findings[0].Code)
	}
	directory, err := e.directory()
	if err != nil {
		return err
	}
	to, err := c.addressee(directory, &m)
	if err != nil {
		return err
	}
	letter := printstreet.Letter{Message: &m, Behoerde: to, Datum: date, Betriebsart: amtshilfe.Test}
	if m.Kind.FollowsUp() {
		letter.Reference = &printstreet.Reference{UUID: m.Bezug.Case(), Aktenzeichen: m.Kopf.Absender.Aktenzeichen}
	}
	pdf, err := printstreet.RenderLetter(letter, printstreet.TestProfile())
	if err != nil {
		return err
	}
	dir, err := durable.New(nil).OpenDir(filepath.Dir(c.Output))
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Remove(filepath.Base(c.Output)); err != nil {
		return err
	}
	return dir.WriteFile(filepath.Base(c.Output), pdf)
}

func (c renderCmd) addressee(d *register.Directory, m *amtshilfe.Message) (amtshilfe.Behoerde, error) {
	var z amtshilfe.Zustaendigkeit
	switch {
	case c.Behoerde != "":
		z = d.ByKennung(c.Behoerde, amtshilfe.Test)
	case m.Ersuchen != nil:
		addresses, _ := rules.RoutingAddresses(m.Ersuchen, time.Now())
		if len(addresses) > 0 {
			z = d.Lookup(m.Ersuchen.Einnahmeart, addresses[0], amtshilfe.Test)
		}
	}
	if z.Behoerde.Kennung == "" {
		return z.Behoerde, errors.New("the directory names no single authority for this message: give --behoerde KENNUNG")
	}
	return z.Behoerde, nil
}

// directory is the one of the configuration's own authority server, or the embedded sample.
func (e *env) directory() (*register.Directory, error) {
	if e.config == "" {
		return register.Sample()
	}
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	return app.LoadDirectory(cfg.Register.Serve.Directory)
}

type lookupCmd struct {
	Einnahmeart string `required:"" help:"Code of the code list."`
	PLZ         string `name:"plz" required:"" help:"Postcode."`
	Ort         string `required:"" help:"Place."`
	Strasse     string `help:"Street and number."`
	Betriebsart string `default:"test" enum:"produktion,test,schulung" help:"produktion, test or schulung."`
}

// Run asks the authority servers of the configuration, or the embedded sample.
func (c lookupCmd) Run(e *env) error {
	art := amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: c.Einnahmeart}
	address := amtshilfe.Postanschrift{Postleitzahl: c.PLZ, Ort: c.Ort, Strasse: c.Strasse}
	z, err := c.ask(e, art, address)
	if err != nil {
		return err
	}
	if len(z.Kandidaten) > 0 {
		fmt.Fprintln(e.out, "ambiguous, candidates:")
		for _, b := range z.Kandidaten {
			fmt.Fprintf(e.out, "  %s  %s\n", b.Kennung, b.Name)
		}
		return errOpen
	}
	if z.IsZero() {
		fmt.Fprintf(e.out, "nobody is competent (%s)\n", z.Regel)
		return errOpen
	}
	fmt.Fprintf(e.out, "%s  %s\n  %s\n", z.Behoerde.Kennung, z.Behoerde.Name, strings.Join(z.Behoerde.Anschriftzeilen, ", "))
	for _, k := range z.Kanaele {
		fmt.Fprintf(e.out, "  by %s", k.Art)
		if k.Art == amtshilfe.KanalXTA {
			fmt.Fprintf(e.out, " to %s at %s", k.Adresse, k.Rechenzentrum.Kennung)
		}
		fmt.Fprintln(e.out)
	}
	fmt.Fprintf(e.out, "  rule: %s\n", z.Regel)
	return nil
}

func (c lookupCmd) ask(e *env, art amtshilfe.Einnahmeart, a amtshilfe.Postanschrift) (amtshilfe.Zustaendigkeit, error) {
	b := amtshilfe.Betriebsart(c.Betriebsart)
	if e.config == "" {
		d, err := register.Sample()
		if err != nil {
			return amtshilfe.Zustaendigkeit{}, err
		}
		return d.Lookup(art, a, b), nil
	}
	cfg, err := e.load()
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, err
	}
	pair, err := certs.LoadPair(cfg.Register.Cert, cfg.Register.Key)
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, err
	}
	ca, err := os.ReadFile(cfg.Register.CA)
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, err
	}
	conf, err := certs.ClientTLS(pair, ca)
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, err
	}
	client, err := register.NewClient(register.Options{Servers: cfg.Register.Servers, TLS: conf})
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, err
	}
	defer client.Close()
	return client.Lookup(e.ctx, art, a, b)
}
