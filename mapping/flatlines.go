package mapping

import (
	"bytes"
	"errors"
	"io"
)

// maxRecord bounds one record of a flat file, in bytes: a quote that is never closed must not swallow the file into memory.
const maxRecord = 1 << 20

// What is wrong with a record as such.
var (
	errLongRecord  = errors.New("record longer than allowed")
	errOpenQuote   = errors.New("quote not closed")
	errAfterQuote  = errors.New("text behind a closing quote")
	errShortRecord = errors.New("record cut off at the end of the file")
)

// rawField is one field of a CSV record, as it lies in the file.
type rawField struct {
	bytes  []byte // without the quotes around it; valid until the next record
	line   int    // of the file, from 1
	column int    // character of the line, from 1
}

// recordReader cuts a flat file into records. Its memory is one buffer, whatever the file's size.
type recordReader struct {
	r       io.Reader
	charset charset
	dialect dialect
	csv     bool
	lines   bool
	length  int // of a record without line end, in bytes

	buf    []byte // what was read and not consumed yet
	at     int    // consumed
	eof    bool
	failed error // of the disk
	line   int   // number of the next line (or record, where there are no lines), from 1
	end    byte  // the byte that ends a line, 0 = not seen yet
	fields []rawField
	clean  []byte // fields with doubled quotes, halved
}

func newRecordReader(r io.Reader, m *FlatMapping) *recordReader {
	return &recordReader{r: r, charset: m.charset, dialect: m.dialect, csv: m.csv, lines: m.lines, length: m.length, buf: make([]byte, 0, 64<<10), line: 1}
}

// more reads on; false: the file is at its end, or cannot be read (failed).
func (r *recordReader) more() bool {
	if r.eof {
		return false
	}
	if r.at > 0 {
		r.buf = r.buf[:copy(r.buf, r.buf[r.at:])]
		r.at = 0
	}
	if len(r.buf) == cap(r.buf) {
		grown := make([]byte, len(r.buf), 2*cap(r.buf))
		copy(grown, r.buf)
		r.buf = grown
	}
	for empty := 0; ; empty++ {
		n, err := r.r.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if err == io.EOF {
			r.eof = true
			return n > 0
		}
		if err != nil {
			r.eof, r.failed = true, err
			return false
		}
		if n > 0 {
			return true
		}
		if empty == 100 {
			r.eof, r.failed = true, io.ErrNoProgress
			return false
		}
	}
}

// start skips a byte order mark.
func (r *recordReader) start() {
	if r.charset.table != nil {
		return
	}
	for len(r.buf) < 3 && r.more() {
	}
	if bytes.HasPrefix(r.buf, []byte("\xef\xbb\xbf")) {
		r.at = 3
	}
}

// next gives the next record that is not blank, and the line where it starts. It is valid until the next call. io.EOF is the clean
// end. Of a CSV file the record comes cut into fields.
func (r *recordReader) next() (record []byte, line int, err error) {
	for {
		line = r.line
		if r.lines {
			record, err = r.nextLine()
		} else {
			record, err = r.nextBlock()
		}
		if err != nil || r.failed != nil {
			if broken, ok := errors.AsType[*DropError](r.failed); ok {
				return nil, line, broken // of a ZIP entry
			}
			if r.failed != nil {
				return nil, line, diskError{r.failed}
			}
			return record, line, err
		}
		if !r.blank(record) {
			return record, line, nil
		}
	}
}

// blank knows empty lines and the end mark of DOS.
func (r *recordReader) blank(record []byte) bool {
	for _, b := range record {
		if b != r.charset.space && b != '\t' && b != 0x1a {
			return false
		}
	}
	return r.lines
}

// nextBlock cuts off a record of fixed length.
func (r *recordReader) nextBlock() ([]byte, error) {
	for len(r.buf)-r.at < r.length {
		if !r.more() {
			if rest := r.buf[r.at:]; len(rest) > 0 && !onlyLineEnds(rest) {
				return nil, errShortRecord
			}
			return nil, io.EOF
		}
	}
	record := r.buf[r.at : r.at+r.length]
	r.at += r.length
	r.line++
	return record, nil
}

// onlyLineEnds tolerates a line end that a transfer added to the end of the file.
func onlyLineEnds(b []byte) bool {
	return len(bytes.Trim(b, "\r\n\x1a\x15\x25")) == 0
}

// nextLine cuts off a line; of a CSV file, a record that may go over several lines.
func (r *recordReader) nextLine() ([]byte, error) {
	from := 0 // bytes already searched
	for {
		n := -1
		if rest := r.buf[r.at:]; len(rest) > from {
			if n = r.lineEnd(rest[from:]); n >= 0 {
				n += from
			}
			from = len(rest)
		}
		if n < 0 && r.more() {
			if len(r.buf)-r.at > maxRecord {
				return nil, errLongRecord
			}
			continue
		}
		if n < 0 && len(r.buf) == r.at {
			return nil, io.EOF
		}
		line, used := r.buf[r.at:], len(r.buf)-r.at
		if n >= 0 {
			line, used = line[:n], n+1
		}
		line = trimCR(line)
		if r.csv && r.dialect.quoted && bytes.IndexByte(line, r.dialect.quote) >= 0 {
			return r.quoted()
		}
		if r.csv {
			r.split(line)
		}
		r.at += used
		r.line++
		return line, nil
	}
}

// lineEnd finds the end of the line; the first one of the file tells which byte it is.
func (r *recordReader) lineEnd(b []byte) int {
	if r.end != 0 || len(r.charset.newline) == 1 {
		return bytes.IndexByte(b, orByte(r.end, r.charset.newline[0]))
	}
	first := -1
	for _, end := range r.charset.newline {
		if i := bytes.IndexByte(b, end); i >= 0 && (first < 0 || i < first) {
			first, r.end = i, end
		}
	}
	return first
}

func orByte(a, b byte) byte {
	if a != 0 {
		return a
	}
	return b
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}
