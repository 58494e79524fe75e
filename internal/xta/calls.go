package xta

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
)

// ask makes one exchange whose request is written anew each time.
func (c *Client) ask(ctx context.Context, url, action string, author Party, body func(*outgoing)) (answer, error) {
	soapID := "urn:uuid:" + uuid()
	o := newOutgoing(true, action, soapID)
	o.addressing(url, soapID)
	o.party("oscimeta:Author", author) // so named also when a reader calls
	o.End("s:Header")
	o.Open("s:Body")
	if body != nil {
		body(o)
	}
	o.End("s:Body")
	b := o.finish()
	r := Request{URL: url, ContentType: b.contentType, Body: b.body, soapID: soapID, long: action == actionGetMessage || action == actionNextMessage}
	return c.call(ctx, r, new(atomic.Bool))
}

// CheckAccountActive asks whether the author's account exists, is open and fits our certificate (XTA 2.1.1
// checkAccountActive).
func (c *Client) CheckAccountActive(ctx context.Context, url string, author Party) error {
	if _, err := c.ask(ctx, url, actionCheckAccountActive, author, nil); err != nil {
		return fmt.Errorf("check account: %w", err)
	}
	return nil
}

// LookupService asks whether the reader can be reached for the service (XTA 2.1.1 lookupService). An unknown reader is no
// fault.
func (c *Client) LookupService(ctx context.Context, url string, author, reader Party, service string) (Lookup, error) {
	a, err := c.ask(ctx, url, actionLookupService, author, func(o *outgoing) {
		o.Open("xta:LookupServiceRequest")
		o.Open("xta:LookupServiceRequestList")
		o.Open("xta:LookupService")
		o.party("oscimeta:Reader", reader)
		o.Leaf("xta:ServiceType", service)
		o.End("xta:LookupService")
		o.End("xta:LookupServiceRequestList")
		o.End("xta:LookupServiceRequest")
	})
	if err != nil {
		return Lookup{}, fmt.Errorf("look up service: %w", err)
	}
	r := &metaReader{}
	list := r.one(r.one(a.body, nsXTA, "LookupServiceResponse"), nsXTA, "LookupServiceResultList")
	result := r.one(list, nsXTA, "LookupServiceResult")
	value := r.one(result, nsXTA, "IsServiceAvailableValue")
	available := r.opt(value, nsXTA, "ServiceIsAvailable")
	switch {
	case r.err != nil:
		return Lookup{}, fmt.Errorf("look up service: %w: %w", errAnswer, r.err)
	case available == nil:
		return Lookup{Certificates: a.certificates(result)}, nil
	case isTrue(available.value()):
		return Lookup{ServiceAvailable, a.certificates(result)}, nil
	}
	return Lookup{Availability: ServiceUnavailable}, nil
}

// CreateMessageID reserves the id of a message to come (XTA 2.1.1 createMessageId). An id that is lost is harmless.
func (c *Client) CreateMessageID(ctx context.Context, url string, author Party) (string, error) {
	a, err := c.ask(ctx, url, actionCreateMessageID, author, nil)
	if err != nil {
		return "", fmt.Errorf("create message id: %w", err)
	}
	n := a.payload()
	if n == nil || !n.is(nsWSA, "MessageID") || !plausibleID(n.value()) {
		return "", fmt.Errorf("create message id: %w: no id", errAnswer)
	}
	return n.value(), nil
}

