package xta_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/xta"
)

// answerOf gives status and body of a plain request.
func (w *world) answerOf(path, body string) (int, string) {
	w.t.Helper()
	resp := w.post(path, soapType, []byte(body))
	b, err := io.ReadAll(resp.Body)
	check(w.t, err)
	return resp.StatusCode, string(b)
}

func TestWSAddressingFaults(t *testing.T) {
	w := newWorld(t)
	action := "<wsa:Action>" + checkAccount + "</wsa:Action>"
	id := "<wsa:MessageID>uuid:1</wsa:MessageID>"
	for _, tt := range []struct {
		name, contentType, path, envelope string
		want                              []string
	}{
		{"no addressing at all", soapType, "/xta/management", envelope("", ""),
			[]string{"s:Sender", "wsa:MessageAddressingHeaderRequired", "<wsa:ProblemHeaderQName>wsa:Action<", "Envelope xmlns"}},
		{"no message id", soapType, "/xta/management", envelope(action, ""),
			[]string{"wsa:MessageAddressingHeaderRequired", "<wsa:ProblemHeaderQName>wsa:MessageID<", "addressing/fault</wsa:Action>"}},
		{"an action twice", soapType, "/xta/management", envelope(action+action+id, ""),
			[]string{"wsa:InvalidAddressingHeader", "wsa:InvalidCardinality", "<wsa:ProblemHeaderQName>wsa:Action<", "<wsa:RelatesTo>uuid:1<"}},
		{"a message id twice", soapType, "/xta/management", envelope(action+id+id, ""),
			[]string{"wsa:InvalidCardinality", "<wsa:ProblemHeaderQName>wsa:MessageID<"}},
		{"another action in the media type", soapType + `; action="http://www.xta.de/XTA/SendMessage"`, "/xta/management", envelope(action+id, ""),
			[]string{"wsa:InvalidAddressingHeader", "wsa:ActionMismatch", "<wsa:ProblemHeaderQName>wsa:Action<"}},
		{"an answer somewhere else", soapType, "/xta/management", envelope(action+id+"<wsa:ReplyTo><wsa:Address>http://evil.example/</wsa:Address></wsa:ReplyTo>", ""),
			[]string{"wsa:OnlyAnonymousAddressSupported", "<wsa:ProblemHeaderQName>wsa:ReplyTo<"}},
		{"a header that must be understood", soapType, "/xta/management", envelope(action+id+`<x:y xmlns:x="urn:x" s:mustUnderstand="1"/>`, ""),
			[]string{"s:MustUnderstand", `qname="h:y" xmlns:h="urn:x"`, "soap/fault</wsa:Action>"}},
		{"one without namespace", soapType, "/xta/management", envelope(action+id+`<y s:mustUnderstand="true"/>`, ""),
			[]string{"s:MustUnderstand", `qname="y"`}},
		{"an unknown operation", soapType, "/xta/management", envelope(addressing("urn:nothing\"x"), ""),
			[]string{"wsa:ActionNotSupported", "<wsa:ProblemAction><wsa:Action>urn:nothing&quot;x</wsa:Action>"}},
		{"an operation of another port", soapType, "/xta/msgbox", envelope(addressing(checkAccount), ""), []string{"wsa:ActionNotSupported"}},
		{"SOAP 1.1 in a SOAP 1.2 media type", soapType, "/xta/send", `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>`,
			[]string{"s:VersionMismatch"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := w.post(tt.path, tt.contentType, []byte(tt.envelope))
			b, err := io.ReadAll(resp.Body)
			check(t, err)
			if resp.StatusCode != http.StatusInternalServerError || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/soap+xml") {
				t.Errorf("status %d, %s", resp.StatusCode, resp.Header.Get("Content-Type"))
			}
			for _, want := range tt.want {
				if !strings.Contains(string(b), want) {
					t.Errorf("no %q in %s", want, b)
				}
			}
		})
	}
	if _, b := w.answerOf("/xta/management", envelope("", "")); strings.Contains(b, "s:Header") {
		t.Error("a request without addressing got headers")
	}
	validate(t, w.records.list)
}

func TestMediaTypes(t *testing.T) {
	w := newWorld(t)
	request := soap(checkAccount, author.Kennung, "")
	for _, tt := range []struct {
		name, contentType string
		status            int
	}{
		{"SOAP 1.2", soapType, 200},
		{"with the right action", soapType + `; action="` + checkAccount + `"`, 200},
		{"SOAP 1.1", "text/xml; charset=utf-8", 415},
		{"another character set", "application/soap+xml; charset=iso-8859-1", 415},
		{"no type", "", 415},
		{"multipart without boundary", `multipart/related; type="application/xop+xml"`, 415},
		{"multipart of something else", `multipart/related; type="text/xml"; boundary="x"`, 415},
		{"SOAP 1.1 with attachments", `multipart/related; type="application/xop+xml"; boundary="x"; start-info="text/xml"`, 415},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if resp := w.post("/xta/management", tt.contentType, []byte(request)); resp.StatusCode != tt.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.status)
			}
		})
	}
}

