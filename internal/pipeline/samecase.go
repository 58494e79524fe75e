package pipeline

import (
	"errors"
	"fmt"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

const codeSameCase = "DUP-FACHLICH"

// maxBookings bounds what one request is compared by.
const maxBookings = 200

// bookings name the claims of a request: haushaltsjahr and buchungsnummer.
func bookings(e *amtshilfe.Ersuchen) []string {
	var list []string
	for _, f := range e.Forderungen {
		b := f.Haushaltsjahr + " " + f.Buchungsnummer
		if f.Buchungsnummer != "" && len(list) < maxBookings && !slices.Contains(list, b) {
			list = append(list, b)
		}
	}
	return list
}

// meetTwins holds requests whose case is open already under another UUID (profil.md 3): a file that was made twice is paid twice. It
// gives those that go on.
func (p *Pipeline) meetTwins(requests []*ledger.Delivery) ([]*ledger.Delivery, error) {
	if len(requests) == 0 {
		return nil, nil
	}
	same, err := p.Ledger.SameCase(requests)
	if err != nil || len(same) == 0 {
		return requests, err
	}
	var rest []*ledger.Delivery
	for _, d := range requests {
		twin, err := p.twin(d, same[d.ID])
		if err != nil {
			return nil, fmt.Errorf("same case as %s: %w", d.ID, err)
		}
		if twin.IsZero() {
			rest = append(rest, d)
			continue
		}
		text := fmt.Sprintf("Derselbe Fall ist unter einer anderen nachrichtenUUID schon in Arbeit (%s: gleiches Aktenzeichen oder gleiche Buchung); bitte freigeben, wenn es eine andere Forderung ist, sonst zurückziehen.", twin)
		note(d, amtshilfe.Finding{Code: codeSameCase, Severity: amtshilfe.SeverityWarnung, Text: text})
		p.hold(d, codeSameCase, text, amtshilfe.OwnerMandant, amtshilfe.Valid)
		if err := p.Ledger.Save(sqlitedb.Outcome, d); err != nil && !errors.Is(err, ledger.ErrStale) {
			return nil, err
		}
	}
	return rest, nil
}

// twin gives the request that d repeats, or the zero id. What a person released once is not asked about again.
func (p *Pipeline) twin(d *ledger.Delivery, others []amtshilfe.DeliveryID) (amtshilfe.DeliveryID, error) {
	asked := slices.ContainsFunc(d.Findings, func(f amtshilfe.Finding) bool { return f.Code == codeSameCase })
	if asked && d.Confirmed {
		return amtshilfe.DeliveryID{}, nil
	}
	for _, id := range others {
		other, err := p.Ledger.Delivery(id)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return id, err
		}
		stands, err := p.cameFirst(&other, d)
		if err == nil && stands {
			stands, err = p.caseOpen(&other)
		}
		if err != nil || stands {
			return id, err
		}
	}
	return amtshilfe.DeliveryID{}, nil
}

// cameFirst says that other was taken in before d, or has gone further: one of the two must yield, never both.
func (p *Pipeline) cameFirst(other, d *ledger.Delivery) (bool, error) {
	if other.State != amtshilfe.Valid && other.State != amtshilfe.Held {
		return true, nil
	}
	if other.ID.Drop == d.ID.Drop {
		return other.ID.Seq < d.ID.Seq, nil
	}
	theirs, err := p.Ledger.Drop(other.ID.Drop)
	if err != nil {
		return false, err
	}
	ours, err := p.Ledger.Drop(d.ID.Drop)
	if err != nil {
		return false, err
	}
	if !theirs.ReceivedAt.Equal(ours.ReceivedAt) {
		return theirs.ReceivedAt.Before(ours.ReceivedAt), nil
	}
	return theirs.ID < ours.ID, nil
}

// caseOpen says that something may still come of a request: it was not ended by us, by the authority (005, 006, 012), or by an 008 that
// takes it back for good.
func (p *Pipeline) caseOpen(request *ledger.Delivery) (bool, error) {
	switch request.State {
	case amtshilfe.Rejected, amtshilfe.Duplicate, amtshilfe.Withdrawn, amtshilfe.GivenUp, amtshilfe.Refused:
		return false, nil
	}
	ended, err := p.Ledger.Ended(*request)
	if err != nil || ended {
		return false, err
	}
	stops, err := p.Ledger.Stops(*request)
	if err != nil {
		return false, err
	}
	for _, s := range stops {
		doc, err := p.Spool.ReadSegment(s.ID.Drop, s.Offset, s.Length, s.SHA256)
		if err != nil {
			return false, err
		}
		var m amtshilfe.Message
		p.Packs.NewReader(p.limits()).Read(doc, &m)
		if m.Einstellung.Art == "einstellung-endgueltig" || m.Einstellung.Art == "ruecknahme" {
			return false, nil
		}
	}
	return true, nil
}
