package pipeline

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

var (
	findingUnknownCase = amtshilfe.Finding{Code: "BEZUG-UNBEKANNT", Severity: amtshilfe.SeverityFehler,
		Text: "Das Ersuchen, auf das sich die Nachricht bezieht, ist hier nicht bekannt; bitte die nachrichtenUUID im Bezug prüfen."}
	findingDeadCase = amtshilfe.Finding{Code: "BEZUG-ERLEDIGT", Severity: amtshilfe.SeverityFehler,
		Text: "Das Ersuchen, auf das sich die Nachricht bezieht, wurde nicht übermittelt; es gibt nichts mitzuteilen."}
	findingNotRequester = amtshilfe.Finding{Code: "BEZUG-FREMD", Severity: amtshilfe.SeverityFehler,
		Text: "Nur wer das Ersuchen gestellt hat, kann es ändern oder einstellen."}
	findingReturned = amtshilfe.Finding{Code: "BEZUG-ZURUECKGEGEBEN", Severity: amtshilfe.SeverityFehler,
		Text: "Die Vollstreckungsbehörde hat das Ersuchen zurückgegeben, niemand bearbeitet es; bitte bei Bedarf ein neues Ersuchen stellen."}
	findingOtherBetriebsart = amtshilfe.Finding{Code: "TEST-KENNZEICHEN", Severity: amtshilfe.SeverityFehler,
		Text: "Das Testkennzeichen passt nicht zu dem Ersuchen, auf das sich die Nachricht bezieht; bitte mit demselben Kennzeichen einliefern."}
)

var faultTwoRequests = fault("BEZUG-MEHRDEUTIG", amtshilfe.OwnerMandant,
	"Unter dieser nachrichtenUUID sind Ersuchen verschiedener Behörden eingegangen; bitte benennen, an welche die Nachricht geht.")

// errUnjudged says that an answer has to wait until all that was fetched for its account is judged.
var errUnjudged = errors.New("the request that is answered may not be judged yet")

// errUntold says that a message has to wait until receipt 1 of its request's drop is out: that receipt says what was taken in,
// from the rows as they are, so nothing may become of them before.
var errUntold = errors.New("the request's drop has no receipt yet")

// resolveFollower finds the way of a message that belongs to a case: what continues a request of this sender goes to the
// authority that holds it, the way the 003 went; what answers a request that was received goes to its author.
func (p *Pipeline) resolveFollower(ctx context.Context, d *ledger.Delivery) error {
	if d.Kind == amtshilfe.KindRueckweisung {
		return p.resolveReply(ctx, d)
	}
	request, own, err := p.ownRequest(d)
	switch {
	case err != nil:
		return err
	case !own:
		return p.answer(ctx, d)
	case request.Kind != amtshilfe.KindErsuchen:
		return p.refuse(d, findingUnknownCase) // it names a later message of the case, and not its 003
	}
	if drop, err := p.Ledger.Drop(request.ID.Drop); err != nil || !drop.Told() {
		return cmp.Or(err, errUntold)
	}
	return p.follow(ctx, d, request)
}

// ownRequest finds the message that another one continues, if it is the sender's own. A case belongs to the account that began it: a kennung
// may stand in more than one.
func (p *Pipeline) ownRequest(d *ledger.Delivery) (ledger.Delivery, bool, error) {
	request, err := p.Ledger.ByUUID(d.Absender, d.Case.UUID)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return request, false, err
	}
	return request, err == nil && requester.maySend(d.Kind) && request.Account == d.Account &&
		(request.Kind == amtshilfe.KindErsuchen || requester.maySend(request.Kind)), nil
}

// follow queues a message behind its case's 003. An 008 that comes before the 003's point of no return (XTA: id reserved;
// paper: collected) withdraws it, and neither is sent; one compare-and-set decides (profil.md 2).
func (p *Pipeline) follow(ctx context.Context, d *ledger.Delivery, request ledger.Delivery) error {
	if d.Betriebsart != request.Betriebsart {
		// A test must neither reach a real case nor withdraw one, and the other way round.
		return p.refuse(d, findingOtherBetriebsart)
	}
	switch request.State {
	case amtshilfe.Rejected, amtshilfe.Duplicate, amtshilfe.Withdrawn, amtshilfe.GivenUp, amtshilfe.Refused:
		return p.refuse(d, findingDeadCase)
	}
	if refused, err := p.refuseStrays(d, p.sentRequest(&request)); err != nil || refused {
		return err
	}
	switch request.State {
	case amtshilfe.Valid, amtshilfe.Resolved, amtshilfe.Waiting, amtshilfe.Held:
		if d.Kind == amtshilfe.KindEinstellung && withdrawable(request) {
			return p.withdraw(ctx, d, request)
		}
	}
	moved, returned, err := p.Ledger.MovedTo(d.Case)
	switch {
	case err != nil:
		return err
	case returned:
		return p.refuse(d, findingReturned)
	case moved != "":
		z, err := p.Register.ByKennung(ctx, moved, d.Betriebsart)
		if err != nil {
			return err
		}
		p.addressKnown(d, z)
	case request.Behoerde.Kennung == "":
		d.State = amtshilfe.Waiting
		rest(d)
	default:
		p.address(d, amtshilfe.Zustaendigkeit{Behoerde: request.Behoerde, Kanaele: []amtshilfe.Kanal{request.Kanal}, Regel: request.Regel})
	}
	return p.Ledger.Follow(d, request)
}

