package pipeline

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/schema"
	"damtshilfe/mapping"
	"damtshilfe/spool"
)

const (
	batchBytes  = 512 << 10 // a batch is handed on when it holds this much
	batchCount  = 6         // pooled batches: all the memory an opening needs, whatever the drop's size
	maxOpenings = 5         // an opening that never came to its end by then is for a person
)

// opening is the state of one drop while its messages are read.
type opening struct {
	p       *Pipeline
	drop    ledger.Drop
	account Account
	source  *mapping.DropReader
	reader  *mapping.Reader
	message amtshilfe.Message
	rows    *ledger.Opening
	segment *spool.Segment
	offset  int64
	seq     int
	tests   [2]bool // messages without and with the test flag were seen
	failed  bool    // a message was rejected
	sole    *judged // the only message so far, to tell a broken file from a broken message
}

// batch is what the goroutines of an opening hand on: bytes and what is known of the documents in them.
type batch struct {
	buf        []byte
	docs       []judged
	violations [][]schema.Violation
}

// open reads a drop in one pass: inflate | gate, fields and rules | schema | segment and ledger, as four goroutines with pooled
// batches. Nothing is visible until the last transaction; whatever interrupts it before is answered by opening again.
func (p *Pipeline) open(ctx context.Context, drop ledger.Drop) error {
	if drop.Attempts >= maxOpenings {
		return p.quarantine(drop, findingCrash)
	}
	file, err := p.Spool.OpenOriginal(drop.ID)
	if err != nil {
		return fmt.Errorf("open drop %s: %w", drop.ID, err)
	}
	defer file.Close()
	source, err := mapping.OpenDrop(file, drop.Size, drop.Name, p.cfg.Limits)
	if broken, ok := errors.AsType[*mapping.DropError](err); ok {
		return p.quarantine(drop, broken.Finding)
	}
	if err != nil {
		return fmt.Errorf("open drop %s: %w", drop.ID, err)
	}
	o := &opening{p: p, drop: drop, account: p.accounts[drop.Account], source: source, reader: p.Packs.NewReader(p.cfg.Limits.Message)}
	if o.rows, err = p.Ledger.Begin(drop.ID); err != nil {
		return err
	}
	if o.segment, err = p.Spool.CreateSegment(drop.ID); err != nil {
		return fmt.Errorf("open drop %s: %w", drop.ID, err)
	}
	if err := o.stream(ctx); err != nil {
		err = errors.Join(err, o.segment.Abort())
		if broken, ok := errors.AsType[*mapping.DropError](err); ok {
			return p.quarantine(drop, broken.Finding)
		}
		return fmt.Errorf("open drop %s: %w", drop.ID, err)
	}
	if err := o.segment.Commit(); err != nil {
		return fmt.Errorf("open drop %s: %w", drop.ID, err)
	}
	return o.finish()
}

// stream runs the four goroutines. The first error stops all of them.
func (o *opening) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	free := make(chan *batch, batchCount)
	for range batchCount {
		free <- &batch{}
	}
	inflated, read, checked := make(chan *batch, 1), make(chan *batch, 1), make(chan *batch, 1)
	var wg sync.WaitGroup
	stage := func(in, out chan *batch, work func(*batch) error) {
		wg.Go(func() {
			defer close(out)
			for b := range in {
				if err := work(b); err != nil {
					cancel(err)
					return
				}
				if !hand(ctx, out, b) {
					return
				}
			}
		})
	}
	wg.Go(func() {
		defer close(inflated)
		if err := o.inflate(ctx, free, inflated); err != nil {
			cancel(err)
		}
	})
	stage(inflated, read, o.readBatch)
	stage(read, checked, func(b *batch) error { return o.validateBatch(ctx, b) })
	// A batch that is lost to an error never comes back to free; the inflater then ends by ctx.
	stage(checked, free, o.writeBatchThen(ctx))
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return nil
}

func (o *opening) writeBatchThen(ctx context.Context) func(*batch) error {
	return func(b *batch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return o.writeBatch(b)
	}
}

