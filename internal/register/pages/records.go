package pages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// How many versions the list shows, how many of them an authority's history goes through, and how long one page compares versions.
const (
	shownVersions   = 200
	historyVersions = 20
	compareTime     = 2 * time.Second
)

// versionsPage is what versions.html shows.
type versionsPage struct {
	frame
	Book  bool
	List  []versionRow
	Pager pager
}

type versionRow struct {
	Version
	Link string
	Here bool // in force
}

func (s *site) versions(v *view) error {
	p := versionsPage{frame: v.frame, Book: s.o.Book != nil}
	p.Title = "Fassungen"
	if s.o.Book != nil {
		list, err := s.o.Book.Versions(v.ctx, shownVersions)
		if err != nil {
			return fmt.Errorf("read versions: %w", err)
		}
		list, p.Pager = paged(v, list)
		for _, n := range list {
			p.List = append(p.List, versionRow{n, v.versionLink(n.Seq), n.Seq == v.State.Seq})
		}
	}
	s.render(v, 200, "versions.html", p)
	return nil
}

func (f frame) versionLink(seq int64) string {
	return f.link("/fassung", "seq", strconv.FormatInt(seq, 10))
}

// versionPage is what version.html shows: a version, or a change that waits, against what was or is in force.
type versionPage struct {
	frame
	V       Version
	Against string // what it is compared with; "" = there is nothing to compare with
	Revert  bool   // it is not in force: the command that would bring it back is shown
	Diff    diffPart
}

// diffPart is a page of a difference.
type diffPart struct {
	Added, Ended, Changed int
	Other                 []string
	Rows                  []changeRow
	Pager                 pager
}

type changeRow struct {
	change
	Link string // to the page of what is in force; "" = it is not there
}

func (s *site) version(v *view) error {
	seq, err := strconv.ParseInt(v.value("seq"), 10, 64)
	if err != nil || s.o.Book == nil {
		return errNotFound
	}
	list, err := s.o.Book.Versions(v.ctx, shownVersions)
	if err != nil {
		return fmt.Errorf("read versions: %w", err)
	}
	i := slices.IndexFunc(list, func(n Version) bool { return n.Seq == seq })
	if i < 0 {
		return errNotFound
	}
	p := versionPage{frame: v.frame, V: list[i], Revert: seq != v.State.Seq}
	p.Title = "Fassung " + list[i].Version
	if i+1 < len(list) {
		p.Against = fmt.Sprintf("der Fassung %d davor", list[i+1].Seq)
		d, err := s.between(v.ctx, list[i+1].Seq, seq)
		if err != nil {
			return err
		}
		p.Diff = v.diffPart(d)
	}
	s.render(v, 200, "version.html", p)
	return nil
}

// between compares two versions. One comparison is made at a time: each holds two whole directories.
func (p *Pages) between(ctx context.Context, from, to int64) (difference, error) {
	if err := p.takeTurn(ctx); err != nil {
		return difference{}, err
	}
	defer p.giveBack()
	old, err := p.content(ctx, from)
	if err != nil {
		return difference{}, err
	}
	new, err := p.content(ctx, to)
	if err != nil {
		return difference{}, err
	}
	return compare(&old, &new), nil
}

// errBusy says that others compare first.
var errBusy = errors.New("es werden gerade andere Fassungen verglichen, bitte gleich noch einmal laden")

func (p *Pages) takeTurn(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return errBusy
	}
}

func (p *Pages) giveBack() { <-p.turn }

func (p *Pages) content(ctx context.Context, seq int64) (register.File, error) {
	f, ok, err := p.o.Book.Content(ctx, seq)
	if err != nil {
		return f, fmt.Errorf("read version %d: %w", seq, err)
	}
	if !ok {
		return f, errNotFound
	}
	return f, nil
}

