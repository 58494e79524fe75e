package attachment

import (
	"encoding/gob"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/log"
	"golang.org/x/sys/unix"

	"damtshilfe/internal/child"
)

// childName is that of the children of this package.
const childName = "attachment"

// ChildMain serves if this process is a child of this package, and exits; otherwise it returns at once. Call it first in main and in
// every TestMain whose tests start a Reader.
func ChildMain() { child.Main(childName, serve) }

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
	if err := child.Confine(unix.RLIMIT_DATA, childMemory); err != nil {
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
