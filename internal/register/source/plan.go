package source

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"damtshilfe/internal/register"
)

// PlanOptions say how strict a Plan is.
type PlanOptions struct {
	Check register.CheckOptions
	// ManyEnd allows that a list ends more than one in twenty municipalities; else it is taken for a list that is not complete.
	ManyEnd bool
	// Progress is told how far a plan is, in words; nil = nobody is.
	Progress func(string)
}

// maxRounds is how often rows are left out and the rest judged again.
const maxRounds = 20

// Plan puts rows on top of base and judges the result as a whole. Rows that make it faulty are left out and told, together with the lines
// that were no rows; the File is the directory without them. An error says that there is no such directory: the fault lies in base, or
// in the file as a whole. base is not altered; its Version and Stand are those of the result.
func Plan(base register.File, r *Rows, o PlanOptions) (register.File, []Rejection, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if r.whole != nil {
		return planWhole(r, o)
	}
	if r.all && r.Stand == "" {
		return base, nil, errors.New("the file does not say its state (Stand): a day is needed, on which missing municipalities have ended")
	}
	rejected := slices.Clone(r.Rejected)
	out := map[int]bool{} // lines left out
	for range maxRounds {
		e, refused := r.edit(base, out)
		o.Progress(fmt.Sprintf("%d rows, checking the directory", len(r.rows)))
		if n := e.end(r.all); n > max(20, len(e.f.Gemeinden)/20) && !o.ManyEnd {
			return base, nil, fmt.Errorf("%d of %d municipalities are missing and would end: is the list complete?", n, len(e.f.Gemeinden))
		}
		blamed, err := e.judge(o.Check)
		if err != nil {
			return base, nil, err
		}
		if len(blamed) == 0 {
			return e.f, sorted(append(rejected, refused...)), nil
		}
		for _, b := range blamed {
			out[b.Line] = true
		}
		rejected = append(rejected, blamed...)
	}
	return base, sorted(rejected), fmt.Errorf("still faulty after leaving out %d lines", len(out))
}

// edit puts all rows but those of the given lines into a directory.
func (r *Rows) edit(base register.File, out map[int]bool) (*editor, []Rejection) {
	e := newEditor(base, r.Stand)
	var refused []Rejection
	for _, row := range r.rows {
		if out[row.line] {
			continue
		}
		if reason := row.to(e, row.line); reason != "" {
			refused = append(refused, Rejection{row.line, reason})
		}
	}
	e.tidy()
	return e, refused
}

func (e *editor) end(all bool) int {
	if !all {
		return 0
	}
	return e.ended()
}

// tidy drops places that lost their last postcode.
func (e *editor) tidy() {
	for i := range e.f.Gemeinden {
		g := &e.f.Gemeinden[i]
		if slices.ContainsFunc(g.Orte, empty) {
			g.Orte = slices.DeleteFunc(slices.Clone(g.Orte), empty)
		}
	}
}

func empty(o register.Ort) bool { return len(o.PLZ) == 0 }

// judge checks the directory; every fault is blamed on a line.
func (e *editor) judge(o register.CheckOptions) ([]Rejection, error) {
	faults, err := faultsOf(e.f, o)
	if err != nil {
		return nil, err
	}
	var blamed []Rejection
	at := map[int]int{} // line -> where it is in blamed
	for _, f := range faults {
		n := e.lineOf(f)
		if n == 0 {
			return nil, fmt.Errorf("the directory would be faulty: %w", f)
		}
		if i, ok := at[n]; ok {
			if len(blamed[i].Reason) < 300 {
				blamed[i].Reason += "; " + e.words(f)
			}
			continue
		}
		at[n] = len(blamed)
		blamed = append(blamed, Rejection{n, e.words(f)})
	}
	return blamed, nil
}

// faultsOf tells all faults of a directory, those included that only building it shows.
func faultsOf(f register.File, o register.CheckOptions) ([]*register.Error, error) {
	var faults []*register.Error
	_, err := register.New(f)
	if fault, ok := errors.AsType[*register.Error](err); ok {
		faults = []*register.Error{fault}
	} else if err != nil {
		return nil, err
	}
	if len(faults) == 0 && o == (register.CheckOptions{}) {
		return nil, nil
	}
	if all := register.Check(f, o); len(all) > 0 { // New tells the first one only
		return all, nil
	}
	return faults, nil
}

var yamlPath = regexp.MustCompile(`\$(\.[a-z_]+|\[[0-9]+\])+`)

// lineOf finds the line that a fault comes from: that of its path, or of the nearest entry above, or of another path it names.
func (e *editor) lineOf(f *register.Error) int {
	for _, p := range append([]string{f.Path}, yamlPath.FindAllString(f.Text, -1)...) {
		for ; p != ""; p = p[:max(strings.LastIndexAny(p, ".["), 0)] {
			if n := e.lines[p]; n != 0 {
				return n
			}
		}
	}
	return 0
}

var entryPath = regexp.MustCompile(`\$\.([a-z]+)\[([0-9]+)\]`)

// words says a fault with keys instead of numbers: nobody counts the entries of a directory.
func (e *editor) words(f *register.Error) string {
	text := f.Text
	if f.Path != "" {
		text = f.Path + ": " + text
	}
	return entryPath.ReplaceAllStringFunc(text, func(p string) string {
		m := entryPath.FindStringSubmatch(p)
		i := 0
		fmt.Sscan(m[2], &i)
		switch {
		case m[1] == "behoerden" && i < len(e.f.Behoerden):
			return behoerdeKey(e.f.Behoerden[i])
		case m[1] == "gemeinden" && i < len(e.f.Gemeinden):
			return e.f.Gemeinden[i].AGS
		}
		return p
	})
}

func planWhole(r *Rows, o PlanOptions) (register.File, []Rejection, error) {
	f := *r.whole
	o.Progress("checking the directory")
	faults, err := faultsOf(f, o.Check)
	if err != nil || len(faults) == 0 {
		return f, nil, err
	}
	register.Lines(r.data, faults)
	var rejected []Rejection
	for _, fault := range faults {
		rejected = append(rejected, Rejection{fault.Line, fault.Path + ": " + fault.Text})
	}
	return f, sorted(rejected), errors.New("a whole directory is taken whole or not at all")
}

func sorted(all []Rejection) []Rejection {
	slices.SortStableFunc(all, func(a, b Rejection) int { return a.Line - b.Line })
	return all
}
