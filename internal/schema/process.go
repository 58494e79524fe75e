package schema

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a running child, seen from the parent.
type process struct {
	cmd    *exec.Cmd
	in     *os.File // its stdin
	out    *os.File // its stdout
	r      *reader
	w      *writer
	begun  *progress
	before uint32 // begun.load() before the current batch
}

// startTimeout bounds the start of a child and the compiling of its schemas.
const startTimeout = 30 * time.Second

// spawn starts a child and waits until it is ready. It must run on a thread that outlives the child: Linux sends the
// parent-death signal when the thread that started it ends.
func spawn(h hello) (_ *process, err error) {
	p := &process{}
	var childIn, childOut, shared *os.File
	defer func() {
		for _, f := range []*os.File{childIn, childOut, shared} {
			if f != nil {
				f.Close()
			}
		}
		if err != nil {
			p.kill()
			p.forget()
			err = fmt.Errorf("start schema child: %w", err)
		}
	}()
	if childIn, p.in, err = os.Pipe(); err != nil {
		return nil, err
	}
	if p.out, childOut, err = os.Pipe(); err != nil {
		return nil, err
	}
	if p.begun, shared, err = newProgress(); err != nil {
		return nil, err
	}
	widen(p.in)
	var stderr headWriter
	// /proc/self/exe rather than the path: after an update on disk the child must still be this very program.
	p.cmd = &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{"schema-child"}, Env: childEnviron(),
		Stdin: childIn, Stdout: childOut, Stderr: &stderr, ExtraFiles: []*os.File{shared},
		SysProcAttr: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true},
	}
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		return nil, err
	}
	p.r = &reader{Reader: bufio.NewReaderSize(p.out, 32<<10)}
	p.w = &writer{Writer: bufio.NewWriterSize(p.in, 64<<10)}
	if err := p.greet(h); err != nil {
		p.kill()
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

// childEnviron is what a child needs to know; nothing of the parent's environment but how to find libraries.
func childEnviron() []string {
	env := []string{childEnv + "=1", "GOMAXPROCS=1", "GOGC=50", "GOTRACEBACK=none", "MALLOC_ARENA_MAX=1"}
	if raceEnabled {
		env = append(env, "GORACE=atexit_sleep_ms=0") // or each child takes a second to end
	}
	if v, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok {
		env = append(env, "LD_LIBRARY_PATH="+v)
	}
	return env
}

// greet sends the schemas and waits for the answer.
func (p *process) greet(h hello) error {
	timer := time.AfterFunc(startTimeout, func() { p.cmd.Process.Kill() })
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
	p.kill() // also ends send
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
		p.cmd.Process.Kill()
	})
	close(ready)
	unhook := context.AfterFunc(ctx, func() { p.cmd.Process.Kill() })
	return func() {
		stopped.Store(true)
		timer.Stop()
		unhook()
	}
}

// kill ends the child at once and frees everything. It may be called twice.
func (p *process) kill() {
	if p.cmd != nil && p.cmd.ProcessState == nil {
		p.cmd.Process.Kill()
		p.cmd.Wait() // the reason of its end is of no use: the answer that is missing says it all
	}
	p.free()
}

// close lets the child end by itself.
func (p *process) close() {
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
	// begun stays readable after kill; its page is unmapped by forget.
}

// forget unmaps the shared memory; the process must not be used any more.
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
