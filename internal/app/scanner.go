package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"damtshilfe/internal/config"
)

// scanPause is how long nobody asks a scanner that just failed: a drop with ten thousand attachments must not wait ten thousand times.
const scanPause = 30 * time.Second

// scanner asks the configured program, or clamd, about attachments. It is shown their bytes and nothing else: no name, no id.
type scanner struct {
	conf config.Scanner
	now  func() time.Time

	mu   sync.Mutex
	away time.Time // not asked before
}

// newScanner gives the question that rules ask; nil = no scanner is configured.
func newScanner(conf config.Scanner, now func() time.Time) func([]byte) (bool, error) {
	s := &scanner{conf: conf, now: now}
	if len(conf.Command) == 0 && conf.Clamd == "" {
		return nil
	}
	return s.scan
}

var errAway = errors.New("the scanner failed a moment ago")

func (s *scanner) scan(pdf []byte) (clean bool, err error) {
	s.mu.Lock()
	away := s.now().Before(s.away)
	s.mu.Unlock()
	if away {
		return false, errAway
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.conf.Timeout)
	defer cancel()
	if s.conf.Clamd != "" {
		clean, err = clamd(ctx, s.conf.Clamd, pdf)
	} else {
		clean, err = program(ctx, s.conf.Command, pdf)
	}
	if err != nil {
		s.mu.Lock()
		s.away = s.now().Add(scanPause)
		s.mu.Unlock()
	}
	return clean, err
}

// program runs the scanner without a shell, in a process group of its own, so that a time-out ends all of it. What it prints is not read: it
// could be anything.
func program(ctx context.Context, command []string, pdf []byte) (clean bool, err error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Env = bytes.NewReader(pdf), []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		return false, fmt.Errorf("scanner: %w", ctx.Err())
	}
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return true, nil
	case ended && exit.ExitCode() == 1:
		return false, nil
	}
	return false, fmt.Errorf("scanner: %w", err)
}

// clamd hands the bytes over by INSTREAM (clamd(8)): pieces with their length before them, an empty one at the end.
func clamd(ctx context.Context, socket string, pdf []byte) (clean bool, err error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return false, fmt.Errorf("clamd: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return false, fmt.Errorf("clamd: %w", err)
	}
	w := bufio.NewWriter(conn)
	w.WriteString("zINSTREAM\x00")
	for len(pdf) > 0 {
		n := min(len(pdf), 1<<16)
		w.Write(binary.BigEndian.AppendUint32(nil, uint32(n)))
		w.Write(pdf[:n])
		pdf = pdf[n:]
	}
	w.Write([]byte{0, 0, 0, 0})
	if err := w.Flush(); err != nil { // keeps the first error of all writes
		return false, fmt.Errorf("clamd: %w", err)
	}
	answer := make([]byte, 1024)
	n := 0
	for n < len(answer) && !bytes.ContainsRune(answer[:n], 0) {
		m, err := conn.Read(answer[n:])
		if err != nil {
			return false, fmt.Errorf("clamd: %w", err)
		}
		n += m
	}
	switch said := strings.TrimRight(string(answer[:n]), "\x00\n"); {
	case said == "stream: OK":
		return true, nil
	case strings.HasPrefix(said, "stream: ") && strings.HasSuffix(said, " FOUND"):
		return false, nil
	}
	return false, errors.New("clamd: it could not look at the attachment")
}
