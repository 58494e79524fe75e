package xta

import (
	"context"
	"errors"
	"time"
)

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
	md, err := r.metaData(x.server.o.Now())
	if err != nil {
		return reply{}, err
	}
	// After the row: who sees the message withdrawn sees why as well.
	records, err := x.server.o.Mailbox.records(ctx, r.n)
	if err != nil {
		return reply{}, err
	}
	report := r.report(records)
	report.MetaData, report.Server = md, x.server.o.Name
	return reply{body: func(o *outgoing) { o.report(report) }}, nil
}

// report colours a message: open while it waits for its reader, then the highest level among the records (maximum principle).
func (r row) report(records []levelled) Report {
	report := Report{Time: r.Stored}
	accepted := "Transportauftrag angenommen"
	if !r.Delivered.IsZero() {
		accepted += " und im Postfach abgelegt"
	}
	for _, step := range []struct {
		at           time.Time
		code, reason string
	}{
		{r.Stored, "angenommen", accepted},
		{r.Fetched, "abgeholt", "Vom Leser erstmals abgeholt"},
		{r.Closed, "quittiert", "Vom Leser quittiert"},
	} {
		if !step.at.IsZero() {
			records = append(records, levelled{levelInfo, Record{step.at, ownCode(step.code), step.reason}})
		}
	}
	highest := levelInfo
	for _, l := range records {
		highest = max(highest, l.level)
		if l.record.Time.After(report.Time) {
			report.Time = l.record.Time
		}
		switch l.level {
		case levelError:
			report.Errors = append(report.Errors, l.record)
		case levelWarning:
			report.Warnings = append(report.Warnings, l.record)
		default:
			report.Infos = append(report.Infos, l.record)
		}
	}
	if r.State == MailClosed || r.State == MailWithdrawn {
		report.Status = map[int]int{levelInfo: StatusGreen, levelWarning: StatusYellow, levelError: StatusRed}[highest]
	}
	return report
}

// report writes xta:TransportReport (xta.md 8). A record's code has no name there.
func (o *outgoing) report(r Report) {
	o.Open("xta:TransportReport")
	o.writeMeta(r.MetaData)
	o.when("xta:ReportTime", r.Time)
	o.Leaf("xta:XTAServerIdentity", r.Server)
	o.Open("xta:MessageStatus")
	o.number("xta:Status", int64(r.Status))
	o.records("xta:ErrorList", "xta:Error", r.Errors)
	o.records("xta:WarnList", "xta:Warning", r.Warnings)
	o.records("xta:InfoList", "xta:Info", r.Infos)
	o.End("xta:MessageStatus")
	o.End("xta:TransportReport")
}

func (o *outgoing) records(list, name string, records []Record) {
	if len(records) == 0 {
		return
	}
	o.Open(list)
	for _, r := range records {
		o.Open(name)
		o.when("xta:Timestamp", r.Time)
		o.code("xta:Code", Code{List: r.Code.List, Version: r.Code.Version, Code: r.Code.Code})
		o.Leaf("xta:Reason", r.Reason)
		o.End(name)
	}
	o.End(list)
}
