package xta_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/xta"
)

var update = flag.Bool("update", false, "write golden files")

const fixedID = "urn:de:xta:messageid:demo-a:000ca2fe-f4e1-45c2-8233-3a0eb760bd16"

func TestPrepareGivesTheSameBytesEachTime(t *testing.T) {
	const url = "https://xta.example.de/xta/send"
	r, err := xta.Prepare(metaData(fixedID), content("<nachricht/>"), url)
	check(t, err)
	again, err := xta.Prepare(metaData(fixedID), content("<nachricht/>"), url)
	check(t, err)
	if !bytes.Equal(all(t, r.Body), all(t, again.Body)) || r.ContentType != again.ContentType || r.SHA256 != again.SHA256 {
		t.Error("two preparations differ")
	}
	golden := filepath.Join("testdata", "prepare.golden")
	got := []byte(r.ContentType + "\n" + string(all(t, r.Body)))
	if *update {
		check(t, os.WriteFile(golden, got, 0o644))
	}
	want, err := os.ReadFile(golden)
	check(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("prepared bytes changed, so stored requests of older versions differ:\n%s", got)
	}
	// A content that holds the boundary moves the boundary.
	_, boundary, _ := strings.Cut(r.ContentType, `boundary="`)
	boundary, _, _ = strings.Cut(boundary, `"`)
	moved, err := xta.Prepare(metaData(fixedID), content("\r\n--"+boundary+"--\r\n"), url)
	check(t, err)
	if strings.Contains(moved.ContentType, boundary) {
		t.Error("the boundary occurs in the content")
	}
	validate(t, []message{{r.ContentType, all(t, r.Body)}, {moved.ContentType, all(t, moved.Body)}})
}

func TestPrepareRefusesHalfAMessage(t *testing.T) {
	for name, change := range map[string]func(*xta.MetaData){
		"without id":           func(m *xta.MetaData) { m.MessageID = "" },
		"with an id of blanks": func(m *xta.MetaData) { m.MessageID = "urn:x y" },
		"without origin":       func(m *xta.MetaData) { m.Origin = time.Time{} },
		"without author":       func(m *xta.MetaData) { m.Author.Kennung = "" },
		"without reader":       func(m *xta.MetaData) { m.Reader.Kennung = "" },
		"without type":         func(m *xta.MetaData) { m.Type.Code = "" },
		"without namespace":    func(m *xta.MetaData) { m.Type.PayloadSchema = "" },
	} {
		md := metaData(fixedID)
		change(&md)
		if _, err := xta.Prepare(md, content("<a/>"), "https://x/"); err == nil {
			t.Errorf("%s: prepared", name)
		}
	}
}

// stub answers with whatever f does.
func stub(t *testing.T, f http.HandlerFunc) (*xta.Client, *httptest.Server, *authority) {
	ca := newAuthority(t)
	s := httptest.NewUnstartedServer(f)
	s.TLS = serverTLS(ca.issue("localhost"), ca.pool)
	s.StartTLS()
	t.Cleanup(s.Close)
	c := xta.NewClient(xta.ClientOptions{TLS: clientTLS(ca.issue("client"), ca.pool), Timeout: 2 * time.Second})
	t.Cleanup(c.Close)
	return c, s, ca
}

