package xta_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

func counting(n *atomic.Int32, op string) durable.Hook {
	return func(p durable.Point) {
		if p.Op == op && p.After {
			n.Add(1)
		}
	}
}

func (w *world) entries() (list []xta.Entry) {
	w.t.Helper()
	for e, err := range w.mailbox.All(context.Background()) {
		check(w.t, err)
		list = append(list, e)
	}
	return list
}

func TestTwoSendsOfOneIDAtOnce(t *testing.T) {
	entered, leave := make(chan bool, 10), make(chan error, 10)
	w := newWorld(t, func(o *xta.ServerOptions) {
		o.Accept = func(context.Context, xta.MetaData, xta.Content) error { entered <- true; return <-leave }
	}).listen()
	c := w.client(w.authorCert)
	for _, tt := range []struct {
		name  string
		first error
		want  int // code of both
	}{
		{"both succeed with one message", nil, 0},
		{"both fail as the first did", xta.Refuse(9060, ""), 9060},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, err := c.CreateMessageID(t.Context(), w.url+"/xta/management", author)
			check(t, err)
			r, err := xta.Prepare(metaData(id), content("<a/>"), w.url+"/xta/send")
			check(t, err)
			before := len(w.entries())
			ended := make(chan error, 2)
			go func() { ended <- c.Send(context.Background(), r) }()
			<-entered
			go func() { ended <- c.Send(context.Background(), r) }()
			select {
			case err := <-ended:
				t.Fatalf("the second did not wait: %v", err)
			case <-time.After(100 * time.Millisecond): // not a proof, but 9024 would be here by now
			}
			leave <- tt.first
			for range 2 {
				if f := fault(<-ended); tt.want == 0 && f != nil || tt.want != 0 && (f == nil || f.Code != tt.want) {
					t.Errorf("fault %v, want %d", f, tt.want)
				}
			}
			if len(entered) > 0 {
				t.Error("the second was received on its own")
			}
			if len(w.entries()) != before {
				t.Error("rows appeared")
			}
		})
	}
}

func TestAnotherMessageUnderTheSameIDIsRefused(t *testing.T) {
	entered, leave := make(chan bool, 10), make(chan error, 10)
	w := newWorld(t, func(o *xta.ServerOptions) {
		o.Accept = func(context.Context, xta.MetaData, xta.Content) error { entered <- true; return <-leave }
	}).listen()
	c := w.client(w.authorCert)
	id, err := c.CreateMessageID(t.Context(), w.url+"/xta/management", author)
	check(t, err)
	var ended [2]chan error
	for i, text := range []string{"<a/>", "<b/>"} {
		r, err := xta.Prepare(metaData(id), content(text), w.url+"/xta/send")
		check(t, err)
		ended[i] = make(chan error, 1)
		go func() { ended[i] <- c.Send(context.Background(), r) }()
		if i == 0 {
			<-entered
		}
	}
	leave <- nil
	check(t, <-ended[0])
	if f := fault(<-ended[1]); f == nil || !f.Used() {
		t.Errorf("the other message: %v, want 9024", f)
	}
}

func TestMailboxRemembersAcrossRestarts(t *testing.T) {
	w := newWorld(t).listen()
	c := w.client(w.authorCert)
	issued, err := c.CreateMessageID(t.Context(), w.url+"/xta/management", author)
	check(t, err)
	stored := w.send(c, "<stored/>")
	restart := func() {
		check(t, w.mailbox.Close())
		w.open(nil)
		w.build()
		w.listen()
	}
	restart()
	r, err := xta.Prepare(metaData(issued), content("<later/>"), w.url+"/xta/send")
	check(t, err)
	check(t, c.Send(t.Context(), r))
	r, err = xta.Prepare(stored, content("<stored/>"), w.url+"/xta/send")
	check(t, err)
	if f := fault(c.Send(t.Context(), r)); f == nil || !f.Used() {
		t.Errorf("stored id after restart: %v, want 9024", f)
	}
	restart()
	entries := w.entries()
	if len(entries) != 2 || entries[0].State != xta.MailStored || entries[1].Size != int64(len("<stored/>")) || entries[0].Author != author.Kennung {
		t.Errorf("entries %+v", entries)
	}
	for _, e := range entries {
		if _, _, err := w.mailbox.Read(t.Context(), e.MessageID); err != nil {
			t.Errorf("read: %v", err)
		}
	}
	counts, err := w.mailbox.Counts(t.Context())
	check(t, err)
	if counts.Stored != 2 || counts.Issued != 0 || counts.Waiting[reader.Kennung] != 2 {
		t.Errorf("counts %+v", counts)
	}
}

