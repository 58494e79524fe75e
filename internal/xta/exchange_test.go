package xta_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xta"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// capture records the requests of the client as they arrive.
func (w *world) capture() {
	handler := w.server.Handler()
	w.records = &records{}
	record := w.records.record(handler)
	w.listenOn(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		check(w.t, err)
		w.records.add(message{r.Header.Get("Content-Type"), body})
		r.Body = io.NopCloser(bytes.NewReader(body))
		record.ServeHTTP(rw, r)
	}))
}

func TestFullExchangeOverMutualTLS(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	w.capture()
	sender, receiver := w.client(w.authorCert), w.client(w.readerCert)
	management, send, box := w.url+"/xta/management", w.url+"/xta/send", w.url+"/xta/msgbox"

	check(t, sender.CheckAccountActive(ctx, management, author))
	for service, want := range map[string]xta.Availability{xta.ServiceURI: xta.ServiceAvailable, "urn:other": xta.ServiceUnavailable} {
		if got, err := sender.LookupService(ctx, management, author, reader, service); err != nil || got.Availability != want {
			t.Errorf("LookupService(%s) = %v, %v; want %v", service, got, err, want)
		}
	}
	id, err := sender.CreateMessageID(ctx, management, author)
	check(t, err)
	if !strings.HasPrefix(id, "urn:de:xta:messageid:demo-a:") || len(id) > 100 {
		t.Errorf("message id %q", id)
	}
	if _, err := sender.TransportReport(ctx, management, author, id); !unknown(err) {
		t.Errorf("report of an issued id: %v, want 9070", err)
	}

	md, c := everything(id), content("<nachricht>Grüße\r\n--xta-</nachricht>")
	c.Attachments = []xta.Content{{ContentType: "application/pdf", Filename: "plan.pdf", Description: "Lageplan", ID: "a1", Lang: "de", Data: xta.Bytes("%PDF-1.4\x00\xff\r\n")}, {ContentType: "text/plain"}}
	r, err := xta.Prepare(md, c, send)
	check(t, err)
	check(t, sender.Send(ctx, r))
	if f := fault(sender.Send(ctx, r)); f == nil || !f.Used() || f.Refused() {
		t.Errorf("second send: %v, want 9024", f)
	}

	report, err := sender.TransportReport(ctx, management, author, id)
	check(t, err)
	if report.Status != xta.StatusOpen || !report.Evidence(md) || report.Evidence(metaDataFor(id, another)) || report.Server != "demo-a" {
		t.Errorf("open report: %+v", report)
	}
	list, err := receiver.StatusList(ctx, box, reader, 10)
	check(t, err)
	if len(list.Items) != 1 || list.Pending != 0 || list.RequestID == "" {
		t.Fatalf("list: %+v", list)
	}
	for range 2 { // repeatable before close
		m, err := receiver.GetMessage(ctx, box, reader, strings.ToUpper(id))
		check(t, err)
		if diff := cmp.Diff(c, m.Content, cmpopts.EquateEmpty(), byOctets(t)); diff != "" {
			t.Errorf("content: %s", diff)
		}
		want := md
		want.Size = c.Data.Size() + c.Attachments[0].Data.Size()
		want.InitialSend, want.Delivery, want.InitialFetch = m.MetaData.InitialSend, m.MetaData.Delivery, m.MetaData.InitialFetch
		if diff := cmp.Diff(want, m.MetaData); diff != "" {
			t.Errorf("metadata: %s", diff)
		}
		if m.MetaData.Delivery.IsZero() || m.MetaData.InitialFetch.IsZero() || !m.MetaData.Reception.IsZero() {
			t.Errorf("times: %+v", m.MetaData)
		}
	}
	check(t, receiver.CloseMessage(ctx, box, reader, list.RequestID, id))
	if err := receiver.CloseMessage(ctx, box, reader, "1", id); !unknown(err) {
		t.Errorf("second close: %v, want 9070", err)
	}
	if _, err := receiver.GetMessage(ctx, box, reader, id); !unknown(err) {
		t.Errorf("fetch after close: %v, want 9070", err)
	}
	for _, who := range []struct {
		client *xta.Client
		party  xta.Party
	}{{sender, author}, {receiver, reader}} {
		report, err := who.client.TransportReport(ctx, management, who.party, id)
		check(t, err)
		if report.Status != xta.StatusGreen || report.MetaData.Reception.IsZero() || len(report.Infos) != 3 {
			t.Errorf("closed report: %+v", report)
		}
	}
	if list, err := receiver.StatusList(ctx, box, reader, 10); err != nil || len(list.Items) != 0 {
		t.Errorf("list after close: %+v, %v", list, err)
	}
	validate(t, w.records.list)
}

