package pipeline

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// inFlight are the deliveries that a goroutine works on, with the slots they take.
type inFlight struct {
	mu    sync.Mutex
	ids   map[amtshilfe.DeliveryID]bool
	dests map[string]*load
}

// load is what one destination has in flight.
type load struct {
	all   int
	ahead int // of them ahead of the queue
}

// share bounds what one destination may have in flight, and all of them together.
type share struct {
	perDest int
	ahead   int // of perDest, for those ahead of the queue
	all     int
}

// take reserves a slot; false if the delivery is under way or there is no slot left for it.
func (f *inFlight) take(d *ledger.Delivery, s share) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids == nil {
		f.ids, f.dests = map[amtshilfe.DeliveryID]bool{}, map[string]*load{}
	}
	l := f.dests[d.Dest]
	if l == nil {
		l = &load{}
		f.dests[d.Dest] = l
	}
	if f.ids[d.ID] || l.all >= s.perDest || d.Rank == 0 && l.ahead >= s.ahead || len(f.ids) >= s.all {
		return false
	}
	f.ids[d.ID] = true
	l.all++
	if d.Rank == 0 {
		l.ahead++
	}
	return true
}

// free says whether a slot of the destination is left.
func (f *inFlight) free(dest string, s share) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.dests[dest]
	return (l == nil || l.all < s.perDest) && len(f.ids) < s.all
}

// has says whether the delivery is under way.
func (f *inFlight) has(id amtshilfe.DeliveryID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ids[id]
}

// give hands the slot of a delivery back, taken as it was listed.
func (f *inFlight) give(d *ledger.Delivery) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ids, d.ID)
	l := f.dests[d.Dest]
	if l.all--; l.all == 0 {
		delete(f.dests, d.Dest)
	} else if d.Rank == 0 {
		l.ahead--
	}
}

// sendDue hands out slots: round robin over destinations, then over accounts, ahead-of-queue first for at most half of a
// destination's slots (design 2.4).
func (p *Pipeline) sendDue(ctx context.Context) (bool, error) {
	if err := p.refresh(); err != nil {
		return false, err
	}
	dests := p.turns.dests
	// Round robin: whoever comes behind the last one that got a slot is first, else the first of the alphabet took all of them.
	n, _ := slices.BinarySearch(dests, p.lastDest+"\x00")
	for _, dest := range slices.Concat(dests[n:], dests[:n]) {
		slots, out := p.slots(dest)
		if out && slots > 0 {
			if err := p.expire(ledger.LaneSend, dest); err != nil {
				return false, err
			}
			delete(p.turns.lists, dest)
		}
		if err := p.sendTo(ctx, dest, slots, out); err != nil {
			return false, err
		}
	}
	return false, nil
}

// sendTo hands out the slots of one destination. Those ahead of the queue may have half of them, counted among themselves, so that a
// long queue cannot keep them out; where nobody else waits they may have all.
func (p *Pipeline) sendTo(ctx context.Context, dest string, n int, probe bool) error {
	s := share{perDest: n, ahead: max(1, n/2), all: p.cfg.Slots}
	if n == 0 || !p.inFlight.free(dest, s) {
		return nil
	}
	queues, err := p.queues(dest)
	if err != nil {
		return err
	}
	if len(queues[1].tickets) == 0 {
		s.ahead = n // nobody else waits
	}
	for rank := range queues {
		l := &queues[rank]
		for len(l.tickets) > 0 {
			d := l.tickets[0]
			if p.inFlight.has(d.ID) { // a list that is out of date
				l.tickets = l.tickets[1:]
				continue
			}
			if !p.inFlight.take(&d, s) {
				break
			}
			if _, out := p.slots(dest); out != probe { // what those under way found out meanwhile; only now no other can get this slot
				p.inFlight.give(&d)
				return nil
			}
			l.tickets = l.tickets[1:]
			p.lastDest, p.lastAccount[dest] = dest, d.Account
			p.start(ctx, turn{laneSend, &p.inFlight, p.send, probe}, d)
			if probe {
				return nil // one finds out, also if it already has
			}
		}
	}
	return nil
}

// turn is what a delivery gets a slot for.
type turn struct {
	lane  lane
	slots *inFlight
	work  func(context.Context, ledger.Delivery) error
	probe bool // it finds out whether its destination can be reached again
}

// start works on a delivery whose slot is taken. The row is read again: the list may be older than the last attempt.
func (p *Pipeline) start(ctx context.Context, t turn, listed ledger.Delivery) {
	if t.probe {
		p.probing(listed.Dest, true)
	}
	p.sends.Go(func() {
		defer p.wake(t.lane)
		defer t.slots.give(&listed)
		if t.probe {
			defer p.probing(listed.Dest, false)
		}
		d, err := p.Ledger.Delivery(listed.ID)
		if err == nil && d.Lane == listed.Lane && !d.DueAt.After(p.Now()) {
			err = t.work(ctx, d)
		}
		p.log(ctx, err, slog.String("lane", t.lane.String()))
	})
}

// Questions for reports at once, to one destination and in all: they must not crowd out sending (design 2.4), and a destination
// that does not answer must not keep the others waiting.
const (
	reportsPerDest = 2
	reportsAtOnce  = 6
)

func (p *Pipeline) reportDue(ctx context.Context) (bool, error) {
	list, err := p.Ledger.Due(ledger.LaneReport, 2*reportsPerDest)
	if err != nil {
		return false, err
	}
	for _, d := range list {
		slots, out := p.slots(d.Dest)
		if slots == 0 {
			continue // asked for each: the answer to the one before may have changed it
		}
		if out {
			if err := p.expire(ledger.LaneReport, d.Dest); err != nil {
				return false, err
			}
		}
		per := min(slots, reportsPerDest)
		if p.asking.take(&d, share{per, per, reportsAtOnce}) {
			p.start(ctx, turn{laneReport, &p.asking, p.report, out}, d)
		}
	}
	return false, nil
}
