package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"damtshilfe/internal/register"
)

type registerCheckCmd struct {
	storeAt
	File    string `arg:"" optional:"" help:"Directory file (YAML)."`
	Current bool   `help:"Check the directory in force, the audit and every version of the store instead."`
}

// Run lists all faults. The addresses are held against the print profiles of the configuration, or the built-in one.
func (c registerCheckCmd) Run(e *env) error {
	if (c.File == "") == !c.Current {
		return usageError{errors.New("want a FILE or --current")}
	}
	if c.Current {
		return c.current(e)
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	name := filepath.Base(c.File)
	f, err := register.Parse(data)
	if fault, ok := errors.AsType[*register.Error](err); ok {
		fmt.Fprintf(e.out, "%s:%d: %s\n", name, fault.Line, fault.Text)
		return errOpen
	}
	if err != nil {
		return err
	}
	faults, err := faultsOf(e, f)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		register.Lines(data, faults)
	}
	return told(e, name, f, faults)
}

// faultsOf is everything that is wrong with a directory.
func faultsOf(e *env, f register.File) ([]*register.Error, error) {
	e.progress("checking")
	defer e.progress("")
	faults := register.Check(f, register.CheckOptions{})
	if len(faults) == 0 {
		_, err := register.New(f)
		if fault, ok := errors.AsType[*register.Error](err); ok {
			faults = append(faults, fault)
		} else if err != nil {
			return nil, err
		}
	}
	fits, err := e.addressCheck()
	if err != nil {
		return nil, err
	}
	for i, b := range f.Behoerden {
		if text := fits(b); text != "" {
			faults = append(faults, &register.Error{Path: fmt.Sprintf("$.behoerden[%d].anschriftzeilen", i), Text: b.Kennung + ": " + text})
		}
	}
	return faults, nil
}

func told(e *env, name string, f register.File, faults []*register.Error) error {
	for _, fault := range faults {
		at := name
		if fault.Line > 0 {
			at = fmt.Sprintf("%s:%d", name, fault.Line)
		}
		fmt.Fprintf(e.out, "%s: %s: %s\n", at, fault.Path, fault.Text)
	}
	if len(faults) > 0 {
		return errOpen
	}
	_, err := fmt.Fprintf(e.out, "%s: ok, %d authorities, %d municipalities, %d data centres\n", name, len(f.Behoerden), len(f.Gemeinden), len(f.Rechenzentren))
	return err
}

// current checks the store: what is in force, that every version is what was put, and the chain of the audit.
func (c registerCheckCmd) current(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.History(1 << 30)
	if err != nil {
		return err
	}
	emptied := 0
	for _, v := range all {
		if !v.Geleert.IsZero() {
			emptied++
		} else if _, _, err := s.Raw(v.Seq); err != nil {
			return err
		}
	}
	rows, err := s.CheckAudit()
	if err != nil {
		return err
	}
	without := ""
	if emptied > 0 {
		without = fmt.Sprintf(" (%d without their content)", emptied)
	}
	fmt.Fprintf(e.out, "store: ok, %d versions%s, %d audit rows\n", len(all), without, rows)
	_, f, err := s.InForce()
	if err != nil || len(all) == 0 {
		return err
	}
	faults, err := faultsOf(e, f)
	if err != nil {
		return err
	}
	return told(e, "version "+f.Version, f, faults)
}
