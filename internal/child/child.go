// Package child runs this very program once more as a child that reads what strangers wrote. A child knows nothing of its parent's
// environment, takes questions from its stdin and answers on its stdout, locks itself in (Confine), and is ended for certain.
package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// env marks a process as a child, and names it.
const env = "DAMTSHILFE_CHILD"

// grace is how long a child may take to end by itself.
const grace = time.Second

// Main serves if this process is the child of that name, and exits; otherwise it returns at once.
func Main(name string, serve func(in io.Reader, out io.Writer) error) {
	if os.Getenv(env) != name {
		return
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "%s child: %v\n", name, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Confine takes from this process what reading does not need: memory over limit bytes (resource is unix.RLIMIT_AS or RLIMIT_DATA; 0 = no
// limit), new files and sockets, core dumps. Under the race detector, which maps terabytes, memory has no limit.
func Confine(resource int, limit uint64) error {
	time.Sleep(time.Microsecond) // the runtime opens its poller with the first timer; later it could not
	limits := map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: 0, unix.RLIMIT_FSIZE: 0}
	if limit > 0 && !raceEnabled {
		limits[resource] = limit
	}
	for what, n := range limits {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			return fmt.Errorf("set limit %d: %w", what, err)
		}
	}
	return nil
}

// Command says what child to start.
type Command struct {
	Name   string     // that its Main waits for
	Env    []string   // beside what every child has
	Files  []*os.File // its descriptors from 3 on
	Stderr io.Writer  // nil = nothing is kept
	// WithThread ends the child when the thread that started it ends, at the latest with this process (Linux, prctl(2)): lock the thread.
	WithThread bool
}

// Process is a running child, seen from the parent.
type Process struct {
	In  *os.File // its stdin
	Out *os.File // its stdout
	cmd *exec.Cmd
}

// Start runs a child. Its ends of the pipes are closed here at once, so that its death is seen at ours.
func Start(c Command) (*Process, error) {
	if os.Getenv(env) != "" {
		return nil, errors.New("a child starts no children: its Main was not called")
	}
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer childIn.Close()
	out, childOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, err
	}
	defer childOut.Close()
	p := &Process{In: in, Out: out, cmd: c.cmd()}
	p.cmd.Stdin, p.cmd.Stdout = childIn, childOut
	if err := p.cmd.Start(); err != nil {
		p.free()
		return nil, err
	}
	return p, nil
}

func (c Command) cmd() *exec.Cmd {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if c.WithThread {
		attr.Pdeathsig = syscall.SIGKILL
	}
	// /proc/self/exe rather than the path: after an update on disk the child must still be this very program.
	return &exec.Cmd{Path: "/proc/self/exe", Args: []string{c.Name + "-child"}, Env: c.environ(), Stderr: c.Stderr, ExtraFiles: c.Files, SysProcAttr: attr}
}

// environ is what a child needs to know; nothing of the parent's environment but how to find libraries.
func (c Command) environ() []string {
	list := append([]string{env + "=" + c.Name, "GOMAXPROCS=1", "GOTRACEBACK=none"}, c.Env...)
	if raceEnabled {
		list = append(list, "GORACE=atexit_sleep_ms=0") // or each child takes a second to end
	}
	if v, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok {
		list = append(list, "LD_LIBRARY_PATH="+v)
	}
	return list
}

// PID is the child's.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop makes the child end at once and waits for nothing: whoever reads from it sees that it is over, and calls Kill.
func (p *Process) Stop() { p.cmd.Process.Kill() }

// Kill ends the child at once and frees everything. It may be called twice.
func (p *Process) Kill() {
	if p.cmd.ProcessState == nil {
		p.Stop()
		p.cmd.Wait() // the reason of its end is of no use: the answer that is missing says it all
	}
	p.free()
}

// End lets the child end by itself, which it does when its stdin ends.
func (p *Process) End() {
	p.In.Close()
	timer := time.AfterFunc(grace, p.Stop)
	p.cmd.Wait()
	timer.Stop()
	p.free()
}

func (p *Process) free() {
	p.In.Close()
	p.Out.Close()
}
