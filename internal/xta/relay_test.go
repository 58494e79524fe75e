package xta_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

const farReader = "vob:fern"

// pair is our server a, whose account author sends to a reader of the far server b, and the relay between them.
type pair struct {
	t     *testing.T
	a, b  *clockwork
	relay *xta.Relay
	cert  tls.Certificate // of the relay, at b
	url   string          // of b
	send  string          // sendPort that the directory names, "" = b's
	way   func() (bool, error)
	front func(http.Handler) http.Handler // before b, may be nil
}

func newPair(t *testing.T) *pair {
	p := &pair{t: t, a: newClockwork(t), b: newClockwork(t), way: func() (bool, error) { return true, nil }}
	p.cert = p.b.ca.issue("relay")
	p.b.options.Name = "demo-b"
	p.b.options.Accounts = []xta.Account{
		{Kennungen: []string{author.Kennung}, Fingerprints: fingerprints(p.cert)},
		{Kennungen: []string{farReader}, Fingerprints: fingerprints(p.b.readerCert)},
	}
	p.b.options.Readers = func(k string) (xta.Reader, bool) {
		return xta.Reader{Kennung: k, Betriebsart: amtshilfe.Test, Services: []string{xta.ServiceURI}}, k == farReader
	}
	p.a.options.Route = p.route
	p.open()
	return p
}

func (p *pair) route(_ context.Context, reader, _ string, _ bool) (xta.Target, bool, error) {
	ok, err := p.way()
	send := p.send
	if send == "" {
		send = p.url + "/xta/send"
	}
	return xta.Target{Name: "rz:b", Management: p.url + "/xta/management", Send: send}, ok && strings.HasPrefix(reader, "vob:fern"), err
}

// open starts both servers on what lies in their directories.
func (p *pair) open() {
	p.t.Helper()
	p.a.restart()
	p.b.restart()
	if p.url == "" { // the address is part of the exact bytes
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := p.b.server.Handler()
			if p.front != nil {
				h = p.front(h)
			}
			h.ServeHTTP(w, r)
		}))
		s.TLS = serverTLS(p.b.serverCert, p.b.ca.pool)
		s.StartTLS()
		p.t.Cleanup(s.Close)
		p.url = s.URL
	}
	client := xta.NewClient(xta.ClientOptions{TLS: clientTLS(p.cert, p.b.ca.pool), Timeout: 10 * time.Second})
	p.t.Cleanup(client.Close)
	p.relay = xta.NewRelay(xta.RelayOptions{Mailbox: p.a.mailbox, Client: client, Route: p.route, Name: "demo-a",
		Schedule: []time.Duration{time.Minute}, Timeout: time.Minute, Now: func() time.Time { return p.a.now }})
}

// work lets the relay do n steps, a minute apart.
func (p *pair) work(n int) {
	p.t.Helper()
	for range n {
		_, err := p.relay.Work(context.Background())
		check(p.t, err)
		p.a.now = p.a.now.Add(time.Minute)
		p.b.now = p.a.now
	}
}

func (p *pair) put(change ...string) string {
	p.t.Helper()
	return p.a.put(append([]string{reader.Kennung, farReader}, change...)...)
}

// arrived lists what lies at the far server.
func (p *pair) arrived() (list []xta.Entry) {
	p.t.Helper()
	for e, err := range p.b.mailbox.All(p.t.Context()) {
		check(p.t, err)
		if e.State != xta.MailIssued {
			list = append(list, e)
		}
	}
	return list
}

// take fetches and closes all at the far server.
func (p *pair) take() {
	p.t.Helper()
	for _, e := range p.arrived() {
		for _, body := range []string{`<osci:MsgBoxFetchRequest><osci:MsgSelector><wsa:MessageID>` + e.MessageID + `</wsa:MessageID></osci:MsgSelector></osci:MsgBoxFetchRequest>`,
			`<osci:MsgBoxCloseRequest MsgBoxRequestID="1"><osci:LastMsgReceived>` + e.MessageID + `</osci:LastMsgReceived></osci:MsgBoxCloseRequest>`} {
			action := getMessage
			if strings.Contains(body, "Close") {
				action = closeAction
			}
			if got := p.b.answerAs(p.b.readerCert, "/xta/msgbox", soap(action, farReader, body)); code(p.t, got) != "" {
				p.t.Fatal(got)
			}
		}
	}
}