func reply(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Location", "https://localhost/")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestSendSaysWhatIsKnown(t *testing.T) {
	soapFault := func(value, more string) string {
		return envelope("", "<s:Fault><s:Code><s:Value>s:"+value+"</s:Value>"+more+"</s:Code><s:Reason><s:Text xml:lang=\"de\">x</s:Text></s:Reason></s:Fault>")
	}
	for _, tt := range []struct {
		name               string
		serve              http.HandlerFunc
		written            bool
		isFault, temporary bool
	}{
		{"415 means nothing was taken", reply(415, "text/plain", ""), false, true, false},
		{"an error page of a proxy is temporary", reply(503, "text/html", "<p>"), true, true, true},
		{"too many requests is temporary", reply(429, "text/plain", ""), true, true, true},
		{"a wrong address is not", reply(404, "text/plain", ""), true, true, false},
		{"a redirect is not followed", reply(307, "text/plain", ""), true, true, false},
		{"a fault of the receiver is temporary", reply(500, soapType, soapFault("Receiver", "")), true, true, true},
		{"a fault of ours is not", reply(500, soapType, soapFault("Sender", "")), true, true, false},
		{"nor is a WS-Addressing fault", reply(500, soapType, soapFault("Receiver", "<s:Subcode><s:Value>wsa:ActionMismatch</s:Value></s:Subcode>")), true, true, false},
		{"an answer that is no SOAP leaves it open", reply(200, "text/html", "ok"), true, false, false},
		{"so does a broken envelope", reply(200, soapType, "<s:Envelope"), true, false, false},
		{"so does an answer to another request", reply(200, soapType, envelope("<wsa:RelatesTo>urn:other</wsa:RelatesTo>", "")), true, false, false},
		{"so does a connection cut before the answer", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		}, true, false, false},
		{"so does a connection cut in the answer", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Header().Set("Content-Type", soapType)
			_, _ = io.WriteString(w, "<s:Env")
		}, true, false, false},
		{"so does a server that is too slow", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, true, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, s, _ := stub(t, tt.serve)
			r, err := xta.Prepare(metaData(fixedID), content("<a/>"), s.URL+"/xta/send")
			check(t, err)
			err = c.Send(t.Context(), r)
			e, ok := errors.AsType[*xta.SendError](err)
			if !ok || e.Written != tt.written {
				t.Fatalf("%v, want written %v", err, tt.written)
			}
			f := fault(err)
			if (f != nil) != tt.isFault || f != nil && f.Temporary() != tt.temporary {
				t.Errorf("fault %+v", f)
			}
			if strings.Contains(err.Error(), "127.0.0.1:") && strings.Contains(err.Error(), "/xta/send") {
				t.Errorf("the error names the URL: %v", err)
			}
		})
	}
}

func TestEmptyAnswerInEitherFormIsSuccess(t *testing.T) {
	for _, body := range []string{envelope("", ""), "<?xml version='1.0'?>" + envelope(`<x xmlns="urn:x"/>`, "")} {
		c, s, _ := stub(t, reply(200, soapType, body))
		r, err := xta.Prepare(metaData(fixedID), content("<a/>"), s.URL)
		check(t, err)
		check(t, c.Send(t.Context(), r))
	}
}

func TestNothingIsSentToTheWrongServer(t *testing.T) {
	c, s, ca := stub(t, reply(200, soapType, envelope("", "")))
	host := strings.TrimPrefix(s.URL, "https://")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	closed.Close()
	stranger := newAuthority(t)
	for _, tt := range []struct {
		name, url string
		client    *xta.Client
		pins      []string
	}{
		{"nobody listens", "https://" + closed.Addr().String(), c, nil},
		{"not https", "http://" + host, c, nil},
		{"no URL", "://", c, nil},
		{"a certificate of another CA", s.URL, xta.NewClient(xta.ClientOptions{TLS: clientTLS(ca.issue("x"), stranger.pool)}), nil},
		{"a certificate for another name", strings.Replace(s.URL, "127.0.0.1", "127.0.0.2", 1), c, nil},
		{"a certificate that the directory does not name", s.URL, c, []string{strings.Repeat("00:", 31) + "00"}},
		{"a certificate of later", s.URL, xta.NewClient(xta.ClientOptions{TLS: clientTLS(ca.issue("x"), ca.pool), Now: func() time.Time { return time.Now().AddDate(1, 0, 0) }}), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.pins != nil {
				check(t, tt.client.Pin(tt.url, tt.pins))
				defer func() { check(t, tt.client.Pin(tt.url, nil)) }()
			}
			r, err := xta.Prepare(metaData(fixedID), content("<a/>"), tt.url)
			check(t, err)
			err = tt.client.Send(t.Context(), r)
			if e, ok := errors.AsType[*xta.SendError](err); !ok || e.Written {
				t.Errorf("%v, want an error with nothing sent", err)
			}
		})
	}
	leaf := s.TLS.Certificates[0].Leaf
	check(t, c.Pin(s.URL, []string{strings.ToUpper(certs.Fingerprint(leaf))}))
	if err := c.CheckAccountActive(t.Context(), s.URL, author); err != nil {
		t.Errorf("the pinned certificate: %v", err)
	}
}

