package pipeline_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

func noteOf(text string) func(ledger.Event) bool {
	return func(e ledger.Event) bool { return strings.Contains(e.Line.Note, text) }
}

// sealed encrypts an element.
func sealedFor(t *testing.T, k xenc.Key, element []byte) xta.Content {
	t.Helper()
	e, err := xenc.NewEnvelope(k.Certificate)
	must(t, err)
	d, err := e.Seal(element)
	must(t, err)
	return xta.Encrypted(d)
}

// arrivesSealed puts an encrypted document into the own mailbox.
func (w *world) arrivesSealed(id, author string, doc []byte, k xenc.Key) {
	w.t.Helper()
	element, err := xta.Content{ContentType: "application/xml", Data: xta.Bytes(doc)}.Container(xenc.Overhead)
	must(w.t, err)
	w.arrives(id, author, nil)
	w.box.list[len(w.box.list)-1].Content = sealedFor(w.t, k, element)
}

// published finds the file of an inbound message.
func (w *world) published(id string) string {
	w.t.Helper()
	in := w.inbound(id)
	if in.State != amtshilfe.InboxPublished {
		w.t.Fatalf("%s is %s", id, in.State)
	}
	return w.read(in.Name)
}

func TestEncryptedInbound(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	w.keys = xenc.Keyring{readerKey(1), readerKey(0)}
	doc := w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1)
	w.arrivesSealed("m", theirs, doc, readerKey(0)) // for the old key
	must(t, w.fetch())
	if got := w.published("m"); got != string(doc) {
		t.Errorf("published %d bytes, want %d", len(got), len(doc))
	}
	if !slices.Equal(w.box.closed, []string{"m"}) {
		t.Errorf("closed %v", w.box.closed)
	}
}

// A message that no key opens stays in its mailbox, is shown to a person and not fetched again and again; its neighbours go on. Once the
// key is there it goes the way of every other.
func TestSealedUntilTheKeyIsThere(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	w.sent(2)
	w.keys = xenc.Keyring{readerKey(1)}
	doc := w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1)
	w.arrivesSealed("locked", theirs, doc, readerKey(0))
	w.arrives("open", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 2))
	gets := 0
	w.box.get = func(id string) error {
		if id == "locked" {
			gets++
		}
		return nil
	}
	for range 3 {
		must(t, w.fetch())
	}
	w.published("open")
	in := w.inbound("locked")
	held, err := w.ledger.HeldInbox(10)
	must(t, err)
	if in.State != amtshilfe.InboxSealed || len(held) != 1 || held[0].Question.Code != "XTA-SCHLUESSEL" || held[0].Question.Owner != amtshilfe.OwnerBetrieb ||
		!strings.Contains(held[0].Question.Text, "für das Zertifikat") || held[0].Question.Until.IsZero() {
		t.Fatalf("%s, held %+v", in.State, held)
	}
	if gets != 1 || !slices.Equal(w.box.closed, []string{"open"}) {
		t.Errorf("fetched %d times, closed %v", gets, w.box.closed)
	}
	if work, err := w.ledger.Work(); err != nil || work.Inbox != 0 {
		t.Errorf("%d inbound messages count as work, %v", work.Inbox, err)
	}
	w.restart() // another process tries once
	must(t, w.fetch())
	must(t, w.fetch())
	if gets != 2 {
		t.Errorf("fetched %d times after a restart", gets)
	}
	w.keys = append(w.keys, readerKey(0))
	must(t, w.fetch())
	if got := w.published("locked"); got != string(doc) {
		t.Errorf("published %d bytes, want %d", len(got), len(doc))
	}
	if held, err := w.ledger.HeldInbox(10); err != nil || len(held) != 0 || !slices.Equal(w.box.closed, []string{"open", "locked"}) {
		t.Errorf("held %v, closed %v, %v", held, w.box.closed, err)
	}
	if in.ID != w.inbound("locked").ID || len(w.audit("hold inbound")) != 1 || len(w.audit("open inbound")) != 1 {
		t.Errorf("audit %v, %v", w.audit("hold inbound"), w.audit("open inbound"))
	}
}

