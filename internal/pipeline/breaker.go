package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"
)

// breakers keep count of the destinations that cannot be reached. BreakerAfter failures in a row at one port of a data centre open its
// breaker: its deliveries wait without an attempt each, and one of them is tried after each pause of the retry schedule. After that the
// destination gets 1, 2, 4 slots again. Outages are booked, so that other processes see them and a restart knows them.
type breakers struct {
	mu    sync.Mutex
	dests map[string]*breaker
}

// breaker is what is known of one destination; the zero value is one that works.
type breaker struct {
	failures map[string]int // in a row, by URL: a working managementPort says nothing about the sendPort
	first    time.Time      // of the failures
	out      bool           // open
	steps    int            // probes that failed
	probe    time.Time      // out: not before
	probing  bool           // a delivery is under way to find out
	slots    int            // after an outage: how many at once; 0 = as configured
}

// centre is a data centre as one delivery sees it: what comes of each exchange is told to its breaker.
type centre struct {
	p    *Pipeline
	dest string

	behoerde string // whose way goes there, and the way
	kanal    amtshilfe.Kanal
}

func (p *Pipeline) centre(d *ledger.Delivery) centre {
	return centre{p, d.Dest, d.Behoerde.Kennung, d.Kanal}
}

// LookupService is xta.Client.LookupService.
func (c centre) LookupService(ctx context.Context, url string, author, reader xta.Party, service string) (xta.Lookup, error) {
	answer, err := c.p.Sender.LookupService(ctx, url, author, reader, service)
	if c.repinned(ctx, err) {
		answer, err = c.p.Sender.LookupService(ctx, url, author, reader, service)
	}
	c.told(ctx, url, err)
	return answer, err
}

// CreateMessageID is xta.Client.CreateMessageID.
func (c centre) CreateMessageID(ctx context.Context, url string, author xta.Party) (string, error) {
	id, err := c.p.Sender.CreateMessageID(ctx, url, author)
	if c.repinned(ctx, err) {
		id, err = c.p.Sender.CreateMessageID(ctx, url, author)
	}
	c.told(ctx, url, err)
	return id, err
}

// Send is xta.Client.Send.
func (c centre) Send(ctx context.Context, r xta.Request) error {
	err := c.p.Sender.Send(ctx, r)
	if c.repinned(ctx, err) {
		err = c.p.Sender.Send(ctx, r)
	}
	c.told(ctx, r.URL, err)
	if err == nil {
		c.p.breakers.grow(c.dest, c.p.cfg.SlotsPerDest)
	}
	return err
}

// TransportReport is xta.Client.TransportReport.
func (c centre) TransportReport(ctx context.Context, url string, author xta.Party, messageID string) (xta.Report, error) {
	report, err := c.p.Sender.TransportReport(ctx, url, author, messageID)
	if c.repinned(ctx, err) {
		report, err = c.p.Sender.TransportReport(ctx, url, author, messageID)
	}
	c.told(ctx, url, err)
	return report, err
}

// told books what an exchange says about the destination: an answer, be it a refusal, says that it can be reached.
func (c centre) told(ctx context.Context, url string, err error) {
	if ctx.Err() != nil {
		return // it was we who broke it off
	}
	fault, isFault := errors.AsType[*xta.Fault](err)
	if err == nil || isFault && !fault.Temporary() {
		err = c.p.reached(c.dest, url)
	} else {
		err = c.p.missed(c.dest, url, err)
	}
	if err != nil {
		c.p.log(ctx, fmt.Errorf("book outage: %w", err), slog.String("dest", c.dest))
	}
}

// of gives the breaker of a destination; mu is held.
func (b *breakers) of(dest string) *breaker {
	if b.dests == nil {
		b.dests = map[string]*breaker{}
	}
	one := b.dests[dest]
	if one == nil {
		one = &breaker{failures: map[string]int{}}
		b.dests[dest] = one
	}
	return one
}

// reached ends the failures of a port, and the outage when no port fails any more.
func (p *Pipeline) reached(dest, url string) error {
	p.breakers.mu.Lock()
	defer p.breakers.mu.Unlock()
	b := p.breakers.dests[dest]
	if b == nil {
		return nil
	}
	delete(b.failures, url)
	delete(b.failures, anyPort)
	if b.out {
		for _, n := range b.failures {
			if n >= p.cfg.BreakerAfter {
				return nil
			}
		}
		b.out, b.steps, b.slots = false, 0, 1
		p.Log.Info("destination can be reached again", "dest", dest)
		defer p.kick(laneSend)
		return p.Ledger.EndOutage(dest)
	}
	if b.slots == 0 && len(b.failures) == 0 {
		delete(p.breakers.dests, dest)
	}
	return nil
}

