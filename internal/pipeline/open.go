package pipeline

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/schema"
	"damtshilfe/mapping"
	"damtshilfe/spool"
)

const (
	batchBytes  = 256 << 10 // a batch is handed on when it holds this much
	batchCount  = 6         // pooled batches: all the memory an opening needs, whatever the drop's size
	insertRows  = 500       // rows that share a transaction; they are held back for as long
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
	pending []ledger.Delivery // rows not inserted yet
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
	if errors.Is(err, fs.ErrNotExist) {
		file, err = p.openTwin(drop)
	}
	if err != nil {
		return fmt.Errorf("open drop %s: %w", drop.ID, err)
	}
	defer file.Close()
	source, err := mapping.OpenDropWith(file, drop.Size, p.accounts[drop.Account].flat(), p.cfg.Limits)
	if broken, ok := errors.AsType[*mapping.DropError](err); ok {
		return p.quarantine(drop, broken.Finding)
	}
	if err != nil {
		return fmt.Errorf("open drop %s: %w", drop.ID, err)
	}
	o := &opening{p: p, drop: drop, account: p.accounts[drop.Account], source: source, reader: p.Packs.NewReader(p.cfg.Limits.Message)}
	o.reader.Judge = p.Schema.Judge
	if o.rows, err = p.Ledger.Begin(drop.ID); err != nil {
		return err
	}
	if o.segment, err = p.Spool.CreateSegment(drop.ID); err != nil {
		return fmt.Errorf("open drop %s: %w", drop.ID, err)
	}
	if err = o.stream(ctx); err == nil {
		err = o.insert(0)
	}
	if err != nil {
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
		for i := range b.docs {
			o.source.Reuse(&b.docs[i].doc)
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

// validateBatch lets the schemas confirm or refuse what passed the gate, one call per pack.
func (o *opening) validateBatch(ctx context.Context, b *batch) error {
	b.violations = append(b.violations, make([][]schema.Violation, len(b.docs))...)
	byPack := map[string][]int{}
	for i := range b.docs {
		if pack := b.docs[i].pack; pack != "" {
			byPack[pack] = append(byPack[pack], i)
		}
	}
	for pack, indexes := range byPack {
		docs, accepted := make([][]byte, len(indexes)), make([]bool, len(indexes))
		for k, i := range indexes {
			docs[k], accepted[k] = b.buf[b.docs[i].doc.Start:b.docs[i].doc.End], b.docs[i].accepted
		}
		violations, err := o.p.Schema.Confirm(ctx, pack, docs, accepted)
		if err != nil {
			return err
		}
		for k, i := range indexes {
			b.violations[i] = violations[k]
		}
	}
	return nil
}

// writeBatch decides each message's state, appends the documents to the segment and hands over the rows.
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
		o.pending = append(o.pending, *d)
		if d.ID.Seq == 1 {
			sole := *j // without its document, whose memory is used again
			sole.doc = mapping.Document{}
			o.sole = &sole
		}
	}
	return o.insert(insertRows)
}

// insert writes the pending rows once there are enough of them.
func (o *opening) insert(enough int) error {
	if len(o.pending) < enough {
		return nil
	}
	for rows := range slices.Chunk(o.pending, ledger.Chunk) {
		if err := o.rows.Insert(rows); err != nil {
			return err
		}
	}
	clear(o.pending) // lets go of the messages that the strings were cut from
	o.pending = o.pending[:0]
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
