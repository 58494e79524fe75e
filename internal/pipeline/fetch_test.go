package pipeline_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
)

// mailbox is the own XTA server with one mailbox.
type mailbox struct {
	mu     sync.Mutex
	list   []xta.Message
	place  map[string]int // by id, in the order in which they came
	pages  int            // of getNextStatusList
	closed []string
	close  func(id string) error
	get    func(id string) error
}

func (b *mailbox) StatusList(_ context.Context, _ string, _ xta.Party, max int) (xta.List, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var l xta.List
	for _, m := range b.list[:min(max, len(b.list))] {
		l.Items = append(l.Items, m.MetaData)
	}
	l.Pending = len(b.list) - len(l.Items)
	l.RequestID = "list"
	if b.place == nil {
		b.place = map[string]int{}
	}
	for _, m := range b.list { // in the order in which they came, also when some of them are gone
		if _, ok := b.place[m.MetaData.MessageID]; !ok {
			b.place[m.MetaData.MessageID] = len(b.place)
		}
	}
	return l, nil
}

func (b *mailbox) NextStatusList(_ context.Context, _ string, _ xta.Party, _, last string) (xta.List, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pages++
	l := xta.List{RequestID: "list"}
	for _, m := range b.list {
		if b.place[m.MetaData.MessageID] <= b.place[last] {
			continue
		}
		if len(l.Items) == 100 {
			l.Pending++
			continue
		}
		l.Items = append(l.Items, m.MetaData)
	}
	return l, nil
}

func (b *mailbox) GetMessage(_ context.Context, _ string, _ xta.Party, id string) (xta.Message, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.get != nil {
		if err := b.get(id); err != nil {
			return xta.Message{}, err
		}
	}
	for _, m := range b.list {
		if m.MetaData.MessageID == id {
			return m, nil
		}
	}
	return xta.Message{}, &xta.Fault{Code: 9070}
}

func (b *mailbox) CloseMessage(_ context.Context, _ string, _ xta.Party, _, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.close != nil {
		if err := b.close(id); err != nil {
			return err
		}
	}
	for i, m := range b.list {
		if m.MetaData.MessageID == id {
			b.list = append(b.list[:i:i], b.list[i+1:]...)
			b.closed = append(b.closed, id)
			return nil
		}
	}
	return &xta.Fault{Code: 9070}
}

// arrives puts a document into the own mailbox; author sent it.
func (w *world) arrives(id, author string, doc []byte, change ...func(*xta.MetaData)) {
	m := xta.Message{RequestID: "box", MetaData: xta.MetaData{MessageID: id, Author: xta.Party{Kennung: author}, Reader: xta.Party{Kennung: own}, Test: true, Service: xta.ServiceURI},
		Content: xta.Content{Data: xta.Bytes(doc)}}
	for _, f := range change {
		f(&m.MetaData)
	}
	w.box.list = append(w.box.list, m)
}

// reply is a message of kind from an authority about the n-th request.
func (w *world) reply(kind amtshilfe.Kind, author string, n int) []byte {
	return sample.Follow(kind, w.about(n, sample.Kopf(int64(5000+100*n+int(kind)), 1, w.now, sample.Akteur(author, "Amt", "VH-1"))))
}

func (w *world) fetch() error {
	_, _, err := w.Fetch(w.t.Context())
	return err
}

// inbound is what the ledger says of a fetched message.
func (w *world) inbound(id string) ledger.Inbound {
	w.t.Helper()
	in, err := w.ledger.InboundByMessage(account, id)
	must(w.t, err)
	return in
}

