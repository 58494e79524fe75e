package xta

import (
	"context"
	"errors"

	"damtshilfe/internal/amtshilfe"
)

// XTA 2.1.1 sendMessage. The empty answer means that content and row are on disk. Order of the checks: account, parameters,
// content (xta.md 6.4).
func (x *exchange) sendMessage(ctx context.Context) (reply, error) {
	s := x.server
	md, err := x.order()
	if err != nil {
		return reply{}, err
	}
	sender, err := x.permit(md.Author.Kennung)
	if err != nil {
		return reply{}, err
	}
	if !booked(sender.account.Services, md.Service) {
		return reply{}, Refuse(9013, "")
	}
	if err := x.addressable(md); err != nil {
		return reply{}, err
	}
	c, err := x.content()
	if err != nil {
		return reply{}, err
	}
	if md.Size == 0 {
		md.Size = c.size()
	}
	err = s.o.Mailbox.store(md, c, func() error {
		if s.o.Accept == nil {
			return nil
		}
		return s.o.Accept(ctx, md, c)
	})
	return reply{}, orderFault(err)
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

// addressable checks reader, service and Betriebsart: a message never crosses from test to production or back.
func (x *exchange) addressable(md MetaData) error {
	if md.Service != "" && !isURI(md.Service) {
		return Refuse(9021, "")
	}
	reader, ok := x.server.o.Readers(md.Reader.Kennung)
	switch {
	case !ok:
		return Refuse(9022, "Der Leser hat auf diesem Server kein Postfach.")
	case !booked(reader.Services, md.Service):
		return Refuse(9022, "Der Leser bietet diesen Dienst nicht an.")
	case md.Test != (reader.Betriebsart != amtshilfe.Produktion):
		return Refuse(9022, "TestMsg passt nicht zur Betriebsart des Postfachs.")
	case md.NotBefore.After(x.server.o.Now()):
		return Refuse(9022, "NotBefore wird nicht angeboten.")
	}
	return nil
}

func (x *exchange) content() (Content, error) {
	if x.envelope.payload() == nil {
		return Content{}, Refuse(9020, "Der ContentContainer fehlt.")
	}
	c, err := x.envelope.readContent()
	switch {
	case errors.Is(err, errEncrypted):
		return Content{}, Refuse(9052, "Verschlüsselte Inhalte werden nicht angenommen.")
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
	}
	return err
}
