package pipeline

import (
	"context"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"
)

// offer is what a data centre said about a reader and a service (XTA 2.1.1 lookupService), and when: the reader's encryption certificate
// is as old as the answer.
type offer struct {
	xta.Lookup
	at time.Time
}

// offerKey names what is asked: one server's answer about one reader and service holds for every author.
type offerKey struct{ server, reader, service string }

// offers remembers answers of lookupService in memory, shared by all deliveries: a reader is asked about before the first message to
// him, not before each. After a restart it is asked again.
type offers struct {
	mu    sync.Mutex
	known map[offerKey]offer
	asked map[offerKey]*question
}

// question is a lookupService under way; whoever else needs the answer waits for it.
type question struct {
	author string
	done   chan struct{}
	offer  offer
	err    error
}

const (
	// refusalAge bounds how long a "not available" counts: it holds messages, so the way out must not be long.
	refusalAge = 5 * time.Minute
	// maxOffers bounds the memory: what is too old is dropped when there are more.
	maxOffers = 4096
)

// lookup gives the answer about the reader of a delivery, at most LookupKeep old. Failures are not remembered; a failure that concerns
// the author that asked is no answer to another.
func (p *Pipeline) lookup(ctx context.Context, d *ledger.Delivery, author, reader xta.Party) (offer, error) {
	service := d.Kanal.Dienst
	if service == "" {
		service = xta.ServiceURI
	}
	key := offerKey{d.Kanal.Rechenzentrum.Management, reader.Kennung, service}
	for {
		known, q, mine := p.offers.join(key, author.Kennung, p.fresh)
		switch {
		case q == nil:
			return known, nil
		case mine:
			q.offer.Lookup, q.err = p.centre(d).LookupService(ctx, key.server, author, reader, service)
			q.offer.at = p.Now()
			p.offers.answered(key, q, p.fresh)
			return q.offer, q.err
		}
		select {
		case <-q.done:
		case <-ctx.Done():
			return offer{}, ctx.Err()
		}
		if q.err == nil || q.author == author.Kennung {
			return q.offer, q.err
		}
	}
}

// fresh says whether an answer still counts.
func (p *Pipeline) fresh(o offer) bool {
	keep := p.cfg.LookupKeep
	if o.Availability == xta.ServiceUnavailable {
		keep = min(keep, refusalAge)
	}
	return p.Now().Sub(o.at) < keep
}

// join gives a fresh answer, or the question to wait for, or (mine) the one to ask.
func (s *offers) join(key offerKey, author string, fresh func(offer) bool) (known offer, q *question, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.known[key]; ok && fresh(o) {
		return o, nil, false
	}
	if q := s.asked[key]; q != nil {
		return offer{}, q, false
	}
	if s.asked == nil {
		s.asked, s.known = map[offerKey]*question{}, map[offerKey]offer{}
	}
	q = &question{author: author, done: make(chan struct{})}
	s.asked[key] = q
	return offer{}, q, true
}

// answered ends a question.
func (s *offers) answered(key offerKey, q *question, fresh func(offer) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.asked, key)
	if q.err == nil {
		s.known[key] = q.offer
	}
	if len(s.known) > maxOffers {
		for k, o := range s.known {
			if !fresh(o) {
				delete(s.known, k)
			}
		}
	}
	close(q.done)
}

// askAgain forgets what was said about the reader of a delivery: a person wants it tried.
func (p *Pipeline) askAgain(d *ledger.Delivery) {
	if d.Kanal.Art != amtshilfe.KanalXTA {
		return
	}
	_, reader := p.parties(d)
	p.offers.mu.Lock()
	defer p.offers.mu.Unlock()
	for key := range p.offers.known {
		if key.server == d.Kanal.Rechenzentrum.Management && key.reader == reader.Kennung {
			delete(p.offers.known, key)
		}
	}
}
