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
	i, err := x.message(ctx)
	if err != nil {
		return reply{}, err
	}
	err = s.o.Mailbox.store(i, func() error {
		if s.o.Accept == nil {
			return nil
		}
		return s.o.Accept(ctx, i.meta, i.content)
	})
	return reply{}, orderFault(err)
}

// XTA 2.1.1 sendMessageSync. Every service here is a mailbox: after all the checks of sendMessage it is only offered asynchronously.
func (x *exchange) sendMessageSync(ctx context.Context) (reply, error) {
	i, err := x.message(ctx)
	if err == nil {
		err = orderFault(x.server.o.Mailbox.issued(i.meta.Author.Kennung, i.meta.MessageID))
	}
	if err == nil {
		err = Refuse(9080, "")
	}
	return reply{}, err
}

// message reads and checks what sendMessage brings.
func (x *exchange) message(ctx context.Context) (i incoming, err error) {
	if i.meta, err = x.order(); err != nil {
		return i, err
	}
	sender, err := x.permit(i.meta.Author.Kennung)
	if err != nil {
		return i, err
	}
	if !booked(sender.account.Services, i.meta.Service) {
		return i, Refuse(9013, "")
	}
	if i.foreign, err = x.addressable(ctx, i.meta); err != nil {
		return i, err
	}
	if i.content, err = x.content(); err == nil && i.meta.Size == 0 {
		i.meta.Size = i.content.size()
	}
	return i, err
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

// addressable checks reader, service and Betriebsart: a message never crosses from test to production or back. foreign says that the
// reader has no mailbox here, but the relay knows the way.
func (x *exchange) addressable(ctx context.Context, md MetaData) (foreign bool, err error) {
	if md.Service != "" && !isURI(md.Service) {
		return false, Refuse(9021, "")
	}
	reader, ok, err := x.mailbox(md.Reader.Kennung)
	if err == nil && !ok {
		foreign, err = x.routed(ctx, md.Reader.Kennung, md.Service, md.Test)
	}
	switch {
	case err != nil:
		return false, err
	case foreign && md.circles(x.server.o.Name):
		return false, Refuse(9022, "Die Nachricht ist schon einmal über diesen Server gegangen, oder über zu viele.")
	case foreign:
		return true, x.dated(md)
	case !ok:
		return false, Refuse(9022, noMailbox)
	case !booked(reader.Services, md.Service):
		return false, Refuse(9022, "Der Leser bietet diesen Dienst nicht an.")
	case md.Test != (reader.Betriebsart != amtshilfe.Produktion):
		return false, Refuse(9022, "TestMsg passt nicht zur Betriebsart des Postfachs.")
	}
	return false, x.dated(md)
}

// routed says whether the relay knows the way to a reader who has no mailbox here. One who left this server is none of them.
func (x *exchange) routed(ctx context.Context, reader, service string, test bool) (bool, error) {
	if x.server.o.Route == nil {
		return false, nil
	}
	if _, own := x.server.o.Readers(reader); own {
		return false, nil
	}
	_, ok, err := x.server.o.Route(ctx, reader, service, test)
	if err != nil {
		x.server.o.Logger.Debug("way to a reader not found", "err", err)
		return false, Refuse(9031, "")
	}
	return ok, nil
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
