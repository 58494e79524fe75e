package xta

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
)

var (
	errNotBase64   = errors.New("content is not base64")
	errBigEnvelope = errors.New("envelope is too large")
)

// stripper reads an envelope and takes the base64 of contents out of it while it passes, so that a message of 40 MB needs no more
// memory than a small one. In the envelope a token stands in its place, which nobody can guess.
type stripper struct {
	from  *bufio.Reader
	into  *tray
	limit int // of the envelope without contents
	out   []byte
	seed  string // of the tokens
	found map[string]piece
}

// strip gives the envelope and its contents by token.
func strip(from *bufio.Reader, into *tray, limit int) ([]byte, map[string]piece, error) {
	s := &stripper{from: from, into: into, limit: limit, out: make([]byte, 0, 8<<10)}
	for {
		err := s.copy('<')
		if err == io.EOF {
			return s.out, s.found, nil
		}
		if err == nil {
			err = s.markup()
		}
		if err == io.EOF {
			return s.out, s.found, nil // it ends inside a tag: the parser will say so
		}
		if err != nil {
			return s.out, s.found, err
		}
	}
}

// copy passes everything on up to and with the byte; io.EOF if it does not come.
func (s *stripper) copy(until byte) error {
	for {
		part, err := s.from.ReadSlice(until)
		if len(s.out)+len(part) > s.limit {
			return errBigEnvelope
		}
		s.out = append(s.out, part...)
		if err != bufio.ErrBufferFull {
			return err
		}
	}
}

// markup passes one tag, comment or the like on; its '<' has passed.
func (s *stripper) markup() error {
	from := len(s.out)
	next, err := s.from.Peek(1)
	if err != nil {
		return err
	}
	switch next[0] {
	case '!', '?':
		return s.other(from)
	case '/':
		return s.copy('>')
	}
	for { // '>' may stand inside quotes
		if err := s.copy('>'); err != nil {
			return err
		}
		if tag := s.out[from : len(s.out)-1]; closed(tag) {
			if !bytes.HasSuffix(tag, []byte("/")) && holdsContent(tag) {
				return s.content()
			}
			return nil
		}
	}
}

// closed says that no quote is open at the end of the tag.
func closed(tag []byte) bool {
	for {
		i := bytes.IndexAny(tag, `"'`)
		if i < 0 {
			return true
		}
		end := bytes.IndexByte(tag[i+1:], tag[i])
		if end < 0 {
			return false
		}
		tag = tag[i+1+end+1:]
	}
}

// other passes a comment, a CDATA section, a processing instruction or a DOCTYPE on.
func (s *stripper) other(from int) error {
	for {
		if err := s.copy('>'); err != nil {
			return err
		}
		text := s.out[from:]
		switch {
		case bytes.HasPrefix(text, []byte("!--")):
			if len(text) >= len("!---->") && bytes.HasSuffix(text, []byte("-->")) {
				return nil
			}
		case bytes.HasPrefix(text, []byte("![CDATA[")):
			if bytes.HasSuffix(text, []byte("]]>")) {
				return nil
			}
		default: // what comes behind a '>' in a DOCTYPE does not matter: the parser refuses it
			return nil
		}
	}
}

// holdsContent says whether the start tag is one of an element whose text is base64 of any length.
func holdsContent(tag []byte) bool {
	name := tag
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		name = tag[:i]
	}
	name = name[bytes.IndexByte(name, ':')+1:]
	switch string(name) {
	case "Message", "Attachment", "CipherValue":
		return true
	}
	return false
}

// content takes the text up to the next tag into the tray and leaves a token.
func (s *stripper) content() error {
	d := &base64Filter{to: s.into}
	s.into.begin()
	for {
		text, err := s.from.ReadSlice('<')
		if err == nil {
			text = text[:len(text)-1]
			if err := s.from.UnreadByte(); err != nil {
				return err
			}
		}
		if problem := d.write(text); problem != nil {
			return problem
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil {
			return err
		}
		break
	}
	if err := d.end(); err != nil {
		return err
	}
	if !d.any {
		return nil // only white space: the content is included, or empty
	}
	p := s.into.end()
	if d.bad {
		p.problem = errNotBase64
	}
	if s.found == nil {
		s.found, s.seed = map[string]piece{}, uuid()
	}
	token := "(" + s.seed + "." + strconv.Itoa(len(s.found)) + ")" // no base64
	s.found[token] = p
	if s.out = append(s.out, token...); len(s.out) > s.limit {
		return errBigEnvelope
	}
	return nil
}

// textBlock is how much base64 is decoded at once.
const textBlock = 32 << 10

// base64Filter decodes base64 with white space in it, as plain character or as reference.
type base64Filter struct {
	to    io.Writer
	any   bool // something other than white space came
	bad   bool // it is no base64
	ended bool // padding came
	ref   []byte
	text  []byte // without white space, not decoded yet
	data  []byte
}

// write takes whole lines where they are plain, and looks at each byte where not.
func (d *base64Filter) write(p []byte) error {
	for len(p) > 0 {
		line := p[:min(len(p), textBlock-len(d.text))]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1]
		}
		p = p[len(line):]
		plain := bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if len(d.ref) > 0 || holdsBlank(plain) {
			d.look(line)
		} else {
			d.any = d.any || len(plain) > 0
			d.text = append(d.text, plain...)
		}
		if len(d.text) == textBlock {
			if err := d.decode(); err != nil {
				return err
			}
		}
	}
	return nil
}

func holdsBlank(p []byte) bool {
	return bytes.IndexByte(p, ' ') >= 0 || bytes.IndexByte(p, '\t') >= 0 || bytes.IndexByte(p, '\r') >= 0 || bytes.IndexByte(p, '&') >= 0
}

func (d *base64Filter) look(p []byte) {
	for _, c := range p {
		switch {
		case len(d.ref) > 0:
			if d.ref = append(d.ref, c); c == ';' {
				d.bad = d.bad || !blankReference[string(d.ref)]
				d.ref, d.any = nil, d.any || d.bad
			} else if len(d.ref) > 6 {
				d.bad, d.any, d.ref = true, true, nil
			}
		case c == ' ', c == '\n', c == '\r', c == '\t':
		case c == '&':
			d.ref = append(d.ref, c)
		default:
			d.any = true
			d.text = append(d.text, c)
		}
	}
}

// blankReference are the ways in which writers put line breaks into base64.
var blankReference = map[string]bool{"&#13;": true, "&#xD;": true, "&#xd;": true, "&#10;": true, "&#xA;": true, "&#xa;": true, "&#9;": true, "&#32;": true}

func (d *base64Filter) decode() error {
	text := d.text
	d.text = d.text[:0]
	if len(text) == 0 || d.bad {
		return nil
	}
	if d.data == nil {
		d.data = make([]byte, textBlock/4*3)
	}
	n, err := base64.StdEncoding.Strict().Decode(d.data, text)
	if d.bad = err != nil || d.ended; d.bad {
		return nil
	}
	d.ended = n < len(text)/4*3
	_, err = d.to.Write(d.data[:n])
	return err
}

func (d *base64Filter) end() error {
	if len(d.ref) > 0 {
		d.bad, d.any = true, true
	}
	return d.decode()
}
