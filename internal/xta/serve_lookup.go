package xta

import (
	"context"
	"strconv"
)

// maxLookups bounds one lookupService.
const maxLookups = 200

// lookup is one question of lookupService.
type lookup struct {
	reader  Party
	service string
	found   *Reader // nil = not available
}

// XTA 2.1.1 lookupService. The outer list repeats in the request, the inner in the answer. An unknown reader is no fault.
func (x *exchange) lookupService(ctx context.Context) (reply, error) {
	if _, err := x.caller(); err != nil {
		return reply{}, err
	}
	lookups, err := readLookups(x.envelope.payload())
	if err != nil {
		return reply{}, err
	}
	for i, l := range lookups {
		reader, ok, err := x.mailbox(l.reader.Kennung)
		if err != nil {
			return reply{}, err
		}
		if !ok {
			if ok, err = x.reachable(ctx, l); err != nil {
				return reply{}, err
			}
		}
		if ok && booked(reader.Services, l.service) {
			lookups[i].found = &reader
		}
	}
	return reply{body: func(o *outgoing) { o.lookups(lookups) }}, nil
}

// reachable says whether the relay knows a way, for test or for production: lookupService does not tell them apart, and the
// directory may answer us for one of them only.
func (x *exchange) reachable(ctx context.Context, l lookup) (bool, error) {
	test, err := x.routed(ctx, l.reader.Kennung, l.service, true)
	if test {
		return true, nil
	}
	production, other := x.routed(ctx, l.reader.Kennung, l.service, false)
	if err != nil && other != nil {
		return false, err
	}
	return production, nil
}

func readLookups(request *node) ([]lookup, error) {
	if request == nil || !request.is(nsXTA, "LookupServiceRequest") {
		return nil, Refuse(9020, "")
	}
	var lookups []lookup
	for _, list := range request.all(nsXTA, "LookupServiceRequestList") {
		for _, n := range list.all(nsXTA, "LookupService") {
			r := &metaReader{}
			l := lookup{reader: r.party(r.one(n, nsMeta, "Reader")), service: r.one(n, nsXTA, "ServiceType").value()}
			switch {
			case r.err != nil:
				return nil, Refuse(9020, "LookupService ist unvollständig.")
			case !isURI(l.service):
				return nil, Refuse(9021, "")
			}
			lookups = append(lookups, l)
		}
	}
	switch {
	case len(lookups) == 0:
		return nil, Refuse(9020, "")
	case len(lookups) > maxLookups:
		return nil, Refuse(9022, "Zu viele Anfragen in einem Aufruf.")
	}
	return lookups, nil
}

func (o *outgoing) lookups(lookups []lookup) {
	o.Open("xta:LookupServiceResponse")
	o.Open("xta:LookupServiceResultList")
	for _, l := range lookups {
		o.Open("xta:LookupServiceResult")
		o.party("oscimeta:Reader", l.reader)
		o.Leaf("xta:ServiceType", l.service)
		o.Open("xta:IsServiceAvailableValue")
		o.Leaf("xta:ServiceIsAvailable", strconv.FormatBool(l.found != nil))
		o.End("xta:IsServiceAvailableValue")
		if l.found != nil {
			o.certificates(l.found.Certificates)
		}
		o.End("xta:LookupServiceResult")
	}
	o.End("xta:LookupServiceResultList")
	o.End("xta:LookupServiceResponse")
}
