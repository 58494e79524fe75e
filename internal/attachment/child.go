package attachment

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/log"
	"golang.org/x/sys/unix"
)

// childEnv marks a process as a child.
const childEnv = "DAMTSHILFE_ATTACHMENT_CHILD"

// ChildMain serves if this process is a child of this package, and exits; otherwise it returns at once. Call it first in main and in
// every TestMain whose tests start a Reader.
func ChildMain() {
	if os.Getenv(childEnv) == "" {
		return
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "attachment child:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// What a child may need. Its stack is bounded as well: Go's own limit of 1 GB would fill the machine first.
const (
	childMemory = 768 << 20
	childHeap   = 320 << 20 // from here on it collects garbage harder
	childStack  = 64 << 20
)

// question is one PDF; Cut asks for its pages, too.
type question struct {
	PDF []byte
	Cut bool
}

// answer is what became of it.
type answer struct {
	Report   Report
	Document Document
}

// serve answers questions until the parent closes its end.
func serve(in io.Reader, out io.Writer) error {
	log.SetStatsLogger(silent{})
	debug.SetMaxStack(childStack)
	debug.SetMemoryLimit(childHeap)
	if err := confine(); err != nil {
		return err
	}
	r, w := gob.NewDecoder(in), gob.NewEncoder(out)
	if err := w.Encode(answer{}); err != nil { // ready
		return err
	}
	for {
		var q question
		if err := r.Decode(&q); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		enough := time.AfterFunc(2*patience, func() { os.Exit(2) }) // the parent died and cannot
		a := ask(q)
		enough.Stop()
		if err := w.Encode(a); err != nil {
			return err
		}
		if len(q.PDF) > 1<<20 {
			debug.FreeOSMemory()
		}
	}
}

// ask answers one question. A panic of pdfcpu says as much as an error.
func ask(q question) (a answer) {
	defer func() {
		if recover() != nil {
			a = answer{Report: Report{Problem: Broken}}
		}
	}()
	var err error
	if q.Cut {
		if a.Document, err = cut(q.PDF); err == nil {
			a.Report.Pages = len(a.Document.Pages)
		}
	} else {
		a.Report, err = inspect(q.PDF)
	}
	if err != nil {
		return answer{Report: report(err)}
	}
	return a
}

// confine takes from the process what reading does not need: memory without end, new files and sockets, core dumps.
func confine() error {
	time.Sleep(time.Microsecond) // the runtime opens its poller with the first timer; later it could not
	limits := map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: 0, unix.RLIMIT_FSIZE: 0}
	if !raceEnabled {
		limits[unix.RLIMIT_DATA] = childMemory
	}
	for what, n := range limits {
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: n, Max: n}); err != nil {
			return fmt.Errorf("set limit %d: %w", what, err)
		}
	}
	return nil
}
