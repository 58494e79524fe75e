package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"damtshilfe/internal/register"
	"damtshilfe/internal/register/source"
)

type registerGenerateCmd struct {
	AGS    string `name:"ags" required:"" placeholder:"FILE" help:"List of all municipalities."`
	Format string `enum:"ags,genericode,gv100" default:"ags" help:"Format of the list: ags (CSV), genericode or gv100."`
	PLZ    string `name:"plz" required:"" placeholder:"FILE" help:"Table of postcodes, places and AGS (CSV)."`
	Output string `short:"o" required:"" placeholder:"FILE" help:"Directory file to write."`
}

// Run writes the directory. Lines that cannot be taken are listed; the offices are invented, and say so.
func (c registerGenerateCmd) Run(e *env) error {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(softMemory))
	now := time.Now().UTC().Truncate(time.Second)
	f := register.File{Version: "erzeugt-" + string(register.Day(now)), Stand: now}
	rejected := 0
	for _, in := range []struct {
		format source.Format
		file   string
	}{{source.Format(c.Format), c.AGS}, {source.PLZ, c.PLZ}} {
		e.progress("reading " + filepath.Base(in.file))
		next, lines, err := put(f, in.format, in.file)
		e.progress("")
		if err != nil {
			return err
		}
		for _, l := range lines[:min(len(lines), maxListed)] {
			fmt.Fprintf(e.out, "%s %s\n", filepath.Base(in.file), l)
		}
		f, rejected = next, rejected+len(lines)
	}
	f.Behoerden = source.Offices(f.Gemeinden)
	e.progress("writing")
	d, err := register.New(f)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		return err
	}
	e.progress("")
	if err := writeFile(c.Output, b.Bytes()); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%d municipalities, %d offices, %d lines rejected\n", len(f.Gemeinden), len(f.Behoerden), rejected)
	if rejected > 0 {
		return errOpen
	}
	return nil
}

// put puts a file into a directory that nobody uses yet.
func put(f register.File, format source.Format, name string) (register.File, []source.Rejection, error) {
	in, err := os.Open(name)
	if err != nil {
		return f, nil, err
	}
	defer in.Close()
	rows, err := source.Read(in, format, source.Options{Stand: register.Day(f.Stand)})
	if err != nil {
		return f, nil, fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return source.Plan(f, rows, source.PlanOptions{ManyEnd: true})
}
