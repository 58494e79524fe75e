package pipeline

import (
	"sync/atomic"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

const (
	// turnsLast is how long lists of due deliveries are used: a slot that falls free must not cost a query for each message.
	turnsLast = 200 * time.Millisecond
	// turnsListed is how many deliveries of a rank one list of a destination holds.
	turnsListed = 32
)

// turns are the lists from which the send lane hands out slots. They may be out of date: who gets a slot reads its row again, and
// whoever makes deliveries due says so. Only the send lane uses them.
type turns struct {
	stale atomic.Bool // something became due, or moved on
	at    time.Time   // when they were made
	dests []string
	lists map[string]*[2]list // by destination and rank
}

// list is the head of a queue.
type list struct {
	tickets []ledger.Delivery // with what a slot needs of them: id, account, destination, rank, lane
	more    bool              // there are more behind it
}

// refresh drops lists that are too old.
func (p *Pipeline) refresh() error {
	now, t := p.Now(), &p.turns
	if age := now.Sub(t.at); !t.stale.Swap(false) && t.lists != nil && age >= 0 && age < turnsLast {
		return nil
	}
	dests, err := p.Ledger.Destinations(ledger.LaneSend)
	if err != nil {
		t.stale.Store(true)
		return err
	}
	t.at, t.dests, t.lists = now, dests, map[string]*[2]list{}
	return nil
}

// queues gives the lists of a destination, filled again where one is used up and more is behind it.
func (p *Pipeline) queues(dest string) (*[2]list, error) {
	q := p.turns.lists[dest]
	if q == nil {
		q = &[2]list{{more: true}, {more: true}}
		p.turns.lists[dest] = q
	}
	for rank := range q {
		l := &q[rank]
		if len(l.tickets) > 0 || !l.more {
			continue
		}
		due, err := p.Ledger.DueInTurn(dest, rank, p.lastAccount[dest], turnsListed)
		if err != nil {
			return nil, err
		}
		l.more = len(due) == turnsListed
		for _, t := range due {
			if !p.inFlight.has(t.ID) {
				l.tickets = append(l.tickets, ledger.Delivery{Delivery: amtshilfe.Delivery{ID: t.ID, Account: t.Account}, Dest: dest, Rank: rank, Lane: ledger.LaneSend})
			}
		}
		// All that was listed is under way: ask again only when something changes.
		l.more = l.more && len(l.tickets) > 0
	}
	return q, nil
}
