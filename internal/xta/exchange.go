package xta

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
)

// exchange is one request on its way to an answer.
type exchange struct {
	server  *Server
	port    port
	media   media
	request *http.Request
	tray    *tray
	packet  packet // what could be read of it
	unread  error  // why it could not be read to its end

	envelope  *envelope
	addressed bool   // the request had WS-Addressing headers at all
	action    string // wsa:Action
	messageID string // the SOAP header's, for RelatesTo
}

// reply is the successful answer of an operation; nil functions write nothing.
type reply struct {
	header, body func(*outgoing)
}

// operation is one row of the dispatch table.
type operation struct {
	name string
	port port
	call func(*exchange, context.Context) (reply, error)
}

// operations are told apart by action, never by body: several bodies are alike (xta.md 5). They are the twelve of the WSDL.
var operations = map[string]operation{
	actionCheckAccountActive: {"checkAccountActive", managementPort, (*exchange).checkAccountActive},
	actionLookupService:      {"lookupService", managementPort, (*exchange).lookupService},
	actionCreateMessageID:    {"createMessageId", managementPort, (*exchange).createMessageID},
	actionCancelMessage:      {"cancelMessage", managementPort, (*exchange).cancelMessage},
	actionTransportReport:    {"getTransportReport", managementPort, (*exchange).transportReport},
	actionSendMessage:        {"sendMessage", sendPort, (*exchange).sendMessage},
	actionSendMessageSync:    {"sendMessageSync", sendPort, (*exchange).sendMessageSync},
	actionStatusList:         {"getStatusList", msgBoxPort, (*exchange).statusList},
	actionNextList:           {"getNextStatusList", msgBoxPort, (*exchange).nextStatusList},
	actionGetMessage:         {"getMessage", msgBoxPort, (*exchange).getMessage},
	actionNextMessage:        {"getNextMessage", msgBoxPort, (*exchange).nextMessage},
	actionClose:              {"close", msgBoxPort, (*exchange).closeMessages},
}

// answer does what the request asks and writes the answer in the form of the request.
func (x *exchange) answer(ctx context.Context) (bundle, int) {
	r, err := x.perform(ctx)
	if err == nil {
		return x.success(r), http.StatusOK
	}
	fault, ok := errors.AsType[*Fault](err)
	if !ok {
		x.server.o.Logger.Error("xta operation failed", "operation", operations[x.action].name, "err", err)
		fault = Refuse(9030, "")
	}
	return x.failure(fault), http.StatusInternalServerError
}

func (x *exchange) perform(ctx context.Context) (reply, error) {
	switch {
	case x.tray.failed != nil:
		return reply{}, x.tray.failed
	case errors.Is(x.unread, errOver), errors.Is(x.unread, errBigEnvelope):
		x.glance()
		return reply{}, Refuse(9023, "")
	case x.unread != nil && x.media.multipart:
		return reply{}, malformed("Die MTOM-Nachricht ist nicht lesbar: " + x.unread.Error())
	case x.unread != nil:
		return reply{}, malformed("Der SOAP-Umschlag ist nicht lesbar: " + x.unread.Error())
	}
	release, err := x.server.parsing.forEnvelope(ctx, len(x.packet.envelope))
	if err != nil {
		return reply{}, err
	}
	defer release()
	if x.envelope, err = parseEnvelope(x.packet); err != nil {
		if errors.Is(err, errVersion) {
			return reply{}, &Fault{Value: "VersionMismatch", reason: "Erwartet wird SOAP 1.2."}
		}
		return reply{}, malformed("Der SOAP-Umschlag ist nicht lesbar: " + err.Error())
	}
	if fault := x.understand(); fault != nil {
		return reply{}, fault
	}
	op, ok := operations[x.action]
	if !ok || op.port != x.port {
		return reply{}, &Fault{Value: "Sender", Subcode: []string{"ActionNotSupported"}, reason: "Die Operation wird an diesem Port nicht angeboten."}
	}
	return op.call(x, ctx)
}

// glance reads what it can of a request that is too large, for the answer's headers.
func (x *exchange) glance() {
	e, err := parseEnvelope(x.packet)
	if err != nil {
		return
	}
	x.envelope = e
	_ = x.understand() // too large decides
}

