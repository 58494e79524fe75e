package schema

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"damtshilfe/internal/amtshilfe"
)

// The protocol between parent and child, all numbers 32 bit little-endian, bytes and texts with their length in front:
//
//	parent: limits (max findings, memory in MiB), number of sets, per set: name, entry, number of files, per file: name, bytes
//	child:  0 and "" = ready, 1 and the reason
//	parent: number of documents, per document: number of the set, bytes           (a batch; again and again)
//	child:  per document: number of violations, per violation: line, column, libxml2's code, and five texts
//
// Beside it the child counts the documents it has begun in a word of shared memory (progress.go).

// maxText bounds what a side believes about the length of a text of the other.
const maxText = 64 << 10

// errProtocol says that the other side does not speak the protocol.
var errProtocol = errors.New("schema: bad frame")

// wireSet is a Set whose files are in memory.
type wireSet struct {
	name, entry string
	files       []wireFile
}

type wireFile struct {
	name string
	data []byte
}

// hello is the first frame to a child.
type hello struct {
	maxFindings int
	memoryMiB   int // 0 = no limit
	sets        []wireSet
}

type writer struct {
	*bufio.Writer
	num [4]byte
}

func (w *writer) uint(n int) {
	binary.LittleEndian.PutUint32(w.num[:], uint32(n))
	w.Write(w.num[:]) // a bufio.Writer keeps its error for Flush
}

func (w *writer) bytes(b []byte) {
	w.uint(len(b))
	w.Write(b)
}

func (w *writer) text(s string) {
	w.uint(len(s))
	w.WriteString(s)
}

// reader reads frames; the first error sticks in err.
type reader struct {
	*bufio.Reader
	num [4]byte
	err error
}

func (r *reader) full(b []byte) {
	if r.err == nil {
		_, r.err = io.ReadFull(r.Reader, b)
	}
}

func (r *reader) uint() int {
	r.full(r.num[:])
	if r.err != nil {
		return 0
	}
	return int(int32(binary.LittleEndian.Uint32(r.num[:])))
}

// count reads a number that must lie in 0..max.
func (r *reader) count(max int) int {
	n := r.uint()
	if r.err == nil && (n < 0 || n > max) {
		r.err = fmt.Errorf("%w: number %d", errProtocol, n)
		return 0
	}
	return n
}

func (r *reader) text() string {
	b := make([]byte, r.count(maxText))
	r.full(b)
	return string(b)
}

func (w *writer) hello(h hello) {
	w.uint(h.maxFindings)
	w.uint(h.memoryMiB)
	w.uint(len(h.sets))
	for _, s := range h.sets {
		w.text(s.name)
		w.text(s.entry)
		w.uint(len(s.files))
		for _, f := range s.files {
			w.text(f.name)
			w.bytes(f.data)
		}
	}
}

func (r *reader) hello() (h hello) {
	h.maxFindings = r.count(maxFindings)
	h.memoryMiB = r.count(1 << 30)
	h.sets = make([]wireSet, r.count(64))
	for i := range h.sets {
		s := &h.sets[i]
		s.name, s.entry = r.text(), r.text()
		s.files = make([]wireFile, r.count(1<<10))
		for j := range s.files {
			s.files[j].name = r.text()
			s.files[j].data = make([]byte, r.count(1<<26))
			r.full(s.files[j].data)
		}
	}
	return h
}

func (w *writer) violations(vs []Violation) {
	w.uint(len(vs))
	for i := range vs {
		v := &vs[i]
		w.uint(v.Line)
		w.uint(v.Column)
		w.uint(v.Code)
		for _, s := range [...]string{v.Element, v.Message, v.Finding.Code, v.Finding.Text, v.Finding.Path} {
			w.text(s)
		}
	}
}

// violations reads the answer to one document; nil = valid.
func (r *reader) violations(max int) []Violation {
	n := r.count(max)
	if n == 0 {
		return nil
	}
	vs := make([]Violation, n)
	for i := range vs {
		v := &vs[i]
		v.Line, v.Column, v.Code = r.count(1<<30), r.count(1<<30), r.count(1<<30)
		v.Element, v.Message = r.text(), r.text()
		v.Finding = amtshilfe.Finding{
			Code: r.text(), Text: r.text(), Path: r.text(),
			Severity: amtshilfe.SeverityFehler, Line: v.Line, Column: v.Column,
		}
	}
	return vs
}
