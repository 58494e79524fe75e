package mapping

import (
	"bytes"
	"cmp"
	"io"
	"slices"

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

// withDefaults fills in what is not set.
func (l DropLimits) withDefaults() DropLimits {
	d := xmlgate.DefaultLimits()
	l.Message.MaxBytes = cmp.Or(l.Message.MaxBytes, d.MaxBytes)
	l.Message.MaxDepth = cmp.Or(l.Message.MaxDepth, d.MaxDepth)
	l.Message.MaxAttrs = cmp.Or(l.Message.MaxAttrs, d.MaxAttrs)
	l.MaxBytes = cmp.Or(l.MaxBytes, 2<<30)
	l.MaxEntries = cmp.Or(l.MaxEntries, 200_000)
	l.MaxRatio = cmp.Or(l.MaxRatio, 200)
	return l
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
	// Findings are what making the message out of a flat file brought to light, in the file's own coordinates. Schema and rules
	// would only say the same of it again, in other words.
	Findings []amtshilfe.Finding
	part     xmlgate.Part // container: where it was cut out; zero otherwise, and then moves nothing
	step     string       // container: its root's step in the file's paths, "/name[7]"; "" otherwise
	flat     *flatPlace   // flat file: where its elements come from
}

// Stored is the Document of a message that was taken out of a drop before: of size bytes, its root's start tag at a place in the
// dropped file. What a container's namespaces added to that tag is not known any more, so that behind it, in the same line, a
// position is as many columns too far to the right.
func Stored(format amtshilfe.Format, at amtshilfe.Position, size int) Document {
	d := Document{End: size, Position: at}
	if format == amtshilfe.FormatContainer {
		d.part = xmlgate.Part{Line: at.Line, Column: at.Column}
	}
	return d
}

// Locate turns a position in the standalone document into one in the dropped file (for a ZIP: in the entry).
func (d Document) Locate(line, col int) (int, int) {
	return d.part.Locate(line, col)
}

// source is what a DropReader reads from: one form of a drop.
type source interface {
	next(buf []byte) (Document, []byte, error)
}

// DropReader streams the messages of one drop. Its memory does not depend on the size of the drop.
type DropReader struct {
	format amtshilfe.Format
	kopf   *amtshilfe.Lieferkopf
	source source
	err    error // sticky
}

// OpenDrop looks at the content and starts reading; the name (third parameter) is never looked at, it lies too often. A drop is a single message, a ZIP, or a container v:lieferung.
// The structure of a ZIP is checked here, before anything is read out of it. A *DropError is the sender's fault, any other error
// ours.
func OpenDrop(r io.ReaderAt, size int64, _ string, l DropLimits) (*DropReader, error) {
	return OpenDropWith(r, size, Flat{}, l)
}

// OpenDropWith is OpenDrop for an account that may drop flat files too: what is neither XML nor ZIP, or a ZIP whose entries are those
// of a mapping.
func OpenDropWith(r io.ReaderAt, size int64, flat Flat, l DropLimits) (*DropReader, error) {
	l = l.withDefaults()
	if size > l.MaxBytes {
		return nil, &DropError{Finding: fehler("LIEF-ZU-GROSS", "Die Datei ist größer als "+mib(l.MaxBytes)+"; bitte auf mehrere Lieferungen verteilen.")}
	}
	head := make([]byte, min(size, sniffBytes))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, diskError{err}
	}
	d := &DropReader{format: detect(head)}
	var err error
	switch d.format {
	case amtshilfe.FormatZIP:
		err = d.openArchive(rawDrop{r, size, head, flat, l})
	case amtshilfe.FormatContainer:
		d.source, d.kopf, err = openContainer(io.NewSectionReader(r, 0, size), l.Message)
	case amtshilfe.FormatXML:
		d.source, err = openSingle(r, size, l.Message)
	default:
		err = d.openFlat(rawDrop{r, size, head, flat, l})
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// sniffBytes is how much of a file is looked at to tell its form: a comment before the root may be long.
const sniffBytes = 64 << 10

// detect tells the form of a drop by its first bytes, or "".
func detect(head []byte) amtshilfe.Format {
	for _, sig := range []string{"PK\x03\x04", "PK\x05\x06", "PK\x07\x08"} {
		if bytes.HasPrefix(head, []byte(sig)) {
			return amtshilfe.FormatZIP
		}
	}
	if root, ok := xmlgate.Sniff(head); ok && root == containerRoot {
		return amtshilfe.FormatContainer
	}
	// XML in a wrong encoding is still XML: the gate names the encoding.
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || bytes.HasPrefix(head, []byte("\x00<")) ||
		bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("<")) {
		return amtshilfe.FormatXML
	}
	return ""
}

// unknownFormat is the error for a file that is neither of the forms.
func unknownFormat(head []byte, size int64) error {
	if size == int64(len(head)) && len(bytes.Trim(head, "\xef\xbb\xbf \t\r\n\x00")) == 0 {
		return &DropError{Finding: fehler("LIEF-LEER", "Die Datei ist leer; bitte mit Inhalt neu einliefern.")}
	}
	return &DropError{Finding: fehler("LIEF-FORMAT", "Die Datei ist weder XML noch ZIP; bitte Nachrichten als XML, als ZIP oder im Container einliefern.")}
}

// Format says what the drop turned out to be.
func (d *DropReader) Format() amtshilfe.Format { return d.format }

// Head is the Lieferkopf of the container or of the ZIP's lieferung.xml; nil if there is none.
func (d *DropReader) Head() *amtshilfe.Lieferkopf { return d.kopf }

// Next appends the next message's bytes to buf. io.EOF is the clean end; a *DropError means that the whole drop is broken and
// nothing it yielded may be used. An error is final.
func (d *DropReader) Next(buf []byte) (doc Document, out []byte, err error) {
	if d.err != nil {
		return Document{}, buf, d.err
	}
	doc, out, d.err = d.source.next(buf)
	return doc, out, d.err
}

// Reuse takes back the memory of a document that nobody will place findings in any more. It is for whoever calls Next.
func (d *DropReader) Reuse(doc *Document) {
	if s, ok := d.source.(*flatSource); ok && doc.flat != nil {
		s.places = append(s.places, doc.flat)
	}
	doc.flat = nil
}

// singleSource yields the one message that the file is.
type singleSource struct {
	r    io.ReaderAt
	size int
	done bool
}

func openSingle(r io.ReaderAt, size int64, l xmlgate.Limits) (*singleSource, error) {
	if size > l.MaxBytes {
		return nil, &DropError{Finding: fehler("LIEF-ZU-GROSS", "Die Nachricht ist größer als "+mib(l.MaxBytes)+"; bitte die Anhänge verkleinern.")}
	}
	return &singleSource{r: r, size: int(size)}, nil
}

func (s *singleSource) next(buf []byte) (Document, []byte, error) {
	if s.done {
		return Document{}, buf, io.EOF
	}
	s.done = true
	start := len(buf)
	out := slices.Grow(buf, s.size)[:start+s.size]
	if n, err := s.r.ReadAt(out[start:], 0); n < s.size {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return Document{}, buf, diskError{err}
	}
	d := Document{Start: start, End: len(out), Position: amtshilfe.Position{Line: 1, Column: 1}}
	if off, ok := rootOffset(out[start:]); ok {
		d.Position.Line, d.Position.Column = xmlgate.Position(out[start:], off)
	}
	return d, out, nil
}
