package pages

import (
	"fmt"
	"slices"
	"strconv"
)

// shownVersions is how many versions the list shows.
const shownVersions = 200

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
	p := versionPage{frame: v.frame, V: list[i], Revert: seq != v.State.Seq && !list[i].Emptied}
	p.Title = "Fassung " + list[i].Version
	if i+1 < len(list) && !list[i].Emptied && !list[i+1].Emptied {
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
			p.Diff = v.diffPart(compare(v.cat.file, &f))
		}
		return nil
	}
	return nil
}
