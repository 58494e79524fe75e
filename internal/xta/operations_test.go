package xta_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/xta"
)

var actionOf = regexp.MustCompile(`<wsa:Action[^>]*>([^<]*)<`)

// TestAllTwelveOperations: our client calls our server, every request and every answer is valid against the original schemas, and
// none of the operations is left out.
func TestAllTwelveOperations(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t)
	w.capture()
	sender, receiver := w.client(w.authorCert), w.client(w.readerCert)
	management, send, box := w.url+"/xta/management", w.url+"/xta/send", w.url+"/xta/msgbox"

	check(t, sender.CheckAccountActive(ctx, management, author))
	_, err := sender.LookupService(ctx, management, author, reader, xta.ServiceURI)
	check(t, err)
	var ids []string
	for i := range 3 {
		md := w.send(sender, fmt.Sprintf("<nachricht>%d</nachricht>", i))
		ids = append(ids, md.MessageID)
	}
	id, err := sender.CreateMessageID(ctx, management, author)
	check(t, err)
	r, err := xta.PrepareSync(metaData(id), content("<frage/>"), send)
	check(t, err)
	if _, err := sender.SendSync(ctx, r); fault(err) == nil || fault(err).Code != 9080 || fault(err).Name != "SyncAsyncException" {
		t.Errorf("sendMessageSync: %v, want 9080", err)
	}
	later := metaData(id)
	later.NotBefore = time.Now().Add(time.Hour)
	r, err = xta.Prepare(later, content("<spaeter/>"), send)
	check(t, err)
	check(t, sender.Send(ctx, r)) // a refused sendMessageSync does not use up the id
	check(t, sender.CancelMessage(ctx, management, author, id))
	if err := sender.CancelMessage(ctx, management, author, ids[0]); fault(err) == nil || fault(err).Code != 9101 {
		t.Errorf("cancelling what is delivered: %v, want 9101", err)
	}

	list, err := receiver.SelectedList(ctx, box, reader, xta.Selector{Max: 1, New: true, From: time.Now().Add(-time.Hour), To: time.Now().Add(time.Hour)})
	check(t, err)
	for i := 1; i < 3; i++ {
		next, err := receiver.NextStatusList(ctx, box, reader, list.RequestID, ids[i-1])
		if err != nil || len(next.Items) != 1 || next.Items[0].MessageID != ids[i] || next.Pending != 2-i {
			t.Fatalf("next list %d: %+v, %v", i, next, err)
		}
	}
	if end, err := receiver.NextStatusList(ctx, box, reader, list.RequestID, ids[2]); err != nil || len(end.Items) != 0 {
		t.Errorf("behind the last list: %+v, %v", end, err)
	}
	last := ""
	for i, id := range ids {
		m, err := receiver.NextMessage(ctx, box, reader, list.RequestID, last)
		if err != nil || m.MetaData.MessageID != id || m.RequestID != list.RequestID || string(all(t, m.Content.Data)) != fmt.Sprintf("<nachricht>%d</nachricht>", i) {
			t.Fatalf("next message %d: %+v, %v", i, m.MetaData, err)
		}
		check(t, m.Release())
		last = id
	}
	if _, err := receiver.NextMessage(ctx, box, reader, list.RequestID, last); !errors.Is(err, xta.ErrNoMessage) {
		t.Errorf("behind the last message: %v", err)
	}
	if _, err := receiver.NextMessage(ctx, box, reader, "urn:x", ""); !errors.Is(err, xta.ErrRequestID) {
		t.Errorf("message of an unknown request: %v", err)
	}
	_, err = receiver.GetMessage(ctx, box, reader, ids[0])
	check(t, err)
	check(t, receiver.CloseMessage(ctx, box, reader, list.RequestID, ids[0]))
	if report, err := sender.TransportReport(ctx, management, author, ids[0]); err != nil || report.Status != xta.StatusGreen {
		t.Errorf("report: %+v, %v", report, err)
	}

	seen := map[string]int{}
	for _, m := range w.records.list {
		if a := actionOf.FindSubmatch(inline(t, m)); a != nil {
			seen[string(a[1])]++
		}
	}
	for action, name := range xta.Operations() {
		if seen[action] < 2 {
			t.Errorf("%s: %d messages, want request and answer", name, seen[action])
		}
	}
	if n := len(xta.Operations()); n != 12 {
		t.Errorf("%d operations", n)
	}
	validate(t, w.records.list)
}

