package schema

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"damtshilfe/internal/child"
)

// process is a running child, seen from the parent.
type process struct {
	*child.Process
	r      *reader
	w      *writer
	begun  *progress
	before uint32 // begun.load() before the current batch
}

// startTimeout bounds the start of a child and the compiling of its schemas.
const startTimeout = 30 * time.Second

// spawn starts a child and waits until it is ready. It must run on a thread that outlives the child (child.Command).
func spawn(h hello) (*process, error) {
	p, err := startProcess(h)
	if err != nil {
		return nil, fmt.Errorf("start schema child: %w", err)
	}
	return p, nil
}

func startProcess(h hello) (*process, error) {
	begun, shared, err := newProgress()
	if err != nil {
		return nil, err
	}
	defer shared.Close()
	var stderr headWriter
	c, err := child.Start(child.Command{Name: childName, Env: []string{"GOGC=50", "MALLOC_ARENA_MAX=1"}, Files: []*os.File{shared}, Stderr: &stderr, WithThread: true})
	if err != nil {
		begun.close()
		return nil, err
	}
	widen(c.In)
	p := &process{Process: c, begun: begun, r: &reader{Reader: bufio.NewReaderSize(c.Out, 32<<10)}, w: &writer{Writer: bufio.NewWriterSize(c.In, 64<<10)}}
	if err := p.greet(h); err != nil {
		p.Kill()
		p.forget()
		if s := stderr.String(); s != "" {
			err = fmt.Errorf("%w (%s)", err, s)
		}
		return nil, err
	}
	return p, nil
}

// widen gives a pipe a large buffer: fewer switches between the two sides. The default size works as well.
func widen(f *os.File) {
	if c, err := f.SyscallConn(); err == nil {
		c.Control(func(fd uintptr) { unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) })
	}
}

// greet sends the schemas and waits for the answer.
func (p *process) greet(h hello) error {
	timer := time.AfterFunc(startTimeout, p.Stop)
	defer timer.Stop()
	p.w.hello(h)
	if err := p.w.Flush(); err != nil {
		return err
	}
	failed, reason := p.r.uint(), p.r.text()
	if p.r.err != nil {
		return fmt.Errorf("no answer: %w", p.r.err)
	}
	if failed != 0 {
		return errors.New(reason)
	}
	return nil
}

// validate sends docs and reads the answers into results. answered counts the leading documents whose answer is complete; an error
// says that the child is of no more use, and culprit is the document it was at, or -1.
func (p *process) validate(ctx context.Context, b batch, results [][]Violation) (answered, culprit int, err error) {
	p.before = p.begun.load()
	stop := p.watch(ctx, b.timeout)
	sent := make(chan error, 1)
	go func() { sent <- p.send(b) }()
	for answered < len(b.docs) {
		vs := p.r.violations(b.maxFindings + 1) // and how many are left out
		if p.r.err != nil {
			break
		}
		results[answered] = vs
		answered++
	}
	if answered == len(b.docs) {
		err = <-sent
		stop()
		return answered, -1, err
	}
	stop()
	p.Kill() // also ends send
	<-sent
	culprit = int(p.begun.load()-p.before) - 1
	if culprit < answered || culprit >= len(b.docs) {
		culprit = -1
	}
	return answered, culprit, p.r.err
}

// batch is what one round trip asks.
type batch struct {
	set         int
	docs        [][]byte
	maxFindings int
	timeout     time.Duration
}

func (p *process) send(b batch) error {
	p.w.uint(len(b.docs))
	for _, d := range b.docs {
		p.w.uint(b.set)
		p.w.bytes(d)
	}
	return p.w.Flush()
}

// watch kills the child when ctx ends or when it stays at one document for longer than timeout. stop ends the watch.
func (p *process) watch(ctx context.Context, timeout time.Duration) (stop func()) {
	var stopped atomic.Bool
	var timer *time.Timer
	last := p.begun.load()
	ready := make(chan struct{})
	timer = time.AfterFunc(timeout, func() {
		<-ready
		if stopped.Load() {
			return
		}
		if n := p.begun.load(); n != last {
			last = n
			timer.Reset(timeout)
			return
		}
		p.Stop()
	})
	close(ready)
	unhook := context.AfterFunc(ctx, p.Stop)
	return func() {
		stopped.Store(true)
		timer.Stop()
		unhook()
	}
}

// forget unmaps the shared memory, which stays readable after Kill; the process must not be used any more.
func (p *process) forget() {
	if p.begun != nil {
		p.begun.close()
		p.begun = nil
	}
}

// headWriter keeps the first bytes a child says on stderr.
type headWriter struct{ b []byte }

func (h *headWriter) Write(b []byte) (int, error) {
	h.b = append(h.b, b[:min(len(b), 1000-len(h.b))]...)
	return len(b), nil
}

// String may be called after Wait.
func (h *headWriter) String() string { return string(h.b) }
