package xta_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"damtshilfe/internal/xta"
)

// The rows of the table of interoperability traps (xta.md 17) that are ours on the server's side; the numbers are its rows. Rows 2,
// 10 and 11 are in TestOrdersThatAreRefused, 17 and 18 in TestWSAddressingFaults, 9 in the replayed recordings.

// TestTrapsOfRequests: what other stacks send is taken.
func TestTrapsOfRequests(t *testing.T) {
	w := newWorld(t)
	good := order(w.issue())
	inner := strings.NewReplacer(`<oscimeta:MessageMetaData `, `<oscimeta:MessageMetaData xmlns:oscimeta="http://www.osci.eu/ws/2014/10/transport" xmlns:unused="urn:u" `,
		`<wsa:MessageID>urn:de`, `<MessageID xmlns="http://www.w3.org/2005/08/addressing">urn:de`, `</wsa:MessageID></oscimeta:MsgIdentification>`, `</MessageID></oscimeta:MsgIdentification>`,
		`<wsa:Action s:mustUnderstand="true">`, `<Action xmlns="http://www.w3.org/2005/08/addressing" xmlns:q="http://www.w3.org/2003/05/soap-envelope" q:mustUnderstand="1">`, `</wsa:Action>`, `</Action>`)
	for _, tt := range []struct {
		name, contentType, body string
	}{
		{"3: the header's MessageID is another than the message's", soapType, good},
		{"19: namespaces on inner elements, default ones, unused ones", soapType, inner.Replace(order(w.issue()))},
		{"26: an empty action in the media type", soapType + `; action=""`, order(w.issue())},
		{"26: the action of the media type", soapType + `; action="` + sendMessage + `"`, order(w.issue())},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := w.request(w.authorCert, "/xta/send", tt.contentType, strings.NewReader(tt.body))
			r.Header.Set("SOAPAction", `"urn:of-another-version"`) // SOAP 1.1's header means nothing
			rec := httptest.NewRecorder()
			w.server.Handler().ServeHTTP(rec, r)
			if b := rec.Body.String(); rec.Code != 200 || !strings.Contains(b, "<wsa:RelatesTo>uuid:1<") || !strings.Contains(b, "<wsa:Action>"+sendMessage+"<") {
				t.Errorf("%d %s", rec.Code, b)
			}
		})
	}
}

// TestTrapOfDoubleBase64: row 12. A content that is base64 already stays so; and row 20: its type is in the attribute, not at the part.
func TestTrapOfDoubleBase64(t *testing.T) {
	w := newWorld(t)
	text := base64.StdEncoding.EncodeToString([]byte("<a/>"))
	id := w.issue()
	include := order(id, "PGEvPg==", `<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:x%40y"/>`)
	if resp := w.post("/xta/send", mtom, []byte(partOf("root", include)+partOf("x@y", text)+"--b--")); resp.StatusCode != 200 {
		t.Fatalf("status %d", resp.StatusCode)
	}
	if _, c, err := w.mailbox.Read(t.Context(), id); err != nil || string(all(t, c.Data)) != text || c.ContentType != "application/xml" {
		t.Errorf("stored: %+v, %v", c, err)
	}
}

// TestTrapOfConstantRequestID: rows 13 and 14. The server takes any request id, the client names the real one.
func TestTrapOfConstantRequestID(t *testing.T) {
	w := newWorld(t)
	w.capture()
	md := w.send(w.client(w.authorCert), "<a/>")
	c := w.client(w.readerCert)
	list, err := c.StatusList(t.Context(), w.url+"/xta/msgbox", reader, 1)
	check(t, err)
	w.records.list = nil
	check(t, c.CloseMessage(t.Context(), w.url+"/xta/msgbox", reader, list.RequestID, md.MessageID))
	if sent := inline(t, w.records.list[0]); !bytes.Contains(sent, []byte(`MsgBoxRequestID="`+list.RequestID+`"`)) {
		t.Errorf("closed under another request id: %s", sent)
	}
	id := w.send(w.client(w.authorCert), "<b/>").MessageID
	body := `<osci:MsgBoxCloseRequest MsgBoxRequestID="1"><osci:LastMsgReceived>` + id + `</osci:LastMsgReceived></osci:MsgBoxCloseRequest>`
	if b := w.answerAs(w.readerCert, "/xta/msgbox", soap(closeAction, reader.Kennung, body)); strings.Contains(b, "Fault") {
		t.Errorf("%s", b)
	}
}