func TestAnOrderGoesOnAndItsReportComesBack(t *testing.T) {
	p := newPair(t)
	available := p.a.answerAs(p.a.authorCert, "/xta/management", soap(lookupService, author.Kennung, `<xta:LookupServiceRequest><xta:LookupServiceRequestList><xta:LookupService><oscimeta:Reader><oscimeta:Identifier type="xoev">`+
		farReader+`</oscimeta:Identifier></oscimeta:Reader><xta:ServiceType>`+xta.ServiceURI+`</xta:ServiceType></xta:LookupService></xta:LookupServiceRequestList></xta:LookupServiceRequest>`))
	if !strings.Contains(available, "ServiceIsAvailable>true<") {
		t.Errorf("lookup: %s", available)
	}
	id := p.put()
	p.a.reported(id, "0", "angenommen")
	if got := code(t, p.a.answerAs(p.a.authorCert, "/xta/send", order(id, reader.Kennung, farReader))); got != "9024" {
		t.Errorf("the id again: %q, want 9024", got)
	}
	p.work(3)
	p.a.reported(id, "0", "weitergeleitet")
	if got := p.a.report(id); !strings.Contains(got, "<oscimeta:Delivery>") || !strings.Contains(got, "rz:b") {
		t.Errorf("report: %s", got)
	}
	there := p.arrived()
	if len(there) != 1 || there[0].Author != author.Kennung || there[0].MessageID == id {
		t.Fatalf("arrived: %+v", there)
	}
	md, content, err := p.b.mailbox.Read(t.Context(), there[0].MessageID)
	if err != nil || text(t, content) != "<a/>" || len(md.Properties) != 1 || md.Properties[0].Value != "demo-a" {
		t.Errorf("arrived: %+v, %v", md, err)
	}
	p.take()
	p.work(2)
	p.a.reported(id, "1", "weitergeleitet", "quittiert")
	if got := p.a.report(id); !strings.Contains(got, "<oscimeta:InitialFetch>") || !strings.Contains(got, "<oscimeta:Reception>") {
		t.Errorf("report: %s", got)
	}
	if due, err := p.a.mailbox.RelayCounts(t.Context()); err != nil || len(due) != 0 {
		t.Errorf("still due: %v, %v", due, err)
	}
	validate(t, slices.Concat(p.a.world.records.list, p.b.world.records.list))
}

