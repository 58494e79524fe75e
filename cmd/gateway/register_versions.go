package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

type registerHistoryCmd struct {
	storeAt
	N    int  `short:"n" default:"20" help:"How many, the newest first."`
	JSON bool `name:"json" help:"As JSON."`
}

// Run lists the versions.
func (c registerHistoryCmd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.History(c.N)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e, all)
	}
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SEQ\tVERSION\tPUT AT\tBY\tACCEPTED BY\tSOURCE\tREASON\tCONTENT")
	for _, v := range all {
		content := "kept"
		if !v.Geleert.IsZero() {
			content = "not kept since " + v.Geleert.Local().Format("2006-01-02")
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", v.Seq, v.Version, v.Angelegt.Local().Format("2006-01-02 15:04:05"), v.Wer, or(v.Zweite, "-"), or(v.Quelle, "-"), or(v.Grund, "-"), content)
	}
	return w.Flush()
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

type registerRollbackCmd struct {
	storeAt
	Seq    int64 `arg:"" help:"Number of the version whose content is to be in force again."`
	DryRun bool  `help:"Only report what would change, and how answers would."`
	decision
}

// Run makes a new version with the old content.
func (c registerRollbackCmd) Run(e *env) error {
	s, err := c.openToChange(e)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := c.report(e, s); err != nil || c.DryRun {
		return err
	}
	r, err := s.Return(e.ctx, c.Seq, store.By{Wer: c.who(), Grund: c.Grund})
	if err != nil {
		return err
	}
	return said(e, r)
}

func (c registerRollbackCmd) report(e *env, s *store.Store) error {
	old, _, err := s.Get(c.Seq)
	if err != nil {
		return err
	}
	return compared(e, s, old, false)
}

// compared says what would change if f came into force, and how answers would.
func compared(e *env, s *store.Store, f register.File, whole bool) error {
	_, now, err := s.InForce()
	if err != nil {
		return err
	}
	differences(e, now, f, whole)
	return answerChanges(e, s, now, f, whole)
}

type registerExportCmd struct {
	storeAt
	Seq    int64  `help:"Number of the version (default: the one in force)."`
	Output string `short:"o" required:"" placeholder:"FILE" help:"File to write; - is the standard output."`
}

// Run writes a version as YAML that import --from verzeichnis reads.
func (c registerExportCmd) Run(e *env) error {
	d, err := c.directory(e)
	if err != nil {
		return err
	}
	if c.Output == "-" {
		return d.Write(e.out)
	}
	e.progress("writing")
	defer e.progress("")
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		return err
	}
	return writeFile(c.Output, b.Bytes())
}

// directory is that of the store, or without one the file of the configuration, or the embedded sample.
func (c registerExportCmd) directory(e *env) (*register.Directory, error) {
	if c.Store == "" && c.Seq == 0 {
		return e.directory()
	}
	s, err := c.open(e)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if c.Seq == 0 {
		d, _, err := s.Current()
		return d, err
	}
	f, _, err := s.Get(c.Seq)
	if err != nil {
		return nil, err
	}
	return register.New(f)
}

// writeFile writes a file durably; what is there is not replaced.
func writeFile(name string, data []byte) error {
	dir, err := durable.New(nil).MakeDir(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.WriteFile(filepath.Base(name), data), dir.Close())
}

type registerPendingCmd struct {
	List   registerPendingListCmd   `cmd:"" default:"1" help:"List the changes that wait."`
	Show   registerPendingShowCmd   `cmd:"" help:"What a change would alter, and how answers would change."`
	Accept registerPendingAcceptCmd `cmd:"" help:"Put a change of somebody else into force."`
	Reject registerPendingRejectCmd `cmd:"" help:"End a change."`
}

type registerPendingListCmd struct {
	storeAt
	JSON bool `name:"json" help:"As JSON."`
}

// Run lists the changes that wait, the oldest first.
func (c registerPendingListCmd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Pending(1000)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e, all)
	}
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tPROPOSED AT\tBY\tSOURCE\tREASON")
	for _, a := range all {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", a.ID, a.Angelegt.Local().Format("2006-01-02 15:04:05"), a.Wer, or(a.Quelle, "-"), or(a.Grund, "-"))
	}
	return w.Flush()
}

type registerPendingShowCmd struct {
	storeAt
	ID  int64 `arg:"" help:"Number of the change."`
	All bool  `help:"List every change, not only the first 20."`
}

// Run says what a change would do on top of the version in force.
func (c registerPendingShowCmd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	a, f, err := s.Preview(c.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "change %d of %s, %s: %s (%s)\n", a.ID, a.Wer, a.Zustand, or(a.Grund, "-"), or(a.Quelle, "-"))
	return compared(e, s, f, c.All)
}

type registerPendingAcceptCmd struct {
	storeAt
	ID int64 `arg:"" help:"Number of the change."`
	decision
}

// Run accepts a change.
func (c registerPendingAcceptCmd) Run(e *env) error {
	s, err := c.openToChange(e)
	if err != nil {
		return err
	}
	defer s.Close()
	v, err := s.Accept(e.ctx, c.ID, store.By{Wer: c.who(), Grund: c.Grund})
	if err != nil {
		return err
	}
	return said(e, store.Result{Fassung: v})
}

type registerPendingRejectCmd struct {
	storeAt
	ID int64 `arg:"" help:"Number of the change."`
	decision
}

// Run rejects a change.
func (c registerPendingRejectCmd) Run(e *env) error {
	s, err := c.openToChange(e)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Reject(e.ctx, c.ID, store.By{Wer: c.who(), Grund: c.Grund})
}
