package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/sample"
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
	w := bufio.NewWriterSize(f, 1<<20)
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