func TestOrdersThatDoNotGoOn(t *testing.T) {
	for _, tt := range []struct {
		name   string
		do     func(p *pair) (id string)
		status string
		record string
		there  int
	}{
		{"our account there is locked, and opened again", func(p *pair) string {
			p.b.options.Accounts[0].Locked = true
			p.open()
			id := p.put()
			p.work(3)
			p.a.reported(id, "0")
			if n, err := p.a.mailbox.RelayTrouble(context.Background()); err != nil || n != 1 {
				t.Errorf("trouble %d, %v", n, err)
			}
			p.b.options.Accounts[0].Locked = false
			p.open()
			p.work(3)
			return id
		}, "0", "weitergeleitet", 1},
		{"the directory named a wrong address, and is corrected", func(p *pair) string {
			p.send = "https://127.0.0.1:1/xta/send"
			id := p.put()
			p.work(10)
			p.a.reported(id, "0")
			p.send = ""
			p.work(10)
			return id
		}, "0", "weitergeleitet", 1},
		{"our account there stays locked", func(p *pair) string {
			p.b.options.Accounts[0].Locked = true
			p.open()
			id := p.put()
			p.work(3)
			p.a.now = p.a.now.AddDate(0, 0, 8)
			p.work(2)
			return id
		}, "3", "nicht-weitergeleitet", 0},
		{"the way there breaks for good", func(p *pair) string {
			p.front = func(http.Handler) http.Handler { return http.NotFoundHandler() }
			id := p.put()
			p.work(3)
			p.a.reported(id, "0")
			p.a.now = p.a.now.AddDate(0, 0, 8)
			p.work(2)
			return id
		}, "3", "nicht-weitergeleitet", 0},
		{"the far server refuses the order", func(p *pair) string {
			id := p.put(xta.ServiceURI, "urn:other") // not offered there
			p.work(3)
			return id
		}, "3", "nicht-weitergeleitet", 0},
		{"the reader leaves the far server", func(p *pair) string {
			id := p.put()
			p.work(3)
			_, err := p.b.mailbox.Depart(farReader)
			check(p.t, err)
			p.work(2)
			return id
		}, "3", "leser-ausgeschieden", 1},
		{"the author cancels in time", func(p *pair) string {
			id := p.put(delivery("NotBefore", at(p.a.now.Add(time.Hour)))...)
			p.work(3)
			if got := p.a.cancel(id) + p.a.cancel(id); got != "" {
				t.Errorf("cancel: %q", got)
			}
			p.work(70)
			return id
		}, "3", "storniert", 0},
		{"the author cancels too late", func(p *pair) string {
			id := p.put(delivery("NotBefore", at(p.a.now.Add(time.Minute)))...)
			p.work(5)
			if got := p.a.cancel(id); got != "9100" {
				t.Errorf("cancel: %q, want 9100", got)
			}
			return id
		}, "0", "weitergeleitet", 1},
		{"ObsoleteAfter is over before there was a way", func(p *pair) string {
			p.front = func(http.Handler) http.Handler { return http.NotFoundHandler() }
			id := p.put(delivery("ObsoleteAfter", p.a.now.Format(time.DateOnly))...)
			p.way = func() (bool, error) { return false, errors.New("directory away") }
			p.work(1)
			p.a.now = p.a.now.AddDate(0, 0, 1)
			p.work(2)
			return id
		}, "3", "verfallen", 0},
		{"the directory forgets the reader for good", func(p *pair) string {
			id := p.put()
			p.way = func() (bool, error) { return false, nil }
			p.work(2)
			p.a.now = p.a.now.AddDate(0, 0, 8)
			p.work(2)
			return id
		}, "3", "nicht-weitergeleitet", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t)
			p.a.options.Accounts[0].Services = nil
			p.open()
			id := tt.do(p)
			p.a.reported(id, tt.status, tt.record)
			if got := p.arrived(); len(got) != tt.there {
				t.Errorf("%d arrived, want %d", len(got), tt.there)
			}
			validate(t, p.a.world.records.list)
		})
	}
}

func TestOrdersThatMayNotGoOn(t *testing.T) {
	hop := func(name string) string {
		return `<oscimeta:Property><oscimeta:Key listURI="urn:damtshilfe:codeliste:eigenschaft" listVersionID="1"><code>weitergeleitet-von</code></oscimeta:Key><oscimeta:Value>` + name + `</oscimeta:Value></oscimeta:Property>`
	}
	through := func(names ...string) []string {
		all := ""
		for _, n := range names {
			all += hop(n)
		}
		return []string{"</oscimeta:Qualifier>", "</oscimeta:Qualifier><oscimeta:MessageProperties>" + all + "</oscimeta:MessageProperties>"}
	}
	for _, tt := range []struct {
		name   string
		way    func() (bool, error)
		reader string
		change []string
		want   string
	}{
		{"one that came from elsewhere", nil, farReader, through("demo-c"), ""},
		{"one that was here before", nil, farReader, through("demo-c", "demo-a"), "9022"},
		{"one that goes round without end", nil, farReader, through("demo-c", "demo-d", "demo-e"), "9022"},
		{"to a reader whom nobody knows", nil, "vob:nirgends", nil, "9022"},
		{"by a directory that cannot be asked", func() (bool, error) { return false, errors.New("away") }, farReader, nil, "9031"},
		{"to ourselves", func() (bool, error) { return false, nil }, farReader, nil, "9022"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t)
			if tt.way != nil {
				p.way = tt.way
			}
			got := code(t, p.a.answerAs(p.a.authorCert, "/xta/send", order(p.a.issue(), append([]string{reader.Kennung, tt.reader}, tt.change...)...)))
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	t.Run("one whose reader left this server", func(t *testing.T) {
		p := newPair(t)
		_, err := p.a.mailbox.Depart(reader.Kennung)
		check(t, err)
		if got := code(t, p.a.answerAs(p.a.authorCert, "/xta/send", order(p.a.issue()))); got != "9022" {
			t.Errorf("%q, want 9022", got)
		}
	})
}

// TestAnAnswerThatIsLost: the far server stored the order and its answer never came; the report decides, nothing comes twice.
func TestAnAnswerThatIsLost(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before bool // the request is lost, not the answer
	}{{"the answer is lost", false}, {"the request is lost", true}} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t)
			lost := 2 // the second loss hits the repetition
			p.front = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/xta/send" && lost > 0 {
						lost--
						if !tt.before {
							next.ServeHTTP(httptest.NewRecorder(), r)
						}
						panic(http.ErrAbortHandler)
					}
					next.ServeHTTP(w, r)
				})
			}
			id := p.put()
			p.work(8)
			if got := p.arrived(); len(got) != 1 {
				t.Errorf("%d arrived, want 1", len(got))
			}
			p.take()
			p.work(2)
			p.a.reported(id, "1", "weitergeleitet")
		})
	}
}