// plausibleID accepts what other servers may issue, but nothing that would break a header or a log line.
func plausibleID(id string) bool {
	return id != "" && len(id) <= 255 && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// Request is a sendMessage that can be repeated byte for byte.
type Request struct {
	URL         string   // sendPort of the reader's data centre
	ContentType string   // with the boundary: part of the exact bytes
	Body        Octets   // the same at every reading
	SHA256      [32]byte // of Body

	soapID string // MessageID of the SOAP header: an answer that relates to another is not ours; "" = not known
	long   bool   // the answer carries a message
}

// soapMessageID is the SOAP header's id of the sendMessage for an XTA id: one and the same in every repetition.
func soapMessageID(messageID string) string {
	sum := sha256.Sum256([]byte("sendMessage " + messageID))
	return "urn:uuid:" + formatUUID([16]byte(sum[:16]), 8)
}

// PrepareSync does the same for sendMessageSync.
func PrepareSync(m MetaData, c Content, sendURL string) (Request, error) {
	r, err := prepare(m, c, sendURL, actionSendMessageSync)
	r.long = true
	return r, err
}

// Prepare builds the exact bytes of a sendMessage out of its arguments alone: called again with the same it gives the same
// bytes. The content is read once and stays where it is. m needs MessageID, Origin, Author, Reader, Service and Type; Size is set from the content if it is zero.
func Prepare(m MetaData, c Content, sendURL string) (Request, error) {
	return prepare(m, c, sendURL, actionSendMessage)
}

func prepare(m MetaData, c Content, sendURL, action string) (Request, error) {
	m = m.withDefaults()
	if m.Size == 0 {
		m.Size = c.size()
	}
	if err := complete(m, c); err != nil {
		return Request{}, fmt.Errorf("prepare message: %w", err)
	}
	o, soapID := newOutgoing(true, action, m.MessageID), soapMessageID(m.MessageID)
	o.addressing(sendURL, soapID)
	o.writeMeta(m)
	o.End("s:Header")
	o.Open("s:Body")
	o.content(c)
	o.End("s:Body")
	b, sum, err := o.seal()
	if err != nil {
		return Request{}, fmt.Errorf("prepare message: %w", err)
	}
	return Request{URL: sendURL, ContentType: b.contentType, Body: b.body, SHA256: sum, soapID: soapID}, nil
}

func complete(m MetaData, c Content) error {
	switch {
	case !plausibleID(m.MessageID):
		return errors.New("no message id")
	case m.Origin.IsZero():
		return errors.New("no origin")
	case m.Author.Kennung == "" || m.Reader.Kennung == "":
		return errors.New("no author or reader")
	case m.Type.Code == "" || m.Type.PayloadSchema == "":
		return errors.New("no message type")
	case c.ContentType == "" && !c.Encrypted():
		return errors.New("no content type")
	case len(c.Attachments) > maxParts-2:
		return errors.New("too many attachments")
	case c.size()+int64(len(c.Head)) > MaxContent: // the keys in it count as octets, too
		return ErrTooLarge
	}
	return nil
}

// Send performs the exchange once (XTA 2.1.1 sendMessage). Nil is the empty answer: the server has taken the order. Every
// error is a *SendError.
func (c *Client) Send(ctx context.Context, r Request) error {
	_, err := c.order(ctx, r)
	return err
}

// SendSync performs the exchange once and gives the answering message (XTA 2.1.1 sendMessageSync), of a request of PrepareSync.
// Every error is a *SendError. The caller ends with Release.
func (c *Client) SendSync(ctx context.Context, r Request) (Message, error) {
	a, err := c.order(ctx, r)
	if err != nil {
		return Message{}, err
	}
	m, err := a.keep(readAnswer(a))
	if err != nil {
		return Message{}, &SendError{Written: true, Err: err}
	}
	return m, nil
}

func (c *Client) order(ctx context.Context, r Request) (answer, error) {
	var started atomic.Bool
	a, err := c.call(ctx, r, &started)
	if err == nil {
		return a, nil
	}
	written := started.Load()
	if f, ok := errors.AsType[*Fault](err); ok && f.HTTP == http.StatusUnsupportedMediaType && f.Value == "" {
		written = false // refused by its header: nothing of it was taken
	}
	return a, &SendError{Written: written, Err: err}
}

// CancelMessage takes back a message that must not be delivered yet (NotBefore; XTA 2.1.1 cancelMessage).
func (c *Client) CancelMessage(ctx context.Context, url string, author Party, messageID string) error {
	_, err := c.ask(ctx, url, actionCancelMessage, author, func(o *outgoing) { o.Leaf("wsa:MessageID", messageID) })
	if err != nil {
		return fmt.Errorf("cancel message: %w", err)
	}
	return nil
}

// TransportReport asks what became of a message (XTA 2.1.1 getTransportReport).
func (c *Client) TransportReport(ctx context.Context, url string, author Party, messageID string) (Report, error) {
	a, err := c.ask(ctx, url, actionTransportReport, author, func(o *outgoing) { o.Leaf("wsa:MessageID", messageID) })
	if err != nil {
		return Report{}, fmt.Errorf("transport report: %w", err)
	}
	r, err := readReport(a.body)
	if err == nil && !strings.EqualFold(r.MetaData.MessageID, messageID) {
		err = errors.New("it is about another message")
	}
	if err != nil {
		return Report{}, fmt.Errorf("transport report: %w: %w", errAnswer, err)
	}
	return r, nil
}
