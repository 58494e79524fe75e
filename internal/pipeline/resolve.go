package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// resolveChunk is how many deliveries are resolved with one question to the authority server and one transaction.
const resolveChunk = 500

// resolveDrop resolves the next chunk of a drop. Nothing needs to be claimed: one worker has the drop, and after a crash what
// is still valid is resolved again. An authority server that cannot be reached leaves all as it is.
func (p *Pipeline) resolveDrop(ctx context.Context, drop ledger.Drop) error {
	chunk, err := p.Ledger.InDrop(drop.ID, drop.Cursor, resolveChunk)
	if err != nil {
		return err
	}
	var work []*ledger.Delivery
	last := drop.Cursor
	for i := range chunk {
		last = chunk[i].ID.Seq
		if d := &chunk[i]; d.Lane == "" && (d.State == amtshilfe.Valid || d.State == amtshilfe.Held && followsCase(d)) {
			work = append(work, &chunk[i])
		}
	}
	if err := p.resolve(ctx, drop.Messages <= smallDrop, work); err != nil {
		return err
	}
	if len(chunk) < resolveChunk {
		return p.Ledger.AllResolved(drop.ID, last)
	}
	return p.Ledger.Resolved(drop.ID, last)
}

// followsCase says that a message belongs to a case that another one began.
func followsCase(d *ledger.Delivery) bool {
	return d.After.IsZero() && (holder.maySend(d.Kind) || requester.maySend(d.Kind))
}

// resolve finds the Behoerde for each delivery and the Kanal that reaches it: one question per distinct key.
func (p *Pipeline) resolve(ctx context.Context, ahead bool, work []*ledger.Delivery) error {
	work, unread := p.rereadAll(ctx, work)
	var requests []*ledger.Delivery
	for _, d := range work {
		if ahead || hurries(d.Kind) {
			d.Rank = 0
		} else {
			d.Rank = 1
		}
		if d.Kind == amtshilfe.KindErsuchen {
			requests = append(requests, d)
		}
	}
	err := errors.Join(unread, p.resolveRequests(ctx, requests))
	for _, d := range work {
		if d.Kind == amtshilfe.KindErsuchen || ctx.Err() != nil {
			continue
		}
		var settleErr error
		was := d.State
		switch {
		case was == amtshilfe.Held:
			settleErr = p.place(d)
		case d.Kind.Decides():
			settleErr = p.resolveDecision(d)
		default:
			settleErr = p.resolveFollower(ctx, d)
		}
		err = errors.Join(err, p.putOff(ctx, d.ID, was, settleErr))
	}
	p.kick(laneSend, laneResolve)
	// A stop in the middle leaves the rest as it is: whoever asked must not think that all of it is done.
	return errors.Join(err, ctx.Err())
}

// resolveRequests ties each 003 to an authority.
func (p *Pipeline) resolveRequests(ctx context.Context, requests []*ledger.Delivery) error {
	requests, err := p.meetForerunners(ctx, requests)
	if err != nil {
		return err
	}
	if requests, err = p.meetTwins(requests); err != nil {
		return err
	}
	answers, cause := p.ask(ctx, requests)
	var answered, open []*ledger.Delivery
	for i, d := range requests {
		if answers[i] == nil {
			open = append(open, d)
			continue
		}
		p.decideRequest(d, answers[i])
		answered = append(answered, d)
	}
	err = p.saveAll(answered)
	if cause != nil {
		err = errors.Join(err, p.unanswered(ctx, open, cause))
	}
	return err
}

// unanswered leaves requests, all of one drop, as they are while no authority server answers, for as long as a question may stay open:
// every waiting state has a deadline (design 4). A request that a person releases is asked about at least once more.
func (p *Pipeline) unanswered(ctx context.Context, requests []*ledger.Delivery, cause error) error {
	if len(requests) == 0 || ctx.Err() != nil {
		return cause
	}
	drop, err := p.Ledger.Drop(requests[0].ID.Drop)
	if err != nil || p.Now().Sub(drop.ReceivedAt) <= p.cfg.Term {
		return errors.Join(cause, err)
	}
	for _, d := range requests {
		p.hold(d, faultNoAnswer.Code, faultNoAnswer.Text, faultNoAnswer.Owner, amtshilfe.Valid)
	}
	return p.saveAll(requests)
}

func (p *Pipeline) saveAll(requests []*ledger.Delivery) error {
	for chunk := range slices.Chunk(requests, ledger.Chunk) {
		if err := p.saveResolved(chunk); err != nil {
			return err
		}
	}
	return nil
}

// putOff hands a message of a case that cannot be resolved now, from the state that it was in, to the lane of its own, so that the rest
// of its drop goes on.
func (p *Pipeline) putOff(ctx context.Context, id amtshilfe.DeliveryID, was amtshilfe.State, cause error) error {
	if cause == nil || errors.Is(cause, ledger.ErrStale) || ctx.Err() != nil {
		return nil
	}
	again, err := p.Ledger.Delivery(id)
	if err != nil || again.State != amtshilfe.Valid && again.State != amtshilfe.Waiting && again.State != was {
		return err
	}
	p.log(ctx, fmt.Errorf("resolve %s: %w", id, cause), slog.String("lane", laneResolve.String()))
	p.laterFor(&again, cause)
	again.Lane = ledger.LaneResolve
	if err := p.Ledger.Save(sqlitedb.Outcome, &again); !errors.Is(err, ledger.ErrStale) {
		return err
	}
	return nil
}

// saveResolved writes a chunk at once; if one of it has moved on (a withdrawal), each is tried alone.
func (p *Pipeline) saveResolved(chunk []*ledger.Delivery) error {
	err := p.Ledger.Save(sqlitedb.Outcome, chunk...)
	if !errors.Is(err, ledger.ErrStale) {
		return err
	}
	for _, d := range chunk {
		if err := p.Ledger.Save(sqlitedb.Outcome, d); err != nil && !errors.Is(err, ledger.ErrStale) {
			return err
		}
	}
	return nil
}

// resolveOne is the lane for deliveries that come back to resolve: released by a person, or woken by their predecessor.
func (p *Pipeline) resolveOne(ctx context.Context, d ledger.Delivery) error {
	if d.State == amtshilfe.Waiting {
		d.State = amtshilfe.Valid
	}
	return p.resolve(ctx, d.Rank == 0, []*ledger.Delivery{&d})
}
