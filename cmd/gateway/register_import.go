package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/source"
	"damtshilfe/internal/register/store"
)

type registerImportCmd struct {
	storeAt
	File           string `arg:"" help:"The file."`
	From           string `required:"" enum:"genericode,ags,gv100,plz,reformen,behoerden,zustaendigkeiten,yaml,verzeichnis" placeholder:"FORMAT" help:"genericode, ags, gv100 (all municipalities), plz, reformen, behoerden, zustaendigkeiten (CSV), yaml (entries) or verzeichnis (a whole directory)."`
	DryRun         bool   `help:"Only report what would change, and how answers would."`
	AcceptRejected bool   `help:"Take the other lines if some are rejected; without, nothing is taken then."`
	ManyEnd        bool   `help:"Believe a list that lacks more than one in twenty municipalities: they end."`
	Charset        string `enum:",utf-8,windows-1252,iso-8859-1" default:"" placeholder:"NAME" help:"utf-8 (default), windows-1252 or iso-8859-1."`
	Betriebsart    string `default:"test" enum:"produktion,test,schulung" help:"Of authorities and competences whose line names none."`
	Stand          string `placeholder:"DATE" help:"State of the data where the file does not say it, YYYY-MM-DD (default today)."`
	Fassung        string `placeholder:"NAME" help:"Name of the new version (default today's date)."`
	All            bool   `help:"List every change, not only the first 20."`
	JSON           bool   `name:"json" help:"The report as JSON, with every change."`
	Wer            string `help:"Who changes the directory (default: the user of the operating system)."`
	Grund          string `help:"Why; goes to the audit (default: the file's name)."`
}

// Run reads the file, reports, and puts the result into force.
func (c registerImportCmd) Run(e *env) error {
	stand := register.Day(time.Now())
	if c.Stand != "" {
		stand = register.Datum(c.Stand)
	}
	if !stand.Valid() {
		return usageError{errors.New("--stand: want YYYY-MM-DD")}
	}
	rows, err := c.read(stand)
	if err != nil {
		return err
	}
	s, done, err := c.into(e)
	if err != nil {
		return err
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(softMemory))
	i := &importing{env: e, cmd: c, store: s, rows: rows}
	err = i.run()
	return errors.Join(err, s.Close(), done())
}

// into opens the store to change. A dry run makes none where there is none: it compares with an empty one elsewhere.
func (c registerImportCmd) into(e *env) (s *store.Store, done func() error, err error) {
	done = func() error { return nil }
	serve, err := c.serve(e)
	if err != nil {
		return nil, done, err
	}
	if _, err := os.Stat(serve.Store); c.DryRun && errors.Is(err, fs.ErrNotExist) {
		dir, err := os.MkdirTemp("", "register-")
		if err != nil {
			return nil, done, err
		}
		c.Store, done = dir, func() error { return os.RemoveAll(dir) }
	}
	s, err = c.openToChange(e)
	if err != nil {
		err = errors.Join(err, done())
	}
	return s, done, err
}

func (c registerImportCmd) read(stand register.Datum) (*source.Rows, error) {
	f, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := source.Read(f, source.Format(c.From), source.Options{Charset: c.Charset, Betriebsart: amtshilfe.Betriebsart(c.Betriebsart), Stand: stand})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(c.File), err)
	}
	return rows, nil
}

// softMemory makes the garbage of an import be collected earlier: two directories of all of Germany, and what is made of them, fit beside
// an authority server that runs on the same small machine.
const softMemory = 80 << 20

// importing is one import under way.
type importing struct {
	env      *env
	cmd      registerImportCmd
	store    *store.Store
	rows     *source.Rows
	rejected []source.Rejection
	told     importReport
}

// errNothing ends a change of the store that is not wanted.
var errNothing = errors.New("nothing is taken")

func (i *importing) run() error {
	by := store.By{Wer: decision{Wer: i.cmd.Wer}.who(), Grund: i.cmd.Grund, Quelle: i.cmd.From + " " + filepath.Base(i.cmd.File)}
	if by.Grund == "" {
		by.Grund = "Import " + filepath.Base(i.cmd.File)
	}
	result, err := i.store.Change(i.env.ctx, by, i.change)
	i.env.progress("")
	if i.cmd.JSON {
		if err := i.printJSON(result); err != nil {
			return err
		}
	}
	switch {
	case i.cmd.JSON && (err == nil || errors.Is(err, errNothing) && i.cmd.DryRun):
	case errors.Is(err, errNothing) && i.cmd.DryRun:
		fmt.Fprintln(i.env.out, "dry run: the version before stays in force")
	case errors.Is(err, errNothing):
		return fmt.Errorf("%d lines rejected, %w: the version before stays in force (--accept-rejected takes the other lines)", len(i.rejected), err)
	case err != nil:
		return err
	default:
		if err := said(i.env, result); err != nil {
			return err
		}
	}
	if len(i.rejected) > 0 {
		return errOpen
	}
	return nil
}

