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
	dests map[string]int
}

// take reserves a slot; false if the delivery is under way or there is no slot left.
func (f *inFlight) take(id amtshilfe.DeliveryID, dest string, perDest, all int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids == nil {
		f.ids, f.dests = map[amtshilfe.DeliveryID]bool{}, map[string]int{}
	}
	if f.ids[id] || f.dests[dest] >= perDest || len(f.ids) >= all {
		return false
	}
	f.ids[id] = true
	f.dests[dest]++
	return true
}

// free says whether a slot of the destination is left.
func (f *inFlight) free(dest string, perDest, all int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dests[dest] < perDest && len(f.ids) < all
}

func (f *inFlight) give(id amtshilfe.DeliveryID, dest string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ids, id)
	f.dests[dest]--
}

// sendDue hands out slots: round robin over destinations, then over accounts, ahead-of-queue first for at most half of a
// destination's slots (design 2.4).
func (p *Pipeline) sendDue(ctx context.Context) (bool, error) {
	dests, err := p.Ledger.Destinations(ledger.LaneSend)
	if err != nil {
		return false, err
	}
	// Round robin: whoever comes behind the last one that got a slot is first, else the first of the alphabet took all of them.
	n, _ := slices.BinarySearch(dests, p.lastDest+"\x00")
	for _, dest := range slices.Concat(dests[n:], dests[:n]) {
		if !p.inFlight.free(dest, p.cfg.SlotsPerDest, p.cfg.Slots) {
			continue
		}
		for rank, slots := range []int{max(1, p.cfg.SlotsPerDest/2), p.cfg.SlotsPerDest} {
			list, err := p.Ledger.DueInTurn(dest, rank, p.lastAccount[dest], 2*p.cfg.SlotsPerDest)
			if err != nil {
				return false, err
			}
			if rank == 0 && len(list) > 0 {
				if ordinary, err := p.Ledger.DueAt(ledger.LaneSend, dest, 1, 1); err != nil || len(ordinary) == 0 {
					slots = p.cfg.SlotsPerDest // nobody else waits
				}
			}
			for _, d := range list {
				if p.inFlight.take(d.ID, dest, slots, p.cfg.Slots) {
					p.lastDest, p.lastAccount[dest] = dest, d.Account
					p.start(ctx, laneSend, &p.inFlight, d, p.send)
				}
			}
		}
	}
	return false, nil
}

// start works on a delivery whose slot is taken. The row is read again: the list may be older than the last attempt.
func (p *Pipeline) start(ctx context.Context, l lane, slots *inFlight, listed ledger.Delivery, work func(context.Context, ledger.Delivery) error) {
	p.sends.Go(func() {
		defer p.kick(l)
		defer slots.give(listed.ID, listed.Dest)
		d, err := p.Ledger.Delivery(listed.ID)
		if err == nil && d.Lane == listed.Lane && !d.DueAt.After(p.Now()) {
			err = work(ctx, d)
		}
		p.log(ctx, err, slog.String("lane", l.String()))
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
		if p.asking.take(d.ID, d.Dest, reportsPerDest, reportsAtOnce) {
			p.start(ctx, laneReport, &p.asking, d, p.report)
		}
	}
	return false, nil
}
