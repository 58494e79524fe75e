package pages

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// How many versions an authority's history goes through, and how long one page compares versions.
const (
	historyVersions = 20
	compareTime     = 2 * time.Second
)

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
	for i := 0; i+1 < len(list) && !list[i+1].Emptied; i++ {
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
	defer p.forget()
	for i := 0; i+1 < len(list) && !list[i+1].Emptied && ctx.Err() == nil; i++ {
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

// between compares two versions. One comparison is made at a time: each holds two whole directories. The newest ones are kept.
func (p *Pages) between(ctx context.Context, from, to int64) (d difference, err error) {
	if d, ok := p.kept.take(from, to); ok {
		return d, nil
	}
	if err := p.takeTurn(ctx); err != nil {
		return d, err
	}
	defer p.giveBack()
	new, err := p.content(ctx, to)
	if err != nil {
		return d, err
	}
	old, err := p.content(ctx, from)
	if err != nil {
		return d, err
	}
	p.read, p.readSeq = old, from // the next one back is compared with it
	d = compare(&old, &new)
	p.kept.keep(from, to, d)
	return d, nil
}

// forget gives back what the last comparison has read.
func (p *Pages) forget() {
	p.turn <- struct{}{}
	defer p.giveBack()
	p.read, p.readSeq = register.File{}, 0
}

// kept are the differences of the newest versions: a version never changes.
type kept struct {
	mu   sync.Mutex
	list map[[2]int64]difference // by the numbers of both
}

// maxKept bounds the memory: a difference may name every authority.
const maxKept = 3

func (k *kept) take(from, to int64) (difference, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	d, ok := k.list[[2]int64{from, to}]
	return d, ok
}

func (k *kept) keep(from, to int64, d difference) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.list == nil {
		k.list = map[[2]int64]difference{}
	}
	k.list[[2]int64{from, to}] = d
	if len(k.list) > maxKept {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(k.list)), func(a, b [2]int64) int { return cmp.Compare(a[1], b[1]) })
		delete(k.list, oldest)
	}
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

// content reads a version. The caller has the turn.
func (p *Pages) content(ctx context.Context, seq int64) (register.File, error) {
	if seq == p.readSeq {
		return p.read, nil
	}
	f, ok, err := p.o.Book.Content(ctx, seq)
	if err != nil {
		return f, fmt.Errorf("read version %d: %w", seq, err)
	}
	if !ok {
		return f, errNotFound
	}
	return f, nil
}
