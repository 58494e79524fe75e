package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/internal/xta"
)

// Faults of the electronic way; each is a question to a person.
var (
	faultUnavailable = fault("XTA-NICHT-VERFUEGBAR", amtshilfe.OwnerBetrieb,
		"Das Rechenzentrum der Vollstreckungsbehörde nimmt für sie keine Nachrichten dieses Dienstes an; der Betrieb klärt den Weg.")
	faultRefused = fault("XTA-ABGELEHNT", amtshilfe.OwnerBetrieb,
		"Das Rechenzentrum der Vollstreckungsbehörde hat die Nachricht nicht angenommen; der Betrieb klärt die Ursache.")
	faultUnclear = fault("XTA-UNKLAR", amtshilfe.OwnerBetrieb,
		"Es ist nicht sicher, ob die Nachricht übergeben wurde; der Betrieb klärt das, bevor etwas noch einmal gesendet wird.")
	faultUnreachable = fault("XTA-UNERREICHBAR", amtshilfe.OwnerBetrieb,
		"Das Rechenzentrum der Vollstreckungsbehörde ist seit langem nicht erreichbar, die Nachricht wurde nicht übergeben; der Betrieb klärt den Weg.")
	faultCrossing = fault("TEST-KENNZEICHEN", amtshilfe.OwnerBetrieb,
		"Die Betriebsart der Nachricht passt nicht zu dem Weg, auf dem sie übergeben werden sollte; sie wurde angehalten.")
	faultNoReport = fault("XTA-BERICHT", amtshilfe.OwnerBetrieb,
		"Die Nachricht wurde übergeben, aber das Rechenzentrum der Vollstreckungsbehörde gibt seit langem keine Auskunft über sie; der Betrieb klärt das.")
	faultOverdue = fault("XTA-FRIST", amtshilfe.OwnerMandant,
		"Die Vollstreckungsbehörde hat die bereitgestellte Nachricht noch nicht abgeholt; bitte dort nachfragen und dann entscheiden, ob weiter darauf gewartet wird (freigeben) oder nicht (zurückziehen). Sie wird in keinem Fall noch einmal gesendet.")
)

// send takes one delivery a step further: reserve, send, or settle what a failed attempt left open. From Sent on nothing is
// ever sent again.
func (p *Pipeline) send(ctx context.Context, d ledger.Delivery) error {
	done, err := p.room(ctx, d.Length)
	if err != nil {
		return nil //nolint:nilerr // the process ends: it is due as before
	}
	defer done()
	if d.State == amtshilfe.Resolved {
		if err := p.update(ctx, &d); err != nil {
			return p.retryLater(ctx, &d, err)
		}
	}
	if err := p.pin(d.Kanal.Rechenzentrum); err != nil {
		p.tryLater(&d, err)
		return errors.Join(fmt.Errorf("send %s: %w", d.ID, err), p.Ledger.Save(sqlitedb.Outcome, &d))
	}
	if d.Attempts > 0 && d.State != amtshilfe.Sending {
		if held, err := p.overdue(&d); held || err != nil {
			return err
		}
	}
	switch d.State {
	case amtshilfe.Resolved:
		request, err := p.reserve(ctx, &d)
		if err != nil || d.State != amtshilfe.Sending {
			return p.retryLater(ctx, &d, err)
		}
		return p.sent(ctx, &d, true, p.centre(&d).Send(ctx, request))
	case amtshilfe.Reserved:
		if ok, err := p.renew(ctx, &d); !ok || err != nil {
			return p.retryLater(ctx, &d, err)
		}
		return p.transmit(ctx, &d)
	case amtshilfe.Sending:
		return p.settle(ctx, &d)
	}
	return nil
}

