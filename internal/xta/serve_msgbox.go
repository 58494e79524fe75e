package xta

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// Bounds of getStatusList.
const (
	defaultListItems = 50
	maxListItems     = 500
	maxSelected      = 500 // message ids in a selector or a close
)

// XTA 2.1.1 getStatusList. A message stays in the list until it is closed. Every call has a request id of its own; nothing
// is kept for it, because close names the messages.
func (x *exchange) statusList(ctx context.Context) (reply, error) {
	reader, err := x.reader()
	if err != nil {
		return reply{}, err
	}
	s, ok := readSelection(x.envelope.payload())
	if !ok {
		return emptyList(reasonSearchArgs), nil
	}
	s.reader = reader
	rows, pending, err := x.server.o.Mailbox.waiting(ctx, s)
	if err != nil {
		return reply{}, err
	}
	if len(rows) == 0 {
		return emptyList(reasonNoMatch), nil
	}
	items := make([]MetaData, len(rows))
	for i, r := range rows {
		if items[i], err = r.metaData(); err != nil {
			return reply{}, err
		}
	}
	short := x.envelope.payload().attr("ListForm") == "MsgAtrributes" // spelt so in the schema
	return reply{
		header: func(o *outgoing) { o.box(pending) },
		body: func(o *outgoing) {
			o.open("osci:MsgStatusList")
			for _, md := range items {
				if short {
					o.attributes(md)
				} else {
					o.writeMeta(md)
				}
			}
			o.end("osci:MsgStatusList")
		},
	}, nil
}

func (o *outgoing) box(pending int) {
	o.open("osci:MsgBoxResponse", "MsgBoxRequestID", "urn:uuid:"+uuid())
	o.number("osci:ItemsPending", int64(pending))
	o.end("osci:MsgBoxResponse")
}

func emptyList(reason string) reply {
	return reply{
		header: func(o *outgoing) {
			o.open("osci:MsgBoxResponse", "MsgBoxRequestID", "urn:uuid:"+uuid())
			o.empty("osci:NoMessageAvailable", "reason", reason)
			o.end("osci:MsgBoxResponse")
		},
		body: func(o *outgoing) { o.empty("osci:MsgStatusList") },
	}
}

// attributes writes the short list form.
func (o *outgoing) attributes(md MetaData) {
	o.open("osci:MsgAttributes")
	o.leaf("wsa:MessageID", md.MessageID)
	for _, id := range md.InReplyTo {
		o.leaf("wsa:RelatesTo", id)
	}
	o.leaf("osci:TypeOfBusinessScenario", md.Scenario.Code)
	o.number("osci:MsgSize", md.Size)
	o.maybe("osci:ObsoleteAfterDate", md.ObsoleteAfter)
	o.when("osci:DeliveryTime", md.Delivery)
	o.when("osci:InitialFetchedTime", md.InitialFetch)
	o.end("osci:MsgAttributes")
}

// readSelection reads MsgBoxStatusListRequest; ok is false if a condition cannot be met.
func readSelection(request *node) (s selection, ok bool) {
	if request == nil || !request.is(nsOSCI, "MsgBoxStatusListRequest") {
		return s, false
	}
	s.max = defaultListItems
	if v := request.attr("maxListItems"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return s, false
		}
		s.max = min(n, maxListItems)
	}
	selector, err := request.opt(nsOSCI, "MsgSelector")
	if err != nil || selector == nil {
		return s, err == nil
	}
	s.fresh = isTrue(selector.attr("newEntry"))
	for _, k := range selector.kids {
		switch {
		case k.is(nsWSA, "MessageID"):
			s.ids = append(s.ids, k.value())
		case k.is(nsOSCI, "MsgBoxEntryTimeFrom"):
			s.from, err = parseDateTime(k.value())
		case k.is(nsOSCI, "MsgBoxEntryTimeTo"):
			s.to, err = parseDateTime(k.value())
		case k.is(nsOSCI, "Extension"):
		default: // RelatesTo: outside the conformity minimum
			return s, false
		}
		if err != nil {
			return s, false
		}
	}
	if !s.to.IsZero() {
		s.to = s.to.Add(time.Millisecond - 1) // what we tell is cut to milliseconds
	}
	return s, len(s.ids) <= maxSelected
}

// XTA 2.1.1 getMessage: by MessageID alone, repeatable until close.
func (x *exchange) getMessage(ctx context.Context) (reply, error) {
	reader, err := x.reader()
	if err != nil {
		return reply{}, err
	}
	request := x.envelope.payload()
	if request == nil || !request.is(nsOSCI, "MsgBoxFetchRequest") {
		return reply{}, Refuse(9070, "")
	}
	r := &metaReader{}
	id := r.one(r.one(request, nsOSCI, "MsgSelector"), nsWSA, "MessageID").value()
	if r.err != nil {
		return reply{}, Refuse(9070, "Der MsgSelector nennt nicht genau eine MessageID.")
	}
	md, c, err := x.server.o.Mailbox.fetch(ctx, reader, id)
	if err != nil {
		return reply{}, boxFault(err)
	}
	part := request.attr("MsgPart")
	return reply{
		header: func(o *outgoing) {
			if part != "Body" {
				o.writeMeta(md)
			}
			o.box(0)
		},
		body: func(o *outgoing) {
			if part != "Header" {
				o.content(c)
			}
		},
	}, nil
}

// XTA 2.1.1 close. The request id is not insisted on: productive clients send a constant (xta.md 6.10). Without messages it
// only frees the request, of which nothing is kept.
func (x *exchange) closeMessages(context.Context) (reply, error) {
	reader, err := x.reader()
	if err != nil {
		return reply{}, err
	}
	request := x.envelope.payload()
	if request == nil || !request.is(nsOSCI, "MsgBoxCloseRequest") {
		return reply{}, Refuse(9070, "")
	}
	var ids []string
	for _, n := range request.all(nsOSCI, "LastMsgReceived") {
		ids = append(ids, n.value())
	}
	switch {
	case len(ids) == 0:
		return reply{}, nil
	case len(ids) > maxSelected:
		return reply{}, Refuse(9070, "Zu viele Nachrichten in einem Aufruf.")
	}
	return reply{}, boxFault(x.server.o.Mailbox.acknowledge(reader, ids))
}

func boxFault(err error) error {
	if errors.Is(err, errNoMessage) {
		return Refuse(9070, "")
	}
	return err
}
