package demo_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"damtshilfe/internal/demo"
)

// process is a gateway that runs as a child.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	ended chan struct{}
	err   error // of its end

	mu   sync.Mutex
	line string // its last word about what is left to do
	idle int    // how often in a row it said that nothing is
}

// startGateway starts a gateway with more environment; its log goes to the end of a file.
func startGateway(site demo.Site, env ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(filepath.Dir(site.Config), "gateway.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	fmt.Fprintf(log, "--- start %v\n", env)
	p := &process{cmd: exec.Command(self), ended: make(chan struct{})}
	p.cmd.Env = append(append(os.Environ(), "DAMT_GATEWAY="+site.Config), env...)
	p.cmd.Stderr = log
	// A group of its own, so that its schema child can be ended with it; it dies with the test.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.follow(out)
	return p, nil
}

func (p *process) follow(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.mu.Lock()
		p.line = lines.Text()
		if p.idle++; !strings.HasPrefix(p.line, "idle") {
			p.idle = 0
		}
		p.mu.Unlock()
	}
	p.err = p.cmd.Wait()
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // what is left of its own group
	close(p.ended)
}

// quiet is how often in a row the gateway said that nothing is left to do, and its last words.
func (p *process) quiet() (int, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.idle, p.line
}

func (p *process) restless() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = 0
}

func (p *process) killed() bool {
	select {
	case <-p.ended:
		var exit *exec.ExitError
		return errors.As(p.err, &exit) && exit.ExitCode() == -1
	default:
		return false
	}
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

var errStuck = errors.New("did not end when it was asked to")

// stop ends the gateway cleanly, or with force when it does not end.
func (p *process) stop() error {
	p.stdin.Close()
	select {
	case <-p.ended:
		return p.err
	case <-time.After(20 * time.Second):
	}
	syscall.Kill(p.cmd.Process.Pid, syscall.SIGQUIT) // its goroutines go to its log
	time.Sleep(200 * time.Millisecond)
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.ended
	return errStuck
}