// grow gives a destination that had an outage twice the slots for each message that it takes.
func (b *breakers) grow(dest string, most int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if one := b.dests[dest]; one != nil && one.slots > 0 {
		if one.slots *= 2; one.slots >= most {
			one.slots = 0
		}
	}
}

// missed counts a failure; the last of them opens the breaker, a failed probe keeps it open for another pause.
func (p *Pipeline) missed(dest, url string, cause error) error {
	p.breakers.mu.Lock()
	defer p.breakers.mu.Unlock()
	b, now := p.breakers.of(dest), p.Now()
	if len(b.failures) == 0 {
		b.first = now
	}
	b.failures[url]++
	switch {
	case b.out && now.Before(b.probe), b.failures[url] < p.cfg.BreakerAfter && !b.out:
		return nil // others that were under way when it opened; or not yet
	case b.out:
		b.steps++
	default:
		b.out, b.steps = true, 0
		p.Log.Warn("destination cannot be reached, its deliveries wait", "dest", dest, "failures", b.failures[url], "err", cause)
	}
	b.probe = now.Add(p.retryPause(b.steps + 1))
	return p.Ledger.SetOutage(ledger.Outage{Dest: dest, Since: b.first, Probe: b.probe, Failures: b.failures[url], Trouble: trouble(cause)})
}

// trouble is an error as rows and pages show it: codes and addresses, of bounded length.
func trouble(err error) string {
	if err == nil {
		return ""
	}
	text := []rune(err.Error())
	return string(text[:min(len(text), 160)])
}

// slots says how many deliveries of a destination may be under way; out says that it cannot be reached, and then it is at most the one
// that finds out.
func (p *Pipeline) slots(dest string) (n int, out bool) {
	p.breakers.mu.Lock()
	defer p.breakers.mu.Unlock()
	b := p.breakers.dests[dest]
	switch {
	case b == nil:
		return p.cfg.SlotsPerDest, false
	case b.out && (b.probing || p.Now().Before(b.probe)):
		return 0, true
	case b.out:
		return 1, true
	case b.slots > 0:
		return b.slots, false
	}
	return p.cfg.SlotsPerDest, false
}

// probing books that a delivery finds out whether a destination can be reached, and that it is done.
func (p *Pipeline) probing(dest string, now bool) {
	p.breakers.mu.Lock()
	defer p.breakers.mu.Unlock()
	if b := p.breakers.dests[dest]; b != nil {
		b.probing = now
	}
}

// probeNow lets a destination that cannot be reached be tried at once: a person wants it.
func (p *Pipeline) probeNow(dest string) {
	p.breakers.mu.Lock()
	defer p.breakers.mu.Unlock()
	if b := p.breakers.dests[dest]; b != nil && b.out {
		b.probe = p.Now()
		p.turns.stale.Store(true)
	}
}

// anyPort stands for the port that failed before a restart: the first answer of any ends the outage.
const anyPort = ""

// recoverOutages knows again which destinations could not be reached.
func (p *Pipeline) recoverOutages() error {
	list, err := p.Ledger.Outages()
	if err != nil {
		return err
	}
	p.breakers.mu.Lock()
	defer p.breakers.mu.Unlock()
	for _, o := range list {
		b := p.breakers.of(o.Dest)
		b.out, b.first, b.probe, b.failures[anyPort] = true, o.Since, o.Probe, o.Failures
	}
	return nil
}

// expire asks a person about what has waited too long for a destination that cannot be reached; nothing of it is tried before.
func (p *Pipeline) expire(lane ledger.Lane, dest string) error {
	const page = 100
	for rank := 0; rank < 2; rank++ {
		for more := true; more; {
			list, err := p.Ledger.DueAt(lane, dest, rank, page)
			if err != nil {
				return err
			}
			ended := 0
			for i := range list {
				d := &list[i]
				if p.inFlight.has(d.ID) || p.asking.has(d.ID) {
					continue
				}
				over, err := p.overdue(d)
				if err != nil && !errors.Is(err, ledger.ErrStale) {
					return err
				}
				if over {
					ended++
				}
			}
			more = ended == page
		}
	}
	return nil
}
