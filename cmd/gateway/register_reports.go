package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"damtshilfe/internal/app"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

type registerReportCmd struct {
	File string `arg:"" type:"existingfile" help:"YAML: what is new, or what the directory says rightly (docs/verzeichnis.md)."`
}

// Run hands a participant's report in at the authority servers of the configuration.
func (c registerReportCmd) Run(e *env) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	if _, err := register.ReadMeldung(data); err != nil {
		return usageError{fmt.Errorf("%s: %w", c.File, err)}
	}
	cfg, err := e.load()
	if err != nil {
		return err
	}
	client, err := app.RegisterClient(cfg.Register, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	id, err := client.Report(e.ctx, data)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "handed in as report %d; a maintainer of the directory decides\n", id)
	return err
}

type registerReportsCmd struct {
	List   registerReportsListCmd   `cmd:"" default:"withargs" help:"Reports of participants that wait for a decision."`
	Show   registerReportsShowCmd   `cmd:"" help:"What a report says, as it came."`
	Accept registerReportsAcceptCmd `cmd:"" help:"Put a report into the directory."`
	Reject registerReportsRejectCmd `cmd:"" help:"End a report without a change."`
}

type registerReportsListCmd struct {
	storeAt
	All  bool `help:"Decided ones, too."`
	N    int  `short:"n" default:"100" help:"How many, the newest first."`
	JSON bool `name:"json" help:"As JSON."`
}

// Run lists reports.
func (c registerReportsListCmd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	list, err := s.Reports(c.All, c.N)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e, append([]store.Meldung{}, list...))
	}
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tHANDED IN\tBY\tSTATE\tDECIDED BY\tREASON\tBECAME")
	for _, m := range list {
		became := "-"
		switch {
		case m.Fassung != 0:
			became = fmt.Sprintf("version %d", m.Fassung)
		case m.Aenderung != 0:
			became = fmt.Sprintf("change %d", m.Aenderung)
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", m.ID, m.Am.Local().Format("2006-01-02 15:04"), m.Wer, m.Zustand, or(m.EntschiedenVon, "-"), or(m.Entscheidung, "-"), became)
	}
	return w.Flush()
}

type registerReportsShowCmd struct {
	storeAt
	ID int64 `arg:"" help:"Number of the report."`
}

// Run shows a report.
func (c registerReportsShowCmd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	m, err := s.Reported(c.ID)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "# report %d of %s, %s\n%s\n", m.ID, m.Wer, m.Zustand, m.Inhalt)
	return err
}

type registerReportsAcceptCmd struct {
	storeAt
	ID int64 `arg:"" help:"Number of the report."`
	decision
}

// Run accepts a report.
func (c registerReportsAcceptCmd) Run(e *env) error {
	s, err := c.openToChange(e)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.AcceptReport(e.ctx, c.ID, store.By{Wer: c.who(), Grund: c.Grund})
	if err != nil {
		return err
	}
	return said(e, r)
}

type registerReportsRejectCmd struct {
	storeAt
	ID int64 `arg:"" help:"Number of the report."`
	decision
}

// Run rejects a report.
func (c registerReportsRejectCmd) Run(e *env) error {
	s, err := c.openToChange(e)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.RejectReport(e.ctx, c.ID, store.By{Wer: c.who(), Grund: c.Grund}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "report %d is rejected\n", c.ID)
	return err
}
