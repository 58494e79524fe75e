package xta

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func codeText(code int) string { return strconv.Itoa(code) }

// caller authorises the oscimeta:Author header: authors and readers both call under that name.
func (x *exchange) caller() (permit, error) {
	kennung := ""
	switch authors := x.envelope.header(nsMeta, "Author"); len(authors) {
	case 0:
	case 1:
		r := &metaReader{}
		if kennung = r.party(authors[0]).Kennung; r.err != nil {
			return permit{}, Refuse(9012, "")
		}
	default:
		return permit{}, Refuse(9012, "Der Header Author ist mehrfach vorhanden.")
	}
	return x.permit(kennung)
}

// permit authorises a call for the kennung and notes the use of the certificate.
func (x *exchange) permit(kennung string) (permit, error) {
	p, fault := x.server.accounts.Load().authorise(x.certificate(), kennung, x.server.o.Now())
	if fault != nil {
		return permit{}, fault
	}
	if err := x.server.o.Mailbox.noteUse(p); err != nil {
		x.server.o.Logger.Warn("use of a certificate not noted", "err", err)
	}
	return p, nil
}

// reader authorises a call to the mailbox of the caller, who must be named by the account.
func (x *exchange) reader() (string, error) {
	p, err := x.caller()
	if err == nil && !p.named() {
		err = Refuse(9014, "")
	}
	return p.kennung, err
}

// XTA 2.1.1 checkAccountActive
func (x *exchange) checkAccountActive(context.Context) (reply, error) {
	_, err := x.caller()
	return reply{}, err
}

// XTA 2.1.1 createMessageId: the id is durable before it is given out, bound to its author.
func (x *exchange) createMessageID(context.Context) (reply, error) {
	author, err := x.caller()
	if err != nil {
		return reply{}, err
	}
	id := "urn:de:xta:messageid:" + x.server.o.Name + ":" + uuid()
	if err := x.server.o.Mailbox.issue(author.kennung, id); err != nil {
		return reply{}, err
	}
	return reply{body: func(o *outgoing) { o.leaf("wsa:MessageID", id) }}, nil
}

// maxLookups bounds one lookupService.
const maxLookups = 200

// XTA 2.1.1 lookupService. The outer list repeats in the request, the inner in the answer. An unknown reader is no fault.
func (x *exchange) lookupService(context.Context) (reply, error) {
	if _, err := x.caller(); err != nil {
		return reply{}, err
	}
	request := x.envelope.payload()
	if request == nil || !request.is(nsXTA, "LookupServiceRequest") {
		return reply{}, Refuse(9020, "")
	}
	type lookup struct {
		reader  Party
		service string
	}
	var lookups []lookup
	for _, list := range request.all(nsXTA, "LookupServiceRequestList") {
		for _, n := range list.all(nsXTA, "LookupService") {
			r := &metaReader{}
			l := lookup{r.party(r.one(n, nsMeta, "Reader")), r.one(n, nsXTA, "ServiceType").value()}
			switch {
			case r.err != nil:
				return reply{}, Refuse(9020, "LookupService ist unvollständig.")
			case !isURI(l.service):
				return reply{}, Refuse(9021, "")
			}
			lookups = append(lookups, l)
		}
	}
	switch {
	case len(lookups) == 0:
		return reply{}, Refuse(9020, "")
	case len(lookups) > maxLookups:
		return reply{}, Refuse(9022, "Zu viele Anfragen in einem Aufruf.")
	}
	return reply{body: func(o *outgoing) {
		o.open("xta:LookupServiceResponse")
		o.open("xta:LookupServiceResultList")
		for _, l := range lookups {
			reader, ok := x.server.o.Readers(l.reader.Kennung)
			ok = ok && booked(reader.Services, l.service)
			o.open("xta:LookupServiceResult")
			o.party("oscimeta:Reader", l.reader)
			o.leaf("xta:ServiceType", l.service)
			o.open("xta:IsServiceAvailableValue")
			o.leaf("xta:ServiceIsAvailable", strconv.FormatBool(ok))
			o.end("xta:IsServiceAvailableValue")
			if ok {
				o.certificates(reader.Certificates)
			}
			o.end("xta:LookupServiceResult")
		}
		o.end("xta:LookupServiceResultList")
		o.end("xta:LookupServiceResponse")
	}}, nil
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && !strings.ContainsAny(s, " <>\"{}|\\^`")
}

// Codes of the InfoList: our own list, which the standard allows.
const (
	recordList  = "urn:damtshilfe:codeliste:transportprotokoll"
	recordIssue = "1"
)

// XTA 2.1.1 getTransportReport, for author and reader. The report is open (0) until the reader's close.
func (x *exchange) transportReport(ctx context.Context) (reply, error) {
	caller, err := x.caller()
	if err != nil {
		return reply{}, err
	}
	n := x.envelope.payload()
	if n == nil || !n.is(nsWSA, "MessageID") {
		return reply{}, Refuse(9070, "")
	}
	r, err := x.server.o.Mailbox.find(ctx, n.value())
	if errors.Is(err, errNoMessage) || err == nil && r.Author != caller.kennung && (r.Reader != caller.kennung || !caller.named()) {
		return reply{}, Refuse(9070, "")
	}
	if err != nil {
		return reply{}, err
	}
	md, err := r.metaData()
	if err != nil {
		return reply{}, err
	}
	return reply{body: func(o *outgoing) { o.report(r, md, x.server.o.Name) }}, nil
}

func (o *outgoing) report(r row, md MetaData, server string) {
	status, changed := StatusOpen, r.Stored
	if r.State == MailClosed {
		status = StatusGreen
	}
	o.open("xta:TransportReport")
	o.writeMeta(md)
	var infos writer
	for _, step := range []struct {
		at           time.Time
		code, reason string
	}{
		{r.Stored, "angenommen", "Transportauftrag angenommen und im Postfach abgelegt"},
		{r.Fetched, "abgeholt", "Vom Leser erstmals abgeholt"},
		{r.Closed, "quittiert", "Vom Leser quittiert"},
	} {
		if step.at.IsZero() {
			continue
		}
		changed = step.at
		infos.open("xta:Info")
		infos.when("xta:Timestamp", step.at)
		infos.code("xta:Code", Code{List: recordList, Version: recordIssue, Code: step.code})
		infos.leaf("xta:Reason", step.reason)
		infos.end("xta:Info")
	}
	o.when("xta:ReportTime", changed)
	o.leaf("xta:XTAServerIdentity", server)
	o.open("xta:MessageStatus")
	o.number("xta:Status", int64(status))
	o.open("xta:InfoList")
	o.b = append(o.b, infos.b...)
	o.end("xta:InfoList")
	o.end("xta:MessageStatus")
	o.end("xta:TransportReport")
}
