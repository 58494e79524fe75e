package pipeline

import (
	"context"
	"errors"

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
	findingOtherBetriebsart = amtshilfe.Finding{Code: "TEST-KENNZEICHEN", Severity: amtshilfe.SeverityFehler,
		Text: "Das Testkennzeichen passt nicht zu dem Ersuchen, auf das sich die Nachricht bezieht; bitte mit demselben Kennzeichen einliefern."}
)

// errUnjudged says that an answer has to wait until all that was fetched for its account is judged.
var errUnjudged = errors.New("the request that is answered may not be judged yet")

// errUntold says that a message has to wait until receipt 1 of its request's drop is out: that receipt says what was taken in,
// from the rows as they are, so nothing may become of them before.
var errUntold = errors.New("the request's drop has no receipt yet")

// resolveFollower finds the way of a message that belongs to a case: what continues a request of this sender goes to the
// authority that holds it, the way the 003 went; what answers a request that was received goes to its author.
func (p *Pipeline) resolveFollower(ctx context.Context, d *ledger.Delivery) error {
	request, err := p.Ledger.ByUUID(d.Absender, d.Case.UUID)
	// A case belongs to the account that began it: a kennung may stand in more than one.
	if err == nil && !d.Kind.OnlyAnswers() && request.Account == d.Account {
		drop, err := p.Ledger.Drop(request.ID.Drop)
		if err == nil && drop.Receipts == 0 {
			err = errUntold
		}
		if err != nil {
			return err
		}
		return p.follow(d, request)
	}
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	return p.answer(ctx, d)
}

// follow queues a message behind its case's 003. An 008 that comes before the 003's point of no return (XTA: id reserved;
// paper: collected) withdraws it, and neither is sent; one compare-and-set decides (profil.md 2).
func (p *Pipeline) follow(d *ledger.Delivery, request ledger.Delivery) error {
	if d.Betriebsart != request.Betriebsart {
		// A test must neither reach a real case nor withdraw one, and the other way round.
		return p.refuse(d, findingOtherBetriebsart)
	}
	switch request.State {
	case amtshilfe.Valid, amtshilfe.Resolved, amtshilfe.Waiting, amtshilfe.Held:
		if d.Kind == amtshilfe.KindEinstellung && withdrawable(request) {
			return p.withdraw(d, request)
		}
	case amtshilfe.Rejected, amtshilfe.Duplicate, amtshilfe.Withdrawn, amtshilfe.GivenUp, amtshilfe.Refused:
		return p.refuse(d, findingDeadCase)
	}
	if request.Behoerde.Kennung != "" {
		d.Behoerde, d.Kanal, d.Regel = request.Behoerde, request.Kanal, request.Regel
		if !p.enqueue(d) {
			p.hold(d, faultNoChannel.Code, faultNoChannel.Text, faultNoChannel.Owner, amtshilfe.Valid)
			return p.Ledger.Save(sqlitedb.Outcome, d)
		}
		d.State = amtshilfe.Resolved
	} else {
		d.State = amtshilfe.Waiting
		rest(d)
	}
	return p.Ledger.Follow(d, request)
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
func (p *Pipeline) withdraw(d *ledger.Delivery, request ledger.Delivery) error {
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
	return p.follow(&again, request)
}

// answer addresses a message to the author of the request that this participant received.
func (p *Pipeline) answer(ctx context.Context, d *ledger.Delivery) error {
	// A request lies in out/ before its row says so: what was fetched and not judged yet may be the one that is answered. This
	// is asked before the request is looked for, so that one that is judged meanwhile is found.
	unjudged, err := p.Ledger.Unjudged(d.Account)
	if err != nil {
		return err
	}
	received, err := p.receivedRequest(d.Account, d.Case.UUID)
	if errors.Is(err, ledger.ErrNotFound) && unjudged {
		return errUnjudged
	}
	if errors.Is(err, ledger.ErrNotFound) && onlyRequester(d.Kind) {
		return p.forerun(d)
	}
	if errors.Is(err, ledger.ErrNotFound) {
		return p.refuse(d, findingUnknownCase)
	}
	if err != nil {
		return err
	}
	if received.Test != (d.Betriebsart != amtshilfe.Produktion) {
		return p.refuse(d, findingOtherBetriebsart)
	}
	if onlyRequester(d.Kind) {
		return p.refuse(d, findingNotRequester)
	}
	z, err := p.Register.ByKennung(ctx, received.Author, d.Betriebsart)
	if err != nil {
		return err
	}
	d.InReplyTo = received.MessageID
	if z.IsZero() {
		p.hold(d, faultUnknownReader.Code, faultUnknownReader.Text, faultUnknownReader.Owner, amtshilfe.Valid)
	} else {
		p.address(d, z)
		if d.State == amtshilfe.Resolved && d.Kanal.Art == amtshilfe.KanalPost {
			// Replies on paper are not made yet: a person has to decide.
			p.hold(d, faultNoChannel.Code, faultNoChannel.Text, faultNoChannel.Owner, amtshilfe.Valid)
		}
	}
	return p.Ledger.Save(sqlitedb.Outcome, d)
}

// receivedRequest finds the 003 that an account received under a UUID and that was published to it.
func (p *Pipeline) receivedRequest(account, uuid string) (ledger.Inbound, error) {
	list, err := p.Ledger.InboundByUUID(account, uuid)
	if err != nil {
		return ledger.Inbound{}, err
	}
	for _, in := range list {
		if in.Kind == amtshilfe.KindErsuchen && in.State == amtshilfe.InboxPublished {
			return in, nil
		}
	}
	return ledger.Inbound{}, ledger.ErrNotFound
}