func TestDamagedContentIsNotHandedOut(t *testing.T) {
	w := newWorld(t).listen()
	md := w.send(w.client(w.authorCert), "<a/>")
	segments, err := filepath.Glob(filepath.Join(w.path, "*.seg"))
	check(t, err)
	check(t, os.WriteFile(segments[0], []byte("<b/>"), 0o600))
	if _, _, err := w.mailbox.Read(t.Context(), md.MessageID); err == nil {
		t.Error("damaged content was read")
	}
	_, err = w.client(w.readerCert).GetMessage(t.Context(), w.url+"/xta/msgbox", reader, md.MessageID)
	if f := fault(err); f == nil || f.Code != 9030 {
		t.Errorf("damaged content: %v, want 9030", err)
	}
}

func TestSegmentsRotate(t *testing.T) {
	w := newWorld(t).listen()
	c := w.client(w.authorCert)
	var ids []string
	for range 5 {
		ids = append(ids, w.send(c, "<a>"+strings.Repeat("x", 40<<10)+"</a>").MessageID)
	}
	segments, err := filepath.Glob(filepath.Join(w.path, "*.seg"))
	check(t, err)
	if len(segments) < 2 {
		t.Errorf("%d segments", len(segments))
	}
	for _, id := range ids {
		if _, _, err := w.mailbox.Read(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}

func TestClosedMailboxRefuses(t *testing.T) {
	w := newWorld(t).listen()
	c := w.client(w.authorCert)
	id, err := c.CreateMessageID(t.Context(), w.url+"/xta/management", author)
	check(t, err)
	check(t, w.mailbox.Close())
	check(t, w.mailbox.Close())
	r, err := xta.Prepare(metaData(id), content("<a/>"), w.url+"/xta/send")
	check(t, err)
	if f := fault(c.Send(t.Context(), r)); f == nil || !f.Temporary() {
		t.Errorf("send to a closed mailbox: %v", f)
	}
}

func TestNewServerChecksItsOptions(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(*xta.ServerOptions){
		"no name":             func(o *xta.ServerOptions) { o.Name = "" },
		"a long name":         func(o *xta.ServerOptions) { o.Name = strings.Repeat("x", 42) },
		"a name with a colon": func(o *xta.ServerOptions) { o.Name = "a:b" },
		"no mailbox":          func(o *xta.ServerOptions) { o.Mailbox = nil },
		"no readers":          func(o *xta.ServerOptions) { o.Readers = nil },
		"a short fingerprint": func(o *xta.ServerOptions) { o.Accounts = []xta.Account{{Fingerprints: []string{"ab"}}} },
	} {
		o := w.options
		change(&o)
		if _, err := xta.NewServer(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestEveryStopLosesNothing copies the mailbox's directory at each durable step of issue, send, fetch and close, as kill -9
// would leave it, and goes on from every copy: what was answered is there, and sending again gives one message.
func TestEveryStopLosesNothing(t *testing.T) {
	t.Run("a message among others in a segment", func(t *testing.T) { everyStop(t, "<nachricht/>") })
	t.Run("a large one in a file of its own", func(t *testing.T) {
		if testing.Short() {
			t.Skip("many steps")
		}
		everyStop(t, strings.Repeat("<nachricht/>", 25<<10))
	})
}

func everyStop(t *testing.T, text string) {
	w := newWorld(t)
	w.records = nil
	check(t, w.mailbox.Close())
	var mu sync.Mutex
	var copies []stop
	var answered answers
	w.open(func(p durable.Point) {
		if p.Op == "socket" {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		to := filepath.Join(t.TempDir(), "copy")
		check(t, os.CopyFS(to, os.DirFS(w.path)))
		copies = append(copies, stop{p, to, text, answered})
	})
	w.build()
	w.listenOn(w.server.Handler())
	sender, receiver := w.client(w.authorCert), w.client(w.readerCert)
	note := func(f func(*answers)) { mu.Lock(); defer mu.Unlock(); f(&answered) }
	id, err := sender.CreateMessageID(t.Context(), w.url+"/xta/management", author)
	check(t, err)
	note(func(a *answers) { a.issued = id })
	r, err := xta.Prepare(metaData(id), content(text), w.url+"/xta/send")
	check(t, err)
	check(t, sender.Send(t.Context(), r))
	note(func(a *answers) { a.stored = true })
	_, err = receiver.GetMessage(t.Context(), w.url+"/xta/msgbox", reader, id)
	check(t, err)
	check(t, receiver.CloseMessage(t.Context(), w.url+"/xta/msgbox", reader, "1", id))
	note(func(a *answers) { a.closed = true })
	if len(copies) < 10 {
		t.Fatalf("only %d steps", len(copies))
	}
	check(t, w.mailbox.Close())
	for _, c := range copies {
		c.verify(t, w, r, id)
	}
}

type answers struct {
	issued         string
	stored, closed bool
}

type stop struct {
	at       durable.Point
	path     string
	text     string
	answered answers
}

func (s stop) verify(t *testing.T, w *world, r xta.Request, id string) {
	t.Helper()
	w.path = s.path
	w.open(nil)
	defer w.mailbox.Close()
	w.build()
	w.listenOn(w.server.Handler())
	if left := files(t, w.path, ".tray"); len(left) > 0 {
		t.Errorf("%v: left behind: %v", s.at, left)
	}
	r.URL = w.url + "/xta/send"
	entries := w.entries()
	if s.answered.issued != "" && len(entries) != 1 {
		t.Fatalf("%v %+v: the issued id is gone", s.at, s.answered)
	}
	if len(entries) == 0 {
		return // nothing was answered yet
	}
	if s.answered.stored && entries[0].State == xta.MailIssued || s.answered.closed && entries[0].State != xta.MailClosed {
		t.Errorf("%v %+v: state %s", s.at, s.answered, entries[0].State)
	}
	c := w.client(w.authorCert)
	if f := fault(c.Send(t.Context(), r)); (f == nil) != (entries[0].State == xta.MailIssued) || f != nil && !f.Used() {
		t.Errorf("%v %+v: repeated send: %v in state %s", s.at, s.answered, f, entries[0].State)
	}
	report, err := c.TransportReport(t.Context(), w.url+"/xta/management", author, id)
	if err != nil || !report.Evidence(metaData(id)) {
		t.Errorf("%v %+v: no evidence: %v", s.at, s.answered, err)
	}
	if _, got, err := w.mailbox.Read(t.Context(), id); err != nil || string(all(t, got.Data)) != s.text {
		t.Errorf("%v %+v: another content, %v", s.at, s.answered, err)
	}
	if n := len(w.entries()); n != 1 {
		t.Errorf("%v %+v: %d messages", s.at, s.answered, n)
	}
}

func TestSendToASlowServerIsUnknownButWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	release := make(chan error)
	w := newWorld(t, func(o *xta.ServerOptions) {
		o.Accept = func(context.Context, xta.MetaData, xta.Content) error {
			cancel() // the client's patience ends while the server has the order
			return <-release
		}
	}).listen()
	c := w.client(w.authorCert)
	id, err := c.CreateMessageID(t.Context(), w.url+"/xta/management", author)
	check(t, err)
	r, err := xta.Prepare(metaData(id), content("<a/>"), w.url+"/xta/send")
	check(t, err)
	err = c.Send(ctx, r)
	if e, ok := errors.AsType[*xta.SendError](err); !ok || !e.Written || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want an unknown outcome", err)
	}
	// The order outlives its connection: the repetition ends as the first does, or comes after it and is told so.
	go func() { release <- nil }()
	if f := fault(c.Send(t.Context(), r)); f != nil && !f.Used() {
		t.Errorf("repetition: %v", f)
	}
	if report, err := c.TransportReport(t.Context(), w.url+"/xta/management", author, id); err != nil || !report.Evidence(metaData(id)) {
		t.Errorf("report: %+v, %v", report, err)
	}
	if n := len(w.entries()); n != 1 {
		t.Errorf("%d messages", n)
	}
}
