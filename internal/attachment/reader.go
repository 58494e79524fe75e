package attachment

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"damtshilfe/internal/child"
)

// patience is how long a child may take for one PDF. An honest one of 200 pages takes less than a second.
const patience = 30 * time.Second

// atOnce is how many children there are at most: reading is a small part of the work, and each may take a good deal of memory.
const atOnce = 2

// Reader asks child processes about PDFs. Children are started when they are needed and stay.
type Reader struct {
	slots    chan *process // nil = none started for this slot
	patience time.Duration
	slow     atomic.Int32 // PDFs in a row that took too long
}

// term is how long a child may take for the next PDF: half as long after each one that took too long, so that a drop full of them does not
// stop the intake for days. One that is read in time makes up for all.
func (r *Reader) term() time.Duration { return max(r.patience>>min(r.slow.Load(), 5), 1) }

// NewReader makes a Reader. Close ends its children.
func NewReader() *Reader {
	r := &Reader{slots: make(chan *process, atOnce), patience: patience}
	for range atOnce {
		r.slots <- nil
	}
	return r
}

// Close ends the children; it waits for those that are at work.
func (r *Reader) Close() error {
	for range atOnce {
		if p := <-r.slots; p != nil {
			p.End()
		}
	}
	return nil
}

// Inspect says what is wrong with a PDF and how many pages it has. An error says that nobody could look.
func (r *Reader) Inspect(ctx context.Context, pdf []byte) (Report, error) {
	a, err := r.ask(ctx, question{PDF: pdf})
	return a.Report, err
}

// Cut gives the pages of a PDF; none if it has a problem. The same PDF gives the same Document.
func (r *Reader) Cut(ctx context.Context, pdf []byte) (Document, Report, error) {
	a, err := r.ask(ctx, question{PDF: pdf, Cut: true})
	return a.Document, a.Report, err
}

// ask puts a question to a child. If that one dies of it, a fresh one is asked, once: the next question before may have left too little
// memory. A second death is the PDF's fault.
func (r *Reader) ask(ctx context.Context, q question) (answer, error) {
	var p *process
	select {
	case p = <-r.slots:
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	defer func() { r.slots <- p }()
	for tries := 0; ; tries++ {
		fresh := p == nil
		if fresh {
			var err error
			if p, err = start(); err != nil {
				return answer{}, err
			}
		}
		a, err := p.ask(ctx, q, r.term())
		if err == nil {
			r.slow.Store(0)
			return a, nil
		}
		if errors.Is(err, errSlow) {
			r.slow.Add(1)
		}
		p.Kill()
		p = nil
		switch {
		case ctx.Err() != nil:
			return answer{}, ctx.Err()
		case fresh || errors.Is(err, errSlow) || tries > 0:
			return answer{Report: Report{Problem: TooCostly}}, nil
		}
	}
}

// process is a running child, seen from the parent.
type process struct {
	*child.Process
	r *gob.Decoder
	w *gob.Encoder
}

var errSlow = errors.New("the child takes too long")

// start runs a child and waits until it is ready.
func start() (*process, error) {
	c, err := child.Start(child.Command{Name: childName})
	if err != nil {
		return nil, fmt.Errorf("start attachment child: %w", err)
	}
	p := &process{c, gob.NewDecoder(c.Out), gob.NewEncoder(c.In)}
	if _, err := p.receive(context.Background(), patience); err != nil {
		p.Kill()
		return nil, fmt.Errorf("start attachment child: %w", err)
	}
	return p, nil
}

func (p *process) ask(ctx context.Context, q question, patience time.Duration) (answer, error) {
	sent := make(chan error, 1)
	go func() { sent <- p.w.Encode(q) }()
	a, err := p.receive(ctx, patience)
	if err != nil {
		p.Kill() // also ends the sending
	}
	return a, errors.Join(err, <-sent)
}

// receive waits for an answer; the child is killed when it takes too long.
func (p *process) receive(ctx context.Context, patience time.Duration) (a answer, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errSlow)
	defer cancel()
	stop := context.AfterFunc(ctx, p.Stop)
	defer stop()
	if err = p.r.Decode(&a); ctx.Err() != nil {
		err = context.Cause(ctx) // the child may be dead already, whatever it said
	}
	return a, err
}