// byOctets compares contents by what they are, not by where they lie.
func byOctets(t testing.TB) cmp.Option {
	return cmp.Comparer(func(a, b xta.Octets) bool { return bytes.Equal(all(t, a), all(t, b)) })
}

// everything is a MetaData with all that the schema knows and we keep.
func everything(id string) xta.MetaData {
	m := metaData(id)
	m.Author.Type, m.Reader.Type = "xoev", "xoev"
	m.ObsoleteAfter, m.ServiceQuality, m.Subject = "2027-01-31", "eilig", "Ersuchen <1> & mehr"
	m.NotBefore = origin.Add(-time.Hour)
	m.Sender = xta.Party{Kennung: "rz:demo-a", Type: "xoev"}
	m.ReplyTo = xta.Party{Kennung: "kka:antwort", Type: "XTA_ID", Name: "Antwort"}
	m.OtherReaders = []xta.Party{{Kennung: "x:1", Type: "xoev"}}
	m.CcReaders = []xta.Party{{Kennung: "x:2", Type: "xoev"}}
	m.InReplyTo = []string{"urn:de:xta:messageid:x:1", "urn:de:xta:messageid:x:2"}
	m.ProcessRef = xta.ProcessRef{Requester: "1/26", RequesterProcess: "v", Responder: "2/26"}
	m.Scenario = xta.Scenario{List: "urn:de:xta:codeliste:business.scenario", Version: "2", Code: "X_DATA"}
	m.Type.List, m.Type.Version = xta.MessageTypeList, xta.MessageTypeIssue
	m.Properties = []xta.Property{{Key: xta.Code{List: "urn:x", Version: "1", Code: "k", Name: "Name"}, Value: "v"}}
	return m
}

func metaDataFor(id string, to xta.Party) xta.MetaData {
	m := metaData(id)
	m.Reader = to
	return m
}

func fault(err error) *xta.Fault {
	f, _ := errors.AsType[*xta.Fault](err)
	return f
}

func unknown(err error) bool { f := fault(err); return f != nil && f.Unknown() }

func TestEveryoneSeesOnlyTheirOwnMessages(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t).listen()
	sender, receiver := w.client(w.authorCert), w.client(w.readerCert)
	md := w.send(sender, "<a/>")
	for _, tt := range []struct {
		name string
		call func() error
		code int
	}{
		{"another mailbox of the same account does not fetch it", func() error {
			_, err := receiver.GetMessage(ctx, w.url+"/xta/msgbox", another, md.MessageID)
			return err
		}, 9070},
		{"nor close it", func() error { return receiver.CloseMessage(ctx, w.url+"/xta/msgbox", another, "1", md.MessageID) }, 9070},
		{"nor see its report", func() error {
			_, err := receiver.TransportReport(ctx, w.url+"/xta/management", another, md.MessageID)
			return err
		}, 9070},
		{"the author may not fetch for the reader", func() error {
			_, err := sender.GetMessage(ctx, w.url+"/xta/msgbox", reader, md.MessageID)
			return err
		}, 9014},
		{"a stranger's certificate acts for nobody", func() error {
			return w.client(w.strangerCert).CheckAccountActive(ctx, w.url+"/xta/management", author)
		}, 9014},
		{"an unknown kennung has no account", func() error {
			return sender.CheckAccountActive(ctx, w.url+"/xta/management", xta.Party{Kennung: "kka:unbekannt"})
		}, 9012},
		{"a locked account is locked", func() error {
			return w.client(w.lockedCert).CheckAccountActive(ctx, w.url+"/xta/management", xta.Party{Kennung: "kka:gesperrt"})
		}, 9011},
		{"a closed message with others closes none", func() error {
			return receiver.CloseMessage(ctx, w.url+"/xta/msgbox", reader, "1", "urn:de:xta:messageid:x:y")
		}, 9070},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if f := fault(tt.call()); f == nil || f.Code != tt.code || f.HTTP != 500 {
				t.Errorf("fault = %v, want %d", f, tt.code)
			}
		})
	}
}