// order is a sendMessage with a MessageMetaData whose pieces a row may change.
func order(id string, change ...string) string {
	meta := `<oscimeta:MessageMetaData TestMsg="true"><oscimeta:DeliveryAttributes/>` +
		`<oscimeta:Originators><oscimeta:Author><oscimeta:Identifier type="xoev">` + author.Kennung + `</oscimeta:Identifier></oscimeta:Author></oscimeta:Originators>` +
		`<oscimeta:Destinations><oscimeta:Reader><oscimeta:Identifier type="xoev">` + reader.Kennung + `</oscimeta:Identifier></oscimeta:Reader></oscimeta:Destinations>` +
		`<oscimeta:MsgIdentification><wsa:MessageID>` + id + `</wsa:MessageID></oscimeta:MsgIdentification>` +
		`<oscimeta:Qualifier><oscimeta:Service>` + xta.ServiceURI + `</oscimeta:Service><oscimeta:BusinessScenario><oscimeta:Undefined>X</oscimeta:Undefined></oscimeta:BusinessScenario>` +
		`<oscimeta:MessageType listURI="urn:l" listVersionID="1" payloadSchema="urn:p"><code>c</code></oscimeta:MessageType></oscimeta:Qualifier></oscimeta:MessageMetaData>`
	body := `<xta:GenericContentContainer><xta:ContentContainer><xta:Message contentType="application/xml">PGEvPg==</xta:Message></xta:ContentContainer></xta:GenericContentContainer>`
	return strings.NewReplacer(change...).Replace(envelope(addressing(sendMessage)+meta, body))
}

func (w *world) issue() string {
	w.t.Helper()
	status, b := w.answerOf("/xta/management", soap(createMessageID, author.Kennung, ""))
	_, rest, _ := strings.Cut(b, "<wsa:MessageID>urn:de:")
	id, _, ok := strings.Cut(rest, "<")
	if status != 200 || !ok {
		w.t.Fatalf("create message id: %d %s", status, b)
	}
	return "urn:de:" + id
}

// delivery puts one delivery attribute into an order.
func delivery(name, value string) []string {
	return []string{"<oscimeta:DeliveryAttributes/>", "<oscimeta:DeliveryAttributes><oscimeta:" + name + ">" + value + "</oscimeta:" + name + "></oscimeta:DeliveryAttributes>"}
}

func TestOrdersThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name   string
		change []string
		code   int
	}{
		{"a good one", nil, 0},
		{"with an empty token container", []string{"</s:Header>", `<osci:X509TokenContainer/></s:Header>`}, 0},
		{"with a nil token container", []string{"</s:Header>", `<osci:X509TokenContainer xsi:nil="true"/></s:Header>`}, 0},
		{"without scenario", []string{"<oscimeta:BusinessScenario><oscimeta:Undefined>X</oscimeta:Undefined></oscimeta:BusinessScenario>", ""}, 0},
		{"without the type of an identifier", []string{` type="xoev"`, ""}, 0},
		{"with a code in a namespace", []string{"<code>", "<oscimeta:code>", "</code>", "</oscimeta:code>"}, 0},
		{"broken base64 lines", []string{"PGEvPg==", "PGE\n\tvPg =="}, 0},
		{"a foreign author", []string{author.Kennung, reader.Kennung}, 9014},
		{"an unknown author", []string{author.Kennung, "kka:niemand"}, 9012},
		{"a service that is not booked", []string{xta.ServiceURI, "urn:other"}, 9013},
		{"no metadata", []string{"oscimeta:MessageMetaData", "oscimeta:Nothing"}, 9020},
		{"half the metadata", []string{"oscimeta:MsgIdentification", "oscimeta:Nothing"}, 9022},
		{"an origin that is no time", []string{"<oscimeta:DeliveryAttributes/>", "<oscimeta:DeliveryAttributes><oscimeta:Origin>heute</oscimeta:Origin></oscimeta:DeliveryAttributes>"}, 9022},
		{"two destinations", []string{"</oscimeta:MessageMetaData>", "<oscimeta:Destinations/></oscimeta:MessageMetaData>"}, 9022},
		{"no payload schema", []string{`payloadSchema="urn:p"`, ""}, 9022},
		{"a reader without mailbox", []string{reader.Kennung, "vob:woanders"}, 9022},
		{"a date that is far away", delivery("NotBefore", "9999-01-01T00:00:00Z"), 9022},
		{"a date before all time", delivery("NotBefore", "0002-01-01T00:00:00Z"), 0},
		{"what was over yesterday", delivery("ObsoleteAfter", time.Now().AddDate(0, 0, -1).Format(time.DateOnly)), 9022},
		{"what is over tonight", delivery("ObsoleteAfter", time.Now().UTC().Format(time.DateOnly)), 0},
		{"what is never over", delivery("ObsoleteAfter", "9999-12-31"), 0},
		{"a date with a zone", delivery("ObsoleteAfter", "2199-12-31+01:00"), 0},
		{"no date", delivery("ObsoleteAfter", "Silvester"), 9022},
		{"an id we never issued", []string{"messageid:demo-a:", "messageid:demo-b:"}, 9022},
		{"no container", []string{"xta:GenericContentContainer", "xta:Nothing"}, 9022},
		{"an empty body", []string{`<s:Body><xta:GenericContentContainer><xta:ContentContainer><xta:Message contentType="application/xml">PGEvPg==</xta:Message></xta:ContentContainer></xta:GenericContentContainer>`, "<s:Body>"}, 9020},
		{"no content type", []string{`contentType="application/xml"`, ""}, 9022},
		{"no base64", []string{"PGEvPg==", "PGEvPg"}, 9022},
		{"two messages", []string{"</xta:ContentContainer>", `<xta:Message contentType="a/b"/></xta:ContentContainer>`}, 9022},
		{"an encrypted one beside it", []string{"<xta:ContentContainer>", `<e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#"/><xta:ContentContainer>`}, 9022},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, b := w.answerOf("/xta/send", order(w.issue(), tt.change...))
			if tt.code == 0 && status != 200 || tt.code != 0 && (status != 500 || !strings.Contains(b, "<code>"+strconv.Itoa(tt.code)+"</code>")) {
				t.Errorf("%d %s, want %d", status, b, tt.code)
			}
		})
	}
	validate(t, w.records.list)
}