// inflate fills batches with documents until the drop ends.
func (o *opening) inflate(ctx context.Context, free, out chan *batch) error {
	for {
		var b *batch
		select {
		case b = <-free:
		case <-ctx.Done():
		}
		if b == nil { // cancelled, or the writer ended after an error and closed free
			return nil
		}
		b.buf, b.docs, b.violations = b.buf[:0], b.docs[:0], b.violations[:0]
		for len(b.buf) < batchBytes && len(b.docs) < ledger.Chunk {
			doc, buf, err := o.source.Next(b.buf)
			if errors.Is(err, io.EOF) {
				hand(ctx, out, b)
				return nil
			}
			if err != nil {
				return err
			}
			b.buf = buf
			b.docs = append(b.docs, judged{doc: doc})
		}
		if !hand(ctx, out, b) {
			return nil
		}
	}
}

// hand gives a batch to the next goroutine; false says that the opening was cancelled.
func hand(ctx context.Context, out chan *batch, b *batch) bool {
	select {
	case out <- b:
		return true
	case <-ctx.Done():
		return false
	}
}

func (o *opening) readBatch(b *batch) error {
	for i := range b.docs {
		j := &b.docs[i]
		o.seq++
		j.delivery = ledger.Delivery{Rank: 1, Delivery: amtshilfe.Delivery{ID: amtshilfe.DeliveryID{Drop: o.drop.ID, Seq: o.seq}, Account: o.account.Name,
			Betriebsart: o.account.Betriebsart, Position: j.doc.Position}}
		if j.doc.Finding != nil {
			continue
		}
		doc := b.buf[j.doc.Start:j.doc.End]
		j.delivery.SHA256 = sha256.Sum256(doc)
		o.read(j, doc)
	}
	return nil
}

// validateBatch lets the schemas judge what passed the gate, one call per pack.
func (o *opening) validateBatch(ctx context.Context, b *batch) error {
	b.violations = append(b.violations, make([][]schema.Violation, len(b.docs))...)
	byPack := map[string][]int{}
	for i := range b.docs {
		if pack := b.docs[i].pack; pack != "" {
			byPack[pack] = append(byPack[pack], i)
		}
	}
	for pack, indexes := range byPack {
		docs := make([][]byte, len(indexes))
		for k, i := range indexes {
			docs[k] = b.buf[b.docs[i].doc.Start:b.docs[i].doc.End]
		}
		violations, err := o.p.Schema.Validate(ctx, pack, docs)
		if err != nil {
			return err
		}
		for k, i := range indexes {
			b.violations[i] = violations[k]
		}
	}
	return nil
}

