package xta_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/xta"
)

// TestATraceLeavesContentsOut: a whole exchange of a message that says who owes what, as a trace for the other side's people.
func TestATraceLeavesContentsOut(t *testing.T) {
	w := newWorld(t).listen()
	var trace bytes.Buffer
	client := func(traced *bytes.Buffer) *xta.Client {
		c := xta.NewClient(xta.ClientOptions{TLS: clientTLS(w.authorCert, w.ca.pool), Timeout: 20 * time.Second, Trace: traced})
		t.Cleanup(c.Close)
		return c
	}
	c := client(&trace)
	id, err := c.CreateMessageID(t.Context(), w.url+"/xta/management", author)
	check(t, err)
	const payload = "<nachricht>Schuldnerin Erika Mustermann, 100,00 EUR</nachricht>"
	md := metaData(id)
	md.Subject, md.ProcessRef = "Mustermann", xta.ProcessRef{Requester: "AZ-4711", ResponderProcess: "Vorgang-0815"}
	md.Properties = []xta.Property{{Key: xta.Code{List: "urn:x", Code: "k"}, Value: "Geheimnis"}}
	message := content(payload)
	message.Filename = "mustermann.xml"
	r, err := xta.Prepare(md, message, w.url+"/xta/send")
	check(t, err)
	check(t, c.Send(t.Context(), r))
	_, err = c.TransportReport(t.Context(), w.url+"/xta/management", author, id)
	check(t, err)
	_, err = c.TransportReport(t.Context(), w.url+"/xta/management", author, id+"0")
	if fault(err) == nil {
		t.Fatalf("a report on nothing: %v", err)
	}
	text := trace.String()
	for _, secret := range []string{"Mustermann", "mustermann", "AZ-4711", "Vorgang-0815", "Geheimnis", "Müster", "100,00", "Kreis B"} {
		if strings.Contains(text, secret) {
			t.Errorf("the trace says %q:\n%s", secret, text)
		}
	}
	for _, want := range []string{"POST " + w.url + "/xta/send", fmt.Sprintf("%d bytes, sha256 %x", len(payload), sha256.Sum256([]byte(payload))), id,
		"<oscimeta:Identifier", author.Kennung, "HTTP 200", "HTTP 500", "9070", "MessageID für den Account nicht bekannt.", "Content-Type: "} {
		if !strings.Contains(text, want) {
			t.Errorf("the trace does not say %q:\n%s", want, text)
		}
	}
	if n := strings.Count(text, "=== request "); n != 4 || strings.Count(text, "=== answer ") != 4 {
		t.Errorf("%d exchanges", n)
	}
}

// TestATraceOfWhatIsNoMessage: what cannot be read is shown by its size, never by its words.
func TestATraceOfWhatIsNoMessage(t *testing.T) {
	for name, tt := range map[string]struct{ contentType, body, want string }{
		"a page of a proxy":        {"text/html", "<p>Mustermann", "[no SOAP: 13 bytes"},
		"an envelope that breaks":  {soapType, `<s:Envelope xmlns:s="x"><a b="Mustermann">Mustermann</a><`, "not well-formed from here"},
		"a comment and a DOCTYPE":  {soapType, `<!DOCTYPE Mustermann><a><!-- Mustermann --></a>`, "bytes left out"},
		"base64 inside":            {soapType, `<a><Message>TXVzdGVybWFubg==</Message></a>`, "[16 characters]"},
		"a multipart without head": {multipartType, "--b\r\nMustermann\r\n--b--", "[no headers: "},
	} {
		t.Run(name, func(t *testing.T) {
			var trace bytes.Buffer
			_, s, ca := stub(t, reply(http.StatusOK, tt.contentType, tt.body))
			traced := xta.NewClient(xta.ClientOptions{TLS: clientTLS(ca.issue("client"), ca.pool), Timeout: 2 * time.Second, Trace: &trace})
			defer traced.Close()
			_ = traced.CheckAccountActive(t.Context(), s.URL, author)
			text := trace.String()
			if strings.Contains(text, "Mustermann") || strings.Contains(text, "TXVz") || !strings.Contains(text, tt.want) {
				t.Errorf("want %q:\n%s", tt.want, text)
			}
		})
	}
	var trace bytes.Buffer
	c := xta.NewClient(xta.ClientOptions{Trace: &trace})
	defer c.Close()
	if err := c.CheckAccountActive(t.Context(), "https://127.0.0.1:1/xta", author); err == nil || !strings.Contains(trace.String(), "=== no answer after") {
		t.Errorf("%v: %s", err, trace.String())
	}
}

const multipartType = `multipart/related; type="application/xop+xml"; boundary="b"`

// TestACertificateIsRenewedInUse: after Renew no connection that knows the old certificate is used, even one that was busy meanwhile.
func TestACertificateIsRenewedInUse(t *testing.T) {
	w := newWorld(t).listen()
	c := w.client(w.authorCert)
	url := w.url + "/xta/management"
	check(t, c.CheckAccountActive(t.Context(), url, author))
	c.Renew(clientTLS(w.readerCert, w.ca.pool))
	if err := c.CheckAccountActive(t.Context(), url, author); fault(err) == nil || fault(err).Code != 9014 {
		t.Errorf("still the old certificate: %v", err)
	}
	check(t, c.CheckAccountActive(t.Context(), url, reader))
	c.Renew(clientTLS(w.authorCert, newAuthority(t).pool))
	if err := c.CheckAccountActive(t.Context(), url, author); err == nil || fault(err) != nil {
		t.Errorf("a server of the old CA was trusted: %v", err)
	}
}
