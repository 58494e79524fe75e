package pipeline

import (
	"errors"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/rules"
)

// findingPaper tells the sender that his message takes another way than it should have.
var findingPaper = amtshilfe.Finding{Code: "XTA-PAPIER", Severity: amtshilfe.SeverityWarnung,
	Text: "Die Nachricht konnte nicht elektronisch übermittelt werden und geht deshalb als Brief an die Vollstreckungsbehörde; elektronisch wird sie nicht mehr gesendet."}

// paper turns a delivery that does not get through electronically into a letter, where its Mandant wants that (design 4, paper
// fallback): only if nothing was ever handed over, which Resolved and Reserved say, or if the report is red. It is one-way: the
// transaction that changes the way voids the MessageID for good, and no later one can undo that. False = it may not.
func (p *Pipeline) paper(d *ledger.Delivery, said ...amtshilfe.Finding) (bool, error) {
	if !p.printable(d) {
		return false, nil
	}
	next := *d
	next.Replaces = ledger.Replaced{MessageID: d.MessageID, At: d.Origin}
	if d.MessageID == "" {
		next.Replaces.At = p.Now()
	}
	next.MessageID, next.Bytes, next.Origin, next.Patience = "", [32]byte{}, time.Time{}, time.Time{}
	next.Trouble, next.Provided = "", false
	next.State, next.Kanal = amtshilfe.Resolved, amtshilfe.Kanal{Art: amtshilfe.KanalPost, Betriebsart: d.Betriebsart}
	if !p.enqueue(&next) {
		return false, nil
	}
	for _, f := range said {
		f.Severity = amtshilfe.SeverityWarnung
		note(&next, f)
	}
	note(&next, findingPaper)
	err := p.Ledger.ToPaper(&next)
	if errors.Is(err, ledger.ErrEinstellung) {
		return false, nil
	}
	if err == nil {
		*d = next
	}
	return err == nil, err
}

// printable says whether a letter may go in place of the electronic message.
func (p *Pipeline) printable(d *ledger.Delivery) bool {
	switch {
	case p.accounts[d.Account].PaperAfter <= 0, !d.Replaces.IsZero(), len(d.Behoerde.Anschriftzeilen) == 0:
		return false
	case d.Kind == amtshilfe.KindRueckweisung:
		return false // it goes electronically only
	}
	_, old := rules.TooOld(d.ErsuchenVom, p.Now())
	return !old || d.Kind != amtshilfe.KindErsuchen || d.Confirmed
}

// waitedLong says that a Mandant does not want to wait any longer for the data centre.
func (p *Pipeline) waitedLong(d *ledger.Delivery, since time.Time) bool {
	after := p.accounts[d.Account].PaperAfter
	return after > 0 && p.Now().Sub(since) >= after
}
