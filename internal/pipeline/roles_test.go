package pipeline_test

import (
	"slices"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
)

// who may say what in a case (profil.md 2), for every kind that is about one. 003 begins a case, 013 is written by a gateway for its own
// participant, 014 goes by the message that it sends back.
var mayBeSaid = map[amtshilfe.Kind]struct{ holder, requester bool }{
	amtshilfe.KindEingangsbestaetigung: {holder: true},
	amtshilfe.KindZurueckweisung:       {holder: true},
	amtshilfe.KindWeiterleitung:        {holder: true},
	amtshilfe.KindForderungsaenderung:  {requester: true},
	amtshilfe.KindEinstellung:          {requester: true},
	amtshilfe.KindSachstandAnfrage:     {holder: true, requester: true},
	amtshilfe.KindSachstandAntwort:     {holder: true, requester: true},
	amtshilfe.KindZahlungsmitteilung:   {holder: true},
	amtshilfe.KindAbschluss:            {holder: true},
	amtshilfe.KindUebermittlungsinfo:   {},
	amtshilfe.KindErgaenzung:           {holder: true, requester: true},
}

// Every kind that comes in, from each of the two and from a stranger: published, or held as BEZUG-FREMD and not published.
func TestRolesInbound(t *testing.T) {
	w := newWorld(t)
	w.sent(1)                                             // our case, held by theirs
	w.arrives("urn:003", theirs, w.ersuchenOf(theirs, 7)) // their case, which we hold
	must(t, w.fetch())
	n := 0
	for _, kind := range kinds() {
		may := mayBeSaid[kind]
		for _, tt := range []struct {
			name   string
			author string
			about  int
			want   bool
		}{
			{"from the holder of our case", theirs, 1, may.holder},
			{"from a stranger to our case", "vb:2", 1, false},
			{"from the requester of theirs", theirs, 7, may.requester},
			{"from a stranger to theirs", "vb:2", 7, false},
		} {
			t.Run(kind.String()+" "+tt.name, func(t *testing.T) {
				n++
				kopf := sample.Kopf(7000, n, w.now, sample.Akteur(tt.author, "Amt", "-"))
				id := "urn:" + kopf.UUID
				spec := w.about(tt.about, kopf)
				spec.Verbleib, spec.AnBehoerde = "weitergereicht", &kopf.Absender
				w.arrives(id, tt.author, sample.Follow(kind, spec))
				must(t, w.fetch())
				in := w.inbound(id)
				want, code := amtshilfe.InboxPublished, ""
				if !tt.want {
					want, code = amtshilfe.InboxHeld, "BEZUG-FREMD"
				}
				if in.State != want || code != "" && in.Question.Code != code {
					t.Errorf("%s %+v, want %s %s", in.State, in.Question, want, code)
				}
				if slices.Contains(w.out(), in.Name) != tt.want || !in.Closed {
					t.Error("out/ says otherwise, or the server was not told")
				}
			})
		}
	}
	if len(w.backs()) != 0 {
		t.Error("a stranger got a 014")
	}
}

// Every kind that is dropped, by each of the two and by somebody who has nothing to do with the case.
func TestRolesOutbound(t *testing.T) {
	w := newWorld(t)
	w.sent(1)                                             // we are the requester
	w.arrives("urn:003", theirs, w.ersuchenOf(theirs, 7)) // we are the holder
	must(t, w.fetch())
	n := 0
	for _, kind := range kinds() {
		may := mayBeSaid[kind]
		for _, tt := range []struct {
			name  string
			about int
			want  amtshilfe.State
			code  string
		}{
			{"by the requester", 1, or(may.requester, amtshilfe.Sent, amtshilfe.Rejected), or(may.requester, "", or(kind == amtshilfe.KindUebermittlungsinfo, "LIEF-NACHRICHTENART", "BEZUG-UNBEKANNT"))},
			{"by the holder", 7, or(may.holder, amtshilfe.Sent, amtshilfe.Rejected), or(may.holder, "", or(kind == amtshilfe.KindUebermittlungsinfo, "LIEF-NACHRICHTENART", "BEZUG-FREMD"))},
			{"about a case that nobody has", 9, or(may.requester && !may.holder, amtshilfe.Waiting, amtshilfe.Rejected), ""},
		} {
			t.Run(kind.String()+" "+tt.name, func(t *testing.T) {
				n++
				kopf := sample.Kopf(8000, n, w.now, sample.Akteur(own, "Stadtkasse", "AZ-1"))
				id := w.drop(sample.Follow(kind, w.about(tt.about, kopf)))
				w.is(id, tt.want, tt.code)
				if d := w.get(id); d.State == amtshilfe.Sent && (d.Behoerde.Kennung != theirs || (d.InReplyTo == "urn:003") != (tt.about == 7)) {
					t.Errorf("it went to %s in reply to %q", d.Behoerde.Kennung, d.InReplyTo)
				}
			})
		}
	}
}

// A 014 is accepted from whom the message went to, whichever of the two that is, and from nobody else.
func TestRolesOf014(t *testing.T) {
	for _, tt := range []struct {
		name   string
		about  func(w *world) amtshilfe.DeliveryID
		author string
		want   amtshilfe.State
	}{
		{"the holder sends a 003 back", func(w *world) amtshilfe.DeliveryID { return w.sent(1) }, theirs, amtshilfe.Refused},
		{"a stranger does", func(w *world) amtshilfe.DeliveryID { return w.sent(1) }, "vb:2", amtshilfe.Sent},
		{"the requester sends our 004 back", func(w *world) amtshilfe.DeliveryID { return w.drop(w.follow(amtshilfe.KindEingangsbestaetigung, 7)) }, theirs, amtshilfe.Refused},
		{"a stranger does that", func(w *world) amtshilfe.DeliveryID { return w.drop(w.follow(amtshilfe.KindEingangsbestaetigung, 7)) }, "vb:2", amtshilfe.Sent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.arrives("urn:003", theirs, w.ersuchenOf(theirs, 7))
			must(t, w.fetch())
			id := tt.about(w)
			doc := sample.Follow(amtshilfe.KindRueckweisung, sample.FollowSpec{Kopf: sample.Kopf(9, 9, w.now, sample.Akteur(tt.author, "Amt", "-"))})
			w.arrives("urn:014", tt.author, doc, func(m *xta.MetaData) { m.InReplyTo = []string{w.get(id).MessageID} })
			must(t, w.fetch())
			w.is(id, tt.want)
		})
	}
}

// kinds are those that are about a case, in order.
func kinds() (list []amtshilfe.Kind) {
	for k := range mayBeSaid {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

func or[T any](is bool, a, b T) T {
	if is {
		return a
	}
	return b
}
