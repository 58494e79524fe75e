package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// forerunnerTerm is how long a 007 or 008 waits for a request that was not seen yet (profil.md 2).
const forerunnerTerm = 7 * 24 * time.Hour

var faultForerunner = fault("BEZUG-VORLAEUFER", amtshilfe.OwnerMandant,
	"Zu diesem Ersuchen ging schon vorher eine Forderungsänderung ein; bitte prüfen, ob das Ersuchen so noch übermittelt werden soll.")

// forerun lets a 007 or 008 wait for its request; when that does not come in time, it is refused.
func (p *Pipeline) forerun(ctx context.Context, d *ledger.Delivery) error {
	drop, err := p.Ledger.Drop(d.ID.Drop)
	if err != nil {
		return err
	}
	until := drop.ReceivedAt.Add(forerunnerTerm)
	if !p.Now().Before(until) {
		return p.refuse(d, findingUnknownCase)
	}
	was := *d
	d.State, d.Lane, d.DueAt = amtshilfe.Waiting, ledger.LaneResolve, until
	err = p.Ledger.Forerun(d)
	if errors.Is(err, ledger.ErrCame) {
		*d = was
		return p.resolveFollower(ctx, d)
	}
	return err
}

// meetForerunners looks whether messages about the requests came before them: after an 008 neither of the two is sent, after a 007 a
// person is asked. It gives the requests that are to be resolved.
func (p *Pipeline) meetForerunners(ctx context.Context, requests []*ledger.Delivery) ([]*ledger.Delivery, error) {
	uuids := make([]string, len(requests))
	for i, d := range requests {
		uuids[i] = d.UUID
	}
	early, err := p.Ledger.Forerunners(uuids)
	if err != nil || len(early) == 0 {
		return requests, err
	}
	var rest []*ledger.Delivery
	for _, d := range requests {
		goesOn, err := p.meet(ctx, d, early)
		if err != nil {
			return nil, fmt.Errorf("forerunner of %s: %w", d.ID, err)
		}
		if goesOn {
			rest = append(rest, d)
		}
	}
	return rest, nil
}

// meet decides about one request; false says that it is not to be resolved now.
func (p *Pipeline) meet(ctx context.Context, d *ledger.Delivery, early []ledger.Delivery) (bool, error) {
	var why *amtshilfe.Fault
	for i := range early {
		f := &early[i]
		if f.Case != d.Case || f.Account != d.Account || f.Betriebsart != d.Betriebsart || d.State != amtshilfe.Valid {
			continue
		}
		fault, err := p.meetOne(ctx, d, f)
		if err != nil && !errors.Is(err, ledger.ErrStale) {
			return false, err
		}
		if fault != nil && why != faultStopped {
			why = fault
		}
	}
	if d.State != amtshilfe.Valid || why == nil || d.Confirmed && why != faultStopped {
		return d.State == amtshilfe.Valid, nil
	}
	p.hold(d, why.Code, why.Text, why.Owner, amtshilfe.Valid)
	if err := p.Ledger.Save(sqlitedb.Outcome, d); err != nil && !errors.Is(err, ledger.ErrStale) {
		return false, err
	}
	return false, nil
}

// meetOne lets a request meet one message about it that was quicker: an 008 withdraws both, anything else follows it from now on, and a
// person is asked about the request.
func (p *Pipeline) meetOne(ctx context.Context, d, f *ledger.Delivery) (*amtshilfe.Fault, error) {
	switch {
	case f.State == amtshilfe.Held:
		why := faultForerunner
		if f.Kind == amtshilfe.KindEinstellung {
			why = faultStopped
		}
		return why, p.Ledger.Follow(f, *d)
	case f.Kind == amtshilfe.KindEinstellung:
		if err := p.withdraw(ctx, f, *d); err != nil {
			return nil, err
		}
		again, err := p.Ledger.Delivery(d.ID)
		if err == nil {
			*d = again
		}
		return nil, err
	}
	f.DueAt = p.Now() // from now on it follows its request like any other
	return faultForerunner, p.Ledger.Save(sqlitedb.Outcome, f)
}

var faultStopped = fault("BEZUG-EINSTELLUNG", amtshilfe.OwnerMandant,
	"Zu diesem Ersuchen liegt eine Einstellung vor, über die noch nicht entschieden ist; bitte zuerst über die Einstellung entscheiden.")

// place gives a message of a case that a person is asked about its place in the order: what comes after it waits for it, and an 008 stops
// its request until it is decided.
func (p *Pipeline) place(d *ledger.Delivery) error {
	rest(d)
	request, own, err := p.ownRequest(d)
	if err != nil {
		return err
	}
	if own && request.Kind == amtshilfe.KindErsuchen {
		if err := p.Ledger.Follow(d, request); err != nil {
			return err
		}
		if d.Kind == amtshilfe.KindEinstellung && d.Betriebsart == request.Betriebsart {
			return p.stop(request)
		}
		return nil
	}
	if _, err := p.receivedRequests(d.Account, d.Case.UUID); own || err != nil {
		if errors.Is(err, ledger.ErrNotFound) {
			err = nil
		}
		return err
	}
	return p.Ledger.Answer(d)
}

// stop holds a request that has not passed its point of no return.
func (p *Pipeline) stop(request ledger.Delivery) error {
	if request.State != amtshilfe.Valid && request.State != amtshilfe.Resolved {
		return nil
	}
	p.hold(&request, faultStopped.Code, faultStopped.Text, faultStopped.Owner, request.State)
	return p.Ledger.Save(sqlitedb.Outcome, &request)
}

// stopped says whether an 008 is in the way of a request that is about to be reserved: it waits until that is decided.
func (p *Pipeline) stopped(d *ledger.Delivery) (bool, error) {
	if d.Kind != amtshilfe.KindErsuchen {
		return false, nil
	}
	list, err := p.Ledger.Einstellungen(*d)
	if err != nil || len(list) == 0 {
		return false, err
	}
	for i := range list {
		drop, err := p.Ledger.Drop(list[i].ID.Drop)
		if err != nil {
			return true, err
		}
		if list[i].State == amtshilfe.Held || drop.Question != nil {
			return true, p.stop(*d)
		}
	}
	d.DueAt = p.Now().Add(p.cfg.Poll)
	return true, p.Ledger.Save(sqlitedb.Outcome, d)
}
