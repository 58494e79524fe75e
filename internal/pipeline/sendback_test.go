package pipeline_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
	"damtshilfe/mapping"
)

// backs lists the 014 that the other side took.
func (w *world) backs() (list []letter) {
	for _, l := range w.xta.taken {
		if l.kind == amtshilfe.KindRueckweisung {
			list = append(list, l)
		}
	}
	return list
}

// spoilt is a document that the schema refuses.
func spoilt(doc []byte) []byte { return append(doc, "<!-- "+unfit+" -->"...) }

// A message that fails goes back: one 014 with the findings, in answer to it, and nothing of it in out/ (profil.md 2 and 3).
func TestSendBack(t *testing.T) {
	untested := func(doc []byte) []byte { return []byte(strings.Replace(string(doc), `test="true"`, `test="false"`, 1)) }
	for _, tt := range []struct {
		name    string
		doc     func(w *world) []byte
		code    string // of the 014
		finding string
		bezug   bool // the 014 names the message's UUID
	}{
		{"what is no XML", func(*world) []byte { return []byte("<a><b></a>") }, "schema", "XML-SYNTAX", false},
		{"what the schema refuses", func(w *world) []byte { return spoilt(w.ersuchenOf(theirs, 7)) }, "schema", "XSD-WERT", true},
		{"another test flag than the envelope's", func(w *world) []byte { return untested(w.ersuchenOf(theirs, 7)) }, "testkennzeichen", "TEST-KENNZEICHEN", true},
		{"an answer to nothing", func(w *world) []byte { return w.reply(amtshilfe.KindAbschluss, theirs, 9) }, "unbekannter-bezug", "BEZUG-UNBEKANNT", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			before := len(w.out())
			w.arrives("urn:m", theirs, tt.doc(w))
			must(t, w.fetch())
			w.work()
			in := w.inbound("urn:m")
			if in.State != amtshilfe.InboxRefused || !in.Closed || in.Question.Code != tt.finding {
				t.Errorf("%s %+v, closed %v", in.State, in.Question, in.Closed)
			}
			list := w.backs()
			if len(list) != 1 {
				t.Fatalf("%d messages went back\n%s", len(list), w.log.String())
			}
			back := list[0]
			for _, want := range []string{"<v:code>" + tt.code + "</v:code>", tt.finding, "<v:transportID>urn:m</v:transportID>", own} {
				if !strings.Contains(back.body, want) {
					t.Errorf("the 014 does not say %q:\n%s", want, back.body)
				}
			}
			if back.replyTo != "urn:m" || strings.Contains(back.body, "v:bezug") != tt.bezug {
				t.Errorf("in reply to %q, names the message: %v", back.replyTo, !tt.bezug)
			}
			if n := len(w.out()); n != before {
				t.Errorf("%d files in out/, want none", n-before)
			}
			w.restart()
			must(t, w.fetch())
			w.work()
			if n := len(w.backs()); n != 1 {
				t.Errorf("after a restart %d messages went back", n)
			}
		})
	}
}

// The same UUID with other bytes is another message under a used name.
func TestSendBackDuplicate(t *testing.T) {
	w := newWorld(t)
	doc := w.ersuchenOf(theirs, 7)
	w.arrives("urn:1", theirs, doc)
	w.arrives("urn:2", theirs, slices.Concat(doc, []byte("<!-- other -->")))
	w.arrives("urn:3", "vb:2", w.ersuchenOf("vb:2", 7)) // somebody else may use it
	must(t, w.fetch())
	w.work()
	for id, want := range map[string]amtshilfe.InboxState{"urn:1": amtshilfe.InboxPublished, "urn:2": amtshilfe.InboxRefused, "urn:3": amtshilfe.InboxPublished} {
		if in := w.inbound(id); in.State != want {
			t.Errorf("%s is %s, want %s", id, in.State, want)
		}
	}
	if list := w.backs(); len(list) != 1 || !strings.Contains(list[0].body, "<v:code>duplikat</v:code>") {
		t.Errorf("%v", list)
	}
}