// TestEveryFaultIsWrittenAndRead: each code, in both forms, valid, and understood by our client.
func TestEveryFaultIsWrittenAndRead(t *testing.T) {
	code := 0
	w := newWorld(t, func(o *xta.ServerOptions) {
		o.Accept = func(context.Context, xta.MetaData, xta.Content) error {
			return xta.Refuse(code, "Mit <Einzelheit> & Umlaut ä.")
		}
	})
	w.listen()
	c := w.client(w.authorCert)
	id := w.issue()
	r, err := xta.Prepare(metaData(id), content("<a/>"), w.url+"/xta/send")
	check(t, err)
	for n, name := range xta.Exceptions() {
		code = n
		if f := fault(c.Send(t.Context(), r)); f == nil || f.Code != n || f.Name != name || f.HTTP != 500 || f.Text == "" {
			t.Errorf("%d: %+v", n, f)
		}
		if status, b := w.answerOf("/xta/send", order(id)); status != 500 || !strings.Contains(b, fmt.Sprintf("<code>%d</code>", n)) {
			t.Errorf("%d in plain form: %d %s", n, status, b)
		}
	}
	validate(t, w.records.list)
}

// TestSendMessageSyncIsCheckedFirst: what is wrong with the order is said before the service's kind.
func TestSendMessageSyncIsCheckedFirst(t *testing.T) {
	w := newWorld(t)
	id, used := w.issue(), w.issue()
	if status, b := w.answerOf("/xta/send", order(used)); status != 200 {
		t.Fatal(b)
	}
	const sync = sendMessage + "Sync"
	for _, tt := range []struct {
		name string
		body string
		code string
	}{
		{"a good order", order(id, sendMessage+"<", sync+"<"), "9080"},
		{"without metadata", envelope(addressing(sync), ""), "9020"},
		{"of somebody else", order(id, sendMessage+"<", sync+"<", author.Kennung, reader.Kennung), "9014"},
		{"to nobody", order(id, sendMessage+"<", sync+"<", reader.Kennung, "vob:0"), "9022"},
		{"with a used id", order(used, sendMessage+"<", sync+"<"), "9024"},
		{"with an id of nobody", order("urn:x", sendMessage+"<", sync+"<"), "9022"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if status, b := w.answerOf("/xta/send", tt.body); status != 500 || !strings.Contains(b, "<code>"+tt.code+"</code>") || !strings.Contains(b, ">"+sync+"<") {
				t.Errorf("%d %s, want %s", status, b, tt.code)
			}
		})
	}
	validate(t, w.records.list)
}

// TestClientReadsAnAnsweringMessage: XTA 2.1.1 sendMessageSync of a server that offers it, in both forms.
func TestClientReadsAnAnsweringMessage(t *testing.T) {
	sample, err := os.ReadFile(filepath.Join("testdata", "samples", "05-sendMessageSync-response.xml"))
	check(t, err)
	sample = regexp.MustCompile(`\s*<wsa:RelatesTo>[^<]*</wsa:RelatesTo>`).ReplaceAll(sample, nil) // some servers leave it out
	text := regexp.MustCompile(`(<xta:Attachment [^>]*>)[^<]*<`)
	for name, answer := range map[string]http.HandlerFunc{
		"plain": reply(200, soapType, string(sample)),
		"MTOM": reply(200, mtom, partOf("root", string(text.ReplaceAll(sample, []byte(`${1}<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:a%40b"/><`))))+
			partOf("a@b", "%PDF-1.4\n")+"--b--"),
	} {
		t.Run(name, func(t *testing.T) {
			c, s, _ := stub(t, answer)
			r, err := xta.PrepareSync(metaData(fixedID), content("<frage/>"), s.URL)
			check(t, err)
			m, err := c.SendSync(t.Context(), r)
			check(t, err)
			if m.MetaData.Type.Code != "baugenehmigung.rueckmeldung.0201" || len(m.MetaData.InReplyTo) != 1 || !bytes.HasPrefix(all(t, m.Content.Data), []byte("<?xml")) ||
				len(m.Content.Attachments) != 1 || string(all(t, m.Content.Attachments[0].Data)) != "%PDF-1.4\n" {
				t.Errorf("%+v", m)
			}
			check(t, m.Release())
		})
	}
	c, s, _ := stub(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", soapType)
		_, _ = io.WriteString(w, envelope("", ""))
	})
	r, err := xta.PrepareSync(metaData(fixedID), content("<frage/>"), s.URL)
	check(t, err)
	_, err = c.SendSync(t.Context(), r)
	if failed, ok := errors.AsType[*xta.SendError](err); !ok || !failed.Written {
		t.Errorf("an answer without message: %v, want an unknown outcome", err)
	}
}
