package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/mapping"
)

// tell writes the next receipt of a drop, if there is anything to tell. The order is that of every effect: the row (which
// events it covers), the hash, the file under its final name, the outcome. On doubt out/ gets the same name and bytes again.
func (p *Pipeline) tell(id amtshilfe.DropID) error {
	r, err := p.Ledger.BookReceipt(id)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	drop, err := p.Ledger.Drop(id)
	if err != nil {
		return err
	}
	head := p.receiptHead(drop, r)
	lines := p.receiptLines(drop, r)
	r.Name = mapping.ReceiptName(drop.Name, id, r.N, "xml")
	sum := newSum()
	if err := mapping.WriteReceipt(sum, head, lines); err != nil {
		return fmt.Errorf("receipt %s.%d: %w", id, r.N, err)
	}
	r.SHA256 = sum.SHA256()
	if err := p.Ledger.Rendered(r); err != nil {
		return err
	}
	// What informs the sender's program lies there before the receipt that a person looks for.
	if err := p.tellInfos(drop, r, lines); err != nil {
		return err
	}
	if _, err := p.Spool.PublishOut(drop.Account, r.Name, func(w io.Writer) error { return mapping.WriteReceipt(w, head, lines) }); err != nil {
		return fmt.Errorf("receipt %s.%d: %w", id, r.N, err)
	}
	if err := p.Ledger.Told(r); err != nil {
		return err
	}
	p.kick(laneDrop)
	return nil
}

func (p *Pipeline) receiptHead(d ledger.Drop, r ledger.Receipt) mapping.Receipt {
	head := mapping.Receipt{Name: d.Name, SHA256: d.SHA256, Size: d.Size, Kopf: d.Kopf, Drop: d.ID, Number: r.N, ReceivedAt: p.local(d.ReceivedAt),
		CreatedAt: p.local(r.At), Betriebsart: d.Betriebsart, Closed: r.Closed, Ergebnis: result(d, r), NextID: r.NextID, DuplicateOf: d.DuplicateOf, DropFindings: d.Findings}
	if r.N == 1 {
		head.AuditHead = r.Head
	}
	for _, s := range r.Sums {
		head.Sums = append(head.Sums, mapping.Sum{Status: s.Status, Count: s.N, Betrag: s.Cents})
	}
	return head
}

// result is what a sender reads first.
func result(d ledger.Drop, r ledger.Receipt) mapping.Ergebnis {
	switch d.State {
	case amtshilfe.DropDuplicate:
		return mapping.ErgebnisDuplikat
	case amtshilfe.DropQuarantined:
		return mapping.ErgebnisAbgewiesen
	case amtshilfe.DropConflict:
		return mapping.ErgebnisRueckfrage
	}
	var all, rejected, asked, repeated int
	for _, s := range r.Sums {
		all += s.N
		switch s.Status {
		case amtshilfe.StatusAbgewiesen:
			rejected += s.N
		case amtshilfe.StatusRueckfrage:
			asked += s.N
		case amtshilfe.StatusDuplikat:
			repeated += s.N
		}
	}
	switch {
	case rejected == all:
		return mapping.ErgebnisAbgewiesen
	case repeated == all:
		return mapping.ErgebnisDuplikat
	case rejected > 0:
		return mapping.ErgebnisTeilweise
	case asked > 0:
		return mapping.ErgebnisRueckfrage
	}
	return mapping.ErgebnisAngenommen
}

// receiptLines streams the messages: all of them in receipt 1, later those that changed.
func (p *Pipeline) receiptLines(d ledger.Drop, r ledger.Receipt) iter.Seq2[mapping.Line, error] {
	return func(yield func(mapping.Line, error) bool) {
		if r.N == 1 {
			for delivery, err := range p.Ledger.AllInDrop(d.ID) {
				if err != nil {
					yield(mapping.Line{}, err)
					return
				}
				if !yield(p.lineOf(ledger.LineOf(&delivery, r.At)), nil) {
					return
				}
			}
			return
		}
		changes, err := p.Ledger.Changes(d.ID, r.From, r.To)
		if err != nil {
			yield(mapping.Line{}, err)
			return
		}
		for _, c := range changes {
			if !yield(p.lineOf(c), nil) {
				return
			}
		}
	}
}

