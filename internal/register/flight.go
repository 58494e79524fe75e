package register

import (
	"context"
	"fmt"

	"damtshilfe/internal/amtshilfe"
)

// flight is a question under way; z and err are set before done closes.
type flight struct {
	key  key
	done chan struct{}
	z    amtshilfe.Zustaendigkeit
	err  error
}

// ask answers keys from the cache, from questions under way, or by asking; those that have no answer are in an *Unanswered.
func (c *Client) ask(ctx context.Context, keys []key) ([]amtshilfe.Zustaendigkeit, error) {
	out := make([]amtshilfe.Zustaendigkeit, len(keys))
	wait := make([]*flight, len(keys))
	var missing Unanswered
	if err := c.plan(keys, out, wait); err != nil {
		return nil, err
	}
	for i, f := range wait {
		if f == nil {
			continue
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if f.err != nil {
			missing.Questions, missing.Err = append(missing.Questions, i), f.err
			continue
		}
		out[i] = share(f.z)
	}
	if missing.Err != nil {
		return out, &missing
	}
	return out, nil
}

// Unanswered is the error of LookupAll when no server can be asked: some questions have no answer, the others may have one that is kept.
type Unanswered struct {
	Questions []int // indexes of those without an answer, ascending
	Err       error // why, of one of them: a Fault with verdict Retry
}

// Error counts the questions.
func (u *Unanswered) Error() string {
	return fmt.Sprintf("%d questions without an answer: %v", len(u.Questions), u.Err)
}

// Unwrap gives the Fault.
func (u *Unanswered) Unwrap() error { return u.Err }

// plan fills out what is fresh and starts flights for the rest.
func (c *Client) plan(keys []key, out []amtshilfe.Zustaendigkeit, wait []*flight) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return fmt.Errorf("register client: %w", context.Canceled)
	}
	now := c.o.Now()
	var mine []*flight
	for i, k := range keys {
		if e, ok := c.cache[k]; ok && c.fresh(e, now) {
			out[i] = e.answer(now)
			continue
		}
		f := c.flights[k]
		if f == nil {
			f = &flight{key: k, done: make(chan struct{})}
			c.flights[k] = f
			mine = append(mine, f)
		}
		wait[i] = f
	}
	for _, batch := range batches(mine) {
		c.work.Go(func() { c.fly(batch) })
	}
	return nil
}

// maxBatchBytes bounds the text of one request; JSON may need six bytes for one of them, and a server takes 8 MiB.
const maxBatchBytes = 1 << 20

// batches groups flights into requests: one Betriebsart each, at most maxQuestions and maxBatchBytes; a kennung is a request of its own.
func batches(mine []*flight) [][]*flight {
	var out [][]*flight
	type request struct {
		flights []*flight
		bytes   int
	}
	open := map[amtshilfe.Betriebsart]request{}
	for _, f := range mine {
		b := f.key.betriebsart
		if f.key.kennung != "" {
			out = append(out, []*flight{f})
			continue
		}
		r := open[b]
		r.flights, r.bytes = append(r.flights, f), r.bytes+f.key.size()
		if len(r.flights) == maxQuestions || r.bytes > maxBatchBytes {
			out = append(out, r.flights)
			r = request{}
		}
		open[b] = r
	}
	for _, rest := range open {
		if len(rest.flights) > 0 {
			out = append(out, rest.flights)
		}
	}
	return out
}

// fly lands flights from the disk or by asking the servers.
func (c *Client) fly(batch []*flight) {
	if batch = c.landKept(batch); len(batch) == 0 {
		return
	}
	h, err := c.fetch(batch)
	c.mu.Lock()
	now := c.o.Now()
	var written []kept
	for i, f := range batch {
		if err == nil {
			e := c.keep(f.key, h, i, now)
			f.z = e.answer(now)
			written = append(written, kept{f.key, e})
		} else {
			f.z, f.err = c.stale(f.key, now, err)
		}
		delete(c.flights, f.key)
		close(f.done)
	}
	c.tell(h, err, now)
	c.mu.Unlock()
	c.o.Disk.put(written)
}

// landKept lands what the disk knows and is fresh, and gives the rest; what is there and not fresh is an answer for times without a server.
func (c *Client) landKept(batch []*flight) (rest []*flight) {
	found := c.o.Disk.get(batch)
	if len(found) == 0 {
		return batch
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.o.Now()
	for _, f := range batch {
		e, ok := found[f.key]
		if old, known := c.cache[f.key]; ok && (!known || old.asked.Before(e.asked)) {
			c.remember(f.key, e)
		}
		if !ok || !c.fresh(e, now) {
			rest = append(rest, f)
			continue
		}
		f.z = e.answer(now)
		delete(c.flights, f.key)
		close(f.done)
	}
	return rest
}