// Who may say what about a case (profil.md 2); what is doubtful is held and not published.
func TestInbound(t *testing.T) {
	for _, tt := range []struct {
		name    string
		arrives func(w *world)
		state   amtshilfe.InboxState
		code    string
	}{
		{"an answer of the holder is published", func(w *world) { w.arrives("m", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1)) }, amtshilfe.InboxPublished, ""},
		{"an answer of a stranger is not", func(w *world) { w.arrives("m", "vb:2", w.reply(amtshilfe.KindEingangsbestaetigung, "vb:2", 1)) }, amtshilfe.InboxHeld, "BEZUG-FREMD"},
		{"an answer in another's name is not", func(w *world) { w.arrives("m", "vb:2", w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1)) }, amtshilfe.InboxHeld, "ABS-FREMD"},
		{"an answer to nothing goes back", func(w *world) { w.arrives("m", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 9)) }, amtshilfe.InboxRefused, "BEZUG-UNBEKANNT"},
		{"the holder cannot withdraw what he did not ask for", func(w *world) { w.arrives("m", theirs, w.reply(amtshilfe.KindEinstellung, theirs, 1)) }, amtshilfe.InboxHeld, "BEZUG-FREMD"},
		{"the envelope of another Betriebsart is held", func(w *world) {
			w.arrives("m", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1), func(m *xta.MetaData) { m.Test = false })
		}, amtshilfe.InboxHeld, "TEST-KENNZEICHEN"},
		{"what is no message goes back", func(w *world) { w.arrives("m", theirs, []byte("<a><b></a>")) }, amtshilfe.InboxRefused, "XML-SYNTAX"},
		{"a request to us is published", func(w *world) { w.arrives("m", own, w.ersuchen(7)) }, amtshilfe.InboxPublished, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.sent(1)
			tt.arrives(w)
			must(t, w.fetch())
			in := w.inbound("m")
			if in.State != tt.state || tt.code != "" && in.Question.Code != tt.code {
				t.Errorf("%s %+v", in.State, in.Question)
			}
			if published := slices.Contains(w.out(), in.Name); published != (tt.state == amtshilfe.InboxPublished) {
				t.Errorf("published: %v", published)
			}
			if !in.Closed || len(w.box.closed) != 1 {
				t.Error("not closed at the server")
			}
		})
	}
}

// An answer may be quicker than the outcome of our own sending.
func TestAnswerWhileSending(t *testing.T) {
	w := newWorld(t)
	w.xta.send = answers(errReset)
	id := w.sent(1)
	w.is(id, amtshilfe.Sending)
	w.arrives("m", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1))
	must(t, w.fetch())
	if in := w.inbound("m"); in.State != amtshilfe.InboxPublished {
		t.Errorf("%s %+v", in.State, in.Question)
	}
}

// A lost answer to close, a message listed twice, a repetition under another id: one file in out/.
func TestFetchAgain(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	doc := w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1)
	w.arrives("m", theirs, doc)
	w.box.close = func(string) error { return errors.New("answer lost") }
	if err := w.fetch(); err == nil {
		t.Error("the lost answer was not noticed")
	}
	published := len(w.out())
	w.box.close = nil
	w.restart()
	must(t, w.fetch())
	if in := w.inbound("m"); !in.Closed {
		t.Error("not closed")
	}
	w.arrives("again", theirs, doc)
	must(t, w.fetch())
	if in := w.inbound("again"); in.State != amtshilfe.InboxRepeated || !in.Closed {
		t.Errorf("%s, closed %v", in.State, in.Closed)
	}
	if n := len(w.out()); n != published {
		t.Errorf("%d files, were %d", n, published)
	}
	// A server that lost what it was told lists it again: it is told again, and the run ends.
	w.arrives("m", theirs, doc)
	must(t, w.fetch())
	if len(w.box.list) != 0 || len(w.out()) != published {
		t.Errorf("%d left, %d files", len(w.box.list), len(w.out()))
	}
}

// One message that cannot be had keeps no other waiting; another application's is left alone.
func TestFetchAround(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	w.arrives("m", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1))
	w.arrives("theirs", theirs, nil, func(m *xta.MetaData) { m.Service = "urn:other" })
	w.box.get = func(id string) error {
		if id == "m" {
			return &xta.Fault{Code: 9071}
		}
		return nil
	}
	w.arrives("n", theirs, w.reply(amtshilfe.KindSachstandAntwort, theirs, 1))
	if err := w.fetch(); err == nil {
		t.Error("the fault was not told")
	}
	if in := w.inbound("n"); in.State != amtshilfe.InboxPublished {
		t.Errorf("%s %+v", in.State, in.Question)
	}
	if len(w.box.list) != 2 {
		t.Errorf("%d messages left", len(w.box.list))
	}
}

// ersuchenOf is a request of somebody else.
func (w *world) ersuchenOf(kennung string, n int) []byte {
	for m := range sample.Generate(sample.Options{N: 1, Seed: int64(n), Now: w.now, Kennung: kennung}) {
		return slices.Clone(m.XML)
	}
	panic("no message")
}
