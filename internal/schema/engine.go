package schema

// #cgo pkg-config: libxml-2.0
// #cgo CFLAGS: -O2 -Wall
// #include <stdlib.h>
// #include "engine.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// errEngine says that libxml2 itself failed (no memory, internal error): nothing it says about this document counts.
var errEngine = errors.New("libxml2 failed")

// engine is libxml2 with its compiled sets. It lives in the child only and belongs to one goroutine locked to its thread.
type engine struct{ c *C.engine }

// raw is one message of libxml2, still in its own words. tail may hold values of the document: it never leaves the child.
type raw struct {
	code               int
	parser             bool // the document is not well-formed; tag is the place
	tag                int  // offset behind the attributes of the element's start tag, -1 = none
	element, attribute string
	tail               string
}

// newEngine makes an engine that keeps up to max messages per document.
func newEngine(max int) (*engine, error) {
	c := C.engine_new(C.int(max))
	if c == nil {
		return nil, errEngine
	}
	return &engine{c}, nil
}

// compile adds a set; its number is the count of sets before it.
func (e *engine) compile(s wireSet) error {
	files := (*[1 << 20]C.set_file)(C.calloc(C.size_t(len(s.files)+1), C.size_t(unsafe.Sizeof(C.set_file{}))))[:len(s.files):len(s.files)]
	defer C.free(unsafe.Pointer(unsafe.SliceData(files)))
	for i, f := range s.files {
		files[i] = C.set_file{name: C.CString(f.name), data: (*C.char)(C.CBytes(f.data)), len: C.int(len(f.data))}
		defer C.free(unsafe.Pointer(files[i].name))
		defer C.free(unsafe.Pointer(files[i].data))
	}
	entry := C.CString(s.entry)
	defer C.free(unsafe.Pointer(entry))
	var reason [512]C.char
	if C.engine_compile(e.c, unsafe.SliceData(files), C.int(len(files)), entry, &reason[0], C.int(len(reason))) < 0 {
		return fmt.Errorf("compile set %s: %s", s.name, C.GoString(&reason[0]))
	}
	return nil
}

// document is one of the documents in a buffer.
type document C.document

func newDocument(set, start, size int) document {
	return document{set: C.int(set), start: C.int(start), len: C.int(size)}
}

// in gives the document's bytes.
func (d document) in(buf []byte) []byte { return buf[d.start : d.start+d.len] }

// run judges docs until one is not valid; bad is its number, or len(docs). It counts in begun. One call for many documents: a call
// of C that takes longer than 20 us keeps the runtime's monitor awake, which costs as much as a tenth of the validation.
func (e *engine) run(buf []byte, docs []document, begun *progress) (bad int) {
	return int(C.engine_run(e.c, (*C.char)(unsafe.Pointer(unsafe.SliceData(buf))), (*C.document)(unsafe.SliceData(docs)), C.int(len(docs)),
		(*C.uint)(unsafe.Pointer(begun.n))))
}

// found appends to out what was wrong with the document at which run stopped.
func (e *engine) found(out []raw) ([]raw, error) {
	n := C.engine_count(e.c)
	if n < 0 {
		return out, errEngine
	}
	for i := range n {
		v := C.engine_found(e.c, i)
		out = append(out, raw{
			code: int(v.code), parser: v.parser != 0, tag: int(v.tag),
			element: C.GoString(&v.element[0]), attribute: C.GoString(&v.attribute[0]),
			tail: C.GoStringN(&v.tail[0], v.taillen),
		})
	}
	return out, nil
}
