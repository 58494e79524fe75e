package pipeline

import (
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

// onlyRequester says that only the requester of a case may send messages of this kind (profil.md 2).
func onlyRequester(k amtshilfe.Kind) bool {
	return k == amtshilfe.KindForderungsaenderung || k == amtshilfe.KindEinstellung
}

// forerun lets a 007 or 008 wait for its request; when that does not come in time, it is refused.
func (p *Pipeline) forerun(d *ledger.Delivery) error {
	drop, err := p.Ledger.Drop(d.ID.Drop)
	if err != nil {
		return err
	}
	until := drop.ReceivedAt.Add(forerunnerTerm)
	if !p.Now().Before(until) {
		return p.refuse(d, findingUnknownCase)
	}
	d.State, d.Lane, d.DueAt = amtshilfe.Waiting, ledger.LaneResolve, until
	return p.Ledger.Save(sqlitedb.Outcome, d)
}

// meetForerunners looks whether messages about the requests came before them: after an 008 neither of the two is sent, after a 007 a
// person is asked. It gives the requests that are to be resolved.
func (p *Pipeline) meetForerunners(requests []*ledger.Delivery) ([]*ledger.Delivery, error) {
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
		goesOn, err := p.meet(d, early)
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
func (p *Pipeline) meet(d *ledger.Delivery, early []ledger.Delivery) (bool, error) {
	held := false
	for i := range early {
		f := &early[i]
		if f.Case != d.Case || f.Account != d.Account || f.Betriebsart != d.Betriebsart {
			continue
		}
		if f.Kind == amtshilfe.KindEinstellung && d.State == amtshilfe.Valid {
			if err := p.withdraw(f, *d); err != nil {
				return false, err
			}
			var err error
			if *d, err = p.Ledger.Delivery(d.ID); err != nil {
				return false, err
			}
			continue
		}
		f.DueAt = p.Now() // from now on it follows its request like any other
		if err := p.Ledger.Save(sqlitedb.Outcome, f); err != nil && !errors.Is(err, ledger.ErrStale) {
			return false, err
		}
		held = true
	}
	if d.State != amtshilfe.Valid || !held || d.Confirmed {
		return d.State == amtshilfe.Valid, nil
	}
	p.hold(d, faultForerunner.Code, faultForerunner.Text, faultForerunner.Owner, amtshilfe.Valid)
	if err := p.Ledger.Save(sqlitedb.Outcome, d); err != nil && !errors.Is(err, ledger.ErrStale) {
		return false, err
	}
	return false, nil
}