// overdue holds a delivery that could not be handed over, or not be settled, or not be asked about for too long: every waiting state has
// a deadline. One that a person released is tried at least once more.
func (p *Pipeline) overdue(d *ledger.Delivery) (bool, error) {
	since, most, f, from := d.Origin, p.cfg.ReportDeadline, faultNoReport, d.State
	switch d.State {
	case amtshilfe.Sent:
		since = p.patience(d).Add(-most)
	case amtshilfe.Sending:
		most, f = p.cfg.ResendWindow, faultUnclear
	case amtshilfe.Resolved, amtshilfe.Reserved:
		f, from, since = faultUnreachable, amtshilfe.Resolved, d.DueAt
		if d.Attempts > 0 {
			drop, err := p.Ledger.Drop(d.ID.Drop)
			if err != nil {
				return false, err
			}
			since = drop.ReceivedAt
		}
		if p.waitedLong(d, since) {
			if is, err := p.paper(d); is || err != nil {
				return true, err
			}
		}
	}
	if p.Now().Sub(since) <= most {
		return false, nil
	}
	p.hold(d, f.Code, f.Text, f.Owner, from)
	if from == amtshilfe.Resolved {
		d.MessageID, d.Bytes = "", [32]byte{}
	}
	return true, p.Ledger.Save(sqlitedb.Outcome, d)
}

// retryLater postpones a delivery whose step failed before anything was handed over.
func (p *Pipeline) retryLater(ctx context.Context, d *ledger.Delivery, err error) error {
	if err == nil || errors.Is(err, ledger.ErrStale) || ctx.Err() != nil {
		return nil
	}
	if f, ok := errors.AsType[*amtshilfe.Fault](err); ok && f.Verdict == amtshilfe.Hold {
		p.hold(d, f.Code, f.Text, f.Owner, amtshilfe.Resolved)
		d.MessageID, d.Bytes = "", [32]byte{}
		return p.Ledger.Save(sqlitedb.Outcome, d)
	}
	f, isFault := errors.AsType[*xta.Fault](err)
	switch {
	case errors.Is(err, ledger.ErrBetriebsart):
		p.hold(d, faultCrossing.Code, faultCrossing.Text, faultCrossing.Owner, amtshilfe.Valid)
	case lost(err):
		p.hold(d, faultDocument.Code, faultDocument.Text, faultDocument.Owner, amtshilfe.Resolved)
	case isFault && f.Verdict() == amtshilfe.Hold:
		p.hold(d, faultRefused.Code, faultRefused.Text, faultRefused.Owner, amtshilfe.Resolved)
	default:
		p.tryLater(d, err)
	}
	if saveErr := p.Ledger.Save(sqlitedb.Outcome, d); saveErr != nil && !errors.Is(saveErr, ledger.ErrStale) {
		return errors.Join(err, saveErr)
	}
	return fmt.Errorf("send %s: %w", d.ID, err)
}

// reserve obtains a MessageID (XTA 2.1.1 createMessageId), stores it with the hash of the exact bytes, and books the first attempt with
// it: all in one transaction, before a byte leaves. What ends before that leaves the delivery as it was, and a lost id is harmless.
// This is the point of no return for a withdrawal: the compare-and-set decides who was first.
func (p *Pipeline) reserve(ctx context.Context, d *ledger.Delivery) (xta.Request, error) {
	none := xta.Request{}
	if f, old := rules.TooOld(d.ErsuchenVom, p.Now()); old && d.Kind == amtshilfe.KindErsuchen && !d.Confirmed {
		p.hold(d, f.Code, f.Text, f.Owner, amtshilfe.Valid) // it grew too old while it could not be sent
		return none, p.Ledger.Save(sqlitedb.Outcome, d)
	}
	if is, err := p.stopped(d); is || err != nil {
		return none, err
	}
	author, reader := p.parties(d)
	// Unknown counts as yes: the order will show it.
	o, err := p.lookup(ctx, d, author, reader)
	if err != nil {
		return none, err
	}
	if o.Availability == xta.ServiceUnavailable {
		if is, err := p.paper(d); is || err != nil {
			return none, err
		}
		return none, faultUnavailable
	}
	certificate, err := p.certificate(ctx, d, o)
	if err != nil {
		return none, err
	}
	id, err := p.messageID(ctx, d, author)
	if err != nil {
		return none, err
	}
	next := *d
	next.MessageID, next.Origin = id, p.Now().Truncate(time.Millisecond)
	if err := p.seal(&next, certificate); err != nil {
		return none, err
	}
	request, err := p.request(&next)
	if err != nil {
		return none, err
	}
	next.State, next.Bytes = amtshilfe.Reserved, request.SHA256
	if err := p.Ledger.Attempt(&next, p.attempt); errors.Is(err, ledger.ErrEinstellung) {
		_, err = p.stopped(d) // it came just now
		return none, err
	} else if err != nil {
		return none, err
	}
	*d = next
	return request, nil
}

