package child_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"damtshilfe/internal/child"
)

func TestMain(m *testing.M) {
	child.Main("echo", func(in io.Reader, out io.Writer) error {
		_, err := io.Copy(out, in)
		return err
	})
	child.Main("deaf", func(io.Reader, io.Writer) error { select {} })
	child.Main("curious", curious)
	os.Exit(m.Run())
}

// curious says what a confined child gets hold of.
func curious(_ io.Reader, out io.Writer) error {
	if err := child.Confine(unix.RLIMIT_DATA, 512<<20); err != nil {
		return err
	}
	_, err := os.Open("/etc/hostname")
	_, again := child.Start(child.Command{Name: "echo"})
	_, err2 := fmt.Fprintf(out, "%v|%v|%v\n", os.Environ(), err, again)
	return err2
}

func start(t *testing.T, c child.Command) *child.Process {
	t.Helper()
	p, err := child.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func TestQuestionsAndAnswers(t *testing.T) {
	p := start(t, child.Command{Name: "echo"})
	go io.WriteString(p.In, "Straße\n")
	line, err := bufio.NewReader(p.Out).ReadString('\n')
	if err != nil || line != "Straße\n" {
		t.Errorf("%q, %v", line, err)
	}
	p.End()
	p.Kill() // once more does nothing
}

// A child sees nothing of its parent, opens nothing, and starts no child.
func TestAChildIsLockedIn(t *testing.T) {
	t.Setenv("SECRET", "geheim")
	var stderr bytes.Buffer
	p := start(t, child.Command{Name: "curious", Stderr: &stderr})
	line, err := bufio.NewReader(p.Out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.Bytes())
	}
	parts := strings.Split(line, "|")
	if len(parts) != 3 || strings.Contains(parts[0], "SECRET") || !strings.Contains(parts[0], "DAMTSHILFE_CHILD=curious") {
		t.Errorf("the environment of a child: %s", line)
	}
	if !strings.Contains(parts[1], "too many open files") || !strings.Contains(parts[2], "starts no children") {
		t.Errorf("a confined child got a file, or a child of its own: %s", line)
	}
}

// A child that does not listen is ended all the same, and its end is seen at our ends of the pipes.
func TestADeafChildEnds(t *testing.T) {
	p := start(t, child.Command{Name: "deaf"})
	time.AfterFunc(50*time.Millisecond, p.Stop)
	if _, err := p.Out.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("read from a dead child: %v", err)
	}
	p.Kill()
	if err := unix.Kill(p.PID(), 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("the child is still there: %v", err)
	}
	before := time.Now()
	start(t, child.Command{Name: "deaf"}).End()
	if took := time.Since(before); took > 5*time.Second {
		t.Errorf("the end of a deaf child took %v", took)
	}
}
