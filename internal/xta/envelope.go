package xta

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strconv"
)

// envelope is a SOAP message that was read.
type envelope struct {
	packet  packet
	headers []*node
	body    *node // s:Body
}

var errVersion = errors.New("envelope is not SOAP 1.2")

// parseEnvelope reads the envelope of a packet: s:Envelope with one s:Body and at most one s:Header before it.
func parseEnvelope(p packet) (*envelope, error) {
	p.envelope = bytes.TrimPrefix(p.envelope, byteOrderMark)
	root, err := parseXML(p.envelope)
	if err != nil {
		return nil, err
	}
	if !root.is(nsSOAP, "Envelope") {
		if root.name.Local == "Envelope" {
			return nil, errVersion
		}
		return nil, errors.New("document is not an envelope")
	}
	e := &envelope{packet: p}
	kids := root.kids
	if len(kids) > 0 && kids[0].is(nsSOAP, "Header") {
		e.headers, kids = kids[0].kids, kids[1:]
	}
	if len(kids) != 1 || !kids[0].is(nsSOAP, "Body") {
		return nil, errors.New("envelope without one body")
	}
	e.body = kids[0]
	return e, nil
}

// header gives the headers of this name.
func (e *envelope) header(space, local string) (found []*node) {
	for _, h := range e.headers {
		if h.is(space, local) {
			found = append(found, h)
		}
	}
	return found
}

// payload is the first element of the body, or nil if the body is empty.
func (e *envelope) payload() *node {
	if len(e.body.kids) == 0 {
		return nil
	}
	return e.body.kids[0]
}

// readContent reads xta:GenericContentContainer out of the body.
func (e *envelope) readContent() (Content, error) {
	generic := e.payload()
	if generic == nil || !generic.is(nsXTA, "GenericContentContainer") {
		return Content{}, errors.New("element GenericContentContainer is missing")
	}
	switch n := generic.all(nsXEnc, "EncryptedData"); {
	case len(n) > 0 && len(generic.kids) > 1:
		return Content{}, errors.New("EncryptedData beside another content")
	case len(n) > 0:
		return e.encrypted(n[0])
	}
	return e.container(generic)
}

// container reads the one xta:ContentContainer of its parent.
func (e *envelope) container(parent *node) (Content, error) {
	r := &metaReader{}
	container := r.one(parent, nsXTA, "ContentContainer")
	message := r.one(container, nsXTA, "Message")
	if r.err != nil {
		return Content{}, r.err
	}
	c, err := e.content(message)
	if err != nil {
		return Content{}, err
	}
	for _, n := range container.all(nsXTA, "Attachment") {
		a, err := e.content(n)
		if err != nil {
			return Content{}, err
		}
		if c.Attachments = append(c.Attachments, a); len(c.Attachments) > maxParts-2 {
			return Content{}, errors.New("too many attachments")
		}
	}
	return c, nil
}

func (e *envelope) content(n *node) (Content, error) {
	c := Content{ContentType: n.attr("contentType"), Encoding: n.attr("encoding"), Filename: n.attr("filename"),
		Description: n.attr("contentDescription"), ID: n.attr("id"), Lang: n.attr("lang")}
	if c.ContentType == "" {
		return c, errors.New("content without contentType")
	}
	var err error
	c.Data, err = e.octets(n)
	if announced, bad := strconv.ParseInt(n.attr("size"), 10, 64); err == nil && bad == nil && c.Data.Size() > announced {
		err = errors.New("content is larger than announced")
	}
	return c, err
}

// octets gives the bytes of a base64Binary: the included part as it is, or the decoded text. What was encoded twice stays
// encoded once (xta.md 17.12).
func (e *envelope) octets(n *node) (Octets, error) {
	include, err := n.opt(nsXOP, "Include")
	if err != nil {
		return nil, err
	}
	if include != nil {
		if len(n.kids) > 1 || n.value() != "" {
			return nil, errors.New("content beside an include")
		}
		return e.packet.include(include)
	}
	text := n.value()
	if len(n.kids) == 0 && text == "" {
		return Bytes{}, nil
	}
	p, ok := e.packet.inline[text]
	if len(n.kids) > 0 || !ok || p.problem != nil {
		return nil, errNotBase64
	}
	return p, nil
}

// small gives the bytes of a base64Binary that is no content and bounded by the envelope, or by what an answer may have.
func (e *envelope) small(n *node) ([]byte, error) {
	if len(n.kids) > 0 {
		o, err := e.octets(n)
		if err != nil {
			return nil, err
		}
		return ReadAll(o)
	}
	data, err := base64.StdEncoding.Strict().DecodeString(string(bytes.Join(bytes.Fields(n.text), nil)))
	if err != nil {
		return nil, errNotBase64
	}
	return data, nil
}

