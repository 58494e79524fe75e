package attachment

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
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
			p.end()
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
		p.kill()
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
	cmd *exec.Cmd
	in  *os.File
	out *os.File
	r   *gob.Decoder
	w   *gob.Encoder
}

var errSlow = errors.New("the child takes too long")

// start runs a child and waits until it is ready.
func start() (*process, error) {
	p := &process{}
	err := p.spawn()
	if err == nil {
		_, err = p.receive(context.Background(), patience)
	}
	if err != nil {
		p.kill()
		return nil, fmt.Errorf("start attachment child: %w", err)
	}
	return p, nil
}

// spawn starts the program. Its ends of the pipes are closed here at once, so that its death is seen at ours.
func (p *process) spawn() error {
	if os.Getenv(childEnv) != "" {
		return errors.New("a child starts no children: ChildMain was not called")
	}
	childIn, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer childIn.Close()
	p.in = in
	out, childOut, err := os.Pipe()
	if err != nil {
		return err
	}
	defer childOut.Close()
	p.out = out
	// /proc/self/exe rather than the path: after an update on disk the child must still be this very program.
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{"attachment-child"}, Env: environ(), Stdin: childIn, Stdout: childOut,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true}}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd, p.r, p.w = cmd, gob.NewDecoder(out), gob.NewEncoder(in)
	return nil
}

// environ is what a child needs to know; nothing of the parent's environment.
func environ() []string {
	env := []string{childEnv + "=1", "GOMAXPROCS=1", "GOTRACEBACK=none"}
	if raceEnabled {
		env = append(env, "GORACE=atexit_sleep_ms=0")
	}
	return env
}

func (p *process) ask(ctx context.Context, q question, patience time.Duration) (answer, error) {
	sent := make(chan error, 1)
	go func() { sent <- p.w.Encode(q) }()
	a, err := p.receive(ctx, patience)
	if err != nil {
		p.kill() // also ends the sending
	}
	return a, errors.Join(err, <-sent)
}

// receive waits for an answer; the child is killed when it takes too long.
func (p *process) receive(ctx context.Context, patience time.Duration) (a answer, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errSlow)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { p.cmd.Process.Kill() })
	defer stop()
	if err = p.r.Decode(&a); ctx.Err() != nil {
		err = context.Cause(ctx) // the child may be dead already, whatever it said
	}
	return a, err
}

// kill ends the child at once. It may be called twice.
func (p *process) kill() {
	if p.cmd != nil && p.cmd.ProcessState == nil {
		p.cmd.Process.Kill()
		p.cmd.Wait() // the reason of its end is of no use: the answer that is missing says it all
	}
	p.free()
}

// end lets the child end by itself.
func (p *process) end() {
	p.in.Close()
	timer := time.AfterFunc(time.Second, func() { p.cmd.Process.Kill() })
	p.cmd.Wait()
	timer.Stop()
	p.free()
}

func (p *process) free() {
	for _, f := range []*os.File{p.in, p.out} {
		if f != nil {
			f.Close()
		}
	}
}
