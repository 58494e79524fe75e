// Package schema validates messages against the XSD of a pack.
//
// Most valid messages are recognised by tables that package xsd makes of the XSD files, while the gate scans their bytes (Judge).
// Everything else, and a sample of these (Confirm), is judged and explained by libxml2 in a child process: a C library that meets a hostile message may crash, hang or eat memory, and
// nothing in Go contains that. The child is this program, started again with a marker in its environment (ChildMain); it gets its
// schemas as bytes, opens no file and no connection, and lives under limits of memory and time. Parent and child speak a small
// length-prefixed protocol over the child's stdin and stdout (wire.go).
//
// The package knows nothing of packs or business rules: it gets named sets of schema files and documents as bytes, and
// gives findings with line and column, in German and without a value of the message.
package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Set is the schema of one pack.
type Set struct {
	Name  string // by which Validate finds it; unique
	Files fs.FS  // the XSD files, flat or in folders; read once, at Start
	Entry string // the file in Files to compile; what it imports must be in Files as well
}

// Violation is one fault of a document.
type Violation struct {
	Line    int               // from 1; 0 = no position
	Column  int               // from 1, in characters: of the '<' of the tag concerned, or of the first character of the value
	Element string            // local name of the element concerned, may be ""
	Code    int               // libxml2's error code, for the operator; 0 = not from libxml2
	Message string            // libxml2's word for the code, English, without values; for logs
	Finding amtshilfe.Finding // what the sender reads; same position
}

// Options tune the children. The zero value is usable.
type Options struct {
	Workers     int           // number of children; 0 = 1
	MaxFindings int           // per document; 0 = 20, at most 200. One more says how many are left out
	Timeout     time.Duration // for one document in the child; 0 = 10 s. Longer counts as a crash of that document
	MaxMemory   int64         // RLIMIT_AS of a child in bytes; 0 = 2 GiB
	CheckEvery  int           // libxml2 judges one in so many documents that our own validator has accepted; 0 = 1000
	Log         *slog.Logger  // hears which schemas are not compiled, and when our own validator is wrong; nil = nobody
}

// ErrClosed says that the Validator was closed before or during Validate.
var ErrClosed = errors.New("schema: validator is closed")

// maxFindings bounds Options.MaxFindings, maxRaws the messages of libxml2, which has up to four for one fault, and maxDocument what a
// child is asked to read.
const (
	maxFindings = 200
	maxRaws     = 4*maxFindings + 4
	maxDocument = 1 << 30
)

// withDefaults fills what the caller left open.
func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = 1
	}
	if o.MaxFindings <= 0 {
		o.MaxFindings = 20
	}
	o.MaxFindings = min(o.MaxFindings, maxFindings)
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxMemory <= 0 {
		o.MaxMemory = 2 << 30
	}
	if o.CheckEvery <= 0 {
		o.CheckEvery = 1000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// load reads the XSD files of s into memory.
func (s Set) load() (wireSet, error) {
	w := wireSet{name: s.Name, entry: s.Entry}
	err := fs.WalkDir(s.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".xsd" {
			return err
		}
		data, err := fs.ReadFile(s.Files, name)
		w.files = append(w.files, wireFile{name, data})
		return err
	})
	if err != nil {
		return w, fmt.Errorf("read schema set %s: %w", s.Name, err)
	}
	return w, nil
}
