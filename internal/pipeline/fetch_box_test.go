package pipeline_test

import (
	"fmt"
	"slices"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xta"
)

func ofOthers(m *xta.MetaData) { m.Service = "urn:other" }

// Another application's messages stay where they are, and ours behind them are found (XTA 2.1.1 getNextStatusList).
func TestForeignMessagesHideNothing(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	for n := range 250 {
		w.arrives(fmt.Sprintf("foreign-%d", n), theirs, nil, ofOthers)
	}
	w.arrives("m", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1))
	for n := range 60 {
		w.arrives(fmt.Sprintf("later-%d", n), theirs, nil, ofOthers)
	}
	w.arrives("n", theirs, w.reply(amtshilfe.KindSachstandAntwort, theirs, 1))
	must(t, w.fetch())
	if !slices.Equal(w.box.closed, []string{"m", "n"}) || len(w.box.list) != 310 {
		t.Errorf("closed %v, %d left", w.box.closed, len(w.box.list))
	}
	if _, n, err := w.Polled(account); n != 310 || err != nil {
		t.Errorf("%d foreign messages counted, %v", n, err)
	}
	w.box.pages = 0
	must(t, w.fetch())
	if w.box.pages > 4 || len(w.box.closed) != 2 {
		t.Errorf("%d pages, closed %v", w.box.pages, w.box.closed)
	}
}

// In-Reply-To says the case first, then bezug; both together must not say two.
func TestInReplyTo(t *testing.T) {
	for _, tt := range []struct {
		name    string
		replyTo int // the request whose MessageID it names, 0 = none, 9 = one that we never had
		bezug   int
		author  string
		state   amtshilfe.InboxState
		code    string
	}{
		{"both say the same", 1, 1, theirs, amtshilfe.InboxPublished, ""},
		{"only bezug", 0, 1, theirs, amtshilfe.InboxPublished, ""},
		{"an unknown In-Reply-To leaves it to bezug", 9, 1, theirs, amtshilfe.InboxPublished, ""},
		{"an unknown bezug leaves it to In-Reply-To", 1, 9, theirs, amtshilfe.InboxPublished, ""},
		{"both unknown", 9, 9, theirs, amtshilfe.InboxRefused, "BEZUG-UNBEKANNT"},
		{"two cases", 1, 2, theirs, amtshilfe.InboxHeld, "BEZUG-WIDERSPRUCH"},
		{"whoever learnt a MessageID is a stranger still", 1, 9, "vb:2", amtshilfe.InboxHeld, "BEZUG-FREMD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			ids := map[int]string{9: "urn:de:xta:messageid:other:1"}
			for n := 1; n <= 2; n++ {
				ids[n] = w.get(w.sent(n)).MessageID
			}
			w.arrives("m", tt.author, w.reply(amtshilfe.KindEingangsbestaetigung, tt.author, tt.bezug), func(m *xta.MetaData) {
				if tt.replyTo != 0 {
					m.InReplyTo = []string{ids[tt.replyTo]}
				}
			})
			must(t, w.fetch())
			in := w.inbound("m")
			if in.State != tt.state || tt.code != "" && in.Question.Code != tt.code {
				t.Errorf("%s %+v", in.State, in.Question)
			}
		})
	}
}