func (v *view) diffPart(d difference) diffPart {
	p := diffPart{Other: d.Other}
	for _, c := range d.Changes {
		switch c.Kind {
		case "neu":
			p.Added++
		case "entfernt":
			p.Ended++
		default:
			p.Changed++
		}
	}
	var rows []change
	rows, p.Pager = paged(v, d.Changes)
	for _, c := range rows {
		row := changeRow{change: c}
		switch {
		case c.Betrieb != "" && v.cat.entry(c.Key, c.Betrieb) != nil:
			row.Link = v.authorityLink(v.cat.entry(c.Key, c.Betrieb))
		case c.Betrieb == "" && v.cat.gemeinden[c.Key] != nil:
			row.Link = v.link("/gemeinde", "ags", c.Key)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// changesPage is what changes.html shows.
type changesPage struct {
	frame
	Book          bool
	Pending       []Change
	Registrations []Change
	Shown         *Change // the one whose difference is shown
	Clash         bool    // it no longer fits what is in force
	Diff          diffPart
}

// waitingPart is a table of changes that wait.
type waitingPart struct {
	Base, Heading string
	List          []Change
}

func (s *site) changes(v *view) error {
	p := changesPage{frame: v.frame, Book: s.o.Book != nil}
	p.Title = "Änderungen"
	if s.o.Book != nil {
		var err error
		if p.Pending, err = s.o.Book.Pending(v.ctx); err != nil {
			return fmt.Errorf("read pending changes: %w", err)
		}
		if p.Registrations, err = s.o.Book.Registrations(v.ctx); err != nil {
			return fmt.Errorf("read registrations: %w", err)
		}
		if err := s.preview(v, &p); err != nil {
			return err
		}
	}
	s.render(v, 200, "changes.html", p)
	return nil
}

// preview adds the difference of the change or report that the request names (aenderung, meldung).
func (s *site) preview(v *view, p *changesPage) error {
	for _, c := range slices.Concat(p.Pending, p.Registrations) {
		name := "aenderung"
		if c.Registration {
			name = "meldung"
		}
		if v.value(name) != strconv.FormatInt(c.ID, 10) {
			continue
		}
		if err := s.takeTurn(v.ctx); err != nil {
			return err
		}
		defer s.giveBack()
		f, ok, err := s.o.Book.Preview(v.ctx, c)
		if err != nil {
			return fmt.Errorf("read %s %d: %w", name, c.ID, err)
		}
		p.Shown, p.Clash = &c, !ok
		if ok {
			p.Diff = v.diffPart(compare(&v.cat.file, &f))
		}
		return nil
	}
	return nil
}

// history is what became of one authority.
type history struct {
	Entries []historyEntry
	Seen    int  // versions that were looked at
	More    bool // older ones are not compared yet
}

type historyEntry struct {
	Version
	Link string
	What string // "neu", "entfernt", or the fields that changed
}

// steps remembers what the versions changed: a version never changes, so each is compared with the one before it only once.
type steps struct {
	mu   sync.Mutex
	done map[int64]map[string]string // seq, then betriebsart and kennung: what
}

// history goes through the last versions, as far as the time allows.
func (s *site) history(v *view, e *register.Eintrag) (h history, err error) {
	if s.o.Book == nil {
		return h, nil
	}
	list, err := s.o.Book.Versions(v.ctx, historyVersions+1)
	if err != nil {
		return h, fmt.Errorf("read versions: %w", err)
	}
	s.steps.mu.Lock()
	defer s.steps.mu.Unlock()
	until := time.Now().Add(compareTime)
	for i := 0; i+1 < len(list); i++ {
		step, ok := s.steps.done[list[i].Seq]
		if !ok && time.Now().After(until) {
			h.More = true
			break
		}
		if !ok {
			if step, err = s.step(v.ctx, list[i+1].Seq, list[i].Seq); err != nil {
				return h, err
			}
		}
		h.Seen++
		if what := step[stepKey(e.Betriebsart, e.Kennung)]; what != "" {
			h.Entries = append(h.Entries, historyEntry{list[i], v.versionLink(list[i].Seq), what})
		}
	}
	return h, nil
}

func stepKey(b amtshilfe.Betriebsart, kennung string) string { return string(b) + " " + kennung }

// step compares two versions and keeps the result in place of the oldest ones.
func (p *Pages) step(ctx context.Context, from, to int64) (map[string]string, error) {
	d, err := p.between(ctx, from, to)
	if err != nil {
		return nil, err
	}
	step := map[string]string{}
	for _, c := range d.Changes {
		if c.Betrieb == "" {
			continue
		}
		what := c.Kind
		for i, f := range c.Fields {
			what += [...]string{": ", ", "}[min(i, 1)] + f.Name
		}
		step[stepKey(c.Betrieb, c.Key)] = strings.TrimSpace(what)
	}
	if p.steps.done == nil {
		p.steps.done = map[int64]map[string]string{}
	}
	p.steps.done[to] = step
	for seq := range p.steps.done {
		if seq <= to-2*historyVersions {
			delete(p.steps.done, seq)
		}
	}
	return step, nil
}

// compareAhead compares the last versions before somebody asks for the history of an authority.
func (p *Pages) compareAhead(ctx context.Context) error {
	list, err := p.o.Book.Versions(ctx, historyVersions+1)
	if err != nil {
		return fmt.Errorf("read versions: %w", err)
	}
	for i := 0; i+1 < len(list) && ctx.Err() == nil; i++ {
		p.steps.mu.Lock()
		if _, ok := p.steps.done[list[i].Seq]; !ok {
			_, err = p.step(ctx, list[i+1].Seq, list[i].Seq)
		}
		p.steps.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
