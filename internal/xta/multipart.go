package xta

import (
	"bytes"
	"errors"
	"mime"
	"net/url"
	"strings"
)

// Limits of a multipart body: the envelope, the message and a few attachments.
const (
	maxParts       = 8
	maxPartHeader  = 4 << 10
	maxPartHeaders = 16
	maxBoundary    = 70 // RFC 2046
)

// media is a parsed Content-Type.
type media struct {
	multipart bool
	action    string // action parameter of the media type itself
	startInfo string // action inside start-info
	start     string // Content-ID of the root part without brackets, "" = the first
	boundary  string
}

var errMedia = errors.New("media type is not application/soap+xml or multipart/related of application/xop+xml")

// parseMedia reads the Content-Type of a request or response (xta.md 3.1).
func parseMedia(contentType string) (media, error) {
	typ, params, err := mime.ParseMediaType(contentType)
	if err != nil || !utf8Charset(params) {
		return media{}, errMedia
	}
	switch typ {
	case "application/soap+xml":
		return media{action: params["action"]}, nil
	case "multipart/related":
	default:
		return media{}, errMedia
	}
	inner, _, err := mime.ParseMediaType(params["type"])
	if err != nil || inner != "application/xop+xml" || params["boundary"] == "" || len(params["boundary"]) > maxBoundary {
		return media{}, errMedia
	}
	m := media{multipart: true, action: params["action"], start: trimBrackets(params["start"]), boundary: params["boundary"]}
	if info, infoParams, err := mime.ParseMediaType(params["start-info"]); err == nil {
		if info != "application/soap+xml" {
			return media{}, errMedia
		}
		m.startInfo = infoParams["action"]
	}
	return m, nil
}

func utf8Charset(params map[string]string) bool {
	c, ok := params["charset"]
	return !ok || strings.EqualFold(c, "utf-8")
}

func trimBrackets(s string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "<"), ">")
}

// part is one part of a multipart body; data is a piece of the body.
type part struct {
	id          string // Content-ID without brackets
	contentType string
	data        []byte
}

// packet is a message taken apart.
type packet struct {
	media    media
	envelope []byte
	rootType string            // Content-Type of the root part
	parts    map[string][]byte // by Content-ID, without the root
}

// unpack takes a body apart. The octets of the parts are the contents themselves; nothing is decoded.
func unpack(m media, body []byte) (packet, error) {
	if !m.multipart {
		return packet{media: m, envelope: body}, nil
	}
	parts, err := splitParts(body, m.boundary)
	if err != nil {
		return packet{}, err
	}
	p := packet{media: m, parts: map[string][]byte{}}
	found := false
	for i, part := range parts {
		if !found && (m.start == "" && i == 0 || m.start != "" && part.id == m.start) {
			found = true
			p.envelope, p.rootType = part.data, part.contentType
			continue
		}
		if part.id == "" {
			return packet{}, errors.New("multipart: part without Content-ID")
		}
		if _, twice := p.parts[part.id]; twice || part.id == m.start {
			return packet{}, errors.New("multipart: Content-ID occurs twice")
		}
		p.parts[part.id] = part.data
	}
	if !found {
		return packet{}, errors.New("multipart: root part is missing")
	}
	return p, nil
}

// splitParts cuts the body at its delimiters (RFC 2046 5.1.1). A body without the closing one was cut off.
func splitParts(body []byte, boundary string) ([]part, error) {
	delimiter := []byte("--" + boundary)
	rest, ok := body, bytes.HasPrefix(body, delimiter)
	if ok {
		rest = body[len(delimiter):]
	} else if _, rest, ok = cutDelimiter(body, delimiter); !ok {
		return nil, errors.New("multipart: no delimiter")
	}
	var parts []part
	for {
		if bytes.HasPrefix(rest, []byte("--")) {
			break
		}
		content, ok := afterLine(rest)
		if !ok {
			return nil, errors.New("multipart: broken delimiter")
		}
		raw, next, ok := cutDelimiter(content, delimiter)
		if !ok {
			return nil, errors.New("multipart: cut off")
		}
		if len(parts) == maxParts {
			return nil, errors.New("multipart: too many parts")
		}
		p, err := readPart(raw)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		rest = next
	}
	if len(parts) == 0 {
		return nil, errors.New("multipart: no part")
	}
	return parts, nil
}

