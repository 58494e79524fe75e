package pipeline_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
)

// strange is a claim that no request has.
const strange = "4711-fremd"

// names is a message of kind about the n-th request by kennung, about this claim or, "", about all of the request.
func (w *world) names(kind amtshilfe.Kind, n int, kennung, claim string) []byte {
	spec := w.about(n, sample.Kopf(int64(300+100*w.drops+len(claim)), int(kind), w.now, sample.Akteur(kennung, "Amt", "AZ-1")))
	if claim != "" {
		spec.Buchungsnummern = []string{claim}
	}
	return sample.Follow(kind, spec)
}

// A message that names a claim of its request names one that is there (profil.md 3).
func TestNamedClaims(t *testing.T) {
	w := newWorld(t)
	w.sent(1)                                             // we are the requester
	w.arrives("urn:003", theirs, w.ersuchenOf(theirs, 7)) // we are the holder
	must(t, w.fetch())
	for _, tt := range []struct {
		kind  amtshilfe.Kind
		about int
		paths []string // of what is wrong with the strange claim
	}{
		{amtshilfe.KindForderungsaenderung, 1, []string{"/sollAenderung/ursprungsbuchungsnummer", "/restforderung/buchungsnummer"}},
		{amtshilfe.KindEinstellung, 1, []string{"/buchungsnummer"}},
		{amtshilfe.KindZahlungsmitteilung, 7, []string{"/ist/ursprungsbuchungsnummer"}},
		{amtshilfe.KindAbschluss, 7, []string{"/beigetrieben/buchungsnummer"}},
	} {
		t.Run(tt.kind.String(), func(t *testing.T) {
			w.is(w.drop(w.names(tt.kind, tt.about, own, "")), amtshilfe.Sent)
			doc := w.names(tt.kind, tt.about, own, strange)
			refused := w.get(w.drop(doc))
			if refused.State != amtshilfe.Rejected || len(refused.Findings) != len(tt.paths) {
				t.Fatalf("%s: %+v", refused.State, refused.Findings)
			}
			for i, f := range refused.Findings {
				if f.Code != "BEZUG-FORDERUNG" || !strings.HasSuffix(f.Path, tt.paths[i]) || strings.Contains(f.Text, strange) {
					t.Errorf("%+v", f)
				}
				if line := bytes.Split(doc, []byte("\n"))[f.Line-1]; !bytes.Contains(line, []byte(">"+strange+"<")) {
					t.Errorf("line %d is %s", f.Line, line)
				}
			}
		})
	}
}

// Many wrong claims are told up to a bound, in the coordinates of the dropped file.
func TestManyWrongClaims(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	spec := w.about(1, sample.Kopf(8, 8, w.now, sample.Akteur(own, "Stadtkasse", "AZ-1")))
	for i := range 200 {
		spec.Buchungsnummern = append(spec.Buchungsnummern, fmt.Sprintf("%s-%d", strange, i))
	}
	_, body, _ := bytes.Cut(sample.Einstellung(spec), []byte("?>\n"))
	var container bytes.Buffer
	_, err := sample.WriteLieferung(&container, sample.Options{N: 1, Seed: 2, Now: w.now})
	must(t, err)
	file := bytes.Replace(bytes.Replace(container.Bytes(), []byte("</vh:lieferung>"), append(body, "</vh:lieferung>"...), 1),
		[]byte("anzahlNachrichten>1<"), []byte("anzahlNachrichten>2<"), 1)
	id := amtshilfe.DeliveryID{Drop: w.put(file), Seq: 2}
	w.work()
	d := w.get(id)
	if d.State != amtshilfe.Rejected || len(d.Findings) != 51 || !strings.Contains(d.Findings[50].Text, "150 weitere") {
		t.Fatalf("%s, %d findings, the last %+v", d.State, len(d.Findings), d.Findings[max(len(d.Findings)-1, 0):])
	}
	for i, f := range d.Findings[:50] {
		if line := bytes.Split(file, []byte("\n"))[f.Line-1]; !bytes.Contains(line, fmt.Appendf(nil, ">%s-%d<", strange, i)) {
			t.Fatalf("line %d is %s", f.Line, line)
		}
	}
}

