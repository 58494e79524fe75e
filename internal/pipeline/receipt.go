package pipeline

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/mapping"
	"damtshilfe/spool"
)

// tell writes the next receipt of a drop, if there is anything to tell, in every form that the account wants. The order is that of
// every effect: the row (which events it covers, in which forms), the hashes of all files, the files under their final names, the
// outcome. On doubt, also between two files, out/ gets all of them again, with the same names and bytes.
func (p *Pipeline) tell(id amtshilfe.DropID) error {
	drop, err := p.Ledger.Drop(id)
	if err != nil {
		return err
	}
	r, err := p.Ledger.BookReceipt(id, p.accounts[drop.Account].formats()...)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	// What is said is said of the drop as it is after the booking, or it would not be said again.
	if drop, err = p.Ledger.Drop(id); err != nil {
		return err
	}
	if drop.Source == ledger.FromGateway {
		return p.Ledger.Told(r) // nobody dropped it, so nobody waits for a receipt
	}
	if err := p.publishReceipt(drop, r); err != nil {
		return fmt.Errorf("receipt %s.%d: %w", id, r.N, err)
	}
	if err := p.Ledger.Told(r); err != nil {
		return err
	}
	p.kick(laneDrop)
	return nil
}

// publishReceipt renders all forms of a receipt, books their hashes, and publishes them.
func (p *Pipeline) publishReceipt(drop ledger.Drop, r ledger.Receipt) (err error) {
	head := p.receiptHead(drop, r)
	onTheirWay := 0
	lines := p.receiptLines(drop, r, &onTheirWay)
	var staged []*spool.OutFile
	defer func() {
		for _, f := range staged { // those that were not published
			err = errors.Join(err, f.Discard())
		}
	}()
	for i := range r.Files {
		f := &r.Files[i]
		format := mapping.ReceiptFormat(f.Format)
		file, err := p.Spool.StageOut(func(w io.Writer) error { return format.Write(w, head, lines) })
		if err != nil {
			return err
		}
		staged = append(staged, file)
		f.Name, f.SHA256 = mapping.ReceiptName(drop.Name, drop.ID, r.N, format), hex.EncodeToString(file.SHA256[:])
	}
	if err := p.Ledger.Rendered(r); err != nil {
		return err
	}
	// What informs the sender's program lies there before the receipt that a person looks for.
	if onTheirWay > 0 {
		if err := p.tellInfos(drop, r, onTheirWay); err != nil {
			return err
		}
	}
	for _, f := range r.Files {
		file := staged[0]
		staged = staged[1:]
		if err := file.Publish(drop.Account, f.Name); err != nil {
			return err
		}
	}
	return nil
}

func (p *Pipeline) receiptHead(d ledger.Drop, r ledger.Receipt) mapping.Receipt {
	head := mapping.Receipt{Name: d.Name, SHA256: d.SHA256, Size: d.Size, Kopf: d.Kopf, Drop: d.ID, Number: r.N, ReceivedAt: p.local(d.ReceivedAt),
		CreatedAt: p.local(r.At), Betriebsart: d.Betriebsart, Closed: r.Closed, Ergebnis: result(d, r), NextID: r.NextID, DuplicateOf: d.DuplicateOf, DropFindings: d.Findings,
		Question: r.Question}
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
	if r.Question != nil {
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

// receiptLines streams the messages, all of them in the first receipt since the drop was opened, later those that changed, and counts those
// on their way.
func (p *Pipeline) receiptLines(d ledger.Drop, r ledger.Receipt, onTheirWay *int) iter.Seq2[mapping.Line, error] {
	told := p.Ledger.Lines(d.ID, r.At)
	if r.N > d.Foretold+1 {
		told = p.changes(d.ID, r)
	}
	return func(yield func(mapping.Line, error) bool) {
		*onTheirWay = 0
		for l, err := range told {
			if err != nil {
				yield(mapping.Line{}, err)
				return
			}
			line := p.lineOf(l)
			if line.Uebermittlung != nil {
				*onTheirWay++
			}
			if !yield(line, nil) {
				return
			}
		}
	}
}

func (p *Pipeline) changes(id amtshilfe.DropID, r ledger.Receipt) iter.Seq2[ledger.Line, error] {
	return func(yield func(ledger.Line, error) bool) {
		list, err := p.Ledger.Changes(id, r.From, r.To)
		if err != nil {
			yield(ledger.Line{}, err)
		}
		for _, l := range list {
			if !yield(l, nil) {
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

// tellBatch is how many drops are listed at once.
const tellBatch = 1000

// Tell writes the receipts that are due: the run `receipts`. It gives how many drops it told of. Each drop gets one receipt in a
// run, however fast its messages move on meanwhile, and one that fails keeps no other waiting.
func (p *Pipeline) Tell(ctx context.Context) (done, failed int, err error) {
	p.telling <- struct{}{}
	defer func() { <-p.telling }()
	var faults failures
	for after, more := amtshilfe.DropID(""), true; more; {
		ids, err := p.Ledger.UntoldAfter(after, tellBatch)
		if err != nil {
			return done, faults.n, errors.Join(faults.err(), err)
		}
		for _, id := range ids {
			if ctx.Err() != nil {
				return done, faults.n, ctx.Err()
			}
			if err := p.tell(id); err != nil {
				faults.add(err)
				continue
			}
			done++
		}
		if more = len(ids) == tellBatch; more {
			after = ids[len(ids)-1]
		}
	}
	return done, faults.n, faults.err()
}