func (p *Pipeline) lineOf(l ledger.Line) mapping.Line {
	line := mapping.Line{Position: l.Seq, Entry: l.Entry, UUID: l.UUID, Aktenzeichen: l.Aktenzeichen, Kassenzeichen: l.Kassenzeichen, Betrag: l.Betrag,
		DuplicateOf: l.DuplicateOf, Status: l.Status, Findings: l.Findings, Question: l.Question}
	if l.Kanal != "" {
		line.Uebermittlung = &mapping.Uebermittlung{Weg: wayOf(l.Kanal), Zeitpunkt: p.local(l.At), Empfaenger: l.Behoerde, Registerstand: l.Regel, TransportID: l.TransportID}
	}
	return line
}

func wayOf(k amtshilfe.Kanalart) mapping.Weg {
	if k == amtshilfe.KanalPost {
		return mapping.WegPostalisch
	}
	return mapping.WegElektronisch
}

// tellInfos publishes the container of 013 beside a receipt: one for each message whose way is known (profil.md 5).
func (p *Pipeline) tellInfos(d ledger.Drop, r ledger.Receipt, lines iter.Seq2[mapping.Line, error]) error {
	account := p.accounts[d.Account]
	if !account.Infos {
		return nil
	}
	n, absender := 0, ""
	for line, err := range lines {
		if err != nil {
			return err
		}
		if line.Uebermittlung != nil {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	if own := account.Mailboxes(); len(own) > 0 {
		absender = own[0]
	}
	head := mapping.InfoHead{Absender: p.cfg.Operator, Produkt: p.cfg.Produkt, UebertragungsID: int64(r.N), CreatedAt: p.local(r.At), Count: n,
		Test: d.Betriebsart != amtshilfe.Produktion}
	if absender != "" {
		head.Empfaenger = &amtshilfe.Akteur{Kennung: absender, Verfahren: account.Name, Person: amtshilfe.Person{Firma: account.Title}}
	}
	infos := func(yield func(mapping.Info, error) bool) {
		for line, err := range lines {
			if err != nil {
				yield(mapping.Info{}, err)
				return
			}
			if u := line.Uebermittlung; u != nil && !yield(mapping.Info{UUID: mapping.InfoUUID(d.ID, r.N, line.Position), Bezug: amtshilfe.Bezug{UUID: line.UUID},
				Weg: u.Weg, Status: line.Status, Zeitpunkt: u.Zeitpunkt, Empfaenger: u.Empfaenger, TransportID: u.TransportID}, nil) {
				return
			}
		}
	}
	name := mapping.InfosName(d.Name, d.ID, r.N)
	if _, err := p.Spool.PublishOut(d.Account, name, func(w io.Writer) error { return mapping.WriteInfos(w, head, infos) }); err != nil {
		return fmt.Errorf("infos %s.%d: %w", d.ID, r.N, err)
	}
	return nil
}

// tellBatch is how many drops are listed at once.
const tellBatch = 1000

// Tell writes the receipts that are due: the run `receipts`. It gives how many drops it told of.
func (p *Pipeline) Tell(ctx context.Context) (done, failed int, err error) {
	p.telling <- struct{}{}
	defer func() { <-p.telling }()
	for progress := true; progress; {
		ids, listErr := p.Ledger.Untold(tellBatch)
		if listErr != nil {
			return done, failed, errors.Join(err, listErr)
		}
		progress, failed, err = false, 0, nil // what failed is on the list again
		for _, id := range ids {
			if ctx.Err() != nil {
				return done, failed, ctx.Err()
			}
			if tellErr := p.tell(id); tellErr != nil {
				failed, err = failed+1, errors.Join(err, tellErr)
				continue
			}
			done, progress = done+1, true
		}
	}
	return done, failed, err
}
