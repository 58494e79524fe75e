package pipeline

import (
	"errors"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/printstreet"
)

// reference says what a letter that continues a case, or answers in it, must say about its 003: one of the sender's own, or one that it
// received.
func (p *Pipeline) reference(d *ledger.Delivery, bezug amtshilfe.Bezug) (*printstreet.Reference, error) {
	own, is, err := p.ownRequest(d)
	if err != nil {
		return nil, err
	}
	if !is {
		return p.receivedReference(d, bezug)
	}
	m, err := p.document(&own)
	if err != nil {
		return nil, err
	}
	ref := printstreet.ReferenceTo(m)
	if own.Behoerde.Kennung != d.Behoerde.Kennung {
		ref.An = own.Behoerde.Name
	}
	ref.Antwort, err = p.answeredKind(d, bezug)
	return ref, err
}

// receivedReference is about a 003 that was received. Of several requesters under one UUID the letter's addressee is meant.
func (p *Pipeline) receivedReference(d *ledger.Delivery, bezug amtshilfe.Bezug) (*printstreet.Reference, error) {
	list, err := p.receivedRequests(d.Account, d.Case.UUID)
	if err != nil {
		return nil, err
	}
	in := list[0]
	for _, other := range list[1:] {
		if other.Author == d.Behoerde.Kennung {
			in = other
		}
	}
	m, err := p.message(p.receivedRequest(&in))
	if err != nil {
		return nil, err
	}
	ref := printstreet.ReferenceTo(m)
	ref.Antwort, err = p.answeredKind(d, bezug)
	return ref, err
}

// answeredKind is the kind of the received message that a letter answers, 0 if that is the request, or not here.
func (p *Pipeline) answeredKind(d *ledger.Delivery, bezug amtshilfe.Bezug) (amtshilfe.Kind, error) {
	if !d.Kind.Answers() || bezug.UUID == bezug.Case() {
		return 0, nil
	}
	list, err := p.Ledger.InboundByUUID(d.Account, bezug.UUID)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return 0, err
	}
	for i := range list {
		if list[i].State == amtshilfe.InboxPublished && list[i].Author == d.Behoerde.Kennung {
			return list[i].Kind, nil
		}
	}
	return 0, nil
}