// attempt makes a delivery one that is being sent; it is not tried again before the client gives up, also after a crash.
func (p *Pipeline) attempt(d *ledger.Delivery) {
	d.State = amtshilfe.Sending
	d.Attempts++
	d.DueAt = p.Now().Add(p.cfg.SendTimeout)
}

// transmit books the attempt and sends (XTA 2.1.1 sendMessage). Whatever interrupts it after that leaves the delivery in Sending.
func (p *Pipeline) transmit(ctx context.Context, d *ledger.Delivery) error {
	request, err := p.request(d)
	if err != nil {
		return p.retryLater(ctx, d, err)
	}
	if request.SHA256 != d.Bytes {
		// The template of envelopes changed since it was reserved, or the server forgot the id: nothing has left with it.
		d.State, d.MessageID, d.Bytes = amtshilfe.Resolved, "", [32]byte{}
		defer p.kick(laneSend)
		return p.Ledger.Save(sqlitedb.Intent, d)
	}
	p.attempt(d)
	if err := p.Ledger.Save(sqlitedb.Intent, d); err != nil {
		return err
	}
	return p.sent(ctx, d, true, p.centre(d).Send(ctx, request))
}

// sent books the outcome of an attempt, as far as it is known. Only of the first attempt with an id does a refusal say that nothing
// was handed over; a refused repetition leaves open what became of the attempts before it.
func (p *Pipeline) sent(ctx context.Context, d *ledger.Delivery, first bool, err error) error {
	if err == nil {
		return p.handedOver(d)
	}
	d.Trouble = trouble(err)
	fault, isFault := errors.AsType[*xta.Fault](err)
	attempt, isAttempt := errors.AsType[*xta.SendError](err)
	switch {
	case isFault && fault.Used():
		return p.settle(ctx, d)
	case isFault && fault.Unknown() && first:
		// The server has forgotten the id it issued: transmit gives it up for another, nothing has left with it.
		d.State, d.Bytes = amtshilfe.Reserved, [32]byte{}
		d.DueAt = p.retryAt(d)
	case isFault && fault.Refused() && first:
		p.hold(d, faultRefused.Code, faultRefused.Text, faultRefused.Owner, amtshilfe.Resolved)
		d.MessageID, d.Bytes = "", [32]byte{}
	case isAttempt && !attempt.Written && first:
		d.State = amtshilfe.Reserved // known not sent
		d.DueAt = p.retryAt(d)
	default:
		// Unknown: it stays Sending, and is settled when it is due again.
	}
	return errors.Join(fmt.Errorf("send %s: %w", d.ID, err), p.Ledger.Save(sqlitedb.Outcome, d))
}

func (p *Pipeline) handedOver(d *ledger.Delivery) error {
	d.State, d.Attempts, d.Trouble = amtshilfe.Sent, 0, ""
	d.Lane, d.DueAt = ledger.LaneReport, p.Now().Add(p.cfg.ReportSchedule[0])
	if err := p.Ledger.Save(sqlitedb.Outcome, d); err != nil {
		return err
	}
	if d.Woke {
		p.kick(laneResolve)
	}
	return nil
}
