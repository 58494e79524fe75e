package xta

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"damtshilfe/internal/xenc"
)

// End-to-end encryption (XTA 2.1.1 GenericContentContainer). To the server an EncryptedData is octets with an element around them: it is
// stored as it came and handed out as it is. Only author and reader know what it hides: a ContentContainer.

// ErrTooLarge says that a content is larger than XTA allows.
var ErrTooLarge = errors.New("content over 40 MB")

// Encrypted is the content that hides a container.
func Encrypted(d xenc.Data) Content {
	return Content{Data: Bytes(d.Cipher), Head: d.Head, Tail: d.Tail}
}

// Encrypted says that the content is an xenc:EncryptedData.
func (c Content) Encrypted() bool { return len(c.Head) > 0 }

// Sealed takes an encrypted content into memory; the octets are the caller's own.
func (c Content) Sealed() (xenc.Data, error) {
	octets, err := ReadAll(c.Data)
	if b, ok := c.Data.(Bytes); ok && err == nil {
		octets = bytes.Clone(b)
	}
	return xenc.Data{Head: c.Head, Cipher: octets, Tail: c.Tail}, err
}

// Container writes the ContentContainer as an element of its own, which is what is encrypted. It has room for that many bytes more.
func (c Content) Container(room int) ([]byte, error) {
	var w writer
	w.Out = make([]byte, 0, (c.size()+2)/3*4+1024*int64(1+len(c.Attachments))+int64(room))
	w.Open("xta:ContentContainer", "xmlns:xta", nsXTA)
	for i, part := range c.all() {
		name := "xta:Message"
		if i > 0 {
			name = "xta:Attachment"
		}
		data, err := ReadAll(part.Data)
		if err != nil {
			return nil, err
		}
		w.Open(name, part.attributes()...)
		w.Out = base64.StdEncoding.AppendEncode(w.Out, data)
		w.End(name)
	}
	w.End("xta:ContentContainer")
	return w.Out, nil
}

// ReadContainer reads a decrypted ContentContainer. It stood in the place of the element that begins with head: some writers leave the
// namespaces of its prefixes to the elements around it.
func ReadContainer(element, head []byte) (Content, error) {
	scope, err := declared(head)
	if err != nil {
		return Content{}, err
	}
	t := &tray{limit: MaxContent, mem: make([]byte, 0, len(element)/4*3)}
	doc, contents, err := strip(bufio.NewReader(bytes.NewReader(element)), t, maxEnvelope)
	if err == nil && t.over {
		err = errOver
	}
	if err != nil {
		return Content{}, fmt.Errorf("decrypted container: %w", err)
	}
	root, err := parseIn(doc, scope)
	if err != nil {
		return Content{}, fmt.Errorf("decrypted container: %w", err)
	}
	e := &envelope{packet: packet{envelope: doc, inline: contents}}
	c, err := e.container(&node{kids: []*node{root}})
	if err != nil {
		return Content{}, fmt.Errorf("decrypted container: %w", err)
	}
	return c, nil
}

// declared are the namespaces that the first tag of an element declares.
func declared(head []byte) ([]binding, error) {
	token, err := xml.NewDecoder(bytes.NewReader(head)).RawToken()
	start, ok := token.(xml.StartElement)
	if err != nil || !ok {
		return nil, errors.New("element without a start tag")
	}
	r := &nodeReader{bindings: []binding{xmlBinding}}
	err = r.declare(start.Attr)
	return r.bindings, err
}

// encrypted reads xenc:EncryptedData: the octets of its CipherValue, and the element around them as it was written, with all namespaces
// declared in it and whatever else was sent as parts of their own put in its place.
func (e *envelope) encrypted(n *node) (Content, error) {
	r := &metaReader{}
	value := r.one(r.one(n, nsXEnc, "CipherData"), nsXEnc, "CipherValue")
	if r.err != nil {
		return Content{}, r.err
	}
	data, err := e.octets(value)
	if err != nil {
		return Content{}, err
	}
	if data.Size() == 0 {
		return Content{}, errors.New("EncryptedData without octets")
	}
	w := &rewriter{e: e, skip: value, at: n.from}
	if err := w.walk(n); err != nil {
		return Content{}, err
	}
	w.copy(n.to)
	if len(w.head)+len(w.out) > xenc.MaxHead {
		return Content{}, errors.New("EncryptedData with too much around its octets")
	}
	return Content{Data: data, Head: w.declare(n), Tail: w.out}, nil
}

// rewriter copies an element of the envelope.
type rewriter struct {
	e    *envelope
	skip *node // its content divides head and tail
	at   int   // what is before it in the envelope was copied
	head []byte
	out  []byte
}

func (w *rewriter) copy(to int) {
	w.out = append(w.out, w.e.packet.envelope[w.at:to]...)
	w.at = to
}

func (w *rewriter) walk(n *node) error {
	switch text := n.value(); {
	case len(w.out) > xenc.MaxHead:
		return errors.New("EncryptedData with too much around its octets")
	case n == w.skip:
		w.copy(n.inner)
		w.head, w.out, w.at = w.out, nil, n.last
		return nil
	case n.is(nsXOP, "Include"):
		part, err := w.e.packet.include(n)
		if err != nil {
			return err
		}
		return w.replace(n.from, n.to, part)
	case len(n.kids) == 0 && text != "":
		if part, ok := w.e.packet.inline[text]; ok {
			return w.replace(n.inner, n.last, part)
		}
	}
	for _, k := range n.kids {
		if err := w.walk(k); err != nil {
			return err
		}
	}
	return nil
}

// replace writes octets as text instead of what stands from from to to.
func (w *rewriter) replace(from, to int, part Octets) error {
	if part.Size() > xenc.MaxHead {
		return errors.New("EncryptedData with too much around its octets")
	}
	data, err := ReadAll(part)
	if err != nil {
		return err
	}
	w.copy(from)
	w.out = base64.StdEncoding.AppendEncode(w.out, data)
	w.at = to
	return nil
}

// declare gives the head with the namespaces that the element found around it.
func (w *rewriter) declare(n *node) []byte {
	end := bytes.IndexAny(w.head, " \t\r\n/>")
	own := map[string]bool{"xml": true}
	if list, err := declared(w.head); err == nil {
		for _, b := range list {
			own[b.prefix] = true
		}
	}
	var more writer
	for i := len(n.scope) - 1; i >= 0; i-- {
		b := n.scope[i]
		if own[b.prefix] || b.uri == "" {
			own[b.prefix] = true
			continue
		}
		own[b.prefix] = true
		more.Attr(strings.TrimSuffix("xmlns:"+b.prefix, ":"), b.uri)
	}
	return bytes.Join([][]byte{w.head[:end], more.Out, w.head[end:]}, nil)
}