func TestAServerGoneWrong(t *testing.T) {
	const secret = "Erika Mustermann"
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
	}{
		{"an answer without end is not read to the end", reply(200, soapType, strings.Repeat("<a>", 3<<20))},
		{"what is no HTTP is not repeated in the error", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			check(t, err)
			_, _ = io.WriteString(conn, secret+"\r\n\r\n")
			_ = conn.Close()
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, s, _ := stub(t, tt.answer)
			err := c.CheckAccountActive(t.Context(), s.URL, author)
			if err == nil || strings.Contains(err.Error(), secret) || len(err.Error()) > 200 {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAnAnswerMustBeAboutTheQuestion(t *testing.T) {
	other := strings.ReplaceAll(sample(t, "12-getTransportReport-response.xml"), "urn:uuid:00000018-0000-4000-8000-000000000018", "")
	other = strings.Replace(other, "<wsa:RelatesTo></wsa:RelatesTo>", "", 1)
	c, s, _ := stub(t, reply(200, soapType, other))
	if _, err := c.TransportReport(t.Context(), s.URL, author, "urn:de:xta:messageid:x:y"); err == nil {
		t.Error("a report about another message was taken")
	}
	r, err := c.TransportReport(t.Context(), s.URL, author, "urn:de:xta:messageid:CLEARINGSTELLEXY_Xta_01:000ca2fe-f4e1-45c2-8233-3a0eb760bd16")
	check(t, err)
	if r.Status != xta.StatusGreen || len(r.Infos) != 1 || r.Infos[0].Code.Code != "EXAMPLE_CODE" || r.MetaData.Scenario.Code != "XBAU_DATA" {
		t.Errorf("report %+v", r)
	}
}

func sample(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "samples", name))
	check(t, err)
	return string(b)
}

func TestEvidence(t *testing.T) {
	md := metaData(fixedID)
	md.Size = 100
	with := func(f func(*xta.Report)) xta.Report {
		r := xta.Report{MetaData: md}
		r.MetaData.Delivery = origin
		f(&r)
		return r
	}
	for _, tt := range []struct {
		name   string
		report xta.Report
		want   bool
	}{
		{"delivered is evidence", with(func(*xta.Report) {}), true},
		{"so is a closed report without times", with(func(r *xta.Report) { r.MetaData.Delivery = time.Time{}; r.Status = xta.StatusRed }), true},
		{"an open report without times is none", with(func(r *xta.Report) { r.MetaData.Delivery = time.Time{} }), false},
		{"a report without size is enough", with(func(r *xta.Report) { r.MetaData.Size = 0 }), true},
		{"another size is none", with(func(r *xta.Report) { r.MetaData.Size = 99 }), false},
		{"another reader is none", with(func(r *xta.Report) { r.MetaData.Reader = another }), false},
		{"another type is none", with(func(r *xta.Report) { r.MetaData.Type.Code = "x" }), false},
	} {
		if got := tt.report.Evidence(md); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

var relatesTo = regexp.MustCompile(`(<RelatesTo [^>]*>)[^<]*<`)

// recorded answers the client with a recorded response, related to the client's request.
func recorded(t *testing.T, name string) (*xta.Client, string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "wire", name))
	check(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
	check(t, err)
	body, err := io.ReadAll(resp.Body)
	check(t, err)
	c, s, _ := stub(t, func(w http.ResponseWriter, r *http.Request) {
		request, _ := io.ReadAll(r.Body)
		_, id, _ := strings.Cut(string(request), "<wsa:MessageID>")
		id, _, _ = strings.Cut(id, "<")
		w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
		w.WriteHeader(resp.StatusCode)
		_, _ = w.Write(relatesTo.ReplaceAll(body, []byte("${1}"+id+"<")))
	})
	return c, s.URL
}

func TestClientReadsWhatJAXWSWrites(t *testing.T) {
	ctx := context.Background()
	const id = "urn:de:xta:messageid:peer:9c72b5c0-eb49-4417-ab68-f592cf31cd23"
	c, url := recorded(t, "01-checkAccountActive-response.http")
	check(t, c.CheckAccountActive(ctx, url, author))
	c, url = recorded(t, "02-lookupService-response.http")
	if a, err := c.LookupService(ctx, url, author, reader, "urn:x"); err != nil || a.Availability != xta.ServiceAvailable {
		t.Errorf("lookup: %v, %v", a, err)
	}
	c, url = recorded(t, "03-createMessageId-response.http")
	if got, err := c.CreateMessageID(ctx, url, author); err != nil || got != id {
		t.Errorf("id: %q, %v", got, err)
	}
	r, err := xta.Prepare(metaData(id), content("<a/>"), url)
	check(t, err)
	c, r.URL = recorded(t, "04-sendMessage-response.http")
	check(t, c.Send(ctx, r))
	c, r.URL = recorded(t, "05-sendMessage-duplicate-fault9024-response.http")
	if f := fault(c.Send(ctx, r)); f == nil || !f.Used() || f.Name != "ParameterIsNotValidException" || f.Value != "Receiver" {
		t.Errorf("duplicate: %+v", f)
	}
	for name, status := range map[string]int{"06-getTransportReport-open": 0, "10-getTransportReport-green": 1} {
		c, url = recorded(t, name+"-response.http")
		if r, err := c.TransportReport(ctx, url, author, id); err != nil || r.Status != status || r.MetaData.Author.Kennung != "psw:01003110" {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	c, url = recorded(t, "07-getStatusList-response.http")
	if l, err := c.StatusList(ctx, url, reader, 5); err != nil || len(l.Items) != 1 || !strings.HasPrefix(l.RequestID, "urn:uuid:ff95") {
		t.Errorf("list: %+v, %v", l, err)
	}
	c, url = recorded(t, "08-getMessage-response.http")
	if m, err := c.GetMessage(ctx, url, reader, id); err != nil || string(all(t, m.Content.Data)) != "<nachricht>Grüße</nachricht>" || len(m.Content.Attachments) != 1 {
		t.Errorf("message: %+v, %v", m.MetaData, err)
	}
	c, url = recorded(t, "09-close-response.http")
	check(t, c.CloseMessage(ctx, url, reader, "urn:x", id))
	c, url = recorded(t, "11-getStatusList-empty-response.http")
	if l, err := c.StatusList(ctx, url, reader, 5); err != nil || len(l.Items) != 0 {
		t.Errorf("empty list: %+v, %v", l, err)
	}
	c, url = recorded(t, "12-getTransportReport-fault9070-response.http")
	if _, err := c.TransportReport(ctx, url, author, id); !unknown(err) {
		t.Errorf("unknown: %v", err)
	}
}

// TestServerReadsWhatJAXWSWrites replays the recorded requests in their order; only the id is the one issued now.
func TestServerReadsWhatJAXWSWrites(t *testing.T) {
	const recordedID = "9c72b5c0-eb49-4417-ab68-f592cf31cd23"
	w := newWorld(t, func(o *xta.ServerOptions) {
		o.Name = "peer"
		o.Readers = func(string) (xta.Reader, bool) { return xta.Reader{Betriebsart: "produktion"}, true }
	})
	w.options.Accounts = []xta.Account{
		{Kennungen: []string{"psw:01003110"}, Fingerprints: []string{certs.Fingerprint(w.authorCert.Leaf)}},
		{Kennungen: []string{"ags:01010101010"}, Fingerprints: []string{certs.Fingerprint(w.readerCert.Leaf)}},
	}
	w.build()
	id := recordedID
	for _, tt := range []struct {
		name, path string
		cert       tls.Certificate
		want       []string
	}{
		{"01-checkAccountActive", "/xta/management", w.authorCert, []string{"<s:Body></s:Body>"}},
		{"02-lookupService", "/xta/management", w.authorCert, []string{"ServiceIsAvailable>true<"}},
		{"03-createMessageId", "/xta/management", w.authorCert, []string{"urn:de:xta:messageid:peer:"}},
		{"04-sendMessage", "/xta/send", w.authorCert, []string{"<s:Body></s:Body>"}},
		{"05-sendMessage-duplicate-fault9024", "/xta/send", w.authorCert, []string{"<code>9024</code>", "RelatesTo>uuid:8828fa8d"}},
		{"06-getTransportReport-open", "/xta/management", w.authorCert, []string{"<xta:Status>0<"}},
		{"07-getStatusList", "/xta/msgbox", w.readerCert, []string{"messageid:peer:", "ItemsPending>0<"}},
		{"08-getMessage", "/xta/msgbox", w.readerCert, []string{"<nachricht>Grüße</nachricht>", `filename="a.pdf"`}},
		{"09-close", "/xta/msgbox", w.readerCert, []string{"<s:Body></s:Body>"}},
		{"10-getTransportReport-green", "/xta/management", w.authorCert, []string{"<xta:Status>1<"}},
		{"11-getStatusList-empty", "/xta/msgbox", w.readerCert, []string{"reasons/NoMatch"}},
		{"12-getTransportReport-fault9070", "/xta/management", w.authorCert, []string{"<code>9070</code>"}},
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", "wire", tt.name+"-request.http"))
		check(t, err)
		raw = bytes.ReplaceAll(raw, []byte(recordedID), []byte(id))
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		check(t, err)
		resp := w.postAs(tt.cert, tt.path, r.Header.Get("Content-Type"), r.Body)
		b, err := io.ReadAll(resp.Body)
		check(t, err)
		for _, want := range tt.want {
			if !strings.Contains(string(b), want) {
				t.Fatalf("%s: no %q in %d %s", tt.name, want, resp.StatusCode, b)
			}
		}
		if tt.name == "03-createMessageId" {
			_, id, _ = strings.Cut(string(b), "messageid:peer:")
			id = id[:len(recordedID)]
		}
	}
	validate(t, w.records.list)
}

func TestServeNeedsACertificateAndStopsWithItsContext(t *testing.T) {
	w := newWorld(t)
	var writes atomic.Int32
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	w.options.Hook = counting(&writes, "socket")
	w.build()
	if err := w.server.Serve(t.Context(), l, &tls.Config{}); err == nil {
		t.Fatal("serves without client certificates")
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.server.Serve(ctx, l, serverTLS(w.serverCert, w.ca.pool)) }()
	url := "https://" + l.Addr().String() + "/xta/management"
	var own atomic.Int32
	c := xta.NewClient(xta.ClientOptions{TLS: clientTLS(w.authorCert, w.ca.pool), Hook: counting(&own, "socket")})
	defer c.Close()
	check(t, c.CheckAccountActive(ctx, url, author))
	if writes.Load() == 0 || own.Load() == 0 {
		t.Errorf("socket steps: server %d, client %d", writes.Load(), own.Load())
	}
	for name, config := range map[string]*tls.Config{
		"no certificate":              {RootCAs: w.ca.pool},
		"a certificate of a stranger": clientTLS(newAuthority(t).issue("x"), w.ca.pool),
		"TLS 1.1":                     {RootCAs: w.ca.pool, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, Certificates: []tls.Certificate{w.authorCert}},
	} {
		bad := xta.NewClient(xta.ClientOptions{TLS: config})
		if err := bad.CheckAccountActive(ctx, url, author); err == nil || fault(err) != nil {
			t.Errorf("%s: %v, want a broken handshake", name, err)
		}
		bad.Close()
	}
	for path, want := range map[string]int{"/xta/management": 405, "/": 404} {
		h := &http.Client{Transport: &http.Transport{TLSClientConfig: clientTLS(w.authorCert, w.ca.pool)}}
		resp, err := h.Get("https://" + l.Addr().String() + path)
		check(t, err)
		resp.Body.Close()
		h.CloseIdleConnections()
		if resp.StatusCode != want {
			t.Errorf("GET %s = %d, want %d", path, resp.StatusCode, want)
		}
	}
	stop()
	check(t, <-ended)
}