func TestListHoldsWhatIsAskedFor(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t).listen()
	sender, receiver := w.client(w.authorCert), w.client(w.readerCert)
	var ids []string
	for range 3 {
		ids = append(ids, w.send(sender, "<a/>").MessageID)
	}
	_, err := receiver.GetMessage(ctx, w.url+"/xta/msgbox", reader, ids[0])
	check(t, err)
	first, err := receiver.StatusList(ctx, w.url+"/xta/msgbox", reader, 2)
	check(t, err)
	if len(first.Items) != 2 || first.Pending != 1 || first.Items[0].MessageID != ids[0] {
		t.Errorf("list of 2 = %+v", first)
	}
	second, err := receiver.StatusList(ctx, w.url+"/xta/msgbox", reader, 2)
	check(t, err)
	if second.RequestID == first.RequestID {
		t.Error("two calls have one request id")
	}
	stamp := first.Items[1].Delivery.Format(time.RFC3339Nano)
	for _, tt := range []struct {
		name, attrs, selector, want string
	}{
		{"only the new ones", `newEntry="true"`, "", ids[1]},
		{"by id, in any case", "", "<wsa:MessageID>" + strings.ToUpper(ids[2]) + "</wsa:MessageID>", ids[2]},
		{"from an entry time on", "", "<osci:MsgBoxEntryTimeFrom>" + stamp + "</osci:MsgBoxEntryTimeFrom>", ids[1]},
		{"up to an entry time", "", "<osci:MsgBoxEntryTimeTo>" + stamp + "</osci:MsgBoxEntryTimeTo>", ids[0]},
		{"nothing of next year", "", "<osci:MsgBoxEntryTimeFrom>2199-01-01T00:00:00</osci:MsgBoxEntryTimeFrom>", "NoMatch"},
		{"no time at all", "", "<osci:MsgBoxEntryTimeFrom>gestern</osci:MsgBoxEntryTimeFrom>", "SearchArgsInvalid"},
		{"no relations", "", "<wsa:RelatesTo>urn:x</wsa:RelatesTo>", "SearchArgsInvalid"},
	} {
		for _, form := range []string{"MessageMetaData", "MsgAtrributes"} {
			t.Run(tt.name+" as "+form, func(t *testing.T) {
				body := `<osci:MsgBoxStatusListRequest ListForm="` + form + `"><osci:MsgSelector ` + tt.attrs + ">" + tt.selector +
					"</osci:MsgSelector></osci:MsgBoxStatusListRequest>"
				resp := w.postAs(w.readerCert, "/xta/msgbox", soapType, strings.NewReader(soap(statusList, reader.Kennung, body)))
				answer, err := io.ReadAll(resp.Body)
				check(t, err)
				if resp.StatusCode != 200 || !strings.Contains(string(answer), tt.want) {
					t.Errorf("%d %s, want %s", resp.StatusCode, answer, tt.want)
				}
			})
		}
	}
	validate(t, w.records.list)
}

func TestTestMessagesNeverReachProduction(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, func(o *xta.ServerOptions) {
		readers := o.Readers
		o.Readers = func(kennung string) (xta.Reader, bool) {
			if kennung == "vob:schulung" {
				return xta.Reader{Kennung: kennung, Betriebsart: amtshilfe.Schulung}, true
			}
			return readers(kennung)
		}
	}).listen()
	sender := w.client(w.authorCert)
	for _, tt := range []struct {
		name, reader string
		test, ok     bool
	}{
		{"a test message to a test mailbox", reader.Kennung, true, true},
		{"a real message to a test mailbox", reader.Kennung, false, false},
		{"a test message to a production mailbox", "vob:produktion", true, false},
		{"a real message to a production mailbox", "vob:produktion", false, true},
		{"a test message to a training mailbox", "vob:schulung", true, true},
		{"a real message to a training mailbox", "vob:schulung", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, err := sender.CreateMessageID(ctx, w.url+"/xta/management", author)
			check(t, err)
			md := metaDataFor(id, xta.Party{Kennung: tt.reader})
			md.Test = tt.test
			r, err := xta.Prepare(md, content("<a/>"), w.url+"/xta/send")
			check(t, err)
			f := fault(sender.Send(ctx, r))
			if tt.ok != (f == nil) || f != nil && (f.Code != 9022 || !f.Refused()) {
				t.Errorf("fault = %v, accepted want %v", f, tt.ok)
			}
		})
	}
}

func TestAnyTextSurvivesTheWire(t *testing.T) {
	w := newWorld(t)
	w.capture()
	id, err := w.client(w.authorCert).CreateMessageID(t.Context(), w.url+"/xta/management", author)
	check(t, err)
	md := metaData(id)
	md.Subject = "<&>\"' äöü ß \U0001F600 ]]> \u0001 \xff Zeile\r\n\tzwei"
	md.Author.Name = "A\tB\nC <\"'&>"
	r, err := xta.Prepare(md, content("<a/>"), w.url+"/xta/send")
	check(t, err)
	check(t, w.client(w.authorCert).Send(t.Context(), r))
	m, err := w.client(w.readerCert).GetMessage(t.Context(), w.url+"/xta/msgbox", reader, id)
	check(t, err)
	want := "<&>\"' äöü ß \U0001F600 ]]> \ufffd \ufffd Zeile\r\n\tzwei"
	if m.MetaData.Subject != want || m.MetaData.Author.Name != md.Author.Name {
		t.Errorf("subject %q, name %q", m.MetaData.Subject, m.MetaData.Author.Name)
	}
	validate(t, w.records.list)
}