// TestEveryStopOfARelay copies both servers at each durable step of ours and goes on from every copy: the far server has the order
// once, and our report ends as its report did.
func TestEveryStopOfARelay(t *testing.T) {
	p := newPair(t)
	id := p.put()
	check(t, p.a.mailbox.Close())
	type stop struct {
		at   durable.Point
		a, b string
	}
	var copies []stop
	armed := false
	p.a.openAt(func() time.Time { return p.a.now }, func(at durable.Point) {
		if !armed {
			return
		}
		s := stop{at, filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")}
		check(t, os.CopyFS(s.a, os.DirFS(p.a.path)))
		check(t, os.CopyFS(s.b, os.DirFS(p.b.path)))
		copies = append(copies, s)
	})
	p.a.build()
	client := xta.NewClient(xta.ClientOptions{TLS: clientTLS(p.cert, p.b.ca.pool)})
	defer client.Close()
	p.relay = xta.NewRelay(xta.RelayOptions{Mailbox: p.a.mailbox, Client: client, Route: p.route, Name: "demo-a", Schedule: []time.Duration{time.Minute},
		Timeout: time.Minute, Now: func() time.Time { return p.a.now }})
	armed = true
	p.work(4)
	p.take()
	p.work(2)
	armed = false
	if len(copies) < 10 {
		t.Fatalf("only %d steps", len(copies))
	}
	for _, s := range copies {
		p.a.path, p.b.path = s.a, s.b
		p.open()
		p.work(6)
		if got := p.arrived(); len(got) != 1 {
			t.Errorf("%+v: %d arrived", s, len(got))
			continue
		}
		if p.arrived()[0].State == xta.MailStored {
			p.take()
		}
		p.work(3)
		p.a.reported(id, "1", "weitergeleitet", "quittiert")
		if got := strings.Count(p.a.report(id), "<code>weitergeleitet</code>"); got != 1 {
			t.Errorf("%+v: handed over %d times", s, got)
		}
	}
}

// TestOtherBytesAreNeverSent: once reserved, only the very bytes go out under that id, whatever changed in the program or its
// configuration.
func TestOtherBytesAreNeverSent(t *testing.T) {
	p := newPair(t)
	away := true
	p.front = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if away && r.URL.Path == "/xta/send" {
				w.WriteHeader(http.StatusUnsupportedMediaType) // refused by its header: known not sent
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	id := p.put()
	p.work(3)
	away = false
	client := xta.NewClient(xta.ClientOptions{TLS: clientTLS(p.cert, p.b.ca.pool)})
	defer client.Close()
	renamed := func(name string) {
		p.relay = xta.NewRelay(xta.RelayOptions{Mailbox: p.a.mailbox, Client: client, Route: p.route, Name: name, Schedule: []time.Duration{time.Minute},
			Timeout: time.Minute, Now: func() time.Time { return p.a.now }})
	}
	renamed("demo-x")
	p.work(3)
	if got := p.arrived(); len(got) != 0 {
		t.Errorf("%d arrived with other bytes", len(got))
	}
	p.a.reported(id, "0")
	if list, err := p.a.mailbox.Relays(t.Context(), 10); err != nil || len(list) != 1 || list[0].State != "reserved" || list[0].Problem == "" || list[0].Server != "rz:b" {
		t.Errorf("what the operator sees: %+v, %v", list, err)
	}
	renamed("demo-a")
	p.work(120)
	if got := p.arrived(); len(got) != 1 {
		t.Errorf("%d arrived with the bytes of before, want 1", len(got))
	}
}