// writeBatch decides each message's state, appends the documents to the segment and inserts the rows.
func (o *opening) writeBatch(b *batch) error {
	for i := range b.docs {
		j := &b.docs[i]
		o.conclude(j, b.buf[j.doc.Start:j.doc.End], b.violations[i])
		if j.read {
			o.tests[bit(j.test)] = true
		}
	}
	if err := o.duplicates(b.docs); err != nil {
		return err
	}
	rows := make([]ledger.Delivery, len(b.docs))
	for i := range b.docs {
		j := &b.docs[i]
		d := &j.delivery
		if j.doc.Finding == nil {
			d.Offset, d.Length = o.offset, int64(j.doc.End-j.doc.Start)
			if _, err := o.segment.Write(b.buf[j.doc.Start:j.doc.End]); err != nil {
				return err
			}
			o.offset += d.Length
		}
		o.failed = o.failed || d.State == amtshilfe.Rejected
		rows[i] = *d
		if d.ID.Seq == 1 {
			sole := *j
			o.sole = &sole
		}
	}
	return o.rows.Insert(rows)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// duplicates finds messages that the sender had accepted before, in this drop or an earlier one (profil.md 4).
func (o *opening) duplicates(docs []judged) error {
	bySender := map[string][]string{}
	for i := range docs {
		if d := &docs[i].delivery; d.State != amtshilfe.Rejected && d.UUID != "" {
			bySender[d.Absender] = append(bySender[d.Absender], d.UUID)
		}
	}
	for sender, uuids := range bySender {
		known, err := o.p.Ledger.Known(sender, uuids)
		if err != nil {
			return err
		}
		for i := range docs {
			j := &docs[i]
			d := &j.delivery
			if d.State == amtshilfe.Rejected || d.UUID == "" || d.Absender != sender {
				continue
			}
			first, again := known[d.UUID]
			if !again {
				first, again = o.rows.Take(d)
			}
			switch {
			case !again:
			case first.SHA256 == d.SHA256:
				d.State, d.DuplicateOf, d.Hold = amtshilfe.Duplicate, first.ID, nil
			default:
				f := findingDuplicateUUID
				f.Line, f.Column = d.Position.Line, d.Position.Column
				d.State, d.Hold, d.Findings = amtshilfe.Rejected, nil, append(d.Findings, f)
			}
		}
	}
	return nil
}

// finish decides what concerns the drop as a whole and makes it visible.
func (o *opening) finish() error {
	kopf := o.source.Head()
	d := o.drop
	d.Format, d.Kopf = o.source.Format(), kopf
	switch {
	case o.seq == 0:
		return o.p.quarantine(d, findingEmpty)
	case o.seq == 1 && d.Format == amtshilfe.FormatXML && !o.sole.read && amtshilfe.Failed(o.sole.delivery.Findings):
		return o.p.quarantine(d, o.sole.delivery.Findings[0])
	}
	var whole *amtshilfe.Finding
	switch {
	case kopf != nil && !o.mayClaim(kopf.Absender):
		whole = &findingForeignHead
		// The number belongs to somebody else: a foreign head must not use it up.
		d.Kopf = nil
	case o.tests[0] && o.tests[1]:
		whole = &findingMixed
	case o.failed && o.account.AllOrNothing:
		whole = &findingAllOrNothing
	}
	if whole != nil {
		if err := o.rows.RejectAll(*whole); err != nil {
			return err
		}
		d.Findings = append(d.Findings, *whole)
	}
	if d.Kopf != nil {
		if kopf.Anzahl != o.seq {
			d.Findings = append(d.Findings, findingCount)
		}
		next, err := o.p.Ledger.NextUebertragungsID(kopf.Absender, kopf.Verfahren)
		if err != nil {
			return err
		}
		if next > 0 && kopf.UebertragungsID > next {
			d.Findings = append(d.Findings, findingGap)
		}
	}
	err := o.rows.Finish(d)
	switch {
	case errors.Is(err, ledger.ErrConflict):
		err = o.p.Ledger.Conflict(d.ID, kopf, findingConflict)
	case errors.Is(err, ledger.ErrIdentityTaken):
		return err // the next opening sees the other drop and calls it a duplicate
	}
	if err == nil {
		o.p.kick(laneDrop)
	}
	return err
}

func (o *opening) mayClaim(kennung string) bool {
	return o.account.Owns(kennung) || o.account.Owns("*")
}

// quarantine ends a drop that yielded no message: the original stays, the reason lies beside it.
func (p *Pipeline) quarantine(d ledger.Drop, f amtshilfe.Finding) error {
	reason, err := mapping.MarshalReason(mapping.ErrorReason{Drop: d.ID, Account: d.Account, Name: d.Name, Size: d.Size,
		SHA256: fmt.Sprintf("%x", d.SHA256), At: p.Now(), Code: f.Code, Text: f.Text, Line: f.Line, Column: f.Column})
	if err != nil {
		return fmt.Errorf("quarantine %s: %w", d.ID, err)
	}
	if err := p.Spool.WriteReason(d.ID, reason); err != nil {
		return fmt.Errorf("quarantine %s: %w", d.ID, err)
	}
	if err := p.Ledger.Quarantine(d.ID, f); err != nil {
		return err
	}
	p.kick(laneDrop)
	return nil
}