// understand checks SOAP and WS-Addressing headers and finds the action (xta.md 3, 3.1).
func (x *exchange) understand() *Fault {
	for _, h := range x.envelope.headers {
		x.addressed = x.addressed || h.name.Space == nsWSA
	}
	if ids := x.envelope.header(nsWSA, "MessageID"); len(ids) == 1 {
		x.messageID = ids[0].value()
	}
	if actions := x.envelope.header(nsWSA, "Action"); len(actions) == 1 {
		x.action = actions[0].value()
	}
	if fault := notUnderstood(x.envelope.headers); fault != nil {
		return fault
	}
	for _, name := range []string{"Action", "MessageID", "To", "From", "ReplyTo", "FaultTo"} {
		if len(x.envelope.header(nsWSA, name)) > 1 {
			return addressing(name, "InvalidAddressingHeader", "InvalidCardinality")
		}
	}
	switch {
	case x.action == "":
		return addressing("Action", "MessageAddressingHeaderRequired")
	case x.messageID == "":
		return addressing("MessageID", "MessageAddressingHeaderRequired")
	}
	for _, action := range []string{x.media.action, x.media.startInfo, x.envelope.packet.rootAction()} {
		if action != "" && action != x.action {
			return addressing("Action", "InvalidAddressingHeader", "ActionMismatch")
		}
	}
	for _, name := range []string{"ReplyTo", "FaultTo"} {
		for _, h := range x.envelope.header(nsWSA, name) {
			if a := h.all(nsWSA, "Address"); len(a) != 1 || a[0].value() != anonymous {
				return addressing(name, "InvalidAddressingHeader", "OnlyAnonymousAddressSupported")
			}
		}
	}
	return nil
}

// notUnderstood finds a header for us that must be understood and is not (SOAP 1.2 part 1, 2.4).
func notUnderstood(headers []*node) *Fault {
	for _, h := range headers {
		if !isTrue(h.attrNS(nsSOAP, "mustUnderstand")) {
			continue
		}
		role := h.attrNS(nsSOAP, "role")
		forUs := role == "" || strings.HasSuffix(role, "/role/next") || strings.HasSuffix(role, "/role/ultimateReceiver")
		known := h.name.Space == nsWSA || h.is(nsMeta, "Author") || h.is(nsMeta, "MessageMetaData") || h.is(nsOSCI, "X509TokenContainer")
		if forUs && !known {
			return &Fault{Value: "MustUnderstand", reason: "Ein verpflichtender Header ist unbekannt.", missed: h.name}
		}
	}
	return nil
}

func (x *exchange) certificate() *x509.Certificate {
	if x.request.TLS == nil || len(x.request.TLS.PeerCertificates) == 0 {
		return nil
	}
	return x.request.TLS.PeerCertificates[0]
}

func (x *exchange) success(r reply) bundle {
	id := "urn:uuid:" + uuid()
	o := newOutgoing(x.media.multipart, x.action, id)
	o.Open("s:Header")
	o.relating(x.action, id, x.messageID)
	if r.header != nil {
		r.header(o)
	}
	o.End("s:Header")
	o.Open("s:Body")
	if r.body != nil {
		r.body(o)
	}
	o.End("s:Body")
	return o.finish()
}

// failure writes a fault. Its wsa:Action is that of the operation for XTA exceptions; a request without any WS-Addressing
// gets an answer without.
func (x *exchange) failure(f *Fault) bundle {
	id := "urn:uuid:" + uuid()
	action := actionSOAPFault
	_, known := operations[x.action] // another's text must not reach our media type
	switch {
	case f.Code != 0 && known:
		action = x.action
	case len(f.Subcode) > 0:
		action = actionWSAFault
	}
	o := newOutgoing(x.media.multipart, action, id)
	if x.addressed || f.Value == "MustUnderstand" {
		o.Open("s:Header")
		if x.addressed {
			o.relating(action, id, x.messageID)
		}
		switch {
		case f.missed.Space != "":
			o.Empty("s:NotUnderstood", "qname", "h:"+f.missed.Local, "xmlns:h", f.missed.Space)
		case f.missed.Local != "":
			o.Empty("s:NotUnderstood", "qname", f.missed.Local)
		}
		o.End("s:Header")
	}
	o.Open("s:Body")
	o.fault(f, x.action)
	o.End("s:Body")
	return o.finish()
}

// fault writes s:Fault (xta.md 7).
func (o *outgoing) fault(f *Fault, action string) {
	o.Open("s:Fault")
	o.Open("s:Code")
	o.Leaf("s:Value", "s:"+f.Value)
	for _, sub := range f.Subcode {
		o.Open("s:Subcode")
		o.Leaf("s:Value", "wsa:"+sub)
	}
	for range f.Subcode {
		o.End("s:Subcode")
	}
	o.End("s:Code")
	reason := f.reason
	if reason == "" {
		reason = f.Text
	}
	o.Open("s:Reason")
	o.Leaf("s:Text", reason, "xml:lang", "de")
	o.End("s:Reason")
	switch {
	case f.Code != 0:
		o.Open("s:Detail")
		o.Open("xta:" + f.Name)
		o.code("xta:errorCode", Code{List: "urn:de:xta:webservice:codeliste:fehlernummer", Version: "1.0", Code: codeText(f.Code), Name: f.Text})
		o.End("xta:" + f.Name)
		o.End("s:Detail")
	case f.Header != "":
		o.Open("s:Detail")
		o.Leaf("wsa:ProblemHeaderQName", "wsa:"+f.Header)
		o.End("s:Detail")
	case len(f.Subcode) > 0:
		o.Open("s:Detail")
		o.Open("wsa:ProblemAction")
		o.Leaf("wsa:Action", action)
		o.End("wsa:ProblemAction")
		o.End("s:Detail")
	}
	o.End("s:Fault")
}