// A person decides where no 014 can or may be sent: above all never as answer to a 014.
func TestNotSentBack(t *testing.T) {
	broken := func(w *world) []byte { return spoilt(w.ersuchenOf(theirs, 7)) }
	back := func(w *world) []byte {
		return spoilt(sample.Follow(amtshilfe.KindRueckweisung, sample.FollowSpec{Kopf: sample.Kopf(9, 9, w.now, sample.Akteur(theirs, "Amt", "-"))}))
	}
	for _, tt := range []struct {
		name   string
		doc    func(w *world) []byte
		change func(w *world, m *xta.MetaData)
		code   string
	}{
		{"a broken 014", back, nil, "XSD-WERT"},
		{"what its envelope calls a 014", func(*world) []byte { return []byte("<a>") }, func(_ *world, m *xta.MetaData) {
			m.Type = xta.MessageType{Code: "vollstreckungshilfe.Rueckweisung.014", PayloadSchema: mapping.ProfilNS}
		}, "XML-UNVOLLSTAENDIG"},
		{"a 014 about nothing of ours", func(w *world) []byte { return []byte(strings.ReplaceAll(string(back(w)), unfit, "")) }, nil, "BEZUG-UNBEKANNT"},
		{"from somebody whom the directory does not know", broken, func(w *world, _ *xta.MetaData) { w.reg.only = map[string]amtshilfe.Kanal{} }, "XSD-WERT"},
		{"from somebody who is reached on paper only", broken, func(w *world, _ *xta.MetaData) { w.reg.only = map[string]amtshilfe.Kanal{theirs: postal} }, "XSD-WERT"},
		{"from another Betriebsart", broken, func(_ *world, m *xta.MetaData) { m.Test = false }, "XSD-WERT"},
		{"in another's name", func(w *world) []byte { return w.ersuchenOf("vb:2", 7) }, nil, "ABS-FREMD"},
		{"a 013, which belongs into no mailbox", func(w *world) []byte { return w.reply(amtshilfe.KindUebermittlungsinfo, theirs, 9) }, nil, "BEZUG-FREMD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.arrives("urn:m", theirs, tt.doc(w), func(m *xta.MetaData) {
				if tt.change != nil {
					tt.change(w, m)
				}
			})
			must(t, w.fetch())
			w.work()
			if in := w.inbound("urn:m"); in.State != amtshilfe.InboxHeld || in.Question.Code != tt.code || in.Question.Owner != amtshilfe.OwnerBetrieb || in.Question.Until.IsZero() {
				t.Errorf("%s %+v", in.State, in.Question)
			}
			if len(w.xta.taken) != 0 {
				t.Error("something went back")
			}
		})
	}
}

// While the authority server is away nothing is decided about what is broken, and the rest of the mailbox goes on; the 014 goes when it
// is back.
func TestSendBackLater(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	w.reg.err = errAway
	w.arrives("urn:m", theirs, []byte("<a>"))
	w.arrives("urn:n", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1))
	if err := w.fetch(); err == nil {
		t.Error("nobody was told")
	}
	if in := w.inbound("urn:m"); in.State != amtshilfe.InboxFetched || in.Closed {
		t.Errorf("%s, closed %v", in.State, in.Closed)
	}
	if in := w.inbound("urn:n"); in.State != amtshilfe.InboxPublished {
		t.Errorf("the next message is %s", in.State)
	}
	w.reg.err = nil
	must(t, w.fetch())
	w.work()
	if n := len(w.backs()); n != 1 {
		t.Errorf("%d messages went back", n)
	}
}

// A 014 that cannot be handed over is a question to those who run the gateway, and tells no participant anything.
func TestSendBackStuck(t *testing.T) {
	w := newWorld(t)
	w.xta.send = func(int) error { return errDial }
	before := len(w.out())
	w.arrives("urn:m", theirs, []byte("<a>"))
	must(t, w.fetch())
	w.work()
	for range 400 {
		w.later(time.Hour)
		w.work()
	}
	drops, err := w.ledger.Drops(1)
	must(t, err)
	id := amtshilfe.DeliveryID{Drop: drops[0].ID, Seq: 1}
	w.is(id, amtshilfe.Held, "XTA-UNERREICHBAR")
	if d := w.get(id); d.Hold == nil || d.Hold.Owner != amtshilfe.OwnerBetrieb || drops[0].Source != ledger.FromGateway {
		t.Errorf("%+v", d.Hold)
	}
	_, _, err = w.Tell(t.Context())
	must(t, err)
	if n := len(w.out()); n != before {
		t.Errorf("%d files in out/", n-before)
	}
}

