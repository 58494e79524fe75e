package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/internal/xta"
)

// settle finds out what became of an attempt with unknown outcome (design 4; XTA 2.1.1 getTransportReport): evidence in the
// report means sent; otherwise the same bytes go out again under the same id, within the window; 9024 without evidence is waited
// for, and ends with a person.
func (p *Pipeline) settle(ctx context.Context, d *ledger.Delivery) error {
	doc, _, _ := p.stored(d) // one that is lost must not hide the evidence; request tells of it below
	author, _ := p.parties(d)
	report, err := p.centre(d).TransportReport(ctx, d.Kanal.Rechenzentrum.Management, author, d.MessageID)
	fault, isFault := errors.AsType[*xta.Fault](err)
	switch {
	case err == nil && report.Evidence(p.metaData(d, doc)):
		return p.handedOver(d)
	case p.Now().Sub(d.Origin) > p.cfg.ResendWindow:
		p.hold(d, faultUnclear.Code, faultUnclear.Text, faultUnclear.Owner, amtshilfe.Sending)
		return p.Ledger.Save(sqlitedb.Outcome, d)
	case err != nil && !(isFault && fault.Unknown()):
		return p.unsettled(d, err)
	case p.Now().Before(d.DueAt):
		return nil // 9024 while the first attempt may still run: ask again when it is due
	}
	if p.sealedForRevoked(d) {
		p.hold(d, faultSealedRevoked.Code, faultSealedRevoked.Text, faultSealedRevoked.Owner, amtshilfe.Sending)
		return p.Ledger.Save(sqlitedb.Outcome, d)
	}
	request, err := p.request(d)
	if err != nil {
		return p.unsettled(d, err)
	}
	if request.SHA256 != d.Bytes {
		p.hold(d, faultUnclear.Code, faultUnclear.Text, faultUnclear.Owner, amtshilfe.Sending)
		return p.Ledger.Save(sqlitedb.Outcome, d)
	}
	d.Attempts++
	d.DueAt = later(p.Now().Add(p.cfg.SendTimeout), p.retryAt(d))
	if err := p.Ledger.Save(sqlitedb.Intent, d); err != nil {
		return err
	}
	return p.sent(ctx, d, false, p.centre(d).Send(ctx, request))
}

// unsettled postpones the question what became of an attempt.
func (p *Pipeline) unsettled(d *ledger.Delivery, err error) error {
	d.Attempts++
	d.DueAt, d.Trouble = later(p.Now().Add(p.cfg.SendTimeout), p.retryAt(d)), trouble(err)
	return errors.Join(fmt.Errorf("settle %s: %w", d.ID, err), p.Ledger.Save(sqlitedb.Outcome, d))
}

// later gives the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