// addressKnown ties the delivery to an authority that somebody named, if the directory knows it.
func (p *Pipeline) addressKnown(d *ledger.Delivery, z amtshilfe.Zustaendigkeit) {
	if z.IsZero() {
		p.hold(d, faultUnknownReader.Code, faultUnknownReader.Text, faultUnknownReader.Owner, amtshilfe.Valid)
		return
	}
	p.address(d, z)
}

// addressByXTA is addressKnown for a 014: it says that bytes could not be read, so it goes to the gateway that sent them and never on paper.
func (p *Pipeline) addressByXTA(d *ledger.Delivery, z amtshilfe.Zustaendigkeit) {
	p.addressKnown(d, z)
	if d.State == amtshilfe.Resolved && d.Kanal.Art == amtshilfe.KanalPost {
		p.hold(d, faultNoChannel.Code, faultNoChannel.Text, faultNoChannel.Owner, amtshilfe.Valid)
	}
}

// refuse ends a message that cannot belong to the case it names.
func (p *Pipeline) refuse(d *ledger.Delivery, f amtshilfe.Finding) error {
	d.State = amtshilfe.Rejected
	note(d, f)
	rest(d)
	return p.Ledger.Save(sqlitedb.Outcome, d)
}

// withdrawable says that a held 003 never passed its point of no return: a question may also arise after it.
func withdrawable(request ledger.Delivery) bool {
	if request.State != amtshilfe.Held || request.Hold == nil {
		return true
	}
	return request.Hold.From == amtshilfe.Valid || request.Hold.From == amtshilfe.Resolved
}

// withdraw ends both. The loser of the compare-and-set looks again: the 003 was reserved or collected meanwhile, so the 008
// is sent; or somebody decided about the 008 itself.
func (p *Pipeline) withdraw(ctx context.Context, d *ledger.Delivery, request ledger.Delivery) error {
	d.State, request.State = amtshilfe.Withdrawn, amtshilfe.Withdrawn
	rest(d)
	rest(&request)
	err := p.Ledger.Save(sqlitedb.Outcome, &request, d)
	if !errors.Is(err, ledger.ErrStale) {
		return err
	}
	again, err := p.Ledger.Delivery(d.ID)
	if err != nil || again.State != amtshilfe.Valid {
		return err
	}
	if request, err = p.Ledger.Delivery(request.ID); err != nil {
		return err
	}
	again.Rank = d.Rank
	return p.follow(ctx, &again, request)
}

// answer addresses a message to the author of the request that this participant received.
func (p *Pipeline) answer(ctx context.Context, d *ledger.Delivery) error {
	// A request lies in out/ before its row says so: what was fetched and not judged yet may be the one that is answered. This
	// is asked before the request is looked for, so that one that is judged meanwhile is found.
	unjudged, err := p.Ledger.Unjudged(d.Account)
	if err != nil {
		return err
	}
	list, err := p.receivedRequests(d.Account, d.Case.UUID)
	if errors.Is(err, ledger.ErrNotFound) && unjudged {
		return errUnjudged
	}
	if errors.Is(err, ledger.ErrNotFound) && !holder.maySend(d.Kind) {
		return p.forerun(ctx, d)
	}
	if errors.Is(err, ledger.ErrNotFound) {
		return p.refuse(d, findingUnknownCase)
	}
	if err != nil {
		return err
	}
	received := list[0]
	if received.Test != (d.Betriebsart != amtshilfe.Produktion) {
		return p.refuse(d, findingOtherBetriebsart)
	}
	if !holder.maySend(d.Kind) {
		return p.refuse(d, findingNotRequester)
	}
	z, err := p.Register.ByKennung(ctx, received.Author, d.Betriebsart)
	if err != nil {
		return err
	}
	if len(list) > 1 {
		// Two requesters use the same UUID: nobody here knows which of them is meant.
		p.hold(d, faultTwoRequests.Code, faultTwoRequests.Text, faultTwoRequests.Owner, amtshilfe.Valid)
	} else {
		if refused, err := p.refuseStrays(d, p.receivedRequest(&received)); err != nil || refused {
			return err
		}
		d.InReplyTo = received.MessageID
		p.addressKnown(d, z)
	}
	return p.Ledger.Answer(d)
}

// receivedRequests finds the 003 that an account received under a UUID and that were published to it, one per author, the oldest
// first. ErrNotFound if there is none.
func (p *Pipeline) receivedRequests(account, uuid string) ([]ledger.Inbound, error) {
	list, err := p.Ledger.InboundByUUID(account, uuid)
	if err != nil {
		return nil, err
	}
	var found []ledger.Inbound
	for _, in := range list {
		if in.Kind == amtshilfe.KindErsuchen && in.State == amtshilfe.InboxPublished &&
			!slices.ContainsFunc(found, func(f ledger.Inbound) bool { return f.Author == in.Author }) {
			found = append(found, in)
		}
	}
	if len(found) == 0 {
		return nil, ledger.ErrNotFound
	}
	return found, nil
}