// size is how many octets the contents have together.
func (c Content) size() (n int64) {
	for _, part := range c.all() {
		n += part.Data.Size()
	}
	return n
}

// all gives the message and its attachments. Octets that are missing are none.
func (c Content) all() []Content {
	list := append([]Content{c}, c.Attachments...)
	for i := range list {
		if list[i].Data == nil {
			list[i].Data = Bytes{}
		}
	}
	return list
}

const envelopeStart = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
	`<s:Envelope xmlns:s="` + nsSOAP + `" xmlns:wsa="` + nsWSA + `" xmlns:xta="` + nsXTA +
	`" xmlns:osci="` + nsOSCI + `" xmlns:oscimeta="` + nsMeta + `">`

// outgoing is a message being written, in one of the two forms.
type outgoing struct {
	writer
	multipart bool
	action    string
	seed      string // makes boundary and Content-IDs
	contents  []Octets
	done      []Octets // what was written before an inline content
}

func newOutgoing(multipart bool, action, seed string) *outgoing {
	o := &outgoing{multipart: multipart, action: action, seed: seed}
	o.Out = append(make([]byte, 0, 4096), envelopeStart...)
	return o
}

// addressing writes the WS-Addressing headers of a request.
func (o *outgoing) addressing(to, messageID string) {
	o.Open("s:Header")
	o.Leaf("wsa:Action", o.action)
	o.Leaf("wsa:To", to)
	o.Leaf("wsa:MessageID", messageID)
	o.Open("wsa:ReplyTo")
	o.Leaf("wsa:Address", anonymous)
	o.End("wsa:ReplyTo")
}

// relating writes the WS-Addressing headers of an answer; relatesTo may be unknown.
func (o *outgoing) relating(action, messageID, relatesTo string) {
	o.Leaf("wsa:Action", action)
	o.Leaf("wsa:To", anonymous)
	o.Leaf("wsa:MessageID", messageID)
	o.Maybe("wsa:RelatesTo", relatesTo)
}

// content writes xta:GenericContentContainer.
func (o *outgoing) content(c Content) {
	o.Open("xta:GenericContentContainer")
	if c.Encrypted() {
		o.Out = append(o.Out, c.Head...)
		o.octets(c.Data)
		o.Out = append(o.Out, c.Tail...)
		o.End("xta:GenericContentContainer")
		return
	}
	o.Open("xta:ContentContainer")
	for i, part := range c.all() {
		name := "xta:Message"
		if i > 0 {
			name = "xta:Attachment"
		}
		o.contentPart(name, part)
	}
	o.End("xta:ContentContainer")
	o.End("xta:GenericContentContainer")
}

func (o *outgoing) contentPart(name string, c Content) {
	o.Open(name, c.attributes()...)
	o.octets(c.Data)
	o.End(name)
}

// attributes are those of a Message or Attachment.
func (c Content) attributes() []string {
	size := "" // xs:positiveInteger: left out for nothing
	if n := c.Data.Size(); n > 0 {
		size = strconv.FormatInt(n, 10)
	}
	return []string{"contentType", c.ContentType, "contentDescription", c.Description, "encoding", c.Encoding,
		"filename", c.Filename, "id", c.ID, "lang", c.Lang, "size", size}
}

// octets writes a base64Binary: as a part of its own, or as text.
func (o *outgoing) octets(data Octets) {
	if o.multipart {
		o.contents = append(o.contents, data)
		o.Empty("xop:Include", "xmlns:xop", nsXOP, "href", "cid:"+contentID(o.seed, len(o.contents)))
	} else {
		o.done = append(o.done, Bytes(o.Out), encoded{data})
		o.Out = nil
	}
}

// finish closes the envelope and gives what goes over the wire. The seed is one that nobody knew who wrote a content, so the boundary
// cannot stand in it.
func (o *outgoing) finish() bundle {
	o.End("s:Envelope")
	if o.multipart {
		return pack(o.seed, o.action, boundary(o.seed), o.Out, o.contents)
	}
	return bundle{contentType: `application/soap+xml; charset=utf-8; action="` + o.action + `"`, body: append(o.done, Bytes(o.Out))}
}

// seal closes the envelope, makes sure that the boundary does not occur in it or in the contents, and hashes everything.
func (o *outgoing) seal() (b bundle, sum [32]byte, err error) {
	o.End("s:Envelope")
	for limit, clash := boundary(o.seed), true; clash && err == nil; limit = another(limit) {
		b = pack(o.seed, o.action, limit, o.Out, o.contents)
		sum, clash, err = b.seal(limit)
	}
	return b, sum, err
}