// What a 014 says reaches the sender whatever its message is doing: it ends refused, the 014 lies in out/ and the receipt says why.
func TestSentBack(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(w *world) amtshilfe.DeliveryID
	}{
		{"sent", func(w *world) amtshilfe.DeliveryID { return w.sent(1) }},
		{"the outcome of sending is unknown", func(w *world) amtshilfe.DeliveryID {
			w.xta.send = answers(errReset)
			return w.sent(1)
		}},
		{"a person is asked about the report", func(w *world) amtshilfe.DeliveryID {
			id := w.sent(1)
			w.later(15 * 24 * time.Hour)
			w.work()
			w.is(id, amtshilfe.Held, "XTA-FRIST")
			return id
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			id := tt.make(w)
			d := w.get(id)
			doc := sample.Follow(amtshilfe.KindRueckweisung, sample.FollowSpec{Kopf: sample.Kopf(9, 9, w.now, sample.Akteur(theirs, "Amt", "-")), Code: "testkennzeichen", TransportID: d.MessageID})
			w.arrives("urn:m", theirs, doc, func(m *xta.MetaData) { m.InReplyTo = []string{d.MessageID} })
			must(t, w.fetch())
			w.is(id, amtshilfe.Refused, "XTA-RUECKWEISUNG")
			in := w.inbound("urn:m")
			if in.State != amtshilfe.InboxPublished || in.Case != d.Case || !slices.Contains(w.out(), in.Name) || filepath.Base(in.Name)[:4] != "014_" {
				t.Errorf("%s as %s, case %v", in.State, in.Name, in.Case)
			}
			_, _, err := w.Tell(t.Context())
			must(t, err)
			list := receipts(w.out(), id.Drop)
			if said := w.read(list[len(list)-1]); !strings.Contains(said, "zurueckgewiesen-technisch") || !strings.Contains(said, "das Testkennzeichen passt nicht") {
				t.Errorf("the receipt does not tell:\n%s", said)
			}
			follower := w.drop(w.follow(amtshilfe.KindForderungsaenderung, 1))
			w.is(follower, amtshilfe.Rejected, "BEZUG-ERLEDIGT")
		})
	}
}

// A message of a requester may be quicker than its request; it waits for a week, and then goes back.
func TestInboundForerunner(t *testing.T) {
	for _, tt := range []struct {
		name  string
		comes time.Duration
		want  amtshilfe.InboxState
	}{
		{"the request comes", time.Hour, amtshilfe.InboxPublished},
		{"it comes too late", 8 * 24 * time.Hour, amtshilfe.InboxRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			change := sample.Follow(amtshilfe.KindEinstellung, sample.FollowSpec{Kopf: sample.Kopf(9, 9, w.now, sample.Akteur(theirs, "Amt", "-")), Bezug: amtshilfe.Bezug{UUID: sample.UUID(7, 0)}})
			w.arrives("urn:8", theirs, change)
			must(t, w.fetch())
			if in := w.inbound("urn:8"); in.State != amtshilfe.InboxWaiting || !in.Closed || in.Question.Until.IsZero() {
				t.Fatalf("%s %+v", in.State, in.Question)
			}
			w.restart()
			w.later(tt.comes)
			must(t, w.fetch())
			w.arrives("urn:3", theirs, w.ersuchenOf(theirs, 7))
			must(t, w.fetch())
			w.work()
			if in := w.inbound("urn:8"); in.State != tt.want {
				t.Errorf("%s %+v", in.State, in.Question)
			}
			if back := len(w.backs()) == 1; back != (tt.want == amtshilfe.InboxRefused) {
				t.Errorf("%v", w.backs())
			}
		})
	}
}