func TestEveryExceptionArrivesAsItWasMeant(t *testing.T) {
	ctx := context.Background()
	var refuse error
	w := newWorld(t, func(o *xta.ServerOptions) {
		o.Accept = func(context.Context, xta.MetaData, xta.Content) error { return refuse }
	}).listen()
	c := w.client(w.authorCert)
	for _, code := range []int{9000, 9010, 9011, 9012, 9013, 9014, 9020, 9021, 9022, 9023, 9024, 9030, 9031, 9032, 9050, 9051,
		9052, 9060, 9070, 9080, 9081, 9100, 9101} {
		id, err := c.CreateMessageID(ctx, w.url+"/xta/management", author)
		check(t, err)
		r, err := xta.Prepare(metaData(id), content("<a/>"), w.url+"/xta/send")
		check(t, err)
		want := xta.Refuse(code, "")
		refuse = want
		f := fault(c.Send(ctx, r))
		if f == nil || f.Code != code || f.Name != want.Name || f.Text != want.Text || f.Value != want.Value {
			t.Errorf("%d arrived as %+v", code, f)
		}
		if f.Temporary() != (code >= 9030 && code <= 9032) || f.Used() != (code == 9024) || f.Unknown() != (code == 9070) {
			t.Errorf("%d is judged wrongly", code)
		}
		refuse = nil
		if err := c.Send(ctx, r); err != nil { // a failed first frees the id
			t.Errorf("after %d: %v", code, err)
		}
	}
	refuse = errors.New("a disk is full")
	id, err := c.CreateMessageID(ctx, w.url+"/xta/management", author)
	check(t, err)
	r, err := xta.Prepare(metaData(id), content("<a/>"), w.url+"/xta/send")
	check(t, err)
	if f := fault(c.Send(ctx, r)); f == nil || f.Code != 9030 || f.Refused() {
		t.Errorf("an inner error arrived as %+v", f)
	}
	validate(t, w.records.list)
}

func TestAccountOfACertificateWithOneKennungNeedsNoAuthor(t *testing.T) {
	w := newWorld(t)
	if status, b := w.answerOf("/xta/management", soap(checkAccount, "", "")); status != 200 {
		t.Errorf("%d %s", status, b)
	}
	resp := w.postAs(w.readerCert, "/xta/management", soapType, strings.NewReader(soap(checkAccount, "", "")))
	if resp.StatusCode != 500 {
		t.Error("a certificate for two kennungen acted without naming one")
	}
}

func TestAnIDServesOnlyTheAccountItWasIssuedTo(t *testing.T) {
	w := newWorld(t)
	request := order(w.issue(), author.Kennung, reader.Kennung)
	for _, name := range []string{"while it is issued", "when it is stored"} {
		resp := w.postAs(w.readerCert, "/xta/send", soapType, strings.NewReader(request))
		b, err := io.ReadAll(resp.Body)
		check(t, err)
		if !strings.Contains(string(b), "<code>9022</code>") {
			t.Errorf("%s: %s", name, b)
		}
		_, id, _ := strings.Cut(request, "<wsa:MessageID>urn:de:")
		id, _, _ = strings.Cut(id, "<")
		w.answerOf("/xta/send", order("urn:de:"+id))
	}
	if e := w.entries(); len(e) != 1 || e[0].State != xta.MailStored || e[0].Author != author.Kennung {
		t.Errorf("entries %+v", e)
	}
}
