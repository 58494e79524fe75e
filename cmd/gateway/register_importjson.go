package main

import (
	"path/filepath"

	"damtshilfe/internal/register"
	"damtshilfe/internal/register/source"
	"damtshilfe/internal/register/store"
)

// importReport is what register import --json says.
type importReport struct {
	File     string               `json:"file"`
	From     string               `json:"from"`
	DryRun   bool                 `json:"dryRun"`
	Lines    int                  `json:"lines"`
	Stand    register.Datum       `json:"stand,omitempty"` // state of the data
	LeftOut  int                  `json:"leftOut"`         // parts of towns
	Counts   map[string]int       `json:"counts"`          // added, changed, ended, removed
	Changes  []store.Difference   `json:"changes"`
	Lifted   []string             `json:"lifted"` // blocks and ends that would no longer hold
	Rejected []source.Rejection   `json:"rejected"`
	Asked    int                  `json:"asked"` // last questions that both directories were asked
	Answers  []store.AnswerChange `json:"answers"`
	// What became of it: nothing, unless one of these is given.
	InForce   int64  `json:"inForce,omitempty"` // number of the version
	Version   string `json:"version,omitempty"`
	Proposed  int64  `json:"proposed,omitempty"` // change that waits for a second person
	Unchanged bool   `json:"unchanged,omitempty"`
}

// collect is report for --json.
func (i *importing) collect(before, after register.File) (err error) {
	r := importReport{Lines: i.rows.Lines, LeftOut: i.rows.LeftOut, Counts: map[string]int{"added": 0, "changed": 0, "ended": 0, "removed": 0},
		Changes: append([]store.Difference{}, store.Compare(before, after)...), Lifted: append([]string{}, store.Lifted(before, after)...)}
	if !i.whole() {
		r.Stand = i.rows.Stand
	}
	for _, d := range r.Changes {
		r.Counts[d.Art]++
	}
	r.Asked, r.Answers, err = askBoth(i.env, i.store, before, after)
	r.Answers = append([]store.AnswerChange{}, r.Answers...)
	i.told = r
	return err
}

func (i *importing) printJSON(result store.Result) error {
	r := i.told
	r.File, r.From, r.DryRun = filepath.Base(i.cmd.File), i.cmd.From, i.cmd.DryRun
	r.Rejected = append([]source.Rejection{}, i.rejected...)
	r.InForce, r.Version, r.Proposed, r.Unchanged = result.Fassung.Seq, result.Fassung.Version, result.Proposed.ID, result.Unchanged
	return printJSON(i.env, r)
}
