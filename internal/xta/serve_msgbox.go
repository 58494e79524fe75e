package xta

import (
	"context"
	"strconv"
	"time"
)

// Bounds of getStatusList.
const (
	defaultListItems = 50
	maxListItems     = 500
	maxSelected      = 500 // message ids in a selector or a close
)

// XTA 2.1.1 getStatusList. A message stays in the list until it is closed.
func (x *exchange) statusList(ctx context.Context) (reply, error) {
	reader, err := x.reader()
	if err != nil {
		return reply{}, err
	}
	request := x.envelope.payload()
	if request == nil || !request.is(nsOSCI, "MsgBoxStatusListRequest") {
		return nothing(reasonSearchArgs), nil
	}
	s, ok := readSelection(request)
	if !ok {
		return nothing(reasonSearchArgs), nil
	}
	s.reader = reader
	it := &iterator{selection: s, short: request.attr("ListForm") == "MsgAtrributes"} // spelt so in the schema
	return x.listPage(ctx, it, x.keep(it))
}

// XTA 2.1.1 getNextStatusList: the next page under the request id of getStatusList. LastMsgReceived closes nothing: a list has
// not been fetched, and only close takes a message out.
func (x *exchange) nextStatusList(ctx context.Context) (reply, error) {
	it, id, err := x.iterator()
	if err != nil || it == nil {
		return nothing(reasonRequestID), err
	}
	return x.listPage(ctx, it, id)
}

// keep remembers the iterator under a new request id.
func (x *exchange) keep(it *iterator) (requestID string) {
	requestID = "urn:uuid:" + uuid()
	x.server.requests.add(requestID, it, x.server.o.Now())
	return requestID
}

// iterator finds the one that a MsgBoxGetNextRequest names, nil if there is none (any more).
func (x *exchange) iterator() (*iterator, string, error) {
	reader, err := x.reader()
	if err != nil {
		return nil, "", err
	}
	request := x.envelope.payload()
	if request == nil || !request.is(nsOSCI, "MsgBoxGetNextRequest") {
		return nil, "", nil
	}
	id := request.attr("MsgBoxRequestID")
	return x.server.requests.find(id, reader, x.server.o.Now()), id, nil
}

func (x *exchange) listPage(ctx context.Context, it *iterator, requestID string) (reply, error) {
	it.mu.Lock()
	defer it.mu.Unlock()
	s := it.selection
	s.after = it.list
	rows, pending, err := x.server.o.Mailbox.waiting(ctx, s)
	if err != nil {
		return reply{}, err
	}
	if len(rows) == 0 {
		return nothing(reasonNoMatch), nil
	}
	now, items := x.server.o.Now(), make([]MetaData, len(rows))
	for i, r := range rows {
		if items[i], err = r.metaData(now); err != nil {
			return reply{}, err
		}
	}
	it.list = rows[len(rows)-1].position()
	short := it.short
	return reply{
		header: func(o *outgoing) { o.box(requestID, pending) },
		body: func(o *outgoing) {
			o.Open("osci:MsgStatusList")
			for _, md := range items {
				if short {
					o.attributes(md)
				} else {
					o.writeMeta(md)
				}
			}
			o.End("osci:MsgStatusList")
		},
	}, nil
}

func (o *outgoing) box(requestID string, pending int) {
	o.Open("osci:MsgBoxResponse", "MsgBoxRequestID", requestID)
	o.number("osci:ItemsPending", int64(pending))
	o.End("osci:MsgBoxResponse")
}

// noneLeft says in the header why there is no message.
func (o *outgoing) noneLeft(reason string) {
	o.Open("osci:MsgBoxResponse", "MsgBoxRequestID", "urn:uuid:"+uuid())
	o.Empty("osci:NoMessageAvailable", "reason", reason)
	o.End("osci:MsgBoxResponse")
}

// nothing is the answer of a list without messages.
func nothing(reason string) reply {
	return reply{
		header: func(o *outgoing) { o.noneLeft(reason) },
		body:   func(o *outgoing) { o.Empty("osci:MsgStatusList") },
	}
}

// attributes writes the short list form.
func (o *outgoing) attributes(md MetaData) {
	o.Open("osci:MsgAttributes")
	o.Leaf("wsa:MessageID", md.MessageID)
	for _, id := range md.InReplyTo {
		o.Leaf("wsa:RelatesTo", id)
	}
	o.Leaf("osci:TypeOfBusinessScenario", md.Scenario.Code)
	o.number("osci:MsgSize", md.Size)
	o.Maybe("osci:ObsoleteAfterDate", md.ObsoleteAfter)
	o.when("osci:DeliveryTime", md.Delivery)
	o.when("osci:InitialFetchedTime", md.InitialFetch)
	o.End("osci:MsgAttributes")
}

// readSelection reads a MsgBoxStatusListRequest or MsgBoxFetchRequest; ok is false if a condition cannot be met.
func readSelection(request *node) (s selection, ok bool) {
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
