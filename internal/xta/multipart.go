package xta

import (
	"bufio"
	"errors"
	"io"
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

// part is the head of one part of a multipart body.
type part struct {
	id          string // Content-ID without brackets
	contentType string
}

// packet is a message taken apart.
type packet struct {
	media    media
	envelope []byte           // contents inside it are tokens of inline
	rootType string           // Content-Type of the root part
	parts    map[string]piece // by Content-ID, without the root
	inline   map[string]piece // contents that stood in the envelope, by token
}

// sizedBody is a body with the length that was announced, -1 = none.
type sizedBody struct {
	io.Reader
	size int64
}

// window is how much of a body is looked at together: all of a small one.
func (b sizedBody) window() int {
	if b.size < 0 {
		return window
	}
	return int(max(leastWindow, min(window, b.size)))
}

var errOver = errors.New("contents are over the limit")

// unpack takes a message apart while it is read: the envelope into memory, up to limit bytes of it, the contents into the tray. The
// octets of the parts are the contents themselves; nothing is decoded. On an error the packet holds what there is of it.
func unpack(m media, body sizedBody, t *tray, limit int) (packet, error) {
	p := packet{media: m, parts: map[string]piece{}}
	r := bufio.NewReaderSize(body, body.window())
	var err error
	if m.multipart {
		err = p.split(r, t, limit)
	} else {
		p.envelope, p.inline, err = strip(r, t, limit)
	}
	if err == nil && t.over {
		err = errOver
	}
	return p, err
}

func (p *packet) split(r *bufio.Reader, t *tray, limit int) error {
	s := &splitter{r: r, delimiter: []byte("\n--" + p.media.boundary)}
	if err := s.preamble(); err != nil {
		return err
	}
	found := false
	for n := 0; ; n++ {
		head, more, err := s.next()
		switch {
		case err != nil:
			return err
		case !more && n == 0:
			return errors.New("multipart: no part")
		case !more && !found:
			return errors.New("multipart: root part is missing")
		case !more:
			_, err := io.Copy(io.Discard, r) // what stands behind it means nothing, but is read
			return err
		case n == maxParts:
			return errors.New("multipart: too many parts")
		}
		if !found && (p.media.start == "" && n == 0 || p.media.start != "" && head.id == p.media.start) {
			found, p.rootType = true, head.contentType
			p.envelope, p.inline, err = strip(bufio.NewReaderSize(s, min(r.Size(), 16<<10)), t, limit)
		} else {
			err = p.keep(head, s, t)
		}
		if err != nil {
			return err
		}
	}
}

// keep takes a content part.
func (p *packet) keep(head part, s *splitter, t *tray) error {
	if head.id == "" {
		return errors.New("multipart: part without Content-ID")
	}
	if _, twice := p.parts[head.id]; twice || head.id == p.media.start {
		return errors.New("multipart: Content-ID occurs twice")
	}
	t.begin()
	if _, err := io.Copy(t, s); err != nil {
		return err
	}
	if t.over {
		return errOver
	}
	p.parts[head.id] = t.end()
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
func (p packet) include(n *node) (Octets, error) {
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