// TestTrapOfTheWrongPort: row 15, and row 1: every operation is found by its action, at its own port alone.
func TestTrapOfTheWrongPort(t *testing.T) {
	w := newWorld(t)
	for action, name := range xta.Operations() {
		served := 0
		for _, path := range []string{"/xta/management", "/xta/send", "/xta/msgbox"} {
			status, b := w.answerOf(path, soap(action, author.Kennung, ""))
			if !strings.Contains(b, "wsa:ActionNotSupported") {
				served++
				continue
			}
			if status != 500 || !strings.Contains(b, "<wsa:ProblemAction><wsa:Action>"+action+"<") {
				t.Errorf("%s at %s: %d %s", name, path, status, b)
			}
		}
		if served != 1 {
			t.Errorf("%s is served at %d ports", name, served)
		}
	}
	validate(t, w.records.list)
}

// TestTrapOfEmptyBodies: row 8. Every request of the client is multipart, with the action in its media type and in its root part.
func TestTrapOfEmptyBodies(t *testing.T) {
	c, s, _ := stub(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		const action = "http://www.xta.de/XTA/CheckAccountActive"
		head, _, _ := bytes.Cut(body, []byte("\r\n\r\n"))
		if typ := r.Header.Get("Content-Type"); !strings.HasPrefix(typ, "multipart/related; ") || !strings.Contains(typ, `action="`+action+`"`) ||
			!bytes.Contains(head, []byte(`action=\"`+action+`\"`)) || r.Header.Get("SOAPAction") != "" {
			w.WriteHeader(http.StatusUnsupportedMediaType)
			return
		}
		w.Header().Set("Content-Type", soapType)
		_, _ = io.WriteString(w, envelope("", "")) // row 27: no header at all in the answer
	})
	check(t, c.CheckAccountActive(t.Context(), s.URL, author))
}

// TestTrapsOfAnswers: rows 21 and 27, and what proxies and careless servers answer instead of SOAP.
func TestTrapsOfAnswers(t *testing.T) {
	detail := func(code, element string) string {
		return envelope("", `<s:Fault><s:Code><s:Value>s:`+code+`</s:Value></s:Code><s:Reason><s:Text xml:lang="en">x</s:Text></s:Reason><s:Detail><xta:`+element+
			`><xta:errorCode listURI="urn:x" listVersionID="1"><code>9012</code><name>Account nicht vorhanden.</name></xta:errorCode></xta:`+element+`></s:Detail></s:Fault>`)
	}
	for _, tt := range []struct {
		name              string
		status            int
		contentType, body string
		code, http        int
	}{
		{"21: the caller's error as Receiver", 500, soapType, detail("Receiver", "PermissionDeniedException"), 9012, 500},
		{"as Sender", 500, soapType, detail("Sender", "PermissionDeniedException"), 9012, 500},
		{"in another status", 400, soapType, detail("Receiver", "PermissionDeniedException"), 9012, 400},
		{"in status 200", 200, soapType, detail("Receiver", "PermissionDeniedException"), 9012, 200},
		{"in an element of another name", 500, soapType, detail("Receiver", "SomeException"), 9012, 500},
		{"with a code in a namespace", 500, soapType, strings.NewReplacer("<code>", "<xta:code>", "</code>", "</xta:code>").Replace(detail("Receiver", "PermissionDeniedException")), 9012, 500},
		{"a page of a proxy", 502, "text/html", "<html>", 0, 502},
		{"415 without anything", 415, "", "", 0, 415},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, s, _ := stub(t, reply(tt.status, tt.contentType, tt.body))
			f := fault(c.CheckAccountActive(t.Context(), s.URL, author))
			if f == nil || f.Code != tt.code || f.HTTP != tt.http {
				t.Errorf("%+v, want %d in status %d", f, tt.code, tt.http)
			}
		})
	}
}
