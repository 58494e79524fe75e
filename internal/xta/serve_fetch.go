package xta

import (
	"context"
	"errors"
)

// XTA 2.1.1 getMessage, repeatable until close. The conformity minimum is one MessageID; any other selector gives the first
// message that it matches, and getNextMessage those behind it.
func (x *exchange) getMessage(ctx context.Context) (reply, error) {
	reader, err := x.reader()
	if err != nil {
		return reply{}, err
	}
	request := x.envelope.payload()
	if request == nil || !request.is(nsOSCI, "MsgBoxFetchRequest") {
		return reply{}, Refuse(9070, "")
	}
	s, ok := readSelection(request)
	if !ok {
		return noMessage(reasonSearchArgs), nil
	}
	s.reader = reader
	it := &iterator{selection: s, part: request.attr("MsgPart")}
	if len(s.ids) == 1 && !s.fresh && s.from.IsZero() && s.to.IsZero() {
		md, c, err := x.server.o.Mailbox.fetch(ctx, reader, s.ids[0])
		return fetched{md, c, it.part, "urn:uuid:" + uuid(), 0}.reply(), boxFault(err)
	}
	return x.messageOf(ctx, it, x.keep(it))
}

// XTA 2.1.1 getNextMessage: the next whole message under the request id of getMessage or getStatusList. LastMsgReceived closes
// nothing, only close does.
func (x *exchange) nextMessage(ctx context.Context) (reply, error) {
	it, id, err := x.iterator()
	if err != nil || it == nil {
		return noMessage(reasonRequestID), err
	}
	return x.messageOf(ctx, it, id)
}

// messageOf fetches the next message of an iterator. One that is closed or withdrawn in the same moment is passed over.
func (x *exchange) messageOf(ctx context.Context, it *iterator, requestID string) (reply, error) {
	it.mu.Lock()
	defer it.mu.Unlock()
	for {
		s := it.selection
		s.after, s.max = it.message, 1
		rows, pending, err := x.server.o.Mailbox.waiting(ctx, s)
		if err != nil {
			return reply{}, err
		}
		if len(rows) == 0 {
			return noMessage(reasonNoMatch), nil
		}
		md, c, err := x.server.o.Mailbox.fetch(ctx, s.reader, rows[0].MessageID)
		if err != nil && !errors.Is(err, errNoMessage) {
			return reply{}, err
		}
		it.message = rows[0].position()
		if err == nil {
			return fetched{md, c, it.part, requestID, pending}.reply(), nil
		}
	}
}

// fetched is a message on its way to the reader.
type fetched struct {
	meta      MetaData
	content   Content
	part      string // MsgPart: Envelope (""), Header or Body
	requestID string
	pending   int
}

func (f fetched) reply() reply {
	return reply{
		header: func(o *outgoing) {
			if f.part != "Body" {
				o.writeMeta(f.meta)
			}
			o.box(f.requestID, f.pending)
		},
		body: func(o *outgoing) {
			if f.part != "Header" {
				o.content(f.content)
			}
		},
	}
}

// noMessage is the answer of getMessage and getNextMessage without a message.
func noMessage(reason string) reply {
	return reply{header: func(o *outgoing) { o.noneLeft(reason) }}
}

// XTA 2.1.1 close. The request id is not insisted on: productive clients send a constant (xta.md 6.10). Without messages it
// frees the iterator; with some it does not, for who closes one by one may go on with the list.
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
		x.server.requests.free(request.attr("MsgBoxRequestID"), reader)
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