// firstPart gives the first part of a body of which only the beginning is there.
func firstPart(body []byte, boundary string) (part, error) {
	delimiter := []byte("--" + boundary)
	first, _, ok := cutDelimiter(bytes.TrimPrefix(body, delimiter), delimiter)
	if !ok {
		return part{}, errors.New("multipart: cut off")
	}
	content, ok := afterLine(first)
	if !ok {
		return part{}, errors.New("multipart: broken delimiter")
	}
	return readPart(content)
}

// cutDelimiter finds the next delimiter at the start of a line; before it stands without the line break that belongs to it.
func cutDelimiter(b, delimiter []byte) (before, after []byte, ok bool) {
	for from := 0; ; {
		i := bytes.Index(b[from:], delimiter)
		if i < 0 {
			return nil, nil, false
		}
		i += from
		end := i + len(delimiter)
		_, line := afterLine(b[end:])
		if i > 0 && b[i-1] == '\n' && (line || bytes.HasPrefix(b[end:], []byte("--"))) {
			before = b[:i-1]
			return bytes.TrimSuffix(before, []byte("\r")), b[end:], true
		}
		from = end
	}
}

// afterLine skips blanks and the line break behind a delimiter.
func afterLine(b []byte) ([]byte, bool) {
	b = bytes.TrimLeft(b, " \t")
	b = bytes.TrimPrefix(b, []byte("\r"))
	return bytes.CutPrefix(b, []byte("\n"))
}

func readPart(raw []byte) (part, error) {
	p := part{}
	var lines []string
	for size := 0; ; {
		line, rest, ok := bytes.Cut(raw, []byte("\n"))
		if size += len(line); !ok || size > maxPartHeader || len(lines) > maxPartHeaders {
			return p, errors.New("multipart: bad part header")
		}
		raw = rest
		line = bytes.TrimSuffix(line, []byte("\r"))
		switch {
		case len(line) == 0:
			p.data = raw
			return p, p.headers(lines)
		case (line[0] == ' ' || line[0] == '\t') && len(lines) > 0:
			lines[len(lines)-1] += " " + string(bytes.TrimSpace(line))
		default:
			lines = append(lines, string(line))
		}
	}
}

func (p *part) headers(lines []string) error {
	seen := map[string]bool{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		value = strings.TrimSpace(value)
		if !ok || seen[name] {
			return errors.New("multipart: bad part header")
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
				return errors.New("multipart: transfer encoding is not binary")
			}
		}
	}
	return nil
}

// rootAction is the action inside the root part's Content-Type, "" if there is none.
func (p packet) rootAction() string {
	typ, params, err := mime.ParseMediaType(p.rootType)
	if err != nil {
		return ""
	}
	if params["action"] != "" || typ != "application/xop+xml" {
		return params["action"]
	}
	_, inner, err := mime.ParseMediaType(params["type"])
	if err != nil {
		return ""
	}
	return inner["action"]
}

// include gives the part that an xop:Include names.
func (p packet) include(n *node) ([]byte, error) {
	href, ok := strings.CutPrefix(n.attr("href"), "cid:")
	if !ok {
		return nil, errors.New("multipart: include without cid")
	}
	id, err := url.PathUnescape(href)
	if err != nil {
		return nil, errors.New("multipart: include without cid")
	}
	data, ok := p.parts[id]
	if !ok {
		return nil, errors.New("multipart: included part is missing")
	}
	return data, nil
}