func TestDecisionsAboutSealed(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	by := pipeline.Decision{Wer: "meier", Grund: "geklärt"}
	w.arrivesSealed("m", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1), readerKey(0))
	gets := 0
	w.box.get = func(string) error { gets++; return nil }
	must(t, w.fetch())
	id := w.inbound("m").ID
	if err := w.ReleaseInbound(id, by); err == nil {
		t.Error("released what nobody can read")
	}
	must(t, w.RetryInbound(id, by))
	must(t, w.fetch())
	must(t, w.fetch())
	if in := w.inbound("m"); gets != 2 || in.State != amtshilfe.InboxSealed || in.Question == nil {
		t.Errorf("fetched %d times, %s, %v", gets, in.State, in.Question)
	}
	must(t, w.RejectInbound(id, by))
	must(t, w.fetch())
	if in := w.inbound("m"); in.State != amtshilfe.InboxRefused || !slices.Equal(w.box.closed, []string{"m"}) || gets != 2 {
		t.Errorf("%s, closed %v, fetched %d times", in.State, w.box.closed, gets)
	}
	if slices.ContainsFunc(w.out(), func(name string) bool { return strings.HasPrefix(name, "004") }) {
		t.Errorf("published: %v", w.out())
	}
}

// What opens and is broken inside is answered as everything broken is; what is encrypted in another way waits for a person.
func TestEncryptedAndBroken(t *testing.T) {
	for _, tt := range []struct {
		name    string
		content func(t *testing.T, doc []byte) xta.Content
		state   amtshilfe.InboxState
		code    string
		closed  bool
	}{
		{"no container inside", func(t *testing.T, _ []byte) xta.Content { return sealedFor(t, readerKey(0), []byte("kein XML")) }, amtshilfe.InboxRefused, "", true},
		{"no message in the container", func(t *testing.T, _ []byte) xta.Content {
			element, err := xta.Content{ContentType: "application/xml", Data: xta.Bytes("<kaputt")}.Container(0)
			must(t, err)
			return sealedFor(t, readerKey(0), element)
		}, amtshilfe.InboxRefused, "", true},
		{"another algorithm", func(t *testing.T, doc []byte) xta.Content {
			c := sealedFor(t, readerKey(0), doc)
			c.Head = bytes.ReplaceAll(c.Head, []byte(xenc.RSAOAEP), []byte("http://www.w3.org/2001/04/xmlenc#rsa-1_5"))
			return c
		}, amtshilfe.InboxSealed, "XTA-VERFAHREN", false},
		{"octets that were changed", func(t *testing.T, doc []byte) xta.Content {
			c := sealedFor(t, readerKey(0), doc)
			octets := bytes.Clone(c.Data.(xta.Bytes))
			octets[30] ^= 1
			c.Data = xta.Bytes(octets)
			return c
		}, amtshilfe.InboxSealed, "XTA-SCHLUESSEL", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.sent(1)
			w.keys = xenc.Keyring{readerKey(0)}
			w.arrives("m", theirs, nil)
			w.box.list[0].Content = tt.content(t, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1))
			if err := w.fetch(); err != nil {
				t.Log(err)
			}
			w.later(time.Second)
			w.work()
			in := w.inbound("m")
			if in.State != tt.state || tt.code != "" && in.Question.Code != tt.code || tt.closed != (len(w.box.closed) == 1) {
				t.Errorf("%s %v, closed %v", in.State, in.Question, w.box.closed)
			}
			if tt.state == amtshilfe.InboxRefused && len(w.backs()) != 1 {
				t.Errorf("%d messages went back", len(w.backs()))
			}
			if strings.Contains(w.log.String(), "PRIVATE") {
				t.Error("the log holds a key")
			}
		})
	}
}
