package pipeline

import (
	"context"
	"sync"
	"time"

	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"
)

// stockLasts is how old a MessageID may be that was fetched ahead; a server may forget those that are not used.
const stockLasts = time.Minute

// stocks are MessageIDs that were issued ahead of their use while one author sends message after message to one data centre, so that
// none of them waits for the exchange. They are in memory only: an id that is lost is harmless, and none is used before its delivery
// is booked with it (design 4).
type stocks struct {
	mu sync.Mutex
	by map[stockKey]*stock
}

type stockKey struct{ server, author string }

type stock struct {
	ids     []issued
	streak  int // ids wanted with less than a second between two
	last    time.Time
	filling bool
}

type issued struct {
	id string
	at time.Time
}

// messageID gives an id for a message of the author (XTA 2.1.1 createMessageId).
func (p *Pipeline) messageID(ctx context.Context, d *ledger.Delivery, author xta.Party) (string, error) {
	key := stockKey{d.Kanal.Rechenzentrum.Management, author.Kennung}
	id, short := p.stocks.take(key, p.Now(), p.cfg.SlotsPerDest)
	if short {
		c := p.centre(d)
		p.sends.Go(func() { p.stockUp(ctx, c, key, author) })
	}
	if id != "" {
		return id, nil
	}
	return p.centre(d).CreateMessageID(ctx, key.server, author)
}

// take gives an id of the stock, if there is one; short says that the caller fills it up again.
func (s *stocks) take(key stockKey, now time.Time, slots int) (id string, short bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = map[stockKey]*stock{}
	}
	one := s.by[key]
	if one == nil || now.Sub(one.last) >= time.Second {
		if one == nil {
			one = &stock{}
			s.by[key] = one
		}
		one.streak = 0
	}
	one.last = now
	one.streak++
	for len(one.ids) > 0 && id == "" {
		first := one.ids[0]
		if one.ids = one.ids[1:]; now.Sub(first.at) < stockLasts {
			id = first.id
		}
	}
	short = !one.filling && len(one.ids) < slots && one.streak > 2*slots
	one.filling = one.filling || short
	return id, short
}

// stockUp fetches as many ids as may be used at once; a failure is for the one who wants an id and gets none.
func (p *Pipeline) stockUp(ctx context.Context, c centre, key stockKey, author xta.Party) {
	for range p.cfg.SlotsPerDest {
		id, err := c.CreateMessageID(ctx, key.server, author)
		p.stocks.mu.Lock()
		if err == nil {
			p.stocks.by[key].ids = append(p.stocks.by[key].ids, issued{id, p.Now()})
		}
		p.stocks.mu.Unlock()
		if err != nil {
			break
		}
	}
	p.stocks.mu.Lock()
	defer p.stocks.mu.Unlock()
	p.stocks.by[key].filling = false
}
