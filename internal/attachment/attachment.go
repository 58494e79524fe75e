// Package attachment reads PDFs that others made: what is wrong with one, how many pages it has, and its pages as forms that can be
// drawn into another PDF.
//
// pdfcpu does the reading, in a child process with little memory and a limited time: a PDF is a program for its reader, and some are
// written to make it fall over or never end. A panic could be recovered in Go, a stack or a memory that is full could not. The child is
// this program, started again with a marker in its environment (ChildMain); it opens no files and knows nothing but the bytes of one PDF
// at a time. Whatever becomes of it is a Report about that PDF; an error says that no child could be started.
//
// Read in this order: reader.go (the parent), child.go, open.go (one PDF), active.go, pages.go and annotation.go (its pages), form.go
// (what is taken over).
package attachment

import "fmt"

// Problem is why a PDF is not taken as it is; "" = nothing.
type Problem string

// The problems of a PDF, the first that is found.
const (
	Encrypted Problem = "encrypted" // also with an empty password
	Broken    Problem = "broken"    // no reader has to understand it: cross-reference table, page tree, contents
	Active    Problem = "active"    // it does something when it is opened, or carries other files
	TooCostly Problem = "costly"    // reading it takes more time or memory than any honest one
	NoForm    Problem = "form"      // Cut only: what is filled in, or remarked, has no picture of its own and would be missing on paper
)

// Report is what was found out about a PDF.
type Report struct {
	Problem Problem
	Detail  string // with Active: the PDF name of what it does, one of a fixed list
	Pages   int    // counted in the page tree, not believed; at most MaxPages+1, 0 with a problem
}

// MaxPages is where counting ends: a document of more pages has MaxPages+1.
const MaxPages = 5000

// Document is the pages of a PDF, ready to be drawn in another one.
type Document struct {
	Pages   []Page
	Objects []Object // numbered from 1, as the references in them are
	Layers  int      // object with the OCProperties of the catalog, 0 = none
}

// Page is one page as a form XObject.
type Page struct {
	Form   int        // its object
	Box    [4]float64 // visible part in units of the form: left, bottom, right, top
	Rotate int        // 0, 90, 180 or 270 degrees, clockwise, for people to read it
	Unit   float64    // points per unit, nearly always 1
}

// Object is one object: what stands before its stream, and the encoded stream.
type Object struct {
	Head   []byte
	Refs   []int // where in Head a number of refWidth digits names an object
	Stream []byte
	Data   bool // there is a stream, if only an empty one
}

// refWidth is the room for the number of an object in a reference.
const refWidth = 7

// Body is the object between "obj" and "endobj" with every reference moved on by shift.
func (o *Object) Body(shift int) []byte {
	out := make([]byte, 0, len(o.Head)+len(o.Stream)+32)
	out = append(out, o.Head...)
	for _, at := range o.Refs {
		var n int
		fmt.Sscanf(string(o.Head[at:at+refWidth]), "%d", &n)
		copy(out[at:], fmt.Sprintf("%*d", refWidth, n+shift))
	}
	if o.Data {
		out = append(append(append(out, "\nstream\n"...), o.Stream...), "\nendstream"...)
	}
	return out
}
