package schema

import (
	"bufio"
	"bytes"
	"io"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"damtshilfe/internal/child"
)

// childName is that of the children of this package.
const childName = "schema"

// progressFD is the shared memory of progress.go in the child.
const progressFD = 3

// ChildMain serves if this process is a schema child, and exits; otherwise it returns at once. Call it first in main and in TestMain.
func ChildMain() { childMain(nil) }

// childMain is ChildMain with a hook that sees every document before libxml2 does; tests crash there.
func childMain(hook func(doc []byte)) {
	child.Main(childName, func(in io.Reader, out io.Writer) error { return serve(in, out, hook) })
}

// serve answers batches until the parent closes its end.
func serve(in io.Reader, out io.Writer, hook func([]byte)) error {
	runtime.LockOSThread() // libxml2 keeps state per thread
	r := &reader{Reader: bufio.NewReaderSize(in, 64<<10)}
	w := &writer{Writer: bufio.NewWriterSize(out, 32<<10)}
	begun, err := mapProgress(progressFD)
	if err != nil {
		return err
	}
	c := server{r: r, w: w, begun: begun, hook: hook}
	if err := c.start(); err != nil {
		w.uint(1)
		w.text(err.Error())
		return w.Flush()
	}
	w.uint(0)
	w.text("")
	for {
		if err := w.Flush(); err != nil {
			return err
		}
		if err := c.batch(); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}

// server is the state of a child.
type server struct {
	r     *reader
	w     *writer
	begun *progress
	hook  func([]byte)

	engine *engine
	sets   int
	max    int
	buf    []byte     // documents, each with a 0 behind it
	docs   []document // where they are in buf
	raws   []raw
}

// A group of documents is read before it is judged: until it has so many documents or bytes.
const (
	groupDocs  = 64
	groupBytes = 256 << 10
)

// start reads the schemas and locks the process down. Limits come last: compiling is trusted work.
func (c *server) start() error {
	h := c.r.hello()
	if c.r.err != nil {
		return c.r.err
	}
	c.sets, c.max = len(h.sets), h.maxFindings
	var err error
	if c.engine, err = newEngine(maxRaws); err != nil {
		return err
	}
	for _, s := range h.sets {
		if err := c.engine.compile(s); err != nil {
			return err
		}
	}
	return child.Confine(unix.RLIMIT_AS, uint64(max(h.memoryMiB, 0))<<20)
}

// batch answers one request. io.EOF: the parent is done.
func (c *server) batch() error {
	n := c.r.uint()
	for c.r.err == nil && n > 0 {
		if cap(c.buf) > 1<<20 { // a large document was here
			c.buf = nil
		}
		c.buf, c.docs = c.buf[:0], c.docs[:0]
		for n > 0 && len(c.docs) < groupDocs && len(c.buf) < groupBytes && c.r.err == nil {
			c.read()
			n--
		}
		if c.r.err != nil {
			break
		}
		if err := c.answer(); err != nil {
			return err
		}
	}
	return c.r.err
}

// read adds a document to the group.
func (c *server) read() {
	set := c.r.count(c.sets - 1)
	size := c.r.count(maxDocument)
	if c.r.err != nil {
		return
	}
	start := len(c.buf)
	c.buf = slices.Grow(c.buf, size+1)[:start+size+1]
	doc := c.buf[start : start+size]
	c.r.full(doc)
	c.buf[start+size] = 0
	if bytes.HasPrefix(doc, []byte("\xEF\xBB\xBF")) {
		start, size = start+3, size-3
	}
	c.docs = append(c.docs, newDocument(set, start, size))
}

// answer judges the group.
func (c *server) answer() error {
	for docs := c.docs; len(docs) > 0; {
		group := docs
		if c.hook != nil {
			c.begun.add()
			c.hook(docs[0].in(c.buf))
			c.begun.sub()
			group = docs[:1]
		}
		bad := c.engine.run(c.buf, group, c.begun)
		for range bad {
			c.w.uint(0)
		}
		docs = docs[bad:]
		if bad == len(group) {
			continue
		}
		var err error
		if c.raws, err = c.engine.found(c.raws[:0]); err != nil {
			return err
		}
		c.w.violations(explain(docs[0].in(c.buf), c.raws, c.max))
		docs = docs[1:]
	}
	return nil
}
