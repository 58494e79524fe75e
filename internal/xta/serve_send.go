package xta

import (
	"context"
	"errors"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// XTA 2.1.1 sendMessage. The empty answer means that content and row are on disk. Order of the checks: account, parameters,
// content (xta.md 6.4).
func (x *exchange) sendMessage(ctx context.Context) (reply, error) {
	s := x.server
	md, c, err := x.message()
	if err != nil {
		return reply{}, err
	}
	err = s.o.Mailbox.store(md, c, func() error {
		if s.o.Accept == nil {
			return nil
		}
		return s.o.Accept(ctx, md, c)
	})
	return reply{}, orderFault(err)
}

// XTA 2.1.1 sendMessageSync. Every service here is a mailbox: after all the checks of sendMessage it is only offered asynchronously.
func (x *exchange) sendMessageSync(context.Context) (reply, error) {
	md, _, err := x.message()
	if err == nil {
		err = orderFault(x.server.o.Mailbox.issued(md.Author.Kennung, md.MessageID))
	}
	if err == nil {
		err = Refuse(9080, "")
	}
	return reply{}, err
}

// message reads and checks what sendMessage brings.
func (x *exchange) message() (MetaData, Content, error) {
	md, err := x.order()
	if err != nil {
		return md, Content{}, err
	}
	sender, err := x.permit(md.Author.Kennung)
	if err != nil {
		return md, Content{}, err
	}
	if !booked(sender.account.Services, md.Service) {
		return md, Content{}, Refuse(9013, "")
	}
	if err := x.addressable(md); err != nil {
		return md, Content{}, err
	}
	c, err := x.content()
	if err == nil && md.Size == 0 {
		md.Size = c.size()
	}
	return md, c, err
}

// order reads the MessageMetaData. What only a server may set is dropped.
func (x *exchange) order() (MetaData, error) {
	switch headers := x.envelope.header(nsMeta, "MessageMetaData"); len(headers) {
	case 0:
		return MetaData{}, Refuse(9020, "Der Header MessageMetaData fehlt.")
	case 1:
		md, err := readMeta(headers[0])
		if err != nil {
			return MetaData{}, Refuse(9022, "MessageMetaData ist nicht lesbar: "+err.Error())
		}
		none := MetaData{}
		md.InitialSend, md.Delivery, md.InitialFetch, md.Reception = none.InitialSend, none.Delivery, none.InitialFetch, none.Reception
		return md, nil
	}
	return MetaData{}, Refuse(9022, "Der Header MessageMetaData ist mehrfach vorhanden.")
}

const noMailbox = "Der Leser hat auf diesem Server kein Postfach."

// addressable checks reader, service and Betriebsart: a message never crosses from test to production or back.
func (x *exchange) addressable(md MetaData) error {
	if md.Service != "" && !isURI(md.Service) {
		return Refuse(9021, "")
	}
	reader, ok, err := x.mailbox(md.Reader.Kennung)
	switch {
	case err != nil:
		return err
	case !ok:
		return Refuse(9022, noMailbox)
	case !booked(reader.Services, md.Service):
		return Refuse(9022, "Der Leser bietet diesen Dienst nicht an.")
	case md.Test != (reader.Betriebsart != amtshilfe.Produktion):
		return Refuse(9022, "TestMsg passt nicht zur Betriebsart des Postfachs.")
	}
	return x.dated(md)
}

// furthest is how far NotBefore may lie ahead: what waits longer is a mistake that would lie here for ever.
const furthest = 2 * 366 * 24 * time.Hour

// dated refuses what would be over before it can be fetched, or not begin.
func (x *exchange) dated(md MetaData) error {
	if md.NotBefore.Sub(x.server.o.Now()) > furthest {
		return Refuse(9022, "NotBefore liegt mehr als zwei Jahre in der Zukunft.")
	}
	if md.ObsoleteAfter == "" {
		return nil
	}
	end, err := endOf(md.ObsoleteAfter, x.server.o.Mailbox.zone)
	switch {
	case err != nil:
		return Refuse(9022, "ObsoleteAfter ist kein Datum.")
	case !end.After(x.server.o.Now()):
		return Refuse(9022, "ObsoleteAfter ist schon verstrichen.")
	case !end.After(md.NotBefore):
		return Refuse(9022, "ObsoleteAfter liegt vor NotBefore.")
	}
	return nil
}

func (x *exchange) content() (Content, error) {
	if x.envelope.payload() == nil {
		return Content{}, Refuse(9020, "Der ContentContainer fehlt.")
	}
	c, err := x.envelope.readContent()
	switch {
	case err != nil:
		return Content{}, Refuse(9022, "Der ContentContainer ist nicht lesbar: "+err.Error())
	case c.size() > MaxContent:
		return Content{}, Refuse(9023, "")
	}
	return c, nil
}

// orderFault turns what the mailbox says about an id into the exception.
func orderFault(err error) error {
	switch {
	case errors.Is(err, errNotIssued):
		return Refuse(9022, "Die MessageID wurde diesem Account nicht von diesem Server vergeben.")
	case errors.Is(err, errUsed):
		return Refuse(9024, "")
	case errors.Is(err, errDeparted):
		return Refuse(9022, noMailbox)
	}
	return err
}
