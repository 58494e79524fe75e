package xta

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// window and leastWindow bound how much of a body is looked at together. A delimiter with its blanks, and the headers of a part fit
// in the smaller one.
const (
	window      = 64 << 10
	leastWindow = 8 << 10
)

var (
	errCutOff    = errors.New("multipart: cut off")
	errDelimiter = errors.New("multipart: broken delimiter")
	errHeader    = errors.New("multipart: bad part header")
)

// splitter cuts a multipart body at its delimiters while it is read (RFC 2046 5.1.1). A body without the closing one was cut off.
type splitter struct {
	r         *bufio.Reader
	delimiter []byte // with the line feed before it
	fresh     bool   // nothing was read since the last line break: a delimiter may stand here
	ended     bool   // the delimiter behind the present part was met
}

// preamble reads off what stands before the first part.
func (s *splitter) preamble() error {
	s.fresh, s.ended = true, false
	_, err := io.Copy(io.Discard, s)
	if errors.Is(err, errCutOff) {
		err = errors.New("multipart: no delimiter")
	}
	return err
}

// next goes to the next part, reading off what is left of the present one; more is false behind the closing delimiter.
func (s *splitter) next() (head part, more bool, err error) {
	if _, err := io.Copy(io.Discard, s); err != nil {
		return head, false, err
	}
	if mark, err := s.r.Peek(2); err == nil && string(mark) == "--" {
		return head, false, nil
	} else if err != nil && len(mark) == 0 {
		return head, false, s.cut(err, errCutOff)
	}
	if err := s.afterLine(); err != nil {
		return head, false, err
	}
	head, err = s.head()
	s.fresh, s.ended = true, false
	return head, true, err
}

// cut is what the end of the body means at this place; other errors of the reader are its own.
func (s *splitter) cut(err, meaning error) error {
	if errors.Is(err, io.EOF) {
		return meaning
	}
	return err
}

// afterLine skips blanks and the line break behind a delimiter.
func (s *splitter) afterLine() error {
	for range maxBlanks + 2 {
		c, err := s.r.ReadByte()
		switch {
		case err != nil:
			return s.cut(err, errCutOff)
		case c == '\n':
			return nil
		case c != ' ' && c != '\t' && c != '\r':
			return errDelimiter
		}
	}
	return errDelimiter
}

// Read gives the bytes of the present part, io.EOF at the delimiter behind it.
func (s *splitter) Read(p []byte) (int, error) {
	if s.ended {
		return 0, io.EOF
	}
	ahead, err := s.r.Peek(s.r.Size())
	last := errors.Is(err, io.EOF) // nothing comes behind the window
	if err != nil && !last {
		return 0, err
	}
	if s.fresh && bytes.HasPrefix(ahead, s.delimiter[1:]) && follow(ahead[len(s.delimiter)-1:]) == yes {
		return s.end(len(s.delimiter) - 1)
	}
	s.fresh = false
	n, at := s.plain(ahead)
	switch {
	case at >= 0 && n == 0:
		return s.end(at + len(s.delimiter))
	case at < 0 && last:
		return 0, errCutOff
	}
	n = copy(p, ahead[:n])
	_, err = s.r.Discard(n)
	return n, err
}

func (s *splitter) end(skip int) (int, error) {
	s.ended = true
	if _, err := s.r.Discard(skip); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

// plain says how many bytes ahead belong to the part, and where the next delimiter stands: -1 = not within sight.
func (s *splitter) plain(ahead []byte) (n, at int) {
	for from := 0; ; {
		i := bytes.Index(ahead[from:], s.delimiter)
		if i < 0 {
			return max(0, len(ahead)-len(s.delimiter)-1), -1 // the beginning of one, or its carriage return, may stand at the end
		}
		i += from
		switch follow(ahead[i+len(s.delimiter):]) {
		case yes:
			return len(bytes.TrimSuffix(ahead[:i], []byte("\r"))), i
		case unknown:
			return len(bytes.TrimSuffix(ahead[:i], []byte("\r"))), -1
		}
		from = i + len(s.delimiter)
	}
}

// maxBlanks is how many blanks may stand behind a delimiter.
const maxBlanks = 256

type answerTo int

const (
	no answerTo = iota
	yes
	unknown // more must be read
)

// follow says whether a delimiter may be followed by this.
func follow(rest []byte) answerTo {
	if len(rest) < 2 {
		return unknown
	}
	if bytes.HasPrefix(rest, []byte("--")) {
		return yes
	}
	for i, c := range rest {
		switch {
		case c == '\n':
			return yes
		case i > maxBlanks, c != ' ' && c != '\t' && c != '\r':
			return no
		}
	}
	return unknown
}

// head reads the headers of a part.
func (s *splitter) head() (part, error) {
	var lines []string
	for size := 0; ; {
		line, err := s.r.ReadSlice('\n')
		switch size += len(line); {
		case errors.Is(err, bufio.ErrBufferFull), size > maxPartHeader, len(lines) > maxPartHeaders:
			return part{}, errHeader
		case err != nil:
			return part{}, s.cut(err, errCutOff)
		}
		line = bytes.TrimSuffix(line[:len(line)-1], []byte("\r"))
		switch {
		case len(line) == 0:
			return readHead(lines)
		case (line[0] == ' ' || line[0] == '\t') && len(lines) > 0:
			lines[len(lines)-1] += " " + string(bytes.TrimSpace(line))
		default:
			lines = append(lines, string(line))
		}
	}
}

func readHead(lines []string) (p part, err error) {
	seen := map[string]bool{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		value = strings.TrimSpace(value)
		if !ok || seen[name] {
			return p, errHeader
		}
		seen[name] = true
		switch name {
		case "content-id":
			p.id = trimBrackets(value)
		case "content-type":
			p.contentType = value
		case "content-transfer-encoding":
			switch strings.ToLower(value) {
			case "binary", "8bit", "7bit":
			default:
				return p, errors.New("multipart: transfer encoding is not binary")
			}
		}
	}
	return p, nil
}