// An 008 that is refused for a wrong claim stops nothing: its request goes on.
func TestRefusedEinstellungStopsNothing(t *testing.T) {
	w := newWorld(t)
	w.xta.create = func() error { return errReset }
	request := w.sent(1)
	w.is(w.drop(w.names(amtshilfe.KindEinstellung, 1, own, strange)), amtshilfe.Rejected, "BEZUG-FORDERUNG")
	w.xta.create = nil
	w.later(w.pause())
	w.work()
	w.is(request, amtshilfe.Sent)
}

// Where the request is gone nothing is judged.
func TestNamedClaimsOfADeletedRequest(t *testing.T) {
	w := newWorld(t)
	id := w.sent(1)
	segments, err := filepath.Glob(filepath.Join(w.dir, "store/*/*/*", string(id.Drop)+".seg"))
	if err != nil || len(segments) != 1 {
		t.Fatal(segments, err)
	}
	must(t, os.Remove(segments[0]))
	w.is(w.drop(w.names(amtshilfe.KindForderungsaenderung, 1, own, strange)), amtshilfe.Sent)
}

// A payment or a result for a claim that our request does not have waits for a person; what stops enforcement does not.
func TestNamedClaimsInbound(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	w.arrives("urn:003", theirs, w.ersuchenOf(theirs, 7))
	must(t, w.fetch())
	for _, tt := range []struct {
		name  string
		doc   []byte
		state amtshilfe.InboxState
	}{
		{"a payment on a claim of ours", w.names(amtshilfe.KindZahlungsmitteilung, 1, theirs, ""), amtshilfe.InboxPublished},
		{"a result for none of our claims", w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1), amtshilfe.InboxPublished},
		{"a change of a claim that their request does not have", w.names(amtshilfe.KindForderungsaenderung, 7, theirs, strange), amtshilfe.InboxPublished},
		{"an 008 about such a claim", w.names(amtshilfe.KindEinstellung, 7, theirs, strange), amtshilfe.InboxPublished},
		{"a result for a strange claim", w.names(amtshilfe.KindAbschluss, 1, theirs, strange), amtshilfe.InboxHeld},
		{"a payment on a strange claim", w.names(amtshilfe.KindZahlungsmitteilung, 1, theirs, strange), amtshilfe.InboxHeld},
	} {
		w.arrives(tt.name, theirs, tt.doc)
		must(t, w.fetch())
		in := w.inbound(tt.name)
		if in.State != tt.state || in.State == amtshilfe.InboxHeld && (in.Question.Code != "BEZUG-FORDERUNG" || strings.Contains(in.Question.Text, strange)) {
			t.Errorf("%s: %s %+v", tt.name, in.State, in.Question)
		}
	}
	held := w.inbound("a payment on a strange claim")
	if !strings.Contains(held.Question.Text, "Zeile ") || slices.Contains(w.out(), held.Name) {
		t.Errorf("%q", held.Question.Text)
	}
	by := pipeline.Decision{Wer: "meier", Grund: "gehört zum Ersuchen, Nummer umgestellt"}
	must(t, w.ReleaseInbound(held.ID, by))
	w.restart()
	must(t, w.fetch())
	if in := w.inbound("a payment on a strange claim"); in.State != amtshilfe.InboxPublished || !slices.Contains(w.out(), in.Name) || in.Question != nil {
		t.Errorf("%s %+v", in.State, in.Question)
	}
	if rows, err := w.ledger.Audit("release inbound", 10); err != nil || len(rows) != 1 || rows[0].Who != "meier" {
		t.Errorf("%v, %v", rows, err)
	}
	if err := w.ReleaseInbound(held.ID, by); err == nil {
		t.Error("released twice")
	}
}
