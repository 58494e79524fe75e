package xta

import (
	"errors"
	"strconv"
	"strings"
)

// readFault reads s:Fault. Which fault it is decides the detail, never code or reason (xta.md 3.6).
func readFault(n *node, status int) *Fault {
	f := &Fault{HTTP: status, Value: "Receiver"}
	for _, k := range n.kids {
		switch {
		case k.is(nsSOAP, "Code"):
			f.codes(k)
		case k.is(nsSOAP, "Reason"):
			if texts := k.all(nsSOAP, "Text"); len(texts) > 0 {
				f.Text = texts[0].value()
			}
		case k.is(nsSOAP, "Detail"):
			f.detail(k)
		}
	}
	return f
}

func (f *Fault) codes(n *node) {
	for _, v := range n.all(nsSOAP, "Value") {
		f.Value = localName(v.value())
	}
	for depth := 0; depth < maxDepth; depth++ {
		sub := n.all(nsSOAP, "Subcode")
		if len(sub) == 0 {
			return
		}
		n = sub[0]
		for _, v := range n.all(nsSOAP, "Value") {
			f.Subcode = append(f.Subcode, localName(v.value()))
		}
	}
}

func (f *Fault) detail(n *node) {
	for _, k := range n.kids {
		if k.is(nsWSA, "ProblemHeaderQName") {
			f.Header = localName(k.value())
		}
		code := k.all(nsXTA, "errorCode")
		if k.name.Space != nsXTA || len(code) == 0 {
			continue
		}
		c := readCode(code[0])
		if number, err := strconv.Atoi(c.Code); err == nil && number > 0 {
			f.Code, f.Name = number, k.name.Local
			if c.Name != "" {
				f.Text = c.Name
			}
		}
	}
}

func localName(qname string) string { return qname[strings.LastIndexByte(qname, ':')+1:] }

// readReport reads xta:TransportReport out of the body.
func readReport(body *node) (Report, error) {
	r := &metaReader{}
	n := r.one(body, nsXTA, "TransportReport")
	status := r.one(n, nsXTA, "MessageStatus")
	value := r.one(status, nsXTA, "Status")
	meta := r.one(n, nsMeta, "MessageMetaData")
	if r.err != nil {
		return Report{}, r.err
	}
	report := Report{Server: r.opt(n, nsXTA, "XTAServerIdentity").value()}
	var err error
	if report.MetaData, err = readMeta(meta); err != nil {
		return Report{}, err
	}
	if report.Status, err = strconv.Atoi(value.value()); err != nil || report.Status < StatusOpen || report.Status > StatusRed {
		return Report{}, errors.New("status is none of 0 to 3")
	}
	if t := r.opt(n, nsXTA, "ReportTime"); t != nil {
		if report.Time, err = parseDateTime(t.value()); err != nil {
			return Report{}, errors.New("report time is no dateTime")
		}
	}
	report.Errors = readRecords(r.opt(status, nsXTA, "ErrorList"), "Error")
	report.Warnings = readRecords(r.opt(status, nsXTA, "WarnList"), "Warning")
	report.Infos = readRecords(r.opt(status, nsXTA, "InfoList"), "Info")
	return report, r.err
}

// readRecords is lenient: the records are for people.
func readRecords(list *node, name string) (records []Record) {
	if list == nil {
		return nil
	}
	for _, n := range list.all(nsXTA, name) {
		var r Record
		for _, k := range n.kids {
			switch k.name.Local {
			case "Timestamp":
				r.Time, _ = parseDateTime(k.value())
			case "Code":
				r.Code = readCode(k)
			case "Reason":
				r.Reason = k.value()
			}
		}
		records = append(records, r)
	}
	return records
}

// Evidence says that the report proves that the server took the message we sent: it is about ours (reader, message type,
// size as far as given) and carries InitialSend or Delivery, or it is closed. Status 0 alone proves nothing.
func (r Report) Evidence(sent MetaData) bool {
	m := r.MetaData
	ours := strings.EqualFold(m.MessageID, sent.MessageID) && m.Reader.Kennung == sent.Reader.Kennung &&
		(sent.Type.Code == "" || m.Type.Code == sent.Type.Code) && (m.Size == 0 || sent.Size == 0 || m.Size == sent.Size)
	return ours && (!m.InitialSend.IsZero() || !m.Delivery.IsZero() || r.Status != StatusOpen)
}

// box is the header osci:MsgBoxResponse.
type box struct {
	requestID string
	pending   int
	reason    string // why there is no message, "" if there is one
}

func readBox(a answer) (b box, err error) {
	boxes := a.header(nsOSCI, "MsgBoxResponse")
	if len(boxes) != 1 {
		return b, errors.New("not one MsgBoxResponse")
	}
	b.requestID = boxes[0].attr("MsgBoxRequestID")
	items, err := boxes[0].opt(nsOSCI, "ItemsPending")
	if err == nil && items != nil {
		if b.pending, err = strconv.Atoi(items.value()); b.pending < 0 {
			err = errors.New("negative")
		}
	}
	if err != nil {
		return b, errors.New("bad ItemsPending")
	}
	if none := boxes[0].all(nsOSCI, "NoMessageAvailable"); len(none) > 0 {
		b.reason = none[0].attr("reason")
	}
	return b, nil
}

// err is what an answer without a message means where a request id was named.
func (b box) err() error {
	switch b.reason {
	case "":
		return nil
	case reasonRequestID:
		return ErrRequestID
	}
	return ErrNoMessage
}

func readList(a answer) (List, error) {
	b, err := readBox(a)
	l := List{RequestID: b.requestID, Pending: b.pending}
	if err != nil {
		return List{}, err
	}
	list, err := a.body.opt(nsOSCI, "MsgStatusList")
	if err != nil || list == nil {
		return l, err // an empty mailbox may have no list
	}
	for _, n := range list.all(nsMeta, "MessageMetaData") {
		m, err := readMeta(n)
		if err != nil {
			return List{}, err
		}
		l.Items = append(l.Items, m)
	}
	return l, nil
}

func readMessage(a answer) (Message, error) {
	b, err := readBox(a)
	if err == nil && a.payload() == nil {
		err = b.err()
	}
	if err != nil {
		return Message{}, err
	}
	m, err := readAnswer(a)
	m.RequestID, m.Pending = b.requestID, b.pending
	return m, err
}

// readAnswer reads a message out of headers and body.
func readAnswer(a answer) (m Message, err error) {
	meta := a.header(nsMeta, "MessageMetaData")
	if len(meta) != 1 {
		return Message{}, errors.New("not one MessageMetaData")
	}
	if m.MetaData, err = readMeta(meta[0]); err != nil {
		return Message{}, err
	}
	m.Content, err = a.readContent()
	return m, err
}