// change is what the file makes of the directory in force.
func (i *importing) change(f *register.File) error {
	base := *f
	if !i.whole() {
		base.Version, base.Stand = i.cmd.Fassung, time.Now().UTC().Truncate(time.Second)
		if base.Version == "" {
			base.Version = string(register.Day(time.Now()))
		}
	}
	i.env.progress("putting the file into the directory")
	next, rejected, err := source.Plan(base, i.rows, source.PlanOptions{ManyEnd: i.cmd.ManyEnd, Progress: i.env.progress})
	i.rejected = rejected
	i.env.progress("")
	if err != nil {
		i.lines()
		return err
	}
	if err := i.report(*f, next); err != nil {
		return err
	}
	if i.cmd.DryRun || len(rejected) > 0 && !i.cmd.AcceptRejected {
		return errNothing
	}
	if i.whole() || len(store.Compare(*f, next)) > 0 {
		*f = next
	}
	return nil
}

func (i *importing) whole() bool { return i.cmd.From == string(source.Verzeichnis) }

// report says what would change.
func (i *importing) report(before, after register.File) error {
	if i.cmd.JSON {
		return i.collect(before, after)
	}
	out := i.env.out
	fmt.Fprintf(out, "%s: %d lines", filepath.Base(i.cmd.File), i.rows.Lines)
	if i.rows.Stand != "" && !i.whole() {
		fmt.Fprintf(out, ", state of %s", i.rows.Stand)
	}
	if i.rows.LeftOut > 0 {
		fmt.Fprintf(out, ", %d parts of towns left out", i.rows.LeftOut)
	}
	fmt.Fprintln(out)
	differences(i.env, before, after, i.cmd.All)
	i.lines()
	return i.answers(before, after)
}

// lines lists what is rejected.
func (i *importing) lines() {
	if i.cmd.JSON {
		return
	}
	fmt.Fprintf(i.env.out, "%d rejected\n", len(i.rejected))
	for k, r := range i.rejected {
		if k == maxListed && !i.cmd.All {
			fmt.Fprintf(i.env.out, "  ... and %d more (--all lists them)\n", len(i.rejected)-k)
			return
		}
		fmt.Fprintln(i.env.out, " ", r)
	}
}

// answers says how the answers to the last questions would change.
func (i *importing) answers(before, after register.File) error {
	return answerChanges(i.env, i.store, before, after, i.cmd.All)
}

// maxListed is how many lines of a kind are listed without --all.
const maxListed = 20

// differences lists what two directories do not have alike.
func differences(e *env, before, after register.File, whole bool) {
	all := store.Compare(before, after)
	count := map[string]int{}
	for _, d := range all {
		count[d.Art]++
	}
	fmt.Fprintf(e.out, "%d added, %d changed, %d ended, %d removed\n", count["added"], count["changed"], count["ended"], count["removed"])
	clear(count)
	for _, d := range all {
		if count[d.Art]++; whole || count[d.Art] <= maxListed {
			fmt.Fprintf(e.out, "  %s %s\n", d.Art, d.Was)
		} else if count[d.Art] == maxListed+1 {
			fmt.Fprintf(e.out, "  %s ... (--all lists them)\n", d.Art)
		}
	}
	lifted(e, before, after)
}

// lifted warns of what would no longer be held back.
func lifted(e *env, before, after register.File) {
	for _, what := range store.Lifted(before, after) {
		fmt.Fprintln(e.out, "  lifted:", what)
	}
}

// answerChanges asks the last questions of both directories. One that is refused today, as an empty one is, answers nothing.
func answerChanges(e *env, s *store.Store, before, after register.File, whole bool) error {
	asked, changed, err := askBoth(e, s, before, after)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "answers to the last %d questions: %d change\n", asked, len(changed))
	for k, a := range changed {
		if k == maxListed && !whole {
			fmt.Fprintf(e.out, "  ... and %d more (--all lists them)\n", len(changed)-k)
			break
		}
		fmt.Fprintf(e.out, "  %s: %s -> %s\n", a.Question, a.Before, a.After)
	}
	return nil
}

// askBoth asks the last questions of two directories.
func askBoth(e *env, s *store.Store, before, after register.File) (asked int, changed []store.AnswerChange, err error) {
	questions, err := s.LastQuestions(10_000)
	if err != nil || len(questions) == 0 {
		return 0, nil, err
	}
	e.progress("asking the last questions")
	defer e.progress("")
	old, _ := register.New(before)
	now, err := register.New(after)
	if err != nil {
		return 0, nil, err
	}
	return len(questions), store.Answers(old, now, questions), nil
}
