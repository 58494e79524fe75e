package mapping

import (
	"io"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// DropLimits bound what a drop may cost. The zero value of a field means its default.
type DropLimits struct {
	Message    xmlgate.Limits // of each message; default xmlgate.DefaultLimits
	MaxBytes   int64          // size of the dropped file; default 2 GiB
	MaxEntries int            // entries of a ZIP, directories and system files included; default 200 000
	MaxRatio   int            // inflated bytes per deflated byte of one entry; default 200
}

// DropError says that a drop cannot yield any message (or that nothing it yielded may be trusted): it goes to quarantine.
type DropError struct {
	Finding amtshilfe.Finding // about the drop as a whole
	Err     error             // cause, may be nil; a read error of the disk is returned as itself, never as a DropError
}

// Error names the code; the German sentence is for the sender.
func (e *DropError) Error() string {
	if e.Err != nil {
		return "drop refused: " + e.Finding.Code + ": " + e.Err.Error()
	}
	return "drop refused: " + e.Finding.Code
}

// Unwrap gives the cause.
func (e *DropError) Unwrap() error { return e.Err }

// Document is one message of a drop.
type Document struct {
	Start, End int                // its bytes are out[Start:End] of Next's result
	Position   amtshilfe.Position // of its root's start tag in the dropped file (for a ZIP: in the entry)
	Finding    *amtshilfe.Finding // the entry is unusable: there are no bytes, the message is refused with this finding
	part       xmlgate.Part       // container: where it was cut out
	cut        bool               // part is set
}

// Locate turns a position in the standalone document into one in the dropped file (for a ZIP: in the entry).
func (d Document) Locate(line, col int) (int, int) {
	if !d.cut {
		return line, col
	}
	return d.part.Locate(line, col)
}

// Place gives every finding of the document a position in the dropped file: findings that have only a Path are looked up in doc,
// then all are moved into the file's coordinates. Call it once, with all findings of the document.
func Place(doc []byte, d Document, findings []amtshilfe.Finding) {}

// DropReader streams the messages of one drop. Its memory does not depend on the size of the drop.
type DropReader struct {
	format amtshilfe.Format
	kopf   *amtshilfe.Lieferkopf
}

// OpenDrop looks at the content (never at the name) and starts reading: a single message, a ZIP, or a container v:lieferung.
// The structure of a ZIP is checked here, before anything is read out of it. A *DropError is the sender's fault, any other error
// ours.
func OpenDrop(r io.ReaderAt, size int64, name string, l DropLimits) (*DropReader, error) {
	return nil, io.ErrUnexpectedEOF
}

// Format says what the drop turned out to be.
func (d *DropReader) Format() amtshilfe.Format { return d.format }

// Head is the Lieferkopf of the container or of the ZIP's lieferung.xml; nil if there is none.
func (d *DropReader) Head() *amtshilfe.Lieferkopf { return d.kopf }

// Next appends the next message's bytes to buf. io.EOF is the clean end; a *DropError means that the whole drop is broken and
// nothing it yielded may be used.
func (d *DropReader) Next(buf []byte) (doc Document, out []byte, err error) {
	return Document{}, buf, io.EOF
}
