package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

type registerRetireCmd struct {
	storeAt
	Kennung     string `arg:"" help:"Authority that ends its participation."`
	Betriebsart string `enum:",produktion,test,schulung" default:"" help:"If it has several."`
	Zum         string `placeholder:"DAY" help:"Last day for new messages, the last one of a month (default: of this month)."`
	Annahme     string `placeholder:"DAY" help:"Last day for answers to what it has sent (default: three months after)."`
	DryRun      bool   `help:"Only say when it would end, and what is under way with it."`
	Wer         string `help:"Who decides (default: the user of the operating system)."`
	Grund       string `help:"Why; goes to the audit."`
}

// Run enters the end of a participation, and says what is under way.
func (c registerRetireCmd) Run(e *env) error {
	if c.Grund == "" && !c.DryRun {
		return usageError{errors.New("--grund: missing")}
	}
	s, err := c.openToChange(e)
	if err != nil {
		return err
	}
	defer s.Close()
	d, _, err := s.Current()
	if err != nil {
		return err
	}
	r := app.Retirement{Kennung: c.Kennung, Betriebsart: amtshilfe.Betriebsart(c.Betriebsart), Versand: register.Datum(c.Zum), Annahme: register.Datum(c.Annahme)}
	r, entry, err := r.Plan(d, time.Now())
	if err != nil {
		return usageError{err}
	}
	fmt.Fprintf(e.out, "%s  %s (%s)\nnew messages until %s, answers until %s\n", entry.Kennung, entry.Name, entry.Betriebsart, r.Versand, r.Annahme)
	if err := c.asked(e, s); err != nil {
		return err
	}
	if err := c.preview(e); err != nil || c.DryRun {
		return err
	}
	res, err := app.Retire(e.ctx, s, r, store.By{Wer: decision{Wer: c.Wer}.who(), Grund: c.Grund})
	if err != nil {
		return err
	}
	return said(e, res)
}

// asked says which questions of the last time led to it, whoever asked: a server knows who asks, and never what is sent then.
func (c registerRetireCmd) asked(e *env, s *store.Store) error {
	d, _, err := s.Current()
	if err != nil {
		return err
	}
	questions, err := s.LastQuestions(10_000)
	if err != nil {
		return err
	}
	var led []store.Question
	for _, q := range questions {
		z := d.Lookup(q.Einnahmeart, amtshilfe.Postanschrift{Postleitzahl: q.PLZ, Ort: q.Ort}, q.Betriebsart)
		if z.Behoerde.Kennung == c.Kennung && (c.Betriebsart == "" || string(q.Betriebsart) == c.Betriebsart) {
			led = append(led, q)
		}
	}
	fmt.Fprintf(e.out, "of the last %d distinct questions of all gateways %d lead to it\n", len(questions), len(led))
	for i, q := range led {
		if i == maxListed {
			fmt.Fprintf(e.out, "  ... and %d more\n", len(led)-i)
			break
		}
		fmt.Fprintln(e.out, " ", q)
	}
	return c.askers(e, s)
}

// askers says who has asked in these days: they may have something under way with it.
func (c registerRetireCmd) askers(e *env, s *store.Store) error {
	now := time.Now().UTC()
	counts, err := s.Counts(now.AddDate(0, 0, -askedDays).Format(time.DateOnly), now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	found := map[string]int{}
	for k, n := range counts {
		if n.Found > 0 && (c.Betriebsart == "" || string(k.Betriebsart) == c.Betriebsart) {
			found[k.Asker] += n.Found
		}
	}
	fmt.Fprintf(e.out, "gateways that got answers of any kind in the last %d days: %d\n", askedDays, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		fmt.Fprintf(e.out, "  %s: %d\n", name, found[name])
	}
	_, err = fmt.Fprintln(e.out, "what those gateways have under way with it only their own operators can say (gateway register retire --dry-run there); below is the own gateway alone")
	return err
}

// askedDays is how far back retire looks for who has asked.
const askedDays = 90

// preview says what the own gateway has open with it.
func (c registerRetireCmd) preview(e *env) error {
	cfg, err := e.load()
	if err != nil && c.Store != "" {
		fmt.Fprintln(e.out, "no configuration: what is under way is not known here")
		return nil
	}
	if err != nil {
		return err
	}
	u, err := app.LookUnderway(e.ctx, cfg, c.Kennung)
	if err != nil {
		return err
	}
	if !u.Gateway {
		fmt.Fprintln(e.out, "no gateway here: what others have under way is not known")
		return nil
	}
	fmt.Fprintf(e.out, "own gateway: %d messages to it have not ended\n", u.Deliveries())
	var states []amtshilfe.State
	for s := range u.States {
		states = append(states, s)
	}
	slices.Sort(states)
	for _, s := range states {
		fmt.Fprintf(e.out, "  %s: %d\n", s, u.States[s])
	}
	fmt.Fprintf(e.out, "open cases: it has %d requests of our participants, they have %d of its\n", u.Holds, u.Began)
	if u.Mailbox.Known {
		fmt.Fprintf(e.out, "its mailbox here: %d messages wait, %d of them never fetched\n", u.Mailbox.Waiting, u.Mailbox.Fresh)
	}
	return nil
}

// entryAt is what names an entry of the directory.
type entryAt struct {
	storeAt
	Kennung     string `arg:"" help:"Authority."`
	Betriebsart string `enum:",produktion,test,schulung" default:"" help:"If it has several."`
}

func (c entryAt) block(e *env, why string, by store.By) error {
	s, err := c.openToChange(e)
	if err != nil {
		return err
	}
	defer s.Close()
	d, _, err := s.Current()
	if err != nil {
		return err
	}
	entry, err := app.EntryOf(d, c.Kennung, amtshilfe.Betriebsart(c.Betriebsart))
	if err != nil {
		return usageError{err}
	}
	r, err := app.Deactivate(e.ctx, s, entry, why, by)
	if faulty, ok := errors.AsType[*register.Error](err); ok {
		return usageError{fmt.Errorf("--grund: %s", faulty.Text)} // it is shown to senders, and has their form
	}
	if err != nil {
		return err
	}
	return said(e, r)
}

type registerDeactivateCmd struct {
	entryAt
	decision
}

// Run stops sending to an authority.
func (c registerDeactivateCmd) Run(e *env) error {
	return c.block(e, c.Grund, store.By{Wer: c.who(), Grund: c.Grund})
}

type registerActivateCmd struct {
	entryAt
	decision
}

// Run lets it be sent to again.
func (c registerActivateCmd) Run(e *env) error {
	return c.block(e, "", store.By{Wer: c.who(), Grund: c.Grund})
}
